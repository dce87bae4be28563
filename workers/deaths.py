"""Why a message died, as headers of its dead letter. Errors at one place share a fingerprint."""

import hashlib
import traceback
from datetime import datetime
from typing import Any, Final

STACK: Final = 4_000  # characters of the stack that travel with a dead letter


def dead_letter_headers(handler: str, error: Exception, now: datetime) -> dict[str, Any]:
    """What the archivist and the operator are told."""
    error_class = type(error).__name__
    frame = top_frame(error)
    fingerprint = hashlib.sha256(f"{handler}|{error_class}|{frame}".encode()).hexdigest()[:16]
    return {
        "error_class": error_class,
        "error": str(error)[:1000],
        "stack": "".join(traceback.format_exception(error))[-STACK:],
        "fingerprint": fingerprint,
        "died_at": now.isoformat(),
    }


def top_frame(error: Exception) -> str:
    """The innermost frame that is ours: file and function, so that a moved line changes nothing."""
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename and "/lib/python" not in frame.filename
    ]
    if not ours:
        return "unknown"
    file = "/".join(ours[-1].filename.split("/")[-2:])
    return f"{file}:{ours[-1].name}"
