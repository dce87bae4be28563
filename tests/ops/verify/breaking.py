"""For each check a way to break what it checks, as only the superuser could: `{name}` are ids."""

# ruff: noqa: S608 -- all of it is ours

from typing import Final

from messages.bookings import answer_id
from messages.message import id_of
from tests.ops.verify.history import call_id, command_id, webhook_id
from tests.world import DENTIST, SALON

CALL: Final = call_id(0)  # of SALON, and booked
OTHER: Final = call_id(1)  # of DENTIST, and booked
COMMAND: Final = command_id(0)
ANSWER: Final = answer_id(COMMAND)
APPOINTMENT: Final = id_of("appointments", COMMAND, "anna")
ANALYSIS: Final = webhook_id(0, "call_analyzed")
CREATED: Final = id_of("calcom", "calcom", 0)
ENDED: Final = id_of("calls.ended", CALL)
ANALYZED: Final = id_of("calls.analyzed", CALL)
CUSTOMER: Final = id_of("customers", 0)
PAUSE: Final = id_of("pauses", 1)
LETTER: Final = id_of("letters", 1)

_OLD: Final = "now() - interval '2 hours'"


def letter(*, queue: str, message: object, provider: str = "NULL", headers: str = "{}") -> str:
    """A dead letter of that message."""
    return f"""
        INSERT INTO dead_letters
               (dead_letter_id, message_id, tenant_id, queue, provider, kind, fingerprint,
                error_class, error, stack, attempts, died_at, headers, body)
        VALUES ('{LETTER}', '{message}', '{SALON}', '{queue}', {provider}, 'kind', 'f', 'KeyError',
                'no', '', 1, {_OLD}, '{headers}', 'body')
        """


def ended(how: str) -> str:
    """The end of that dead letter."""
    return f"INSERT INTO dead_letter_ends (dead_letter_id, how) VALUES ('{LETTER}', '{how}')"


def acted(action: str) -> str:
    """The line of the audit about it."""
    return f"""
        INSERT INTO operator_actions (acted_by, action, reason, subject)
        VALUES ('ada', '{action}', 'why not', 'dead_letter:{LETTER}')
        """


def pause(resumed: str) -> str:
    """A pause that ended then, or not."""
    return f"""
        INSERT INTO pauses (pause_id, tenant_id, paused_by, reason, resumed_by, resumed_at)
        SELECT '{PAUSE}', '{SALON}', 'ada', 'why not', CASE WHEN at IS NOT NULL THEN 'bob' END, at
          FROM (SELECT ({resumed})::timestamptz AS at) AS moment
        """


def parked(*, queue: str, message: object) -> str:
    """A message that waits for the end of that pause."""
    return f"""
        INSERT INTO parked_messages (queue, message_id, pause_id, headers, body, tenant_id)
        VALUES ('{queue}', '{message}', '{PAUSE}', '{{}}', 'body', '{SALON}')
        """


def announced(message: object, *, at: str = "now()") -> str:
    """A message that waits to be published."""
    return f"""
        INSERT INTO outbox (message_id, tenant_id, kind, body, written_at)
        VALUES ('{message}', '{SALON}', 'calls.ended', 'body', {at})
        """


def unheard(handler: str, message: object) -> str:
    """A handler that never heard a message."""
    return f"DELETE FROM inbox WHERE handler = '{handler}' AND message_id = '{message}'"


def operation(number: int, *, state: str, intended: str = "now()") -> str:
    """An operation of which no check knows the effect."""
    finished = "now()" if state == "done" else "NULL"
    return f"""
        INSERT INTO provider_operations
               (operation_id, tenant_id, provider, operation, intended_at, finished_at, state,
                reference)
        VALUES ('{id_of("operations", number)}', '{SALON}', 'calcom', 'other', {intended},
                {finished}, '{state}', 'one')
        """


