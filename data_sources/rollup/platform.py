"""What this system observes of itself and of the service, once a minute, as observations of `PLATFORM_FEED`.

Pure but for `read_picture`. Nothing is observed while the feed behind it is not up: no bus on a picture
that nobody refreshes is not "no bus", and an empty list of a feed that is down is not "no incident".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median

from data_sources.measures.adherence import Adherence, judged
from data_sources.measures.freshness import Freshness
from data_sources.measures.level_of_service import speed_index
from data_sources.model.city import City, FeedSpec
from data_sources.model.feed import FeedState, FeedStatus
from data_sources.model.observation import (
    CITY_FEATURE,
    FEED_UP,
    PLATFORM_EVERY_S,
    PLATFORM_FEED,
    Feature,
    Observation,
    Ticket,
    TicketState,
    feed_feature,
)
from data_sources.model.operations import OperationsPicture
from data_sources.model.service import ServiceSpec
from data_sources.model.traffic import Facility, Incident, LinkState
from data_sources.model.transit import VehiclePosition, VehicleState
from data_sources.network import Network
from data_sources.stores.base import HistoryStore, LiveStore
from data_sources.views.feeds import FeedView, feed_views
from data_sources.views.incidents import facility_items, tells_facilities, tells_incidents
from data_sources.views.links import LinkView, link_views, source_cadences
from data_sources.views.observations import tells_tickets
from data_sources.views.operations import picture_state
from data_sources.views.vehicles import current_vehicles, operators

TICKETS_FOR = timedelta(days=30)
"""Reports closed of late: those whose time to close is told."""
TICKETS_DAY = timedelta(days=1)
TICKET_DAYS = 7.0
"""A report should be closed within so many days (our proposal: no municipality publishes its own limit)."""
CURRENT = frozenset({Freshness.FRESH, Freshness.AGEING})


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the platform knows for good: the pack, its network and its contract. `ticket_days` is the time in
    which a report should be closed."""

    city: City
    network: Network | None = None
    service: ServiceSpec | None = None
    ticket_days: float = TICKET_DAYS


@dataclass(frozen=True, slots=True)
class LivePicture:
    """The live store at one instant, and reports of the last 30 days."""

    statuses: Mapping[str, FeedStatus]
    positions: Mapping[str, Sequence[VehiclePosition]]
    operations: OperationsPicture | None
    links: Sequence[LinkState]
    incidents: Sequence[Incident]
    facilities: Mapping[str, Sequence[Facility]]
    tickets: Sequence[Ticket]


def recent_tickets(history: HistoryStore, city: City, now: datetime) -> list[Ticket]:
    """Reports that are open or were closed of late, from history: the live store forgets closed ones sooner.
    StoreError when it is away."""
    if not _ticket_feeds(city):
        return []
    return history.tickets_between(now - TICKETS_FOR, now + timedelta(seconds=1))


def read_picture(live: LiveStore, tickets: Sequence[Ticket]) -> LivePicture:
    """Read the live store; StoreError when it is away."""
    return LivePicture(
        statuses=live.feed_statuses(),
        positions=live.positions(),
        operations=live.operations(),
        links=live.links(),
        incidents=live.incidents(),
        facilities=live.facilities(),
        tickets=tickets,
    )


def sample(picture: LivePicture, known: Knowledge, now: datetime) -> list[Observation]:
    """Everything that can be said at `now`."""
    feeds = {view.feed_id: view for view in feed_views(known.city.feeds, picture.statuses, now)}
    values: list[tuple[str, float | None, bool]] = [
        *_service(picture, known, feeds, now),
        *_roads(picture, known, now),
        *_incidents(picture, known.city, feeds),
        *_parking(picture, known.city, feeds, now),
        *_tickets(picture, known, feeds, now),
    ]
    found = [
        _observed(known.city, CITY_FEATURE, property_id, (value, synthetic), now)
        for property_id, value, synthetic in values
        if value is not None
    ]
    return [*_feeds(picture, known.city, feeds, now), *found]


