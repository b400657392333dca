"""Every feed kind against what a hostile world sends: a Batch or a FeedContentError, told in one line.

A sound message of each kind is taken, and each of its parts replaced by each of the values below; then come
whole bodies that are no message at all. What leaves parser and rules must be finite, short, told in one line,
and fit both stores; what was sent is accepted, rejected, left aside or refused, never lost.
"""

import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from math import isfinite
from typing import Any

import msgspec
import pytest

from data_sources.errors import FeedContentError
from data_sources.feeds import PARSERS, clean
from data_sources.feeds.codes import FEED_RULES
from data_sources.feeds.reading import DETAIL_MAX
from data_sources.model.city import DocumentMapping, FeedSpec
from data_sources.model.feed import Batch, Rejected
from data_sources.pack_indicators import vocabulary
from data_sources.rules import RULES
from tests.feeds import test_ckan_datastore, test_flood_telemetry, test_json_mapping
from tests.feeds.builders import RECEIVED_AT, add_vehicle, encoded, feature, feed_spec, judged_alone, message
from tests.feeds.test_any_observations import SOUND as SOUND_OBSERVATIONS
from tests.feeds.test_any_observations import XML, changed, paths
from tests.feeds.test_traffy import REPORT

PROPERTIES = {spec.property_id: spec for spec in vocabulary()}
UNITS = {spec.property_id: spec.unit for spec in vocabulary()}
CODES = {rule.code for rule in (*FEED_RULES, *RULES)}
AT = "2026-03-01T04:59:00Z"
PLACE = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [10.2, 50.5]}}
SEGMENT = {"currentSpeed": 30, "freeFlowSpeed": 60, "confidence": 0.9, "roadClosure": False}
PAIRS = [{"latitude": 50.5, "longitude": 10.2}, {"latitude": 50.6, "longitude": 10.2}]


def entity(kind: str, **attributes: Any) -> dict[str, Any]:
    told = {name: {"type": "Property", "value": value} for name, value in attributes.items()}
    return {"id": f"urn:{kind}", "type": kind, "location": PLACE, **told}


SOUND: dict[str, Any] = {
    **{str(kind): sound for kind, sound in SOUND_OBSERVATIONS.items()},
    "geojson_positions": [feature(timestamp=AT, heading=10, speed=20, batteryPct=50, route="R")],
    "traffy": {"status": True, "results": [{**REPORT, "coords": ["10.2", "50.5"]}]},
    "ckan_datastore": test_ckan_datastore.answer([test_ckan_datastore.record(3)]),
    "flood_telemetry": test_flood_telemetry.rounds(stations={"A": "12.4"}, roads={"B": "0"}, pipes={"C": 1}),
    "flood_telemetry lakes": test_flood_telemetry.lakes(test_flood_telemetry.LAKE),
    "json_mapping": {
        "data": {
            "time": "2569-03-01T11:00:00+07:00",
            "stations": [{"code": "A1", "name": "x", "at": ["50.5", "10.2"], "pm": "7.5", "t_f": 86}],
        }
    },
    "longdo_events": [
        {
            **{"eid": "1", "title": "a", "title_en": "b", "description": "c", "type": "3", "severity": "2"},
            **{"latitude": "50.5", "longitude": "10.2", "icon": "accident", "contributor": "d"},
            **{"start": "2026-03-01 11:00:00", "stop": "2026-03-01 13:00:00"},
        }
    ],
    "tomtom_flow": {"link_id": "L1", "answer": {"flowSegmentData": SEGMENT}},
    "tomtom_flow bare": {"flowSegmentData": {**SEGMENT, "coordinates": {"coordinate": PAIRS}}},
    "ngsi_ld": [entity("TrafficFlowObserved", dateObserved=AT, averageVehicleSpeed=50, intensity=3)],
    "ngsi_ld parking": [entity("OffStreetParking", totalSpotNumber=10, availableSpotNumber=4, name="a")],
    "ngsi_ld accident": [entity("RoadAccident", accidentDate=AT, status="onGoing", description="a")],
    "ngsi_ld air": [entity("AirQualityObserved", dateObserved=AT, temperature=30)],
}
"""A sound message by kind; a second word tells several of one kind apart."""

