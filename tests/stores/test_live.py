"""What every live store does."""

import asyncio
import time
from contextlib import aclosing
from datetime import timedelta

import pytest

from data_sources.errors import StoreError
from data_sources.model.operations import Arrival, OperationsPicture, RouteState
from data_sources.model.traffic import Facility
from data_sources.stores.base import LiveStore, Topic
from data_sources.stores.live import RedisChanges, RedisLive
from data_sources.stores.memory import MemoryChanges, MemoryLive
from tests.stores.samples import NOON, alert, fix, incident, link, status, trip_update
from tests.system.processes import wait_until

LONG = timedelta(minutes=1)


def test_empty_store_holds_nothing(live: LiveStore) -> None:
    assert not any((live.positions(), live.trip_updates(), live.alerts(), live.feed_statuses()))
    assert not any((live.links(), live.incidents(), live.facilities(), live.operations()))


def test_picture_of_a_feed_is_replaced_as_a_whole(live: LiveStore) -> None:
    live.put_positions("buses", [fix("a"), fix("b")])
    live.put_positions("trams", [fix("t", feed_id="trams")])
    live.put_positions("buses", [fix("b", 10, speed_kmh=12.5, flags=("trip_unknown",))])
    assert live.positions() == {
        "buses": (fix("b", 10, speed_kmh=12.5, flags=("trip_unknown",)),),
        "trams": (fix("t", feed_id="trams"),),
    }


def test_everything_comes_back_as_it_went_in(live: LiveStore) -> None:
    live.put_trip_updates("buses", [trip_update("t1", 0)])
    live.put_alerts("buses", [alert("a1", 0)])
    live.put_feed_status(status(last_good_at=fix().observed_at, rejected={"position_zero": 3}))
    assert live.trip_updates() == {"buses": (trip_update("t1", 0),)}
    assert live.alerts() == {"buses": (alert("a1", 0),)}
    assert live.feed_statuses() == {
        "buses": status(last_good_at=fix().observed_at, rejected={"position_zero": 3})
    }


def test_picture_of_traffic_and_operations_is_the_last_one_put(live: LiveStore) -> None:
    links = (link("b", 12.34, disagreement=True), link("a", None), link("c", closed=True))
    arrival = Arrival(
        route_id="red", stop_id="S1", call=0, vehicle_id="b1", expected_at=NOON, basis="schedule", error_s=4.5
    )
    route = RouteState(route_id="red", owed=None, in_service=0, target_headway_s=None)
    picture = OperationsPicture(at=NOON, routes=(route,), arrivals=(arrival,))
    for _ in range(2):
        live.put_links(links)
        live.put_incidents([incident("i1"), incident("i2", title={"th": "น้ำท่วม"}, points=((16.4, 102.8),))])
        live.put_operations(OperationsPicture(at=NOON - LONG))
    live.put_incidents([incident("i2")])
    live.put_operations(picture)
    assert live.links() == links
    assert live.incidents() == (incident("i2"),)
    assert live.operations() == picture


def test_facilities_of_a_feed_are_replaced_as_a_whole(live: LiveStore) -> None:
    def car_park(feed_id: str, facility_id: str, available: int | None) -> Facility:
        fields = {"kind": "parking", "lat": 16.4, "lon": 102.8, "observed_at": NOON, "received_at": NOON}
        return Facility(facility_id=facility_id, feed_id=feed_id, available=available, **fields)

    live.put_facilities("parking", [car_park("parking", "p1", 3), car_park("parking", "p2", 0)])
    live.put_facilities("chargers", [car_park("chargers", "c1", None)])
    live.put_facilities("parking", [car_park("parking", "p2", 1)])
    assert live.facilities() == {
        "parking": (car_park("parking", "p2", 1),),
        "chargers": (car_park("chargers", "c1", None),),
    }


def test_lease_is_held_by_one_owner_who_may_renew_it(live: LiveStore) -> None:
    assert live.acquire_lease("buses", "one", LONG)
    assert live.acquire_lease("buses", "one", LONG)
    assert not live.acquire_lease("buses", "two", LONG)
    assert live.acquire_lease("trams", "two", LONG)


