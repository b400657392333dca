"""Vehicles that are owed and that nobody sees (`measures/ghosts.py`), as entries of a list of vehicles."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from data_sources.model.operations import OperationsPicture, ServiceMinute
from data_sources.model.transit import VehicleState
from data_sources.views.vehicles import VehicleView


class MissingVehicle(msgspec.Struct, frozen=True, kw_only=True):
    """A run without a vehicle. `trip_id` where the timetable names it; nobody knows more of it."""

    id: str
    route_id: str
    trip_id: str | None = None
    synthetic: bool = False


def missing_now(picture: OperationsPicture, seen: Sequence[VehicleView]) -> list[MissingVehicle]:
    """Ghosts of the picture, but for those that `seen` has as vehicles gone silent."""
    found = []
    silent = _silent(seen)
    named = {view.position.trip_id for view in seen}
    for state in picture.routes:
        count = max((state.ghosts or 0) - silent[state.route_id], 0)
        trips = [trip_id for trip_id in state.ghost_trips if trip_id not in named][:count]
        found += _entries(state.route_id, count, trips, picture.synthetic)
    return found


def missing_then(minutes: Iterable[ServiceMinute], seen: Sequence[VehicleView]) -> list[MissingVehicle]:
    """Ghosts of a past minute, from what was owed and what was observed in it."""
    found = []
    silent = _silent(seen)
    for minute in minutes:
        if minute.owed is not None and minute.observed is not None:
            count = max(minute.owed - minute.observed - silent[minute.route_id], 0)
            found += _entries(minute.route_id, count, (), minute.synthetic)
    return found


def _silent(seen: Iterable[VehicleView]) -> Counter[str | None]:
    return Counter(view.position.route_id for view in seen if view.state is VehicleState.GHOST)


def _entries(route_id: str, count: int, trips: Sequence[str], synthetic: bool) -> list[MissingVehicle]:
    named = [
        MissingVehicle(id=f"{route_id}:missing:{trip}", route_id=route_id, trip_id=trip, synthetic=synthetic)
        for trip in trips
    ]
    return named + [
        MissingVehicle(id=f"{route_id}:missing:{number}", route_id=route_id, synthetic=synthetic)
        for number in range(1, count - len(named) + 1)
    ]
