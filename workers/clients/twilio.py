"""Twilio: text messages.

It knows no idempotency key: after a doubtful answer the message is looked for in its list, by
recipient, text and time, before it is sent again.
"""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, Final

import httpx
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ValidationError

from workers.clients.breakers import Breakers
from workers.clients.errors import ProviderRefused, ProviderUnavailable
from workers.clients.http import ask, parsed
from workers.clients.verdicts import Taken, TurnedDown, Verdict

VALID_FOR: Final = timedelta(hours=4)  # a later confirmation confuses more than it helps
CLOCKS_DIFFER: Final = timedelta(minutes=1)  # theirs and ours, at the most
_LISTED: Final = 200  # the newest messages to one number; nobody gets so many while we hesitate

_ABOUT_THE_RECIPIENT: Final = {
    21211: "invalid_number",
    21214: "unreachable",
    21408: "region_not_enabled",
    21608: "unverified_number",
    21610: "opted_out",
    21612: "unreachable",
    21614: "not_mobile",
}
_QUEUE_FULL: Final = 21611  # the sender's queue is longer than ten hours


def _of_rfc2822(value: Any) -> Any:
    return parsedate_to_datetime(value) if isinstance(value, str) else value


class _Message(BaseModel):
    sid: str
    body: str | None = None
    date_created: Annotated[AwareDatetime | None, BeforeValidator(_of_rfc2822)] = None


class _Messages(BaseModel):
    messages: list[_Message]


class _Refusal(BaseModel):
    code: int = 0


class Twilio:
    """The account of the platform."""

    def __init__(
        self, http: httpx.AsyncClient, *, url: str, account_sid: str, auth_token: str
    ) -> None:
        self._http = http
        self.breakers = Breakers("twilio")
        self._messages = f"{url.rstrip('/')}/2010-04-01/Accounts/{account_sid}/Messages.json"
        self._auth = httpx.BasicAuth(account_sid, auth_token)

    async def send(self, *, sender: str, to: str, body: str) -> Verdict:
        """Send a message. After a ProviderUnanswered ask `find` before it is repeated."""
        form = {
            "From": sender,
            "To": to,
            "Body": body,
            "ValidityPeriod": str(int(VALID_FOR.total_seconds())),
        }
        try:
            answer = await ask(
                self._http, self.breakers, "POST", self._messages, data=form, auth=self._auth
            )
        except ProviderRefused as refusal:
            return _turned_down(refusal)
        return Taken(parsed("twilio", answer, _Message).sid)

    async def find(self, *, to: str, body: str, since: datetime) -> str | None:
        """The sid of a message with this text, made since then; None if they have none.

        Not asked by date of sending: a message that is still queued has none.
        """
        answer = await ask(
            self._http, self.breakers, "GET", self._messages,
            params={"To": to, "PageSize": str(_LISTED)},
            auth=self._auth,
        )  # fmt: skip
        earliest = since - CLOCKS_DIFFER
        return next(
            (
                message.sid
                for message in parsed("twilio", answer, _Messages).messages
                if message.body == body
                and (message.date_created is None or message.date_created >= earliest)
            ),
            None,
        )


def _turned_down(refusal: ProviderRefused) -> TurnedDown:
    """The reason, if it is the recipient; raises what a person must look at, or what passes."""
    try:
        code = _Refusal.model_validate_json(refusal.body).code
    except ValidationError:
        raise refusal from None
    if code == _QUEUE_FULL:
        raise ProviderUnavailable("twilio", f"code {code}") from refusal
    if code not in _ABOUT_THE_RECIPIENT:
        raise refusal
    return TurnedDown(_ABOUT_THE_RECIPIENT[code])
