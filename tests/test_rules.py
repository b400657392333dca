"""Data-quality rules."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from data_sources import rules
from data_sources.errors import FeedContentError
from data_sources.model.city import Bounds
from data_sources.model.feed import Batch, Rejected
from data_sources.model.transit import ServiceAlert, TripUpdate, VehiclePosition

NOW = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
BOUNDS = Bounds(west=10.0, south=50.0, east=11.0, north=51.0)
FIX = VehiclePosition(
    vehicle_id="V1",
    feed_id="buses",
    lat=50.5,
    lon=10.25,
    observed_at=NOW - timedelta(seconds=10),
    received_at=NOW,
)
UPDATE = TripUpdate(entity_id="u1", feed_id="buses", received_at=NOW, observed_at=NOW, trip_id="T1")


@dataclass(frozen=True)
class KnownIds:
    """A schedule that knows these ids."""

    trips: frozenset[str] = field(default=frozenset({"T1"}))
    routes: frozenset[str] = field(default=frozenset({"R1"}))

    def has_trip(self, trip_id: str) -> bool:
        return trip_id in self.trips

    def has_route(self, route_id: str) -> bool:
        return route_id in self.routes


def fix(**changes: Any) -> VehiclePosition:
    return msgspec.structs.replace(FIX, **changes)


def update(**changes: Any) -> TripUpdate:
    return msgspec.structs.replace(UPDATE, **changes)


def judge(batch: Batch, **changes: Any) -> Batch:
    defaults: dict[str, Any] = {
        "now": NOW,
        "bounds": BOUNDS,
        "schedule": None,
        "last_fix_at": {},
        "last_header_at": None,
    }
    return rules.judge(batch, **{**defaults, **changes})


def judge_fix(record: VehiclePosition, **changes: Any) -> Batch:
    return judge(Batch(positions=(record,)), **changes)


def test_sound_fix_passes_unchanged() -> None:
    assert judge_fix(FIX, schedule=KnownIds()) == Batch(positions=(FIX,))


def ago(**age: float) -> datetime:
    return NOW - timedelta(**age)


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (fix(lat=91.0), "position_invalid"),
        (fix(lon=-180.5), "position_invalid"),
        (fix(lat=float("nan")), "position_invalid"),
        (fix(lon=float("inf")), "position_invalid"),
        (fix(lat=10.25, lon=50.5), "position_swapped"),
        (fix(lat=0.0, lon=0.0), "position_zero"),
        (fix(lat=0.00001, lon=-0.00001), "position_zero"),
        (fix(lat=52.0), "position_outside_bounds"),
        (fix(observed_at=datetime(1999, 8, 22, tzinfo=UTC)), "timestamp_implausible"),
        (fix(observed_at=datetime(2056, 1, 1, tzinfo=UTC)), "timestamp_implausible"),
        (fix(observed_at=ago(seconds=-61)), "timestamp_future"),
        (fix(observed_at=ago(hours=24, seconds=1)), "timestamp_old"),
    ],
)
def test_unusable_fix_is_rejected_by_name(record: VehiclePosition, code: str) -> None:
    judged = judge_fix(record)
    assert judged.positions == ()
    (reject,) = judged.rejected
    assert (reject.code, reject.entity_id) == (code, "V1")
    assert reject.record["vehicle_id"] == "V1"
    assert msgspec.json.decode(msgspec.json.encode(reject.record)) == reject.record


@pytest.mark.parametrize(
    "record",
    [
        fix(lat=50.0, lon=11.0),
        fix(observed_at=ago(seconds=-60)),
        fix(observed_at=ago(hours=24)),
        fix(bearing_deg=0.0),
        fix(bearing_deg=360.0),
        fix(speed_kmh=0.0),
        fix(speed_kmh=200.0),
    ],
)
def test_fix_on_the_limit_passes(record: VehiclePosition) -> None:
    assert judge_fix(record) == Batch(positions=(record,))


def test_swapped_coordinates_beyond_the_globe_are_named_as_swapped() -> None:
    thai = Bounds(west=100.0, south=10.0, east=110.0, north=20.0)
    judged = judge_fix(fix(lat=105.0, lon=15.0), bounds=thai)
    assert [reject.code for reject in judged.rejected] == ["position_swapped"]


def test_without_bounds_only_plausibility_is_judged() -> None:
    assert judge_fix(fix(lat=-33.0, lon=151.0), bounds=None).accepted == 1


def test_fix_on_the_equator_is_not_the_zero_position() -> None:
    assert judge_fix(fix(lat=0.0, lon=32.5), bounds=None).accepted == 1


def test_fix_older_than_the_last_accepted_one_is_rejected() -> None:
    judged = judge_fix(FIX, last_fix_at={"V1": FIX.observed_at + timedelta(seconds=1)})
    assert [reject.code for reject in judged.rejected] == ["out_of_order"]


def test_fix_repeated_with_the_same_time_is_accepted_unflagged() -> None:
    judged = judge_fix(FIX, last_fix_at={"V1": FIX.observed_at}, last_fixes={"V1": FIX})
    assert judged == Batch(positions=(FIX,))


def test_last_fix_of_another_vehicle_does_not_matter() -> None:
    assert judge_fix(FIX, last_fix_at={"V2": NOW}).accepted == 1


@pytest.mark.parametrize("bearing", [-0.1, 360.1, float("nan")])
def test_impossible_bearing_is_dropped_and_flagged(bearing: float) -> None:
    (judged,) = judge_fix(fix(bearing_deg=bearing)).positions
    assert (judged.bearing_deg, judged.flags) == (None, ("bearing_invalid",))


@pytest.mark.parametrize("speed", [-1.0, 200.1, float("nan")])
def test_implausible_speed_is_dropped_and_flagged(speed: float) -> None:
    (judged,) = judge_fix(fix(speed_kmh=speed)).positions
    assert (judged.speed_kmh, judged.flags) == (None, ("speed_invalid",))


@pytest.mark.parametrize(
    ("lat", "seconds", "flags"),
    [
        (50.5 + 0.05, 60, ("position_jump",)),  # 5.6 km in a minute: 334 km/h
        (50.5 + 0.05, 120, ()),  # the same in two: 167 km/h
        (50.5 + 0.005, 1, ()),  # 560 m in a second: noise of the receiver
    ],
)
def test_impossible_jump_is_flagged(lat: float, seconds: float, flags: tuple[str, ...]) -> None:
    last = fix(observed_at=FIX.observed_at - timedelta(seconds=seconds))
    (judged,) = judge_fix(fix(lat=lat), last_fixes={"V1": last}).positions
    assert judged.flags == flags


def test_step_across_the_antimeridian_is_no_jump() -> None:
    last = fix(lat=-17.0, lon=179.999, observed_at=FIX.observed_at - timedelta(seconds=30))
    (judged,) = judge_fix(fix(lat=-17.0, lon=-179.999), bounds=None, last_fixes={"V1": last}).positions
    assert judged.flags == ()


def test_trip_and_route_unknown_to_the_schedule_are_flagged_and_used() -> None:
    (judged,) = judge_fix(fix(trip_id="T9", route_id="R9"), schedule=KnownIds()).positions
    assert judged.flags == ("trip_unknown", "route_unknown")


def test_without_a_schedule_no_trip_is_unknown() -> None:
    assert judge_fix(fix(trip_id="T9", route_id="R9"), schedule=None).positions[0].flags == ()


@pytest.mark.parametrize("relationship", ["ADDED", "UNSCHEDULED", "NEW", "DUPLICATED", "REPLACEMENT"])
def test_trip_that_is_not_scheduled_need_not_be_in_the_schedule(relationship: str) -> None:
    judged = judge_fix(fix(trip_id="T9", trip_relationship=relationship), schedule=KnownIds())
    assert judged.positions[0].flags == ()


def test_flags_of_the_parser_are_kept() -> None:
    (judged,) = judge_fix(fix(flags=("vehicle_id_missing",), bearing_deg=400.0)).positions
    assert judged.flags == ("vehicle_id_missing", "bearing_invalid")


def test_fix_later_than_the_header_is_flagged() -> None:
    batch = Batch(positions=(FIX,), header_at=FIX.observed_at - timedelta(seconds=1))
    assert judge(batch).positions[0].flags == ("timestamp_after_header",)


def test_feed_that_goes_backwards_is_refused_as_a_whole() -> None:
    batch = Batch(positions=(FIX,), header_at=NOW - timedelta(seconds=30))
    with pytest.raises(FeedContentError) as caught:
        judge(batch, last_header_at=NOW - timedelta(seconds=29))
    assert caught.value.code == "header_backwards"


def test_feed_that_repeats_its_header_time_is_used() -> None:
    batch = Batch(positions=(FIX,), header_at=NOW)
    assert judge(batch, last_header_at=NOW).accepted == 1


@pytest.mark.parametrize("header_at", [NOW + timedelta(seconds=61), datetime(1980, 1, 6, tzinfo=UTC)])
def test_impossible_header_time_is_dropped_so_that_later_messages_do_not_go_backwards(
    header_at: datetime,
) -> None:
    judged = judge(Batch(positions=(FIX,), header_at=header_at), last_header_at=NOW)
    assert (judged.header_at, judged.flags) == (None, ("header_timestamp_invalid",))
    assert judged.accepted == 1


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (update(observed_at=datetime(1980, 1, 6, tzinfo=UTC)), "timestamp_implausible"),
        (update(observed_at=ago(seconds=-61)), "timestamp_future"),
        (update(observed_at=ago(hours=25)), "timestamp_old"),
    ],
)
def test_trip_update_of_an_impossible_time_is_rejected(record: TripUpdate, code: str) -> None:
    judged = judge(Batch(trip_updates=(record,)))
    assert [(reject.code, reject.entity_id) for reject in judged.rejected] == [(code, "u1")]


def test_trip_update_of_an_unknown_trip_is_flagged_and_one_without_time_passes() -> None:
    judged = judge(Batch(trip_updates=(update(trip_id="T9"), update(observed_at=None))), schedule=KnownIds())
    assert [record.flags for record in judged.trip_updates] == [("trip_unknown",), ()]


def test_alerts_and_earlier_rejections_pass() -> None:
    alert = ServiceAlert(alert_id="a1", feed_id="buses", received_at=NOW)
    earlier = Rejected(code="position_missing", entity_id="e1", detail="")
    judged = judge(Batch(alerts=(alert,), rejected=(earlier,), flags=("differential",)))
    assert (judged.alerts, judged.rejected, judged.flags) == ((alert,), (earlier,), ("differential",))


def test_no_record_is_lost_between_accepted_and_rejected() -> None:
    fixes = tuple(fix(vehicle_id=f"V{n}", lat=lat) for n, lat in enumerate((50.5, 99.0, 0.0, 50.6)))
    judged = judge(Batch(positions=fixes))
    assert [record.vehicle_id for record in judged.positions] == ["V0", "V3"]
    assert [reject.entity_id for reject in judged.rejected] == ["V1", "V2"]


def test_recorded_message_is_judged_by_its_own_time() -> None:
    header_at = NOW - timedelta(days=900)
    assert rules.own_time(Batch(positions=(FIX,), header_at=header_at)) == header_at
    assert rules.own_time(Batch(positions=(FIX, fix(observed_at=NOW)))) == NOW
    assert rules.own_time(Batch(trip_updates=(update(observed_at=None), UPDATE))) == NOW
    assert rules.own_time(Batch()) is None
