"""What every history store keeps of transit operations, and its inbox."""

import random
from datetime import timedelta

import pytest

from data_sources.errors import InboxFullError
from data_sources.stores import folding
from data_sources.stores.base import HistoryStore, Retention
from data_sources.stores.upsert import COPY_FROM_ROWS
from tests.stores.samples import NOON, at, minute, passage, payload, same_but, score


def test_passages_come_back_as_they_went_in_oldest_first(history: HistoryStore) -> None:
    full = passage(60, dwell_s=12.5, trip_id="t1", delay_s=-30.0, synthetic=True)
    history.record_operations([full, passage(30, vehicle_id="bus-2")], [], [])
    assert history.passages_between(at(0), at(61)) == [passage(30, vehicle_id="bus-2"), full]
    assert history.passages_between(at(30), at(60)) == [passage(30, vehicle_id="bus-2")]


def test_passages_are_asked_by_line_and_by_stop(history: HistoryStore) -> None:
    one, two, three = (
        passage(1),
        passage(2, stop_id="S9", call=9),
        passage(3, route_id="blue", vehicle_id="bus-7"),
    )
    history.record_operations([one, two, three], [], [])
    assert history.passages_between(at(0), at(9), route_id="red") == [one, two]
    assert history.passages_between(at(0), at(9), stop_id="S3") == [one, three]
    assert history.passages_between(at(0), at(9), "blue", "S3") == [three]
    assert history.passages_between(at(0), at(9), "blue", "S9") == []


@pytest.mark.parametrize("count", [3, COPY_FROM_ROWS * 2], ids=["few", "many"])
def test_passage_said_again_is_kept_once(history: HistoryStore, count: int) -> None:
    for dwell_s in (None, 20.0):
        said = [passage(n, dwell_s=dwell_s) for n in range(count)]
        history.record_operations([*said, said[0]], [], [])
    kept = history.passages_between(at(0), at(count))
    assert kept == [passage(n, dwell_s=20.0) for n in range(count)]


def test_call_of_a_loop_passed_twice_in_a_round_is_two_passages(history: HistoryStore) -> None:
    history.record_operations([passage(0, call=0), passage(600, call=11), passage(600, call=0)], [], [])
    assert [one.call for one in history.passages_between(at(0), at(601))] == [0, 0, 11]


@pytest.mark.parametrize("count", [3, COPY_FROM_ROWS * 2], ids=["few", "many"])
def test_service_minute_is_replaced_and_unknown_stays_unknown(history: HistoryStore, count: int) -> None:
    for observed in (1, None):
        minutes = [minute(60 * n, observed=observed, passengers=0) for n in range(count)]
        history.record_operations([], minutes, [])
    history.record_operations([], [minute(0, "blue", owed=None, seats=30, synthetic=True)], [])
    found = history.service_minutes(at(0), at(60 * count))
    assert found[0] == minute(0, "blue", owed=None, seats=30, synthetic=True)
    assert found[1:] == [minute(60 * n, observed=None, passengers=0) for n in range(count)]
    assert history.service_minutes(at(60), at(120), "red") == [minute(60, observed=None, passengers=0)]
    assert history.service_minutes(at(0), at(60), "green") == []


def test_scores_add_up_by_line_day_and_horizon(history: HistoryStore) -> None:
    tomorrow = NOON.date() + timedelta(days=1)
    history.record_operations([], [], [score(2), score(3), score(1, horizon_min=10), score(day=tomorrow)])
    history.record_operations([], [], [score(5), score(route_id="blue")])
    assert history.prediction_scores(NOON.date()) == [
        score(route_id="blue"),
        score(10),
        score(1, horizon_min=10),
        score(day=tomorrow),
    ]
    assert history.prediction_scores(tomorrow) == [score(day=tomorrow)]


