"""What every history store does."""

from datetime import timedelta
from typing import Any

import pytest

from data_sources.errors import FeedContentError
from data_sources.model.feed import Batch, FeedState
from data_sources.stores.base import HistoryStore, Retention
from data_sources.stores.history import SqlHistory
from tests.stores.samples import (
    NOON,
    alert,
    at,
    batch,
    fix,
    payload,
    record,
    rejected,
    same_but,
    status,
    trip_update,
)


def test_fixes_come_back_as_they_went_in_oldest_first(history: HistoryStore) -> None:
    full = fix(
        "bus-2",
        observed=3,
        received=5,
        label="2",
        bearing_deg=359.5,
        speed_kmh=0.0,
        odometer_m=12.5,
        route_id="red",
        trip_id="t1",
        direction_id=0,
        stop_sequence=4,
        occupancy="FULL",
        passengers=0,
        battery_pct=80.25,
        flags=("trip_unknown", "late"),
        synthetic=True,
    )
    record(history, 5, batch(full))
    record(history, 1, batch(fix("bus-1", 1)))
    assert history.positions_between(at(0), at(60)) == [fix("bus-1", 1), full]


def test_period_holds_its_start_and_not_its_end(history: HistoryStore) -> None:
    record(history, 30, batch(fix("a", 10), fix("b", 20), fix("c", 30)))
    assert [f.vehicle_id for f in history.positions_between(at(10), at(30))] == ["a", "b"]
    assert history.compact(at(120)) == 1
    assert [f.vehicle_id for f in history.positions_between(at(10), at(30))] == ["a", "b"]


def test_period_can_be_asked_of_one_feed(history: HistoryStore) -> None:
    history.record("trams", at(1), batch(fix("t", 1, feed_id="trams")), status("trams"), None)
    record(history, 1, batch(fix("b", 1)))
    assert [f.vehicle_id for f in history.positions_between(at(0), at(60), "trams")] == ["t"]


def test_fix_repeated_by_polling_is_told_once_a_minute(history: HistoryStore) -> None:
    for second in (10, 25, 40, 55, 70, 85):
        record(history, second, batch(fix("parked", observed=5, received=second)))
    once = [fix("parked", 5, 10), fix("parked", 5, 70)]
    assert history.positions_between(at(0), at(120)) == once
    assert history.compact(at(125)) == 6
    assert history.positions_between(at(0), at(120)) == once


def test_compaction_changes_nothing_that_is_seen(history: HistoryStore) -> None:
    for second in range(0, 300, 7):
        fixes = [fix(f"bus-{n}", second - n, second, speed_kmh=n * 1.5) for n in range(5)]
        record(history, second, batch(*fixes, fix("trip-only", second, trip_id=f"t{second}")))
    before = history.positions_between(at(0), at(300)), history.latest_positions(at(0))
    assert history.compact(at(200)) > 0
    assert history.compact(at(200)) == 0
    assert (history.positions_between(at(0), at(300)), history.latest_positions(at(0))) == before
    history.compact(at(301))
    assert (history.positions_between(at(0), at(300)), history.latest_positions(at(0))) == before


def test_minute_that_is_not_over_is_left_alone(history: HistoryStore) -> None:
    record(history, 59, batch(fix(received=59)))
    assert history.compact(at(59.9)) == 0
    assert history.compact(at(60)) == 1


def test_late_batch_joins_the_frame_of_its_minute(history: HistoryStore) -> None:
    record(history, 10, batch(fix("a", 10)))
    record(history, 20, batch(fix("a", 20)))
    history.compact(at(60))
    record(history, 61, batch(fix("b", 15), fix("a", 20, 30)))
    assert history.compact(at(120)) == 1
    assert history.positions_between(at(0), at(60)) == [fix("a", 10), fix("b", 15), fix("a", 20)]


def test_gathered_messages_across_a_minute_are_kept_in_both(history: HistoryStore) -> None:
    record(history, 62, batch(fix("a", 58), fix("a", 59), fix("a", 61)))
    history.compact(at(120))
    assert history.positions_between(at(0), at(60)) == [fix("a", 58), fix("a", 59)]
    assert history.positions_between(at(60), at(120)) == [fix("a", 61)]


def test_latest_is_the_newest_fix_of_each_vehicle_since(history: HistoryStore) -> None:
    record(history, 0, batch(fix("old", 0), fix("moving", 0)))
    record(history, 100, batch(fix("moving", 100), fix("backwards", 100)))
    record(history, 130, batch(fix("backwards", 90, 130)))
    history.compact(at(120))
    assert history.latest_positions(at(60)) == {"buses": (fix("backwards", 100), fix("moving", 100))}
    assert history.latest_positions(at(131)) == {}


