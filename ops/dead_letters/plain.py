"""What strangers wrote, as text that a terminal shows and does not obey."""

import base64
import json
from typing import Any


def harmless(text: str) -> str:
    """The text with its control characters spelled out; lines and tabs stay."""
    return "".join(
        sign if sign.isprintable() or sign in "\n\t" else sign.encode("unicode_escape").decode()
        for sign in text.encode(errors="replace").decode()
    )


def in_a_line(text: str | None) -> str:
    """The text as one field of a line."""
    return " ".join(harmless(text or "-").split())


def pretty(body: bytes) -> str:
    """A body for a person: JSON is set out in lines, what is no text is told in escapes."""
    try:
        said = json.loads(body.decode())
        return json.dumps(said, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body.decode(errors="backslashreplace")


def for_json(body: bytes) -> dict[str, Any]:
    """A body as a field of JSON: `body` if it is JSON, else `body_text`, else `body_base64`."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}
    try:
        return {"body": json.loads(text)}
    except (ValueError, RecursionError):
        return {"body_text": text}
