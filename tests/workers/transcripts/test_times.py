import pytest

from workers.transcripts.languages.english import ENGLISH
from workers.transcripts.languages.german import GERMAN
from workers.transcripts.languages.language import Half
from workers.transcripts.times import clock_time, times_in
from workers.transcripts.words import words_of


def german(said: str) -> list[str]:
    times = [t for t in times_in(words_of(said), GERMAN, "DE") if t.sure and not t.bare]
    return [written(clock_time(time.minutes, frozenset())) for time in times]


def english(said: str, country: str = "GB") -> list[str]:
    times = [t for t in times_in(words_of(said), ENGLISH, country) if t.sure and not t.bare]
    return [written(clock_time(time.minutes, frozenset())) for time in times]


def written(minutes: int | None) -> str:
    return "open" if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("halb drei", "14:30"),
        ("Viertel drei", "14:15"),
        ("drei viertel neun", "08:45"),
        ("dreiviertel neun", "08:45"),
        ("Viertel nach vier", "16:15"),
        ("Viertel vor elf", "10:45"),
        ("Viertel ab drü", "15:15"),
        ("fünf vor halb elf", "10:25"),
        ("zehn nach halb zwei", "13:40"),
        ("zehn vor zwölf", "11:50"),
        ("14 Uhr 30", "14:30"),
        ("achtzehn Uhr fünfundvierzig", "18:45"),
        ("um 9.30 Uhr", "09:30"),
        ("um neune", "09:00"),
        ("heute Abend um sieben", "19:00"),
        ("morgen früh um sieben", "07:00"),
        ("um sieben", "open"),
        ("um zwei Uhr dreißig nachts", "open"),
    ],
)
def test_german_times_mean_what_germans_mean(said: str, meant: str) -> None:
    assert german(said) == [meant]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("half four", "16:30"),
        ("half past nine", "09:30"),
        ("quarter to six", "17:45"),
        ("a quarter past ten", "10:15"),
        ("twenty to nine", "08:40"),
        ("eight forty", "08:40"),
        ("five forty-five p.m.", "17:45"),
        ("nine thirty a.m.", "09:30"),
        ("at three o'clock", "15:00"),
        ("at seven in the evening", "19:00"),
        ("2pm", "14:00"),
        ("at noon", "12:00"),
        ("at seven", "open"),
    ],
)
def test_english_times_mean_what_the_english_mean(said: str, meant: str) -> None:
    assert english(said) == [meant]


@pytest.mark.parametrize(
    "said",
    [
        "kurz nach drei",
        "gegen drei",
        "so um drei rum",
        "um drei Stunden",
        "achtzehn Uhr günfundvierzig",
        "Null eins sieben eins, neununddreißig, null fünf acht",
    ],
)
def test_a_german_time_that_is_vague_damaged_or_no_time_is_not_sure(said: str) -> None:
    assert german(said) == []


@pytest.mark.parametrize(
    "said",
    ["ten-ish", "around three", "five six", "two hundred forty five dollars", "for two people"],
)
def test_an_english_number_that_is_vague_or_no_time_is_not_sure(said: str) -> None:
    assert english(said) == []


def test_half_four_is_nothing_sure_in_america() -> None:
    assert english("half four", "US") == []


def test_a_word_damaged_before_the_hour_leaves_no_other_hour() -> None:
    assert german("hclb drei") == []


def test_an_hour_stays_open_where_all_talk_is_of_the_other_half_of_the_day() -> None:
    assert clock_time({9 * 60, 21 * 60}, frozenset({Half.PM})) is None
