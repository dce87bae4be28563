"""The calendars of the demo's tenants at the simulated Cal.com, which tells us of bookings."""

from collections.abc import Mapping
from datetime import time
from typing import Any, Final

from ops.demo.expected import CLOSES, OPENS
from ops.simulators.calcom_calendar import WEEKDAYS, EventType, Host, Weekday
from ops.simulators.calcom_webhooks import Subscriber
from ops.simulators.webhooks import client
from ops.tenants.file import TenantEntry, TenantsFile

OPEN_DAYS: Final[tuple[Weekday, ...]] = WEEKDAYS[:6]


async def open_calendars(
    tenants: TenantsFile, calcom: str, ingress: str, platform_secret: str
) -> None:
    """What the tenants sell is for sale, and each account tells the ingress what happens in it."""
    sold: list[Any] = []
    subscribers: list[Any] = []
    people = 0
    for tenant in tenants.tenants:
        hosts = {
            each.id: _host(people + n, tenant, each.name) for n, each in enumerate(tenant.staff)
        }
        people += len(hosts)
        sold += [each.model_dump(mode="json", by_alias=True) for each in _sold(tenant, hosts)]
        subscribers.append(_subscriber(tenant, ingress, platform_secret).model_dump())
    control = f"{calcom}/_simulator"
    async with client() as http:
        (await http.post(f"{control}/event-types", json=sold)).raise_for_status()
        (await http.post(f"{control}/subscribers", json=subscribers)).raise_for_status()


def _sold(tenant: TenantEntry, hosts: Mapping[str, Host]) -> list[EventType]:
    return [
        EventType(
            id=event_type,
            slug=f"{service.id}-{staff}",
            title=service.name,
            length_in_minutes=service.minutes,
            hosts=[hosts[staff]],
            hours=_hours(OPENS, CLOSES),
            api_key=_api_key(tenant),
        )
        for service in tenant.services
        for staff, event_type in service.staff.items()
    ]


def _hours(opens: time, closes: time) -> dict[Weekday, list[tuple[time, time]]]:
    return {day: [(opens, closes)] for day in OPEN_DAYS}


def _host(number: int, tenant: TenantEntry, name: str) -> Host:
    mailbox = f"host{number}@{tenant.id}.example"
    return Host(id=1 + number, name=name, email=mailbox, time_zone=tenant.time_zone)


def _subscriber(tenant: TenantEntry, ingress: str, platform_secret: str) -> Subscriber:
    """A tenant with a secret of its own has an address of its own."""
    url, own = f"{ingress}/webhooks/calcom", tenant.secrets.calcom_webhook
    if not own:
        return Subscriber(url=url, secret=platform_secret, api_key=_api_key(tenant))
    secret = own[0].removeprefix("plain:")
    return Subscriber(url=f"{url}/{tenant.id}", secret=secret, api_key=_api_key(tenant))


def _api_key(tenant: TenantEntry) -> str:
    return (tenant.secrets.calcom_api_key or "").removeprefix("plain:")
