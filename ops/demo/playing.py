"""Plays calls: posts their webhooks over HTTP, several calls at a time, as Retell would."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from random import Random
from typing import Final

import httpx

from ops.demo.day import Call, Seen
from ops.demo.system import System
from ops.demo.webhooks import ANALYZED, Ingress, Post, posts_of, strange_posts
from ops.simulators.webhooks import client, send

BETWEEN: Final = 0.15  # seconds between two webhooks of a call; in life it is minutes
NO_ANSWER: Final = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """A request, and the status of the answer; 0 if there was none."""

    post: Post
    status: int

    @property
    def accepted(self) -> bool:
        """Whether it was taken in."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class Player:
    """Plays what it is given, and keeps what was answered."""

    def __init__(self, system: System, *, seed: int) -> None:
        self.sent: list[Sent] = []
        self._system = system
        self._ingress = Ingress(system.ingress, system.retell_key)
        self._chance = Random(seed)  # noqa: S311 -- a repeatable day, no secret
        self._meetings: dict[str, asyncio.Barrier] = {}

    async def book_in_calendar(self, seen: Iterable[Seen]) -> None:
        """Book as guests do on the business's own page."""
        async with client() as http:
            for each in seen:
                answer = await http.post(
                    f"{self._system.simulators['calcom']}/v2/bookings",
                    headers={"cal-api-version": "2024-08-13"},
                    json={
                        "start": each.wish.starts_at.isoformat(),
                        "eventTypeId": each.wish.event_type,
                        "attendee": {
                            "name": each.name,
                            "email": each.email,
                            "timeZone": each.tenant.time_zone,
                        },
                    },
                )
                answer.raise_for_status()

    async def play(self, calls: Sequence[Call], *, every: float) -> None:
        """Start a call every so many seconds; return when the last webhook is answered."""
        for word in {call.together for call in calls if call.together}:
            racing = sum(call.together == word for call in calls)
            self._meetings[word] = asyncio.Barrier(racing)
        async with client() as http, asyncio.TaskGroup() as group:
            for call in calls:
                posts = posts_of(call, self._ingress, self._chance)
                group.create_task(self._play_one(call, posts, http))
                await asyncio.sleep(every)

    async def play_strange(self) -> None:
        """Post what nobody should post."""
        async with client() as http:
            for post in strange_posts(self._ingress):
                await self._send(post, http)

    async def _play_one(self, call: Call, posts: list[Post], http: httpx.AsyncClient) -> None:
        for post in posts:
            if call.together and post.event == ANALYZED:
                await self._meetings[call.together].wait()
            await self._send(post, http)
            await asyncio.sleep(BETWEEN)

    async def _send(self, post: Post, http: httpx.AsyncClient) -> None:
        try:
            status = await send(post.webhook(), http=http)
        except httpx.HTTPError:
            status = NO_ANSWER
        self.sent.append(Sent(post, status))