def test_released_lease_is_free(live: LiveStore) -> None:
    live.acquire_lease("buses", "one", LONG)
    live.release_lease("buses", "one")
    assert live.acquire_lease("buses", "two", LONG)


def test_lease_of_another_cannot_be_released(live: LiveStore) -> None:
    live.acquire_lease("buses", "one", LONG)
    live.release_lease("buses", "two")
    assert not live.acquire_lease("buses", "two", LONG)


def test_lease_that_is_not_renewed_runs_out(live: LiveStore) -> None:
    assert live.acquire_lease("buses", "one", timedelta(milliseconds=30))
    wait_until(lambda: live.acquire_lease("buses", "two", LONG), 5, "the lease runs out")
    assert not live.acquire_lease("buses", "one", LONG)


def test_memory_lease_runs_by_the_clock_it_is_given() -> None:
    now = [100.0]
    live = MemoryLive(monotonic=lambda: now[0])
    assert live.acquire_lease("buses", "one", timedelta(seconds=10))
    now[0] += 9.9
    assert not live.acquire_lease("buses", "two", LONG)
    now[0] += 0.1
    assert live.acquire_lease("buses", "two", LONG)


async def _heard(changes: MemoryChanges | RedisChanges, live: LiveStore) -> tuple[list[Topic], list[Topic]]:
    """Topics at the start, then those of one write of each kind."""
    async with aclosing(changes.changes()) as topics:
        first = [await asyncio.wait_for(anext(topics), 5) for _ in Topic]
        await asyncio.to_thread(live.put_feed_status, status())
        await asyncio.to_thread(live.put_positions, "buses", [fix()])
        await asyncio.to_thread(live.put_alerts, "buses", [])
        await asyncio.to_thread(live.put_trip_updates, "buses", [])
        await asyncio.to_thread(live.put_links, [])
        await asyncio.to_thread(live.put_incidents, [])
        await asyncio.to_thread(live.put_facilities, "parking", [])
        await asyncio.to_thread(live.put_operations, OperationsPicture(at=NOON))
        await asyncio.to_thread(live.put_observations, "air", [], [])
        await asyncio.to_thread(live.put_tickets, "reports", [])
        await asyncio.to_thread(live.put_indicators, [])
        return first, [await asyncio.wait_for(anext(topics), 5) for _ in Topic]


def test_listener_hears_every_topic_at_first_then_each_change(
    live: LiveStore, changes: MemoryChanges | RedisChanges
) -> None:
    first, then = asyncio.run(_heard(changes, live))
    assert set(first) == set(Topic)
    assert then == [
        Topic.FEEDS,
        Topic.VEHICLES,
        Topic.ALERTS,
        Topic.TRIP_UPDATES,
        Topic.LINKS,
        Topic.INCIDENTS,
        Topic.FACILITIES,
        Topic.OPERATIONS,
        Topic.OBSERVATIONS,
        Topic.TICKETS,
        Topic.INDICATORS,
    ]


def test_cities_on_one_server_do_not_meet(embedded_valkey_url: str) -> None:
    here, there = RedisLive(embedded_valkey_url, "here"), RedisLive(embedded_valkey_url, "there")
    here.put_positions("buses", [fix()])
    assert here.acquire_lease("buses", "one", LONG)
    assert there.positions() == {}
    assert there.acquire_lease("buses", "two", LONG)


def test_server_away_is_told_in_one_line_and_soon() -> None:
    live = RedisLive("redis://127.0.0.1:1/0", "testville")
    began = time.monotonic()
    for call in (live.ping, live.positions, lambda: live.acquire_lease("buses", "one", LONG)):
        with pytest.raises(StoreError, match="live store") as caught:
            call()
        assert "\n" not in str(caught.value)
    assert time.monotonic() - began < 3


def test_wrong_url_is_told_in_one_line() -> None:
    with pytest.raises(StoreError, match="live store: Redis URL must"):
        RedisLive("http://127.0.0.1", "testville")
