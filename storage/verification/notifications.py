"""P2 and P3: each cause is told once, and nothing is told without one."""

from typing import Final

from messages import topology
from storage.verification.question import Promise, Question

# What is heard there is written in the same transaction.
_WRITERS: Final = (
    topology.NOTIFICATIONS_BOOKED.name,
    topology.NOTIFICATIONS_REFUSED.name,
    topology.NOTIFICATIONS_REVIEW.name,
    topology.NOTIFICATIONS_QUARANTINED.name,
)
_OF_ANSWERS: Final = (topology.NOTIFICATIONS_BOOKED.name, topology.NOTIFICATIONS_REFUSED.name)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


ANSWERS_TOLD: Final = Question(
    name="answers.told",
    promise=Promise.P2,
    holds="notifications has heard of each answer to a booking",
    sql=f"""
        WITH answered AS MATERIALIZED (
            SELECT tenant_id, command_id, call_id, answer ->> 'kind' AS kind,
                   (answer ->> 'message_id')::uuid AS message_id, answered_at AS since
              FROM booking_answers
        ), unheard AS (
            SELECT tenant_id, command_id, call_id, kind, message_id, since
              FROM answered
             WHERE NOT EXISTS (
                   SELECT FROM inbox
                    WHERE inbox.message_id = answered.message_id
                      AND inbox.handler IN ({_listed(_OF_ANSWERS)})
             )
        )
        SELECT tenant_id, command_id, call_id, kind, message_id, since
          FROM unheard
         WHERE NOT EXISTS (
               SELECT FROM outbox WHERE outbox.message_id = unheard.message_id
         ) AND NOT EXISTS (
               SELECT FROM parked_messages AS parked
                WHERE parked.message_id = unheard.message_id
                  AND parked.queue IN ({_listed(_OF_ANSWERS)})
         ) AND NOT EXISTS (
               SELECT FROM dead_letters AS letter
                WHERE letter.message_id = unheard.message_id
                  AND letter.queue IN ({_listed(_OF_ANSWERS)})
                  AND NOT EXISTS (SELECT FROM dead_letter_ends AS ended
                                   WHERE ended.dead_letter_id = letter.dead_letter_id
                                     AND ended.how = 'succeeded')
         )
        """,  # noqa: S608 -- the names of our queues
    passes=True,
    graced=True,
    waits_for=_OF_ANSWERS,
)
WRITTEN: Final = Question(
    name="notifications.written",
    promise=Promise.P2,
    holds="each cause that notifications has heard of is written to somebody",
    sql=f"""
        SELECT tenant_id, handler, message_id, heard_at
          FROM inbox
         WHERE handler IN ({_listed(_WRITERS)})
           AND NOT EXISTS (
               SELECT FROM notifications WHERE notifications.cause_id = inbox.message_id
           )
        """,  # noqa: S608 -- as above
)
CAUSED: Final = Question(
    name="notifications.cause",
    promise=Promise.P3,
    holds="no notification is without a cause that was heard",
    sql=f"""
        SELECT tenant_id, notification_id, cause_id, call_id, channel, template
          FROM notifications
         WHERE NOT EXISTS (
               SELECT FROM inbox
                WHERE inbox.message_id = notifications.cause_id
                  AND inbox.handler IN ({_listed(_WRITERS)})
         )
        """,  # noqa: S608 -- as above
)
ONCE: Final = Question(
    name="notifications.once",
    promise=Promise.P3,
    holds="each cause is told once on each channel",
    sql="""
        SELECT min(tenant_id) AS tenant_id, cause_id, channel, template, count(*) AS times,
               min(notification_id::text) AS notification_id
          FROM notifications
         GROUP BY cause_id, channel, template
        HAVING count(*) > 1
        """,
)
REFERENCES: Final = Question(
    name="notifications.reference",
    promise=Promise.P3,
    holds="no two notifications are one and the same message of a provider",
    sql="""
        SELECT min(tenant_id) AS tenant_id, channel, reference, count(*) AS times,
               min(notification_id::text) AS notification_id,
               max(notification_id::text) AS another
          FROM notifications
         WHERE reference <> ''
         GROUP BY channel, reference
        HAVING count(*) > 1
        """,
)

QUESTIONS: Final = (ANSWERS_TOLD, WRITTEN, CAUSED, ONCE, REFERENCES)
