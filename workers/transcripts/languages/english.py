"""English, British and American."""

from typing import Final

from workers.transcripts.languages.english_cues import CUES
from workers.transcripts.languages.language import Bound, Calendar, Clock, Half, Language
from workers.transcripts.languages.numbers import english_cardinals, english_ordinals

_WEEKDAYS: Final = "monday tuesday wednesday thursday friday saturday sunday".split()
_MONTHS: Final = (
    "january february march april may june july august september october november december".split()
)
_NUMBERS: Final = english_cardinals()
_BRITISH: Final = frozenset({"GB", "IE", "AU", "NZ", "ZA"})  # "half three" is 3:30 only here

ENGLISH: Final = Language(
    code="en",
    common=frozenset(
        "the i you is it and a to for that of with my at how can what have do on".split()
    ),
    cardinals=_NUMBERS,
    ordinals=english_ordinals(),
    hours={word: n for word, n in _NUMBERS.items() if n <= 12},  # noqa: PLR2004 -- a clock
    clocks=(
        Clock("C"),
        Clock("H o clock"),
        Clock("H oclock"),
        Clock("H oh M"),
        Clock("H o M"),
        Clock("H M"),
        Clock("M minutes past H"),
        Clock("M minutes to H", sign=-1),
        Clock("M past H"),
        Clock("M after H"),
        Clock("M to H", sign=-1),
        Clock("M till H", sign=-1),
        Clock("M til H", sign=-1),
        Clock("M before H", sign=-1),
        Clock("M of H", sign=-1),
        Clock("H"),
        Clock("half past H", shift=30),
        Clock("half H", shift=30, countries=_BRITISH),
        Clock("quarter past H", shift=15),
        Clock("quarter after H", shift=15),
        Clock("quarter to H", shift=-15),
        Clock("quarter of H", shift=-15),
        Clock("quarter till H", shift=-15),
        Clock("quarter til H", shift=-15),
        Clock("quarter before H", shift=-15),
        Clock("just after H", sure=False),
        Clock("just before H", sure=False),
        Clock("shortly after H", sure=False),
        Clock("just past H", sure=False),
    ),
    noon=frozenset({"noon", "midday"}),
    bounds={
        "at": Bound.AT,
        "from": Bound.FROM,
        "around": Bound.ABOUT,
        "about": Bound.ABOUT,
        "approximately": Bound.ABOUT,
        "roughly": Bound.ABOUT,
        "near": Bound.ABOUT,
        "like": Bound.ABOUT,
        "ish": Bound.ABOUT,
        "after": Bound.OTHER,
        "before": Bound.OTHER,
        "by": Bound.OTHER,
        "until": Bound.OTHER,
        "till": Bound.OTHER,
        "til": Bound.OTHER,
        "since": Bound.OTHER,
        "between": Bound.OTHER,
    },
    loose=frozenset({"ish"}),
    units=frozenset(
        "minutes minute hours hour days day weeks week months month years year people of times"
        " dollars pounds bucks quid percent cents kids hundred thousand point nd rd th st per"
        " weeks sessions sets pallets inches of us".split()
    ),
    halves={
        "am": Half.AM,
        "morning": Half.AM,
        "pm": Half.PM,
        "afternoon": Half.PM,
        "evening": Half.PM,
        "tonight": Half.PM,
        "arvo": Half.PM,
    },
    before_greeting=frozenset("good happy nice lovely great yesterday last".split()),
    weekdays={day: n for n, day in enumerate(_WEEKDAYS)},
    months={month: n for n, month in enumerate(_MONTHS, start=1)},
    calendar={
        Calendar(offset=0): ("today", "tonight", "this morning", "this afternoon", "this evening"),
        Calendar(offset=1): ("tomorrow",),
        Calendar(offset=2): ("the day after tomorrow", "day after tomorrow"),
        Calendar(weeks=0): ("this week",),
        Calendar(weeks=1): ("next week", "the following week"),
        Calendar(weeks=2): ("the week after next", "week after next"),
        Calendar(years=1): ("next year",),
        Calendar(years=0): ("this year",),
        Calendar(after_last=1): (
            "the day after",
            "the next day",
            "the following day",
            "a day later",
            "one day later",
        ),
        Calendar(after_last=-1): ("the day before", "a day earlier", "one day earlier"),
        Calendar(after_last=7): ("a week later", "the week after", "one week later"),
        Calendar(offset=14): ("a fortnight today", "in a fortnight"),
        Calendar(offset=7): ("a week today", "a week from today"),
        Calendar(offset=8): ("a week tomorrow", "tomorrow week", "a week from tomorrow"),
        Calendar(day=24, month=12): ("Christmas Eve",),
        Calendar(day=31, month=12): ("New Year's Eve",),
        Calendar(day=14, month=2): ("Valentine's Day",),
    },
    next_words=frozenset({"next"}),
    this_words=frozenset({"this", "coming"}),
    articles=frozenset({"the", "on"}),
    between=frozenset(", the of on a an is it s that so and which".split()),
    span_lead=frozenset({"in"}),
    range_openers=frozenset({"from", "between"}),
    spans={"days": 1, "weeks": 7, "week": 7},
    special_spans={},
    negations=frozenset(
        "not no t isn none taken full unavailable booked closed never instead cannot gone"
        " nothing neither nor except cancel cancelled remove".split()
    ),
    not_a_start=frozenset(
        "done finished finish close closes closed opens end ends over ready until deadline".split()
    ),
    joints=frozenset("and or but because instead otherwise then".split()),
    cues=CUES,
    titles=frozenset("mr mrs ms miss dr doctor prof professor sir madam mister".split()),
    particles=frozenset("van von de la del da di du el al bin le mc mac st der den ter".split()),
    no_names=frozenset(
        "hi hello hey good morning afternoon evening thanks thank you yes yeah no ok okay great"
        " perfect lovely brilliant alright right sure so and is it a the at on in for with that"
        " this your my we i ll m s re ve noted booked confirmed done got what who how when name"
        " could can may shall would do does did are of to be please sorry all set see bye goodbye"
        " cheers wonderful excellent fantastic awesome cool then just let me now not if but have"
        " congratulations happy welcome take care noon today tomorrow pm am next there here"
        " address phone number email appointment usually someone".split()
    ),
    before_name=frozenset(
        "for name is it s thanks thank you m i this and under as yes with called so right to of"
        " hi okay ok perfect great booking at".split()
    ),
    spelling_joint=frozenset({"for", "as", "like"}),
)
