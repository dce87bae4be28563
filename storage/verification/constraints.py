"""P3, P5: the constraints that promises stand on are there, whole, and held to."""

from typing import Final

from storage.verification.question import Promise, Question

# Names of unique indexes, those beneath constraints among them, and of what columns.
_ONCE: Final = {
    "inbox_pkey": "message_id, handler",
    "webhook_events_pkey": "message_id",
    "outbox_pkey": "message_id",
    "calls_pkey": "call_id",
    "platform_costs_pkey": "call_id",
    "booking_answers_pkey": "command_id",
    "provider_operations_pkey": "operation_id",
    "dead_letters_pkey": "dead_letter_id",
    "once_for_each_cause": "cause_id, channel, template",
    "one_appointment_for_a_calendar_entry": "tenant_id, calcom_uid",
    "one_live_appointment_for_a_command": "command_id",
}
_ROWS: Final = ", ".join(f"('{name}', '{columns}')" for name, columns in _ONCE.items())

UNIQUE: Final = Question(
    name="constraints.unique",
    promise=Promise.P3,
    holds="the unique indexes that count everything once are there and valid",
    sql=f"""
        SELECT wanted.name, wanted.columns
          FROM (VALUES {_ROWS}) AS wanted (name, columns)
          LEFT JOIN pg_class ON relname = wanted.name AND relnamespace = 'public'::regnamespace
          LEFT JOIN pg_index ON indexrelid = pg_class.oid
         WHERE NOT coalesce(
                   indisunique AND indisvalid
                   AND pg_get_indexdef(indexrelid) LIKE '%(' || wanted.columns || ')%',
                   false
               )
        """,  # noqa: S608 -- names of our own indexes
    of_tenants=False,
)
NO_DOUBLE_BOOKING: Final = Question(
    name="constraints.double_booking",
    promise=Promise.P5,
    holds="the constraint that forbids double bookings is there, whole and valid",
    sql="""
        SELECT wanted.name, pg_get_constraintdef(pg_constraint.oid) AS found
          FROM (VALUES ('no_double_booking')) AS wanted (name)
          LEFT JOIN pg_constraint ON conname = wanted.name
                AND conrelid = 'public.appointments'::regclass
          LEFT JOIN pg_index ON indexrelid = conindid
         WHERE NOT coalesce(
                   contype = 'x' AND convalidated AND indisvalid
                   AND NOT condeferrable
                   AND pg_get_constraintdef(pg_constraint.oid) =
                       'EXCLUDE USING gist (tenant_id WITH =, staff WITH =, '
                       'tstzrange(starts_at, ends_at) WITH &&) '
                       'WHERE (((released_at IS NULL) AND (cancelled_at IS NULL)))',
                   false
               )
        """,
    of_tenants=False,
)
# With the latest end before it each appointment is compared to all that began earlier, in one pass.
OVERLAPPING: Final = Question(
    name="appointments.overlap",
    promise=Promise.P5,
    holds="no two live appointments of one of the staff overlap",
    sql="""
        SELECT tenant_id, staff, appointment_id, starts_at, ends_at, busy_until
          FROM (
              SELECT tenant_id, staff, appointment_id, starts_at, ends_at,
                     max(ends_at) OVER (
                         PARTITION BY tenant_id, staff
                             ORDER BY starts_at, appointment_id
                              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                     ) AS busy_until
                FROM appointments
               WHERE released_at IS NULL AND cancelled_at IS NULL
          ) AS live
         WHERE starts_at < busy_until
        """,
)

QUESTIONS: Final = (UNIQUE, NO_DOUBLE_BOOKING, OVERLAPPING)
