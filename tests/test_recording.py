"""Recordings: moved to now without changing what they say."""

from datetime import datetime

import pytest
from google.transit import gtfs_realtime_pb2

from data_sources import recording
from data_sources.errors import ConfigError
from data_sources.recording import Recording, Shift
from tests.builders import NOON, feed_spec, message, seconds

LATER = datetime.fromisoformat("2027-01-01T00:00:00+00:00")


def recorded(at: datetime, lat: float = 50.5) -> Recording:
    raw = message(at, [{"id": f"b{n}", "lat": lat + n / 100, "lon": 10.5, "at": at} for n in range(3)])
    return recording.read_recording(raw, feed_spec(), LATER)


def times(raw: bytes) -> tuple[int, int]:
    feed = gtfs_realtime_pb2.FeedMessage()
    feed.ParseFromString(raw)
    return feed.header.timestamp, feed.entity[0].vehicle.timestamp


def test_header_becomes_now_and_ages_stay() -> None:
    raw = message(NOON, [{"id": "b", "lat": 50.0, "lon": 10.0, "at": NOON - seconds(40)}])
    header, fix = times(recording.shifted(raw, Shift(NOON, LATER)))
    assert header == LATER.timestamp()
    assert header - fix == 40


def test_fix_newer_than_the_last_recording_stays_newer() -> None:
    raw = message(NOON, [{"id": "b", "lat": 50.0, "lon": 10.0, "at": NOON - seconds(300)}])
    _, fix = times(recording.shifted(raw, Shift(NOON, LATER, floor=LATER - seconds(15))))
    assert fix > (LATER - seconds(15)).timestamp()


def test_vehicle_without_a_time_keeps_none() -> None:
    raw = message(NOON, [{"id": "b", "lat": 50.0, "lon": 10.0}])
    assert times(recording.shifted(raw, Shift(NOON, LATER)))[1] == 0


def test_recording_is_judged_against_its_own_header_time() -> None:
    assert recorded(NOON).recorded_at == NOON
    assert len(recorded(NOON).batch.positions) == 3


def test_default_pace_shows_a_recording_each_15_seconds() -> None:
    recordings = [recorded(NOON), recorded(NOON + seconds(150))]
    speed = recording.default_speed(recordings)
    assert recording.offsets(recordings, speed)[1] == seconds(recording.STEP_S)


def test_pace_is_never_slower_than_real() -> None:
    assert recording.default_speed([recorded(NOON), recorded(NOON + seconds(1))]) == 1.0
    assert recording.default_speed([recorded(NOON)]) == 1.0


def test_bounds_hold_the_positions_but_not_a_stray_one() -> None:
    crowd = [{"id": f"b{n}", "lat": 50 + n / 1000, "lon": 10.5, "at": NOON} for n in range(200)]
    stray = {"id": "lost", "lat": 12.0, "lon": -40.0, "at": NOON}
    one = recording.read_recording(message(NOON, [*crowd, stray]), feed_spec(), LATER)
    bounds = recording.bounds_of([one])
    assert bounds.contains(50.1, 10.5)
    assert not bounds.contains(12.0, -40.0)
    view = recording.box_of([one])
    assert view.contains(50.1, 10.5)
    assert view.north - view.south < bounds.north - bounds.south


def test_recording_without_positions_has_no_bounds() -> None:
    empty = recording.read_recording(message(NOON, alerts=["x"]), feed_spec(), LATER)
    with pytest.raises(ConfigError, match="--pack"):
        recording.bounds_of([empty])
