"""The traffic desk: sources and buses in, one state of every link out."""

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sources.catalogue import load_city, load_schedule
from data_sources.desks.traffic_desk import TrafficDesk, stop_places, stops_by_route
from data_sources.model.city import TrafficSpec
from data_sources.model.traffic import LinkSpeed, LinkState
from data_sources.model.transit import VehiclePosition
from data_sources.network import Network, read_network
from data_sources.rules.traffic import LINK_UNKNOWN
from data_sources.segment_index import Plane
from tests.builders import NOON, feed_spec, seconds
from tests.roads import NORTH_M, at, crossing, street

BRUMAL_BAY = Path(__file__).resolve().parent.parent / "fixtures" / "cities" / "brumal_bay"
KHON_KAEN = Path(__file__).resolve().parents[2] / "dashboard" / "cities" / "khon_kaen"
NETWORK = crossing()
SPEC = TrafficSpec(trust=("detectors", "probe"), probe_min_samples=1)
FEEDS = [feed_spec("detectors", interval_s=60), feed_spec("vendor", interval_s=60)]


def desk(network: Network | None = NETWORK, spec: TrafficSpec = SPEC, **more: Any) -> TrafficDesk:
    return TrafficDesk(network, spec, feeds=FEEDS, **more)


def speed(
    feed_id: str = "detectors",
    link_id: str | None = "e-0",
    kmh: float | None = 20.0,
    age_s: float = 0,
    **more: Any,
) -> LinkSpeed:
    return LinkSpeed(
        feed_id=feed_id,
        observed_at=NOON - seconds(age_s),
        received_at=NOON,
        link_id=link_id,
        speed_kmh=kmh,
        **more,
    )


def state(one: TrafficDesk, link_id: str = "e-0", after_s: float = 0) -> LinkState:
    return next(state for state in one.states(NOON + seconds(after_s)) if state.link_id == link_id)


def bus(vehicle_id: str, after_s: float, east_m: float, north_m: float = 0.0, **more: Any) -> VehiclePosition:
    lat, lon = at(east_m, north_m)
    values = {"feed_id": "buses", "bearing_deg": 90.0, "route_id": "red", **more}
    stamp = NOON + seconds(after_s)
    return VehiclePosition(
        vehicle_id=vehicle_id, lat=lat, lon=lon, observed_at=stamp, received_at=stamp, **values
    )


def drive(
    vehicle_id: str = "R1",
    kmh: float = 36,
    until_s: int = 60,
    every_s: int = 1,
    start_s: float = 0,
    **more: Any,
) -> list[VehiclePosition]:
    """A bus that drives east from the start of `e-0` at an even speed."""
    times = range(0, until_s + 1, every_s)
    return [bus(vehicle_id, start_s + t, kmh / 3.6 * t, **more) for t in times]


def follow(one: TrafficDesk, fixes: Iterable[VehiclePosition]) -> None:
    for fix in fixes:
        one.put_positions([fix])


# --- Sources --------------------------------------------------------------------------------------


def test_states_come_in_the_order_of_the_network_with_every_link() -> None:
    assert tuple(one.link_id for one in desk().states(NOON)) == NETWORK.ids


def test_link_without_data_has_no_speed_and_no_source() -> None:
    empty = state(desk())
    assert (empty.speed_kmh, empty.observed_at, empty.feed_id, empty.closed) == (None, None, None, False)
    assert empty.free_flow_kmh == 50


def test_speed_of_a_link_becomes_its_state() -> None:
    one = desk()
    assert one.put_speeds("detectors", [speed(kmh=23.5)]) == ()
    told = state(one)
    assert (told.speed_kmh, told.feed_id, told.observed_at) == (23.5, "detectors", NOON)


def test_speed_of_a_place_finds_its_link_by_the_bearing() -> None:
    one = desk()
    place = speed(link_id=None, points=(at(450, 4),), bearing_deg=268)
    assert one.put_speeds("detectors", [place]) == ()
    assert state(one, "w-1").speed_kmh == 20.0
    assert state(one, "e-1").speed_kmh is None


@pytest.mark.parametrize(
    "unknown",
    [
        speed(link_id="no-such-link"),
        speed(link_id=None),
        speed(link_id=None, points=(at(450, 0),)),
        speed(link_id=None, points=(at(450, 400),), bearing_deg=90),
    ],
    ids=["reference", "no place", "no bearing", "off the network"],
)
def test_speed_of_no_link_is_returned_for_quarantine(unknown: LinkSpeed) -> None:
    (rejected,) = desk().put_speeds("detectors", [unknown])
    assert rejected.code == LINK_UNKNOWN.code
    assert rejected.record["speed_kmh"] == 20.0


