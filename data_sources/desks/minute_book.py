"""Service minutes: what was owed and what was seen of each route, minute by minute."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from data_sources.model.operations import RouteState, ServiceMinute
from data_sources.model.transit import VehiclePosition


class _Count(msgspec.Struct):
    """One route in the running minute: the most that was seen at once."""

    owed: int | None = None
    observed: int | None = None
    passengers: int | None = None
    synthetic: bool = False


class MinuteBook:
    """Gathers the states of each tick and gives out whole minutes, once each.

    A minute in which nothing was known of a route at any tick is unknown. `seats` are those of a
    vehicle, None where no contract tells.
    """

    def __init__(self, seats: int | None, *, synthetic: bool) -> None:
        self._seats = seats
        self._synthetic = synthetic
        self._minute: datetime | None = None
        self._counts: dict[str, _Count] = {}
        self._done: list[ServiceMinute] = []

    def count(self, now: datetime, state: RouteState, fixes: Sequence[VehiclePosition]) -> None:
        """Take a route's state at `now` and the fixes of its vehicles in service."""
        minute = now.astimezone(UTC).replace(second=0, microsecond=0)
        if minute != self._minute:
            self._close()
            self._minute = minute
        count = self._counts.setdefault(state.route_id, _Count(synthetic=self._synthetic))
        count.owed = state.owed
        count.synthetic |= any(fix.synthetic for fix in fixes)
        if state.in_service is not None and state.in_service >= (count.observed or 0):
            count.observed = state.in_service
            count.passengers = _riders(fixes)

    def take(self) -> list[ServiceMinute]:
        """Whole minutes since the last call."""
        done, self._done = self._done, []
        return done

    def _close(self) -> None:
        if self._minute is None:
            return
        for route_id, count in self._counts.items():
            known = count.observed is not None and self._seats is not None
            self._done.append(
                ServiceMinute(
                    route_id=route_id,
                    minute=self._minute,
                    owed=count.owed,
                    observed=count.observed,
                    passengers=count.passengers,
                    seats=(count.observed or 0) * (self._seats or 0) if known else None,
                    synthetic=count.synthetic,
                )
            )
        self._counts = {}


def _riders(fixes: Sequence[VehiclePosition]) -> int | None:
    """Riders on board of a route; None unless every vehicle tells: part of them is not the demand."""
    known = [fix.passengers for fix in fixes if fix.passengers is not None]
    return sum(known) if known and len(known) == len(fixes) else None