VALUES = (
    *("null", "true", "0", "-1", "1e400", "-1e400", "1e308", "5e-324", "NaN", "Infinity", "9" * 400),
    *("9223372036854775808", "-9223372036854775809", "253402300800", "-62135596800", "1740805200000"),
    *('"NaN"', '"Infinity"', '"1e400"', '"1_000"', '"๓๔.๕"', '"๒๕๖๙-๐๓-๐๑"', '"²"', '"5,000"', '"-"', '""'),
    *('"\\ud800"', '"\\u0000"', '"a\\u0000b"', '"\\u202e<script>alert(1)</script>"'),
    *('"' + "9" * 5_000 + '"', '"' + "x" * 10_240 + '"'),
    *('"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59Z"', '"9999-12-31T23:59:59-12:00"'),
    *('"2569-03-01T12:00:00+07:00"', '"2567-02-29"', '"2026-02-29T25:61:61Z"', '"2027-03-01T12:00:00Z"'),
    *("[]", "{}", "[null, null]", "[50.5, 10.2]", "[10.2]", '{"a": 1, "a": 2}', '{"\\u0000": "\\u0000"}'),
    *('{"type": "Polygon", "coordinates": []}', "[" * 60 + "]" * 60),
)
"""JSON as it is sent, since much of it no encoder would write."""

ROWS = 2_000
BODIES: dict[str, bytes] = {
    "empty": b"",
    "spaces": b" \r\n\t",
    "NUL bytes": b"\0" * 100,
    "HTML": b"\n<!DOCTYPE html><html lang=th><body>502 Bad Gateway</body></html>",
    "a word": b'"x"',
    "null": b"null",
    "a number": b"1e400",
    "a number of a million digits": b"9" * 1_000_000,
    "not a number": b"NaN",
    "lone surrogate": b'["\xed\xa0\x80"]',
    "TIS-620": "ทดสอบ".encode("cp874"),
    "two byte order marks": b"\xef\xbb\xbf\xef\xbb\xbf[]",
    "deep list": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "deep XML": b"<Weather3Hours>" + b"<a>" * 100_000,
    "entities": b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><Weather3Hours>&b;</Weather3Hours>',
    "external entity": b'<!DOCTYPE x SYSTEM "file:///etc/hostname"><Weather3Hours/>',
    "compressed bomb": gzip.compress(b" " * 30_000_000),
    "compressed twice": gzip.compress(gzip.compress(b"[]")),
    "compressed and cut": gzip.compress(b"[1,2,3]" * 99)[:-9],
    "too large": b'"' + b"x" * 20_000_000 + b'"',
    "rows of nothing": b"[" + b",".join([b"null"] * ROWS) + b"]",
    "too many rows": b"[" + b",".join([b"{}"] * 100_001) + b"]",
}


def spec_of(name: str) -> FeedSpec:
    kind = name.split(" ", 1)[0]
    mappings = {
        "json_mapping": DocumentMapping(**test_json_mapping.STATIONS),
        "ckan_datastore": test_ckan_datastore.MAPPING,
    }
    return feed_spec(feed_id="probe", kind=kind, units=UNITS, mapping=mappings.get(kind))


def judged(name: str, body: bytes) -> Batch | None:
    """The batch after parser and rules, looked through; None where the message was refused as documented."""
    feed = spec_of(name)
    try:
        batch = PARSERS[feed.kind](body, feed=feed, received_at=RECEIVED_AT)
    except FeedContentError as error:
        told_well(error.code, str(error))
        return None
    after = judged_alone(batch, PROPERTIES)
    assert b"\\u0000" not in msgspec.json.encode(after)
    for place, value in leaves(after):
        assert is_fit(value), f"{place} is {value!r}"
    for reject in after.rejected:
        told_well(reject.code, reject.detail)
        assert len(reject.entity_id) <= clean.LINE_MAX
    return after


def told_well(code: str, words: str) -> None:
    """A documented code, and one line that is not too long."""
    assert code in CODES
    assert words.isprintable()
    assert 0 < len(words) <= DETAIL_MAX


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """The plain values of a batch, each with the field that it stands in."""
    if isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from leaves(getattr(value, field), f"{type(value).__name__}.{field}")
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(key, place)
            yield from leaves(inner, place)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner, place)
    else:
        yield place, value


def is_fit(value: Any) -> bool:
    """Whether stores hold it and screens show it."""
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, int):
        return abs(value) < 2**63
    if isinstance(value, datetime):
        return value.tzinfo is not None
    if isinstance(value, str):
        return "\0" not in value and len(value) <= clean.PARAGRAPH_MAX and value.encode() is not None
    return value is None


def told(batch: Batch) -> int:
    return batch.accepted + len(batch.rejected) + sum(batch.ignored.values())


def test_every_kind_is_swept() -> None:
    assert {name.split(" ", 1)[0] for name in SOUND} | {"tmd_weather", "gtfs_realtime"} == set(PARSERS)


@pytest.mark.parametrize("name", SOUND)
def test_sound_message_is_used_also_behind_a_byte_order_mark_and_compressed(name: str) -> None:
    body = json.dumps(SOUND[name], ensure_ascii=False).encode()
    for sent in (body, b"\xef\xbb\xbf" + body, gzip.compress(body)):
        batch = judged(name, sent)
        assert batch is not None
        assert batch.accepted
        assert not batch.rejected


