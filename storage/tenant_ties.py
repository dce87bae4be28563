"""What speaks against a change of a tenant: whose something is already, and what still needs it."""

from collections.abc import Sequence

from storage.owner import Owner


async def holders_of_numbers(owner: Owner, numbers: Sequence[str]) -> dict[str, str]:
    """Which of these numbers have a tenant, and which."""
    rows = await owner.rows(
        "SELECT number, tenant_id FROM phone_numbers WHERE number = ANY($1)", numbers
    )
    return {row["number"]: row["tenant_id"] for row in rows}


async def holders_of_event_types(owner: Owner, event_type_ids: Sequence[int]) -> dict[int, str]:
    """Which of these event types have a tenant, and which."""
    rows = await owner.rows(
        "SELECT event_type_id, tenant_id FROM event_types WHERE event_type_id = ANY($1)",
        event_type_ids,
    )
    return {row["event_type_id"]: row["tenant_id"] for row in rows}


async def upcoming_appointments(owner: Owner, tenant: str) -> dict[tuple[str, str], int]:
    """How many appointments are still to come, by service and staff."""
    rows = await owner.rows(
        """
        SELECT service, staff, count(*) AS appointments
          FROM appointments
         WHERE tenant_id = $1
           AND released_at IS NULL AND cancelled_at IS NULL AND ends_at > now()
         GROUP BY service, staff
        """,
        tenant,
    )
    return {(row["service"], row["staff"]): row["appointments"] for row in rows}


async def calls_without_final_cost(owner: Owner, tenant: str) -> dict[str, int]:
    """How many calls of the last day still need the price of the number they came in on.

    Older ones will get no final cost any more: the provider's last word comes within minutes.
    """
    rows = await owner.rows(
        """
        SELECT calls.business_number, count(*) AS calls
          FROM calls
          LEFT JOIN platform_costs USING (call_id)
         WHERE calls.tenant_id = $1
           AND calls.business_number IS NOT NULL
           AND calls.first_heard_at > now() - interval '1 day'
           AND platform_costs.final IS NOT TRUE
         GROUP BY calls.business_number
        """,
        tenant,
    )
    return {row["business_number"]: row["calls"] for row in rows}
