"""NGSI-LD entities in all the ways they are written."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data_sources.errors import FeedContentError
from data_sources.feeds import ngsi_ld
from data_sources.model.feed import Batch
from data_sources.model.traffic import Facility, Incident, IncidentKind, LinkSpeed
from tests.feeds.builders import RECEIVED_AT, feed_spec

FEED = feed_spec(feed_id="broker", kind="ngsi_ld")
FLOW_ID = "urn:ngsi-ld:TrafficFlowObserved:1"
ENDED_AT = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
LINE = {"type": "LineString", "coordinates": [[10.25, 50.5], [10.26, 50.51]]}
POINTS = ((50.5, 10.25), (50.51, 10.26))
BASE = {
    "location": LINE,
    "dateObserved": "2026-03-01T04:55:00Z/2026-03-01T05:00:00Z",
    "averageVehicleSpeed": 52.6,
    "intensity": 20,
}


def parse(document: Any, **feed: Any) -> Batch:
    spec = feed_spec(feed_id="broker", kind="ngsi_ld", **feed)
    return ngsi_ld.parse(json.dumps(document).encode(), feed=spec, received_at=RECEIVED_AT)


def normalised(values: dict[str, Any]) -> dict[str, Any]:
    geo = {"location"}
    return {k: {"type": "GeoProperty" if k in geo else "Property", "value": v} for k, v in values.items()}


def flow(form: Any = dict, entity_type: str = "TrafficFlowObserved", **changes: Any) -> dict[str, Any]:
    values = {key: value for key, value in {**BASE, **changes}.items() if value is not None}
    return {"id": FLOW_ID, "type": entity_type, **form(values)}


def speed(document: Any, **feed: Any) -> LinkSpeed:
    batch = parse(document, **feed)
    assert batch.rejected == ()
    (found,) = batch.link_speeds
    return found


def codes_of(batch: Batch) -> list[str]:
    return [reject.code for reject in batch.rejected]


FORMS = [
    dict,
    normalised,
    lambda values: {key: {"value": value} for key, value in values.items()},
    lambda values: {key: {"type": "Number", "value": value, "metadata": {}} for key, value in values.items()},
    lambda values: {key: [{"type": "Property", "value": value}] for key, value in values.items()},
    lambda values: {f"https://smartdatamodels.org/{key}": value for key, value in values.items()},
]


@pytest.mark.parametrize("form", FORMS)
def test_flow_is_the_same_in_every_form(form: Any) -> None:
    assert speed(flow(form)) == LinkSpeed(
        feed_id="broker",
        points=POINTS,
        speed_kmh=52.6,
        period_s=300,
        samples=20,
        intensity_vph=240,
        observed_at=ENDED_AT,
        received_at=RECEIVED_AT,
    )


@pytest.mark.parametrize(
    "wrap",
    [
        lambda entity: entity,
        lambda entity: [entity],
        lambda entity: {"type": "Notification", "data": [entity]},
        lambda entity: {"type": "Notification", "data": entity},
        lambda entity: {"subscriptionId": "abc", "data": [entity]},
    ],
)
def test_message_may_be_a_notification_a_list_or_one_entity(wrap: Any) -> None:
    assert speed(wrap(flow())).speed_kmh == 52.6


@pytest.mark.parametrize("document", [17, "x", None, True, {"type": "Notification"}, {"subscriptionId": 1}])
def test_other_documents_are_refused(document: Any) -> None:
    with pytest.raises(FeedContentError) as caught:
        parse(document)
    assert caught.value.code == "not_ngsi"


def test_empty_notification_says_nothing() -> None:
    assert parse({"type": "Notification", "data": []}) == Batch()


@pytest.mark.parametrize(
    ("kind", "code"),
    [("WasteContainer", "entity_type_unknown"), (None, "entity_type_unknown"), ([], "entity_type_unknown")],
)
def test_unknown_type_is_rejected_and_does_no_harm(kind: Any, code: str) -> None:
    other = {"id": "urn:ngsi-ld:Streetlight:1", "type": kind}
    batch = parse([other, flow()])
    assert codes_of(batch) == [code]
    assert batch.rejected[0].entity_id == "urn:ngsi-ld:Streetlight:1"
    assert len(batch.link_speeds) == 1


@pytest.mark.parametrize(
    "kind",
    [
        "https://smartdatamodels.org/dataModel.Transportation/TrafficFlowObserved",
        ["X", "TrafficFlowObserved"],
    ],
)
def test_type_may_be_an_address_or_one_of_several(kind: Any) -> None:
    assert speed(flow(entity_type=kind)).speed_kmh == 52.6


@pytest.mark.parametrize("document", [[17], [{"type": "TrafficFlowObserved"}], [{**flow(), "id": ""}]])
def test_entity_without_an_id_is_rejected(document: Any) -> None:
    assert codes_of(parse(document)) == ["entity_id_missing"]


def test_of_entities_with_one_id_the_newest_is_used() -> None:
    older = flow(dateObserved="2026-03-01T04:50:00Z", averageVehicleSpeed=10)
    for document in ([flow(), older], [older, flow()]):
        batch = parse(document)
        assert [one.speed_kmh for one in batch.link_speeds] == [52.6]
        assert codes_of(batch) == ["duplicate_entity"]
        assert batch.rejected[0].record["speed_kmh"] == 10


def test_lanes_are_link_speeds_side_by_side_with_their_counts() -> None:
    lanes = [{**flow(laneId=lane, intensity=10 * lane), "id": f"{FLOW_ID}:{lane}"} for lane in (1, 2)]
    assert [one.samples for one in parse(lanes).link_speeds] == [10, 20]


# --- time


@pytest.mark.parametrize(
    ("times", "ended_at", "period_s"),
    [
        ({"dateObserved": "2026-03-01T05:00:00Z"}, ENDED_AT, None),
        ({"dateObserved": "2026-03-01T04:55:00Z/PT5M"}, ENDED_AT, 300),
        ({"dateObserved": "2026-03-01T11:59:00+07:00/2026-03-01T12:00:00+07:00"}, ENDED_AT, 60),
        (
            {
                "dateObserved": "2026-03-01T01:00:00/2026-03-01T01:05:00",
                "dateObservedFrom": "2026-03-01T04:58:00Z",
                "dateObservedTo": "2026-03-01T05:00:00Z",
            },
            ENDED_AT,
            120,
        ),
        ({"dateObserved": None, "dateModified": "2026-03-01T05:00:00Z"}, ENDED_AT, None),
        ({"dateObserved": {"@type": "DateTime", "@value": "2026-03-01T05:00:00Z"}}, ENDED_AT, None),
    ],
)
def test_time_is_the_end_of_the_interval(times: Any, ended_at: datetime, period_s: float | None) -> None:
    found = speed(flow(**times, intensity=None))
    assert (found.observed_at, found.period_s, found.flags) == (ended_at, period_s, ())


def test_time_of_the_value_itself_is_read() -> None:
    entity = flow(normalised, dateObserved=None, intensity=None)
    entity["averageVehicleSpeed"]["observedAt"] = "2026-03-01T05:00:00Z"
    assert speed(entity).observed_at == ENDED_AT


@pytest.mark.parametrize(("zone", "hour"), [(None, 5), ("Asia/Bangkok", -2)])
def test_time_without_offset_is_utc_unless_the_feed_says_otherwise_and_is_flagged(
    zone: str | None, hour: int
) -> None:
    found = speed(flow(dateObserved="2026-03-01T05:00:00", intensity=None), timezone=zone)
    assert found.observed_at == datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour)
    assert found.flags == ("timestamp_zone_assumed",)


@pytest.mark.parametrize(
    ("stamp", "flags"),
    [
        (None, ("timestamp_from_receipt",)),
        ("yesterday", ("timestamp_unreadable", "timestamp_from_receipt")),
        ("2026-03-01T04:55:00Z/", ("timestamp_from_receipt",)),
        ("9999-12-31T23:59:59Z/P1D", ("timestamp_from_receipt",)),
        ("0001-01-01T00:00:00+14:00", ("timestamp_unreadable", "timestamp_from_receipt")),
    ],
)
def test_without_a_readable_time_that_of_receipt_counts_and_is_flagged(
    stamp: str | None, flags: tuple[str, ...]
) -> None:
    found = speed(flow(dateObserved=stamp, intensity=None))
    assert (found.observed_at, found.flags) == (RECEIVED_AT, flags)


# --- values


@pytest.mark.parametrize(
    ("sent", "unit", "kmh", "flags"),
    [
        (50, None, 50, ()),
        ("50.5", "KMH", 50.5, ()),
        (10, "MTS", 36, ()),
        (10, "HM", 16.09344, ()),
        (10, "KNT", None, ("unit_unknown",)),
        (-1, "KMH", None, ()),
        ("-1.0", None, None, ()),
        (0, None, 0, ()),
        (-7, None, -7, ()),  # judged by the rules
        ("fast", None, None, ("value_invalid",)),
        (True, None, None, ("value_invalid",)),
    ],
)
def test_speed_is_read_by_its_unit(sent: Any, unit: str | None, kmh: float | None, flags: Any) -> None:
    entity = flow(normalised)
    entity["averageVehicleSpeed"] = {
        "type": "Property",
        "value": sent,
        **({"unitCode": unit} if unit else {}),
    }
    found = speed(entity)
    assert found.speed_kmh == (None if kmh is None else pytest.approx(kmh))
    assert found.flags == flags


@pytest.mark.parametrize(
    ("sent", "unit", "percent", "flags"),
    [
        (0.76, None, 76, ()),
        (0.76, "C62", 76, ()),
        (76, "P1", 76, ()),
        (76, None, None, ("value_invalid",)),
        (-1, None, None, ()),
        (-0.5, None, None, ("value_invalid",)),
        (0, None, 0, ()),
    ],
)
def test_occupancy_is_a_share_shown_as_percent(
    sent: float, unit: str | None, percent: float | None, flags: Any
) -> None:
    entity = flow(normalised)
    entity["occupancy"] = {"type": "Property", "value": sent, **({"unitCode": unit} if unit else {})}
    found = speed(entity)
    assert (found.occupancy_pct, found.flags) == (percent, flags)


def test_no_vehicle_and_no_speed_is_a_value_of_its_own() -> None:
    found = speed(flow(intensity="0", averageVehicleSpeed=-1))
    assert (found.speed_kmh, found.samples, found.intensity_vph, found.flags) == (None, 0, 0, ())


def test_count_without_an_interval_gives_no_intensity() -> None:
    found = speed(flow(dateObserved="2026-03-01T05:00:00Z"))
    assert (found.samples, found.intensity_vph, found.flags) == (20, None, ("count_without_period",))


@pytest.mark.parametrize(("sent", "flags"), [(True, ("congested",)), ("true", ("congested",)), (False, ())])
def test_congestion_is_marked(sent: Any, flags: Any) -> None:
    assert speed(flow(congested=sent)).flags == flags


# --- place


@pytest.mark.parametrize(
    ("location", "points"),
    [
        ({"type": "Point", "coordinates": [10.25, 50.5]}, ((50.5, 10.25),)),
        ({"type": "Point", "coordinates": ["10.25", "50.5", 180]}, ((50.5, 10.25),)),
        (LINE, POINTS),
        (
            {"type": "Polygon", "coordinates": [[[10, 50], [10.5, 50], [10.5, 50.5], [10, 50.5], [10, 50]]]},
            ((50.25, 10.25),),
        ),
    ],
)
def test_place_is_a_point_a_line_or_the_middle_of_an_area(location: Any, points: Any) -> None:
    assert speed(flow(location=location)).points == points


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ({"type": "MultiPoint", "coordinates": [[10, 50]]}, "geometry_unusable"),
        ("10.25,50.5", "geometry_unusable"),
        ({"type": "Polygon", "coordinates": []}, "geometry_unusable"),
        ({"type": "Polygon", "coordinates": [[]]}, "position_missing"),
        ({"type": "Point", "coordinates": []}, "position_missing"),
        ({"type": "Point", "coordinates": [None, 50]}, "position_missing"),
        ({"type": "Point", "coordinates": ["east", 50]}, "position_not_number"),
        ({"type": "LineString", "coordinates": [[10, 50]] * 501}, "geometry_unusable"),
        (None, "position_missing"),
    ],
)
def test_place_that_cannot_be_read_rejects_the_entity(location: Any, code: str) -> None:
    assert codes_of(parse(flow(location=location))) == [code]


@pytest.mark.parametrize(
    "reference",
    [
        {"type": "Relationship", "object": "urn:ngsi-ld:RoadSegment:mittraphap-n-01"},
        "urn:ngsi-ld:RoadSegment:mittraphap-n-01",
        "mittraphap-n-01",
        ["mittraphap-n-01"],
    ],
)
def test_road_segment_is_the_link(reference: Any) -> None:
    found = speed(flow(refRoadSegment=reference, location=None))
    assert (found.link_id, found.points) == ("mittraphap-n-01", ())


def test_id_with_colons_is_kept_whole() -> None:
    assert speed(flow(refRoadSegment="urn:ngsi-ld:RoadSegment:osm:1234")).link_id == "osm:1234"
    assert speed(flow(refRoadSegment="osm:1234")).link_id == "osm:1234"


@pytest.mark.parametrize(
    ("lane", "points", "flags"),
    [
        ({"laneDirection": "forward"}, POINTS, ()),
        ({"laneDirection": "backward"}, POINTS[::-1], ()),
        ({"reversedLane": True}, POINTS[::-1], ("lane_reversed",)),
        ({"laneDirection": "backward", "reversedLane": True}, POINTS, ("lane_reversed",)),
    ],
)
def test_line_runs_in_the_direction_of_travel(lane: Any, points: Any, flags: Any) -> None:
    found = speed(flow(**lane))
    assert (found.points, found.flags) == (points, flags)


def test_backward_lanes_of_a_segment_are_never_taken_for_the_forward_ones() -> None:
    placed = speed(flow(refRoadSegment="A", laneDirection="backward"))
    assert (placed.link_id, placed.points) == (None, POINTS[::-1])
    unplaced = speed(flow(refRoadSegment="A", laneDirection="backward", location=None))
    assert (unplaced.link_id, unplaced.points) == ("A:backward", ())


# --- accidents


def accident(**changes: Any) -> Incident:
    values = {
        "accidentDate": "2026-03-01T04:00:00Z",
        "location": {"type": "Point", "coordinates": [10.25, 50.5]},
        "status": "onGoing",
        **changes,
    }
    batch = parse({"id": "urn:ngsi-ld:RoadAccident:1", "type": "RoadAccident", **normalised(values)})
    assert batch.rejected == ()
    (found,) = batch.incidents
    return found


def test_accident_is_an_incident() -> None:
    found = accident(name="Clash", description="Two cars\nand a bus", dataProvider="Police")
    assert found == Incident(
        incident_id="urn:ngsi-ld:RoadAccident:1",
        feed_id="broker",
        kind=IncidentKind.ACCIDENT,
        started_at=datetime(2026, 3, 1, 4, tzinfo=UTC),
        received_at=RECEIVED_AT,
        title={"": "Clash"},
        description={"": "Two cars\nand a bus"},
        points=((50.5, 10.25),),
        contributor="Police",
    )


@pytest.mark.parametrize(("status", "closed"), [("onGoing", False), ("solved", True), ("archived", True)])
def test_status_tells_whether_it_is_over(status: str, closed: bool) -> None:
    assert accident(status=status).closed is closed


@pytest.mark.parametrize(
    ("casualties", "severity"),
    [
        ({}, None),
        ({"totalInjured": 0, "numPassengersDead": 0}, None),
        ({"totalInjured": "2"}, 4),
        ({"numPedestrianInjured": True}, 4),
        ({"totalInjured": 2, "numPassengersDead": 1}, 5),
        ({"numPassengersDead": False, "totalDeadPeopleWithin24Hours": True}, 5),
    ],
)
def test_severity_is_told_by_casualties_alone(casualties: Any, severity: int | None) -> None:
    found = accident(**casualties)
    assert (found.severity, found.flags) == (severity, ())


def test_texts_by_language_are_kept() -> None:
    entity = {
        "id": "a",
        "type": "RoadAccident",
        "location": {"type": "Point", "coordinates": [10.25, 50.5]},
        "name": {
            "type": "LanguageProperty",
            "languageMap": {"th": "รถชน", "en": "Clash", "@none": "?", "x": 1},
        },
    }
    (found,) = parse(entity).incidents
    assert found.title == {"th": "รถชน", "en": "Clash", "": "?"}


def test_accident_without_a_place_is_rejected() -> None:
    assert codes_of(parse({"id": "a", "type": "RoadAccident"})) == ["position_missing"]


# --- car parks and charging stations


def facility(entity_type: str = "OffStreetParking", **values: Any) -> Facility:
    entity = {"id": "f", "type": entity_type, "location": {"type": "Point", "coordinates": [10.25, 50.5]}}
    batch = parse({**entity, **values})
    assert batch.rejected == ()
    (found,) = batch.facilities
    return found


def test_car_park_is_a_facility() -> None:
    found = facility(
        totalSpotNumber=414,
        availableSpotNumber={"type": "Property", "value": "132", "observedAt": "2026-03-01T05:00:00Z"},
        name="Trindade",
        status=["open", "almostFull"],
    )
    assert found == Facility(
        facility_id="f",
        feed_id="broker",
        kind="parking",
        lat=50.5,
        lon=10.25,
        observed_at=ENDED_AT,
        received_at=RECEIVED_AT,
        name={"": "Trindade"},
        capacity=414,
        available=132,
        status="open, almostFull",
    )


def test_places_free_follow_from_those_taken() -> None:
    assert facility(totalSpotNumber=414, occupiedSpotNumber=282).available == 132
    assert facility(totalSpotNumber=414, occupiedSpotNumber=500).available is None
    assert facility(occupiedSpotNumber=282).available is None


@pytest.mark.parametrize(
    ("sent", "flags"), [(-1, ()), (-5, ("value_invalid",)), ("many", ("value_invalid",))]
)
def test_count_that_is_none_is_not_zero(sent: Any, flags: tuple[str, ...]) -> None:
    found = facility(availableSpotNumber=sent, dateModified="2026-03-01T05:00:00Z")
    assert (found.available, found.flags) == (None, flags)


@pytest.mark.parametrize(
    ("times", "observed_at"),
    [
        (
            {"occupancyModified": "2026-03-01T03:00:00Z", "observationDateTime": "2026-03-01T05:00:00Z"},
            ENDED_AT,
        ),
        ({"occupancyModified": "2026-03-01T05:00:00Z", "dateModified": "2026-03-01T05:30:00Z"}, ENDED_AT),
        ({"dateModified": "2026-03-01T05:00:00Z"}, ENDED_AT),
        ({}, RECEIVED_AT),
    ],
)
def test_time_of_a_facility_is_the_newest_that_its_count_has(times: Any, observed_at: datetime) -> None:
    assert facility(**times).observed_at == observed_at


def test_charging_station_is_a_facility() -> None:
    found = facility("EVChargingStation", capacity=2, availableCapacity=1, status="working", stationName="A")
    assert (found.kind, found.capacity, found.available, found.status) == ("charging", 2, 1, "working")
    assert found.name == {"": "A"}


def test_simulated_feed_marks_all_that_it_says() -> None:
    assert speed(flow(), synthetic=True).synthetic
