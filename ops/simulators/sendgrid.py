"""A SendGrid of our own: takes e-mails over HTTP and keeps them in an outbox."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from http import HTTPStatus
from itertools import count
from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from ops.simulators.refusals import Refused
from ops.simulators.simulator import CONTROL, Clock, Simulator, utc_now

KEY: Final = "SG.simulator"  # a key to begin with
LARGEST: Final = 30 * 1024 * 1024
MOST_RECIPIENTS: Final = 1000
EMAIL: Final = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_TOO_LARGE: Final = (
    "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n"
    "<center><h1>413 Request Entity Too Large</h1></center>\r\n<hr><center>nginx</center>\r\n"
    "</body>\r\n</html>\r\n"
)


@dataclass(frozen=True)
class Mail:
    """One request that was accepted: `to` is everyone it goes to, `request` the body as it came."""

    message_id: str
    to: list[str]
    subject: str
    request: dict[str, Any]


class _Person(BaseModel):
    email: Annotated[str, Field(pattern=EMAIL)]
    name: str | None = None


class _Envelope(BaseModel):
    to: Annotated[list[_Person], Field(min_length=1)]
    cc: list[_Person] = []
    bcc: list[_Person] = []
    subject: str | None = None


class _Part(BaseModel):
    type: Annotated[str, Field(min_length=1)]
    value: Annotated[str, Field(min_length=1)]


class _Mail(BaseModel):
    personalizations: Annotated[list[_Envelope], Field(min_length=1, max_length=MOST_RECIPIENTS)]
    sender: Annotated[_Person, Field(alias="from")]
    subject: str | None = None
    content: list[_Part] = []
    template_id: str | None = None


class Sendgrid(Simulator):
    """An outbox. `largest_bytes`: from where on a request is too large."""

    def __init__(self, *, now: Clock = utc_now) -> None:
        super().__init__(now=now)
        self.api_keys: list[str] = [KEY]
        self.outbox: list[Mail] = []
        self.largest_bytes = LARGEST
        self._serial = count(1)

    def to(self, address: str) -> list[Mail]:
        """What was sent to this address."""
        return [mail for mail in self.outbox if address in mail.to]

    def routes(self) -> list[web.RouteDef]:
        """The part of the API that is simulated."""
        return [web.post("/v3/mail/send", self._send)]

    def adjustable(self) -> dict[str, object]:
        """The dials."""
        return {"largest_bytes": self}

    def controls(self) -> list[web.RouteDef]:
        """More keys, from other processes."""
        return [web.post(CONTROL + "api-keys", self._add_keys)]

    def failure(self, request: web.Request, refused: Refused) -> web.Response:
        """SendGrid's list of errors; `details` is the field. Too large is nginx's own page."""
        del request
        if refused.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return web.Response(text=_TOO_LARGE, status=refused.status, content_type="text/html")
        message = "too many requests" if refused.status == 429 else refused.message  # noqa: PLR2004 -- HTTP
        error = {"message": message, "field": refused.details, "help": None}
        answer = web.json_response({"errors": [error]}, status=refused.status)
        if refused.status == HTTPStatus.TOO_MANY_REQUESTS:
            reset = str(int(self.now().timestamp()) + 1)
            limits = {"Limit": "600", "Remaining": "0", "Reset": reset}
            answer.headers.update({f"X-RateLimit-{name}": text for name, text in limits.items()})
        return answer

    def state(self) -> dict[str, Any]:
        """The outbox, oldest first."""
        return {"outbox": [asdict(mail) for mail in self.outbox]}

    def forget(self) -> None:
        """Empty the outbox."""
        self.outbox.clear()

    async def _send(self, request: web.Request) -> web.Response:
        self._authenticate(request)
        if len(await request.read()) > self.largest_bytes:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            body = await request.json()
        except ValueError:
            raise _wrong("Bad Request", None) from None
        _check(body)
        message_id = f"simulated{next(self._serial):013d}"
        if _is_rehearsal(body):
            return web.Response(status=HTTPStatus.OK)
        to = list(_recipients(body))
        self.outbox.append(Mail(message_id, to, _subject(body), body))
        return web.Response(status=HTTPStatus.ACCEPTED, headers={"X-Message-Id": message_id})

    def _authenticate(self, request: web.Request) -> None:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if key not in self.api_keys:
            unknown = "The provided authorization grant is invalid, expired, or revoked"
            raise Refused(HTTPStatus.UNAUTHORIZED, unknown)

    async def _add_keys(self, request: web.Request) -> web.Response:
        self.api_keys.extend(await request.json())
        return web.json_response({"api_keys": len(self.api_keys)})


def _check(body: Any) -> None:
    try:
        wanted = _Mail.model_validate(body)
    except ValidationError as unfit:
        first = unfit.errors()[0]
        raise _wrong(first["msg"], ".".join(map(str, first["loc"])) or None) from None
    if len(list(_recipients(body))) > MOST_RECIPIENTS:
        raise _wrong("Too many recipients.", "personalizations")
    if wanted.template_id:
        return
    if not wanted.subject and not all(mail.subject for mail in wanted.personalizations):
        raise _wrong("The subject is required.", "subject")
    if not wanted.content:
        raise _wrong("Unless a valid template_id is provided, content is required.", "content")
    if any(part.type == "text/plain" for part in wanted.content[1:]):
        raise _wrong("The text/plain content must come first.", "content")


def _recipients(body: dict[str, Any]) -> Iterator[str]:
    for mail in body["personalizations"]:
        for kind in ("to", "cc", "bcc"):
            for person in mail.get(kind, ()):
                yield person.get("email", "")


def _subject(body: dict[str, Any]) -> str:
    return str(body["personalizations"][0].get("subject") or body.get("subject") or "")


def _is_rehearsal(body: dict[str, Any]) -> bool:
    return bool(body.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"))


def _wrong(message: str, field: str | None) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, message, details=field)
