"""NGSI-LD entities that observe, and types that the pack maps."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from data_sources.feeds import ngsi_ld
from data_sources.model.city import DocumentMapping
from data_sources.model.feed import Batch
from data_sources.model.observation import Feature
from data_sources.pack_indicators import vocabulary
from tests.feeds.builders import RECEIVED_AT, feed_spec, recording

UNITS = {spec.property_id: spec.unit for spec in vocabulary()}
FORMS = ("example-normalized.json", "example-normalized.jsonld", "example.json", "example.jsonld")
AT = "2026-03-01T04:00:00Z"
AT_UTC = datetime(2026, 3, 1, 4, tzinfo=UTC)
POINT = {"type": "Point", "coordinates": [102.83, 16.43]}


def parse(body: bytes, **changes: Any) -> Batch:
    feed = feed_spec(feed_id="broker", kind="ngsi_ld", units=UNITS, **changes)
    return ngsi_ld.parse(body, feed=feed, received_at=RECEIVED_AT)


def read(kind: str, attributes: dict[str, Any], entity_id: str = "urn:ngsi-ld:X:S1", **changes: Any) -> Batch:
    return parse(json.dumps({"id": entity_id, "type": kind, **attributes}).encode(), **changes)


def values(batch: Batch) -> dict[str, Any]:
    return {one.property_id: one.value for one in batch.observations}


def test_value_is_converted_by_its_unit_code_and_observed_at_its_own_time() -> None:
    batch = read(
        "AirQualityObserved",
        {
            "dateObserved": AT,
            "location": POINT,
            "pm25": {
                "type": "Property",
                "value": 0.0375,
                "unitCode": "GP",
                "observedAt": "2026-03-01T03:30:00Z",
            },
            "temperature": {"value": 86, "unitCode": "FAH"},
        },
    )
    assert values(batch) == {"pm25": 37.5, "air_temperature": pytest.approx(30)}
    assert [one.observed_at.minute for one in batch.observations] == [30, 0]
    assert batch.features == (
        Feature(feature_id="S1", feed_id="broker", kind="air_station", lat=16.43, lon=102.83),
    )


@pytest.mark.parametrize(
    ("interval", "properties"),
    [
        ("2026-03-01T03:00:00Z/2026-03-01T04:00:00Z", {"pm25": 3600.0, "o3": 3600.0}),
        ("2026-02-28T20:00:00Z/2026-03-01T04:00:00Z", {"pm25": 28_800.0, "o3_8h": 28_800.0}),
        ("2026-02-28T04:00:00Z/PT24H", {"pm25_24h": 86_400.0, "o3": 86_400.0}),
    ],
)
def test_mean_over_an_interval_is_of_its_end_and_of_the_property_of_that_period(
    interval: str, properties: dict[str, float]
) -> None:
    o3 = {"value": 30, "unitCode": "61"}
    batch = read("AirQualityObserved", {"dateObserved": interval, "pm25": 30, "o3": o3})
    assert {one.property_id: one.period_s for one in batch.observations} == properties
    assert {one.observed_at for one in batch.observations} == {AT_UTC}


def test_rain_needs_the_time_that_it_gathered_in() -> None:
    told = read(
        "WeatherObserved", {"dateObserved": "2026-03-01T03:00:00Z/2026-03-01T04:00:00Z", "precipitation": 4}
    )
    untold = read("WeatherObserved", {"dateObserved": AT, "precipitation": 4})
    assert values(told) == {"rain_1h": 4}
    assert (values(untold), [one.code for one in untold.rejected]) == ({}, ["period_missing"])


def test_frost_is_a_temperature_and_minus_one_of_another_is_none() -> None:
    batch = read("WeatherObserved", {"dateObserved": AT, "temperature": -1, "windSpeed": -1})
    assert values(batch) == {"air_temperature": -1}
    assert [one.code for one in batch.rejected] == ["value_missing"]


def test_unknown_unit_code_is_rejected() -> None:
    batch = read("AirQualityObserved", {"dateObserved": AT, "pm25": {"value": 3, "unitCode": "XYZ"}})
    assert [one.code for one in batch.rejected] == ["unit_unknown"]


@pytest.mark.parametrize(
    ("entity_id", "more", "feature_id"),
    [
        ("urn:ngsi-ld:AirQualityObserved:KK-1-2026-03-01T04:00:00Z", {}, "KK-1"),
        ("KK-1", {"refDevice": "urn:ngsi-ld:Device:D7"}, "D7"),
        ("KK-1", {"refDevice": ["D7", "D8"], "refPointOfInterest": "P1"}, "P1"),
    ],
)
def test_feature_is_what_lasts_from_one_observation_to_the_next(
    entity_id: str, more: dict[str, Any], feature_id: str
) -> None:
    (found,) = read("AirQualityObserved", {"dateObserved": AT, "pm25": 3, **more}, entity_id).observations
    assert found.feature_id == feature_id


@pytest.mark.parametrize(
    ("state", "status", "expected"),
    [
        ("on", "ok", {"streetlight_on": 1, "streetlight_fault": 0}),
        ("off", "defectiveLamp", {"streetlight_on": 0, "streetlight_fault": 1}),
        ("low", "ok", {"streetlight_on": 1, "streetlight_fault": 0}),
        ("?", "columnIssue, brokenLantern", {"streetlight_fault": 1}),
        ("on", None, {"streetlight_on": 1}),
    ],
)
def test_streetlight_is_on_and_faulty_as_it_says(
    state: str, status: str | None, expected: dict[str, float]
) -> None:
    attributes = {"powerState": state, "status": status, "observationDateTime": AT, "location": POINT}
    assert values(read("Streetlight", attributes)) == expected


def test_streetlight_that_says_nothing_is_rejected() -> None:
    assert [one.code for one in read("Streetlight", {"location": POINT}).rejected] == ["value_missing"]


def test_place_that_cannot_be_read_rejects_the_entity() -> None:
    batch = read("FloodMonitoring", {"currentLevel": 1, "location": {"type": "Blob"}})
    assert [one.code for one in batch.rejected] == ["geometry_unusable"]
    assert batch.accepted == 0


def test_indicator_of_the_vocabulary_is_the_citys_over_its_period() -> None:
    attributes = {"kpiValue": "4,512", "calculationPeriod": {"from": "2026-02-01", "to": "2026-02-28"}}
    (found,) = read(
        "KeyPerformanceIndicator",
        attributes,
        "urn:ngsi-ld:KeyPerformanceIndicator:visitors",
        timezone="Asia/Bangkok",
    ).observations
    assert (found.feature_id, found.property_id, found.value) == ("city", "visitors", 4512)
    assert (found.observed_at, found.period_s) == (datetime(2026, 2, 28, 17, tzinfo=UTC), 28 * 86_400)


def test_type_that_the_pack_maps_is_read_by_its_mapping() -> None:
    mapping = {
        "feature_id": "id",
        "feature_kind": "site",
        "lat": "location.coordinates.1",
        "lon": "location.coordinates.0",
        "time": "dateObserved",
        "values": [{"property": "solar_power", "path": "activePower", "unit": "WTT"}],
    }
    attributes = {
        "https://uri.example/dateObserved": "2026-03-01T03:45:00/2026-03-01T04:00:00",
        "activePower": {"type": "Property", "value": 1.5, "unitCode": "MAW"},
        "location": {"type": "GeoProperty", "value": POINT},
    }
    mapped = {"entity_mappings": {"PhotovoltaicMeasurement": DocumentMapping.model_validate(mapping)}}
    batch = read("PhotovoltaicMeasurement", attributes, **mapped)
    (found,) = batch.observations
    assert (found.feature_id, found.value, found.unit, found.observed_at) == ("S1", 1500, "kW", AT_UTC)
    assert (batch.features[0].lat, batch.features[0].lon) == (16.43, 102.83)
    # without a unitCode that of the mapping holds
    bare = read("PhotovoltaicMeasurement", {**attributes, "activePower": 2500}, **mapped)
    assert values(bare) == {"solar_power": 2.5}


def test_mapping_goes_before_the_reader_of_a_known_type_and_observed_at_is_a_time() -> None:
    mapping = {
        "feature_id": "id",
        "time": "observedAt",
        "values": [{"property": "river_level", "path": "currentLevel"}],
    }
    mapped = {"entity_mappings": {"FloodMonitoring": DocumentMapping.model_validate(mapping)}}
    batch = read(
        "FloodMonitoring", {"currentLevel": {"value": 151.2, "unitCode": "MTR", "observedAt": AT}}, **mapped
    )
    (found,) = batch.observations
    assert (found.property_id, found.value, found.unit, found.observed_at) == (
        "river_level",
        151.2,
        "m MSL",
        AT_UTC,
    )


@pytest.mark.real_feeds
@pytest.mark.parametrize("form", FORMS)
def test_published_air_quality(form: str) -> None:
    batch = parse(recording(f"ngsi_ld/AirQualityObserved.{form}"))
    found = values(batch)
    # 11 µg/m³ x 24.45 / 64.07; 0.64 m/s; 0.54 of 1
    assert found["so2"] == pytest.approx(4.1978, abs=1e-4)
    assert (found["wind_speed"], found["relative_humidity"]) == (pytest.approx(2.304), 54)
    assert (found["air_temperature"], found["aqi_source"]) == (12.2, 65)
    assert {one.observed_at for one in batch.observations} == {datetime(2016, 3, 15, 11, tzinfo=UTC)}
    (station,) = batch.features
    assert station.feature_id == "28079004-Pza.deEspanya"
    assert (station.lat, station.lon) == (40.423852777777775, -3.712247222222222)
    if "normalized" in form:  # 500 mg/m³, which no city has: the rules refuse it; 69 x 24.45 / 46.01
        assert found["co"] == pytest.approx(436.45, abs=0.01)
        assert found["no2"] == pytest.approx(36.667, abs=1e-3)
    else:
        assert [one.code for one in batch.rejected] == ["unit_unknown"]


@pytest.mark.real_feeds
@pytest.mark.parametrize("form", FORMS)
def test_published_weather(form: str) -> None:
    batch = parse(recording(f"ngsi_ld/WeatherObserved.{form}"))
    humidity = 15 if form == "example-normalized.json" else 100
    assert values(batch) == {
        "air_temperature": 3.3,
        "relative_humidity": humidity,
        "wind_speed": pytest.approx(7.2),
        "wind_direction": 135,
        "pressure": 938.9,
    }
    assert {one.observed_at for one in batch.observations} == {datetime(2016, 11, 30, 7, tzinfo=UTC)}
    assert [one.code for one in batch.rejected] == ["period_missing"]
    assert batch.features[0].feature_id == "device-0A3478"


@pytest.mark.real_feeds
@pytest.mark.parametrize("form", FORMS)
def test_published_streetlight(form: str) -> None:
    batch = parse(recording(f"ngsi_ld/Streetlight.{form}"))
    assert values(batch) == {"streetlight_on": 0, "streetlight_fault": 0}
    # 15:51:02 in India
    assert batch.observations[0].observed_at == datetime(2021, 1, 11, 10, 21, 2, tzinfo=UTC)
    assert batch.features[0].feature_id == "streetlight:guadalajara:4567"


@pytest.mark.real_feeds
@pytest.mark.parametrize("form", FORMS)
def test_published_flood(form: str) -> None:
    (found,) = parse(recording(f"ngsi_ld/FloodMonitoring.{form}")).observations
    assert (found.feature_id, found.property_id, found.unit) == ("FWR013", "road_water", "m")
    assert found.value == (1.98 if "normalized" in form else 0.98)
    assert found.observed_at == datetime(2020, 9, 16, 8, tzinfo=UTC)


@pytest.mark.real_feeds
@pytest.mark.parametrize("form", FORMS)
def test_published_indicator_is_no_property_of_ours_unless_the_pack_maps_it(form: str) -> None:
    body = recording(f"ngsi_ld/KeyPerformanceIndicator.{form}")
    assert [one.code for one in parse(body).rejected] == ["property_unknown"]
    mapping = {
        "property": "name",
        "properties": {"Incidencias-Contenedores-Mensual": "tickets_open"},
        "value": "kpiValue",
        "time": "calculationPeriod.to",
        "time_format": "period",
    }
    mapped = {"KeyPerformanceIndicator": DocumentMapping.model_validate(mapping)}
    (found,) = parse(body, entity_mappings=mapped).observations
    assert (found.value, found.observed_at) == (20, datetime(2016, 7, 1, tzinfo=UTC))
