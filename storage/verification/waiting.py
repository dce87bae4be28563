"""P2: what waits in a table to be sent leaves it in time; operators leave nothing behind."""

from typing import Final

from messages import topology
from storage.verification.question import Promise, Question

_HANDLERS: Final = ", ".join(f"'{work.name}'" for work in topology.ALL)

OUTBOX: Final = Question(
    name="outbox.old",
    promise=Promise.P2,
    holds="nothing waits in the outbox for more than a minute",
    sql="""
        SELECT tenant_id, message_id, kind, call_id, written_at
          FROM outbox
         WHERE written_at < now() - interval '1 minute'
         ORDER BY written_at
        """,
    passes=True,
)
SPOOL: Final = Question(
    name="spool.old",
    promise=Promise.P2,
    holds="nothing waits in the spool for more than a minute while RabbitMQ is there",
    sql="""
        SELECT tenant_id, message_id, provider, event, spooled_at
          FROM webhook_spool
         WHERE spooled_at < now() - interval '1 minute'
         ORDER BY spooled_at
        """,
    passes=True,
)
RESUMED: Final = Question(
    name="parked.resumed",
    promise=Promise.P2,
    holds="what was parked goes on once its pause is over",
    sql="""
        SELECT parked.tenant_id, parked.message_id, parked.queue, pause_id, resumed_at AS since
          FROM parked_messages AS parked
          JOIN pauses USING (pause_id)
         WHERE resumed_at IS NOT NULL
         ORDER BY parked_at
        """,
    passes=True,
    graced=True,
)
HOMELESS: Final = Question(
    name="parked.queue",
    promise=Promise.P2,
    holds="what is parked has a handler to go back to",
    sql=f"""
        SELECT tenant_id, message_id, queue, pause_id, parked_at
          FROM parked_messages
         WHERE queue NOT IN ({_HANDLERS})
        """,  # noqa: S608 -- the names of our queues
)
ENDS: Final = Question(
    name="dead_letters.audit",
    promise=Promise.P2,
    holds="of each dead letter that was discarded or edited stands who did it and why",
    sql="""
        SELECT letter.tenant_id, dead_letter_id, ended.how, ended.ended_at
          FROM dead_letter_ends AS ended
          JOIN dead_letters AS letter USING (dead_letter_id)
         WHERE ended.how <> 'succeeded'
           AND NOT EXISTS (
               SELECT FROM operator_actions AS done
                WHERE done.subject = 'dead_letter:' || dead_letter_id
           )
        """,
)
EDITS: Final = Question(
    name="dead_letters.edits",
    promise=Promise.P2,
    holds="of each dead letter that was edited there is the edit",
    sql="""
        SELECT letter.tenant_id, dead_letter_id, ended.ended_at
          FROM dead_letter_ends AS ended
          JOIN dead_letters AS letter USING (dead_letter_id)
         WHERE ended.how = 'edited'
           AND NOT EXISTS (
               SELECT FROM dead_letters AS edit WHERE edit.origin_id = letter.dead_letter_id
           )
        """,
)
REPLAYS: Final = Question(
    name="replays.finished",
    promise=Promise.P2,
    holds="each replay that is finished has sent, or left out, all that it froze",
    sql="""
        SELECT name, items, count(item.position) AS frozen,
               count(*) FILTER (
                   WHERE item.position IS NOT NULL AND sent_at IS NULL AND left_out IS NULL
               ) AS left_over
          FROM replays
          LEFT JOIN replay_items AS item USING (replay_id)
         WHERE finished_at IS NOT NULL
         GROUP BY replay_id
        HAVING items <> count(item.position)
            OR count(*) FILTER (
                   WHERE item.position IS NOT NULL AND sent_at IS NULL AND left_out IS NULL
               ) > 0
        """,
    of_tenants=False,
)

QUESTIONS: Final = (OUTBOX, SPOOL, RESUMED, HOMELESS, ENDS, EDITS, REPLAYS)
