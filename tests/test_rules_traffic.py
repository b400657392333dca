"""Data-quality rules of link speeds, incidents and facilities."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources import rules
from data_sources.model.city import Bounds
from data_sources.model.feed import Batch
from data_sources.model.traffic import Facility, Incident, IncidentKind, LinkSpeed

NOW = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
BOUNDS = Bounds(west=10.0, south=50.0, east=11.0, north=51.0)
PLACE = ((50.5, 10.25),)


def ago(**parts: float) -> datetime:
    return NOW - timedelta(**parts)


def speed(**changes: Any) -> LinkSpeed:
    values = {
        "feed_id": "f",
        "observed_at": NOW,
        "received_at": NOW,
        "points": PLACE,
        "speed_kmh": 40.0,
        **changes,
    }
    return LinkSpeed(**values)


def incident(**changes: Any) -> Incident:
    values = {
        "incident_id": "i",
        "feed_id": "f",
        "kind": IncidentKind.FLOOD,
        "received_at": NOW,
        "points": PLACE,
    }
    return Incident(**{**values, **changes})


def facility(**changes: Any) -> Facility:
    values = {
        "facility_id": "p",
        "feed_id": "f",
        "kind": "parking",
        "lat": 50.5,
        "lon": 10.25,
        "observed_at": NOW,
        "received_at": NOW,
        "capacity": 100,
        "available": 20,
        "status": "open",
    }
    return Facility(**{**values, **changes})


def judge(*records: Any, bounds: Bounds | None = BOUNDS) -> Batch:
    batch = Batch(
        link_speeds=tuple(one for one in records if isinstance(one, LinkSpeed)),
        incidents=tuple(one for one in records if isinstance(one, Incident)),
        facilities=tuple(one for one in records if isinstance(one, Facility)),
    )
    return rules.judge(batch, now=NOW, bounds=bounds, schedule=None, last_fix_at={}, last_header_at=None)


def codes_of(batch: Batch) -> list[str]:
    return [reject.code for reject in batch.rejected]


def test_sound_records_pass_unchanged() -> None:
    records = speed(), incident(started_at=ago(hours=3), ended_at=NOW + timedelta(days=9)), facility()
    batch = judge(*records)
    assert (*batch.link_speeds, *batch.incidents, *batch.facilities) == records
    assert (batch.rejected, batch.ignored, batch.accepted) == ((), {}, 3)


@pytest.mark.parametrize(
    ("points", "code"),
    [
        (((10.25, 50.5),), "position_swapped"),
        (((91.0, 10.25),), "position_invalid"),
        (((0.0, 0.0),), "position_zero"),
        (((50.5, 12.0),), "position_outside_bounds"),
        (((50.5, 12.0), (50.5, 13.0)), "position_outside_bounds"),
        (((50.5, 10.5), (91.0, 10.5)), "position_invalid"),
    ],
)
def test_link_speed_at_a_wrong_place_is_rejected(points: Any, code: str) -> None:
    assert codes_of(judge(speed(points=points))) == [code]
    if len(points) == 1:
        ((lat, lon),) = points
        assert codes_of(judge(facility(lat=lat, lon=lon))) == [code]


def test_line_that_crosses_the_bounds_concerns_the_city() -> None:
    points = ((50.5, 10.9), (50.5, 11.1))
    assert judge(speed(points=points), incident(points=points)).accepted == 2


def test_link_is_a_place_too() -> None:
    assert judge(speed(points=(), link_id="A")).accepted == 1


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime(1999, 12, 31, tzinfo=UTC), "timestamp_implausible"),
        (NOW + timedelta(hours=25), "timestamp_implausible"),
        (NOW + timedelta(hours=7), "timestamp_future"),
        (NOW + timedelta(seconds=61), "timestamp_future"),
        (ago(hours=24, seconds=1), "timestamp_old"),
    ],
)
def test_link_speed_at_a_wrong_time_is_rejected(at: datetime, code: str) -> None:
    assert codes_of(judge(speed(observed_at=at))) == [code]


@pytest.mark.parametrize("kmh", [-0.1, -7, 200.1, 999])
def test_impossible_speed_is_dropped_where_something_else_is_told(kmh: float) -> None:
    (found,) = judge(speed(speed_kmh=kmh, intensity_vph=120.0)).link_speeds
    assert (found.speed_kmh, found.intensity_vph, found.flags) == (None, 120, ("speed_invalid",))


@pytest.mark.parametrize("kmh", [None, -7, 999])
def test_link_speed_that_says_nothing_usable_is_rejected(kmh: float | None) -> None:
    assert codes_of(judge(speed(speed_kmh=kmh))) == ["flow_empty"]


@pytest.mark.parametrize("said", [{"closed": True}, {"intensity_vph": 0.0}, {"occupancy_pct": 0.0}])
def test_closure_and_no_traffic_are_words_of_their_own(said: dict[str, Any]) -> None:
    (found,) = judge(speed(speed_kmh=None, **said)).link_speeds
    assert (found.speed_kmh, found.flags) == (None, ())


@pytest.mark.parametrize("kmh", [0.0, 200.0])
def test_speeds_up_to_the_limits_are_used(kmh: float) -> None:
    (found,) = judge(speed(speed_kmh=kmh)).link_speeds
    assert (found.speed_kmh, found.flags) == (kmh, ())


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("free_flow_kmh", 0.0, "free_flow_invalid"),
        ("free_flow_kmh", 201.0, "free_flow_invalid"),
        ("period_s", 0.0, "period_invalid"),
        ("period_s", -300.0, "period_invalid"),
        ("period_s", 86_401.0, "period_invalid"),
        ("intensity_vph", -1.0, "intensity_invalid"),
        ("intensity_vph", 20_001.0, "intensity_invalid"),
        ("bearing_deg", 361.0, "bearing_invalid"),
    ],
)
def test_value_beyond_its_range_is_dropped_and_the_speed_used(name: str, value: float, code: str) -> None:
    (found,) = judge(speed(**{name: value})).link_speeds
    assert (getattr(found, name), found.speed_kmh, found.flags) == (None, 40, (code,))


@pytest.mark.parametrize("points", [((50.5, 12.0),), ((13.75, 100.5),)])
def test_incident_elsewhere_is_counted_and_not_kept(points: Any) -> None:
    batch = judge(incident(points=points), incident(incident_id="j"))
    assert [one.incident_id for one in batch.incidents] == ["j"]
    assert (batch.rejected, batch.ignored) == ((), {"outside_city": 1})


@pytest.mark.parametrize(
    ("points", "code"), [(((10.25, 50.5),), "position_swapped"), (((0.0, 0.0),), "position_zero")]
)
def test_incident_at_a_wrong_place_is_rejected(points: Any, code: str) -> None:
    assert codes_of(judge(incident(points=points))) == [code]


@pytest.mark.parametrize(
    "times",
    [
        {"ended_at": ago(hours=25)},
        {"ended_at": ago(hours=25), "closed": True},
        {"started_at": ago(days=900), "closed": True},
    ],
)
def test_incident_that_is_long_over_is_left_aside(times: Any) -> None:
    batch = judge(incident(**times))
    assert (batch.incidents, batch.rejected, batch.ignored) == ((), (), {"incident_over": 1})


@pytest.mark.parametrize(
    "times",
    [
        {"ended_at": ago(hours=23), "closed": True},
        {"started_at": ago(days=900)},
        {"started_at": NOW + timedelta(days=90)},
        {"closed": True},
        {},
    ],
)
def test_incident_that_lasts_is_announced_or_just_ended_is_used(times: Any) -> None:
    (found,) = judge(incident(**times)).incidents
    assert found.flags == ()


def test_wrong_times_of_an_incident_are_dropped() -> None:
    (early,) = judge(incident(started_at=datetime(1970, 1, 1, tzinfo=UTC))).incidents
    assert (early.started_at, early.flags) == (None, ("start_invalid",))
    (turned,) = judge(incident(started_at=NOW, ended_at=ago(hours=1))).incidents
    assert (turned.ended_at, turned.flags) == (None, ("end_before_start",))


def test_more_free_than_there_are_is_dropped() -> None:
    (found,) = judge(facility(available=101)).facilities
    assert (found.available, found.capacity, found.flags) == (None, 100, ("available_exceeds_capacity",))


@pytest.mark.parametrize(
    "changes", [{"available": 100}, {"available": 0}, {"capacity": None, "available": 5}]
)
def test_full_empty_and_unknown_capacity_are_fine(changes: Any) -> None:
    (found,) = judge(facility(**changes)).facilities
    assert (found.available, found.flags) == (changes["available"], ())


def test_old_count_is_dropped_and_the_place_stays() -> None:
    (found,) = judge(facility(observed_at=ago(days=400))).facilities
    assert (found.available, found.status, found.capacity) == (None, None, 100)
    assert found.flags == ("occupancy_old",)


def test_own_time_of_a_recording_is_its_newest_observation_or_beginning() -> None:
    batch = Batch(
        link_speeds=(speed(observed_at=ago(hours=5)),),
        incidents=(incident(started_at=ago(hours=2)), incident(started_at=NOW + timedelta(days=9))),
        facilities=(facility(observed_at=ago(hours=3)),),
    )
    assert rules.own_time(batch, until=NOW) == ago(hours=2)


degrees = st.floats(-200, 200) | st.sampled_from([0.0, 50.5, 10.25])
numbers = st.none() | st.floats(allow_nan=False) | st.sampled_from([-1.0, 0.0, 40.0])
instants = st.datetimes(timezones=st.just(UTC)) | st.just(NOW)
places = st.lists(st.tuples(degrees, degrees), max_size=3).map(tuple)
speeds = st.builds(
    speed,
    points=places,
    link_id=st.none() | st.text(max_size=3),
    observed_at=instants,
    speed_kmh=numbers,
    free_flow_kmh=numbers,
    period_s=numbers,
    intensity_vph=numbers,
    closed=st.booleans(),
)
incidents = st.builds(
    incident,
    points=places,
    started_at=st.none() | instants,
    ended_at=st.none() | instants,
    closed=st.booleans(),
)
counts = st.none() | st.integers(0, 500)
facilities = st.builds(
    facility, lat=degrees, lon=degrees, observed_at=instants, capacity=counts, available=counts
)


@given(st.lists(speeds | incidents | facilities, max_size=8))
def test_every_record_is_used_rejected_or_left_aside_and_what_is_used_is_plausible(
    records: list[Any],
) -> None:
    batch = judge(*records)
    assert batch.accepted + len(batch.rejected) + sum(batch.ignored.values()) == len(records)
    for found in batch.link_speeds:
        assert found.speed_kmh is None or 0 <= found.speed_kmh <= 200
        assert any(BOUNDS.contains(*point) for point in found.points) or not found.points
        assert ago(hours=24) <= found.observed_at <= NOW + timedelta(seconds=60)
    for place in batch.facilities:
        assert place.available is None or place.capacity is None or place.available <= place.capacity
    assert msgspec.json.encode(batch)
