"""Many rollups of one series as columns: how back history travels, without an object for each hour."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data_sources.model.observation import Grain, Rollup
from data_sources.stores.epoch import from_epoch_us, to_epoch_us
from data_sources.stores.intervals import interval_of

Whole = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RollupColumns:
    """Rollups in equal lengths, the oldest first, no two of one start. `starts_us`: microseconds since 1970;
    the others as in Rollup."""

    starts_us: Whole
    count: Whole
    expected: Whole
    minimum: Floats
    mean: Floats
    maximum: Floats
    last: Floats

    def __len__(self) -> int:
        return int(self.starts_us.size)

    def newest_first(self, size: int) -> Iterator["RollupColumns"]:
        """In portions of at most so many, the newest portion first."""
        for end in range(len(self), 0, -size):
            part = slice(max(0, end - size), end)
            yield RollupColumns(*(getattr(self, one.name)[part] for one in fields(self)))

    def local_days(self, zone: ZoneInfo) -> list[datetime]:
        """The first start in each local day that holds any."""
        starts_us = self.starts_us.tolist()
        found = []
        at = 0
        while at < len(starts_us):
            found.append(from_epoch_us(starts_us[at]))
            _, end = interval_of(Grain.DAY, found[-1], zone)
            at = bisect_left(starts_us, to_epoch_us(end), at)
        return found

    def rollups(self) -> list[Rollup]:
        """Each as an object."""
        lists = (getattr(self, one.name).tolist() for one in fields(self))
        return [
            Rollup(
                start=from_epoch_us(start_us),
                count=count,
                expected=expected,
                minimum=minimum,
                mean=mean,
                maximum=maximum,
                last=last,
            )
            for start_us, count, expected, minimum, mean, maximum, last in zip(*lists, strict=True)
        ]


def columns_of(rollups: Iterable[Rollup]) -> RollupColumns:
    """Rollups in any order as columns; of several of one start the last given."""
    by_start = {one.start: one for one in rollups}
    told = [by_start[start] for start in sorted(by_start)]
    return RollupColumns(
        starts_us=np.array([to_epoch_us(one.start) for one in told], dtype=np.int64),
        count=np.array([one.count for one in told], dtype=np.int64),
        expected=np.array([one.expected for one in told], dtype=np.int64),
        minimum=np.array([one.minimum for one in told], dtype=np.float64),
        mean=np.array([one.mean for one in told], dtype=np.float64),
        maximum=np.array([one.maximum for one in told], dtype=np.float64),
        last=np.array([one.last for one in told], dtype=np.float64),
    )