def feed_features(city: City) -> tuple[Feature, ...]:
    """The feeds as features, of which `feed_up` is observed."""
    return tuple(
        Feature(
            feature_id=feed_feature(feed.feed_id),
            feed_id=PLATFORM_FEED,
            kind="feed",
            name={"th": feed.names.th, "en": feed.names.en},
            synthetic=feed.synthetic,
        )
        for feed in city.feeds
        if feed.configured
    )


def _feeds(
    picture: LivePicture, city: City, feeds: Mapping[str, FeedView], now: datetime
) -> Iterator[Observation]:
    """Feeds that are set up and of which ingest has said anything: a live store that was restarted empty
    says nothing of feeds."""
    told = [feed for feed in city.feeds if feed.configured and feed.feed_id in picture.statuses]
    if not told:
        return
    up = [feeds[feed.feed_id].state is FeedState.UP for feed in told]
    for feed, is_up in zip(told, up, strict=True):
        yield _observed(city, feed_feature(feed.feed_id), FEED_UP, (float(is_up), feed.synthetic), now)
    some_synthetic = any(feed.synthetic for feed in told)
    yield _observed(city, CITY_FEATURE, "feeds_fresh", (100.0 * sum(up) / len(up), some_synthetic), now)


def _service(
    picture: LivePicture, known: Knowledge, feeds: Mapping[str, FeedView], now: datetime
) -> Iterator[tuple[str, float | None, bool]]:
    carriers = [feed_id for feed_id, some in picture.positions.items() if some]
    synthetic = any(feeds[one].synthetic for one in carriers if one in feeds)
    if known.service is not None and carriers and _all_up(carriers, feeds):
        lines = {line.route_id for line in known.service.lines}
        vehicles = current_vehicles(
            picture.positions,
            now=now,
            limits=known.city.spec.vehicles,
            schedule=None,
            operator_of=operators(known.city.feeds),
        )
        seen = sum(
            view.state is VehicleState.LIVE and view.position.route_id in {None, *lines} for view in vehicles
        )
        fleet = sum(line.vehicles for line in known.service.lines)
        yield "buses_reporting", min(100.0 * seen / fleet, 100.0), synthetic
    operations = picture.operations
    if operations is None or picture_state(operations, now) not in CURRENT:
        return
    seen_routes = [route for route in operations.routes if route.in_service is not None]
    headways = [spacing.headway_s for route in seen_routes for spacing in route.spacings]
    yield "headway_mean", fmean(headways) / 60 if headways else None, operations.synthetic
    delays = [progress.delay_s for route in seen_routes for progress in route.progress]
    verdicts = [judged(delay, known.city.spec.operations) for delay in delays]
    told = [verdict for verdict in verdicts if verdict is not None]
    on_time = sum(verdict is Adherence.ON_TIME for verdict in told)
    yield "on_time_share", 100.0 * on_time / len(told) if told else None, operations.synthetic


def _roads(picture: LivePicture, known: Knowledge, now: datetime) -> Iterator[tuple[str, float | None, bool]]:
    traffic = known.city.spec.traffic
    if known.network is None or traffic is None:
        return
    views = [
        view
        for view in link_views(
            known.network,
            picture.links,
            now=now,
            los=traffic.level_of_service,
            cadence_of=source_cadences(known.city.feeds, traffic),
        )
        if view.state in CURRENT and not view.told.closed
    ]
    synthetic = any(view.told.synthetic for view in views)
    speed = {view.link.link_id: view.told.speed_kmh for view in views}
    links = known.network.links.values()
    index = speed_index(
        ((link.length_m, speed.get(link.link_id), link.free_flow_kmh) for link in links), cap=1.0
    )
    yield "speed_ratio", None if index.share is None else 100.0 * index.share, synthetic
    yield "corridor_speed", _space_mean_kmh(view for view in views if view.link.corridor_id), synthetic


