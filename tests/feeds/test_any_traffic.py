"""Whatever arrives at the parsers of traffic feeds: a Batch or a FeedError, and the counts add up."""

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sources import rules
from data_sources.errors import FeedError
from data_sources.feeds import PARSERS
from data_sources.model.city import FeedKind
from data_sources.model.feed import Batch
from tests.feeds.builders import CITY_BOUNDS, RECEIVED_AT, feed_spec

KINDS: tuple[FeedKind, ...] = ("ngsi_ld", "tomtom_flow", "longdo_events")

texts = st.text(max_size=12) | st.sampled_from(
    [
        "",
        "-1",
        "50.5",
        "KMH",
        "TrafficFlowObserved",
        "2026-03-01T05:00:00",
        "9999-12-31T23:59:59-12:00",
        "a/P9D",
    ]
)
numbers = (
    st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([-1, 0, 10.25, 50.5])
)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
attributes = values | st.fixed_dictionaries(
    {"type": st.sampled_from(["Property", "GeoProperty", "Number"]) | values, "value": values},
    optional={"unitCode": texts, "observedAt": texts, "datasetId": texts},
)
geometries = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Point", "LineString", "Polygon", "Blob"]),
        "coordinates": st.lists(numbers, max_size=3)
        | st.lists(st.lists(numbers, max_size=3), max_size=4)
        | st.lists(st.lists(st.lists(numbers, max_size=3), max_size=4), max_size=2)
        | values,
    }
)
TYPES = ("TrafficFlowObserved", "RoadAccident", "OffStreetParking", "EVChargingStation", "Vehicle")
NAMES = (
    "dateObserved",
    "dateObservedFrom",
    "dateObservedTo",
    "averageVehicleSpeed",
    "intensity",
    "occupancy",
    "laneDirection",
    "reversedLane",
    "refRoadSegment",
    "accidentDate",
    "status",
    "name",
    "description",
    "totalInjured",
    "numPassengersDead",
    "totalSpotNumber",
    "availableSpotNumber",
    "occupiedSpotNumber",
    "capacity",
    "availableCapacity",
    "observationDateTime",
    "dateModified",
)
entities = st.builds(
    lambda fixed, more: {**more, **fixed},
    st.fixed_dictionaries(
        {"id": texts | values, "type": st.sampled_from(TYPES) | values},
        optional={"location": geometries | attributes},
    ),
    st.dictionaries(st.sampled_from(NAMES) | texts, attributes, max_size=8),
)
EVENT = (
    "eid",
    "title",
    "title_en",
    "description",
    "latitude",
    "longitude",
    "type",
    "start",
    "stop",
    "severity",
    "icon",
)
events = st.dictionaries(st.sampled_from(EVENT), values, max_size=11) | st.fixed_dictionaries(
    {"eid": texts, "latitude": texts | numbers, "longitude": texts | numbers},
    optional={"start": texts, "stop": texts},
)
segments = st.dictionaries(
    st.sampled_from(["currentSpeed", "freeFlowSpeed", "confidence", "roadClosure", "coordinates"]), values
)
answers = st.fixed_dictionaries(
    {"link_id": values, "answer": st.fixed_dictionaries({"flowSegmentData": segments}) | values}
)


def read(kind: FeedKind, body: bytes) -> Batch | None:
    try:
        return PARSERS[kind](body, feed=feed_spec(kind=kind), received_at=RECEIVED_AT)
    except FeedError:
        return None


def sound(batch: Batch) -> int:
    """Judge the batch; the number of records accounted for, after checking that both stores hold it."""
    after = rules.judge(
        batch, now=RECEIVED_AT, bounds=CITY_BOUNDS, schedule=None, last_fix_at={}, last_header_at=None
    )
    # PostgreSQL refuses NUL, and its integers end at 64 bits
    assert b"\\u0000" not in msgspec.json.encode(after)
    return after.accepted + len(after.rejected) + sum(after.ignored.values())


@given(st.binary(max_size=200) | (values | st.floats()).map(lambda value: json.dumps(value).encode()))
@settings(deadline=None)
def test_every_parser_survives_any_bytes(body: bytes) -> None:
    # One body for all of them: to draw it takes far longer than to read it.
    for kind in KINDS:
        batch = read(kind, body)
        if batch is not None:
            assert sound(batch) == batch.accepted + len(batch.rejected), kind


@given(st.lists(entities | values, max_size=6))
@settings(deadline=None)
def test_counts_of_ngsi_ld_add_up(sent: list[Any]) -> None:
    batch = read("ngsi_ld", json.dumps({"type": "Notification", "data": sent}).encode())
    assert batch is not None
    assert sound(batch) == len(sent)


@given(st.lists(events | values, max_size=6))
@settings(deadline=None)
def test_counts_of_longdo_events_add_up(sent: list[Any]) -> None:
    batch = read("longdo_events", json.dumps(sent).encode())
    assert batch is not None
    assert sound(batch) == len(sent)


@given(answers)
@settings(deadline=None)
def test_answer_of_the_flow_service_is_one_record(answer: Any) -> None:
    batch = read("tomtom_flow", json.dumps(answer).encode())
    assert batch is not None
    assert sound(batch) == 1
