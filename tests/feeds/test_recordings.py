"""Recorded feeds of real agencies. The counts were read from the files by hand; see docs/feeds.md."""

import csv
import io
import zipfile
from collections import Counter
from dataclasses import dataclass

import pytest
from google.transit import gtfs_realtime_pb2 as pb

from data_sources import rules
from data_sources.errors import FeedContentError
from data_sources.feeds import gtfs_realtime
from data_sources.model.feed import Batch
from tests.feeds.builders import FEED, RECEIVED_AT, recording

pytestmark = pytest.mark.real_feeds


@dataclass(frozen=True)
class Schedule:
    """The ids of a GTFS zip."""

    trips: frozenset[str]
    routes: frozenset[str]

    def has_trip(self, trip_id: str) -> bool:
        return trip_id in self.trips

    def has_route(self, route_id: str) -> bool:
        return route_id in self.routes


def schedule(name: str) -> Schedule:
    with zipfile.ZipFile(io.BytesIO(recording(f"gtfs_static/{name}"))) as archive:

        def column(table: str, field: str) -> frozenset[str]:
            with archive.open(table) as raw:
                return frozenset(row[field] for row in csv.DictReader(io.TextIOWrapper(raw, "utf-8-sig")))

        return Schedule(column("trips.txt", "trip_id"), column("routes.txt", "route_id"))


def parsed(name: str, body: bytes | None = None) -> Batch:
    return gtfs_realtime.parse(
        recording(f"gtfs_rt/{name}") if body is None else body, feed=FEED, received_at=RECEIVED_AT
    )


def judged(batch: Batch, known: Schedule | None = None, last: Batch | None = None) -> Batch:
    """Judge a recording by its own time, after another one if given."""
    before = {fix.vehicle_id: fix for fix in last.positions} if last else {}
    return rules.judge(
        batch,
        now=rules.own_time(batch) or RECEIVED_AT,
        bounds=None,
        schedule=known,
        last_fix_at={key: fix.observed_at for key, fix in before.items()},
        last_header_at=last.header_at if last else None,
        last_fixes=before,
    )


def rejected(batch: Batch) -> dict[str, int]:
    return dict(Counter(reject.code for reject in batch.rejected))


def flagged(batch: Batch) -> dict[str, int]:
    return dict(Counter(flag for record in (*batch.positions, *batch.trip_updates) for flag in record.flags))


@pytest.mark.parametrize(
    ("name", "positions", "refusals"),
    [
        ("otp_king-county-metro-1.pbf", 627, {}),
        ("otp_king-county-metro-2.pbf", 569, {"position_zero": 1}),
        ("miway_VehiclePositions.pb", 139, {}),
        ("mbta_VehiclePositions_2022-11-16.pb", 449, {}),
        ("tl_ct-vehicle-positions.pb", 14, {}),
    ],
)
def test_vehicles_are_accepted_and_refused_as_counted(
    name: str, positions: int, refusals: dict[str, int]
) -> None:
    batch = judged(parsed(name))
    assert (len(batch.positions), rejected(batch), flagged(batch)) == (positions, refusals, {})
    assert len({fix.vehicle_id for fix in batch.positions}) == positions


def test_king_county_moves_on_between_its_two_snapshots() -> None:
    first = judged(parsed("otp_king-county-metro-1.pbf"))
    second = judged(parsed("otp_king-county-metro-2.pbf"), last=first)
    before = {fix.vehicle_id: fix for fix in first.positions}
    common = [fix for fix in second.positions if fix.vehicle_id in before]
    moved = [
        fix
        for fix in common
        if (fix.lat, fix.lon) != (before[fix.vehicle_id].lat, before[fix.vehicle_id].lon)
    ]
    assert (len(common), len(moved)) == (419, 418)
    assert flagged(second) == {}


def test_king_county_played_backwards_is_refused() -> None:
    second = judged(parsed("otp_king-county-metro-2.pbf"))
    with pytest.raises(FeedContentError) as caught:
        judged(parsed("otp_king-county-metro-1.pbf"), last=second)
    assert caught.value.code == "header_backwards"


def test_king_county_without_vehicle_ids_keeps_all_its_vehicles_and_their_keys() -> None:
    keys = []
    for name in ("otp_king-county-metro-1.pbf", "otp_king-county-metro-2.pbf"):
        message = pb.FeedMessage.FromString(recording(f"gtfs_rt/{name}"))
        for entity in message.entity:
            entity.vehicle.vehicle.ClearField("id")
        batch = parsed(name, message.SerializeToString())
        keys.append({fix.vehicle_id for fix in batch.positions})
        assert flagged(batch) == {"vehicle_id_missing": len(message.entity)}
    assert [len(some) for some in keys] == [627, 570]
    assert len(keys[0] & keys[1]) == 420


def test_boston_alerts_are_read() -> None:
    batch = judged(parsed("mbta_Alerts_2024-06-17.pb"))
    assert (len(batch.alerts), rejected(batch)) == (136, {})
    assert sum(len(alert.informed) for alert in batch.alerts) == 1596
    assert sum(bool(alert.url) for alert in batch.alerts) == 6
    assert all(set(alert.header) == {"en"} for alert in batch.alerts)


def test_caltrain_agrees_with_its_schedule() -> None:
    known = schedule("tl_caltrain_for_ct_rt.zip")
    vehicles = judged(parsed("tl_ct-vehicle-positions.pb"), known)
    updates = judged(parsed("tl_ct-trip-updates.pb"), known)
    alerts = judged(parsed("tl_ct-service-alerts.pb"), known)
    assert (vehicles.accepted, updates.accepted, alerts.accepted) == (14, 19, 0)
    assert sum(len(update.stop_times) for update in updates.trip_updates) == 220
    assert (flagged(vehicles), flagged(updates)) == ({}, {})


def test_king_county_trips_are_unknown_to_a_schedule_of_another_season() -> None:
    batch = judged(parsed("otp_king-county-metro-1.pbf"), schedule("otp_kcm_gtfs.zip"))
    assert (batch.accepted, flagged(batch)) == (627, {"trip_unknown": 627, "route_unknown": 44})


def test_septa_trip_updates_are_read() -> None:
    batch = judged(parsed("otp_septa.pbf"))
    assert (len(batch.trip_updates), rejected(batch), flagged(batch)) == (35, {}, {})
    assert {update.stop_times[0].arrival_delay_s is None for update in batch.trip_updates} == {False}


@pytest.mark.parametrize(
    "name",
    [
        "mobilitydata_vehicle_position_min.pb",
        "mobilitydata_vp_no_occupancy.pb",
        "mobilitydata_vp_occupancy.pb",
    ],
)
def test_messages_without_any_time_are_used_and_flagged(name: str) -> None:
    batch = judged(parsed(name))
    assert (batch.accepted, batch.flags) == (1, ("header_timestamp_missing",))
    assert flagged(batch) == {"timestamp_from_receipt": 1}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("derived_empty.pb", "empty_body"),
        ("derived_html_error_page.pb", "html_page"),
        ("derived_truncated_king-county-metro-1.pb", "truncated"),
        ("tl_invalid.pb", "not_protobuf"),
    ],
)
def test_broken_messages_are_refused_by_name(name: str, code: str) -> None:
    with pytest.raises(FeedContentError) as caught:
        parsed(name)
    assert caught.value.code == code
