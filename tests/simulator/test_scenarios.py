"""Scenario files: checked with clear errors, and each of the bundled ones runs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from data_sources.catalogue import load_city, load_schedule
from data_sources.errors import ConfigError
from data_sources.model.city import City
from data_sources.model.traffic import Link
from data_sources.schedule import Schedule
from data_sources.simulator.city import SimulatedCity
from data_sources.simulator.hours import local_start
from data_sources.simulator.roads import city_links
from data_sources.simulator.scenario import FOLDER, Timed, read_scenario, scenario_names

from .conftest import ZONE, scenario
from .test_circuits import FICTIONAL
from .test_world import PACK

NAMES = [path.stem for path in sorted((PACK / FOLDER).glob("*.toml"))]
EXPECTED = {
    *("normal", "timetable", "morning-peak", "bunching", "flood"),
    *("haze", "feed-freeze", "clock-skew", "alarm-flood"),
}
START = datetime(2026, 11, 18, 2, 30, tzinfo=UTC)
HEAD = 'names = { th = "ก", en = "A" }\npurpose = { th = "ก", en = "A" }\n'


@cache
def loaded(pack: Path, demo: bool) -> tuple[City, Schedule, Sequence[Link]]:
    """What nothing changes, read once."""
    city = load_city(pack, {})
    schedule = load_schedule(city, demo)
    assert schedule is not None
    return city, schedule, city_links(city)


def pack_city(name: str, pack: Path = PACK) -> SimulatedCity:
    """A city of the pack in a scenario, as demo mode makes it."""
    demo = read_scenario(pack, name).service == "round_the_clock"
    city, schedule, links = loaded(pack, demo)
    return SimulatedCity(city, schedule, start=START, scenario=name, links=links)


def test_bundled_pack_has_the_scenarios() -> None:
    assert set(NAMES) == EXPECTED
    assert set(scenario_names(PACK)) == EXPECTED


@pytest.mark.parametrize("name", NAMES)
def test_bundled_scenario_runs(name: str) -> None:
    simulated = pack_city(name)
    for minutes in (5, 10, 15):
        simulated.tick(START + timedelta(minutes=minutes))
        assert simulated.world.snapshot(simulated.now)
    for feed in simulated.feeds.values():
        if feed.kind == "ngsi_ld":
            told = [simulated.entities(feed.feed_id, kind) for kind in feed.entity_types]
            assert told[0] or feed.simulated_entities == "incidents"
        elif feed.kind == "tomtom_flow":
            assert all(simulated.flow_segment(feed.feed_id, one.lat, one.lon) for one in feed.points)
        elif feed.topic is None:
            assert simulated.body(feed.feed_id)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "timetable"])
def test_bundled_scenario_but_the_timetable_keeps_all_vehicles_in_service(name: str) -> None:
    simulated = pack_city(name)
    simulated.tick(START + timedelta(minutes=20))
    assert sum(simulated.world.in_service().values()) == 25


def test_another_citys_own_scenario_runs() -> None:
    simulated = pack_city("squall", FICTIONAL)
    dry = simulated.world.traffic.weather(0)
    simulated.tick(START + timedelta(minutes=6))
    assert simulated.world.traffic.weather(360) == pytest.approx(0.75 * dry)


def test_pack_without_files_has_the_built_in_scenarios(tmp_path: Path) -> None:
    assert scenario_names(tmp_path) == ("normal", "timetable")
    assert read_scenario(tmp_path, "timetable").service == "timetable"


def test_file_of_the_pack_replaces_a_built_in_scenario(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "normal.toml").write_text(HEAD + "demand_factor = 2\n", "utf-8")
    assert read_scenario(tmp_path, "normal").demand_factor == 2


def test_unknown_scenario_names_those_of_the_pack() -> None:
    with pytest.raises(ConfigError) as raised:
        read_scenario(FICTIONAL, "rush")
    assert str(raised.value) == "unknown scenario 'rush'; known: normal, timetable, squall"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("demnad_factor = 2", "scenarios/x.toml: demnad_factor: unknown key; allowed: clock, demand_factor"),
        ("demand_factor = 0", "demand_factor: 0 is not allowed; allowed: greater than 0"),
        ('clock = "7am"', "clock: '7am' is not allowed"),
        ("[[weather]]\nrain_mm_h = -1", "weather[0].rain_mm_h: -1 is not allowed; allowed: at least 0"),
        ('[[incidents]]\nkind = "ufo"', "incidents[0].kind: 'ufo' is not allowed; allowed: accident"),
        (
            '[[incidents]]\nkind = "flood"\ncorridor = "a"\nroute = "b"',
            "incidents[0]: give corridor or route, not both",
        ),
        ('[[incidents]]\nkind = "flood"\nevery_min = 5', "every_min needs a duration_min that is shorter"),
        ('[[faults]]\naction = "freeze"', "every other action needs `feed`"),
        ('[[faults]]\naction = "drop"\nfeed = "a"', "drop takes `vehicles` and no `feed`"),
        ('[[faults]]\naction = "skew"\nfeed = "a"', "skew needs `seconds`"),
        ("not toml", "not valid TOML"),
    ],
)
def test_wrong_file_is_told_by_key_and_what_is_allowed(tmp_path: Path, line: str, problem: str) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "x.toml").write_text(HEAD + line, "utf-8")
    with pytest.raises(ConfigError) as raised:
        read_scenario(tmp_path, "x")
    assert problem in str(raised.value)


def test_fault_of_a_feed_that_is_not_simulated_is_refused(tmp_path: Path) -> None:
    city = load_city(PACK, {}).model_copy(update={"root": tmp_path})
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "x.toml").write_text(HEAD + '[[faults]]\naction = "freeze"\nfeed = "moon"', "utf-8")
    schedule = load_schedule(load_city(PACK, {}), demo=True)
    assert schedule is not None
    with pytest.raises(ConfigError, match=r"faults\[0\].feed: 'moon'; allowed: .*kku_shuttle_alerts"):
        SimulatedCity(city, schedule, start=START, scenario="x")


# --- times ----------------------------------------------------------------------------------------


def test_something_timed_begins_ends_and_comes_again() -> None:
    timed = Timed(at_min=2, duration_min=3, every_min=10)
    begun = {minute: timed.begun_at(minute * 60) for minute in (1, 2, 4.9, 5, 11.9, 12, 14, 15)}
    assert begun == {1: None, 2: 120, 4.9: 120, 5: None, 11.9: None, 12: 720, 14: 720, 15: None}


def test_something_without_duration_lasts() -> None:
    assert Timed(at_min=2).begun_at(1e6) == 120


def test_clock_and_weekday_set_the_local_time_that_the_world_begins_with() -> None:
    wednesday = datetime(2026, 11, 18, 15, 20, tzinfo=ZONE).astimezone(UTC)
    assert local_start(scenario(), wednesday, ZONE) == datetime(2026, 11, 18, 15, 20)
    assert local_start(scenario(clock="07:00"), wednesday, ZONE) == datetime(2026, 11, 18, 7)
    assert local_start(scenario(clock="07:00", weekday=0), wednesday, ZONE) == datetime(2026, 11, 23, 7)


def test_scenarios_clock_moves_demand_and_traffic_but_no_stamp() -> None:
    simulated = pack_city("morning-peak")
    simulated.tick(START + timedelta(minutes=1))
    assert simulated.world.local == datetime(2026, 11, 23, 7, 1)
    assert simulated.now == START + timedelta(minutes=1)
    assert all(state.observed_at == simulated.now for state in simulated.world.snapshot(simulated.now))
