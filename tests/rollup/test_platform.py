"""What the platform observes of itself, and that it observes nothing where nobody can tell."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from data_sources.model.city import City, FeedSpec, TrafficSpec
from data_sources.model.feed import FeedState, FeedStatus
from data_sources.model.observation import Ticket, TicketState
from data_sources.model.operations import OperationsPicture, Progress, RouteState, Spacing
from data_sources.model.service import ServiceSpec
from data_sources.model.traffic import Facility, LinkState
from data_sources.model.transit import VehiclePosition
from data_sources.network import Network
from data_sources.rollup.platform import Knowledge, LivePicture, sample
from tests.builders import NOON, feed_spec
from tests.indicators.builders import DAY, HOUR, city
from tests.ingest.small_city import link

BUSES = feed_spec("buses", url="http://x")
EVENTS = feed_spec("events", "longdo_events", url="http://x")
PARKS = feed_spec("parks", "ngsi_ld", url="http://x", entity_types=("OffStreetParking",))
REPORTS = feed_spec("reports", "traffy", url="http://x")
FEEDS = (BUSES, EVENTS, PARKS, REPORTS)
EMPTY = LivePicture({}, {}, None, (), (), {}, ())


def statuses(feeds: Sequence[FeedSpec] = FEEDS, at: datetime = NOON) -> dict[str, FeedStatus]:
    return {
        feed.feed_id: FeedStatus(
            feed_id=feed.feed_id,
            kind=feed.kind,
            state=FeedState.UP,
            interval_s=5,
            last_good_at=at,
            last_content_at=at,
        )
        for feed in feeds
    }


def town(feeds: Sequence[FeedSpec] = FEEDS) -> City:
    plain = city(feeds=feeds)
    return plain.model_copy(update={"spec": plain.spec.model_copy(update={"traffic": TrafficSpec()})})


def observed(
    known: Knowledge | None = None, now: datetime = NOON, **parts: Any
) -> dict[tuple[str, str], float]:
    fields = {name: getattr(EMPTY, name) for name in LivePicture.__dataclass_fields__}
    picture = LivePicture(**(fields | {"statuses": statuses()} | parts))
    told = sample(picture, known or Knowledge(town()), now)
    return {(one.feature_id, one.property_id): one.value for one in told}


def of_city(**parts: Any) -> dict[str, float]:
    return {name: value for (feature, name), value in observed(**parts).items() if feature == "city"}


def test_feeds_are_observed_up_or_not() -> None:
    silent = statuses() | statuses((EVENTS,), NOON - HOUR)
    told = observed(statuses=silent)
    assert (told["feed:buses", "feed_up"], told["feed:events", "feed_up"]) == (1, 0)
    assert told["city", "feeds_fresh"] == 75


def test_live_store_that_was_restarted_says_nothing_of_feeds() -> None:
    assert observed(statuses={}) == {}


def test_feed_that_is_not_set_up_does_not_count() -> None:
    feeds = (BUSES, feed_spec("later", url=""))
    assert observed(Knowledge(town(feeds)), statuses=statuses((BUSES,)))["city", "feeds_fresh"] == 100


SERVICE = ServiceSpec.model_construct(
    lines=[type("Line", (), {"route_id": "r1", "vehicles": 4})()]  # all that is asked of a contract here
)


def bus(vehicle_id: str, at: datetime = NOON, route_id: str | None = "r1") -> VehiclePosition:
    return VehiclePosition(
        feed_id="buses",
        vehicle_id=vehicle_id,
        lat=50.5,
        lon=10.5,
        observed_at=at,
        received_at=at,
        route_id=route_id,
    )


def test_buses_reporting_is_the_share_of_the_contracts_fleet() -> None:
    seen = {"buses": (bus("1"), bus("2"), bus("3", NOON - HOUR), bus("4", route_id="other"))}
    known = Knowledge(town(), service=SERVICE)
    assert of_city(known=known, positions=seen)["buses_reporting"] == 50


def test_without_a_feed_that_is_up_no_bus_is_reported_missing() -> None:
    known = Knowledge(town(), service=SERVICE)
    down = statuses() | statuses((BUSES,), NOON - HOUR)
    assert "buses_reporting" not in of_city(known=known, statuses=down, positions={"buses": (bus("1"),)})
    assert "buses_reporting" not in of_city(known=known, positions={"buses": ()})


def picture(in_service: int | None = 2, at: datetime = NOON) -> OperationsPicture:
    spacings = tuple(
        Spacing(route_id="r1", leader_id="a", follower_id="b", headway_s=headway) for headway in (300, 900)
    )
    progress = tuple(
        Progress(
            vehicle_id=str(delay),
            route_id="r1",
            pattern_id="p",
            along_m=0,
            time_share=0,
            observed_at=at,
            next_call=1,
            delay_s=delay,
        )
        for delay in (-61, -60, 0, 300, 301, None)
    )
    route = RouteState(
        route_id="r1",
        owed=2,
        in_service=in_service,
        target_headway_s=600,
        spacings=spacings,
        progress=progress,
    )
    return OperationsPicture(at=at, routes=(route,))


def test_headway_is_the_mean_of_the_spacings_in_minutes() -> None:
    assert of_city(operations=picture())["headway_mean"] == 10


def test_on_time_is_a_minute_early_to_five_late_of_those_with_a_timetable() -> None:
    assert of_city(operations=picture())["on_time_share"] == 60


@pytest.mark.parametrize("shown", [picture(None), picture(at=NOON - HOUR), None])
def test_service_that_nobody_sees_is_not_observed(shown: OperationsPicture | None) -> None:
    assert {"headway_mean", "on_time_share"}.isdisjoint(of_city(operations=shown))


def roads(corridor: str = "c") -> Knowledge:
    links = [msgspec.structs.replace(link(one, *ends), corridor_id=corridor) for one, ends in ENDS.items()]
    return Knowledge(town(), network=Network(links))


ENDS = {"south": (50.50, 50.51), "north": (50.51, 50.52)}


def state(link_id: str, speed_kmh: float | None, at: datetime = NOON, **fields: Any) -> LinkState:
    return LinkState(
        link_id=link_id,
        speed_kmh=speed_kmh,
        free_flow_kmh=50.0,
        observed_at=at,
        feed_id="buses",
        **fields,
    )


def test_corridor_speed_is_length_over_time() -> None:
    """Two links of one length at 20 and 60 km/h: 2 / (1/20 + 1/60) = 30 km/h; 40 % and 100 % of free flow."""
    told = of_city(known=roads(), links=(state("south", 20.0), state("north", 60.0)))
    assert told["corridor_speed"] == pytest.approx(30)
    assert told["speed_ratio"] == pytest.approx(70)


def test_old_or_closed_links_have_no_speed() -> None:
    told = of_city(
        known=roads(), links=(state("south", 20.0, NOON - HOUR), state("north", None, closed=True))
    )
    assert {"corridor_speed", "speed_ratio"}.isdisjoint(told)


def test_no_incident_is_observed_only_while_the_feed_is_up() -> None:
    assert of_city()["incidents_open"] == 0
    down = statuses() | statuses((EVENTS,), NOON - HOUR)
    assert "incidents_open" not in of_city(statuses=down)


def park(name: str, capacity: int | None, available: int | None, at: datetime = NOON) -> Facility:
    return Facility(
        facility_id=name,
        feed_id="parks",
        kind="parking",
        lat=50.5,
        lon=10.5,
        observed_at=at,
        received_at=at,
        capacity=capacity,
        available=available,
    )


def test_parking_is_of_car_parks_that_tell() -> None:
    parks = (park("a", 100, 10), park("b", 100, 30), park("c", 100, None), park("d", 9, 9, NOON - HOUR))
    assert of_city(facilities={"parks": parks})["parking_free"] == 20
    assert "parking_free" not in of_city(facilities={"parks": (park("c", 100, None),)})


def ticket(name: str, opened: timedelta, taken: timedelta | None = None, **fields: Any) -> Ticket:
    at = NOON - opened
    told: dict[str, Any] = (
        {"state": TicketState.OPEN}
        if taken is None
        else {"state": TicketState.CLOSED, "closed_at": at + taken}
    )
    told |= {"feed_id": "reports", "opened_at": at, "received_at": NOON}
    return Ticket(ticket_id=name, **(told | fields))


def test_reports_are_counted_and_timed() -> None:
    """Closed after 2, 4 and 200 hours: the median is 4 h and two of three took at most 7 days. A rejected
    one and one closed before the last 30 days are not among them."""
    tickets = (
        ticket("a", HOUR),
        ticket("b", 40 * DAY, state=TicketState.IN_PROGRESS),
        ticket("c", 2 * DAY, 2 * HOUR),
        ticket("d", 20 * HOUR, 4 * HOUR),
        ticket("e", 20 * DAY, 200 * HOUR),
        ticket("f", 60 * DAY, HOUR),
        ticket("g", 3 * DAY, HOUR, state=TicketState.REJECTED),
    )
    told = of_city(tickets=tickets)
    assert (told["tickets_open"], told["tickets_opened_day"], told["tickets_median_close"]) == (2, 2, 4)
    assert told["tickets_in_sla"] == pytest.approx(66.67, abs=0.01)


def test_reports_that_another_feed_or_a_simulation_left_are_not_counted() -> None:
    others = (ticket("x", HOUR, feed_id="last_year"), ticket("y", HOUR, synthetic=True))
    told = of_city(tickets=(ticket("a", HOUR), *others))
    assert (told["tickets_open"], told["tickets_opened_day"]) == (1, 1)


def test_reports_of_a_feed_that_is_down_are_not_observed() -> None:
    down = statuses() | statuses((REPORTS,), NOON - HOUR)
    assert not any(
        name.startswith("tickets") for name in of_city(statuses=down, tickets=(ticket("a", HOUR),))
    )


def test_without_a_closed_report_there_is_no_time_to_close() -> None:
    told = of_city(tickets=(ticket("a", HOUR),))
    assert {"tickets_median_close", "tickets_in_sla"}.isdisjoint(told)


def test_what_is_simulated_is_marked() -> None:
    feeds = tuple(feed.model_copy(update={"synthetic": True}) for feed in FEEDS)
    told = sample(LivePicture(statuses(feeds), {}, None, (), (), {}, ()), Knowledge(town(feeds)), NOON)
    assert told
    assert all(one.synthetic for one in told)
