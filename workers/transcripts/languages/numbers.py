"""Number words from 0 to 99 and day numbers from 1 to 31, German and English."""

from typing import Final

from workers.transcripts.words import fold

_DE_UNITS: Final = "ein zwei drei vier fünf sechs sieben acht neun".split()
_DE_TEENS: Final = (
    "zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn".split()
)
_DE_TENS: Final = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
_EN_SMALL: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
).split()
_EN_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_EN_ORDINALS: Final = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
    " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
).split()
_TWENTY: Final = 20
_LAST_DAY: Final = 31


def spellings(word: str) -> set[str]:
    """The folded word, and how it looks where umlauts are written out."""
    written_out = word
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        written_out = written_out.replace(umlaut, letters)
    return {fold(word), fold(written_out)}


def german_cardinals() -> dict[str, int]:
    """Null to neunundneunzig."""
    words = {"null": 0, "eins": 1, "zwo": 2, "dreissig": 30}
    for number, word in enumerate(_DE_UNITS, start=1):
        words |= dict.fromkeys(spellings(word), number)
        for tens, ten in enumerate(_DE_TENS, start=2):
            words |= dict.fromkeys(spellings(f"{word}und{ten}"), tens * 10 + number)
    for number, word in enumerate(_DE_TEENS, start=10):
        words |= dict.fromkeys(spellings(word), number)
    for tens, ten in enumerate(_DE_TENS, start=2):
        words |= dict.fromkeys(spellings(ten), tens * 10)
    del words["ein"]  # an article far more often than an hour
    return words


def german_ordinals() -> dict[str, int]:
    """Erste to einunddreißigste in every case ending."""
    stems = {"erst": 1, "dritt": 3, "siebt": 7, "acht": 8}
    for word, number in german_cardinals().items():
        if 1 < number <= _LAST_DAY and number not in {3, 8}:
            stems[word + ("st" if number >= _TWENTY else "t")] = number
    return {
        stem + ending: number
        for stem, number in stems.items()
        for ending in ("e", "en", "er", "em", "es")
    }


def english_cardinals() -> dict[str, int]:
    """Zero to nineteen, and the tens; twenty-five is two words."""
    words = {word: number for number, word in enumerate(_EN_SMALL)}
    return words | {word: tens * 10 for tens, word in enumerate(_EN_TENS, start=2)}


def english_ordinals() -> dict[str, int]:
    """First to nineteenth, twentieth and thirtieth; twenty-first is two words."""
    words = {word: number for number, word in enumerate(_EN_ORDINALS, start=1)}
    return words | {"twentieth": 20, "thirtieth": 30}
