"""How a simulated city behaves, as data: vehicles, driving, demand and traffic by hour and day.

None of it is measured in any one city; `docs/demo.md` says what it simplifies. A pack's
`service.toml` replaces the vehicle's figures and gives the fleet's size; scenarios change the rest.
"""

from dataclasses import dataclass


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
    early_accepted_s: float = 45.0
    hold_max_s: float = 60.0
    """A driver who is earlier than accepted waits at a stop, at most so long."""
    start_delay_s: float = 30.0
    """Mean delay with which a driver starts a round (exponential)."""
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
LOAD_BY_WEEKDAY = (1.0, 1.0, 1.0, 1.0, 0.95, 0.5, 0.4)
"""Demand of a day, Monday first, as a share of a full working day's."""

# --- Traffic --------------------------------------------------------------------------------------

# Volume over capacity of an arterial on a working day, by hour. A weekend has one broad afternoon hump.
VOLUME_BY_HOUR = (
    0.10, 0.07, 0.06, 0.06, 0.10, 0.25, 0.55, 0.98, 0.96, 0.68, 0.60, 0.64,
    0.72, 0.68, 0.66, 0.80, 0.98, 1.02, 0.82, 0.60, 0.46, 0.36, 0.26, 0.16,
)  # fmt: skip
WEEKEND_VOLUME_BY_HOUR = (
    0.14, 0.10, 0.08, 0.07, 0.08, 0.15, 0.26, 0.38, 0.48, 0.58, 0.66, 0.70,
    0.70, 0.68, 0.68, 0.70, 0.74, 0.76, 0.72, 0.60, 0.48, 0.40, 0.30, 0.20,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RoadClass:
    """How the links of a class fill and slow down. `volume` is their share of the arterial's
    volume-to-capacity ratio; `delay` and `power` are those of the volume-delay function; `lane_vph` is
    the capacity of a lane between signals."""

    volume: float
    delay: float
    power: float
    lane_vph: float


ROAD_CLASSES = {
    "motorway": RoadClass(0.85, 0.25, 5.0, 1900),
    "trunk": RoadClass(0.95, 0.55, 4.0, 1400),
    "primary": RoadClass(1.00, 0.80, 4.0, 900),
    "secondary": RoadClass(0.90, 0.80, 4.0, 700),
    "tertiary": RoadClass(0.75, 0.70, 4.0, 600),
}
"""Volume-delay after the Bureau of Public Roads (1964), time = free time (1 + delay (v/c)^power), with
a greater delay than its 0.15, which is for roads without signals. Capacities are of the order that the
Highway Capacity Manual gives, green share included."""
OTHER_ROAD = RoadClass(0.80, 0.60, 4.0, 400)
"""Streets of every other class: a campus, a neighbourhood."""

DETECTED_CLASSES = frozenset(("motorway", "trunk", "primary", "secondary"))
"""Classes whose links the road authority's simulated detectors watch."""

USUAL_VOLUME = 0.70
"""Volume over capacity of an arterial at midday: what a timetable's running times already allow for."""
TIDE = 0.12
"""How much fuller roads towards the middle of the network are in the morning peak, and roads out of it
in the evening one, as a share of their volume."""
TIDE_BY_HOUR = (
    0,
    0,
    0,
    0,
    0,
    0.3,
    0.8,
    1,
    1,
    0.5,
    0.1,
    0,
    0,
    -0.1,
    -0.3,
    -0.7,
    -1,
    -1,
    -0.7,
    -0.2,
    0,
    0,
    0,
    0,
)
LINK_SPREAD = 0.12
"""Standard deviation of the links' own volumes around their class's, as a share of it."""
MINUTE_SPREAD, MINUTE_MEMORY = 0.08, 0.95
"""Standard deviation of a link's volume around its usual one, and how much of the deviation lasts for
one more minute (an autoregressive process of first order)."""
BUS_PACE_MIN, BUS_PACE_MAX = 0.08, 1.10
"""Slowest and fastest that traffic makes a bus, as a share of its scheduled cruising speed: in a jam it
creeps, on an empty road it gains a little, as it still stops."""

RAIN_MM_H = (0.0, 2.5, 10.0, 50.0)
RAIN_SPEED = (1.0, 0.90, 0.85, 0.75)
"""Share of the speed left by rain: 10 to 25 % less on wet signalised arterials (FHWA Road Weather
Management, "How Do Weather Events Impact Roads?"); how it grows between the two is assumed."""
VISIBILITY_M = (400.0, 1000.0, 3000.0)
VISIBILITY_SPEED = (0.89, 0.95, 1.0)
"""Share of the speed left by low visibility: 10 to 12 % less (same source)."""

VEHICLE_LENGTH_M = 6.0
"""Length that a vehicle and the detector's loop take together: occupancy = density x length."""
