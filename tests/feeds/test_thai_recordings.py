"""Recorded answers of national services; values were read from the files by hand. See docs/feeds.md."""

from datetime import UTC, datetime

import pytest

from data_sources import rules
from data_sources.model.city import Bounds, FeedKind
from data_sources.model.feed import Batch
from data_sources.pack_indicators import vocabulary
from tests.feeds.builders import recording
from tests.feeds.national import parsed, refusals, utc

pytestmark = pytest.mark.real_feeds

READ_AT = datetime(2026, 11, 1, tzinfo=UTC)
PHUKET = Bounds(west=98.2, south=7.7, east=98.5, north=8.25)


def judged(kind: FeedKind, name: str, bounds: Bounds | None = None) -> Batch:
    """The recording, judged at its own time by the common vocabulary."""
    body = recording(f"thai/{name}")
    batch = parsed(kind, body, received_at=READ_AT)
    now = rules.own_time(batch, until=READ_AT) or READ_AT
    return rules.judge(
        parsed(kind, body, received_at=now),
        now=now,
        bounds=bounds,
        schedule=None,
        last_fix_at={},
        last_header_at=None,
        properties={spec.property_id: spec for spec in vocabulary()},
    )


def told(batch: Batch) -> dict[tuple[str, str], tuple[float, str]]:
    """Value and unit by feature and property."""
    return {(each.feature_id, each.property_id): (each.value, each.unit) for each in batch.observations}


def test_air4thai_station_of_2024_is_on_the_new_scale() -> None:
    batch = judged("air4thai", "air4thai_station_2024.json")
    assert told(batch) == {
        ("54t", "pm25_24h"): (34.1, "µg/m³"),
        ("54t", "pm10_24h"): (73.0, "µg/m³"),
        ("54t", "co"): (1.2, "ppm"),
        ("54t", "aqi_source"): (87.0, "index"),
    }
    # ozone, nitrogen dioxide and sulphur dioxide are "-1"
    assert refusals(batch) == {"value_missing": 3}
    assert {each.observed_at for each in batch.observations} == {utc("2024-05-07T13:00")}
    assert batch.observations[-1].flags == ("aqi_scale_2023",)
    (station,) = batch.features
    assert (station.lat, station.lon) == (13.76251667, 100.5502)
    assert station.name == {"th": "การเคหะชุมชนดินแดง", "en": "National Housing Authority Dindaeng"}


def test_open_meteo_of_bangkok_is_eleven_at_night_there() -> None:
    batch = judged("open_meteo", "open_meteo_bangkok_2024-12-13.json")
    assert {key[1]: value for key, value in told(batch).items()} == {
        "air_temperature": (26.5, "°C"),
        "apparent_temperature": (31.0, "°C"),
        "relative_humidity": (77.0, "%"),
        "rain_15min": (0.0, "mm"),
        "pressure": (1010.9, "hPa"),
        "wind_speed": (4.0, "km/h"),
        "wind_direction": (350.0, "°"),
    }
    assert {each.observed_at for each in batch.observations} == {utc("2024-12-13T16:00")}
    assert {each.value_class for each in batch.observations} == {"modelled"}


def test_tmd_stations_are_read_with_what_each_one_tells() -> None:
    batch = judged("tmd_weather", "tmd_weather3hours_shape.xml")
    assert told(batch) == {
        ("far", "air_temperature"): (30.0, "°C"),
        ("far", "wind_speed"): (7.2, "km/h"),
        ("near", "air_temperature"): (34.5, "°C"),
        ("near", "relative_humidity"): (61.0, "%"),
        ("near", "rain_3h"): (0.0, "mm"),
        ("near", "wind_speed"): (3.6, "km/h"),
        ("near", "wind_direction"): (180.0, "°"),
    }
    assert {each.observed_at for each in batch.observations} == {utc("2026-07-31T06:00")}
    assert [station.name["th"] for station in batch.features] == ["สถานีไกล", "กำแพงแสน"]


def test_openaq_measurements_are_two_hours_of_pm25() -> None:
    batch = judged("openaq", "openaq_v3_measurements.json")
    assert [(each.value, each.unit, each.observed_at, each.period_s) for each in batch.observations] == [
        (6.0, "µg/m³", utc("2023-10-16T13:00"), 3_600),
        (7.5, "µg/m³", utc("2023-10-16T14:00"), 3_600),
    ]


def test_openaq_location_is_a_place_without_values() -> None:
    batch = judged("openaq", "openaq_v3_locations.json")
    (station,) = batch.features
    assert (batch.accepted, station.feature_id, station.name) == (0, "openaq:2178", {"en": "Del Norte"})
    assert (station.lat, station.lon) == (35.1353, -106.584702)


def test_phuket_buses_are_all_on_the_island() -> None:
    batch = judged("bus_positions", "phuket_smartbus_live_sample.json", PHUKET)
    assert (len(batch.positions), refusals(batch)) == (25, {})
    buses = {fix.vehicle_id: fix for fix in batch.positions}
    fix = buses["10-1148"]
    assert (fix.lat, fix.lon, fix.speed_kmh, fix.bearing_deg) == (7.989258, 98.305088, 20.0, 103.7)
    assert fix.observed_at == utc("2026-03-08T07:28:43.647265")
    assert sum(fix.speed_kmh == 0 for fix in batch.positions) == 15
    assert max(fix.speed_kmh or 0 for fix in batch.positions) == 45.0
