"""Published examples and recorded feeds of traffic; values were read from the files by hand."""

import json
from datetime import UTC, datetime

import pytest

from data_sources import rules
from data_sources.feeds import longdo_events, ngsi_ld
from data_sources.model.city import Bounds
from data_sources.model.feed import Batch
from data_sources.model.traffic import IncidentKind
from tests.feeds.builders import RECEIVED_AT, feed_spec, recording

pytestmark = pytest.mark.real_feeds

FORMS = ("example-normalized.json", "example-normalized.jsonld", "example.json", "example.jsonld")
OTHERS = ("Vehicle",)
BANGKOK = Bounds(west=100.3, south=13.4, east=100.95, north=14.0)


def example(name: str) -> Batch:
    """A Smart Data Models example, judged by its own time."""
    feed = feed_spec(feed_id="broker", kind="ngsi_ld")
    batch = ngsi_ld.parse(recording(f"ngsi_ld/{name}"), feed=feed, received_at=RECEIVED_AT)
    return judged(batch)


def judged(batch: Batch, bounds: Bounds | None = None, now: datetime = RECEIVED_AT) -> Batch:
    return rules.judge(
        batch,
        now=rules.own_time(batch, until=now) or now,
        bounds=bounds,
        schedule=None,
        last_fix_at={},
        last_header_at=None,
    )


@pytest.mark.parametrize("form", FORMS)
def test_traffic_flow_is_the_same_in_all_four_forms(form: str) -> None:
    (found,) = example(f"TrafficFlowObserved.{form}").link_speeds
    assert (found.speed_kmh, found.samples, found.intensity_vph, found.occupancy_pct) == (52.6, 197, 2364, 76)
    assert (found.observed_at, found.period_s) == (datetime(2016, 12, 7, 11, 15, tzinfo=UTC), 300)
    assert found.points[0] == (41.6538181849672, -4.73735395519672)
    assert (len(found.points), found.link_id, found.flags) == (3, None, ())


@pytest.mark.parametrize("form", FORMS)
def test_car_park_is_the_same_in_all_four_forms(form: str) -> None:
    (found,) = example(f"OffStreetParking.{form}").facilities
    assert (found.kind, found.capacity, found.available) == ("parking", 414, 132)
    assert (found.lat, found.lon) == (41.150691773, -8.60961198807)
    assert found.observed_at == datetime(2021, 3, 11, 15, 51, 2, tzinfo=UTC)
    assert found.name == {"": "Parque de estacionamento Trindade"}


@pytest.mark.parametrize("form", FORMS)
def test_charging_station_is_the_same_in_all_four_forms(form: str) -> None:
    (found,) = example(f"EVChargingStation.{form}").facilities
    assert (found.kind, found.capacity, found.available, found.status) == ("charging", 2, None, None)
    # 20:27:29 in India
    assert found.observed_at == datetime(2022, 6, 28, 14, 57, 29, tzinfo=UTC)
    assert found.name == {"": "Agencia de Innovación"}


def test_accident_lies_where_its_only_possible_latitude_says() -> None:
    (found,) = example("RoadAccident.example-normalized.jsonld").incidents
    assert (found.kind, found.closed, found.severity) == (IncidentKind.ACCIDENT, False, 5)
    assert found.started_at == datetime(2021, 3, 12, 13, 59, 36, tzinfo=UTC)
    assert found.points == ((88.370658, -56.6404505),)
    assert found.description == {"": "Clash in the middle of a traffic light"}
    assert found.contributor == "Municipality."


@pytest.mark.parametrize("form", ["example-normalized.json", "example.json", "example.jsonld"])
def test_accident_with_the_published_latitude_of_168_degrees_is_rejected(form: str) -> None:
    assert [one.code for one in example(f"RoadAccident.{form}").rejected] == ["position_invalid"]


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("form", FORMS)
def test_other_entities_are_rejected_and_do_no_harm(name: str, form: str) -> None:
    batch = example(f"{name}.{form}")
    assert [one.code for one in batch.rejected] == ["entity_type_unknown"]
    assert batch.accepted == 0


def test_all_examples_in_one_notification_are_told_apart() -> None:
    names = ("TrafficFlowObserved", "OffStreetParking", "EVChargingStation", "RoadAccident", "Vehicle")
    data = [json.loads(recording(f"ngsi_ld/{name}.example-normalized.jsonld")) for name in names]
    body = json.dumps({"type": "Notification", "data": data}).encode()
    batch = ngsi_ld.parse(body, feed=feed_spec(kind="ngsi_ld"), received_at=RECEIVED_AT)
    assert (len(batch.link_speeds), len(batch.facilities), len(batch.incidents)) == (1, 2, 1)
    assert [one.code for one in batch.rejected] == ["entity_type_unknown"]


def longdo(now: datetime) -> Batch:
    feed = feed_spec(feed_id="events", kind="longdo_events")
    return longdo_events.parse(recording("thai/longdo_events_shape_2026.json"), feed=feed, received_at=now)


def test_longdo_events_are_a_closure_and_a_flood_in_bangkok_time() -> None:
    now = datetime(2026, 9, 21, 18, tzinfo=UTC)
    batch = judged(longdo(now), BANGKOK, now)
    closure, flood = batch.incidents
    assert (closure.incident_id, closure.kind, closure.points) == ("1001", "closure", ((13.755, 100.505),))
    assert closure.started_at == datetime(2026, 9, 19, 17, tzinfo=UTC)
    assert closure.ended_at == datetime(2026, 9, 30, 16, 59, 59, tzinfo=UTC)
    assert closure.title == {"th": "ปิดสะพานข้ามแยก", "en": "Road Closed at Overpass"}
    assert (flood.kind, flood.contributor, flood.closed) == ("flood", "itic.fm91", False)
    assert flood.ended_at == datetime(2026, 9, 21, 21, tzinfo=UTC)
    assert (batch.rejected, batch.ignored) == ((), {})


def test_longdo_flood_is_over_after_its_stop_and_left_aside_a_day_later() -> None:
    assert [one.closed for one in longdo(datetime(2026, 9, 21, 22, tzinfo=UTC)).incidents] == [False, True]
    late = datetime(2026, 9, 23, 0, tzinfo=UTC)
    batch = rules.judge(
        longdo(late), now=late, bounds=BANGKOK, schedule=None, last_fix_at={}, last_header_at=None
    )
    assert [one.incident_id for one in batch.incidents] == ["1001"]
    assert batch.ignored == {"incident_over": 1}


def test_longdo_events_of_bangkok_do_not_concern_khon_kaen() -> None:
    now = datetime(2026, 9, 21, 18, tzinfo=UTC)
    khon_kaen = Bounds(west=101.6, south=15.5, east=103.3, north=17.2)
    batch = judged(longdo(now), khon_kaen, now)
    assert (batch.accepted, batch.rejected, batch.ignored) == (0, (), {"outside_city": 2})
