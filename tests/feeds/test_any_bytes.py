"""Whatever arrives: a parser returns a Batch or raises a FeedError, and its counts add up."""

import json
from typing import Any

import msgspec
from google.transit import gtfs_realtime_pb2 as pb
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data_sources import rules
from data_sources.errors import FeedError
from data_sources.feeds import PARSERS
from data_sources.model.city import FeedKind
from data_sources.model.feed import Batch
from tests.feeds.builders import CITY_BOUNDS, HEADER_POSIX, RECEIVED_AT, add_vehicle, feed_spec, message


def read(kind: FeedKind, body: bytes) -> Batch | None:
    try:
        return PARSERS[kind](body, feed=feed_spec(kind=kind), received_at=RECEIVED_AT)
    except FeedError:
        return None


def judged(batch: Batch) -> Batch:
    return rules.judge(
        batch, now=RECEIVED_AT, bounds=CITY_BOUNDS, schedule=None, last_fix_at={}, last_header_at=None
    )


def storable(batch: Batch) -> bool:
    """Whether both stores can hold it: JSON without NUL, which PostgreSQL refuses."""
    return b"\\u0000" not in msgspec.json.encode(batch)


def some_message() -> bytes:
    built = message()
    for number in range(5):
        add_vehicle(built, f"V{number}", entity_id=f"e{number}", trip_id=f"T{number}")
    built.entity[0].alert.header_text.translation.add(text="Closed", language="en")
    built.entity[1].trip_update.trip.trip_id = "T1"
    return built.SerializeToString()


MESSAGE = some_message()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound message with some bytes replaced, and perhaps cut."""
    body = bytearray(MESSAGE)
    for _ in range(draw(st.integers(1, 8))):
        body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
    return bytes(body[: draw(st.integers(0, len(body)))])


texts = st.text(max_size=12) | st.sampled_from(["", "V1", "V2", "\x00", "\u202e", "<b>"])
floats = st.floats(width=32) | st.sampled_from([0.0, 50.5, 10.25])
stamps = st.integers(0, 2**64 - 1) | st.sampled_from([0, HEADER_POSIX, HEADER_POSIX * 1000])


@st.composite
def entities(draw: st.DrawFn) -> Any:
    """Any entity that the bindings can build."""
    entity = pb.FeedEntity(id=draw(texts), is_deleted=draw(st.booleans()))
    parts = draw(st.sets(st.sampled_from(["vehicle", "trip_update", "alert", "shape"])))
    if "vehicle" in parts:
        vehicle = entity.vehicle
        vehicle.SetInParent()
        if draw(st.booleans()):
            vehicle.position.latitude = draw(floats)
            vehicle.position.longitude = draw(floats)
            vehicle.position.bearing = draw(floats)
            vehicle.position.speed = draw(floats)
            vehicle.position.odometer = draw(st.floats())
        vehicle.timestamp = draw(stamps)
        vehicle.vehicle.id = draw(texts)
        vehicle.vehicle.label = draw(texts)
        vehicle.trip.trip_id = draw(texts)
    if "trip_update" in parts:
        entity.trip_update.trip.trip_id = draw(texts)
        entity.trip_update.timestamp = draw(stamps)
        entity.trip_update.stop_time_update.add().arrival.time = draw(st.integers(-(2**63), 2**63 - 1))
    if "alert" in parts:
        entity.alert.active_period.add(start=draw(stamps), end=draw(stamps))
        entity.alert.header_text.translation.add(text=draw(texts))
    if "shape" in parts:
        entity.shape.shape_id = draw(texts)
    return entity


@given(st.binary(max_size=400) | damaged())
@example(b"\x0a\x05\x0a\x032.0")
@example(b"\x1f\x8b")
@settings(deadline=None)
def test_gtfs_realtime_parser_survives_any_bytes(body: bytes) -> None:
    batch = read("gtfs_realtime", body)
    assert batch is None or storable(judged(batch))


@given(st.lists(entities(), max_size=8), stamps)
@settings(deadline=None)
def test_counts_of_gtfs_realtime_add_up(built: list[Any], header: int) -> None:
    body = pb.FeedMessage(
        header=pb.FeedHeader(gtfs_realtime_version="2.0", timestamp=header), entity=built
    ).SerializeToString()
    batch = read("gtfs_realtime", body)
    assert batch is not None
    parts, unused = 0, 0
    for entity in built:
        used = sum(entity.HasField(part) for part in ("vehicle", "trip_update", "alert"))
        if not entity.is_deleted and not used and entity.HasField("shape"):
            unused += 1
        else:
            parts += 1 if entity.is_deleted else max(used, 1)
    assert batch.accepted + len(batch.rejected) == parts
    assert ("entity_not_used" in batch.flags) == (unused > 0)
    assert len({fix.vehicle_id for fix in batch.positions}) == len(batch.positions)
    after = judged(batch)
    assert after.accepted + len(after.rejected) == parts
    assert storable(after)


finite = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
coordinates = st.lists(values | finite, max_size=3) | values
names = st.sampled_from(
    ["id", "route", "status", "batteryPct", "passengers", "time", "speed", "heading", "x"]
)
features = st.fixed_dictionaries(
    {
        "type": st.just("Feature") | values,
        "geometry": st.fixed_dictionaries({"type": st.just("Point") | values, "coordinates": coordinates})
        | values,
        "properties": st.dictionaries(names, values | stamps, max_size=6) | values,
    }
)


@given(st.binary(max_size=200) | (values | st.floats()).map(lambda value: json.dumps(value).encode()))
@settings(deadline=None)
def test_geojson_parser_survives_any_bytes(body: bytes) -> None:
    batch = read("geojson_positions", body)
    assert batch is None or storable(judged(batch))


@given(st.lists(features | values, max_size=6))
@settings(deadline=None)
def test_counts_of_geojson_add_up(sent: list[Any]) -> None:
    batch = read("geojson_positions", json.dumps(sent).encode())
    assert batch is not None
    assert batch.accepted + len(batch.rejected) == len(sent)
    after = judged(batch)
    assert after.accepted + len(after.rejected) == len(sent)
    assert storable(after)
