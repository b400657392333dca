"""`scopc simulate`: the far end of hop 1 in demo mode, a process of its own like a real agency's."""

from dashboard import compose
from dashboard.settings import Settings, environment
from data_sources import catalogue
from data_sources.errors import ConfigError
from data_sources.simulator.server import SimulatorOptions, run_simulator


def run(settings: Settings, options: SimulatorOptions) -> None:
    """Serve the city's feeds until SIGTERM or Ctrl-C."""
    city = catalogue.load_city(settings.city, environment())
    schedule = catalogue.load_schedule(city, demo=settings.demo_timetable)
    if schedule is None:
        raise ConfigError(f"{city.spec.city_id}: the pack has no GTFS, so there is nothing to simulate")
    run_simulator(city, schedule, options, compose.clock)
