"""Links as they stand at an instant: the stream's topic `links`, the map's geometry, the API's list.

Frame of the topic `links`. Columns run in the order of the features of `/network/links.geojson`
whose version is `v`; a page whose geometry has another version fetches it anew.
```json
{"t": 0, "seq": 1, "synthetic": true, "replay": false, "v": "d196c7de6182",
 "speed": [312, "0.1 km/h, -1 unknown"],
 "los": "A-F one letter a link, - where there is none",
 "age": [12000, "ms from the end of the observation to t, -1 none"],
 "state": [0, "0 fresh, 1 ageing, 2 stale, 3 missing"],
 "source": [0, "index in sources, -1 none"],
 "flags": [0, "bits: 1 sources disagree, 2 closed, 4 synthetic"],
 "sources": ["probe"], "fresh_s": [480.0], "stale_s": [1200.0]}
```
`state` and `los` hold at `t`. A browser that ages values by its own clock takes the limits of the
link's source: beyond its `stale_s` a link has no level any more and is drawn as one without data.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from data_sources.measures import freshness
from data_sources.measures.freshness import Freshness
from data_sources.measures.fusion import PROBE
from data_sources.measures.level_of_service import level_of_service, speed_ratio
from data_sources.model.city import FeedSpec, LosSpec, TrafficSpec
from data_sources.model.traffic import LevelOfService, Link, LinkState, SourceSpeed
from data_sources.network import Network
from data_sources.views.frames import UNKNOWN, epoch_ms

LINKS_PATIENCE_S = 5.0
"""How long a change of speeds may wait: it is an average over minutes."""
LEVELS_PATIENCE_S = 2.0
"""How long a change of a level or a state may wait: in a large city some link changes every second.
Closures and disagreements do not wait."""
DISAGREE, CLOSED, SYNTHETIC = 1, 2, 4
NO_LEVEL = "-"
_STATE_NUMBERS = {Freshness.FRESH: 0, Freshness.AGEING: 1, Freshness.STALE: 2, Freshness.MISSING: 3}
_json = msgspec.json.Encoder()


class LinkView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A link's state judged at an instant. A stale value has no level, nor has a closed link."""

    link: Link
    told: LinkState
    state: Freshness
    level_of_service: LevelOfService | None
    ratio: float | None


def source_cadences(feeds: Iterable[FeedSpec], spec: TrafficSpec) -> dict[str, float]:
    """How often each source promises news, in seconds, by feed id. Probe speeds age so that they are
    stale when their window holds no pass any more."""
    cadences = {feed.feed_id: feed.promised_every.total_seconds() for feed in feeds}
    return cadences | {PROBE: spec.probe_window_s / freshness.STALE_CADENCES}


def link_views(
    network: Network,
    states: Iterable[LinkState],
    *,
    now: datetime,
    los: LosSpec,
    cadence_of: Mapping[str, float],
) -> list[LinkView]:
    """Every link of the network at `now`, in its order; one without a state is missing. A source that
    the pack does not know ages as fast as anything may."""
    known = {state.link_id: state for state in states}
    told_by = {state.feed_id for state in known.values()} | {None}
    horizons = {
        feed_id: freshness.ValueHorizon.at(now, cadence_of.get(feed_id or "", 0.0)) for feed_id in told_by
    }
    views = []
    for link in network.links.values():
        told = known.get(link.link_id) or LinkState(link_id=link.link_id, free_flow_kmh=link.free_flow_kmh)
        tells = told.closed or told.speed_kmh is not None
        observed_at = told.observed_at if tells else None
        state = horizons[told.feed_id].freshness(observed_at)
        current = state in {Freshness.FRESH, Freshness.AGEING}
        ratio = speed_ratio(told.speed_kmh, told.free_flow_kmh)
        level = level_of_service(told.speed_kmh, told.free_flow_kmh, los, closed=told.closed)
        views.append(
            LinkView(
                link=link,
                told=told,
                state=state,
                level_of_service=level if current else None,
                ratio=None if told.closed else ratio,
            )
        )
    return views


class LinksPicture(msgspec.Struct, frozen=True, kw_only=True):
    """Topic `links` (module docstring)."""

    synthetic: bool
    replay: bool
    v: str
    speed: list[int]
    los: str
    observed_ms: list[int]
    state: list[int]
    source: list[int]
    flags: list[int]
    sources: list[str]
    fresh_s: list[float]
    stale_s: list[float]

    def patience_s(self, previous: object) -> float:
        """None when a link was closed or opened, or sources begin or cease to disagree."""
        if not isinstance(previous, LinksPicture) or previous.flags != self.flags or previous.v != self.v:
            return 0.0
        levels_alike = previous.los == self.los and previous.state == self.state
        return LINKS_PATIENCE_S if levels_alike else LEVELS_PATIENCE_S

    def encode(self, t_ms: int, seq: int) -> bytes:
        """The frame, published at `t_ms`."""
        return _json.encode(
            {
                "t": t_ms,
                "seq": seq,
                "synthetic": self.synthetic,
                "replay": self.replay,
                "v": self.v,
                "speed": self.speed,
                "los": self.los,
                "age": [UNKNOWN if at < 0 else t_ms - at for at in self.observed_ms],
                "state": self.state,
                "source": self.source,
                "flags": self.flags,
                "sources": self.sources,
                "fresh_s": self.fresh_s,
                "stale_s": self.stale_s,
            }
        )