@pytest.mark.parametrize("name", SOUND)
def test_hostile_value_in_place_of_any_part_is_told_and_harms_nothing(name: str) -> None:
    for path in paths(SOUND[name]):
        text = json.dumps(changed(SOUND[name], path, "@here@"), ensure_ascii=False)
        for value in VALUES:
            batch = judged(name, text.replace('"@here@"', value, 1).encode())
            # a list that is empty tells nothing, and is no fault; of some kinds an object lists by key
            assert batch is None or told(batch) or value in {"[]", "{}"}, (path, value)


@pytest.mark.parametrize("name", SOUND)
def test_cut_or_recoded_message_is_refused(name: str) -> None:
    text = json.dumps(SOUND[name], ensure_ascii=False)
    body = text.encode()
    for sent in (text.encode("utf-16"), text.encode("utf-16-le"), body + b"\0", body * 2, body[:-1]):
        assert judged(name, sent) is None


@pytest.mark.parametrize("body", BODIES)
def test_body_that_is_no_message_is_refused_or_rejected_row_by_row_by_every_kind(body: str) -> None:
    names = ("tmd_weather", "gtfs_realtime", *SOUND) if len(BODIES[body]) < 500_000 else ("air4thai",)
    for name in names:
        batch = judged(name, BODIES[body])
        assert batch is None or (batch.accepted, len(batch.rejected)) == (0, ROWS)


@pytest.mark.parametrize(
    "observation",
    [
        *("30", "๓๐", "<![CDATA[30]]>", "NaN", "1e400", "-", "", "&#0;", "&file;", "9" * 5_000, "x" * 10_240),
        "<a/>" * 100,
    ],
)
@pytest.mark.parametrize("stamp", ["03/01/2026 10:00:00", "03/01/2569 10:00:00", "03/01/0001", "12/31/9999"])
def test_hostile_text_in_xml_is_told_and_harms_nothing(observation: str, stamp: str) -> None:
    body = XML.replace(b">30<", f">{observation}<".encode()).replace(b"03/01/2026 10:00:00", stamp.encode())
    batch = judged("tmd_weather", body)
    assert batch is None or told(batch) == 1


@pytest.mark.parametrize("stamp", [0, 1, 2**32, 253_402_300_799, 253_402_300_800, 2**64 - 1])
def test_hostile_fields_in_protobuf_are_told_and_harm_nothing(stamp: int) -> None:
    built = message(timestamp=stamp)
    fix = add_vehicle(built, "x\0<b>" + "y" * 10_240, timestamp=stamp)
    fix.position.speed, fix.position.bearing, fix.position.odometer = float("nan"), float("-inf"), 1e308
    add_vehicle(built, "nowhere", entity_id="e2", lat=float("nan"), lon=float("inf"))
    add_vehicle(built, "swapped", entity_id="e3", lat=10.25, lon=50.5)
    alert = built.entity.add(id="a" * 10_240).alert
    alert.active_period.add(start=stamp, end=2**64 - 1)
    alert.header_text.translation.add(text="\0<img>\u202e" * 5_000, language="th")
    update = built.entity.add(id="t").trip_update
    update.trip.trip_id = "t1"
    update.stop_time_update.add(stop_id="A").arrival.time = -(2**63)
    update.stop_time_update.add(stop_id="B").departure.time = 2**63 - 1
    batch = judged("gtfs_realtime", encoded(built))
    assert batch is not None
    assert told(batch) == 5
    assert {"nowhere", "swapped"}.isdisjoint(fix.vehicle_id for fix in batch.positions)


def test_rejection_of_a_word_of_ten_kilobytes_is_one_short_line() -> None:
    document = changed(SOUND["open_meteo"], ("current_units", "ozone"), "x" * 10_240)
    batch = judged("open_meteo", json.dumps(document).encode())
    assert batch is not None
    (rejected,) = batch.rejected
    assert isinstance(rejected, Rejected)
    assert (rejected.code, len(rejected.detail) <= DETAIL_MAX) == ("unit_unknown", True)


def test_last_day_of_the_calendar_does_not_fail_the_parser() -> None:
    document = changed(SOUND["open_meteo"], ("daily", "time"), ["9999-12-31"])
    batch = judged("open_meteo", json.dumps(document).encode())
    assert batch is not None
    assert [one.code for one in batch.rejected] == ["value_missing"]


def test_region_without_reservoirs_is_rejected() -> None:
    document = changed(SOUND["rid_reservoirs"], ("data",), [{"region": "x"}, None])
    batch = judged("rid_reservoirs", json.dumps(document).encode())
    assert batch is not None
    assert [one.code for one in batch.rejected] == ["value_missing", "value_missing"]
