"""The calls actor: one row for every call, its tenant found by the number that is ours."""

from dataclasses import dataclass
from typing import Any, Final

import structlog

from messages import topology
from messages.calls import CallAnalyzed, CallEnded, CallQuarantined, CallStarted, Direction
from messages.message import TenantMessage, id_of
from messages.webhook import Webhook
from storage import calls, outbox, tenants, webhook_events
from storage.calls import CallFacts, News
from workers.calls.retell import RetellCall, RetellEvent, RetellInbound, facts_of
from workers.context import Context
from workers.delivery import Handler
from workers.errors import NotYet

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose call it is; `number` is the one that says so, None if something else does."""

    tenant: str
    number: str | None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A call that no tenant can be named for, and why."""

    reason: str


async def on_retell(context: Context, webhook: Webhook) -> None:
    """Add what Retell tells to the record of the call, and tell what is new about it."""
    call, facts = read(webhook)
    if call is None or facts is None:
        await _ignore(context, webhook, "no_call_id")
        return

    structlog.contextvars.bind_contextvars(call_id=call.call_id)
    owner = await _owner(context, webhook, call)
    if isinstance(owner, Quarantined):
        await _quarantine(context, webhook, call, owner.reason)
        return

    structlog.contextvars.bind_contextvars(tenant_id=owner.tenant)
    if webhook.tenant_id is None:
        context.admit(owner.tenant)
    async with context.transaction(owner.tenant) as tx:
        news = await calls.hear(tx, webhook, facts, routed_by=owner.number)
        if news:
            await outbox.put(tx, *announcements(webhook, call, facts, news, owner.tenant))
    if news:
        log.info("calls.merged", webhook_event=webhook.event)
    else:
        await _check(context, owner)


def read(webhook: Webhook) -> tuple[RetellCall | None, CallFacts | None]:
    """What the webhook tells; nothing for a call that has no id yet.

    Raises pydantic's ValidationError for a body that is no event of Retell.
    """
    if webhook.event != "call_inbound":
        event = RetellEvent.model_validate_json(webhook.body)
        facts = facts_of(
            webhook.event, event.call, webhook_id=webhook.message_id, heard_at=webhook.received_at
        )
        return event.call, facts

    ringing = RetellInbound.model_validate_json(webhook.body)
    call = ringing.as_call()
    if call is None:
        return None, None
    return call, CallFacts(
        call_id=call.call_id,
        direction=call.way,
        business_number=call.business_number,
        customer_number=call.customer_number,
        rang_at=ringing.event_timestamp or webhook.received_at,
    )


def announcements(
    webhook: Webhook, call: RetellCall, facts: CallFacts, news: News, tenant: str
) -> list[TenantMessage]:
    """What is to be told about a call, each thing once in its life."""
    told: list[TenantMessage] = []
    if news.started and facts.started_at:
        told.append(
            CallStarted(
                message_id=id_of("calls.started", call.call_id),
                call_id=call.call_id,
                tenant_id=tenant,
                started_at=facts.started_at,
            )
        )
    if facts.ended_at and facts.lasted is not None:
        closed: dict[str, Any] = {
            "call_id": call.call_id,
            "tenant_id": tenant,
            "direction": facts.direction,
            "business_number": facts.business_number,
            "ended_at": facts.ended_at,
            "lasted": facts.lasted,
            "retell_cents": call.call_cost.combined_cost,
        }
        if news.ended:
            told.append(CallEnded(message_id=id_of("calls.ended", call.call_id), **closed))
        if news.analyzed:
            told.append(
                CallAnalyzed(
                    message_id=id_of("calls.analyzed", call.call_id),
                    webhook_id=webhook.message_id,
                    **closed,
                )
            )
    return told


async def _owner(context: Context, webhook: Webhook, call: RetellCall) -> Owner | Quarantined:
    """Whose call it is. The dialled number decides; there is no default tenant.

    A tenant's own Retell account may have numbers that we were not told, but none of another
    tenant. A web call has no number: there the tenant that we gave it as metadata counts.
    """
    number = call.business_number
    by_number = await _owner_of(context, number) if number else None
    if webhook.tenant_id:
        if number and by_number not in (None, webhook.tenant_id):
            by_number = await tenants.tenant_of_number(context.pool, number)  # or was it moved?
        if by_number not in (None, webhook.tenant_id):
            return Quarantined("number_of_another_tenant")
        return Owner(webhook.tenant_id, number if by_number else None)
    if by_number:
        return Owner(by_number, number)
    named = call.metadata.get("tenant_id")
    if call.way is Direction.WEB and isinstance(named, str):
        known = await tenants.exists(context.pool, named)
        return Owner(named, None) if known else Quarantined("unknown_tenant")
    return Quarantined(webhook_events.UNKNOWN_NUMBER)


async def _owner_of(context: Context, number: str) -> str | None:
    """Remembered for a while; what is written for a call looks once more whether it still holds."""
    return await context.memory.of(
        ("calls.owner", number),
        lambda: tenants.tenant_of_number(context.pool, number),
        now=context.now(),
    )


async def _check(context: Context, owner: Owner) -> None:
    """Nothing was new: the webhook is a repeat, unless its number has moved in the meantime."""
    if owner.number is None:
        return
    context.memory.forget(("calls.owner", owner.number))
    if await _owner_of(context, owner.number) != owner.tenant:
        raise NotYet("the number was given to another tenant while the webhook was heard")


async def _quarantine(context: Context, webhook: Webhook, call: RetellCall, reason: str) -> None:
    """Keep the webhook for the day its number is assigned; tell of each number once."""
    number = call.business_number
    async with context.transaction(None) as tx:
        await webhook_events.receive(tx, webhook, tenant=None, ignored_because=reason)
        if await calls.quarantine(tx, number or "unknown"):
            await outbox.put(
                tx,
                CallQuarantined(
                    message_id=id_of("calls.quarantined", number),
                    call_id=call.call_id,
                    dialled=number,
                ),
            )
    log.warning("calls.quarantined", reason=reason)


async def _ignore(context: Context, webhook: Webhook, reason: str) -> None:
    async with context.transaction(webhook.tenant_id) as tx:
        await webhook_events.receive(tx, webhook, tenant=webhook.tenant_id, ignored_because=reason)


HANDLERS: Final = (Handler(work=topology.CALLS_RETELL, reads=Webhook, run=on_retell),)
