"""Recordings: payloads kept from a real feed, moved in time so that they can be played again."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from google.transit import gtfs_realtime_pb2

from data_sources import rules
from data_sources.errors import ConfigError
from data_sources.feeds import parser_of
from data_sources.model.city import Bounds, FeedSpec
from data_sources.model.feed import Batch

STEP_S = 15.0
"""At the pace chosen by default a recording follows the one before it after this long."""

BOX_SHARE = 0.01
"""Share of positions at each edge that does not count for the box: a recording holds stray fixes."""

BOX_MARGIN = 0.25
"""The box is widened by this share of its size on each side."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded payload, its own time, and what it says."""

    payload: bytes
    recorded_at: datetime
    batch: Batch


def read_recording(payload: bytes, feed: FeedSpec, now: datetime) -> Recording:
    """Read a payload; FeedContentError when it is unusable. Its own time is its header's, else that
    of its newest fix, else `now`."""
    batch = parser_of(feed)(payload, feed=feed, received_at=now)
    newest = max((fix.observed_at for fix in batch.positions if fix.observed_at <= now), default=now)
    recorded_at = batch.header_at or newest
    judged = rules.judge(
        parser_of(feed)(payload, feed=feed, received_at=recorded_at),
        now=recorded_at,
        bounds=None,
        schedule=None,
        last_fix_at={},
        last_header_at=None,
    )
    return Recording(payload, recorded_at, judged)


def default_speed(recordings: Sequence[Recording]) -> float:
    """Pace at which the median gap between recordings lasts STEP_S; never slower than real time."""
    gaps = [
        (later.recorded_at - earlier.recorded_at).total_seconds() for earlier, later in pairwise(recordings)
    ]
    return max(1.0, median(gaps) / STEP_S) if gaps else 1.0


def offsets(recordings: Sequence[Recording], speed: float) -> list[timedelta]:
    """When each recording is shown, after the start."""
    first = recordings[0].recorded_at
    return [(recording.recorded_at - first) / speed for recording in recordings]


@dataclass(frozen=True, slots=True)
class Shift:
    """Moves recorded times to now. Ages stay what they were, but no time moves before `floor`, the
    moment at which the recording before was shown: at a faster pace the idle stretch between two
    recordings is cut out, and what was newer than the last recording stays newer."""

    recorded_at: datetime
    shown_at: datetime
    floor: datetime | None = None

    def moved(self, epoch_s: int) -> int:
        """The time in epoch seconds at which something recorded at `epoch_s` is shown."""
        moved = epoch_s + round((self.shown_at - self.recorded_at).total_seconds())
        return moved if self.floor is None else max(moved, round(self.floor.timestamp()) + 1)


def shifted(payload: bytes, shift: Shift) -> bytes:
    """A GTFS-Realtime message with all its times moved; what has no time keeps none."""
    message = gtfs_realtime_pb2.FeedMessage()
    message.ParseFromString(payload)
    if message.header.timestamp:
        message.header.timestamp = shift.moved(message.header.timestamp)
    for entity in message.entity:
        if entity.vehicle.timestamp:
            entity.vehicle.timestamp = shift.moved(entity.vehicle.timestamp)
        update = entity.trip_update
        if entity.HasField("trip_update") and update.timestamp:
            update.timestamp = shift.moved(update.timestamp)
        for stop_time in update.stop_time_update:
            for event in (stop_time.arrival, stop_time.departure):
                if event.time:
                    event.time = shift.moved(event.time)
        for period in entity.alert.active_period:
            if period.start:
                period.start = shift.moved(period.start)
            if period.end:
                period.end = shift.moved(period.end)
    return bytes(message.SerializeToString())


def box_of(recordings: Sequence[Recording]) -> Bounds:
    """A box around nearly all positions of the recordings; ConfigError when there are none."""
    lats = sorted(fix.lat for recording in recordings for fix in recording.batch.positions)
    lons = sorted(fix.lon for recording in recordings for fix in recording.batch.positions)
    if not lats:
        raise ConfigError("the recording holds no positions to derive bounds from; give --pack DIR")
    cut = math.floor(len(lats) * BOX_SHARE)
    return _widened(lons[cut], lats[cut], lons[-1 - cut], lats[-1 - cut], 0.0)


def bounds_of(recordings: Sequence[Recording]) -> Bounds:
    """The box, widened: what lies outside it is implausible for the recording's city."""
    box = box_of(recordings)
    return _widened(box.west, box.south, box.east, box.north, BOX_MARGIN)


def _widened(west: float, south: float, east: float, north: float, share: float) -> Bounds:
    """A box wider by a share of its size on each side, and by 0.01 degree (1 km) at least."""
    wide, high = max((east - west) * share, 0.01), max((north - south) * share, 0.01)
    return Bounds(
        west=max(west - wide, -180),
        south=max(south - high, -90),
        east=min(east + wide, 180),
        north=min(north + high, 90),
    )
