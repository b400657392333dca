"""Measures on recorded feeds of real agencies. The figures stand in docs/operations-measures.md."""

from datetime import date
from statistics import mean, median
from zoneinfo import ZoneInfo

import pytest

from data_sources import rules
from data_sources.desks.transit_desk import TransitDesk
from data_sources.feeds import gtfs_realtime
from data_sources.measures.adherence import delay_at_call_s
from data_sources.measures.patterns import route_plans
from data_sources.model.city import OperationsSpec, VehicleLimits
from data_sources.model.feed import Batch, FeedState
from data_sources.model.gtfs import distance_m
from data_sources.schedule import read_schedule, service_day_start
from tests.builders import NOON, feed_spec
from tests.feeds.builders import REAL_FEEDS, recording

pytestmark = pytest.mark.real_feeds

PACIFIC = ZoneInfo("America/Los_Angeles")
TOLERANCE_S = 150.0
"""Caltrain's timetable has no dwell, so a train that has just left a station looks late by its stop;
and its own predictions let late trains make up time, which a position cannot show."""
ROAD_MAX_KMH = 110.0
"""A bus on a motorway, with the error of two stamps; on city streets it is far less."""


def messages(name: str) -> Batch:
    return gtfs_realtime.parse(recording(f"gtfs_rt/{name}"), feed=feed_spec("real"), received_at=NOON)


def caltrain() -> tuple[TransitDesk, Batch, Batch]:
    recording("gtfs_static/tl_caltrain_for_ct_rt.zip")  # skips where the recordings are not there
    schedule = read_schedule(REAL_FEEDS / "gtfs_static" / "tl_caltrain_for_ct_rt.zip", None, PACIFIC)
    desk = TransitDesk(
        schedule, route_plans(schedule), VehicleLimits(), OperationsSpec(), [feed_spec("real")]
    )
    return desk, messages("tl_ct-vehicle-positions.pb"), messages("tl_ct-trip-updates.pb")


def test_caltrain_delays_agree_with_its_own_trip_updates() -> None:
    desk, positions, updates = caltrain()
    schedule = read_schedule(REAL_FEEDS / "gtfs_static" / "tl_caltrain_for_ct_rt.zip", None, PACIFIC)
    assert positions.header_at is not None
    desk.put_positions("real", positions.positions, positions.header_at)
    picture = desk.tick(positions.header_at, {"real": FeedState.UP})
    placed = {one.vehicle_id.split(":")[1]: one for state in picture.routes for one in state.progress}
    assert len(positions.positions) == 14
    assert len(placed) >= 13
    start = service_day_start(date(2023, 11, 7), PACIFIC)
    predicted = {update.trip_id: update for update in updates.trip_updates}
    differences = []
    for fix in positions.positions:
        one, update = placed.get(fix.vehicle_id), predicted.get(fix.trip_id)
        if one is None or one.delay_s is None or update is None or fix.trip_id is None:
            continue
        trip = schedule.trips[fix.trip_id]
        call_of = {call.stop_sequence: index for index, call in enumerate(trip.stop_times)}
        for told in update.stop_times:
            call, at = call_of.get(told.stop_sequence or -1), told.arrival_at or told.departure_at
            if call is not None and call >= one.next_call and at is not None:
                theirs = delay_at_call_s(trip, call, at, start)
                if theirs is not None:
                    differences.append(one.delay_s - theirs)
                break
    assert len(differences) == 10  # three trains wait for their departure, one is off its line
    assert sum(abs(one) <= TOLERANCE_S for one in differences) == len(differences)
    assert mean(map(abs, differences)) <= 90


def test_king_county_vehicles_moved_at_speeds_that_are_possible() -> None:
    """Two pictures 37 min apart. In the air between two places is the least that was driven."""
    first, second = (rules_of(messages(f"otp_king-county-metro-{number}.pbf")) for number in (1, 2))
    before = {fix.vehicle_id: fix for fix in first.positions}
    speeds = []
    for fix in second.positions:
        old = before.get(fix.vehicle_id)
        gone_s = (fix.observed_at - old.observed_at).total_seconds() if old else 0.0
        if old is not None and gone_s > 0:
            speeds.append(distance_m(old.lat, old.lon, fix.lat, fix.lon) / gone_s * 3.6)
    assert len(speeds) > 400
    assert max(speeds) <= ROAD_MAX_KMH
    assert 5 < median(speeds) < 30


def test_king_county_vehicles_without_a_known_trip_or_bearing_get_no_direction() -> None:
    """The schedule at hand knows none of the trips; one picture alone cannot tell out from back."""
    recording("gtfs_static/otp_kcm_gtfs.zip")
    schedule = read_schedule(REAL_FEEDS / "gtfs_static" / "otp_kcm_gtfs.zip", None, PACIFIC)
    desk = TransitDesk(
        schedule, route_plans(schedule), VehicleLimits(), OperationsSpec(), [feed_spec("real")]
    )
    batch = messages("otp_king-county-metro-1.pbf")
    assert batch.header_at is not None
    desk.put_positions("real", batch.positions, batch.header_at)
    (state,) = (one for one in desk.tick(batch.header_at, {"real": FeedState.UP}).routes)
    assert (state.route_id, state.in_service, state.progress) == ("100001", 2, ())


def rules_of(batch: Batch) -> Batch:
    return rules.judge(
        batch,
        now=rules.own_time(batch) or NOON,
        bounds=None,
        schedule=None,
        last_fix_at={},
        last_header_at=None,
    )