def _space_mean_kmh(views: Iterable[LinkView]) -> float | None:
    """Space mean speed: length over travel time (HCM 2010, ch. 4). None where nothing moves or is known."""
    known = [(view.link.length_m, view.told.speed_kmh) for view in views if view.told.speed_kmh]
    hours = sum(length_m / 1000 / speed for length_m, speed in known if speed)
    return sum(length_m for length_m, _ in known) / 1000 / hours if hours > 0 else None


def _incidents(
    picture: LivePicture, city: City, feeds: Mapping[str, FeedView]
) -> Iterator[tuple[str, float | None, bool]]:
    telling = [feed for feed in city.feeds if feed.configured and tells_incidents(feed)]
    if telling and _all_up((feed.feed_id for feed in telling), feeds):
        count = sum(not one.closed for one in picture.incidents)
        yield "incidents_open", float(count), any(feed.synthetic for feed in telling)


def _parking(
    picture: LivePicture, city: City, feeds: Mapping[str, FeedView], now: datetime
) -> Iterator[tuple[str, float | None, bool]]:
    telling = [feed.feed_id for feed in city.feeds if feed.configured and tells_facilities(feed)]
    if not telling or not _all_up(telling, feeds):
        return
    parks = [
        item
        for item in facility_items(picture.facilities, city.feeds, now)
        if item.kind == "parking" and item.state in CURRENT and item.capacity and item.available is not None
    ]
    spaces = sum(item.capacity or 0 for item in parks)
    if spaces:
        free = 100.0 * sum(item.available or 0 for item in parks) / spaces
        yield "parking_free", free, any(item.synthetic for item in parks)


def _tickets(
    picture: LivePicture, known: Knowledge, feeds: Mapping[str, FeedView], now: datetime
) -> Iterator[tuple[str, float | None, bool]]:
    """Reports of citizens: open, opened in the last day, and how long those closed in the last 30 days took.
    One that was rejected was not closed."""
    telling = _ticket_feeds(known.city)
    if not telling or not _all_up((feed.feed_id for feed in telling), feeds):
        return
    synthetic = any(feed.synthetic for feed in telling)
    # History also holds what a feed of last year, or a demo, left open.
    sources = {(feed.feed_id, feed.synthetic) for feed in telling}
    tickets = [one for one in picture.tickets if (one.feed_id, one.synthetic) in sources]
    still_open = {TicketState.OPEN, TicketState.IN_PROGRESS}
    yield "tickets_open", float(sum(one.state in still_open for one in tickets)), synthetic
    opened = sum(now - TICKETS_DAY < one.opened_at <= now for one in tickets)
    yield "tickets_opened_day", float(opened), synthetic
    hours = [
        (one.closed_at - one.opened_at) / timedelta(hours=1)
        for one in tickets
        if one.state is TicketState.CLOSED and one.closed_at and now - TICKETS_FOR <= one.closed_at <= now
    ]
    yield "tickets_median_close", median(hours) if hours else None, synthetic
    in_time = sum(taken <= 24 * known.ticket_days for taken in hours)
    yield "tickets_in_sla", 100.0 * in_time / len(hours) if hours else None, synthetic


def _ticket_feeds(city: City) -> list[FeedSpec]:
    return [feed for feed in city.feeds if feed.configured and tells_tickets(feed)]


def _all_up(feed_ids: Iterable[str], feeds: Mapping[str, FeedView]) -> bool:
    return all(feed_id in feeds and feeds[feed_id].state is FeedState.UP for feed_id in feed_ids)


def _observed(
    city: City, feature_id: str, property_id: str, told: tuple[float, bool], now: datetime
) -> Observation:
    """`told` is the value and whether it is simulated."""
    spec = city.properties.get(property_id)
    return Observation(
        feed_id=PLATFORM_FEED,
        feature_id=feature_id,
        property_id=property_id,
        value=told[0],
        unit=spec.unit if spec else "",
        observed_at=now,
        received_at=now,
        cadence_s=PLATFORM_EVERY_S,
        synthetic=told[1],
    )