def test_latest_counts_a_fix_by_when_it_was_received(history: HistoryStore) -> None:
    record(history, 10, batch(fix("bus-1", 9, 10)))
    record(history, 40, batch(fix("bus-1", 5, 40)))
    for _ in ("batches", "frames"):
        assert history.latest_positions(at(0)) == {"buses": (fix("bus-1", 9, 10),)}
        assert history.latest_positions(at(30)) == {"buses": (fix("bus-1", 5, 40),)}
        history.compact(at(60))


@pytest.mark.parametrize("fields", [{"passengers": 2**70}, {"label": "\ud800"}], ids=["number", "text"])
def test_value_that_fits_no_database_is_an_error_of_the_feed(sql_url: str, fields: dict[str, Any]) -> None:
    history = SqlHistory(sql_url)
    with pytest.raises(FeedContentError, match="buses") as caught:
        record(history, 0, batch(fix(**fields)))
    assert caught.value.code == "not_storable"
    assert history.feed_statuses() == {}
    history.close()


def test_latest_trip_updates_are_those_of_the_last_message(history: HistoryStore) -> None:
    record(history, 0, batch(trip_updates=(trip_update("t1", 0), trip_update("t2", 0))))
    record(history, 10, batch(trip_updates=(trip_update("t1", 10),)))
    assert history.latest_trip_updates(at(0)) == {"buses": (trip_update("t1", 10),)}
    assert history.latest_trip_updates(at(11)) == {}


def test_unchanged_alerts_are_as_new_as_the_message_that_repeats_them(history: HistoryStore) -> None:
    for second in (0, 30, 60):
        record(history, second, batch(alerts=(alert("a1", second),)))
    assert history.latest_alerts(at(50)) == {"buses": (alert("a1", 60),)}


def test_message_without_alerts_ends_them_but_silence_does_not(history: HistoryStore) -> None:
    record(history, 0, batch(alerts=(alert("a1", 0),), header_at=at(0)))
    record(history, 10, Batch())
    assert history.latest_alerts(at(0)) == {"buses": (alert("a1", 0),)}
    record(history, 20, batch(header_at=at(20)))
    assert history.latest_alerts(at(0)) == {"buses": ()}


def test_feed_that_never_had_alerts_has_none(history: HistoryStore) -> None:
    record(history, 0, batch(fix(), header_at=at(0)))
    assert history.latest_alerts(at(0)) == {}
    assert history.latest_trip_updates(at(0)) == {}


def test_refusals_of_one_entity_fold_into_one_row(history: HistoryStore) -> None:
    record(history, 0, batch(rejected=(rejected(), rejected(detail="again"))), payload(b"one"))
    record(history, 10, batch(rejected=(rejected(detail="last", record={"lat": 0.5}),)), payload(b"two"))
    (row,) = history.quarantined()
    assert (row.feed_id, row.code, row.entity_id) == ("buses", "position_zero", "e1")
    assert (row.first_at, row.last_at, row.count) == (at(0), at(10), 3)
    assert (row.detail, row.record) == ("last", {"lat": 0.5})
    assert row.payload_id is not None
    stored = history.payload(row.payload_id)
    assert stored is not None
    assert stored.payload.messages == (b"two",)


@pytest.mark.parametrize("entities", [3, 500], ids=["few", "many"])
def test_refusals_are_listed_last_first(history: HistoryStore, entities: int) -> None:
    refusals = tuple(rejected(entity_id=f"e{n:03}", record={"n": n}) for n in range(entities))
    for second in (0, 10):
        record(history, second, batch(rejected=refusals))
    record(history, 20, batch(rejected=(rejected("time_future", "e001"),)))
    rows = history.quarantined("buses", limit=1000)
    assert len(rows) == entities + 1
    assert (rows[0].code, rows[0].count) == ("time_future", 1)
    assert {(row.count, row.record["n"]) for row in rows[1:]} == {(2, n) for n in range(entities)}
    assert len(history.quarantined(limit=2)) == 2
    assert history.quarantined("trams") == []


def test_payload_keeps_its_messages_apart(history: HistoryStore) -> None:
    record(history, 1, batch(fix()), payload(b"\x00one", b"", b"two", received=1))
    sent = payload(b"\x00one", b"", b"two", received=1)
    last = history.latest_message("buses")
    assert last is not None
    stored = history.payload(last.payload_id)
    assert stored is not None
    assert (stored.payload, last.received_at) == (sent, sent.received_at)
    assert history.payload(last.payload_id + 1) is None
    assert history.latest_message("trams") is None


