"""A provider's "no", before it is put into that provider's words."""

from http import HTTPStatus
from typing import Any


class Refused(Exception):
    """The request gets this status; `code` and `details` mean what the provider says."""

    def __init__(
        self,
        status: int,
        message: str | None = None,
        *,
        code: str | int | None = None,
        details: Any = None,
    ) -> None:
        self.status = status
        self.message = message or HTTPStatus(status).phrase
        self.code = code
        self.details = details
        super().__init__(self.message)
