"""Bus GPS as Phuket's smart buses tell it. Records are written from the recording's fields, which itself is
in test_thai_recordings."""

import json
from typing import Any

import msgspec
import pytest

from data_sources.errors import FeedContentError
from tests.feeds.national import RECEIVED_AT, parsed, refusals, utc

DRIVER = {"id": "D-77", "tel": "0812345678", "first_name_th": "สมชาย"}


def bus(licence: Any = "10-1148", **data: Any) -> dict[str, Any]:
    told = {
        "pos": [98.305088, 7.989258],
        "spd": 20,
        "azm": 103.7,
        "time": "2026-03-01T11:59:50.5",
        "drv": DRIVER,
        "vhc": {"id": "008800B133", "lc": "10-1148"},
        "line": {"id": "-", "name": "-"},
        "stat": "-",
        **data,
    }
    return {"id": 169924212, "licence": licence, "date": "2026-03-01T11:59:51", "data": told}


def test_bus_is_where_it_says_by_longitude_and_latitude() -> None:
    (fix,) = parsed("bus_positions", [bus()]).positions
    assert (fix.vehicle_id, fix.lat, fix.lon) == ("10-1148", 7.989258, 98.305088)
    assert (fix.speed_kmh, fix.bearing_deg, fix.route_id, fix.status) == (20.0, 103.7, None, None)


def test_dash_is_no_value() -> None:
    (fix,) = parsed("bus_positions", [bus("-", line={"id": "A"}, stat="in service", spd="-")]).positions
    assert (fix.vehicle_id, fix.route_id, fix.status, fix.speed_kmh) == ("10-1148", "A", "in service", None)


def test_time_without_offset_is_bangkoks_and_flagged_unless_the_feed_tells_its_zone() -> None:
    (assumed,) = parsed("bus_positions", [bus()]).positions
    (told,) = parsed("bus_positions", [bus()], timezone="Etc/UTC").positions
    assert (assumed.observed_at, assumed.flags) == (utc("2026-03-01T04:59:50.5"), ("timestamp_zone_assumed",))
    assert (told.observed_at, told.flags) == (utc("2026-03-01T11:59:50.5"), ())


def test_record_without_its_own_time_has_that_of_the_list() -> None:
    (fix,) = parsed("bus_positions", [bus(time="-")]).positions
    assert fix.observed_at == utc("2026-03-01T04:59:51")
    bare = bus(time=None)
    del bare["date"]
    (fix,) = parsed("bus_positions", [bare]).positions
    assert (fix.observed_at, fix.flags) == (RECEIVED_AT, ("timestamp_from_receipt",))


def test_newest_record_of_a_bus_is_used() -> None:
    batch = parsed("bus_positions", [bus(), bus(time="2026-03-01T11:58:00")])
    assert [fix.observed_at.minute for fix in batch.positions] == [59]
    assert refusals(batch) == {"duplicate_vehicle": 1}


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (bus(pos=None), "position_missing"),
        (bus(pos=["-", "-"]), "position_missing"),
        (bus(pos=["east", 7.9]), "position_not_number"),
        (bus("-", vhc={}), "vehicle_unidentified"),
        ("bus", "position_missing"),
    ],
)
def test_record_that_cannot_be_used_is_rejected(record: Any, code: str) -> None:
    assert refusals(parsed("bus_positions", [record])) == {code: 1}


def test_what_is_said_of_the_driver_is_not_kept_anywhere() -> None:
    batch = parsed("bus_positions", [bus(), bus(pos=None), bus()])
    kept = json.dumps(msgspec.to_builtins(batch), ensure_ascii=False)
    assert "0812345678" not in kept
    assert "สมชาย" not in kept


def test_other_document_is_refused() -> None:
    with pytest.raises(FeedContentError) as caught:
        parsed("bus_positions", {"error": "no"})
    assert caught.value.code == "not_observations"
