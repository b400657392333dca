"""Scenarios: what a simulated day is like, as readable files `scenarios/<name>.toml` of the city pack.

A pack without files has `normal` and `timetable`. Times are minutes after the start: of the world's clock
for weather and incidents, of the real one for faults, as the limits that faults test run in real time.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from data_sources.errors import ConfigError
from data_sources.model.service import ClockTime
from data_sources.model.spec import Names, Spec
from data_sources.model.traffic import IncidentKind
from data_sources.pack_files import checked, read_toml

FOLDER = "scenarios"
Minutes = Annotated[float, Field(ge=0)]
Length = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(gt=0, le=1)]


class Timed(Spec):
    """Something with a beginning and an end. Without `duration_min` it lasts; with `every_min` it comes
    again each so many minutes, so that a demo left open keeps showing it."""

    at_min: Minutes = 0
    duration_min: Length | None = None
    every_min: Length | None = None

    @model_validator(mode="after")
    def _ends_before_it_comes_again(self) -> "Timed":
        if self.every_min is not None and (self.duration_min is None or self.duration_min >= self.every_min):
            raise ValueError("every_min needs a duration_min that is shorter")
        return self

    def begun_at(self, elapsed_s: float) -> float | None:
        """Seconds at which the occurrence that is on now began; None when none is."""
        gone_s = elapsed_s - self.at_min * 60
        if gone_s < 0:
            return None
        if self.every_min is not None:
            gone_s %= self.every_min * 60
        over = self.duration_min is not None and gone_s >= self.duration_min * 60
        return None if over else elapsed_s - gone_s


class WeatherSpec(Timed):
    """Weather over the whole city. `visibility_m` is null where it hinders nobody."""

    rain_mm_h: Annotated[float, Field(ge=0, le=300)] = 0
    visibility_m: Annotated[float, Field(gt=0)] | None = None


class IncidentSpec(Timed):
    """An incident on `links` links in a row: of a corridor of the network, of the links that a route
    runs along, or anywhere by the seed. `speed_share` is what it leaves of the speed there; `closed`
    says that nothing may pass. Texts: given, else the usual ones of its kind."""

    kind: IncidentKind
    corridor: str | None = None
    route: str | None = None
    links: Annotated[int, Field(ge=1, le=50)] = 1
    both_ways: bool = False
    speed_share: Share = 0.3
    closed: bool = False
    severity: Annotated[int, Field(ge=1, le=5)] = 3
    title: Names | None = None

    @model_validator(mode="after")
    def _one_place(self) -> "IncidentSpec":
        if self.corridor and self.route:
            raise ValueError("give corridor or route, not both")
        return self


class RandomIncidentsSpec(Spec):
    """Incidents by the seed, at a mean rate; each leaves `speed_share` of the speed at its place."""

    per_hour: Annotated[float, Field(gt=0, le=600)]
    duration_min: Length = 20
    speed_share: Share = 0.5
    kinds: Annotated[tuple[IncidentKind, ...], Field(min_length=1)] = (
        IncidentKind.ACCIDENT,
        IncidentKind.BREAKDOWN,
        IncidentKind.CONGESTION,
    )


class FaultSpec(Timed):
    """What goes wrong with a feed (`feed`), or with vehicles (`drop` silences `vehicles` of them)."""

    action: Literal["freeze", "html", "empty", "truncated", "unavailable", "skew", "drop"]
    feed: str | None = None
    seconds: float = 0
    vehicles: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _whole(self) -> "FaultSpec":
        if (self.feed is None) != (self.action == "drop"):
            raise ValueError("drop takes `vehicles` and no `feed`; every other action needs `feed`")
        if (self.action == "skew") != (self.seconds != 0):
            raise ValueError("skew needs `seconds`, and no other action takes them")
        return self


class DrivingSpec(Spec):
    """How the fleet is driven. With `regulated` vehicles leave the terminal at an even headway, wait at
    stops when early and hurry when late; without it each goes when it can, and bunches form."""

    regulated: bool = True
    boarding_s: Annotated[float, Field(gt=0, le=20)] = 2.0
    dwell_max_s: Annotated[float, Field(gt=0, le=600)] = 45.0
    driver_spread: Annotated[float, Field(ge=0, le=0.3)] = 0.03


class ScenarioSpec(Spec):
    """`scenarios/<name>.toml`.

    `clock` is the local time of day, and `weekday` (0 Monday) the day, whose demand and traffic the
    world begins with; the timetable and all stamps keep to real time. `demand_factor` multiplies riders,
    `traffic_factor` the volume on the roads.
    """

    names: Names
    purpose: Names
    service: Literal["round_the_clock", "timetable"] = "round_the_clock"
    clock: ClockTime | None = None
    weekday: Annotated[int, Field(ge=0, le=6)] | None = None
    demand_factor: Annotated[float, Field(gt=0, le=5)] = 1.0
    traffic_factor: Annotated[float, Field(gt=0, le=3)] = 1.0
    driving: DrivingSpec = DrivingSpec()
    weather: tuple[WeatherSpec, ...] = ()
    incidents: tuple[IncidentSpec, ...] = ()
    random_incidents: RandomIncidentsSpec | None = None
    faults: tuple[FaultSpec, ...] = ()


BUILT_IN = {
    "normal": ScenarioSpec(
        names=Names(th="วันปกติ", en="Normal"),
        purpose=Names(th="รถทุกคันให้บริการตลอดวันและคืน", en="Every vehicle is in service, day and night"),
    ),
    "timetable": ScenarioSpec(
        names=Names(th="ตามตารางเวลา", en="Timetable"),
        purpose=Names(th="รถออกตามตารางเวลาจริง", en="Vehicles leave at the real timetable's departures"),
        service="timetable",
    ),
}
"""Scenarios of every city; a file of the same name replaces them."""


def scenario_names(pack_root: Path) -> tuple[str, ...]:
    """Names that `read_scenario` knows for a pack: the built-in ones, then those of its files."""
    files = sorted(path.stem for path in (pack_root / FOLDER).glob("*.toml"))
    return tuple(dict.fromkeys((*BUILT_IN, *files)))


def read_scenario(pack_root: Path, name: str) -> ScenarioSpec:
    """The scenario of that name. ConfigError names the known ones, or each problem of the file."""
    known = scenario_names(pack_root)
    if name not in known:
        raise ConfigError(f"unknown scenario {name!r}; known: {', '.join(known)}")
    path = pack_root / FOLDER / f"{name}.toml"
    if not path.exists():
        return BUILT_IN[name]
    problems: list[str] = []
    data = read_toml(path, problems)
    spec = None if data is None else checked(ScenarioSpec, data, f"{FOLDER}/{path.name}", "", problems)
    if spec is None:
        raise ConfigError("\n".join(problems))
    return spec
