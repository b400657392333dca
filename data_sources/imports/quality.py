"""What looks odd in a series as a whole. Nothing is refused for it: the value is kept and says so."""

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

from data_sources.imports import codes

TELLING_DIGITS = 5
"""So many digits do not come twice by chance in the few hundred values of a series; 12 or 15,000 do."""
ROUND_TO = 100
ROUND_FROM = 1_000
ROUND_RUN = 3


def odd_values(values: Mapping[datetime, float]) -> dict[datetime, tuple[str, ...]]:
    """Flags of the values of one series that deserve any, by time."""
    times = sorted(values)
    flags: dict[datetime, tuple[str, ...]] = {}
    twice: dict[float, list[datetime]] = {}
    for at in times:
        if _digits(values[at]) >= TELLING_DIGITS:
            twice.setdefault(values[at], []).append(at)
    for same in twice.values():
        if len(same) > 1:
            flags |= dict.fromkeys(same, (codes.DUPLICATE_PERIOD.code,))
    for run in _round_runs(times, values):
        for at in run:
            flags[at] = (*flags.get(at, ()), codes.ROUNDED.code)
    return flags


def _digits(value: float) -> int:
    """Digits that tell something: none of the zeros at either end."""
    return len(f"{abs(value):.9f}".rstrip("0").replace(".", "").lstrip("0").rstrip("0"))


def _round_runs(times: list[datetime], values: Mapping[datetime, float]) -> list[list[datetime]]:
    runs: list[list[datetime]] = []
    is_round = {at: abs(values[at]) >= ROUND_FROM and values[at] % ROUND_TO == 0 for at in times}
    for before, at in pairwise([None, *times]):
        if at is None or not is_round[at]:
            continue
        if before is not None and is_round[before]:
            runs[-1].append(at)
        else:
            runs.append([at])
    return [run for run in runs if len(run) >= ROUND_RUN]
