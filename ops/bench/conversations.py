"""What callers of the bench ask, and what they are told: questions, and nothing to book."""

from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Final

from ops.simulators.retell_calls import Conversation
from ops.tenants.file import TenantEntry

ANY_ID: Final = "call_" + "0" * 27  # as long as Retell's

_NOTES: Final = {  # what the agent was told of the business makes the smallest webhook 2 kB
    "de": "Termine nur nach Rücksprache, Parkplätze im Hof, Kartenzahlung ab zehn Euro. " * 14,
    "en": "Appointments on request, parking behind the house, cards from ten dollars up. " * 14,
}
# In turn the caller and the agent.
_TALKS: Final = {
    "de": """\
Guten Tag, ich habe nur eine kurze Frage zu Ihren Öffnungszeiten.
Sehr gern. Geschlossen haben wir am Sonntag und am Montag. Was möchten Sie noch wissen?
Kann man bei Ihnen in der Nähe denn auch irgendwo parken, oder ist das schwierig?
Im Hof hinter dem Haus sind drei Parkplätze, die Einfahrt liegt gleich neben der Bäckerei.
Ach, das ist gut zu wissen. Und wie kann ich bei Ihnen bezahlen, nur in bar?
Sie zahlen in bar oder mit jeder gängigen Karte, ganz wie es Ihnen lieber ist.
Und wie kommt man am besten mit der Straßenbahn zu Ihnen?
Die Haltestelle ist direkt vor der Tür, von dort sehen Sie schon unser Schild.""",
    "en": """\
Hello, I just have a quick question about your opening hours, please.
Of course. We are open from Monday to Friday. What else would you like to know?
Is there any parking close to your place, or is that rather difficult?
There are a few spaces for visitors behind the building, the entrance is beside the bakery.
That is good to know. And how do people usually pay at your place, only cash?
You may pay in cash or with any of the usual cards, whichever you prefer.
And what is the best way to get there by bus?
The bus stops right in front of the door, you will see our sign from there.""",
}
_GOODBYE: Final = {
    "de": ("user", "Mehr wollte ich gar nicht wissen, vielen Dank und auf Wiederhören!"),
    "en": ("user", "That is all I wanted to know, thank you very much and goodbye!"),
}


def conversation(tenant: TenantEntry, number: str, *, turns: int, now: datetime) -> Conversation:
    """A call to a number of the tenant that was over a minute ago."""
    language = tenant.language
    talk = zip(cycle(("user", "agent")), _TALKS[language].splitlines(), strict=False)
    return Conversation(
        call_id=ANY_ID,
        from_number="+491711234567" if language == "de" else "+12125550177",
        to_number=number,
        started_at=now - timedelta(minutes=10),
        turns=[*islice(cycle(talk), turns), _GOODBYE[language]],
        dynamic_variables={**tenant.variables, "notes": _NOTES[language]},
        summary="The caller asked a question and was answered.",
    )
