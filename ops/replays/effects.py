"""What each handler does with a message that it hears once more, for the plan of a replay."""

from typing import Final

from messages import topology

_SLOT: Final = (
    "An appointment is made at Cal.com unless the command has its answer; one that may have been"
    " asked for is looked up there first. A slot that has passed is refused, and the guest is"
    " offered what is free."
)
_COST: Final = "The cost of a call is written once, at the rates of its day; nobody is asked."
_TEXTS: Final = "The texts are written once for each cause; new ones are sent."

OF_HANDLERS: Final = {
    topology.CALLS_RETELL.name: (
        "The call gains what it lacks, and what is new is announced once: a conversation that was"
        " never read may lead to a booking. A webhook that is done changes nothing."
    ),
    topology.BOOKINGS_CALCOM.name: (
        "What happened in the calendar is kept here; Cal.com is asked nothing. A webhook that is"
        " done changes nothing."
    ),
    topology.TRANSCRIPTS_ANALYZED.name: (
        "A conversation that was never read is read, and what was agreed may lead to a booking."
    ),
    topology.BOOKINGS_AGREED.name: _SLOT,
    topology.BOOKINGS_BOOK_SLOT.name: _SLOT,
    topology.COSTS_ENDED.name: _COST,
    topology.COSTS_ANALYZED.name: _COST,
    topology.NOTIFICATIONS_BOOKED.name: _TEXTS,
    topology.NOTIFICATIONS_REFUSED.name: _TEXTS,
    topology.NOTIFICATIONS_QUARANTINED.name: _TEXTS,
    topology.NOTIFICATIONS_REVIEW.name: _TEXTS,
    topology.NOTIFICATIONS_SEND_SMS.name: (
        "An SMS leaves unless it is sent already; one that may have been sent is looked up at"
        " Twilio first."
    ),
    topology.NOTIFICATIONS_SEND_EMAIL.name: (
        "An e-mail leaves unless it is sent already; one that may have been sent is not sent"
        " again and ends as unanswered."
    ),
}
NO_QUEUE: Final = "No queue of ours has this name: these are left out."
UNHEARD: Final = "Nobody hears it: it is archived as ignored once more."
