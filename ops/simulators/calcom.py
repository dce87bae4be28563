"""A Cal.com of our own (API v2): sells slots over HTTP, tells its subscribers before it answers.

Not simulated: seats, recurring and instant bookings, teams' addresses, payments.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import count
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import TypeAdapter

from ops.simulators import calcom_envelope as envelope
from ops.simulators import calcom_older as older
from ops.simulators import calcom_requests as requests
from ops.simulators import calcom_shapes as shapes
from ops.simulators.calcom_calendar import Booking, Calendar, EventType, Hold, hosts_for, slots
from ops.simulators.calcom_envelope import body_of, success
from ops.simulators.calcom_limits import Limits
from ops.simulators.calcom_rules import Rules
from ops.simulators.calcom_search import found
from ops.simulators.calcom_subscribers import Subscribers
from ops.simulators.calcom_webhooks import Subscriber
from ops.simulators.refusals import Refused
from ops.simulators.simulator import CONTROL, Clock, Simulator, utc_now


class Calcom(Simulator):
    """The calendars of many accounts.

    `lag_seconds`: how old the replica is that GETs read. `rate_limit`: requests a minute for each
    key, None for no limit. `webhooks` says who hears, and whether deliveries get lost or doubled.
    """

    def __init__(
        self, *, now: Clock = utc_now, rate_limit: int | None = 120, seed: str = "calcom"
    ) -> None:
        super().__init__(now=now)
        self.calendar = Calendar(seed)
        self.webhooks = Subscribers()
        self.accounts: dict[str, int] = {}
        self.lag_seconds: float = 0
        self.rate_limit = rate_limit
        self._rules = Rules(self.calendar, self.webhooks, lambda: self.now())  # noqa: PLW0108 -- a clock that is set later counts
        self._limits = Limits()
        self._request_ids = count(1)

    def sell(self, *event_types: EventType) -> None:
        """Offer these event types, and open the accounts of their keys."""
        for sold in event_types:
            owner = sold.owner_id
            if owner is None:
                fresh = max(self.accounts.values(), default=0) + 1
                owner = self.accounts.get(sold.api_key or "", fresh)
            if sold.api_key:
                self.accounts[sold.api_key] = owner
            self.calendar.event_types[sold.id] = sold.model_copy(update={"owner_id": owner})

    def subscribe(self, *subscribers: Subscriber) -> None:
        """Send webhooks there from now on; a subscriber with a key hears of that account only."""
        for subscriber in subscribers:
            owner = self.accounts[subscriber.api_key] if subscriber.api_key else None
            self.webhooks.known.append((subscriber, owner))

    @property
    def bookings(self) -> list[Booking]:
        """Every booking as it is now, oldest first."""
        return self.calendar.bookings()

    @property
    def accepted(self) -> list[Booking]:
        """The bookings that stand."""
        return [booking for booking in self.bookings if booking.status == "accepted"]

    def app(self) -> web.Application:
        """The HTTP side of it, with a client for its webhooks."""
        app = super().app()
        app.cleanup_ctx.append(self._connected)
        return app

    def routes(self) -> list[web.RouteDef]:
        """The part of API v2 that is simulated."""
        reservation = "/v2/slots/reservations/{uid}"
        return [
            web.get("/v2/slots", self._find_slots),
            web.post("/v2/slots/reservations", self._hold),
            web.get(reservation, self._show_hold),
            web.patch(reservation, self._change_hold),
            web.delete(reservation, self._release_hold),
            web.get("/v2/event-types", self._list_event_types),
            web.get("/v2/bookings", self._list),
            web.post("/v2/bookings", self._book),
            web.get("/v2/bookings/{uid}", self._show_booking),
            web.post("/v2/bookings/{uid}/cancel", self._cancel),
            web.post("/v2/bookings/{uid}/reschedule", self._reschedule),
            web.post("/v2/bookings/{uid}/confirm", self._confirm),
            web.post("/v2/bookings/{uid}/decline", self._decline),
        ]

    def adjustable(self) -> dict[str, object]:
        """The dials."""
        dials: dict[str, object] = {"lag_seconds": self, "rate_limit": self}
        return dials | {"copies": self.webhooks, "lose_next": self.webhooks}

    def controls(self) -> list[web.RouteDef]:
        """What is sold and who hears of it, from other processes."""
        return [
            web.post(CONTROL + "event-types", self._sell_over_http),
            web.post(CONTROL + "subscribers", self._subscribe_over_http),
        ]

    def failure(self, request: web.Request, refused: Refused) -> web.Response:
        """The envelope of API v2."""
        serial = next(self._request_ids)
        return envelope.failure(request.path_qs, refused, now=self.now(), serial=serial)

    def state(self) -> dict[str, Any]:
        """Event types, bookings and holds in API shape, and the webhooks that went out."""
        return {
            "event_types": [shapes.event_type(sold) for sold in self.calendar.event_types.values()],
            "bookings": [shapes.booking(booking) for booking in self.bookings],
            "reservations": [self._written(hold) for hold in self.calendar.holds.values()],
            "webhooks": [
                {
                    "trigger": told.trigger,
                    "uid": told.uid,
                    "url": told.webhook.url,
                    "body": told.webhook.body.decode(),
                    "statuses": told.statuses,
                }
                for told in self.webhooks.told
            ],
        }

    def forget(self) -> None:
        """Drop bookings, holds, webhooks and spent budgets."""
        self.calendar.clear()
        self.webhooks.told.clear()
        self._limits.clear()

    async def work(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count the request against its budget first: even a wrong one costs."""
        if self.rate_limit is None:
            return await super().work(request, self._checked(handler))
        tracker = request.headers.get("Authorization") or request.remote or ""
        standing = self._limits.spend(tracker, limit=self.rate_limit, now=self.now())
        answer: web.StreamResponse
        if standing.blocked:
            answer = self.failure(request, Refused(HTTPStatus.TOO_MANY_REQUESTS))
        else:
            answer = await super().work(request, self._checked(handler))
        answer.headers.update(standing.headers())
        return answer

    def _checked(self, handler: Handler) -> Handler:
        """Refuse unknown keys; answer in the old version where the new one was not asked for."""

        async def checked(request: web.Request) -> web.StreamResponse:
            self._owner(request)
            if older.speaks(request.path, request.headers.get("cal-api-version")):
                event_types = self.calendar.event_types.values()
                said = older.answer(request.method, request.path, self._replica, event_types)
                return web.json_response(said)
            return await handler(request)

        return checked

    def _owner(self, request: web.Request, *, needed: bool = False) -> int | None:
        """Whose key this is; a request without a key passes where none is needed."""
        if "Authorization" not in request.headers and not needed:
            return None
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if key not in self.accounts:
            raise Refused(HTTPStatus.UNAUTHORIZED, "Invalid API Key")
        return self.accounts[key]

    def _replica(self) -> list[Booking]:
        return self.calendar.bookings(until=self._seen_until())

    def _seen_until(self) -> datetime | None:
        return self.now() - timedelta(seconds=self.lag_seconds) if self.lag_seconds else None

    async def _find_slots(self, request: web.Request) -> web.Response:
        asked = requests.read(requests.FindSlots, request.query)
        sold = self._rules.event_type(asked.event_type_id, asked.event_type_slug, asked.username)
        moved, minutes = asked.booking_uid_to_reschedule, asked.duration or sold.length_in_minutes
        last = asked.end + timedelta(minutes=minutes)
        bookings = [b for b in self._replica() if b.start < last and asked.start < b.end]
        offered = slots(sold, asked.start, asked.end, minutes)
        free = [
            (start, end)
            for start, end in offered
            if start >= self.now()
            and hosts_for(sold, start, end, bookings, ignoring=moved)
            and not self._rules.is_held(sold, start, end)
        ]
        return success(shapes.free(free, zone=asked.time_zone, with_end=asked.format == "range"))

    async def _book(self, request: web.Request) -> web.Response:
        asked = requests.read(requests.CreateBooking, await body_of(request))
        return success(shapes.booking(await self._rules.book(asked)), HTTPStatus.CREATED)

    async def _reschedule(self, request: web.Request) -> web.Response:
        asked = requests.read(requests.Reschedule, await body_of(request))
        moved = await self._rules.move(request.match_info["uid"], asked)
        return success(shapes.booking(moved), HTTPStatus.CREATED)

    async def _cancel(self, request: web.Request) -> web.Response:
        asked = requests.read(requests.Cancel, await body_of(request))
        by_host = self._owner(request) is not None
        cancelled = await self._rules.cancel(request.match_info["uid"], asked, by_host=by_host)
        return success(shapes.booking(cancelled))

    async def _confirm(self, request: web.Request) -> web.Response:
        self._owner(request, needed=True)
        return success(shapes.booking(await self._rules.confirm(request.match_info["uid"])))

    async def _decline(self, request: web.Request) -> web.Response:
        self._owner(request, needed=True)
        asked = requests.read(requests.Decline, await body_of(request))
        declined = await self._rules.decline(request.match_info["uid"], asked.reason)
        return success(shapes.booking(declined))

    async def _show_booking(self, request: web.Request) -> web.Response:
        uid = request.match_info["uid"]
        return success(shapes.booking(self._rules.booking(uid, until=self._seen_until())))

    async def _list(self, request: web.Request) -> web.Response:
        owner = self._owner(request, needed=True)
        several = {"status": ",".join(request.query.getall("status", []))}
        asked = requests.read(requests.FindBookings, {**request.query, **several})
        own = [booking for booking in self._replica() if booking.event_type.owner_id == owner]
        fitting = [shapes.booking(one) for one in found(own, asked, now=self.now())]
        page = shapes.page(fitting, skip=asked.skip, take=asked.take)
        return web.json_response({"status": "success", **page})

    async def _list_event_types(self, request: web.Request) -> web.Response:
        owner, user = self._owner(request), request.query.get("username")
        return success(
            [
                shapes.event_type(sold)
                for sold in self.calendar.event_types.values()
                if sold.owner_id == owner or shapes.username(sold.hosts[0]) == user
            ]
        )

    async def _hold(self, request: web.Request) -> web.Response:
        asked = requests.read(requests.HoldSlot, await body_of(request))
        self._owner(request, needed=asked.reservation_duration is not None)
        return success(self._written(self._rules.hold(asked)), HTTPStatus.CREATED)

    async def _show_hold(self, request: web.Request) -> web.Response:
        held = self.calendar.holds.get(request.match_info["uid"])
        return success(self._written(held) if held else None)

    async def _change_hold(self, request: web.Request) -> web.Response:
        asked = requests.read(requests.HoldSlot, await body_of(request))
        uid = request.match_info["uid"]
        if uid not in self.calendar.holds:
            raise Refused(404, f"Reservation with uid={uid} not found")
        return success(self._written(self._rules.hold(asked, uid=uid)))

    async def _release_hold(self, request: web.Request) -> web.Response:
        self.calendar.holds.pop(request.match_info["uid"], None)
        return web.json_response({"status": "success"})

    def _written(self, hold: Hold) -> dict[str, Any]:
        return shapes.hold(hold, now=self.now())

    async def _sell_over_http(self, request: web.Request) -> web.Response:
        told = await request.json()
        many = told if isinstance(told, list) else [told]
        self.sell(*TypeAdapter(list[EventType]).validate_python(many))
        return web.json_response({"event_types": len(self.calendar.event_types)})

    async def _subscribe_over_http(self, request: web.Request) -> web.Response:
        told = await request.json()
        many = told if isinstance(told, list) else [told]
        self.subscribe(*TypeAdapter(list[Subscriber]).validate_python(many))
        return web.json_response({"subscribers": len(self.webhooks.known)})

    async def _connected(self, _app: web.Application) -> AsyncIterator[None]:
        async with self.webhooks.connected():
            yield
