"""What the stream shows: each source reads a part of the stores and draws the pictures of its topics."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from dashboard.stream_city import city_sources
from data_sources.model.feed import FeedStatus
from data_sources.model.operations import OperationsPicture
from data_sources.model.traffic import Facility, Incident, LinkState
from data_sources.model.transit import VehiclePosition
from data_sources.network import Network
from data_sources.services import Services
from data_sources.stores.base import LinkHour, Topic, TypicalSpeeds
from data_sources.views import frames
from data_sources.views.feeds import feed_views
from data_sources.views.incidents import (
    FacilitiesPicture,
    IncidentsPicture,
    facility_items,
    is_known,
    tells_facilities,
    tells_incidents,
)
from data_sources.views.links import link_views, links_picture, source_cadences
from data_sources.views.operations import operations_frame
from data_sources.views.traffic import (
    TRAFFIC_PATIENCE_S,
    DayPicture,
    TrafficPicture,
    day_hours,
    day_picture,
    traffic_picture,
)
from data_sources.views.vehicles import current_vehicles, operators

TYPICAL_FOR = timedelta(days=28)
"""Four weeks make a weekday typical without remembering the last season."""
TYPICAL_EVERY = timedelta(hours=1)
DAY_EVERY = timedelta(minutes=1)
"""How often the part of the picture that comes from history is read again."""


class Source(Protocol):
    """Some topics of the stream that are drawn together from one reading."""

    @property
    def topics(self) -> tuple[str, ...]:
        """Names of the topics, in the order in which they are published."""

    @property
    def wakes_on(self) -> Topic:
        """The change notice after which the source is read again."""

    def read(self) -> None:
        """Read the store. Raises StoreError when it is away; then the last reading stays."""

    def draw(self, now: datetime) -> Mapping[str, frames.Picture]:
        """Pictures by topic of the last reading, judged at `now`; none before the first reading."""


class VehiclesSource:
    """Topics `vehicles` and `vehicle_facts`.

    A feed that is missing in a reading keeps its last picture: a live store that was restarted
    comes back empty until ingest has filled it again, and its vehicles have not gone anywhere.
    """

    topics = ("vehicle_facts", "vehicles")
    wakes_on = Topic.VEHICLES

    def __init__(self, services: Services) -> None:
        self._services = services
        self._operator_of = operators(services.city.feeds)
        self._by_feed: dict[str, tuple[VehiclePosition, ...]] | None = None

    def read(self) -> None:
        """Read the last picture of every feed."""
        self._by_feed = {**(self._by_feed or {}), **self._services.live.positions()}

    def draw(self, now: datetime) -> Mapping[str, frames.Picture]:
        """The vehicles at `now`: where they are, and what is known of them."""
        if self._by_feed is None:
            return {}
        services = self._services
        vehicles = current_vehicles(
            self._by_feed,
            now=now,
            limits=services.city.spec.vehicles,
            schedule=services.schedule,
            operator_of=self._operator_of,
        )
        synthetic, replay = services.synthetic, services.replay
        return {
            "vehicle_facts": frames.facts_picture(
                vehicles, services.schedule, synthetic=synthetic, replay=replay
            ),
            "vehicles": frames.vehicles_picture(vehicles, synthetic=synthetic, replay=replay),
        }


class FeedsSource:
    """Topic `feeds`."""

    topics = ("feeds",)
    wakes_on = Topic.FEEDS

    def __init__(self, services: Services) -> None:
        self._services = services
        self._statuses: dict[str, FeedStatus] | None = None

    def read(self) -> None:
        """Read the status of every feed."""
        self._statuses = {**(self._statuses or {}), **self._services.live.feed_statuses()}

    def draw(self, now: datetime) -> Mapping[str, frames.Picture]:
        """The feeds at `now`; their states age even when ingest writes nothing any more."""
        if self._statuses is None:
            return {}
        services = self._services
        views = feed_views(services.city.feeds, self._statuses, now)
        picture = frames.feeds_picture(views, synthetic=services.synthetic, replay=services.replay)
        return {"feeds": picture}


class LinksSource:
    """Topic `links`; nothing for a city without links.

    An empty reading after a full one is a live store that was restarted: what is known stays and ages.
    """

    topics = ("links",)
    wakes_on = Topic.LINKS

    def __init__(self, services: Services) -> None:
        self._services = services
        self._states: tuple[LinkState, ...] | None = None
        self._cadences = _cadences(services)

    def read(self) -> None:
        """Read the fused state of the network."""
        self._states = self._services.live.links() or self._states or ()

    def draw(self, now: datetime) -> Mapping[str, frames.Picture]:
        """The links at `now`; their ages are judged again even when ingest writes nothing any more."""
        services = self._services
        if self._states is None or services.network is None or services.city.spec.traffic is None:
            return {}
        views = link_views(
            services.network,
            self._states,
            now=now,
            los=services.city.spec.traffic.level_of_service,
            cadence_of=self._cadences,
        )
        picture = links_picture(
            views,
            services.network.version,
            self._cadences,
            synthetic=services.synthetic,
            replay=services.replay,
        )
        return {"links": picture}


class TrafficSource:
    """Topic `traffic`: the city's index, the worst links, the day. What history says of the day is read
    once a minute and what is typical once an hour, here in the source's own thread."""

    topics = ("traffic",)
    wakes_on = Topic.LINKS

    def __init__(self, services: Services) -> None:
        self._services = services
        self._states: tuple[LinkState, ...] | None = None
        self._cadences = _cadences(services)
        self._typical: tuple[datetime, TypicalSpeeds] | None = None
        self._day: tuple[datetime, DayPicture] | None = None
        self._drawn: TrafficPicture | None = None

    def read(self) -> None:
        """Read the network, unless the last picture is to be shown again, and now and then its past."""
        services, now = self._services, self._services.clock()
        network, traffic = services.network, services.city.spec.traffic
        if network is None or traffic is None:
            return
        if self._picture_at(now) is None:
            self._states = services.live.links() or self._states or ()
        zone = services.city.zone
        if self._typical is None or not _is_young(self._typical[0], now, TYPICAL_EVERY):
            typical = services.history.typical_speeds(
                now - TYPICAL_FOR, lambda hour: hour.astimezone(zone).hour
            )
            self._typical = (now, typical)
        if self._day is None or not _is_young(self._day[0], now, DAY_EVERY):
            hours = services.history.link_hours(day_hours(now)[0], now)
            self._day = (now, self._draw_day(network, hours, now))

    def draw(self, now: datetime) -> Mapping[str, frames.Picture]:
        """The city at `now`; the last picture again while it is young, as it costs more than others."""
        services = self._services
        traffic, network = services.city.spec.traffic, services.network
        if self._states is None or self._day is None or traffic is None or network is None:
            return {}
        drawn = self._picture_at(now)
        if drawn is None:
            los = traffic.level_of_service
            views = link_views(network, self._states, now=now, los=los, cadence_of=self._cadences)
            drawn = self._drawn = traffic_picture(
                views,
                self._day[1],
                typical=self._typical[1] if self._typical else {},
                now=now,
                zone=services.city.zone,
                los=los,
                synthetic=services.synthetic,
                replay=services.replay,
            )
        return {"traffic": drawn}

    def _picture_at(self, now: datetime) -> TrafficPicture | None:
        """The last picture while it is young."""
        drawn = self._drawn
        if drawn is None or not _is_young(drawn.at, now, timedelta(seconds=TRAFFIC_PATIENCE_S)):
            return None
        return drawn

    def _draw_day(self, network: Network, hours: Sequence[LinkHour], now: datetime) -> DayPicture:
        services = self._services
        assert services.city.spec.traffic is not None
        return day_picture(
            network,
            hours,
            typical=self._typical[1] if self._typical else {},
            now=now,
            zone=services.city.zone,
            los=services.city.spec.traffic.level_of_service,
            routes={sign.route_id: sign.short for sign in services.city.spec.routes},
        )


