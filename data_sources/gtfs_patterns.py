"""Patterns: what one run of a line looks like, worked out from its road, its stops and the contract."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data_sources.errors import ConfigError
from data_sources.line_passes import Line, MatchingLimits, kerb_passes
from data_sources.model.service import LineSpec, ServiceSpec
from data_sources.pack_service import PackedStop, ServicePack

CALL_GAP_M = 0.1
"""Two stops at one place still need distances that increase; also the precision that is written."""


@dataclass(frozen=True, slots=True)
class Call:
    """A stop of a trip, at metres along the line."""

    stop_id: str
    along_m: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """One direction of a line: its calls and its shape as (longitude, latitude, metres)."""

    pattern_id: str
    direction_id: int
    line: LineSpec
    calls: tuple[Call, ...]
    shape: tuple[tuple[float, float, float], ...]
    run_s: int


def line_patterns(pack: ServicePack, spec: LineSpec) -> list[Pattern]:
    """The line's directions: one for a closed line, two for an open one."""
    packed = pack.lines[spec.route_id]
    there = Line(packed.coordinates)
    directions = [there] if there.closed else [there, Line(packed.coordinates[::-1])]
    run_s = pack.service.cycle_s(spec) // len(directions) - pack.service.running.layover_s
    patterns = []
    calls_of = line_calls(directions, pack.stops, pack.service)
    for direction_id, (line, calls) in enumerate(zip(directions, calls_of, strict=True)):
        suffix = "" if line.closed else ("-there", "-back")[direction_id]
        if len(calls) < 2:
            raise ConfigError(f"service.toml: lines: {spec.route_id!r} passes fewer than two stops")
        dwelling_s = pack.service.running.dwell_s * (len(calls) - 2)
        if run_s <= dwelling_s:
            raise ConfigError(
                f"service.toml: lines: {spec.route_id!r}: {run_s} s for a run are not enough for "
                f"{len(calls)} calls; allowed: more than {dwelling_s} s of headway x vehicles less layover"
            )
        shape = _loop_shape(line, calls[0].along_m) if line.closed else _open_shape(line)
        patterns.append(Pattern(spec.route_id + suffix, direction_id, spec, calls, shape, run_s))
    return patterns


def line_calls(
    directions: Sequence[Line], stops: Iterable[PackedStop], service: ServiceSpec
) -> list[tuple[Call, ...]]:
    """Calls of one run of each direction in order along it; a loop ends at its first stop again.

    Stops at one place (opposite kerbs of a road run one way) follow each other, kerb side first.
    """
    match = service.matching
    limits = MatchingLimits(match.tolerance_m, match.merge_m, match.contrast_m, match.slack_m)
    kerb = 1.0 if match.drive_on == "left" else -1.0
    found: list[list[tuple[float, float, str]]] = [[] for _ in directions]
    for stop in stops:
        passes = [line.passes((stop.lon, stop.lat), limits) for line in directions]
        for index, kept in enumerate(kerb_passes(passes, match.contrast_m, match.drive_on)):
            found[index] += [(round(one.along_m, 1), -one.left_m * kerb, stop.stop_id) for one in kept]
    return [_in_order(line, one) for line, one in zip(directions, found, strict=True)]


def _in_order(line: Line, found: list[tuple[float, float, str]]) -> tuple[Call, ...]:
    calls: list[Call] = []
    for along_m, _, stop_id in sorted(found):
        floor_m = calls[-1].along_m + CALL_GAP_M if calls else 0.0
        calls.append(Call(stop_id, round(max(along_m, floor_m), 1)))
    if line.closed and calls:
        calls.append(Call(calls[0].stop_id, round(calls[0].along_m + line.length_m, 1)))
    return tuple(calls)


def call_times(pattern: Pattern, dwell_s: int) -> list[tuple[int, int]]:
    """(arrival, departure) of each call in seconds after the first departure."""
    first, last = pattern.calls[0].along_m, pattern.calls[-1].along_m
    moving_s = pattern.run_s - dwell_s * (len(pattern.calls) - 2)
    times = []
    for index, call in enumerate(pattern.calls):
        share = (call.along_m - first) / (last - first)
        arrival_s = round(moving_s * share) + dwell_s * max(index - 1, 0)
        is_end = index in {0, len(pattern.calls) - 1}
        times.append((arrival_s, arrival_s if is_end else arrival_s + dwell_s))
    return times


def _loop_shape(line: Line, start_m: float) -> tuple[tuple[float, float, float], ...]:
    """Once around from `start_m`, on to the same place again."""
    end_m = round(start_m + line.length_m, 1)
    inner = [
        (*line.coordinates[index], along_m + turn)
        for turn in (0.0, line.length_m)
        for index, along_m in enumerate(line.along_m)
        if start_m + CALL_GAP_M < along_m + turn < end_m - CALL_GAP_M
    ]
    place = line.place(start_m)
    return _increasing([(*place, start_m), *inner, (*place, end_m)])


def _open_shape(line: Line) -> tuple[tuple[float, float, float], ...]:
    return _increasing(
        [(*point, along_m) for point, along_m in zip(line.coordinates, line.along_m, strict=True)]
    )


def _increasing(points: list[tuple[float, float, float]]) -> tuple[tuple[float, float, float], ...]:
    """Points whose printed distance (0.1 m) increases; the joint of a loop occurs twice otherwise."""
    last = len(points) - 1
    kept = [points[0]]
    for index, point in enumerate(points[1:], start=1):
        if round(point[2], 1) > round(kept[-1][2], 1):
            kept.append(point)
        elif index == last:
            kept[-1] = point
    return tuple(kept)
