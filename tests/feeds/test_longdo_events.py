"""Longdo's events: texts for numbers, Bangkok times without a zone, HTML, repeated ids."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from data_sources import rules
from data_sources.errors import FeedContentError
from data_sources.feeds import longdo_events
from data_sources.model.city import Bounds
from data_sources.model.feed import Batch
from data_sources.model.traffic import Incident, IncidentKind
from tests.feeds.builders import feed_spec

NOW = datetime(2026, 9, 22, 1, 0, tzinfo=UTC)
KHON_KAEN = Bounds(west=101.6, south=15.5, east=103.3, north=17.2)


def event(**changes: Any) -> dict[str, Any]:
    fields = {
        "eid": "1002",
        "title": "น้ำท่วมขัง ",
        "title_en": "Flooding ",
        "description": "ระดับน้ำสูง 15 ซม.",
        "latitude": "16.4400",
        "longitude": "102.8300",
        "type": "6",
        "start": "2026-09-22 00:30:00",
        "stop": "2026-09-22 12:00:00",
        "contributor": "itic.fm91 ",
        "icon": "flood",
    }
    return {key: value for key, value in {**fields, **changes}.items() if value is not None}


def parse(*events: Any, **feed: Any) -> Batch:
    spec = feed_spec(feed_id="events", kind="longdo_events", **feed)
    return longdo_events.parse(json.dumps(events).encode(), feed=spec, received_at=NOW)


def incident(**changes: Any) -> Incident:
    batch = parse(event(**changes))
    assert batch.rejected == ()
    (found,) = batch.incidents
    return found


def codes_of(batch: Batch) -> list[str]:
    return [reject.code for reject in batch.rejected]


def test_event_is_an_incident_with_texts_trimmed_and_times_of_bangkok() -> None:
    assert incident() == Incident(
        incident_id="1002",
        feed_id="events",
        kind=IncidentKind.FLOOD,
        started_at=datetime(2026, 9, 21, 17, 30, tzinfo=UTC),
        ended_at=datetime(2026, 9, 22, 5, 0, tzinfo=UTC),
        received_at=NOW,
        title={"th": "น้ำท่วมขัง", "en": "Flooding"},
        description={"th": "ระดับน้ำสูง 15 ซม."},
        points=((16.44, 102.83),),
        contributor="itic.fm91",
    )


def test_feed_may_set_another_zone() -> None:
    (found,) = parse(event(), timezone="Asia/Tokyo").incidents
    assert found.started_at == datetime(2026, 9, 21, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "icon", "expected"),
    [
        ("1", "", "breakdown"),
        ("2", "", "road_works"),
        (3, "", "accident"),
        ("6", "", "flood"),
        ("15", "", "fire"),
        ("19", "", "closure"),
        ("5", "rain", "other"),
        ("10", "", "other"),
        ("999", "Flood", "flood"),
        (None, "roadclosed", "closure"),
        (None, None, "other"),
    ],
)
def test_type_tells_what_happened_else_the_icon(kind: Any, icon: Any, expected: str) -> None:
    assert incident(type=kind, icon=icon).kind == expected


@pytest.mark.parametrize(
    ("stop", "closed"),
    [("2026-09-22 08:00:00", True), ("2026-09-22 08:00:01", False), ("", False), (None, False)],
)
def test_event_is_over_once_its_stop_has_passed(stop: str | None, closed: bool) -> None:
    assert incident(stop=stop).closed is closed


@pytest.mark.parametrize("stamp", ["", None, "0000-00-00 00:00:00", " 0000-00-00 "])
def test_empty_times_are_none(stamp: str | None) -> None:
    found = incident(start=stamp, stop=stamp)
    assert (found.started_at, found.ended_at, found.flags) == (None, None, ())


@pytest.mark.parametrize("stamp", ["soon", {}, "2026-13-45 00:00:00", "0001-01-01 00:00:00"])
def test_time_that_cannot_be_read_is_dropped_and_flagged(stamp: Any) -> None:
    found = incident(start=stamp)
    assert (found.started_at, found.flags) == (None, ("value_invalid",))


@pytest.mark.parametrize(
    ("sent", "severity", "flags"),
    [
        ("3", 3, ()),
        (5, 5, ()),
        ("0", None, ()),
        ("", None, ()),
        ("9", None, ("value_invalid",)),
        ("x", None, ("value_invalid",)),
    ],
)
def test_severity_from_one_to_five_is_taken_as_it_is(sent: Any, severity: Any, flags: Any) -> None:
    found = incident(severity=sent)
    assert (found.severity, found.flags) == (severity, flags)


def test_html_becomes_text() -> None:
    found = incident(
        title="<b>ปิดถนน</b>&nbsp;มิตรภาพ",
        description='<p>ช่องซ้าย</p><p>ปิด<br/>น้ำสูง &lt; 5 ซม.</p><script>alert("x")</script>',
    )
    assert found.title["th"] == "ปิดถนน มิตรภาพ"
    assert found.description["th"] == "ช่องซ้าย\n\nปิด\nน้ำสูง < 5 ซม."


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"eid": None}, "entity_id_missing"),
        ({"eid": " "}, "entity_id_missing"),
        ({"latitude": ""}, "position_missing"),
        ({"longitude": None}, "position_missing"),
        ({"latitude": "north"}, "position_not_number"),
    ],
)
def test_event_that_cannot_be_used_is_rejected_by_code(changes: Any, code: str) -> None:
    batch = parse(event(**changes), event(eid="2"))
    assert codes_of(batch) == [code]
    assert len(batch.incidents) == 1


def test_of_an_eid_named_twice_the_event_that_began_last_is_used() -> None:
    early = event(start="2026-09-21 00:00:00", title="early")
    for events in ((early, event()), (event(), early)):
        batch = parse(*events)
        assert [one.title["th"] for one in batch.incidents] == ["น้ำท่วมขัง"]
        assert codes_of(batch) == ["duplicate_entity"]
        assert batch.rejected[0].record["title"]["th"] == "early"


def test_events_elsewhere_are_counted_and_kept_nowhere() -> None:
    batch = parse(event(), *(event(eid=f"b{n}", latitude="13.75", longitude="100.5") for n in range(300)))
    judged = rules.judge(batch, now=NOW, bounds=KHON_KAEN, schedule=None, last_fix_at={}, last_header_at=None)
    assert [one.incident_id for one in judged.incidents] == ["1002"]
    assert (judged.rejected, judged.ignored) == ((), {"outside_city": 300})


@pytest.mark.parametrize("document", [{}, {"events": []}, 17, "x", None])
def test_other_documents_are_refused(document: Any) -> None:
    spec = feed_spec(feed_id="events", kind="longdo_events")
    with pytest.raises(FeedContentError) as caught:
        longdo_events.parse(json.dumps(document).encode(), feed=spec, received_at=NOW)
    assert caught.value.code == "not_events"


def test_empty_list_says_that_nothing_is_wrong_anywhere() -> None:
    assert parse() == Batch()