def test_payload_equal_to_the_last_one_is_not_stored_twice(history: HistoryStore) -> None:
    ids = []
    for second, messages in enumerate([(b"ab",), (b"ab",), (b"a", b"b"), (b"ab",)]):
        record(history, second, batch(fix(received=second)), payload(*messages, received=second))
        last = history.latest_message("buses")
        assert last is not None
        ids.append(last.payload_id)
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_status_is_the_last_one_recorded(history: HistoryStore) -> None:
    record(history, 0, batch(fix()), last_good_at=at(0))
    record(history, 5, Batch(), state=FeedState.DOWN, error_code="http_status", error="503 <b>ไม่ว่าง</b>")
    history.record("trams", at(6), Batch(), status("trams", state=FeedState.NEVER), None)
    assert history.feed_statuses() == {
        "buses": status(state=FeedState.DOWN, error_code="http_status", error="503 <b>ไม่ว่าง</b>"),
        "trams": status("trams", state=FeedState.NEVER),
    }


def test_empty_batch_stores_the_status_only(history: HistoryStore) -> None:
    record(history, 0, Batch())
    assert history.positions_between(at(-60), at(60)) == []
    assert history.quarantined() == []
    assert history.latest_message("buses") is None
    assert set(history.feed_statuses()) == {"buses"}


def test_prune_deletes_what_is_older_than_its_retention_and_no_more(history: HistoryStore) -> None:
    hour = 3600
    for moment in (0, 10 * hour, 20 * hour):
        received = {
            "rejected": (rejected(entity_id=f"e{moment}"),),
            "trip_updates": (trip_update("t1", moment, moment),),
        }
        history.record(
            "buses",
            at(moment),
            batch(fix(received=moment), **received),
            status(),
            payload(b"%d" % moment, received=moment),
        )
        history.compact(at(15 * hour))
    retention = Retention(
        positions=timedelta(hours=15),
        payloads=timedelta(hours=5),
        quarantine=timedelta(hours=15),
        trip_updates=timedelta(hours=5),
    )
    deleted = history.prune(at(20 * hour), retention)
    assert [f.received_at for f in history.positions_between(NOON, at(21 * hour))] == [
        at(10 * hour),
        at(20 * hour),
    ]
    assert [row.entity_id for row in history.quarantined()] == ["e72000", "e36000"]
    assert [row.payload_id is None for row in history.quarantined()] == [False, True]
    assert deleted["payload"] == 2
    assert deleted["position_frame"] == deleted["quarantine"] == 1
    assert history.latest_trip_updates(NOON) == {"buses": (trip_update("t1", 20 * hour, 20 * hour),)}
    assert not any(history.prune(at(20 * hour), retention).values())


def test_last_payload_of_a_silent_feed_stays_as_evidence(history: HistoryStore) -> None:
    hour = 3600
    for moment in (0, hour):
        history.record("buses", at(moment), batch(), status(), payload(b"%d" % moment, received=moment))
    retention = Retention(payloads=timedelta(hours=5), last_payload=timedelta(days=2))
    assert history.prune(at(24 * hour), retention)["payload"] == 1
    last = history.latest_message("buses")
    assert last is not None
    stored = history.payload(last.payload_id)
    assert stored is not None
    assert stored.payload.messages == (b"3600",)
    assert history.prune(at(60 * hour), retention)["payload"] == 1
    assert history.latest_message("buses") is None


def test_text_that_no_database_holds_is_told_as_far_as_it_can_be(history: HistoryStore) -> None:
    bad = rejected(
        entity_id="e\x00\ud800" + "x" * 5000, detail="d\x00\ud800", record={"headsign": "\x00\ud800"}
    )
    record(history, 0, batch(rejected=(bad,)))
    (row,) = history.quarantined()
    assert row.code == "position_zero"
    assert row.count == 1


def test_period_of_a_missing_history_is_empty(history: HistoryStore) -> None:
    assert history.positions_between(at(0), at(60)) == []
    assert history.latest_positions(at(0)) == {}
    assert history.compact(at(0)) == 0
    history.ping()


def test_same_fix_of_two_feeds_is_kept_for_each(history: HistoryStore) -> None:
    record(history, 0, batch(fix("bus-1")))
    other = same_but(fix("bus-1"), feed_id="mirror")
    history.record("mirror", at(0), batch(other), status("mirror"), None)
    history.compact(at(60))
    assert history.positions_between(at(0), at(60)) == [fix("bus-1"), other]
