"""Intake: what one payload does to history, the live picture and the feed's status."""

from datetime import datetime

import pytest

from data_sources.errors import StoreError, TemporaryFeedError
from data_sources.ingest.intake import MESSAGE, Intake
from data_sources.model.city import Bounds, VehicleLimits
from data_sources.model.feed import FeedState
from data_sources.stores.memory import MemoryHistory, MemoryLive
from tests.builders import NOON, feed_spec, message, payload, seconds

TOWN = Bounds(west=10, south=50, east=11, north=51)


def bus(vehicle_id: str = "b1", lat: float = 50.5, at: datetime = NOON) -> dict[str, object]:
    return {"id": vehicle_id, "lat": lat, "lon": 10.5, "at": at}


@pytest.fixture
def live() -> MemoryLive:
    return MemoryLive()


@pytest.fixture
def history() -> MemoryHistory:
    return MemoryHistory()


@pytest.fixture
def intake(history: MemoryHistory, live: MemoryLive) -> Intake:
    return new_intake(history, live)


def new_intake(history: MemoryHistory, live: MemoryLive) -> Intake:
    return Intake(feed_spec(), history, live, bounds=TOWN, limits=VehicleLimits(), schedule=None)


def shown(live: MemoryLive) -> set[str]:
    return {fix.vehicle_id for fix in live.positions().get("buses", ())}


def test_message_reaches_both_stores(intake: Intake, history: MemoryHistory, live: MemoryLive) -> None:
    status = intake.accept(payload(message(vehicles=[bus("b1"), bus("b2")])), NOON)
    assert status.state is FeedState.UP
    assert status.accepted == 2
    assert shown(live) == {"b1", "b2"}
    assert len(history.positions_between(NOON - seconds(1), NOON + seconds(1))) == 2
    assert live.feed_statuses()["buses"] == status == history.feed_statuses()["buses"]


def test_vehicle_missing_from_the_next_message_stays_in_the_picture_until_forgotten(
    intake: Intake, live: MemoryLive
) -> None:
    intake.accept(payload(message(vehicles=[bus("b1"), bus("b2")])), NOON)
    later = NOON + seconds(60)
    intake.accept(payload(message(later, [bus("b1", at=later)]), at=later), later)
    assert shown(live) == {"b1", "b2"}
    intake.tick(NOON + seconds(3601))
    assert shown(live) == {"b1"}


def test_rejected_entity_is_counted_and_lies_in_quarantine_with_its_payload(
    intake: Intake, history: MemoryHistory
) -> None:
    raw = message(vehicles=[bus("b1"), {"id": "b2", "lat": 0.0, "lon": 0.0, "at": NOON}])
    status = intake.accept(payload(raw), NOON)
    (code,) = status.rejected
    (refused,) = history.quarantined("buses")
    assert (refused.code, refused.count) == (code, 1)
    assert refused.payload_id is not None
    stored = history.payload(refused.payload_id)
    assert stored is not None
    assert stored.payload.messages == (raw,)


@pytest.mark.parametrize("broken", [b"", b"<html>502 Bad Gateway</html>", b"\x0a\xff\xff"])
def test_unusable_message_keeps_the_last_good_picture_and_marks_the_feed(
    broken: bytes, intake: Intake, history: MemoryHistory, live: MemoryLive
) -> None:
    intake.accept(payload(message(vehicles=[bus()])), NOON)
    status = intake.accept(payload(broken, at=NOON + seconds(5)), NOON + seconds(5))
    assert shown(live) == {"b1"}
    assert status.error_code
    assert status.failures_in_row == 1
    assert status.last_good_at == NOON
    assert [refused.entity_id for refused in history.quarantined("buses")] == [MESSAGE]


def test_message_that_goes_backwards_keeps_the_newer_picture(intake: Intake, live: MemoryLive) -> None:
    intake.accept(payload(message(NOON, [bus(lat=50.5)])), NOON)
    old = NOON - seconds(120)
    intake.accept(payload(message(old, [bus(lat=50.1, at=old)])), NOON + seconds(5))
    (fix,) = live.positions()["buses"]
    assert fix.lat == pytest.approx(50.5)
    assert intake.status.rejected or intake.status.error_code or intake.status.flagged