def test_unknown_reference_with_a_place_is_found_by_the_place() -> None:
    one = desk()
    assert one.put_speeds("detectors", [speed(link_id="TMC-9", points=(at(150, 0),), bearing_deg=90)]) == ()


def test_older_word_of_a_source_does_not_replace_a_newer_one() -> None:
    one = desk()
    one.put_speeds("detectors", [speed(kmh=20, age_s=10)])
    one.put_speeds("detectors", [speed(kmh=50, age_s=70)])
    assert state(one).speed_kmh == 20


def test_part_of_a_sources_links_leaves_the_others_as_they_were() -> None:
    one = desk()
    one.put_speeds("detectors", [speed(link_id="e-0", kmh=20)])
    one.put_speeds("detectors", [speed(link_id="e-1", kmh=30)])
    assert (state(one, "e-0").speed_kmh, state(one, "e-1").speed_kmh) == (20, 30)


def test_less_trusted_source_takes_over_when_the_trusted_one_freezes() -> None:
    one = desk()
    one.put_speeds("detectors", [speed(kmh=20)])
    one.put_speeds("vendor", [speed("vendor", kmh=40, age_s=-110)])
    assert state(one, after_s=120).feed_id == "detectors"
    assert state(one, after_s=121).feed_id == "vendor"
    assert [one.feed_id for one in state(one, after_s=121).sources] == ["detectors", "vendor"]


def test_closure_of_any_current_source_closes_the_link() -> None:
    one = desk()
    one.put_speeds("detectors", [speed(kmh=45)])
    one.put_speeds("vendor", [speed("vendor", kmh=None, closed=True)])
    told = state(one)
    assert (told.closed, told.disagreement, told.feed_id) == (True, True, "vendor")


def test_source_that_is_silent_for_an_hour_is_forgotten() -> None:
    one = desk()
    one.put_speeds("detectors", [speed()])
    assert state(one, after_s=3600).speed_kmh == 20.0
    assert state(one, after_s=3601).speed_kmh is None


def test_simulated_speed_makes_a_simulated_state() -> None:
    one = desk()
    one.put_speeds("detectors", [speed(synthetic=True), speed(link_id="e-1")])
    assert (state(one).synthetic, state(one, "e-1").synthetic) == (True, False)


def test_city_without_links_refuses_speeds_and_has_no_states() -> None:
    one = desk(network=None)
    assert [rejected.code for rejected in one.put_speeds("detectors", [speed()])] == [LINK_UNKNOWN.code]
    one.put_positions(drive())
    assert one.states(NOON) == ()


# --- Probes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("every_s", [1, 5, 15])
def test_bus_measures_its_links_however_often_it_reports(every_s: int) -> None:
    one = desk()
    follow(one, drive(kmh=36, until_s=60, every_s=every_s))
    told = state(one, "e-0", after_s=60)
    assert told.feed_id == "probe"
    assert told.speed_kmh == pytest.approx(36, abs=0.5)
    assert told.sources[0].samples == 1
    assert state(one, "e-1", after_s=60).speed_kmh == pytest.approx(36, abs=0.5)
    assert state(one, "w-0", after_s=60).speed_kmh is None


def test_fixes_of_one_message_are_the_same_as_one_by_one() -> None:
    together, apart = desk(), desk()
    fleet = [drive("R1", 30), drive("R2", 20)]
    for pair in zip(*fleet, strict=True):
        together.put_positions(pair)
    follow(apart, [*fleet[0], *fleet[1]])
    assert together.states(NOON + seconds(60)) == apart.states(NOON + seconds(60))


def test_speed_waits_for_enough_passes() -> None:
    one = desk(spec=SPEC.model_copy(update={"probe_min_samples": 2}))
    follow(one, drive("R1"))
    assert state(one, after_s=60).speed_kmh is None
    follow(one, drive("R2", start_s=60))
    assert state(one, after_s=120).sources[0].samples == 2


def test_dwell_at_a_stop_of_the_route_does_not_slow_the_link() -> None:
    standing = [bus("R1", 15 + t, 150) for t in range(1, 41)]
    onward = [bus("R1", 55 + t, 150 + 10 * t) for t in range(1, 16)]
    fixes = [*drive(until_s=15), *standing, *onward]
    with_stop = desk(stops_of_route={"red": [at(150, 5)]})
    other_route = desk(stops_of_route={"blue": [at(150, 5)]})
    follow(with_stop, fixes)
    follow(other_route, fixes)
    assert state(with_stop, after_s=70).speed_kmh == pytest.approx(36, abs=2)
    # 300 m in 70 s
    assert state(other_route, after_s=70).speed_kmh == pytest.approx(15.4, abs=1)


def test_bus_that_is_charging_beside_the_road_is_no_jam() -> None:
    one = desk()
    follow(one, [bus("R1", t, 150, status="charging") for t in range(0, 120, 5)])
    assert state(one, after_s=120).speed_kmh is None


