"""OpenAQ v3. Latest values are written from the documented fields; recorded answers of the other two are in
test_thai_recordings."""

from typing import Any

import pytest

from data_sources.errors import FeedContentError
from tests.feeds.national import one, parsed, refusals, utc, values


def sensor(number: int, name: str, units: str) -> dict[str, Any]:
    return {"id": number, "name": f"{name} {units}", "parameter": {"id": 1, "name": name, "units": units}}


LOCATION = {
    "id": 2178,
    "name": "Station",
    "coordinates": {"latitude": 16.4, "longitude": 102.8},
    "sensors": [
        sensor(1, "pm25", "µg/m³"),
        sensor(2, "o3", "ppm"),
        sensor(3, "nox", "ppm"),
        sensor(4, "co", "ppb"),
    ],
}


def value(number: int, told: Any, at: Any = "2026-03-01T04:00:00Z") -> dict[str, Any]:
    return {"datetime": {"utc": at, "local": "2026-03-01T11:00:00+07:00"}, "value": told, "sensorsId": number}


def latest(*rows: dict[str, Any], locations: Any = (LOCATION,)) -> dict[str, Any]:
    return {"location": {"results": list(locations)}, "latest": {"results": list(rows)}}


def measurement(**changes: Any) -> dict[str, Any]:
    period = {"datetimeFrom": {"utc": "2026-03-01T03:00:00Z"}, "datetimeTo": {"utc": "2026-03-01T04:00:00Z"}}
    return {"value": 6, "parameter": {"name": "pm25", "units": "µg/m³"}, "period": period, **changes}


def test_latest_values_take_property_and_unit_from_the_locations_sensors() -> None:
    batch = parsed("openaq", latest(value(1, 41.5), value(2, 0.031), value(4, 800)))
    told = {each.property_id: (pytest.approx(each.value), each.unit) for each in batch.observations}
    assert told == {"pm25": (41.5, "µg/m³"), "o3": (31.0, "ppb"), "co": (0.8, "ppm")}
    assert {(each.feature_id, each.observed_at) for each in batch.observations} == {
        ("openaq:2178", utc("2026-03-01T04:00"))
    }
    assert (batch.features[0].lat, batch.features[0].kind) == (16.4, "air_station")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (value(3, 0.02), "property_unknown"),
        (value(99, 0.02), "property_unknown"),
        (value(1, -999), "value_missing"),
        (value(1, None), "value_missing"),
        (value(1, 5, at=None), "observed_at_missing"),
    ],
)
def test_value_that_cannot_be_used_is_rejected(row: dict[str, Any], code: str) -> None:
    batch = parsed("openaq", latest(row))
    assert (values(batch), refusals(batch)) == ({}, {code: 1})


def test_measurement_holds_for_its_period_and_ends_it() -> None:
    found = one(parsed("openaq", {"results": [measurement()]}), "pm25")
    assert (found.value, found.period_s, found.observed_at) == (6.0, 3_600, utc("2026-03-01T04:00"))
    assert (found.feature_id, found.flags) == ("openaq:unnamed", ("feature_unnamed",))


def test_measurement_is_of_the_only_place_that_the_feed_lists() -> None:
    batch = parsed("openaq", {"results": [measurement()]}, features=("openaq:2178",))
    found = one(batch, "pm25")
    assert (found.feature_id, found.flags) == ("openaq:2178", ())


def test_unit_that_is_not_known_is_not_guessed() -> None:
    row = measurement(parameter={"name": "pm25", "units": "particles/cm³"})
    assert refusals(parsed("openaq", {"results": [row]})) == {"unit_unknown": 1}


@pytest.mark.parametrize(
    "document", [{"detail": "Not Found"}, latest(locations=[]), latest(locations=[LOCATION] * 2)]
)
def test_other_document_is_refused(document: Any) -> None:
    with pytest.raises(FeedContentError) as caught:
        parsed("openaq", document)
    assert caught.value.code == "not_observations"
