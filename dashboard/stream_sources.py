"""What the stream shows: each source reads a part of the live store and draws the pictures of its topics."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from data_sources.model.feed import FeedStatus
from data_sources.model.transit import VehiclePosition
from data_sources.services import Services
from data_sources.stores.base import Topic
from data_sources.views import frames
from data_sources.views.feeds import feed_views
from data_sources.views.vehicles import current_vehicles, operators


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


def sources(services: Services) -> tuple[Source, ...]:
    """All that the stream can show."""
    return (VehiclesSource(services), FeedsSource(services))
