"""SendGrid: e-mails.

It knows no idempotency key and cannot be asked what it took: a doubtful answer stays one, and
the message is not repeated. Our id travels with it and comes back in its event webhooks.
"""

import re
from http import HTTPStatus
from typing import Final
from uuid import UUID

import httpx
from pydantic import BaseModel, ValidationError

from workers.clients.breakers import Breakers
from workers.clients.errors import ProviderRefused
from workers.clients.http import ask
from workers.clients.verdicts import Taken, TurnedDown, Verdict

OUR_ID: Final = "ringbook_notification"  # the key of our id in an e-mail's custom arguments
_RECIPIENT: Final = re.compile(r"personalizations\.\d+\.to\b")  # the field they complain about


class _Error(BaseModel):
    field: str | None = None


class _Refusal(BaseModel):
    errors: list[_Error] = []


class SendGrid:
    """The account of the platform; `sender` is the address that it may write from."""

    def __init__(self, http: httpx.AsyncClient, *, url: str, api_key: str, sender: str) -> None:
        self._http = http
        self.breakers = Breakers("sendgrid")
        self._send = f"{url.rstrip('/')}/v3/mail/send"
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._sender = sender

    async def send(
        self, *, sender_name: str, to: str, subject: str, body: str, our_id: UUID
    ) -> Verdict:
        """Send an e-mail. After a ProviderUnanswered nobody can say whether they took it."""
        mail = {
            "personalizations": [{"to": [{"email": to}], "custom_args": {OUR_ID: str(our_id)}}],
            "from": {"email": self._sender, "name": sender_name},
            "subject": subject,
            "content": [{"type": "text/plain", "value": body}],
        }
        try:
            answer = await ask(
                self._http, self.breakers, "POST", self._send, json=mail, headers=self._headers
            )
        except ProviderRefused as refusal:
            if _is_about_recipient(refusal):
                return TurnedDown("invalid_address")
            raise
        return Taken(answer.headers.get("X-Message-Id", ""))


def _is_about_recipient(refusal: ProviderRefused) -> bool:
    if refusal.status != HTTPStatus.BAD_REQUEST:
        return False
    try:
        errors = _Refusal.model_validate_json(refusal.body).errors
    except ValidationError:
        return False
    return any(_RECIPIENT.match(error.field or "") for error in errors)
