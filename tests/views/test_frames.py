"""Frames of the stream: their columns, their times, their size on the wire."""

import random
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from data_sources.model.transit import VehiclePosition, VehicleState
from data_sources.views.feeds import feed_view
from data_sources.views.frames import (
    FACTS_PATIENCE_S,
    epoch_ms,
    facts_picture,
    feeds_picture,
    vehicles_picture,
)
from data_sources.views.vehicles import VehicleView
from tests.builders import feed_spec

NOW = datetime(2026, 11, 22, 0, 30, 0, 123000, tzinfo=UTC)
WIRE_MAX_BYTES = 18_000  # contract: per client and update, 1,000 vehicles


def view(vehicle_id: str, state: VehicleState = VehicleState.LIVE, **more: Any) -> VehicleView:
    at = NOW - timedelta(seconds=2)
    values = {"lat": 16.467123, "lon": 102.834121, "observed_at": at, "received_at": at, **more}
    fix = VehiclePosition(vehicle_id=vehicle_id, feed_id="buses", **values)
    return VehicleView(id=f"buses:{vehicle_id}", position=fix, state=state)


def fleet(count: int, seed: int = 1) -> list[VehicleView]:
    """Vehicles all over a town, each with a fix, heading and speed of its own."""
    rng = random.Random(seed)
    return [
        view(
            f"bus-{number:04}",
            lat=rng.uniform(16.3, 16.6),
            lon=rng.uniform(102.7, 103.0),
            bearing_deg=rng.uniform(0, 360),
            speed_kmh=rng.uniform(0, 80),
            observed_at=NOW - timedelta(milliseconds=rng.randrange(1500)),
        )
        for number in range(count)
    ]


def decode(frame: bytes) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(frame)
    return decoded


def test_vehicles_frame_has_columns_in_the_documented_units() -> None:
    picture = vehicles_picture(
        [
            view("1", bearing_deg=271.4, speed_kmh=18.44),
            view("2", VehicleState.LATE),
            view("3", VehicleState.GHOST, bearing_deg=359.9),
        ],
        synthetic=True,
    )
    assert decode(picture.encode(epoch_ms(NOW), 17)) == {
        "t": epoch_ms(NOW),
        "seq": 17,
        "synthetic": True,
        "replay": False,
        "id": ["buses:1", "buses:2", "buses:3"],
        "lat": [1646712] * 3,
        "lon": [10283412] * 3,
        "hdg": [271, -1, 0],
        "spd": [184, -1, -1],
        "age": [2000] * 3,
        "state": [0, 1, 2],
    }


def test_t_minus_age_is_the_instant_of_the_fix_whenever_published() -> None:
    picture = vehicles_picture([view("1")])
    for later_s in (0, 3600):
        frame = decode(picture.encode(epoch_ms(NOW + timedelta(seconds=later_s)), 1))
        assert frame["t"] - frame["age"][0] == epoch_ms(NOW - timedelta(seconds=2))


def test_picture_is_the_same_while_nothing_but_the_clock_has_moved() -> None:
    assert vehicles_picture([view("1")]) == vehicles_picture([view("1")])
    assert vehicles_picture([view("1")]) != vehicles_picture([view("1", VehicleState.LATE)])


def test_one_simulated_vehicle_makes_the_frame_synthetic() -> None:
    mixed = [view("1"), view("2", synthetic=True)]
    assert vehicles_picture(mixed).synthetic
    assert facts_picture(mixed, None).synthetic
    assert not vehicles_picture(mixed[:1]).synthetic


def test_a_thousand_vehicles_fit_into_the_contract_on_the_wire() -> None:
    frame = vehicles_picture(fleet(1000)).encode(epoch_ms(NOW), 1)
    assert len(zlib.compress(frame, 5)) <= WIRE_MAX_BYTES


def test_facts_frame_says_null_where_nothing_is_known() -> None:
    frame = decode(facts_picture([view("1", label="R1", battery_pct=81.5)], None).encode(0, 1))
    assert frame["label"] == ["R1"]
    assert frame["battery_pct"] == [81.5]
    assert [frame[name] for name in ("passengers", "headsign", "next_stop", "status")] == [[None]] * 4
    assert frame["flags"] == [[]]


def test_change_of_load_may_wait_but_a_new_vehicle_may_not() -> None:
    first = facts_picture([view("1", passengers=3)], None)
    assert facts_picture([view("1", passengers=4)], None).patience_s(first) == FACTS_PATIENCE_S
    assert facts_picture([view("1"), view("2")], None).patience_s(first) == 0
    assert facts_picture([view("1", route_id="7")], None).patience_s(first) == 0


def test_feeds_frame_carries_state_limits_and_times_with_offset() -> None:
    picture = feeds_picture([feed_view(feed_spec(), None, NOW)])
    (feed,) = decode(picture.encode(0, 1))["feeds"]
    assert (feed["state"], feed["fresh_s"], feed["stale_s"]) == ("never", 30.0, 150.0)
    assert feed["name"] == {"th": "buses", "en": "buses"}
    assert feed["last_good_at"] is None


def test_text_of_a_feed_stays_inside_its_json_string() -> None:
    hostile = 'x"}\n\ndata: <script>\u2028'
    frame = facts_picture([view("1", label=hostile)], None).encode(0, 1)
    assert b"\n" not in frame
    assert decode(frame)["label"] == [hostile]
