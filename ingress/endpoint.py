"""The endpoint of all providers: read, prove, name, keep, answer.

404 unknown_provider unknown_tenant     401 missing malformed wrong stale
405 method                                  no_secret_provided no_secret_configured
408 slow_body                           413 too_large      415 compressed
400 broken_body disconnected            503 not_kept secrets_away secret_unreadable
204 kept     202 kept, but unreadable   200 kept, and here is your answer (`call_inbound`)
"""

import asyncio
import re
from datetime import UTC, datetime
from time import perf_counter
from typing import Final

import structlog
from aiohttp import web

from ingress import calcom, retell, stripe
from ingress.body import body_of
from ingress.facts import Facts
from ingress.greeting import Greetings
from ingress.keeping import Keeper, NotKept
from ingress.live_secrets import LiveSecrets, is_tenant_id
from ingress.provider import Provider, webhook_of
from ingress.refused import Refused
from ingress.signatures import Verdict
from messages.webhook import UNREADABLE, Webhook

PROVIDERS: Final = {room.PROVIDER.name: room.PROVIDER for room in (retell, calcom, stripe)}

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

log = structlog.get_logger()


class Endpoint:
    """Answers every request below `/webhooks/`."""

    def __init__(
        self, keeper: Keeper, secrets: LiveSecrets, greetings: Greetings, *, read_seconds: float
    ) -> None:
        self._keeper = keeper
        self._secrets = secrets
        self._greetings = greetings
        self._read_seconds = read_seconds
        self._in_hand = 0
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def receive(self, request: web.Request) -> web.Response:
        """Take one request, and note what became of it."""
        began = perf_counter()
        facts = Facts(request.method)
        self._in_hand += 1
        self._idle.clear()
        try:
            answer = await self._accept(request, facts)
        except Refused as refusal:
            facts.reason = refusal.reason
            answer = refusal.answer()
        except Exception:
            log.exception("webhook.failed")
            facts.reason = "fault"
            answer = web.Response(status=500)
        finally:
            self._in_hand -= 1
            if not self._in_hand:
                self._idle.set()
        if self._stopping:
            answer.force_close()
        facts.record(status=answer.status, seconds=perf_counter() - began)
        return answer

    async def settle(self) -> None:
        """Wait until all requests in hand are answered.

        From now on each answer ends its connection, so that there is an end to it.
        """
        self._stopping = True
        await self._idle.wait()

    async def _accept(self, request: web.Request, facts: Facts) -> web.Response:
        provider, tenant = _addressed(request, facts)
        secrets = await self._secrets.of(provider, tenant)
        body = await body_of(request, seconds=self._read_seconds)
        facts.size = len(body)
        now = datetime.now(UTC)
        verdict = provider.proof(body, request.headers.get(provider.header), secrets, now)
        if verdict is not Verdict.PROVEN:
            raise Refused(401, verdict)
        webhook = webhook_of(
            provider, body, tenant=tenant, received_at=now, traceparent=_traceparent(request)
        )
        _note(webhook, provider, facts)
        if provider is retell.PROVIDER and webhook.event == retell.CALL_INBOUND:
            return await self._greet(webhook, facts)
        return await self._keep(webhook, facts)

    async def _keep(self, webhook: Webhook, facts: Facts) -> web.Response:
        await self._kept(webhook, facts)
        if webhook.event == UNREADABLE:
            # The sender will not send it better, so it is accepted, and filed as what it is.
            facts.reason = UNREADABLE
            return web.Response(status=202)
        return web.Response(status=204)

    async def _greet(self, webhook: Webhook, facts: Facts) -> web.Response:
        """A question too is kept before it is answered; both are asked for at once.

        Where it cannot be kept Retell asks again, and then the number's own agent picks up.
        """
        greeting, _ = await asyncio.gather(
            self._greetings.answer(retell.dialled_number(webhook.body), asked_by=webhook.tenant_id),
            self._kept(webhook, facts),
        )
        return web.json_response(greeting)

    async def _kept(self, webhook: Webhook, facts: Facts) -> None:
        try:
            facts.kept_in = await self._keeper.keep(webhook)
        except NotKept:
            raise Refused(503, "not_kept") from None


def _addressed(request: web.Request, facts: Facts) -> tuple[Provider, str | None]:
    """Whose endpoint it is; raises Refused."""
    provider = PROVIDERS.get(request.match_info["provider"])
    tenant = request.match_info.get("tenant")
    if provider is None:
        raise Refused(404, "unknown_provider")
    facts.provider = provider.name
    if tenant is not None and not is_tenant_id(tenant):
        raise Refused(404, "unknown_tenant")
    facts.endpoint = f"{provider.name}/{tenant}" if tenant else provider.name
    if request.method != "POST":
        raise Refused(405, "method", allow="POST")
    return provider, tenant


def _note(webhook: Webhook, provider: Provider, facts: Facts) -> None:
    facts.event = webhook.event
    facts.message_id = webhook.message_id
    if webhook.event in provider.events or webhook.event == UNREADABLE:
        facts.counted_as = webhook.event


def _traceparent(request: web.Request) -> str | None:
    said = request.headers.get("traceparent", "")
    return said if _TRACEPARENT.fullmatch(said) else None
