"""The transcripts actor: what caller and agent agreed on, or that a person must read the call."""

from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog

from messages import topology
from messages.calls import CallAnalyzed
from messages.message import id_of
from messages.transcripts import BookingAgreed, Guest, NothingAgreed, Reading, ReviewNeeded
from storage import inbox, outbox, tenants, webhook_events
from storage.postgres import Reader
from storage.tenants import Catalogue, Profile
from workers.context import Context
from workers.delivery import Handler
from workers.transcripts.conversation import Business, Service, StaffMember
from workers.transcripts.decision import Agreed, Decision, Nothing, understand
from workers.transcripts.retell import conversation_of

log = structlog.get_logger()


class NotArchived(Exception):
    """The webhook with the conversation is not in the archive."""

    def __init__(self) -> None:
        super().__init__("the conversation is not in the archive")


async def on_analyzed(context: Context, analyzed: CallAnalyzed) -> None:
    """Read the conversation of a call, and tell what was agreed.

    All in one transaction: nobody outside is asked, and reading takes milliseconds.
    """
    async with context.transaction(analyzed.tenant_id) as tx:
        if not await inbox.claim(
            tx, handler=topology.TRANSCRIPTS_ANALYZED.name, message_id=analyzed.message_id
        ):
            return
        body = await webhook_events.body_of(tx, analyzed.webhook_id)
        if body is None:
            raise NotArchived
        business, threshold = await context.memory.of(
            ("transcripts.business", analyzed.tenant_id), lambda: _business(tx), now=context.now()
        )
        conversation = conversation_of(body)
        called_at = conversation.started_at or analyzed.ended_at - analyzed.lasted
        decision = understand(conversation, business, called_at, threshold=threshold)
        reading = reading_of(analyzed, decision)
        await outbox.put(tx, reading)
    log.info("transcripts.read", outcome=reading.kind)


async def _business(db: Reader) -> tuple[Business, float]:
    profile = await tenants.profile(db)
    return business_of(profile, await tenants.catalogue(db)), profile.threshold


def business_of(profile: Profile, catalogue: Catalogue) -> Business:
    """What the reading of a conversation must know of a tenant."""
    return Business(
        name=profile.name,
        services=tuple(
            Service(each.service, each.name, each.minutes, each.aliases)
            for each in catalogue.services
        ),
        staff=tuple(StaffMember(each.staff, each.name) for each in catalogue.staff),
        zone=ZoneInfo(profile.time_zone),
        country=profile.country,
        language=profile.language,
    )


def reading_of(analyzed: CallAnalyzed, decision: Decision) -> Reading:
    """The decision as the event that others hear.

    What we cannot do by ourselves yet, although it is certain, goes to a person as well.
    """
    message_id = id_of("transcripts.reading", analyzed.message_id)
    about: dict[str, Any] = {
        "message_id": message_id,
        "call_id": analyzed.call_id,
        "tenant_id": analyzed.tenant_id,
    }
    if isinstance(decision, Nothing):
        return NothingAgreed(**about)
    if not isinstance(decision, Agreed):
        return ReviewNeeded(reasons=decision.reasons, **about)
    if decision.moves:
        return ReviewNeeded(reasons=("moves_an_appointment",), **about)
    if len(decision.services) != 1:
        return ReviewNeeded(reasons=("several_services",), **about)
    return BookingAgreed(
        service=decision.services[0],
        staff=decision.staff,
        starts_at=decision.starts_at,
        guest=Guest(
            name=decision.name,
            phone=decision.phone,
            email=decision.email,
            language=decision.language,
        ),
        confidence=decision.confidence,
        **about,
    )


HANDLERS: Final = (
    Handler(work=topology.TRANSCRIPTS_ANALYZED, reads=CallAnalyzed, run=on_analyzed),
)