def links_picture(
    views: Sequence[LinkView],
    version: str,
    cadence_of: Mapping[str, float],
    *,
    synthetic: bool = False,
    replay: bool = False,
) -> LinksPicture:
    """Columns of `link_views`; `synthetic` also when any one of them is. Observation times are told to
    the second: finer ones say nothing of an average and do not compress."""
    telling = sorted({view.told.feed_id for view in views if view.told.feed_id is not None})
    index = {feed_id: number for number, feed_id in enumerate(telling)}
    return LinksPicture(
        synthetic=synthetic or any(view.told.synthetic for view in views),
        replay=replay,
        v=version,
        speed=[UNKNOWN if view.told.speed_kmh is None else round(view.told.speed_kmh * 10) for view in views],
        los="".join(view.level_of_service or NO_LEVEL for view in views),
        observed_ms=[
            UNKNOWN if view.told.observed_at is None else epoch_ms(view.told.observed_at) // 1000 * 1000
            for view in views
        ],
        state=[_STATE_NUMBERS[view.state] for view in views],
        source=[UNKNOWN if view.told.feed_id is None else index[view.told.feed_id] for view in views],
        flags=[
            DISAGREE * view.told.disagreement + CLOSED * view.told.closed + SYNTHETIC * view.told.synthetic
            for view in views
        ],
        sources=telling,
        fresh_s=[freshness.fresh_limit_s(cadence_of.get(feed_id, 0.0)) for feed_id in telling],
        stale_s=[freshness.stale_limit_s(cadence_of.get(feed_id, 0.0)) for feed_id in telling],
    )


def links_geojson(network: Network) -> bytes:
    """The geometry document of the map: links in the order of the columns, and their version `v`."""
    features = [
        {
            "type": "Feature",
            "geometry": _geometry(link),
            "properties": {
                "link_id": link.link_id,
                "name_th": link.name_th,
                "name_en": link.name_en,
                "road_class": link.road_class,
                "lanes": link.lanes,
                "length_m": link.length_m,
                "free_flow_kmh": link.free_flow_kmh,
                "free_flow_assumed": bool(link.free_flow_source),
                "route_ids": link.route_ids,
                "schematic": link.schematic,
            },
        }
        for link in network.links.values()
    ]
    return _json.encode({"type": "FeatureCollection", "v": network.version, "features": features})


class LinkProperties(msgspec.Struct, frozen=True, kw_only=True):
    """A link and its traffic; null where unknown. `ratio` is speed to free-flow speed, `source` the
    feed whose word counts ("probe": our own buses), `sources` all of them, most trusted first."""

    link_id: str
    name_th: str
    name_en: str
    road_class: str
    length_m: float
    lanes: int | None
    route_ids: tuple[str, ...]
    schematic: bool
    speed_kmh: float | None
    free_flow_kmh: float
    ratio: float | None
    level_of_service: LevelOfService | None
    observed_at: datetime | None
    source: str | None
    state: Freshness
    closed: bool
    disagreement: bool
    sources: tuple[SourceSpeed, ...]


class LineString(msgspec.Struct, frozen=True, tag_field="type"):
    """A GeoJSON line: longitude, latitude in degrees, WGS 84, in the direction of travel."""

    coordinates: list[tuple[float, float]]


class LinkFeature(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="Feature"):
    """One link."""

    id: str
    geometry: LineString
    properties: LinkProperties


class LinkCollection(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="FeatureCollection"):
    """Links as they stood at `at`. `synthetic`: simulated data; `replay`: a recording."""

    at: datetime
    synthetic: bool
    replay: bool
    features: list[LinkFeature]


def link_collection(
    views: Iterable[LinkView], at: datetime, *, synthetic: bool = False, replay: bool = False
) -> LinkCollection:
    """The links of `/api/v1/links`; `synthetic` also when any one of them is."""
    listed = list(views)
    return LinkCollection(
        at=at,
        synthetic=synthetic or any(view.told.synthetic for view in listed),
        replay=replay,
        features=[_feature(view) for view in listed],
    )


def _feature(view: LinkView) -> LinkFeature:
    link, told = view.link, view.told
    return LinkFeature(
        id=link.link_id,
        geometry=_geometry(link),
        properties=LinkProperties(
            link_id=link.link_id,
            name_th=link.name_th,
            name_en=link.name_en,
            road_class=link.road_class,
            length_m=link.length_m,
            lanes=link.lanes,
            route_ids=link.route_ids,
            schematic=link.schematic,
            speed_kmh=told.speed_kmh,
            free_flow_kmh=link.free_flow_kmh,
            ratio=view.ratio,
            level_of_service=view.level_of_service,
            observed_at=told.observed_at,
            source=told.feed_id,
            state=view.state,
            closed=told.closed,
            disagreement=told.disagreement,
            sources=told.sources,
        ),
    )


def _geometry(link: Link) -> LineString:
    return LineString([(lon, lat) for lat, lon in link.points])
