"""How a simulated city behaves, as data: vehicles, demand and traffic by hour, scenarios.

None of it is measured in any one city; `docs/demo.md` says what it simplifies. A pack's
`service.toml` replaces the vehicle's figures and gives the fleet's size.
"""

from dataclasses import dataclass
from typing import Literal

from data_sources.errors import ConfigError


@dataclass(frozen=True, slots=True)
class VehicleModel:
    """An electric minibus. Energy is net, at the battery."""

    capacity: int = 30
    energy_kwh_per_km: float = 0.65
    battery_kwh: float = 150.0
    charger_kw: float = 75.0


@dataclass(frozen=True, slots=True)
class Driving:
    """How vehicles move and stand. Accelerations are those that standing riders accept."""

    speed_min_mps: float = 20 / 3.6
    speed_max_mps: float = 40 / 3.6
    acceleration_mps2: float = 0.9
    braking_mps2: float = 1.0
    speed_spread: float = 0.05
    """Standard deviation of the cruising speed between two stops, as a share of it."""
    driver_spread: float = 0.03
    dwell_base_s: float = 6.0
    boarding_s: float = 2.0
    """Seconds per rider boarding; alighting takes 1.3 s through the other door."""
    alighting_s: float = 1.3
    dwell_max_s: float = 45.0
    hold_max_s: float = 60.0
    """Longest wait at a stop for being early."""
    turnaround_min_s: float = 180.0
    layover_share: float = 0.20
    """Layover of a round-the-clock vehicle as a share of its running time, where the schedule promises no
    headway: at 75 kW it gives back what a loop at 20 km/h takes out."""


VEHICLE = VehicleModel()
DRIVING = Driving()

# Share of the seats that riders would fill on a working day, by hour; two peaks of a campus or town.
LOAD_BY_HOUR = (
    0.08, 0.06, 0.05, 0.05, 0.08, 0.15, 0.30, 0.75, 0.85, 0.45, 0.35, 0.40,
    0.50, 0.45, 0.40, 0.65, 0.80, 0.60, 0.40, 0.30, 0.25, 0.18, 0.12, 0.10,
)  # fmt: skip
WEEKEND_LOAD = 0.45
"""Demand of a Saturday or Sunday as a share of a working day's."""

# Share of the unhindered speed that traffic leaves, by hour.
SPEED_BY_HOUR = (
    1.05, 1.05, 1.05, 1.05, 1.05, 1.02, 1.00, 0.88, 0.88, 0.96, 1.00, 0.98,
    0.95, 0.97, 0.98, 0.90, 0.86, 0.90, 0.97, 1.00, 1.02, 1.03, 1.05, 1.05,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the fleet does. `round_the_clock` keeps every vehicle in service at an even headway;
    `timetable` sends vehicles at the schedule's departures and home between them."""

    name: str
    service: Literal["round_the_clock", "timetable"]


SCENARIOS = {
    scenario.name: scenario
    for scenario in (Scenario("normal", "round_the_clock"), Scenario("timetable", "timetable"))
}


def scenario_named(name: str) -> Scenario:
    """The scenario of that name; ConfigError names the known ones."""
    try:
        return SCENARIOS[name]
    except KeyError:
        raise ConfigError(f"unknown scenario {name!r}; known: {', '.join(SCENARIOS)}") from None