def test_fix_sent_again_is_not_stored_again(intake: Intake, history: MemoryHistory) -> None:
    for step in range(3):
        at = NOON + seconds(5 * step)
        intake.accept(payload(message(at, [bus(at=NOON)]), at=at), at)
    assert len(history.positions_between(NOON - seconds(1), NOON + seconds(60))) == 1


def test_alert_that_is_no_longer_listed_leaves_the_live_store(intake: Intake, live: MemoryLive) -> None:
    intake.accept(payload(message(alerts=["Bridge closed"])), NOON)
    assert len(live.alerts()["buses"]) == 1
    later = NOON + seconds(60)
    intake.accept(payload(message(later), at=later), later)
    assert live.alerts()["buses"] == ()


def test_silent_feed_turns_late_then_down_by_time_alone(intake: Intake) -> None:
    intake.accept(payload(message(vehicles=[bus()])), NOON)
    assert intake.tick(NOON + seconds(29)).state is FeedState.UP
    assert intake.tick(NOON + seconds(31)).state is FeedState.LATE
    assert intake.tick(NOON + seconds(151)).state is FeedState.DOWN


def test_frozen_feed_that_still_answers_is_late(intake: Intake) -> None:
    intake.accept(payload(message(vehicles=[bus()])), NOON)
    for step in range(1, 41):
        intake.unchanged(NOON + seconds(5 * step))
    assert intake.status.state is FeedState.LATE
    assert intake.status.total_unchanged == 40


def test_feed_that_never_delivered_is_never(intake: Intake) -> None:
    status = intake.failed(TemporaryFeedError("timeout", "no answer in 10 s"), NOON)
    assert status.state is FeedState.NEVER
    assert status.error == "no answer in 10 s"


def test_restart_rebuilds_the_live_store_from_history(intake: Intake, history: MemoryHistory) -> None:
    intake.accept(payload(message(vehicles=[bus("b1"), bus("b2")])), NOON)
    empty = MemoryLive()
    again = new_intake(history, empty)
    again.restore(NOON + seconds(30))
    assert shown(empty) == {"b1", "b2"}
    assert again.status.total_accepted == 2


def test_older_fix_after_a_restart_does_not_move_the_vehicle_back(
    intake: Intake, history: MemoryHistory
) -> None:
    intake.accept(payload(message(vehicles=[bus(lat=50.5)])), NOON)
    live = MemoryLive()
    again = new_intake(history, live)
    again.restore(NOON + seconds(10))
    at = NOON + seconds(12)
    again.accept(payload(message(at, [bus(lat=50.1, at=NOON - seconds(60))]), at=at), at)
    assert live.positions()["buses"][0].lat == pytest.approx(50.5)


class HistoryThatIsAway(MemoryHistory):
    """The real memory store behind a plug that a test can pull."""

    away = False

    def record(self, *args: object, **kwargs: object) -> None:
        if self.away:
            raise StoreError("history store: connection refused")
        super().record(*args, **kwargs)  # type: ignore[arg-type]


def test_batches_wait_while_history_is_away_and_the_picture_lives_on(live: MemoryLive) -> None:
    history = HistoryThatIsAway()
    intake = new_intake(history, live)
    history.away = True
    intake.accept(payload(message(vehicles=[bus("b1")])), NOON)
    assert shown(live) == {"b1"}
    assert intake.waiting == 1
    history.away = False
    intake.tick(NOON + seconds(5))
    assert intake.waiting == 0
    assert len(history.positions_between(NOON - seconds(1), NOON + seconds(9))) == 1


def test_live_store_that_came_back_empty_is_filled_again(intake: Intake, live: MemoryLive) -> None:
    intake.accept(payload(message(vehicles=[bus()])), NOON)
    live._positions.clear()
    live._statuses.clear()
    intake.tick(NOON + seconds(5))
    assert shown(live) == {"b1"}


def test_messages_gathered_from_a_broker_count_as_one_batch(intake: Intake, live: MemoryLive) -> None:
    first, second = NOON, NOON + seconds(1)
    gathered = payload(
        message(first, [bus(lat=50.5, at=first)]), b"<html>", message(second, [bus(lat=50.6, at=second)])
    )
    status = intake.accept(gathered, second)
    assert live.positions()["buses"][0].lat == pytest.approx(50.6)
    assert status.accepted == 2
    assert sum(status.rejected.values()) == 1
    assert status.error_code is None
