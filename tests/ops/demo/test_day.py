"""The day that is played."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from ops.demo.conversations import turns_of
from ops.demo.day import Call, Day, Does, again, read
from ops.demo.spoken import spoken_date, spoken_time, working_day
from ops.demo.webhooks import Ingress, posts_of
from ops.simulators.retell_talk import ToolCall
from ops.tenants.file import TenantsFile

INGRESS = Ingress("http://127.0.0.1:1", "key")


def _said(call: Call) -> str:
    return "\n".join(turn[1] for turn in turns_of(call) if not isinstance(turn, ToolCall))


def _call_of(day: Day, name: str) -> Call:
    return next(call for call in day.calls if call.name == name)


def test_it_has_about_forty_calls_of_several_tenants_in_two_languages(day: Day) -> None:
    assert 36 <= len(day.calls) <= 44
    assert len({call.tenant.id for call in day.calls if call.tenant}) == 4
    assert len({call.tenant.currency for call in day.calls if call.tenant}) == 3
    assert {call.language for call in day.calls} == {"de", "en"}
    assert {call.does for call in day.calls} == set(Does)


def test_nobody_shares_a_call_id_or_a_telephone(day: Day) -> None:
    assert len({call.call_id for call in day.calls}) == len(day.calls)
    assert len({call.phone for call in day.calls}) == len(day.calls)


def test_appointments_are_on_working_days_by_the_clock_of_the_business(day: Day) -> None:
    wish = _call_of(day, "Daniel Brooks").wish
    assert wish is not None
    assert wish.starts_at.isoformat() == "2026-11-23T09:30:00-05:00"
    assert all(call.wish.starts_at.weekday() < 5 for call in day.calls if call.wish)


def test_a_day_that_begins_before_midnight_in_one_zone_is_the_next_in_another(
    tenants: TenantsFile,
) -> None:
    late = read(tenants, now=datetime(2026, 11, 23, 23, 30, tzinfo=UTC), seed=1)
    berlin, new_york = (_call_of(late, name).wish for name in ("Sabine Krüger", "Daniel Brooks"))
    assert berlin is not None
    assert new_york is not None
    assert berlin.starts_at.date().isoformat() == "2026-11-25"
    assert new_york.starts_at.date().isoformat() == "2026-11-24"


def test_the_german_agent_reads_back_what_was_agreed(day: Day) -> None:
    assert "am Montag, den 23. November um 14 Uhr 30 bei Jana" in _said(
        _call_of(day, "Sabine Krüger")
    )


def test_the_english_agent_reads_back_what_was_agreed(day: Day) -> None:
    assert "on Monday, November 23rd at 9:30 a.m. with Dr. Lee" in _said(
        _call_of(day, "Daniel Brooks")
    )


def test_the_day_after_a_friday_that_works_is_monday() -> None:
    friday = datetime(2026, 11, 20, tzinfo=UTC).date()
    assert [working_day(friday, n).day for n in (1, 2, 6)] == [23, 24, 30]


def test_english_days_and_hours_end_as_they_are_spoken() -> None:
    noon = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)
    assert spoken_date(noon.date(), "en") == "Wednesday, November 11th"
    assert spoken_date(noon.date().replace(day=22), "en") == "Sunday, November 22nd"
    assert spoken_time(noon, "en") == "12 p.m."
    assert spoken_time(noon.replace(hour=0, minute=5), "en") == "12:05 a.m."
    assert spoken_time(noon.replace(hour=9), "de") == "9 Uhr"


def test_a_tenth_of_the_webhooks_comes_twice_and_some_calls_out_of_order(day: Day) -> None:
    chance = Random(2026)
    played = [[post.event for post in posts_of(call, INGRESS, chance)] for call in day.calls]
    repeats = sum(len(events) - len(set(events)) for events in played)
    assert 0.05 < repeats / sum(map(len, played)) < 0.2
    order = ["call_inbound", "call_started", "call_ended", "call_analyzed"]
    assert any(sorted(events, key=order.index) != events for events in played)


def test_a_racing_call_ends_with_its_analysis(day: Day) -> None:
    racing = [call for call in day.calls if call.together]
    assert Counter(call.together for call in racing).most_common()[0][1] == 2
    for call in racing:
        assert posts_of(call, INGRESS, Random(1))[-1].event == "call_analyzed"


def test_a_tenants_own_account_signs_with_each_of_its_live_keys(tenants: TenantsFile) -> None:
    own = next(each for each in tenants.tenants if len(each.secrets.retell_webhook) == 2)
    webhooks = [INGRESS.sign(b"{}", own, n) for n in range(2)]
    assert {each.url for each in webhooks} == {f"http://127.0.0.1:1/webhooks/retell/{own.id}"}
    signatures = [each.headers["X-Retell-Signature"].partition("d=")[2] for each in webhooks]
    assert len(set(signatures)) == 2


def test_what_retell_takes_is_no_round_amount_and_differs_between_calls(day: Day) -> None:
    sums = [sum(call.cents.values(), Decimal(0)) for call in day.calls if call.cents]
    assert len(set(sums)) == len(sums)


def test_a_later_round_repeats_the_people_and_not_the_calls(day: Day) -> None:
    later = list(again(day, now=datetime(2026, 11, 20, 18, 0, tzinfo=UTC), rounds=2))
    assert [call.name for call in later] == [call.name for call in day.calls]
    assert not {call.call_id for call in later} & {call.call_id for call in day.calls}
    moved = [
        (b.wish.starts_at - a.wish.starts_at).days
        for a, b in zip(day.calls, later, strict=True)
        if a.wish and b.wish
    ]
    assert set(moved) == {14}
