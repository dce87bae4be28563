"""A Twilio of our own: takes text messages over HTTP, delivers and prices them later."""

import asyncio
import re
from collections.abc import AsyncIterator, Container, Mapping
from datetime import timedelta
from http import HTTPStatus
from itertools import count
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
import httpx
from aiohttp import web

from ops.simulators.refusals import Refused
from ops.simulators.simulator import CONTROL, Clock, Simulator, utc_now
from ops.simulators.twilio_messages import Message, signature
from ops.simulators.webhooks import client, post

ACCOUNT: Final = "AC" + "5" * 32  # an account to begin with
AUTH: Final = "twilio-simulator"
LONGEST: Final = 1600
MOST_ON_A_PAGE: Final = 1000
ALPHANUMERIC: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
E164: Final = re.compile(r"\+[1-9]\d{6,14}")


class Twilio(Simulator):
    """The messages of many accounts.

    `settle_seconds`: how long a message is queued, without a price. `opted_out`: numbers that
    said STOP. `accounts`: tokens by account sid.
    """

    def __init__(self, *, now: Clock = utc_now) -> None:
        super().__init__(now=now)
        self.accounts: dict[str, str] = {ACCOUNT: AUTH}
        self.messages: list[Message] = []
        self.opted_out: list[str] = []
        self.settle_seconds: float = 0
        self._serial = count(1)
        self._http: httpx.AsyncClient | None = None
        self._callbacks: set[asyncio.Task[None]] = set()

    def to(self, number: str) -> list[Message]:
        """What was sent to this number."""
        return [message for message in self.messages if message.to == number]

    def routes(self) -> list[web.RouteDef]:
        """The part of the API that is simulated."""
        messages = "/2010-04-01/Accounts/{account}/Messages"
        return [
            web.post(messages + ".json", self._send),
            web.get(messages + ".json", self._list),
            web.get(messages + "/{sid}.json", self._show_message),
        ]

    def adjustable(self) -> dict[str, object]:
        """The dials."""
        return {"opted_out": self, "settle_seconds": self}

    def controls(self) -> list[web.RouteDef]:
        """More accounts, from other processes."""
        return [web.post(CONTROL + "accounts", self._open_accounts)]

    def app(self) -> web.Application:
        """The HTTP side of it, with a client for its status callbacks."""
        app = super().app()
        app.cleanup_ctx.append(self._connected)
        return app

    def failure(self, request: web.Request, refused: Refused) -> web.Response:
        """Twilio's words; its codes are not those of HTTP."""
        del request
        busy = refused.status == HTTPStatus.TOO_MANY_REQUESTS
        code = refused.code or (20429 if busy else refused.status)
        body = {
            "code": code,
            "message": refused.message,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": refused.status,
        }
        return web.json_response(body, status=refused.status)

    def state(self) -> dict[str, Any]:
        """The messages as the API shows them, oldest first."""
        return {"messages": [self._shown(message) for message in self.messages]}

    def forget(self) -> None:
        """Drop the messages."""
        self.messages.clear()

    async def settled(self) -> None:
        """Return when every status callback that is under way has been answered."""
        await asyncio.gather(*self._callbacks)

    async def _send(self, request: web.Request) -> web.Response:
        account = self._account(request)
        form = {name: str(value) for name, value in (await request.post()).items()}
        _check(form, self.opted_out)
        message = Message(
            sid=f"SM{next(self._serial):032x}",
            account=account,
            to=form["To"],
            sender=form.get("From"),
            service=form.get("MessagingServiceSid"),
            body=form["Body"],
            created_at=self.now(),
            callback=form.get("StatusCallback"),
        )
        self.messages.append(message)
        self._call_back(message)
        return web.json_response(message.written(settled_at=None), status=HTTPStatus.CREATED)

    async def _show_message(self, request: web.Request) -> web.Response:
        account, sid = self._account(request), request.match_info["sid"]
        for message in self.messages:
            if message.account == account and message.sid == sid:
                return web.json_response(self._shown(message))
        gone = f"The requested resource {request.path} was not found"
        raise Refused(HTTPStatus.NOT_FOUND, gone, code=20404)

    async def _list(self, request: web.Request) -> web.Response:
        account, query = self._account(request), request.query
        fitting = [
            message
            for message in reversed(self.messages)
            if message.account == account and message.fits(query)
        ]
        size = min(int(query.get("PageSize", 50)), MOST_ON_A_PAGE)
        page = int(query.get("Page", 0))
        shown = fitting[page * size : (page + 1) * size]
        more = len(fitting) > (page + 1) * size

        def uri(number: int) -> str:
            asked = {**query, "PageSize": size, "Page": number}
            return f"{request.path}?{urlencode(asked)}"

        return web.json_response(
            {
                "messages": [self._shown(message) for message in shown],
                "page": page,
                "page_size": size,
                "start": page * size,
                "end": page * size + max(0, len(shown) - 1),
                "uri": uri(page),
                "first_page_uri": uri(0),
                "next_page_uri": uri(page + 1) if more else None,
                "previous_page_uri": uri(page - 1) if page else None,
            }
        )

    def _account(self, request: web.Request) -> str:
        account = request.match_info["account"]
        try:
            given = aiohttp.BasicAuth.decode(request.headers.get("Authorization", ""))
        except ValueError:
            given = aiohttp.BasicAuth("")
        if account not in self.accounts or given != (account, self.accounts[account], "latin1"):
            raise Refused(HTTPStatus.UNAUTHORIZED, "Authenticate", code=20003)
        return account

    def _shown(self, message: Message) -> dict[str, Any]:
        settles = message.created_at + timedelta(seconds=self.settle_seconds)
        return message.written(settled_at=settles if self.now() >= settles else None)

    def _call_back(self, message: Message) -> None:
        if message.callback:
            task = asyncio.create_task(self._tell(message, message.callback))
            self._callbacks.add(task)
            task.add_done_callback(self._callbacks.discard)

    async def _tell(self, message: Message, url: str) -> None:
        params = message.status_callback()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(url, params, self.accounts[message.account]),
        }
        try:
            await post(url, urlencode(params).encode(), headers, http=self._http)
        except httpx.HTTPError:
            return  # best effort: the message is sent, whether we heard of it or not

    async def _open_accounts(self, request: web.Request) -> web.Response:
        self.accounts.update(await request.json())
        return web.json_response({"accounts": sorted(self.accounts)})

    async def _connected(self, _app: web.Application) -> AsyncIterator[None]:
        async with client() as self._http:
            yield
            await self.settled()
        self._http = None


def _check(form: Mapping[str, str], opted_out: Container[str]) -> None:
    if not form.get("To"):
        raise _wrong(21604, "A 'To' phone number is required.")
    if not E164.fullmatch(form["To"]):
        raise _wrong(21211, f"The 'To' number {form['To']} is not a valid phone number.")
    sender = form.get("From")
    if not sender and not form.get("MessagingServiceSid"):
        raise _wrong(21603, "A 'From' phone number is required.")
    if sender and not (E164.fullmatch(sender) or ALPHANUMERIC.fullmatch(sender)):
        raise _wrong(21212, f"The 'From' number {sender} is not a valid phone number.")
    if not form.get("Body"):
        raise _wrong(21602, "Message body is required.")
    if len(form["Body"]) > LONGEST:
        raise _wrong(21617, "The concatenated message body exceeds the 1600 character limit.")
    if form["To"] in opted_out:
        raise _wrong(21610, "Attempt to send to unsubscribed recipient")


def _wrong(code: int, message: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, message, code=code)
