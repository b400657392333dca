"""Values by the hour of the day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data_sources.model.service import clock_seconds
from data_sources.simulator.scenario import ScenarioSpec


def by_hour(values: Sequence[float], local: datetime) -> float:
    """Value of the hour, running evenly into the next hour's."""
    share = (local.minute * 60 + local.second) / 3600
    return values[local.hour] * (1 - share) + values[(local.hour + 1) % 24] * share


def local_start(scenario: ScenarioSpec, start: datetime, zone: ZoneInfo) -> datetime:
    """Local time whose demand and traffic a world that starts at `start` begins with: the scenario's
    clock and weekday where it gives them. Without offset changes: a simulated day has 24 hours."""
    local = start.astimezone(zone).replace(tzinfo=None)
    if scenario.weekday is not None:
        local += timedelta(days=(scenario.weekday - local.weekday()) % 7)
    if scenario.clock is not None:
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        local = midnight + timedelta(seconds=clock_seconds(scenario.clock))
    return local
