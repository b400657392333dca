"""The simulated fleet: moves, stops, carries riders and charges. Pure: no clock, no I/O.

Deterministic: the same schedule, seed, start and calls give the same states.
"""

import math
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import numpy as np

from data_sources.model.traffic import Link
from data_sources.schedule import Schedule
from data_sources.segment_index import Floats
from data_sources.simulator.departures import Departure, Departures, RoundTheClock, Run, Timetable
from data_sources.simulator.fleet import Line
from data_sources.simulator.hours import by_hour, local_start
from data_sources.simulator.incidents import Incidents
from data_sources.simulator.profile import DRIVING, LOAD_BY_HOUR, LOAD_BY_WEEKDAY, VEHICLE, VehicleModel
from data_sources.simulator.roads import Roads
from data_sources.simulator.route_path import RoutePath
from data_sources.simulator.scenario import ScenarioSpec
from data_sources.simulator.states import Phase, Prediction, Sighting, VehicleState, vehicle_states
from data_sources.simulator.track import Ints, Track
from data_sources.simulator.traffic import Traffic

STEP_MAX_S = 1.0
"""Longest step of the motion; a longer advance is cut into equal steps."""
STAY_FOR_S = 1200.0
"""A vehicle waits at the terminal for a departure at most this far off; else it goes to the depot."""
RESERVE = 0.2
"""State of charge below which a vehicle stays on the charger, until it has `RECHARGED`."""
RECHARGED = 0.8
LATE_START_MAX_S = 180.0
"""A departure that no vehicle could take so long after its time is given up: taking it later would
only make the next one late."""
WAITED_MAX = 3.0
"""Riders gather at a stop for at most so many headways; later ones walk."""
_MOMENT_S = 1e-6


