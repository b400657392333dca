"""Traffic of the whole city: the speed index now and against the typical, the worst links, the day.

The index is the mean over links, by length, of speed to free-flow speed. Every figure says what it
rests on; without enough data it is null, never zero. Topic `traffic` of the stream.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from data_sources.measures.freshness import Freshness
from data_sources.measures.level_of_service import SpeedIndex, level_of_service, speed_index
from data_sources.model.city import LosSpec
from data_sources.model.spec import Names
from data_sources.model.traffic import LevelOfService, Link
from data_sources.network import Network
from data_sources.views.feeds import BothNames
from data_sources.views.links import LinkView

WORST_LINKS = 8
TYPICAL_MIN_MINUTES = 60
"""Minutes of one hour's history below which nothing is typical yet (our proposal): more than any
single day gives unless every minute of it was observed."""
TYPICAL_COVERAGE = 0.8
"""Share, by length, of the links known now whose typical speed is known too, below which now and
typical would be means of different roads."""
HOURS = 24
TRAFFIC_PATIENCE_S = 10.0
_json = msgspec.json.Encoder()


class Mean(Protocol):
    """Mean speed of a link over some minutes: what the history store keeps (`TypicalSpeed`)."""

    @property
    def speed_kmh(self) -> float:
        """The mean."""

    @property
    def minutes(self) -> int:
        """The minutes that it rests on."""


Means = Mapping[str, Mean]
"""By link id."""
Typical = Mapping[tuple[str, int], Mean]
"""By link id and hour of the local day."""


class WorstLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link far below its free-flow speed, or closed."""

    link_id: str
    name: BothNames
    level_of_service: LevelOfService | None
    speed_kmh: float | None
    ratio: float | None
    closed: bool
    observed_at: datetime | None
    source: str | None


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """The city in one hour: its index and level, and the typical index of the links known then."""

    start: datetime
    index: float | None
    los: str
    typical: float | None


class StripRow(msgspec.Struct, frozen=True, kw_only=True):
    """A corridor or a line (`kind`: `corridor`, `route`) over the day: its index in each hour, null
    where nothing was observed."""

    row_id: str
    kind: str
    name: BothNames
    ratios: list[float | None]


class DayPicture(msgspec.Struct, frozen=True, kw_only=True):
    """The last 24 hours, oldest first, the running one last. Drawn once a minute, not a second."""

    hours: list[Hour]
    rows: list[StripRow]


