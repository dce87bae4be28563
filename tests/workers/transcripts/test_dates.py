from datetime import date

import pytest

from workers.transcripts.almanac import Almanac, Resolved
from workers.transcripts.dates import days_in
from workers.transcripts.languages.english import ENGLISH
from workers.transcripts.languages.german import GERMAN
from workers.transcripts.words import words_of

WEDNESDAY = date(2026, 10, 7)


def german(*said: str, today: date = WEDNESDAY) -> list[Resolved]:
    almanac = Almanac(today)
    days = [day for turn in said for day in days_in(words_of(turn), GERMAN, "DE")]
    return [almanac.resolve(day) for day in days]


def english(*said: str, country: str = "GB", today: date = WEDNESDAY) -> list[Resolved]:
    almanac = Almanac(today)
    days = [day for turn in said for day in days_in(words_of(turn), ENGLISH, country)]
    return [almanac.resolve(day) for day in days]


def certain(day: date) -> Resolved:
    return Resolved(frozenset({day}))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("heute", date(2026, 10, 7)),
        ("morgen, Donnerstag", date(2026, 10, 8)),
        ("übermorgen um zwei", date(2026, 10, 9)),
        ("am Freitag", date(2026, 10, 9)),
        ("nächste Woche Dienstag", date(2026, 10, 13)),
        ("übernächste Woche Montag", date(2026, 10, 19)),
        ("heute in acht Tagen", date(2026, 10, 14)),
        ("Samstag in einer Woche", date(2026, 10, 17)),
        ("in vierzehn Tagen, das ist wieder ein Mittwoch", date(2026, 10, 21)),
        ("der 3.11.", date(2026, 11, 3)),
        ("der dritte elfte", date(2026, 11, 3)),
        ("Donnerstag, den fünfzehnten Oktober", date(2026, 10, 15)),
        ("am siebten ersten", date(2027, 1, 7)),
        ("am fünften Juni nächstes Jahr, das ist ein Samstag", date(2027, 6, 5)),
        ("Heiligabend", date(2026, 12, 24)),
    ],
)
def test_german_days_mean_what_germans_mean(said: str, meant: date) -> None:
    assert german(said) == [certain(meant)]


@pytest.mark.parametrize(
    ("said", "country", "meant"),
    [
        ("the day after tomorrow", "GB", date(2026, 10, 9)),
        ("May 6th, a Thursday", "US", date(2027, 5, 6)),
        ("on 5/11", "US", date(2027, 5, 11)),
        ("on 5/11", "GB", date(2026, 11, 5)),
        ("Saturday the 17th", "GB", date(2026, 10, 17)),
        ("the twenty-ninth of October", "GB", date(2026, 10, 29)),
        ("a week on Friday", "GB", date(2026, 10, 16)),
        ("Friday next week", "GB", date(2026, 10, 16)),
    ],
)
def test_english_days_mean_what_is_meant_there(said: str, country: str, meant: date) -> None:
    assert english(said, country=country) == [certain(meant)]


@pytest.mark.parametrize(
    "said",
    ["Freitag, der 13. Oktober", "der 31. November", "Freitag, 1s. Oktober", "morgen, Freitag"],
)
def test_a_date_that_contradicts_itself_or_does_not_exist_is_broken(said: str) -> None:
    assert german(said)[0].broken


def test_the_29th_of_february_of_a_common_year_is_broken() -> None:
    assert english("Monday, the 29th of February 2027") == [Resolved(frozenset(), broken=True)]


def test_next_friday_is_two_days_to_two_people_until_a_date_is_said() -> None:
    open_, clear = german("nächsten Freitag", "Freitag, der sechzehnte Oktober")
    assert open_.days == {date(2026, 10, 9), date(2026, 10, 16)}
    assert clear == certain(date(2026, 10, 16))


def test_the_day_after_follows_the_day_spoken_of_not_the_day_of_the_call() -> None:
    assert german("Donnerstag, den fünfzehnten Oktober", "den Tag danach, Freitag")[1] == certain(
        date(2026, 10, 16)
    )


@pytest.mark.parametrize(
    "said",
    ["guten Morgen", "Morgen, hier ist Seifert", "das dritte Mal", "machen Sie das samstags"],
)
def test_greetings_counts_and_habits_are_no_days(said: str) -> None:
    assert german(said) == []