def test_sum_with_a_baseline_that_was_not_kept_stays_unknown(history: HistoryStore) -> None:
    for baseline_s in (30.0, None, 30.0):
        history.record_operations([], [], [score(1, sum_baseline_error_s=baseline_s)])
    assert history.prediction_scores(NOON.date()) == [score(3, sum_baseline_error_s=None)]


def test_nothing_recorded_is_nothing_found(history: HistoryStore) -> None:
    history.record_operations([], [], [])
    assert history.passages_between(at(0), at(60)) == []
    assert history.service_minutes(at(0), at(60)) == []
    assert history.prediction_scores(NOON.date()) == []


def test_texts_of_a_feed_that_no_database_holds_are_kept_as_far_as_they_can_be(history: HistoryStore) -> None:
    history.record_operations([passage(vehicle_id="b\x00" + "x" * 5000, trip_id="t\x00")], [], [])
    assert len(history.passages_between(at(0), at(1))) == 1


def test_notification_waits_in_the_inbox_until_it_is_cleared(history: HistoryStore) -> None:
    one = same_but(payload(b'{"data": []}', received=1), url="/api/v1/notifications/flow")
    first = history.put_inbox("flow", one)
    second = history.put_inbox("flow", payload(b"two", received=2))
    third = history.put_inbox("parking", payload(b"three", received=3))
    assert history.take_inbox("flow") == [(first, one), (second, payload(b"two", received=2))]
    assert history.take_inbox("flow", limit=1) == [(first, one)]
    history.clear_inbox([first])
    history.clear_inbox([first])
    history.clear_inbox([])
    assert [number for number, _ in history.take_inbox("flow")] == [second]
    assert [number for number, _ in history.take_inbox("parking")] == [third]
    assert history.put_inbox("flow", one) > third


@pytest.mark.parametrize(("name", "limit"), [("INBOX_MAX_ROWS", 2), ("INBOX_MAX_BYTES", 300)])
def test_full_inbox_takes_no_more_of_that_feed_and_loses_nothing(
    history: HistoryStore, monkeypatch: pytest.MonkeyPatch, name: str, limit: int
) -> None:
    monkeypatch.setattr(folding, name, limit)
    noise = [payload(random.Random(number).randbytes(150), received=number) for number in range(3)]
    numbers = [history.put_inbox("flow", one) for one in noise[:2]]
    with pytest.raises(InboxFullError, match="2 notifications of flow"):
        history.put_inbox("flow", noise[2])
    history.put_inbox("parking", noise[2])  # another sender's room
    assert [one for _, one in history.take_inbox("flow")] == noise[:2]
    history.clear_inbox(numbers[:1])
    history.put_inbox("flow", noise[2])
    assert [one for _, one in history.take_inbox("flow")] == noise[1:]


def test_notification_that_nobody_reads_is_pruned_in_the_end(history: HistoryStore) -> None:
    history.put_inbox("gone", payload(b"old"))
    number = history.put_inbox("gone", payload(b"new", received=60))
    assert history.prune(at(60), Retention(inbox=timedelta(seconds=30)))["inbox"] == 1
    assert [one for one, _ in history.take_inbox("gone")] == [number]


def test_prune_deletes_old_operations_and_leaves_the_inbox(history: HistoryStore) -> None:
    day = 24 * 3600
    for moment in (0, 10 * day):
        history.record_operations([passage(moment)], [minute(moment)], [score(day=at(moment).date())])
    number = history.put_inbox("flow", payload(b"old"))
    keep = Retention(operations=timedelta(days=5))
    deleted = history.prune(at(10 * day), keep)
    tables = ("stop_passage", "service_minute", "prediction_score")
    assert [deleted[table] for table in tables] == [1, 1, 1]
    assert history.passages_between(at(0), at(20 * day)) == [passage(10 * day)]
    assert history.service_minutes(at(0), at(20 * day)) == [minute(10 * day)]
    assert history.prediction_scores(NOON.date()) == [score(day=at(10 * day).date())]
    assert [one for one, _ in history.take_inbox("flow")] == [number]
    assert not any(history.prune(at(10 * day), keep).values())
