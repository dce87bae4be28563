"""P6: what hangs together is of one tenant."""

from typing import Final

from storage.verification.question import Promise, Question


def _of_one(name: str, holds: str, sql: str) -> Question:
    return Question(name=name, promise=Promise.P6, holds=holds, sql=sql)


KNOWN: Final = _of_one(
    "tenants.known",
    "every row is of a tenant that there is",
    """
    SELECT found.tenant_id, found.named_in, found.rows
      FROM (
          SELECT tenant_id, 'calls' AS named_in, count(*) AS rows FROM calls GROUP BY tenant_id
           UNION ALL
          SELECT tenant_id, 'platform_costs', count(*) FROM platform_costs GROUP BY tenant_id
           UNION ALL
          SELECT tenant_id, 'webhook_events', count(*) FROM webhook_events GROUP BY tenant_id
           UNION ALL
          SELECT tenant_id, 'inbox', count(*) FROM inbox GROUP BY tenant_id
           UNION ALL
          SELECT tenant_id, 'outbox', count(*) FROM outbox GROUP BY tenant_id
      ) AS found
     WHERE found.tenant_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM tenants WHERE tenants.tenant_id = found.tenant_id)
    """,
)
ANALYSES: Final = _of_one(
    "tenants.conversations",
    "each call and its conversation are of one tenant",
    """
    SELECT calls.tenant_id, calls.call_id, calls.analysis_id, webhook.tenant_id AS conversation_of
      FROM calls
      JOIN webhook_events AS webhook ON webhook.message_id = calls.analysis_id
     WHERE webhook.tenant_id IS DISTINCT FROM calls.tenant_id
    """,
)
COSTS: Final = _of_one(
    "tenants.costs",
    "each call and its cost are of one tenant",
    """
    SELECT cost.tenant_id, call_id, calls.tenant_id AS call_of
      FROM platform_costs AS cost
      JOIN calls USING (call_id)
     WHERE cost.tenant_id <> calls.tenant_id
    """,
)
APPOINTMENTS: Final = _of_one(
    "tenants.appointments",
    "each appointment, its call and its customer are of one tenant",
    """
    SELECT appointment.tenant_id, appointment.appointment_id, appointment.call_id,
           calls.tenant_id AS call_of, appointment.customer_id, customers.tenant_id AS customer_of
      FROM appointments AS appointment
      LEFT JOIN calls USING (call_id)
      LEFT JOIN customers USING (customer_id)
     WHERE calls.tenant_id <> appointment.tenant_id
        OR customers.tenant_id <> appointment.tenant_id
    """,
)
OPERATIONS: Final = _of_one(
    "tenants.operations",
    "each appointment and its operation at a provider are of one tenant",
    """
    SELECT appointments.tenant_id, appointment_id, operation.tenant_id AS operation_of
      FROM provider_operations AS operation
      JOIN appointments ON appointment_id = operation_id
     WHERE operation.tenant_id <> appointments.tenant_id
    """,
)
ANSWERS: Final = _of_one(
    "tenants.answers",
    "each answer, its call and its appointment are of one tenant",
    """
    SELECT answer.tenant_id, answer.command_id, answer.answer ->> 'tenant_id' AS said_to_be_of,
           answer.call_id, calls.tenant_id AS call_of, appointment.tenant_id AS appointment_of
      FROM booking_answers AS answer
      LEFT JOIN calls USING (call_id)
      LEFT JOIN appointments AS appointment
        ON appointment.appointment_id = (answer.answer ->> 'appointment_id')::uuid
     WHERE calls.tenant_id <> answer.tenant_id
        OR appointment.tenant_id <> answer.tenant_id
        OR answer.answer ->> 'tenant_id' IS DISTINCT FROM answer.tenant_id
    """,
)
# The operator is told of a call before a tenant is found for it.
NOTIFICATIONS: Final = _of_one(
    "tenants.notifications",
    "each notification, its cause and its call are of one tenant",
    """
    SELECT notification.tenant_id, notification.notification_id, notification.call_id,
           calls.tenant_id AS call_of, notification.cause_id, heard.tenant_id AS cause_of
      FROM notifications AS notification
      LEFT JOIN calls ON calls.call_id = notification.call_id
      LEFT JOIN inbox AS heard
        ON heard.message_id = notification.cause_id AND heard.handler LIKE 'notifications.%'
     WHERE calls.tenant_id <> notification.tenant_id
        OR heard.message_id IS NOT NULL
           AND heard.tenant_id IS DISTINCT FROM notification.tenant_id
    """,
)
MOVED: Final = Question(
    name="calls.moved",
    promise=Promise.P6,
    holds="each call is of the tenant that has its number now",
    sql="""
        SELECT calls.tenant_id, calls.business_number AS number, number.tenant_id AS now_of,
               count(*) AS calls, max(first_heard_at) AS last_call
          FROM calls
          JOIN phone_numbers AS number ON number.number = calls.business_number
         WHERE number.tenant_id <> calls.tenant_id
         GROUP BY calls.tenant_id, calls.business_number, number.tenant_id
        """,
    notice=True,
)

QUESTIONS: Final = (
    KNOWN,
    ANALYSES,
    COSTS,
    APPOINTMENTS,
    OPERATIONS,
    ANSWERS,
    NOTIFICATIONS,
    MOVED,
)