def appointment(number: int, **changed: str) -> str:
    """One more appointment, of the calendar; its columns may be said otherwise."""
    columns = {
        "appointment_id": f"'{id_of('more', number)}'",
        "tenant_id": f"'{SALON}'",
        "service": "'haircut-men'",
        "staff": "'jule'",
        "starts_at": "'2031-01-01 10:00+0'",
        "ends_at": "'2031-01-01 11:00+0'",
        "source": "'calcom'",
        "confirmed_at": "now()",
        "calcom_uid": f"'more_{number}'",
    } | changed
    names, values = ", ".join(columns), ", ".join(columns.values())
    return f"INSERT INTO appointments ({names}) VALUES ({values})"


def confirmed_again() -> tuple[str, ...]:
    """A second appointment of the same command, cancelled since: no index forbids that."""
    again = id_of("more", 1)
    return (
        appointment(1, command_id=f"'{COMMAND}'", source="'ringbook'", cancelled_at="now()"),
        f"""
        INSERT INTO provider_operations
               (operation_id, tenant_id, provider, operation, finished_at, state, reference)
        VALUES ('{again}', '{SALON}', 'calcom', 'create_booking', now(), 'done', 'more_1')
        """,
    )


_RETOLD: Final = f"""
    INSERT INTO notifications
           (notification_id, tenant_id, cause_id, call_id, channel, template, language, sender,
            recipient, body, written_at, asked_at, sent_at, reference)
    SELECT gen_random_uuid(), tenant_id, {{cause}}, call_id, channel, template, language, sender,
           recipient, body, written_at, asked_at, sent_at, 'another'
      FROM notifications
     WHERE cause_id = '{ANSWER}'
    """

