"""Texts for people: templates filled in, times said as people of the language say them.

Templates stand in `templates/<language>/<template>.<channel>.txt`; the first line of an e-mail
is its subject. They are plain text for telephones and mail programs, so nothing is escaped.
"""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined

_LOCALES: Final = {"de": "de_DE", "en": "en_US"}
_MOMENTS: Final = {"de": "EEEE, d. MMMM 'um' HH:mm 'Uhr'", "en": "EEEE, MMMM d 'at' h:mm a"}
_SHORT_MOMENTS: Final = {"de": "EEE d. MMM HH:mm", "en": "EEE, MMM d, h:mm a"}

_TEMPLATES: Final = Environment(
    loader=PackageLoader("workers.notifications"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 -- plain text, read by people and not by a browser
    trim_blocks=True,
    lstrip_blocks=True,
)


def language_for(wanted: str, otherwise: str) -> str:
    """The language somebody is written to in: her own if we know it."""
    return wanted if wanted in _LOCALES else otherwise


def sms(template: str, language: str, **facts: Any) -> str:
    """A text message: one line, because each character of layout is paid for."""
    return " ".join(_filled(template, "sms", language, facts).split())


def email(template: str, language: str, **facts: Any) -> tuple[str, str]:
    """Subject and body of an e-mail."""
    subject, _, body = _filled(template, "email", language, facts).partition("\n")
    return subject.strip(), body.strip() + "\n"


def moment(at: datetime, zone: ZoneInfo, language: str) -> str:
    """Day and time: Dienstag, 24. November um 14:30 Uhr."""
    return _said(at, zone, language, _MOMENTS[language])


def short_moment(at: datetime, zone: ZoneInfo, language: str) -> str:
    """Day and time where several stand in a row: Di. 24. Nov. 14:30."""
    return _said(at, zone, language, _SHORT_MOMENTS[language])


def _said(at: datetime, zone: ZoneInfo, language: str, pattern: str) -> str:
    return format_datetime(at, pattern, tzinfo=zone, locale=_LOCALES[language])


def _filled(template: str, channel: str, language: str, facts: dict[str, Any]) -> str:
    return _TEMPLATES.get_template(f"{language}/{template}.{channel}.txt").render(facts)
