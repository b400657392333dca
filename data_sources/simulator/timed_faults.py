"""Faults of a scenario, begun and ended at their times."""

from collections.abc import Collection, Sequence

import numpy as np

from data_sources.errors import ConfigError
from data_sources.simulator.faults import Command, Faults
from data_sources.simulator.scenario import FaultSpec


class TimedFaults:
    """Brings the faults of a scenario about. Orders of `POST /control` stay as they are in between."""

    def __init__(
        self, specs: Sequence[FaultSpec], feeds: Collection[str], vehicles: Sequence[str], seed: int
    ) -> None:
        """ConfigError when a fault names a feed that is not simulated."""
        for number, spec in enumerate(specs):
            if spec.feed is not None and spec.feed not in feeds:
                allowed = ", ".join(sorted(feeds))
                raise ConfigError(f"scenario: faults[{number}].feed: {spec.feed!r}; allowed: {allowed}")
        self._specs = specs
        self._feeds = set(feeds)
        self._vehicles = vehicles
        self._seed = seed
        self._on: dict[int, tuple[float, list[Command]]] = {}

    def move_to(self, elapsed_s: float, faults: Faults) -> bool:
        """Begin and end what is due so many seconds after the start; whether anything has changed."""
        changed = False
        for number, spec in enumerate(self._specs):
            begun_s = spec.begun_at(elapsed_s)
            running = self._on.get(number)
            # A start worked out from the time elapsed may differ by a rounding error from tick to tick.
            if running is not None and begun_s is not None and abs(running[0] - begun_s) < 1:
                continue
            if running is not None:
                for command in running[1]:
                    faults.end(command)
                del self._on[number]
                changed = True
            if begun_s is not None:
                commands = self._commands(number, spec, begun_s)
                for command in commands:
                    faults.obey(command, self._feeds)
                self._on[number] = (begun_s, commands)
                changed = True
        return changed

    def _commands(self, number: int, spec: FaultSpec, begun_s: float) -> list[Command]:
        if spec.action != "drop":
            return [Command(action=spec.action, feed=spec.feed, seconds=spec.seconds)]
        rng = np.random.default_rng((self._seed, 7, number, round(begun_s)))
        count = min(spec.vehicles, len(self._vehicles))
        chosen = rng.choice(len(self._vehicles), size=count, replace=False)
        return [Command(action="drop", vehicle=self._vehicles[i]) for i in sorted(chosen.tolist())]
