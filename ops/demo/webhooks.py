"""The requests of a call as Retell would send them, signed, and some that nobody should send."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from random import Random
from typing import Any, Final

from ops.demo.conversations import analysis_of, turns_of
from ops.demo.day import Call, Does
from ops.simulators import retell, retell_calls
from ops.simulators.retell_calls import Conversation
from ops.simulators.webhooks import Webhook
from ops.tenants.file import TenantEntry

DUPLICATES: Final = 0.12  # of the webhooks are sent a second time
SHUFFLED: Final = 0.3  # of the calls tell their story in any order
ANALYZED: Final = "call_analyzed"


@dataclass(frozen=True, slots=True)
class Post:
    """A request to come, and how it must be answered."""

    call_id: str
    event: str
    webhook: Callable[[], Webhook]  # signed as late as possible
    status: int


@dataclass(frozen=True, slots=True)
class Ingress:
    """Where the requests go; `key` signs those of the platform's own account."""

    address: str
    key: str

    def sign(self, event: dict[str, Any] | bytes, tenant: TenantEntry | None, n: int) -> Webhook:
        """To the account of the tenant, with any of its live keys, or to the platform's."""
        live = tenant.secrets.retell_webhook if tenant else ()
        url = f"{self.address}/webhooks/retell"
        if not tenant or not live:
            return retell.signed(event, url=url, key=self.key)
        key = live[n % len(live)].removeprefix("plain:")
        return retell.signed(event, url=f"{url}/{tenant.id}", key=key)


def posts_of(call: Call, ingress: Ingress, chance: Random) -> list[Post]:
    """The webhooks of a call, some of them twice, and of some calls in any order."""
    talk = _conversation(call)
    events = [retell_calls.call_inbound(talk)]
    events += [each for each in retell_calls.events(talk) if each["event"] != "transcript_updated"]
    once = [_post(call, event, ingress, chance.randrange(100)) for event in events]
    again = [post for post in once if chance.random() < DUPLICATES]
    if call.together:
        return [*once[:-1], *again, once[-1]]  # the analysis last, for it is what races
    posts = sorted([*once, *again], key=once.index)
    if chance.random() < SHUFFLED:
        chance.shuffle(posts)
    return posts


def strange_posts(ingress: Ingress) -> list[Post]:
    """Signed JSON that is no call; a signed body that is no JSON; a wrong signature."""
    poisoned = {"event": "call_ended", "call": {"call_id": "call_demo_poisoned", "call_cost": "?"}}
    forged = Ingress(ingress.address, f"not-{ingress.key}")
    return [
        _strange("poisoned", poisoned, ingress, HTTPStatus.NO_CONTENT),
        _strange("unreadable", b'{"event": "call_', ingress, HTTPStatus.ACCEPTED),
        _strange("forged", poisoned, forged, HTTPStatus.UNAUTHORIZED),
    ]


def _strange(name: str, body: dict[str, Any] | bytes, ingress: Ingress, status: int) -> Post:
    return Post(name, "-", lambda: ingress.sign(body, None, 0), status)


def _post(call: Call, event: dict[str, Any], ingress: Ingress, n: int) -> Post:
    asks = event["event"] == "call_inbound"
    return Post(
        call.call_id,
        event["event"],
        lambda: ingress.sign(event, call.tenant, n),
        HTTPStatus.OK if asks else HTTPStatus.NO_CONTENT,
    )


def _conversation(call: Call) -> Conversation:
    connected = call.does is not Does.NOT_CONNECTED
    tongue = call.language.upper()
    business = call.tenant.name if call.tenant else "Studio Nirgendwo"
    return Conversation(
        call_id=call.call_id,
        from_number=call.phone,
        to_number=call.dialled,
        started_at=call.ended_at - call.lasted,
        turns=turns_of(call),
        duration=call.lasted,
        costs=call.cents,
        connected=connected,
        disconnection_reason="user_hangup" if connected else "dial_no_answer",
        agent_id=(call.tenant and call.tenant.agent_id) or "agent_of_nobody",
        agent_name=f"{business} Reception {tongue}",
        custom_analysis_data=analysis_of(call),
        in_voicemail=call.does is Does.VOICEMAIL,
        successful=call.does is not Does.VOICEMAIL,
    )
