"""Link frames: the state of the whole network at one minute, and the sums of one hour. Pure.

A frame is columns of integers in the order of its link set; ids are stored once for each set, not in
every frame. Speeds are kept to 0.1 km/h and times to one second, which is what the stream shows and
finer than any source measures. Each column is an offset and the byte planes of its values (first bytes
of all, then second bytes ...), None as 0; zlib has the last word. A source that says the same as the
fused value takes next to nothing, because sources are stored as differences from it.
"""

import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from data_sources.model.traffic import LinkState, SourceSpeed
from data_sources.stores.frame_codec import shuffled, unshuffled

FORMAT = 1
_LEVEL = 6
_TENTHS = 10
_SECOND = timedelta(seconds=1)
_DISAGREEMENT, _CLOSED, _SYNTHETIC = 1, 2, 4
_WIDTHS = ((0xFF, "B"), (0xFFFF, "H"), (0xFFFF_FFFF, "I"), (0xFFFF_FFFF_FFFF_FFFF, "Q"))

Integers = npt.NDArray[np.int64]
Column = tuple[int, str, bytes]
"""Offset, type of the planes (`array` code), planes."""


def encode_links(minute: datetime, links: Sequence[LinkState]) -> bytes:
    """The bytes of a frame. OverflowError or ValueError for a speed that is no number."""
    feeds: dict[str, int] = {}
    sources = [(link, source) for link in links for source in link.sources]
    columns: dict[str, list[int | None]] = {
        "speed": [_tenths(link.speed_kmh) for link in links],
        "free_flow": [_tenths(link.free_flow_kmh) for link in links],
        "observed": [_seconds(minute, link.observed_at) for link in links],
        "feed": [_index(feeds, link.feed_id) for link in links],
        "flags": [
            _DISAGREEMENT * link.disagreement + _CLOSED * link.closed + _SYNTHETIC * link.synthetic
            for link in links
        ],
        "sources": [len(link.sources) for link in links],
        "source_feed": [_index(feeds, source.feed_id) for _, source in sources],
        "source_speed": [
            _beyond(_tenths(source.speed_kmh), _tenths(link.speed_kmh)) for link, source in sources
        ],
        "source_observed": [
            _beyond(_seconds(minute, source.observed_at), _seconds(minute, link.observed_at))
            for link, source in sources
        ],
        "source_samples": [source.samples for _, source in sources],
        "source_closed": [int(source.closed) for _, source in sources],
    }
    encoded = {name: _encoded(values) for name, values in columns.items()}
    return _packed([FORMAT, list(feeds), encoded])


def decode_links(minute: datetime, link_ids: Sequence[str], body: bytes) -> tuple[LinkState, ...]:
    """The states of a frame, in the order of its link set. ValueError for a format of another version."""
    feeds, encoded = _unpacked(body)
    columns = {name: _decoded(column) for name, column in encoded.items()}
    told = iter(
        zip(
            columns["source_feed"],
            columns["source_speed"],
            columns["source_observed"],
            columns["source_samples"],
            columns["source_closed"],
            strict=True,
        )
    )
    names = ("speed", "free_flow", "observed", "feed", "flags", "sources")
    states = []
    for link_id, *row in zip(link_ids, *(columns[name] for name in names), strict=True):
        speed, free_flow, observed, feed, flags, count = row
        sources = tuple(
            SourceSpeed(
                feed_id=feeds[source_feed],
                speed_kmh=_kmh(_sum(source_speed, speed)),
                observed_at=minute + (source_observed + (observed or 0)) * _SECOND,
                samples=samples,
                closed=bool(closed),
            )
            for source_feed, source_speed, source_observed, samples, closed in islice(told, count)
        )
        states.append(
            LinkState(
                link_id=link_id,
                speed_kmh=_kmh(speed),
                free_flow_kmh=_kmh(free_flow),
                observed_at=None if observed is None else minute + observed * _SECOND,
                feed_id=None if feed is None else feeds[feed],
                sources=sources,
                disagreement=bool(flags & _DISAGREEMENT),
                closed=bool(flags & _CLOSED),
                synthetic=bool(flags & _SYNTHETIC),
            )
        )
    return tuple(states)