class World:
    """A fleet on its circuits. `advance` moves it; `snapshot` and `predictions` look at it."""

    def __init__(
        self,
        schedule: Schedule,
        lines: Sequence[Line],
        *,
        seed: int,
        scenario: ScenarioSpec,
        start: datetime,
        model: VehicleModel = VEHICLE,
        links: Sequence[Link] = (),
        rain_mm_h: Callable[[float], float] | None = None,
    ) -> None:
        """`links` are the network's: their traffic slows the vehicles on them; `rain_mm_h` as for Traffic.
        ConfigError when the scenario has incidents where there are no links."""
        circuits = [line.circuit for line in lines]
        self.track = Track(circuits)
        self.model = model
        self.start = start
        self.elapsed_s = 0.0
        self.scenario = scenario
        self._local_start = local_start(scenario, start, schedule.zone)
        roads = Roads(links)
        incidents = Incidents(roads, scenario, seed)
        self.traffic = Traffic(
            roads, incidents, scenario, seed=seed, local_start=self._local_start, rain_mm_h=rain_mm_h
        )
        self._path = RoutePath(self.track, roads)
        self._rng = np.random.default_rng(seed)
        self._circuit: Ints = np.repeat(np.arange(len(lines)), [line.vehicles for line in lines])
        self.vehicle_ids = [vehicle_id for line in lines for vehicle_id in line.vehicle_ids]
        count = len(self._circuit)
        self._along_m = np.zeros(count)
        self._speed = np.zeros(count)
        self._cruise = np.full(count, DRIVING.speed_min_mps)
        self._phase = np.full(count, Phase.DEPOT, dtype=np.int64)
        self._target = np.zeros(count, dtype=np.int64)
        self._timer_s = np.zeros(count)
        """Seconds left of a dwell, a turnaround or the shortest stay at the terminal."""
        self._due_s = np.zeros(count)
        """When the vehicle's leg was due to start, in seconds since the world's start."""
        self._riders = np.zeros(count, dtype=np.int64)
        self._charge_kwh = self._rng.uniform(0.5, 0.95, count) * model.battery_kwh
        self._recharging = np.zeros(count, dtype=bool)
        self._odometer_m = self._rng.uniform(5e6, 90e6, count)
        self._driver = self._rng.normal(1.0, scenario.driving.driver_spread, count)
        self._runs: list[Run | None] = [None] * count
        self._visited_s = np.full(len(self.track.targets), -math.inf)
        self._waiting: list[deque[int]] = [deque() for _ in circuits]
        self._missed: list[list[Departure]] = [[] for _ in circuits]
        self._timetables = [Timetable(schedule, stage.leg, start) for stage in self.track.stages]
        self._departures = [self._plan(index, line) for index, line in enumerate(lines)]
        for index in range(len(circuits)):
            self._place(index)

    def advance(self, dt_s: float) -> None:
        """Move the world on by `dt_s` of its own seconds."""
        steps = math.ceil(dt_s / STEP_MAX_S)
        for _ in range(steps):
            self._step(dt_s / steps)

    def snapshot(self, now: datetime) -> list[VehicleState]:
        """Every vehicle in service, stamped `now`."""
        lat, lon = self.track.place(self._circuit, self._along_m)
        return vehicle_states(
            self.track,
            Sighting(
                vehicle_ids=self.vehicle_ids,
                runs=self._runs,
                phase=self._phase,
                target=self._target,
                lat=lat,
                lon=lon,
                bearing_deg=self.track.heading_deg(self._circuit, self._along_m),
                speed_mps=self._speed,
                odometer_m=self._odometer_m,
                riders=self._riders,
                battery_pct=100 * self._charge_kwh / self.model.battery_kwh,
            ),
            self.model.capacity,
            now,
        )

    def predictions(self, calls: int = 8) -> list[Prediction]:
        """The next `calls` calls of every vehicle on a run of the schedule."""
        found = []
        pace = self._pace()
        for i in np.flatnonzero(self._phase <= Phase.DWELL).tolist():
            run, target = self._runs[i], self.track.targets[self._target[i]]
            if run is None or target.call is None:
                continue
            ahead_m = max(target.at_m - self._along_m[i], 0.0)
            arrives_s = (
                0.0 if self._phase[i] == Phase.DWELL else ahead_m / max(self._cruise[i] * pace[i], 1.0)
            )
            delay_s = self.elapsed_s + arrives_s - self._due_s[i] - target.call.offset_s
            leg = self.track.stages[target.leg].leg
            first = self._target[i] - self.track.stages[target.leg].first_target
            found.append(
                Prediction(
                    vehicle_id=self.vehicle_ids[i],
                    route_id=self.track.circuits[target.circuit].route_id,
                    direction_id=leg.direction_id,
                    run=run,
                    delay_s=float(delay_s),
                    calls=tuple(
                        (
                            call.stop_id,
                            call.stop_sequence,
                            float(arrives_s + call.offset_s - target.call.offset_s),
                        )
                        for call in leg.calls[first : first + calls]
                    ),
                )
            )
        return found

    def in_service(self) -> dict[str, int]:
        """Vehicles in service by route, with zeros."""
        busy = np.bincount(self._circuit[self._phase != Phase.DEPOT], minlength=len(self.track.circuits))
        return {
            circuit.route_id: int(n) for circuit, n in zip(self.track.circuits, busy.tolist(), strict=True)
        }

    def charging(self) -> dict[str, int]:
        """Vehicles on a charger by route: those at the terminal or in the depot that are not full."""
        plugged = (self._phase >= Phase.TERMINAL) & (self._charge_kwh < self.model.battery_kwh)
        busy = np.bincount(self._circuit[plugged], minlength=len(self.track.circuits)).tolist()
        return {circuit.route_id: n for circuit, n in zip(self.track.circuits, busy, strict=True)}

    def routes_on(self, links: Sequence[int]) -> list[str]:
        """Routes that run along any of these links (indices of the traffic's roads)."""
        return self._path.routes_on(frozenset(links))

    # --- setting up -----------------------------------------------------------------------------

    def _plan(self, circuit: int, line: Line) -> Departures:
        timetable = self._timetables[self._first_stage(circuit)]
        if self.scenario.service == "timetable" or line.vehicles == 0:
            return timetable
        regulated = self.scenario.driving.regulated
        # Without regulation nobody waits for a departure: a round takes as long as it takes.
        round_s = line.round_s if regulated else self.track.cycle_s[circuit] + DRIVING.turnaround_min_s
        return RoundTheClock(timetable, round_s / line.vehicles)

    def _first_stage(self, circuit: int) -> int:
        return next(i for i, stage in enumerate(self.track.stages) if stage.circuit == circuit)

    def _place(self, circuit: int) -> None:
        """Put vehicles where the departures before the start have brought them by now."""
        mine = deque(np.flatnonzero(self._circuit == circuit).tolist())
        cycle_s = self.track.cycle_s[circuit]
        round_the_clock = isinstance(self._departures[circuit], RoundTheClock)
        for departure in reversed(self._due(circuit, -cycle_s - DRIVING.turnaround_min_s, 0.0)):
            if mine and -departure.at_s < cycle_s:
                self._place_under_way(mine.popleft(), departure, -departure.at_s)
            elif mine:
                self._wait_at_terminal(mine.popleft(), cycle_s + DRIVING.turnaround_min_s + departure.at_s)
        while mine and round_the_clock:
            self._wait_at_terminal(mine.popleft(), 0.0)

    def _place_under_way(self, i: int, departure: Departure, gone_s: float) -> None:
        stage_index, along_m = self.track.stage_at(int(self._circuit[i]), gone_s)
        stage = self.track.stages[stage_index]
        due_s = departure.at_s + stage.begins_s
        run = departure.run if stage.begins_s == 0 else self._timetables[stage_index].run_at(due_s)
        self._set_out(i, stage_index, due_s, run)
        self._along_m[i] = along_m
        self._target[i] = self.track.target_after(stage_index, along_m)
        self._cruise[i] = self.track.cruise_mps[self._target[i]]
        load = self._load() if stage.leg.in_service else 0.0
        self._riders[i] = self._rng.binomial(self.model.capacity, min(load, 1.0))

    # --- moving ---------------------------------------------------------------------------------

    def _step(self, h: float) -> None:
        from_s, self.elapsed_s = self.elapsed_s, self.elapsed_s + h
        self.traffic.move_to(self.elapsed_s)
        for circuit, departures in enumerate(self._departures):
            if self.scenario.driving.regulated or not isinstance(departures, RoundTheClock):
                self._dispatch(circuit, self._due(circuit, from_s, self.elapsed_s))
            else:
                self._release(circuit)
        run = self._phase == Phase.RUN
        gap_m = np.maximum(self.track.at_m[self._target] - self._along_m, 0.0)
        cruise = np.minimum(self._cruise * self._pace(), DRIVING.speed_max_mps)
        speed = np.minimum(self._speed + DRIVING.acceleration_mps2 * h, cruise)
        speed = np.maximum(np.minimum(speed, np.sqrt(2 * DRIVING.braking_mps2 * gap_m)), 1.0)
        moved_m = np.where(run, np.minimum(speed * h, gap_m), 0.0)
        self._speed = moved_m / h
        self._along_m += moved_m
        self._odometer_m += moved_m
        self._charge_kwh -= moved_m / 1000 * self.model.energy_kwh_per_km
        plugged = self._phase >= Phase.TERMINAL
        self._charge_kwh += np.where(plugged, self.model.charger_kw * h / 3600, 0.0)
        np.clip(self._charge_kwh, 0.0, self.model.battery_kwh, out=self._charge_kwh)
        share = self._charge_kwh / self.model.battery_kwh
        self._recharging = (self._recharging & (share < RECHARGED)) | (plugged & (share < RESERVE))
        self._timer_s -= h
        ended = ~run & (self._timer_s <= 0)
        arrived = np.flatnonzero(run & (gap_m - moved_m < 0.01))
        left = np.flatnonzero(ended & (self._phase == Phase.DWELL))
        turned = np.flatnonzero(ended & (self._phase == Phase.TURNAROUND))
        if left.size:
            self._leave(left)
        for i in turned.tolist():
            self._next_leg(i)
        if arrived.size:
            self._arrive(arrived)

    def _arrive(self, who: Ints) -> None:
        """Vehicles reach their targets: riders change, the dwell follows from them."""
        self._speed[who] = 0.0
        calls = self.track.is_call[self._target[who]]
        for i in who[~calls].tolist():
            self._end_leg(i)
        who = who[calls]
        target = self._target[who]
        alighting = self._rng.binomial(self._riders[who], self.track.alighting[target])
        riders = self._riders[who] - alighting
        boarding = np.minimum(self._rng.poisson(self._demand(who, target)), self.model.capacity - riders)
        self._riders[who] = riders + boarding
        self._visited_s[target] = self.elapsed_s
        dwell = DRIVING.dwell_base_s + np.maximum(
            boarding * self.scenario.driving.boarding_s, alighting * DRIVING.alighting_s
        )
        dwell = np.minimum(dwell, self.scenario.driving.dwell_max_s)
        if self.scenario.driving.regulated:
            early = self._due_s[who] + self.track.offset_s[target] - self.elapsed_s
            early = np.clip(early - DRIVING.early_accepted_s, 0.0, DRIVING.hold_max_s)
            dwell = np.maximum(dwell, np.where(self.track.is_last_call[target], 0.0, early))
        starting = self._rng.exponential(DRIVING.start_delay_s, who.size)
        self._timer_s[who] = dwell + np.where(self.track.is_first[target], starting, 0.0)
        self._phase[who] = Phase.DWELL

    def _demand(self, who: Ints, target: Ints) -> Floats:
        """Riders expected to board: what keeps the hour's load in balance with those who alight, times
        how long it is since the last vehicle, so that a late vehicle fills up."""
        busy = np.bincount(self._circuit[self._phase != Phase.DEPOT], minlength=len(self.track.circuits))
        headway_s = (np.array(self.track.cycle_s) / np.maximum(busy, 1))[self._circuit[who]]
        waited = np.clip((self.elapsed_s - self._visited_s[target]) / headway_s, 0.0, WAITED_MAX)
        waited = np.where(np.isfinite(self._visited_s[target]), waited, 1.0)
        share = np.where(self.track.is_first[target], 0.5, self.track.alighting[target])
        share = np.where(self.track.is_last_call[target], 0.0, share)
        return np.asarray(share * self._load() * self.model.capacity * waited)

    def _leave(self, who: Ints) -> None:
        """Dwells are over: on to the next target; where service is regulated, faster when late and slower
        when early."""
        ends = self.track.ends_leg[self._target[who]]
        for i in who[ends].tolist():
            self._end_leg(i)
        who = who[~ends]
        late_s = self.elapsed_s - self._due_s[who] - self.track.offset_s[self._target[who]]
        self._target[who] += 1
        self._phase[who] = Phase.RUN
        noise = self._rng.normal(1.0, DRIVING.speed_spread, who.size)
        cruise = self.track.cruise_mps[self._target[who]] * noise * self._driver[who]
        if self.scenario.driving.regulated:
            cruise *= 1 + np.clip(late_s / 600, -0.1, 0.15)
        self._cruise[who] = np.clip(cruise, DRIVING.speed_min_mps, DRIVING.speed_max_mps)

    # --- legs, terminals and the depot ------------------------------------------------------------

    def _end_leg(self, i: int) -> None:
        stage = self.track.stages[self.track.targets[self._target[i]].leg]
        self._riders[i] = 0
        self._runs[i] = None
        if stage.last_of_circuit:
            self._arrive_at_terminal(i)
            return
        self._phase[i] = Phase.TURNAROUND
        self._timer_s[i] = DRIVING.turnaround_min_s if stage.leg.in_service else 0.0

    def _next_leg(self, i: int) -> None:
        index = self.track.targets[self._target[i]].leg + 1
        due_s = self._due_s[i] + self.track.stages[index].begins_s - self.track.stages[index - 1].begins_s
        run = self._timetables[index].run_at(due_s) if self.track.stages[index].leg.in_service else None
        self._set_out(i, index, due_s, run)

    def _set_out(self, i: int, stage: int, due_s: float, run: Run | None) -> None:
        self._target[i] = self.track.stages[stage].first_target
        self._along_m[i] = self.track.stages[stage].leg.start_m
        self._cruise[i] = self.track.cruise_mps[self._target[i]]
        self._due_s[i] = due_s
        self._runs[i] = run
        self._phase[i] = Phase.RUN

    def _arrive_at_terminal(self, i: int) -> None:
        if self._is_wanted(int(self._circuit[i])):
            self._wait_at_terminal(i, DRIVING.turnaround_min_s)
        else:
            self._phase[i] = Phase.DEPOT

    def _wait_at_terminal(self, i: int, at_least_s: float) -> None:
        circuit = int(self._circuit[i])
        # The next target decides what is shown of a vehicle, also while it waits.
        self._target[i] = self.track.stages[self._first_stage(circuit)].first_target
        self._along_m[i] = 0.0
        self._phase[i] = Phase.TERMINAL
        self._timer_s[i] = at_least_s
        self._waiting[circuit].append(i)

    def _due(self, circuit: int, after_s: float, until_s: float) -> list[Departure]:
        """Departures with after_s < at_s <= until_s."""
        return self._departures[circuit].between(after_s + _MOMENT_S, until_s + _MOMENT_S)

    def _is_wanted(self, circuit: int) -> bool:
        """Whether one more vehicle at the terminal would get a departure before long."""
        if isinstance(self._departures[circuit], RoundTheClock):
            return True
        due = self._due(circuit, self.elapsed_s, self.elapsed_s + STAY_FOR_S)
        return len(due) > len(self._waiting[circuit])

    def _dispatch(self, circuit: int, due: Sequence[Departure]) -> None:
        """Send a vehicle out for each departure; one that finds none leaves late or not at all."""
        missed = [one for one in self._missed[circuit] if self.elapsed_s - one.at_s <= LATE_START_MAX_S]
        self._missed[circuit] = []
        for departure in [*missed, *due]:
            i = self._take(circuit)
            if i is None:
                self._missed[circuit].append(departure)
            else:
                self._set_out(i, self._first_stage(circuit), departure.at_s, departure.run)

    def _release(self, circuit: int) -> None:
        """Without regulation whoever has stood its least time at the terminal leaves."""
        while (i := self._take(circuit)) is not None:
            stage = self._first_stage(circuit)
            self._set_out(i, stage, self.elapsed_s, self._timetables[stage].run_at(self.elapsed_s))

    def _take(self, circuit: int) -> int | None:
        """The vehicle that goes next: who has waited longest, else the fullest of the depot."""
        waiting = self._waiting[circuit]
        for i in waiting:
            if self._timer_s[i] <= 0 and not self._recharging[i]:
                waiting.remove(i)
                return i
        home = (self._circuit == circuit) & (self._phase == Phase.DEPOT) & ~self._recharging
        at_depot = np.flatnonzero(home)
        return int(at_depot[np.argmax(self._charge_kwh[at_depot])]) if at_depot.size else None

    # --- the hour and the roads -------------------------------------------------------------------

    @property
    def local(self) -> datetime:
        """Local time of day of the world, whose demand and traffic it has; without offset."""
        return self._local_start + timedelta(seconds=self.elapsed_s)

    def _load(self) -> float:
        local = self.local
        return self.scenario.demand_factor * LOAD_BY_WEEKDAY[local.weekday()] * by_hour(LOAD_BY_HOUR, local)

    def _pace(self) -> Floats:
        """What traffic makes of the vehicles' scheduled speeds where they are."""
        return self.traffic.pace(self._path.link_at(self.track.axis_m(self._circuit, self._along_m)))
