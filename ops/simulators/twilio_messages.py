"""A text message as Twilio keeps it, prices it, shows it and finds it again."""

import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from hashlib import sha1
from typing import Any, Final

PRICES: Final = {"+49": "0.11120", "+1": "0.00830"}  # invented, US dollars a segment
OTHER_PRICE: Final = "0.07500"
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE: Final = frozenset("^{}\\[~]|€")


@dataclass(frozen=True)
class Message:
    """One text message that was taken."""

    sid: str
    account: str
    to: str
    sender: str | None
    service: str | None
    body: str
    created_at: datetime
    callback: str | None

    @property
    def segments(self) -> int:
        """How many messages the network makes of it."""
        return segments(self.body)

    @property
    def price(self) -> Decimal:
        """What it costs in US dollars."""
        return price(self.to) * self.segments

    def fits(self, query: Mapping[str, str]) -> bool:
        """Whether a list with these filters shows it."""
        return (
            query.get("To") in (None, self.to)
            and query.get("From") in (None, self.sender)
            and _sent_within(self.created_at, query)
        )

    def written(self, *, settled_at: datetime | None) -> dict[str, Any]:
        """The message as the API shows it: queued, or delivered and with a price."""
        uri = f"/2010-04-01/Accounts/{self.account}/Messages/{self.sid}"
        return {
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": _rfc2822(self.created_at),
            "date_sent": _rfc2822(settled_at) if settled_at else None,
            "date_updated": _rfc2822(settled_at or self.created_at),
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": self.sender,
            "messaging_service_sid": self.service,
            "num_media": "0",
            "num_segments": str(self.segments) if settled_at or self.sender else "0",
            "price": str(-self.price) if settled_at else None,
            "price_unit": "USD" if settled_at else None,
            "sid": self.sid,
            "status": "delivered" if settled_at else "queued",
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }

    def status_callback(self) -> dict[str, str]:
        """The form that says it was delivered."""
        return {
            "AccountSid": self.account,
            "ApiVersion": "2010-04-01",
            "From": self.sender or "",
            "MessageSid": self.sid,
            "MessageStatus": "delivered",
            "SmsSid": self.sid,
            "SmsStatus": "delivered",
            "To": self.to,
        }


def signature(url: str, params: Mapping[str, str], auth_token: str) -> str:
    """The value of X-Twilio-Signature: HMAC-SHA1 over the address and the sorted form."""
    text = url + "".join(name + params[name] for name in sorted(params))
    return b64encode(hmac.new(auth_token.encode(), text.encode(), sha1).digest()).decode()


def segments(body: str) -> int:
    """160 GSM characters (153 if joined), or 70 of UTF-16 (67) as soon as one is not GSM."""
    if all(character in _GSM or character in _GSM_TWICE for character in body):
        length = sum(2 if character in _GSM_TWICE else 1 for character in body)
        return 1 if length <= 160 else -(-length // 153)  # noqa: PLR2004 -- as said above
    length = len(body.encode("utf-16-le")) // 2
    return 1 if length <= 70 else -(-length // 67)  # noqa: PLR2004 -- as said above


def price(number: str) -> Decimal:
    """US dollars for one segment to this number."""
    for prefix, dollars in PRICES.items():
        if number.startswith(prefix):
            return Decimal(dollars)
    return Decimal(OTHER_PRICE)


def _sent_within(sent_at: datetime, query: Mapping[str, str]) -> bool:
    return all(
        (sent_at.date().isoformat() == text[:10] and name == "DateSent")
        or (name == "DateSent>" and sent_at >= day)
        or (name == "DateSent<" and sent_at < day + _rest_of(text))
        for name, text, day in _dates(query)
    )


def _dates(query: Mapping[str, str]) -> Iterator[tuple[str, str, datetime]]:
    for name in ("DateSent", "DateSent>", "DateSent<"):
        if name in query:
            moment = datetime.fromisoformat(query[name])
            yield name, query[name], moment.replace(tzinfo=moment.tzinfo or UTC)


def _rest_of(text: str) -> timedelta:
    """`DateSent<=` a day includes the day."""
    return timedelta(days=1) if len(text) == len("2026-11-21") else timedelta(microseconds=1)


def _rfc2822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))
