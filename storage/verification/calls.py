"""P4: whatever came first, the facts of a call, its cost and an appointment fit together."""

from typing import Final

from storage.verification.question import Promise, Question

TIMES: Final = Question(
    name="calls.times",
    promise=Promise.P4,
    holds="each call ended after it started, and was analyzed after it ended",
    sql="""
        SELECT tenant_id, call_id, started_at, ended_at, lasted, analyzed_at
          FROM calls
         WHERE started_at > ended_at
            OR lasted < interval '0'
            OR (ended_at IS NULL) <> (lasted IS NULL)
            OR analyzed_at IS NOT NULL AND ended_at IS NULL
            OR (analyzed_at IS NULL) <> (analysis_id IS NULL)
        """,
)
COSTS: Final = Question(
    name="costs.calls",
    promise=Promise.P4,
    holds="each cost is of a call that ended, each final one of a call that was analyzed",
    sql="""
        SELECT cost.tenant_id, cost.call_id, cost.final, calls.ended_at, calls.analyzed_at
          FROM platform_costs AS cost
          LEFT JOIN calls USING (call_id)
         WHERE calls.ended_at IS NULL OR cost.final AND calls.analyzed_at IS NULL
        """,
)
APPOINTMENTS: Final = Question(
    name="appointments.facts",
    promise=Promise.P4,
    holds="no appointment is both released and confirmed, or cancelled and never confirmed",
    sql="""
        SELECT tenant_id, appointment_id, confirmed_at, released_at, cancelled_at, calcom_uid
          FROM appointments
         WHERE released_at IS NOT NULL AND confirmed_at IS NOT NULL
            OR cancelled_at IS NOT NULL AND confirmed_at IS NULL
            OR confirmed_at IS NOT NULL AND calcom_uid IS NULL
            OR starts_at >= ends_at
        """,
)
NOTIFICATIONS: Final = Question(
    name="notifications.facts",
    promise=Promise.P4,
    holds="no notification is both sent and refused, or sent and never asked for",
    sql="""
        SELECT tenant_id, notification_id, asked_at, sent_at, refused_at, reason
          FROM notifications
         WHERE sent_at IS NOT NULL AND refused_at IS NOT NULL
            OR sent_at IS NOT NULL AND asked_at IS NULL
            OR (refused_at IS NULL) <> (reason IS NULL)
        """,
)

QUESTIONS: Final = (TIMES, COSTS, APPOINTMENTS, NOTIFICATIONS)