class IncidentsSource:
    """Topic `incidents`: those that are open, and whether any feed that tells of them is there."""

    topics = ("incidents",)
    wakes_on = Topic.INCIDENTS

    def __init__(self, services: Services) -> None:
        self._services = services
        self._telling = tuple(feed for feed in services.city.feeds if tells_incidents(feed))
        self._reading: tuple[tuple[Incident, ...], dict[str, FeedStatus]] | None = None

    def read(self) -> None:
        """Read the open incidents and the status of the feeds."""
        live = self._services.live
        self._reading = (live.incidents(), live.feed_statuses())

    def draw(self, now: datetime) -> Mapping[str, frames.Picture]:
        """The incidents at `now`."""
        if self._reading is None:
            return {}
        incidents, statuses = self._reading
        services = self._services
        picture = IncidentsPicture(
            synthetic=services.synthetic or any(one.synthetic for one in incidents),
            replay=services.replay,
            known=is_known(self._telling, statuses, now),
            incidents=list(incidents),
        )
        return {"incidents": picture}


class FacilitiesSource:
    """Topic `facilities`: car parks and charging stations. A feed missing in a reading keeps its last
    picture, as with vehicles."""

    topics = ("facilities",)
    wakes_on = Topic.FACILITIES

    def __init__(self, services: Services) -> None:
        self._services = services
        self._telling = tuple(feed for feed in services.city.feeds if tells_facilities(feed))
        self._by_feed: dict[str, tuple[Facility, ...]] | None = None
        self._statuses: dict[str, FeedStatus] = {}

    def read(self) -> None:
        """Read the facilities and the status of the feeds."""
        live = self._services.live
        self._by_feed = {**(self._by_feed or {}), **live.facilities()}
        self._statuses = live.feed_statuses()

    def draw(self, now: datetime) -> Mapping[str, frames.Picture]:
        """The facilities at `now`."""
        if self._by_feed is None:
            return {}
        services = self._services
        items = facility_items(self._by_feed, services.city.feeds, now)
        picture = FacilitiesPicture(
            synthetic=services.synthetic or any(one.synthetic for one in items),
            replay=services.replay,
            known=is_known(self._telling, self._statuses, now),
            facilities=items,
        )
        return {"facilities": picture}


