"""Whatever arrives at the parsers of observation services: a Batch or a FeedContentError, no other error."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data_sources.errors import FeedContentError
from data_sources.feeds import PARSERS
from data_sources.model.city import FeedKind
from data_sources.model.feed import Batch
from data_sources.pack_indicators import vocabulary
from tests.feeds.builders import RECEIVED_AT, feed_spec, judged_alone

KINDS: tuple[FeedKind, ...] = (
    "air4thai",
    "open_meteo",
    "tmd_weather",
    "thaiwater",
    "rid_reservoirs",
    "gistda",
    "openaq",
    "bus_positions",
)
PROPERTIES = {spec.property_id: spec for spec in vocabulary()}

texts = st.text(max_size=12) | st.sampled_from(
    [
        "",
        "-",
        "-1",
        "50.5",
        "1e999",
        "2026-03-01",
        "12:00",
        "2026-03-01 12:00",
        "9999-12-31T23:59:59-12:00",
        "\x00",
    ]
)
numbers = (
    st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([-1, 0, 10.25, 1e308])
)
NAMES = (
    *(
        "stations",
        "stationID",
        "AQILast",
        "LastUpdate",
        "date",
        "time",
        "PM25",
        "CO",
        "AQI",
        "aqi",
        "value",
        "lat",
    ),
    *(
        "long",
        "latitude",
        "longitude",
        "utc_offset_seconds",
        "current",
        "hourly",
        "daily",
        "interval",
        "rain",
    ),
    *(
        "temperature_2m",
        "river_discharge",
        "current_units",
        "ozone",
        "data",
        "waterlevel_data",
        "station",
        "id",
    ),
    *(
        "rain_24h",
        "rainfall_datetime",
        "waterlevel_datetime",
        "waterlevel_msl",
        "tele_station_name",
        "min_bank",
    ),
    *(
        "diff_wl_bank",
        "diff_wl_bank_text",
        "situation_level",
        "discharge",
        "reservoir",
        "dam",
        "volume",
        "storage",
    ),
    *(
        "percent_storage",
        "pv_idn",
        "pv_tn",
        "pm25",
        "dt",
        "status",
        "type",
        "features",
        "properties",
        "timeStamp",
    ),
    *(
        "location",
        "latest",
        "results",
        "sensors",
        "parameter",
        "name",
        "units",
        "sensorsId",
        "datetime",
        "utc",
    ),
    *("period", "datetimeTo", "datetimeFrom", "licence", "pos", "spd", "azm", "vhc", "line", "drv"),
)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=6)
    ),
    max_leaves=12,
)
SOUND: dict[FeedKind, Any] = {
    "air4thai": {
        "stations": [
            {
                "stationID": "1t",
                "lat": "50.5",
                "long": "10.2",
                "AQILast": {
                    "date": "2026-03-01",
                    "time": "12:00",
                    "PM25": {"aqi": "5", "value": "3"},
                    "AQI": {"aqi": "5"},
                },
            }
        ]
    },
    "open_meteo": {
        "latitude": 50.5,
        "longitude": 10.2,
        "utc_offset_seconds": 25_200,
        "current_units": {"ozone": "µg/m³"},
        "current": {"time": "2026-03-01T12:00", "interval": 900, "rain": 1, "ozone": 5, "temperature_2m": 30},
        "daily": {"time": ["2026-02-27"], "river_discharge": [5.0]},
    },
    "thaiwater": {
        "waterlevel_data": {
            "data": [
                {
                    "station": {"id": 1, "tele_station_lat": 50.5, "tele_station_long": 10.2, "min_bank": 9},
                    "waterlevel_datetime": "2026-03-01 12:00",
                    "waterlevel_msl": "8.5",
                    "situation_level": 2,
                }
            ]
        }
    },
    "rid_reservoirs": {
        "date": "2026-03-01",
        "data": [{"region": "x", "dam": [{"id": 1, "storage": 10, "volume": 5, "percent_storage": 0}]}],
    },
    "gistda": {"status": 200, "data": [{"pv_idn": 40, "pm25": 26.8, "dt": "2026-03-01T04:00:00Z"}]},
    "openaq": {
        "location": {
            "results": [
                {
                    "id": 1,
                    "name": "x",
                    "sensors": [{"id": 2, "parameter": {"name": "pm25", "units": "µg/m³"}}],
                }
            ]
        },
        "latest": {"results": [{"sensorsId": 2, "value": 5, "datetime": {"utc": "2026-03-01T04:00:00Z"}}]},
    },
    "bus_positions": [
        {
            "licence": "1",
            "data": {"pos": [10.2, 50.5], "spd": 1, "azm": 2, "time": "2026-03-01T11:59:00", "vhc": {}},
        }
    ],
}
XML = (
    b"<Weather3Hours><Stations><Station><WmoStationNumber>1</WmoStationNumber><Latitude>50.5</Latitude>"
    b"<Longitude>10.2</Longitude><Observation><DateTime>03/01/2026 10:00:00</DateTime>"
    b"<AirTemperature>30</AirTemperature></Observation></Station></Stations></Weather3Hours>"
)


def paths(document: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in the document."""
    inner = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    return [at, *(path for key, part in inner for path in paths(part, (*at, key)))]


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with `value` at `path`."""
    if not path:
        return value
    key, *rest = path
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[key] = changed(document[key], tuple(rest), value)
    return copy


def read(kind: FeedKind, body: bytes) -> Batch | None:
    """The batch, judged, after checking that nothing is lost and both stores can hold it."""
    try:
        batch = PARSERS[kind](body, feed=feed_spec(kind=kind), received_at=RECEIVED_AT)
    except FeedContentError:
        return None
    after = judged_alone(batch, PROPERTIES)
    assert b"\\u0000" not in msgspec.json.encode(after)
    known = {one.feature_id for one in batch.features}
    assert {one.feature_id for one in batch.observations} <= known
    lost = len(batch.features) - len(after.features)
    records = batch.accepted + len(batch.rejected)
    assert records <= after.accepted + len(after.rejected) + sum(after.ignored.values()) <= records + lost
    return after


@given(st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
@example(b"<Weather3Hours>")
@example(b'<?xml version="1.0" encoding="none"?><Weather3Hours/>')
@example(b"\xff\xfe<\x00a\x00")
@settings(deadline=None, max_examples=60)
def test_every_parser_survives_any_bytes(body: bytes) -> None:
    # One body for all of them: to draw it takes far longer than to read it.
    for kind in KINDS:
        read(kind, body)


@pytest.mark.parametrize("kind", sorted(SOUND))
@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_parsers_survive_anything_in_place_of_a_part(kind: FeedKind, data: st.DataObject) -> None:
    sound = SOUND[kind]
    path = data.draw(st.sampled_from(paths(sound)))
    read(kind, json.dumps(changed(sound, path, data.draw(values))).encode())


@pytest.mark.parametrize("kind", sorted(SOUND))
def test_sound_message_is_used(kind: FeedKind) -> None:
    batch = read(kind, json.dumps(SOUND[kind]).encode())
    assert batch is not None
    assert batch.accepted


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_xml_survives_replaced_bytes(data: st.DataObject) -> None:
    body = bytearray(XML)
    for _ in range(data.draw(st.integers(0, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    read("tmd_weather", bytes(body))
    sound = read("tmd_weather", XML)
    assert sound is not None
    assert sound.accepted == 1
