"""A live store that comes back empty: the first thing that a feed writes there brings all that it knows."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from data_sources.errors import TemporaryFeedError
from data_sources.feeds import codes
from data_sources.ingest.intake import MESSAGE, Intake
from data_sources.model.city import Bounds, VehicleLimits
from data_sources.model.feed import Batch, FeedStatus
from data_sources.stores.memory import MemoryHistory, MemoryLive
from tests.builders import NOON, feed_spec, message, payload, seconds

TOWN = Bounds(west=10, south=50, east=11, north=51)
STATION = {
    "stationID": "1t",
    "lat": "50.5",
    "long": "10.2",
    "AQILast": {"date": "2026-11-23", "time": "11:00", "PM25": {"aqi": "5", "value": "30"}},
}
SOUND = json.dumps({"stations": [STATION]}).encode()
LATER = NOON + seconds(5)


class EmptiedLive(MemoryLive):
    """A live store that can be emptied, as one that was restarted is."""

    def empty(self) -> None:
        vars(self).update(vars(MemoryLive()))


def air(history: MemoryHistory, live: MemoryLive) -> Intake:
    feed = feed_spec("air", "air4thai", interval_s=60)
    return Intake(feed, history, live, bounds=TOWN, limits=VehicleLimits(), schedule=None)


@pytest.mark.parametrize(
    "next_write",
    [
        lambda intake: intake.accept(payload(SOUND, at=LATER), LATER),
        lambda intake: intake.accept(payload(b"", at=LATER), LATER),
        lambda intake: intake.failed(TemporaryFeedError("timeout", "no answer"), LATER),
        lambda intake: intake.unchanged(LATER),
        lambda intake: intake.tick(LATER),
    ],
    ids=["nothing new", "unusable", "no answer", "unchanged", "time passes"],
)
def test_last_values_are_back_with_the_first_status(next_write: Callable[[Intake], FeedStatus]) -> None:
    live = EmptiedLive()
    intake = air(MemoryHistory(), live)
    intake.accept(payload(SOUND), NOON)
    known = live.observations()["air"]
    live.empty()
    next_write(intake)
    assert live.feed_statuses()["air"].total_accepted >= 1
    assert live.observations()["air"] == known


def test_vehicles_are_back_with_the_first_status_of_a_feed_that_is_down() -> None:
    live = EmptiedLive()
    buses = Intake(feed_spec(), MemoryHistory(), live, bounds=TOWN, limits=VehicleLimits(), schedule=None)
    buses.accept(payload(message(vehicles=[{"id": "b1", "lat": 50.5, "lon": 10.5, "at": NOON}])), NOON)
    live.empty()
    buses.failed(TemporaryFeedError("timeout", "no answer"), LATER)
    assert [fix.vehicle_id for fix in live.positions()["buses"]] == ["b1"]


def test_message_on_which_our_parser_fails_lies_in_quarantine(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(payload: bytes, /, **_: Any) -> Batch:
        raise OverflowError("date value out of range")

    history, live = MemoryHistory(), MemoryLive()
    intake = air(history, live)
    intake.accept(payload(SOUND), NOON)
    monkeypatch.setattr(intake, "_parse", failing)
    status = intake.accept(payload(SOUND, at=LATER), LATER)
    assert status.error_code == codes.UNREADABLE.code
    (refused,) = [one for one in history.quarantined("air") if one.entity_id == MESSAGE]
    assert (refused.code, refused.count) == (codes.UNREADABLE.code, 1)
    assert refused.payload_id is not None
    assert len(live.observations()["air"]) == 1