class OperationsSource:
    """Topic `operations`; nothing until ingest has worked out a picture."""

    topics = ("operations",)
    wakes_on = Topic.OPERATIONS

    def __init__(self, services: Services) -> None:
        self._services = services
        self._picture: OperationsPicture | None = None

    def read(self) -> None:
        """Read the picture; the last one stays when a restarted store has none."""
        self._picture = self._services.live.operations() or self._picture

    def draw(self, now: datetime) -> Mapping[str, frames.Picture]:
        """The picture as it was worked out; the page judges its age."""
        if self._picture is None:
            return {}
        services = self._services
        picture = operations_frame(
            self._picture,
            services.plans,
            services.schedule,
            synthetic=services.synthetic,
            replay=services.replay,
        )
        return {"operations": picture}


def sources(services: Services) -> tuple[Source, ...]:
    """All that the stream can show."""
    return (
        VehiclesSource(services),
        FeedsSource(services),
        LinksSource(services),
        TrafficSource(services),
        IncidentsSource(services),
        FacilitiesSource(services),
        OperationsSource(services),
        *city_sources(services),
    )


def _cadences(services: Services) -> dict[str, float]:
    traffic = services.city.spec.traffic
    return {} if traffic is None else source_cadences(services.city.feeds, traffic)


def _is_young(at: datetime, now: datetime, limit: timedelta) -> bool:
    """Whether less than `limit` has gone since; a clock that was set back must not stop a picture."""
    return timedelta(0) <= now - at < limit