BROKEN: Final[dict[str, tuple[str, ...]]] = {
    "webhooks.dead": (
        f"UPDATE webhook_events SET outcome = 'dead', reason = 'E' WHERE message_id = '{CREATED}'",
    ),
    "webhooks.reason": (
        "ALTER TABLE webhook_events DROP CONSTRAINT what_is_not_done_has_a_reason",
        f"UPDATE webhook_events SET outcome = 'ignored' WHERE message_id = '{CREATED}'",
    ),
    "webhooks.of_dead_letters": (
        letter(
            queue="calls.retell",
            message=id_of("unknown"),
            provider="'retell'",
            headers='{"endpoint": "retell", "event": "call_ended", "received_at": "then"}',
        ),
    ),
    "webhooks.call_analyzed": (
        f"""
        INSERT INTO webhook_events
               (message_id, tenant_id, provider, endpoint, event, received_at, attempts, outcome,
                body)
        VALUES ('{id_of("unknown")}', '{SALON}', 'retell', 'retell', 'call_analyzed', now(), 1,
                'done', '{{"call": {{"call_id": "never"}}}}')
        """,
    ),
    "calls.conversation": (f"DELETE FROM webhook_events WHERE message_id = '{ANALYSIS}'",),
    "outbox.old": (announced(id_of("unknown"), at=_OLD),),
    "spool.old": (
        f"""
        INSERT INTO webhook_spool
               (message_id, provider, endpoint, event, received_at, body, spooled_at)
        VALUES ('{id_of("unknown")}', 'retell', 'retell', 'call_ended', {_OLD}, 'body', {_OLD})
        """,
    ),
    "parked.resumed": (pause(_OLD), parked(queue="calls.retell", message=CREATED)),
    "parked.queue": (pause("NULL"), parked(queue="gone.away", message=CREATED)),
    "dead_letters.audit": (letter(queue="costs.calls.ended", message=ENDED), ended("discarded")),
    "dead_letters.edits": (
        letter(queue="costs.calls.ended", message=ENDED),
        ended("edited"),
        acted("dead_letters.edit"),
    ),
    "replays.finished": (
        f"""
        INSERT INTO replays
               (replay_id, name, source, selection, asked_by, reason, per_second, items,
                finished_at)
        VALUES ('{PAUSE}', 'again', 'dead_letters', '{{}}', 'ada', 'why not', 10, 1, now())
        """,
        f"INSERT INTO replay_items VALUES ('{PAUSE}', 1, '{LETTER}')",
    ),
    "calls.ended_heard": (unheard("costs.calls.ended", ENDED),),
    "calls.analyzed_heard": (unheard("costs.calls.analyzed", ANALYZED),),
    "calls.read": (unheard("transcripts.calls.analyzed", ANALYZED),),
    "calls.cost": (f"DELETE FROM platform_costs WHERE call_id = '{CALL}'",),
    "calls.final_cost": (f"UPDATE platform_costs SET final = false WHERE call_id = '{CALL}'",),
    "bookings.answered": (
        f"DELETE FROM booking_answers WHERE command_id = '{COMMAND}'",
        unheard("bookings.book_slot", COMMAND),
    ),
    "quarantine.told": (f"INSERT INTO quarantined_numbers VALUES ('+4930999', {_OLD})",),
    "notifications.settled": (
        f"UPDATE notifications SET sent_at = NULL, reference = NULL WHERE cause_id = '{ANSWER}'",
    ),
    "answers.told": (
        unheard("notifications.bookings.slot_booked", ANSWER),
        f"DELETE FROM notifications WHERE cause_id = '{ANSWER}'",
    ),
    "notifications.written": (f"DELETE FROM notifications WHERE cause_id = '{ANSWER}'",),
    "notifications.cause": (_RETOLD.format(cause="gen_random_uuid()"),),
    "notifications.once": (
        "ALTER TABLE notifications DROP CONSTRAINT once_for_each_cause",
        _RETOLD.format(cause="cause_id"),
    ),
    "notifications.reference": (
        f"UPDATE notifications SET reference = 'one' WHERE call_id IN ('{CALL}', '{OTHER}')",
    ),
    "appointments.command": confirmed_again(),
    "appointments.entry": (appointment(1, tenant_id=f"'{DENTIST}'", calcom_uid="'uid_0'"),),
    "answers.booked": (
        f"""
        UPDATE booking_answers
           SET answer = answer || '{{"appointment_id": "{id_of("unknown")}"}}'
         WHERE command_id = '{COMMAND}'
        """,
    ),
    "answers.heard": (
        f"INSERT INTO inbox VALUES ('bookings.book_slot', '{id_of('unknown')}', '{SALON}')",
    ),
    "operations.settled": (operation(1, state="unknown", intended=_OLD),),
    "operations.reference": (operation(1, state="done"), operation(2, state="done")),
    "operations.effect": (
        f"UPDATE provider_operations SET reference = 'other' WHERE operation_id = '{APPOINTMENT}'",
    ),
    "appointments.operation": (
        f"DELETE FROM provider_operations WHERE operation_id = '{APPOINTMENT}'",
    ),
    "calls.times": (
        f"UPDATE calls SET started_at = ended_at + interval '1 s' WHERE call_id = '{CALL}'",
    ),
    "costs.calls": (
        f"CREATE TEMPORARY TABLE one AS SELECT * FROM platform_costs WHERE call_id = '{CALL}'",
        "ALTER TABLE one DROP COLUMN margin_minor",
        "UPDATE one SET call_id = 'never'",
        """
        INSERT INTO platform_costs
               (call_id, tenant_id, final, retell_cents, telephony_minutes, telephony_amount,
                telephony_currency, rate_date, usd_per_euro, telephony_per_euro,
                currency_per_euro, currency, cost_minor, charge_minor, recorded_at)
        TABLE one
        """,
    ),
    "appointments.facts": (
        "ALTER TABLE appointments DROP CONSTRAINT released_is_not_confirmed",
        f"UPDATE appointments SET released_at = now() WHERE appointment_id = '{APPOINTMENT}'",
    ),
    "notifications.facts": (
        "ALTER TABLE notifications DROP CONSTRAINT sent_or_refused",
        f"UPDATE notifications SET refused_at = now(), reason = 'no' WHERE cause_id = '{ANSWER}'",
    ),
    "constraints.unique": ("DROP INDEX one_live_appointment_for_a_command",),
    "constraints.double_booking": (
        "ALTER TABLE appointments DROP CONSTRAINT no_double_booking",
        """
        ALTER TABLE appointments ADD CONSTRAINT no_double_booking EXCLUDE USING gist (
            tenant_id WITH =, staff WITH =, tstzrange(starts_at, ends_at) WITH &&
        ) WHERE (confirmed_at IS NOT NULL AND released_at IS NULL AND cancelled_at IS NULL)
        """,
    ),
    "appointments.overlap": (
        "ALTER TABLE appointments DROP CONSTRAINT no_double_booking",
        # A long one, a short one inside, and one that only the long one overlaps.
        appointment(1, ends_at="'2031-01-01 14:00+0'"),
        appointment(2, starts_at="'2031-01-01 10:30+0'"),
        appointment(3, starts_at="'2031-01-01 12:00+0'", ends_at="'2031-01-01 13:00+0'"),
    ),
    "tenants.known": (f"INSERT INTO inbox VALUES ('x', '{id_of('unknown')}', 'nobody')",),
    "tenants.conversations": (
        f"UPDATE webhook_events SET tenant_id = '{DENTIST}' WHERE message_id = '{ANALYSIS}'",
    ),
    "tenants.costs": (
        f"UPDATE platform_costs SET tenant_id = '{DENTIST}' WHERE call_id = '{CALL}'",
    ),
    "tenants.appointments": (
        f"UPDATE customers SET tenant_id = '{DENTIST}' WHERE customer_id = '{CUSTOMER}'",
    ),
    "tenants.operations": (
        f"UPDATE provider_operations SET tenant_id = '{DENTIST}' WHERE reference = 'uid_0'",
    ),
    "tenants.answers": (
        f"""
        UPDATE booking_answers SET answer = answer || '{{"tenant_id": "{DENTIST}"}}'
         WHERE command_id = '{COMMAND}'
        """,
    ),
    "tenants.notifications": (
        f"UPDATE inbox SET tenant_id = '{DENTIST}' WHERE message_id = '{ANSWER}'",
    ),
    "calls.moved": (f"UPDATE calls SET business_number = '+12125550100' WHERE call_id = '{CALL}'",),
    "isolation.tables": ("ALTER TABLE calls DISABLE ROW LEVEL SECURITY",),
    "isolation.policies": ("CREATE POLICY open ON calls TO ringbook_app USING (true)",),
    "isolation.owners": (
        "GRANT CREATE ON SCHEMA public TO ringbook_relay",
        "ALTER TABLE quarantined_numbers OWNER TO ringbook_relay",
    ),
    "isolation.verifier": ("DROP POLICY verifying ON outbox",),
    "costs.amount": (
        f"UPDATE platform_costs SET cost_minor = cost_minor - 1 WHERE call_id = '{OTHER}'",
    ),
    "costs.margin": (
        f"UPDATE platform_costs SET charge_minor = cost_minor - 1 WHERE call_id = '{CALL}'",
    ),
    "costs.sums": (
        "ALTER TABLE platform_costs ALTER COLUMN margin_minor DROP EXPRESSION",
        f"UPDATE platform_costs SET margin_minor = margin_minor + 1 WHERE call_id = '{CALL}'",
    ),
    "costs.rates": ("UPDATE exchange_rates SET per_euro = 1.2 WHERE currency = 'USD'",),
    "costs.currency": (
        f"UPDATE platform_costs SET currency = 'DKK', recorded_at = now() WHERE call_id = '{CALL}'",
    ),
    "costs.markup": (f"UPDATE tenants SET markup_percent = 90 WHERE tenant_id = '{SALON}'",),
}
# What cannot be broken by itself: a constraint stands before it, or one sum is of the other.
ALONG: Final = {
    "notifications.once": {"constraints.unique"},
    "appointments.overlap": {"constraints.double_booking"},
    "costs.sums": {"costs.margin"},
}
NOTICES: Final = {"calls.moved", "costs.markup"}
