"""Every conversation of the demo says what it should, whatever day it is played."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import orjson
import pytest

from ops.demo.day import Call, Day, Does, read
from ops.demo.webhooks import Ingress, posts_of
from ops.tenants.file import TenantEntry, TenantsFile
from workers.transcripts.conversation import Business, Service, StaffMember
from workers.transcripts.decision import Agreed, Decision, understand
from workers.transcripts.retell import conversation_of

FIRST = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
DAYS = [FIRST + timedelta(days=number, hours=number % 24) for number in range(0, 400, 17)]


def _business(tenant: TenantEntry) -> Business:
    return Business(
        name=tenant.name,
        services=tuple(
            Service(each.id, each.name, each.minutes, each.aliases) for each in tenant.services
        ),
        staff=tuple(StaffMember(each.id, each.name) for each in tenant.staff),
        zone=ZoneInfo(tenant.time_zone),
        country=tenant.country,
        language=tenant.language,
    )


def _understood(call: Call, tenant: TenantEntry) -> Decision:
    posts = posts_of(call, Ingress("http://127.0.0.1:1", "key"), Random(1))
    (body,) = {post.webhook().body for post in posts if post.event == "call_analyzed"}
    assert orjson.loads(body)["call"]["call_id"] == call.call_id
    called_at = call.ended_at - call.lasted
    return understand(
        conversation_of(body), _business(tenant), called_at, threshold=tenant.booking_threshold
    )


@pytest.mark.parametrize("now", DAYS, ids=lambda now: f"{now:%Y-%m-%d-%H}")
def test_what_is_agreed_is_understood_and_nothing_else(tenants: TenantsFile, now: datetime) -> None:
    day: Day = read(tenants, now=now, seed=1)
    for call in day.calls:
        if call.tenant is None:
            continue
        decision = _understood(call, call.tenant)
        assert isinstance(decision, Agreed) == (call.does is Does.BOOKS), call
        if isinstance(decision, Agreed) and call.wish:
            assert decision.services == (call.wish.service.id,), call
            assert decision.starts_at == call.wish.starts_at, call
            assert decision.staff == call.wish.staff, call
            assert (decision.name, decision.phone) == (call.name, call.phone), call
            assert decision.email == call.email, call