class TrafficPicture(msgspec.Struct, frozen=True, kw_only=True):
    """Traffic at `at`.

    `index` is now's, as a share of free flow, `los` its level ("-" without one); `typical` the index
    of the same links in this hour of the day, `against_typical` speed now to typical speed.
    `coverage` is the share of the network's length behind `index`, `links` its links, `of` all of
    them. `observed_at` is the oldest observation that counts, `sources` where they are from.
    """

    at: datetime
    synthetic: bool
    replay: bool
    index: float | None
    los: str
    typical: float | None
    against_typical: float | None
    coverage: float
    links: int
    of: int
    observed_at: datetime | None
    sources: list[str]
    worst: list[WorstLink]
    hours: list[Hour]
    rows: list[StripRow]

    def patience_s(self, previous: object) -> float:
        """Seconds that this picture may wait after `previous` was published."""
        return TRAFFIC_PATIENCE_S

    def encode(self, t_ms: int, seq: int) -> bytes:
        """The frame, published at `t_ms`."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return _json.encode({"t": t_ms, "seq": seq, **fields})


def traffic_picture(
    views: Sequence[LinkView],
    day: DayPicture,
    *,
    typical: Typical,
    now: datetime,
    zone: ZoneInfo,
    los: LosSpec,
    worst: int = WORST_LINKS,
    synthetic: bool = False,
    replay: bool = False,
) -> TrafficPicture:
    """All of it at `now`. `views` are those of `links.link_views`, `day` is that of `day_picture`."""
    current = [view for view in views if _is_current(view)]
    speeds = {
        view.link.link_id: view.told.speed_kmh
        for view in current
        if view.told.speed_kmh is not None and not view.told.closed
    }
    links = [view.link for view in views]
    index = _index(links, speeds.get)
    usual = _usual(typical, now.astimezone(zone).hour)
    known = [link for link in links if link.link_id in speeds]
    against = speed_index(
        ((link.length_m, speeds[link.link_id], usual(link.link_id)) for link in known),
        min_coverage=TYPICAL_COVERAGE,
    )
    observed = [view.told.observed_at for view in current if view.told.observed_at is not None]
    has_index = index.share is not None
    return TrafficPicture(
        at=now,
        synthetic=synthetic or any(view.told.synthetic for view in views),
        replay=replay,
        index=index.share,
        los=_level(index.share, los),
        typical=_index(known, usual, TYPICAL_COVERAGE).share if has_index else None,
        against_typical=against.share if has_index else None,
        coverage=index.coverage,
        links=index.links,
        of=len(links),
        observed_at=min(observed, default=None),
        sources=sorted({view.told.feed_id for view in current if view.told.feed_id is not None}),
        worst=worst_links(views, worst),
        hours=day.hours,
        rows=day.rows,
    )


def worst_links(views: Iterable[LinkView], count: int) -> list[WorstLink]:
    """Closed links, then those slowest against free flow; only what is observed now."""
    telling = [view for view in views if _is_current(view) and (view.told.closed or view.ratio is not None)]
    telling.sort(key=lambda view: (not view.told.closed, view.ratio or 0.0, view.link.link_id))
    return [
        WorstLink(
            link_id=view.link.link_id,
            name=BothNames(th=view.link.name_th, en=view.link.name_en),
            level_of_service=view.level_of_service,
            speed_kmh=view.told.speed_kmh,
            ratio=view.ratio,
            closed=view.told.closed,
            observed_at=view.told.observed_at,
            source=view.told.feed_id,
        )
        for view in telling[:count]
    ]


def day_hours(now: datetime) -> list[datetime]:
    """Beginnings of the 24 hours that are shown, the running one last."""
    last = now.replace(minute=0, second=0, microsecond=0)
    return [last - timedelta(hours=back) for back in reversed(range(HOURS))]


def day_picture(
    network: Network,
    hours: Iterable[tuple[datetime, Means]],
    *,
    typical: Typical,
    now: datetime,
    zone: ZoneInfo,
    los: LosSpec,
    routes: Mapping[str, Names],
) -> DayPicture:
    """The day of the city, of each corridor and of each line. `hours` is what `HistoryStore.link_hours`
    gives from the first of `day_hours` on; `routes` are the names of the lines, by route id."""
    means = dict(hours)
    shown = day_hours(now)
    links = list(network.links.values())
    speeds = [_speeds(means.get(hour, {})) for hour in shown]
    return DayPicture(
        hours=[
            _hour(hour, links, told, _usual(typical, hour.astimezone(zone).hour), los)
            for hour, told in zip(shown, speeds, strict=True)
        ],
        rows=[
            StripRow(
                row_id=row_id,
                kind=kind,
                name=name,
                ratios=[_index([network.links[one] for one in ids], told).share for told in speeds],
            )
            for row_id, kind, name, ids in _rows(network, routes)
        ],
    )


def _hour(
    start: datetime,
    links: Sequence[Link],
    told: Callable[[str], float | None],
    usual: Callable[[str], float | None],
    los: LosSpec,
) -> Hour:
    index = _index(links, told).share
    known = [link for link in links if told(link.link_id) is not None]
    typical = _index(known, usual, TYPICAL_COVERAGE).share if index is not None else None
    return Hour(start=start, index=index, los=_level(index, los), typical=typical)


def _rows(network: Network, routes: Mapping[str, Names]) -> list[tuple[str, str, BothNames, tuple[str, ...]]]:
    corridors: dict[str, list[Link]] = defaultdict(list)
    for link in network.links.values():
        if link.corridor_id:
            corridors[link.corridor_id].append(link)
    rows = []
    for corridor_id, links in corridors.items():
        name = BothNames(th=links[0].corridor_th or corridor_id, en=links[0].corridor_en or corridor_id)
        rows.append((corridor_id, "corridor", name, tuple(link.link_id for link in links)))
    for route_id, names in routes.items():
        if driven := network.links_of_route(route_id):
            rows.append((route_id, "route", BothNames(th=names.th, en=names.en), driven))
    return rows


def _speeds(means: Means) -> Callable[[str], float | None]:
    """Mean speed of a link, None where there is none."""
    return lambda link_id: means[link_id].speed_kmh if link_id in means else None


def _usual(typical: Typical, hour: int) -> Callable[[str], float | None]:
    """Typical speed of a link in an hour of the day, None where too little history is behind it."""

    def speed(link_id: str) -> float | None:
        mean = typical.get((link_id, hour))
        return mean.speed_kmh if mean is not None and mean.minutes >= TYPICAL_MIN_MINUTES else None

    return speed


def _index(
    links: Iterable[Link], told: Callable[[str], float | None], min_coverage: float | None = None
) -> SpeedIndex:
    parts = ((link.length_m, told(link.link_id), link.free_flow_kmh) for link in links)
    if min_coverage is None:
        return speed_index(parts, cap=1.0)
    return speed_index(parts, cap=1.0, min_coverage=min_coverage)


def _level(index: float | None, los: LosSpec) -> str:
    return level_of_service(index, 1.0, los) or "-"


def _is_current(view: LinkView) -> bool:
    return view.state in {Freshness.FRESH, Freshness.AGEING}