def test_bus_in_a_jam_is_one() -> None:
    one = desk()
    follow(one, [bus("R1", t, 150 + t / 10) for t in range(0, 120, 5)])
    assert state(one, after_s=120).speed_kmh == pytest.approx(0.36, abs=0.05)


def test_nothing_is_said_of_a_long_silence() -> None:
    one = desk()
    follow(one, [bus("R1", 0, 10), bus("R1", 91, 290)])
    assert state(one, after_s=91).speed_kmh is None


def test_vehicle_that_two_feeds_of_an_operator_report_counts_once() -> None:
    one = desk(operator_of={"buses": "campus", "copy": "campus"})
    pairs = zip(drive(every_s=5), drive(every_s=5, feed_id="copy"), strict=True)
    follow(one, [fix for pair in pairs for fix in pair])
    assert state(one, after_s=60).sources[0].samples == 1


def test_probe_speed_ends_with_its_window() -> None:
    one = desk()
    follow(one, drive(until_s=30, every_s=5))
    assert state(one, after_s=30 + 599).speed_kmh is not None
    assert state(one, after_s=30 + 600).speed_kmh is None


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-50, 1250), st.floats(-60, 60), st.none() | st.floats(0, 360)), max_size=12),
    st.integers(1, 40),
)
def test_any_fixes_give_plausible_speeds_or_none(
    places: list[tuple[float, float, float | None]], step_s: int
) -> None:
    one = desk()
    for number, (east_m, north_m, bearing) in enumerate(places):
        one.put_positions([bus("R1", number * step_s, east_m, north_m, bearing_deg=bearing)])
    for told in one.states(NOON + timedelta(seconds=len(places) * step_s)):
        assert told.speed_kmh is None or 0 <= told.speed_kmh <= 130
        assert (told.speed_kmh is None) == (told.feed_id is None)


def test_stops_of_a_schedule_come_by_route_and_by_id() -> None:
    schedule = load_schedule(load_city(BRUMAL_BAY, {}), demo=False)
    assert schedule is not None
    quay = schedule.stops["h1"]
    assert stop_places(schedule)["h1"] == (quay.lat, quay.lon)
    served = stops_by_route(schedule)
    assert set(served) == {"harbour", "shore"}
    assert (quay.lat, quay.lon) in served["harbour"]
    assert (quay.lat, quay.lon) not in served["shore"]


def test_city_without_a_schedule_has_no_stops() -> None:
    assert (stops_by_route(None), stop_places(None)) == ({}, {})


def test_network_of_one_way_links_works_too() -> None:
    one = desk(Network(street()[:4]))
    follow(one, [bus("R1", t, 10 * t, bearing_deg=None) for t in range(0, 61, 5)])
    assert state(one, "e-1", after_s=60).speed_kmh == pytest.approx(36, abs=0.5)


def test_bus_on_a_real_line_measures_its_links() -> None:
    """25 km/h along the whole of a line, a fix every 5 s with 4 m of noise, no bearing sent."""
    city = load_city(KHON_KAEN, {})
    network = read_network(city)
    assert network is not None
    lines = json.loads((KHON_KAEN / "network" / "shuttle_lines.geojson").read_text("utf-8"))["features"]
    (line,) = (
        feature["geometry"]["coordinates"]
        for feature in lines
        if feature["properties"]["route_id"] == "kku-red"
    )
    lon, lat = np.array(line).T
    metres = Plane(float(lat[0])).metres(lon, lat)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(metres, axis=0).T))])
    times = np.arange(0, along[-1] / (25 / 3.6), 5.0)
    noise = np.random.default_rng(1).normal(0, 4 / NORTH_M, (2, len(times)))
    one = TrafficDesk(network, SPEC.model_copy(update={"probe_window_s": 9000.0}))
    for number, time_s in enumerate(times):
        stamp = NOON + seconds(float(time_s))
        place = [float(np.interp(time_s * 25 / 3.6, along, axis)) for axis in (lat, lon)]
        fix = bus("R1", 0, 0, bearing_deg=None, route_id="kku-red")
        moved = {"lat": place[0] + noise[0, number], "lon": place[1] + noise[1, number]}
        one.put_positions([msgspec.structs.replace(fix, observed_at=stamp, **moved)])
    measured = {
        state.link_id: state.speed_kmh
        for state in one.states(NOON + seconds(float(times[-1])))
        if state.speed_kmh is not None
    }
    of_line = set(network.links_of_route("kku-red"))
    assert len(of_line & set(measured)) >= 0.95 * len(of_line)
    # one turn-back of the line lies beside a road of another line
    assert len(set(measured) - of_line) <= 1
    assert np.median(list(measured.values())) == pytest.approx(25, abs=0.5)
    assert min(measured.values()) > 19
    assert max(measured.values()) < 29
