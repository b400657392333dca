"""Traffic on the links hangs together: hours, weather, incidents, and the buses among it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from data_sources.errors import ConfigError
from data_sources.model.city import Bounds
from data_sources.network import Network
from data_sources.simulator.incidents import Incidents
from data_sources.simulator.profile import USUAL_VOLUME
from data_sources.simulator.readings import detected, read_detectors
from data_sources.simulator.roads import Roads, load_links
from data_sources.simulator.scenario import ScenarioSpec
from data_sources.simulator.traffic import Traffic
from data_sources.simulator.world import World

from .conftest import WEEKDAY_8AM, ZONE, make_links, make_world, scenario

QUIET = scenario()
CRASH = {"kind": "accident", "corridor": "ring", "at_min": 10, "duration_min": 30, "speed_share": 0.2}


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """A local time without offset, of a week whose 18th is a Wednesday."""
    return datetime(2026, 11, day, hour, minute)


def traffic(spec: ScenarioSpec = QUIET, at: datetime | None = None, seed: int = 1) -> Traffic:
    roads = Roads(make_links())
    return Traffic(roads, Incidents(roads, spec, seed), spec, seed=seed, local_start=at or local(18, 12))


def ratios(spec: ScenarioSpec, minute: float, seed: int = 1) -> Any:
    found = traffic(spec, seed=seed)
    found.move_to(minute * 60)
    return found.ratio


# --- hours --------------------------------------------------------------------------------------


def test_same_seed_gives_the_same_traffic_whatever_the_steps() -> None:
    spec = scenario(random_incidents={"per_hour": 30})
    one, other = traffic(spec), traffic(spec)
    for second in range(0, 3600, 7):
        one.move_to(second)
    one.move_to(3600)
    other.move_to(3600)
    assert np.array_equal(one.ratio, other.ratio)
    assert one.active() == other.active()


def test_another_seed_gives_other_traffic() -> None:
    assert not np.array_equal(ratios(QUIET, 5, seed=1), ratios(QUIET, 5, seed=2))


def test_peak_is_slower_than_night() -> None:
    assert traffic(at=local(18, 17)).ratio.mean() < 0.75
    assert traffic(at=local(18, 3)).ratio.mean() > 0.99


def test_weekend_has_no_morning_peak() -> None:
    assert traffic(at=local(22, 8)).ratio.mean() > traffic(at=local(18, 8)).ratio.mean() + 0.1


def test_more_traffic_is_slower_traffic() -> None:
    busy = scenario(traffic_factor=1.3)
    assert (traffic(busy, local(18, 8)).ratio < traffic(at=local(18, 8)).ratio).all()


def test_flow_speed_and_occupancy_agree() -> None:
    found = traffic(at=local(18, 8))
    flow = found.flow()
    density = flow.intensity_vph / found.roads.lanes / flow.speed_kmh
    assert flow.occupancy == pytest.approx(density * 6.0 / 1000)
    assert (flow.occupancy < 1).all()
    assert (flow.intensity_vph <= found.roads.capacity_vph).all()


def test_detector_counts_whole_vehicles_and_tells_no_speed_without_any() -> None:
    until = datetime(2026, 11, 18, 3, tzinfo=UTC)
    roads = Roads(load_links(200, Bounds(west=99, south=9, east=101, north=11)))
    night = Traffic(roads, Incidents(roads, QUIET, 1), QUIET, seed=1, local_start=local(18, 3))
    reading = read_detectors(night, until, 1)
    assert np.isnan(reading.speed_kmh[reading.vehicles == 0]).all()
    assert not np.isnan(reading.speed_kmh[reading.vehicles > 0]).any()
    assert (reading.vehicles == 0).any()
    assert np.array_equal(reading.vehicles, read_detectors(night, until, 1).vehicles)
    assert not np.array_equal(
        reading.vehicles, read_detectors(night, until + timedelta(minutes=1), 1).vehicles
    )


# --- weather ------------------------------------------------------------------------------------


def test_rain_slows_every_link() -> None:
    rain = scenario(weather=[{"at_min": 5, "duration_min": 10, "rain_mm_h": 50}])
    assert ratios(rain, 4) == pytest.approx(ratios(QUIET, 4))
    assert ratios(rain, 6) == pytest.approx(0.75 * ratios(QUIET, 6))
    assert ratios(rain, 16) == pytest.approx(ratios(QUIET, 16))


def test_heavier_rain_slows_more() -> None:
    shares = [
        traffic(scenario(weather=[{"rain_mm_h": rate}])).weather(0.0) for rate in (0, 1, 2.5, 10, 50, 200)
    ]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 1
    assert shares[-1] == 0.75


def test_haze_slows_a_little() -> None:
    assert traffic(scenario(weather=[{"visibility_m": 800}])).weather(0.0) == pytest.approx(0.93, abs=0.02)


# --- incidents ----------------------------------------------------------------------------------


def crash_of(spec: ScenarioSpec) -> tuple[Traffic, list[int]]:
    found = traffic(spec)
    found.move_to(25 * 60)
    (one,) = found.active()
    return found, list(one.links)


def test_incident_slows_its_link_while_it_lasts() -> None:
    spec = scenario(incidents=[CRASH])
    _, (link,) = crash_of(spec)
    quiet = ratios(QUIET, 20)
    assert ratios(spec, 20)[link] == pytest.approx(0.2 * quiet[link])
    assert ratios(spec, 9)[link] == pytest.approx(ratios(QUIET, 9)[link])
    assert ratios(spec, 60)[link] == pytest.approx(ratios(QUIET, 60)[link])


def test_queue_reaches_upstream_links_later_and_less_and_leaves_the_others_alone() -> None:
    spec = scenario(incidents=[CRASH])
    found, links = crash_of(spec)
    rings = found.roads.upstream(links, 3)
    assert [len(ring) for ring in rings] == [1, 1, 1]
    slowed = [*links, *(link for ring in rings for link in ring)]
    share = found.ratio / ratios(QUIET, 25)
    assert [round(float(share[link]), 3) for link in slowed] == [0.2, 0.52, 0.712, 0.827]
    others = [link for link in range(len(share)) if link not in slowed]
    assert share[others] == pytest.approx(1)
    early = ratios(spec, 12) / ratios(QUIET, 12)
    assert early[links[0]] == pytest.approx(0.2)
    assert early[rings[2][0]] == pytest.approx(1)


def test_upstream_of_a_link_is_what_runs_into_it() -> None:
    roads = Roads(make_links())
    for link in range(len(roads.links)):
        ((before,),) = roads.upstream([link], 1)
        assert roads.links[before].points[-1] == roads.links[link].points[0]
        assert roads.opposite(link) not in (None, before)


def test_incident_both_ways_covers_the_other_direction() -> None:
    _, links = crash_of(scenario(incidents=[{**CRASH, "links": 2, "both_ways": True}]))
    found = Roads(make_links())
    assert len(links) == 4
    assert {found.opposite(link) for link in links} == set(links)


def test_incident_comes_again_as_another_one() -> None:
    found = traffic(scenario(incidents=[{**CRASH, "every_min": 60}]))
    numbers = []
    for minute in (20, 50, 80):
        found.move_to(minute * 60)
        numbers.append([one.number for one in found.active()])
    assert numbers[1] == []
    assert len(numbers[0]) == len(numbers[2]) == 1
    assert numbers[0] != numbers[2]


def test_incident_without_end_stays() -> None:
    found = traffic(scenario(incidents=[{key: CRASH[key] for key in ("kind", "corridor")}]))
    found.move_to(86_400)
    assert [one.ends_s for one in found.active()] == [None]


def test_random_incidents_come_at_their_rate() -> None:
    roads = Roads(make_links())
    incidents = Incidents(roads, scenario(random_incidents={"per_hour": 6}), 1)
    seen = {one.number for minute in range(0, 6000) for one in incidents.active(minute * 60)}
    assert 480 < len(seen) < 720  # 600 in 100 hours


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ({"corridor": "moon"}, "unknown corridor 'moon'; allowed: ring"),
        ({"route": "MOON"}, "no link of route 'MOON'; allowed: LOOP"),
    ],
)
def test_incident_on_no_link_is_refused(place: dict[str, str], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        traffic(scenario(incidents=[{"kind": "flood", **place}]))


def test_incident_in_a_pack_without_links_is_refused() -> None:
    with pytest.raises(ConfigError, match="no links"):
        make_world(scenario(incidents=[{"kind": "flood"}]))


# --- buses --------------------------------------------------------------------------------------


def mean_moving_kmh(world: World, seconds: int, on: frozenset[str] | None = None) -> float:
    """Mean speed of the buses of the loop between stops, on these links or anywhere."""
    network = Network(make_links())
    speeds = []
    for _ in range(seconds // 5):
        world.advance(5.0)
        for state in world.snapshot(WEEKDAY_8AM):
            if state.route_id != "LOOP" or state.speed_mps == 0:
                continue
            snap = network.snap(state.lat, state.lon, state.bearing_deg)
            if on is None or (snap is not None and snap.link_id in on):
                speeds.append(state.speed_mps * 3.6)
    return float(np.mean(speeds))


def test_incident_slows_the_buses_on_its_links() -> None:
    spec = scenario(incidents=[{"kind": "flood", "route": "LOOP", "links": 3, "speed_share": 0.2}])
    flooded = make_world(spec, links=make_links())
    quiet = make_world(QUIET, links=make_links())
    flooded.advance(300)
    quiet.advance(300)
    (one,) = flooded.traffic.active()
    ids = frozenset(flooded.traffic.roads.links[link].link_id for link in one.links)
    assert flooded.routes_on(one.links) == ["LOOP"]
    assert mean_moving_kmh(flooded, 2400, ids) < 0.4 * mean_moving_kmh(quiet, 2400, ids)


def test_rain_slows_all_buses() -> None:
    rain = make_world(scenario(weather=[{"rain_mm_h": 50}]), links=make_links())
    dry = make_world(QUIET, links=make_links())
    assert mean_moving_kmh(rain, 1800) < 0.9 * mean_moving_kmh(dry, 1800)


def test_buses_off_the_network_feel_hour_and_rain_too() -> None:
    off = scenario(weather=[{"rain_mm_h": 50}])
    assert mean_moving_kmh(make_world(off), 1800) < 0.9 * mean_moving_kmh(make_world(QUIET), 1800)


def test_at_midday_traffic_leaves_buses_their_scheduled_speed() -> None:
    noon = datetime(2026, 11, 18, 10, 30, tzinfo=ZONE).astimezone(UTC)
    world = make_world(QUIET, noon, links=make_links())
    places = np.arange(len(world.traffic.roads.links) + 1)
    assert world.traffic.pace(places).mean() == pytest.approx(1, abs=0.08)
    assert 0.6 < USUAL_VOLUME < 0.8


# --- load ---------------------------------------------------------------------------------------

BOX = Bounds(west=102.80, south=16.40, east=102.86, north=16.48)


@pytest.mark.parametrize("count", [0, 1, 7, 4999, 5000])
def test_load_links_are_as_many_as_asked_and_lie_in_the_box(count: int) -> None:
    links = load_links(count, BOX)
    assert len({link.link_id for link in links}) == count
    assert all(BOX.contains(*point) for link in links for point in link.points)
    assert links == load_links(count, BOX)
    assert all(link.source.startswith("synthetic") for link in links)


def test_load_links_are_watched_by_detectors_and_meet_each_other() -> None:
    roads = Roads(load_links(5000, BOX))
    assert len(detected(roads)) == 5000
    assert all(roads.upstream([link], 1)[0] for link in range(0, 5000, 50))


def test_only_greater_roads_are_watched_where_there_are_any() -> None:
    links = make_links()
    campus = [link.__class__(**{**_fields(link), "road_class": "local"}) for link in links[:5]]
    assert detected(Roads([*campus, *links[5:]])) == list(range(5, len(links)))


def _fields(link: Any) -> dict[str, Any]:
    return {name: getattr(link, name) for name in link.__struct_fields__}
