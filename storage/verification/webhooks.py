"""P2: each webhook in the archive has come to an end that one can see."""

from typing import Final

from storage.verification.question import Promise, Question

DEAD_VISIBLE: Final = Question(
    name="webhooks.dead",
    promise=Promise.P2,
    holds="each webhook that died is a dead letter",
    sql="""
        SELECT tenant_id, message_id, provider, event, reason, settled_at
          FROM webhook_events AS webhook
         WHERE outcome = 'dead'
           AND NOT EXISTS (
               SELECT FROM dead_letters AS letter WHERE letter.message_id = webhook.message_id
           )
        """,
)
REASONED: Final = Question(
    name="webhooks.reason",
    promise=Promise.P2,
    holds="each webhook that is not done says why",
    sql="""
        SELECT tenant_id, message_id, provider, event, outcome, settled_at
          FROM webhook_events
         WHERE outcome <> 'done' AND coalesce(reason, '') = ''
        """,
)
# What has not the headers of a webhook, or is an edit that was not sent yet, is in no archive.
LETTERS_ARCHIVED: Final = Question(
    name="webhooks.of_dead_letters",
    promise=Promise.P2,
    holds="each webhook that is a dead letter is in the archive",
    sql="""
        SELECT tenant_id, dead_letter_id, message_id, queue, died_at
          FROM dead_letters AS letter
         WHERE provider IS NOT NULL
           AND message_id IS NOT NULL
           AND origin_id IS NULL
           AND headers ?& ARRAY['endpoint', 'event', 'received_at']
           AND NOT EXISTS (
               SELECT FROM webhook_events AS webhook WHERE webhook.message_id = letter.message_id
           )
        """,
)
CALLS_ANALYZED: Final = Question(
    name="webhooks.call_analyzed",
    promise=Promise.P2,
    holds="each call_analyzed that is done belongs to an analyzed call",
    # Bodies are opened only where no call names the webhook: another endpoint may have told first.
    sql="""
        WITH unnamed AS MATERIALIZED (
            SELECT tenant_id, message_id, settled_at, body
              FROM webhook_events AS webhook
             WHERE provider = 'retell' AND event = 'call_analyzed' AND outcome = 'done'
               AND NOT EXISTS (
                   SELECT FROM calls WHERE calls.analysis_id = webhook.message_id
               )
        )
        SELECT tenant_id, message_id, settled_at
          FROM unnamed
         WHERE NOT EXISTS (
               SELECT FROM calls
                WHERE calls.call_id = convert_from(body, 'UTF8')::json #>> '{call,call_id}'
                  AND calls.analyzed_at IS NOT NULL
         )
        """,
)
CONVERSATIONS: Final = Question(
    name="calls.conversation",
    promise=Promise.P2,
    holds="the conversation of each analyzed call is in the archive",
    sql="""
        SELECT tenant_id, call_id, analysis_id, analyzed_at
          FROM calls
         WHERE analysis_id IS NOT NULL
           AND NOT EXISTS (
               SELECT FROM webhook_events AS webhook
                WHERE webhook.message_id = calls.analysis_id AND webhook.outcome = 'done'
           )
        """,
)

QUESTIONS: Final = (DEAD_VISIBLE, REASONED, LETTERS_ARCHIVED, CALLS_ANALYZED, CONVERSATIONS)
