"""P3: one appointment for a command, and each effect in a calendar with its operation."""

from typing import Final

from storage.verification.question import Promise, Question

ONE_FOR_A_COMMAND: Final = Question(
    name="appointments.command",
    promise=Promise.P3,
    holds="each command made one appointment at most",
    sql="""
        SELECT min(tenant_id) AS tenant_id, command_id,
               count(*) FILTER (WHERE confirmed_at IS NOT NULL) AS confirmed,
               count(*) FILTER (WHERE released_at IS NULL AND cancelled_at IS NULL) AS live
          FROM appointments
         WHERE command_id IS NOT NULL
         GROUP BY command_id
        HAVING count(*) FILTER (WHERE confirmed_at IS NOT NULL) > 1
            OR count(*) FILTER (WHERE released_at IS NULL AND cancelled_at IS NULL) > 1
        """,
)
ONE_FOR_AN_ENTRY: Final = Question(
    name="appointments.entry",
    promise=Promise.P3,
    holds="each entry of a calendar is one appointment",
    sql="""
        SELECT min(tenant_id) AS tenant_id, calcom_uid, count(*) AS appointments,
               min(appointment_id::text) AS appointment_id, max(appointment_id::text) AS another
          FROM appointments
         WHERE calcom_uid IS NOT NULL
         GROUP BY calcom_uid
        HAVING count(*) > 1
        """,
)
ANSWERED_BOOKED: Final = Question(
    name="answers.booked",
    promise=Promise.P3,
    holds="who was told of an appointment has it, and who was refused has none",
    sql="""
        SELECT answer.tenant_id, answer.command_id, answer.call_id,
               answer.answer ->> 'kind' AS answer, answer.answer ->> 'appointment_id' AS told_of
          FROM booking_answers AS answer
          LEFT JOIN appointments AS told_of
            ON told_of.appointment_id = (answer.answer ->> 'appointment_id')::uuid
           AND told_of.command_id = answer.command_id
          LEFT JOIN appointments AS had
            ON had.command_id = answer.command_id
           AND had.confirmed_at IS NOT NULL
           AND had.cancelled_at IS NULL
         WHERE CASE answer.answer ->> 'kind'
               WHEN 'bookings.slot_booked' THEN told_of.confirmed_at IS NULL
               ELSE had.appointment_id IS NOT NULL
               END
        """,
)
HEARD_ANSWERED: Final = Question(
    name="answers.heard",
    promise=Promise.P3,
    holds="each booking command that was heard has its answer, and no other has one",
    sql="""
        SELECT coalesce(heard.tenant_id, answer.tenant_id) AS tenant_id,
               coalesce(message_id, command_id) AS command_id,
               message_id IS NOT NULL AS heard, command_id IS NOT NULL AS answered
          FROM (SELECT tenant_id, message_id FROM inbox
                 WHERE handler = 'bookings.book_slot') AS heard
          FULL JOIN booking_answers AS answer ON answer.command_id = heard.message_id
         WHERE message_id IS NULL OR command_id IS NULL
        """,
)
SETTLED: Final = Question(
    name="operations.settled",
    promise=Promise.P3,
    holds="of no operation at a provider is it unknown for an hour whether it was done",
    sql="""
        SELECT tenant_id, operation_id, provider, operation, state, intended_at, reason
          FROM provider_operations
         WHERE state IN ('intended', 'unknown') AND intended_at < now() - interval '1 hour'
         ORDER BY intended_at
        """,
)
REFERENCES: Final = Question(
    name="operations.reference",
    promise=Promise.P3,
    holds="no two operations are one and the same at a provider",
    sql="""
        SELECT min(tenant_id) AS tenant_id, provider, operation, reference, count(*) AS operations,
               min(operation_id::text) AS operation_id, max(operation_id::text) AS another
          FROM provider_operations
         WHERE reference <> ''
         GROUP BY provider, operation, reference
        HAVING count(*) > 1
        """,
)
DONE: Final = Question(
    name="operations.effect",
    promise=Promise.P3,
    holds="each booking that was made in a calendar is an appointment here",
    sql="""
        SELECT done.tenant_id, operation_id, reference, finished_at, calcom_uid
          FROM provider_operations AS done
          LEFT JOIN appointments ON appointment_id = operation_id
         WHERE operation = 'create_booking'
           AND state = 'done'
           AND (confirmed_at IS NULL OR calcom_uid IS DISTINCT FROM reference)
        """,
)
INTENDED: Final = Question(
    name="appointments.operation",
    promise=Promise.P3,
    holds="each appointment of ours was written down as an operation, and agrees with its outcome",
    sql="""
        SELECT appointments.tenant_id, appointment_id, command_id, state, held_at,
               confirmed_at, released_at
          FROM appointments
          LEFT JOIN provider_operations ON operation_id = appointment_id
         WHERE source = 'ringbook'
           AND (operation_id IS NULL OR state = 'refused' AND released_at IS NULL)
        """,
)

QUESTIONS: Final = (
    ONE_FOR_A_COMMAND,
    ONE_FOR_AN_ENTRY,
    ANSWERED_BOOKED,
    HEARD_ANSWERED,
    SETTLED,
    REFERENCES,
    DONE,
    INTENDED,
)