@dataclass(frozen=True, slots=True, eq=False)
class HourSums:
    """Sums of one hour in the order of a link set: speeds in 0.1 km/h, and the minutes that had one."""

    tenths: Integers
    minutes: Integers


def no_sums(links: int) -> HourSums:
    """The sums of an hour that begins."""
    return HourSums(np.zeros(links, np.int64), np.zeros(links, np.int64))


def added(sums: HourSums, links: Sequence[LinkState], minute: datetime, max_age: timedelta) -> HourSums:
    """`sums` and a minute more; a value older than `max_age` by then is no measurement of this minute."""
    minute_sums = _of_minute(links, minute, max_age)
    return HourSums(sums.tenths + minute_sums.tenths, sums.minutes + minute_sums.minutes)


def taken_back(sums: HourSums, links: Sequence[LinkState], minute: datetime, max_age: timedelta) -> HourSums:
    """`sums` without a minute that was added before."""
    minute_sums = _of_minute(links, minute, max_age)
    return HourSums(sums.tenths - minute_sums.tenths, sums.minutes - minute_sums.minutes)


def encode_sums(sums: HourSums) -> bytes:
    """The bytes of an hour's sums."""
    planes = (np.ascontiguousarray(column, "<u4").view(np.uint8) for column in (sums.tenths, sums.minutes))
    return _packed([FORMAT, *(plane.reshape(-1, 4).T.tobytes() for plane in planes)])


def decode_sums(body: bytes) -> HourSums:
    """The sums of an hour. ValueError for a format of another version."""
    tenths, minutes = (
        np.ascontiguousarray(np.frombuffer(planes, np.uint8).reshape(4, -1).T).view("<u4")[:, 0]
        for planes in _unpacked(body)
    )
    return HourSums(tenths.astype(np.int64), minutes.astype(np.int64))


def _of_minute(links: Sequence[LinkState], minute: datetime, max_age: timedelta) -> HourSums:
    # As the frame keeps them, so that what is taken back is exactly what was added.
    speeds = [_tenths(link.speed_kmh) for link in links]
    observed = [_seconds(minute, link.observed_at) for link in links]
    oldest_s = -(max_age // _SECOND)
    counts = [
        speed is not None and second is not None and second >= oldest_s
        for speed, second in zip(speeds, observed, strict=True)
    ]
    measured = np.array(counts, dtype=np.int64)
    return HourSums(np.array([speed or 0 for speed in speeds], dtype=np.int64) * measured, measured)


def _tenths(speed_kmh: float | None) -> int | None:
    return None if speed_kmh is None else round(speed_kmh * _TENTHS)


def _kmh(tenths: int | None) -> float | None:
    return None if tenths is None else tenths / _TENTHS


def _seconds(minute: datetime, moment: datetime | None) -> int | None:
    return None if moment is None else (moment - minute) // _SECOND


def _index(feeds: dict[str, int], feed_id: str | None) -> int | None:
    return None if feed_id is None else feeds.setdefault(feed_id, len(feeds))


def _beyond(value: int | None, base: int | None) -> int | None:
    return None if value is None else value - (base or 0)


def _sum(difference: int | None, base: int | None) -> int | None:
    return None if difference is None else difference + (base or 0)


def _encoded(values: Sequence[int | None]) -> Column:
    known = [value for value in values if value is not None]
    offset = min(known, default=0) - 1
    raised = [0 if value is None else value - offset for value in values]
    largest = max(raised, default=0)
    typecode = next((code for limit, code in _WIDTHS if largest <= limit), None)
    if typecode is None:
        raise OverflowError(f"{max(known)} does not fit 64 bits")
    return offset, typecode, shuffled(array(typecode, raised))


def _decoded(column: Sequence[Any]) -> list[Any]:
    offset, typecode, planes = column
    return [value + offset if value else None for value in unshuffled(typecode, planes)]


def _packed(parts: list[Any]) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(parts), _LEVEL)


def _unpacked(body: bytes) -> list[Any]:
    parts: list[Any] = msgspec.msgpack.decode(zlib.decompress(body))
    if parts[0] != FORMAT:
        raise ValueError(f"link frame has format {parts[0]}, this program reads {FORMAT}")
    return parts[1:]
