"""Whatever arrives at the parsers of city systems: a Batch or a FeedContentError, and the counts add up."""

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sources.errors import FeedContentError
from data_sources.feeds import PARSERS
from data_sources.model.city import DocumentMapping, FeedKind
from data_sources.model.feed import Batch
from tests.feeds.builders import RECEIVED_AT, feed_spec

UNITS = {"pm25": "µg/m³", "no2": "ppb", "lake_level": "m MSL"}
MAPPING = DocumentMapping.model_validate(
    {
        "items": "data.*.rows",
        "feature_id": "{id}-@key",
        "name_th": "name",
        "lat": "lat",
        "lon": "lon",
        "time": "@parent.time",
        "values": [
            {"property": "pm25", "path": "value", "missing": [-1, "-"]},
            {"property": "no2", "path": "@value", "unit": "GQ"},
        ],
    }
)
LONG = DocumentMapping(
    items="data",
    feature_id="id",
    time="time",
    time_format="period",
    property="name",
    value="value",
    unit="unit",
)
CASES: tuple[tuple[FeedKind, dict[str, Any]], ...] = (
    ("json_mapping", {"mapping": MAPPING}),
    ("json_mapping", {"mapping": LONG}),
    ("ckan_datastore", {"mapping": LONG.model_copy(update={"items": ""})}),
    ("flood_telemetry", {}),
    ("traffy", {}),
    ("ngsi_ld", {}),
    ("ngsi_ld", {"entity_mappings": {"Other": LONG}}),
)
WORDS = [
    "", "-1", "0.00", "1,234.5", "GQ", "ok", "pm25", "on", "start", "A\r", "2569-Q3", "2026-03-01T04:00:00Z",
    "9999-12-31", "2026-03-01T04:00:00/9999-12-31T23:59:59-12:00", "081 234 5678", "1e999", "\x00", "๑๒",
]  # fmt: skip
KEYS = [
    "data",
    "rows",
    "id",
    "name",
    "value",
    "unit",
    "time",
    "lat",
    "lon",
    "status",
    "datetime",
    "stations",
    "roads",
    "lakes",
    "lake_id",
    "water_level",
    "capacity_pct",
    "date_time",
    "results",
    "features",
    "properties",
    "ticket_id",
    "coords",
    "timestamp",
    "state",
    "description",
    "type",
    "success",
    "result",
    "records",
    "error",
    "location",
    "dateObserved",
    "powerState",
    "currentLevel",
    "kpiValue",
    "calculationPeriod",
    "from",
    "to",
    "precipitation",
]
TYPES = [
    "AirQualityObserved",
    "WeatherObserved",
    "Streetlight",
    "FloodMonitoring",
    "KeyPerformanceIndicator",
    "Other",
]

plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(WORDS)
)
keys = st.sampled_from(KEYS) | st.sampled_from(WORDS)
values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=20,
)
entities = st.builds(
    lambda kind, more: {**more, "id": "E1", "type": kind},
    st.sampled_from(TYPES),
    st.dictionaries(st.sampled_from(["pm25", "co", "temperature", "status", *KEYS]), values, max_size=8),
)
rounds = st.fixed_dictionaries(
    {
        "data": st.lists(
            st.fixed_dictionaries({}, optional=dict.fromkeys(["datetime", "stations", "rows"], values))
        )
    }
)
reports = st.fixed_dictionaries(
    {"results": st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, values)), max_size=3)}
)
documents = values | entities | rounds | reports


def read(kind: FeedKind, changes: dict[str, Any], body: bytes) -> Batch | None:
    feed = feed_spec(feed_id="anything", kind=kind, units=UNITS, **changes)
    try:
        return PARSERS[kind](body, feed=feed, received_at=RECEIVED_AT)
    except FeedContentError:
        return None


@given(st.binary(max_size=100) | documents.map(lambda value: json.dumps(value).encode()))
@settings(deadline=None)
def test_every_parser_survives_any_document(body: bytes) -> None:
    # One document for all of them: to draw it takes far longer than to read it.
    for kind, changes in CASES:
        batch = read(kind, changes, body)
        if batch is None:
            continue
        # PostgreSQL refuses NUL; a value has to be a finite number in the unit of its property
        assert b"\\u0000" not in msgspec.json.encode(batch), kind
        assert all(one.value - one.value == 0 for one in batch.observations), kind
        assert all(one.observed_at.utcoffset() is not None for one in batch.observations), kind
        assert all(one.detail and one.code for one in batch.rejected), kind


@given(st.lists(st.dictionaries(st.sampled_from(["id", "name", "value", "unit", "time"]), plain), max_size=6))
@settings(deadline=None)
def test_every_row_of_a_long_document_is_one_value_or_one_rejection(rows: list[Any]) -> None:
    batch = read("json_mapping", {"mapping": LONG}, json.dumps({"data": rows}).encode())
    assert batch is not None
    assert batch.accepted + len(batch.rejected) == len(rows)


@given(st.lists(values, max_size=6))
@settings(deadline=None)
def test_every_report_is_one_ticket_or_one_rejection(sent: list[Any]) -> None:
    batch = read("traffy", {}, json.dumps({"results": sent}).encode())
    assert batch is not None
    assert batch.accepted + len(batch.rejected) == len(sent)


def test_deeply_nested_document_does_no_harm() -> None:
    for depth in (200, 900, 5000):
        body = b'{"data":' * depth + b"[1]" + b"}" * depth
        for kind, changes in CASES:
            read(kind, changes, body)
