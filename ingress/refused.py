"""The exception that becomes the answer to a request we do not accept."""

from typing import Final

from aiohttp import web

AGAIN_IN: Final = "5"  # seconds; a provider that is told so comes back while it still tries


class Refused(Exception):
    """The request is not accepted. `reason` is a constant word for logs and metrics.

    `closes` ends the connection, because what follows on it cannot be told from the body.
    """

    def __init__(
        self, status: int, reason: str, *, closes: bool = False, allow: str | None = None
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.closes = closes
        self.allow = allow

    def answer(self) -> web.Response:
        """The answer to the sender; it tells him no more than the status does."""
        answer = web.Response(status=self.status)
        if self.status == web.HTTPServiceUnavailable.status_code:
            answer.headers["Retry-After"] = AGAIN_IN
        if self.allow:
            answer.headers["Allow"] = self.allow
        if self.closes:
            answer.force_close()
        return answer
