"""What every history store keeps of traffic."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from data_sources.stores.base import HistoryStore, Retention, TypicalSpeed
from tests.stores.samples import NOON, at, incident, link

MINUTE, HOUR = 60, 3600
BANGKOK = ZoneInfo("Asia/Bangkok")


def local_hour(moment: datetime) -> int:
    return moment.astimezone(BANGKOK).hour


def ids(history: HistoryStore, start: float, end: float) -> list[str]:
    return [one.incident_id for one in history.incidents_between(at(start), at(end))]


def test_frames_come_back_by_minute_oldest_first(history: HistoryStore) -> None:
    first = (link("b", 20.5), link("a", None), link("c", 0.0, closed=True, disagreement=True))
    second = (link("b", 21.0, MINUTE), link("a", None), link("c", 3.0, MINUTE, synthetic=True))
    history.record_links(at(MINUTE), second)
    history.record_links(NOON, first)
    assert history.link_frames(NOON, at(2 * MINUTE)) == [(NOON, first), (at(MINUTE), second)]
    assert history.link_frames(NOON, at(MINUTE)) == [(NOON, first)]
    assert history.link_frames(at(1), at(MINUTE)) == []


def test_frame_written_again_replaces_the_first_also_in_the_means(history: HistoryStore) -> None:
    history.record_links(NOON, [link("a", 20.0), link("gone", 50.0)])
    history.record_links(NOON, [link("a", 40.0)])
    assert history.link_frames(NOON, at(MINUTE)) == [(NOON, (link("a", 40.0),))]
    assert history.link_hours(NOON, at(HOUR)) == [(NOON, {"a": TypicalSpeed(speed_kmh=40.0, minutes=1)})]


def test_frames_of_a_network_that_changed_keep_their_own_links(history: HistoryStore) -> None:
    history.record_links(NOON, [link("a", 20.0), link("b", 10.0)])
    history.record_links(at(MINUTE), [link("b", 30.0, MINUTE), link("new", 50.0, MINUTE)])
    frames = history.link_frames(NOON, at(HOUR))
    assert [[one.link_id for one in links] for _, links in frames] == [["a", "b"], ["b", "new"]]
    ((_, means),) = history.link_hours(NOON, at(HOUR))
    assert {link_id: (mean.speed_kmh, mean.minutes) for link_id, mean in means.items()} == {
        "a": (20.0, 1),
        "b": (20.0, 2),
        "new": (50.0, 1),
    }


def test_hours_hold_means_of_what_was_measured(history: HistoryStore) -> None:
    for minute, speed_kmh in enumerate([10.0, 20.5, None]):
        history.record_links(at(minute * MINUTE), [link("a", speed_kmh, minute * MINUTE), link("b", None)])
    history.record_links(at(HOUR), [link("a", 80.0, HOUR), link("b", 0.0, HOUR)])
    assert history.link_hours(NOON, at(2 * HOUR)) == [
        (NOON, {"a": TypicalSpeed(speed_kmh=15.25, minutes=2)}),
        (
            at(HOUR),
            {"a": TypicalSpeed(speed_kmh=80.0, minutes=1), "b": TypicalSpeed(speed_kmh=0.0, minutes=1)},
        ),
    ]
    assert history.link_hours(at(1), at(HOUR)) == []


def test_frozen_source_is_in_the_frame_and_not_in_the_means(history: HistoryStore) -> None:
    for minute in range(30):
        history.record_links(at(minute * MINUTE), [link("a", 30.0, observed=0)])
    assert len(history.link_frames(NOON, at(HOUR))) == 30
    ((_, means),) = history.link_hours(NOON, at(HOUR))
    assert means["a"].minutes == 16


def test_typical_speed_is_the_mean_over_days_of_the_same_local_hour(history: HistoryStore) -> None:
    day = 24 * HOUR
    for number, speed_kmh in enumerate([10.0, 20.0, 60.0]):
        moment = number * day
        history.record_links(at(moment), [link("a", speed_kmh, moment), link("b", None)])
        history.record_links(at(moment + HOUR), [link("a", 5.0, moment + HOUR), link("b", None)])
    assert history.typical_speeds(at(day), local_hour) == {
        ("a", 12): TypicalSpeed(speed_kmh=40.0, minutes=2),
        ("a", 13): TypicalSpeed(speed_kmh=5.0, minutes=2),
    }
    by_weekday = history.typical_speeds(NOON, lambda hour: hour.astimezone(BANGKOK).weekday())
    assert by_weekday["a", 0] == TypicalSpeed(speed_kmh=7.5, minutes=2)


def test_typical_speed_of_nothing_is_nothing(history: HistoryStore) -> None:
    assert history.typical_speeds(NOON, local_hour) == {}
    assert history.link_hours(NOON, at(HOUR)) == []
    assert history.link_frames(NOON, at(HOUR)) == []


def test_incident_is_open_until_it_is_closed_and_then_stays_in_history(history: HistoryStore) -> None:
    history.record_incidents([incident("i1"), incident("i2", feed_id="alerts")], [])
    history.record_incidents([incident("i1", 60, severity=3, title={"th": "รถชน"})], [])
    assert history.open_incidents() == [
        incident("i2", feed_id="alerts"),
        incident("i1", 60, severity=3, title={"th": "รถชน"}),
    ]
    over = incident("i1", 60, severity=3, ended_at=at(120), closed=True)
    history.record_incidents([], [over])
    assert history.open_incidents() == [incident("i2", feed_id="alerts")]
    assert history.incidents_between(at(100), at(110)) == [incident("i2", feed_id="alerts"), over]
    assert ids(history, 120, 200) == ["i2"]
    assert ids(history, -60, 0) == []


def test_incident_that_comes_back_is_a_new_one(history: HistoryStore) -> None:
    history.record_incidents([incident("i1", 0)], [])
    history.record_incidents([], [incident("i1", 0, ended_at=at(60), closed=True)])
    history.record_incidents([incident("i1", 300)], [])
    assert history.open_incidents() == [incident("i1", 300)]
    assert ids(history, 100, 200) == []
    assert ids(history, 0, 400) == ["i1", "i1"]


def test_incident_that_was_closed_and_came_back_between_two_writes_is_two(history: HistoryStore) -> None:
    history.record_incidents([incident("i1", 0)], [])
    over = incident("i1", 0, ended_at=at(60), closed=True)
    for _ in range(2):
        history.record_incidents([incident("i1", 90)], [over])
    assert history.open_incidents() == [incident("i1", 90)]
    assert history.incidents_between(at(0), at(400)) == [over, incident("i1", 90)]


def test_incident_opened_and_closed_while_nothing_was_written_is_kept_once(history: HistoryStore) -> None:
    over = incident("short", 10, ended_at=at(40), closed=True)
    for _ in range(2):
        history.record_incidents([], [over])
    assert history.open_incidents() == []
    assert history.incidents_between(at(0), at(60)) == [over]


def test_incident_without_an_end_is_closed_when_it_was_last_heard_of(history: HistoryStore) -> None:
    history.record_incidents([incident("i1", 0)], [])
    history.record_incidents([], [incident("i1", 60, closed=True)])
    assert ids(history, 59, 61) == ["i1"]
    assert ids(history, 60, 61) == []


def test_announced_end_before_the_first_word_still_leaves_a_trace(history: HistoryStore) -> None:
    history.record_incidents([incident("i1", 100)], [])
    history.record_incidents([], [incident("i1", 100, ended_at=at(50), closed=True)])
    assert ids(history, 100, 101) == ["i1"]
    assert ids(history, 0, 100) == []


@pytest.mark.parametrize("count", [3, 120], ids=["few", "many"])
def test_many_incidents_are_written_at_once(history: HistoryStore, count: int) -> None:
    for received in (0, 60):
        history.record_incidents([incident(f"i{n:03}", received) for n in range(count)], [])
    gone = [incident(f"i{n:03}", 60, ended_at=at(90), closed=True) for n in range(count - 1)]
    history.record_incidents([], gone)
    assert history.open_incidents() == [incident(f"i{count - 1:03}", 60)]
    assert len(history.incidents_between(NOON, at(60))) == count


def test_prune_keeps_hours_longer_than_frames_and_open_incidents_for_ever(history: HistoryStore) -> None:
    day = 24 * HOUR
    for moment in (0, 10 * day, 20 * day):
        history.record_links(at(moment), [link(f"a{moment}", 20.0, moment)])
    history.record_incidents([incident("open", 0), incident("old", 0), incident("late", 0)], [])
    ends = {"old": 5 * day, "late": 15 * day}
    history.record_incidents([], [incident(name, 0, ended_at=at(end)) for name, end in ends.items()])
    keep = Retention(
        link_frames=timedelta(days=5), link_hours=timedelta(days=15), incidents=timedelta(days=10)
    )
    deleted = history.prune(at(20 * day), keep)
    assert [minute for minute, _ in history.link_frames(NOON, at(30 * day))] == [at(20 * day)]
    assert [hour for hour, _ in history.link_hours(NOON, at(30 * day))] == [at(10 * day), at(20 * day)]
    assert [one.incident_id for one in history.incidents_between(NOON, at(30 * day))] == ["late", "open"]
    assert (deleted["link_frame"], deleted["link_hour"], deleted["incident"]) == (2, 1, 1)
    assert not any(history.prune(at(20 * day), keep).values())
