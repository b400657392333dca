"""What the stream shows of the city's figures: indicators, observations, citizens' tickets."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from data_sources.model.feed import FeedStatus
from data_sources.model.indicator import DOMAINS, IndicatorValue
from data_sources.model.observation import Feature, Observation, Ticket
from data_sources.services import Services
from data_sources.stores.base import Topic
from data_sources.views import frames
from data_sources.views.incidents import is_known
from data_sources.views.indicators import indicators_picture
from data_sources.views.observations import (
    TicketsPicture,
    observations_picture,
    place_names,
    tells_tickets,
)


class IndicatorsSource:
    """Topics `indicators.<domain>`: every indicator of the pack, aged at each drawing. A live store that was
    restarted and has none yet takes none away."""

    topics = tuple(f"indicators.{domain}" for domain in DOMAINS)
    wakes_on = Topic.INDICATORS

    def __init__(self, services: Services) -> None:
        self._services = services
        self._values: dict[str, IndicatorValue] = {}
        self._features: dict[str, tuple[Feature, ...]] = {}

    def read(self) -> None:
        """Read the current values, and the names of places."""
        live = self._services.live
        self._values |= {value.key: value for value in live.indicators()}
        self._features = {**self._features, **live.features()}

    def draw(self, now: datetime) -> Mapping[str, frames.Picture]:
        """The indicators of each domain at `now`."""
        services = self._services
        places = place_names(services.city, self._features)
        return {
            f"indicators.{domain}": indicators_picture(
                [spec for spec in services.city.indicators if spec.domain == domain],
                self._values,
                places,
                now,
                synthetic=services.synthetic,
                replay=services.replay,
            )
            for domain in DOMAINS
        }


class ObservationsSource:
    """Topics `observations.<domain>`: the last value of every series. A feed missing in a reading keeps its
    last picture, as with vehicles."""

    topics = tuple(f"observations.{domain}" for domain in DOMAINS)
    wakes_on = Topic.OBSERVATIONS

    def __init__(self, services: Services) -> None:
        self._services = services
        self._by_feed: dict[str, Sequence[Observation]] = {}
        self._features: dict[str, Sequence[Feature]] = {}

    def read(self) -> None:
        """Read the last values and what they are of."""
        live = self._services.live
        self._by_feed = {**self._by_feed, **live.observations()}
        self._features = {**self._features, **live.features()}

    def draw(self, now: datetime) -> Mapping[str, frames.Picture]:
        """The observations of each domain at `now`."""
        services = self._services
        return {
            f"observations.{domain}": observations_picture(
                domain,
                self._by_feed,
                self._features,
                services.city,
                now,
                synthetic=services.synthetic,
                replay=services.replay,
            )
            for domain in DOMAINS
        }


class TicketsSource:
    """Topic `tickets`: open reports and those closed of late, and whether any feed that tells of them is
    there."""

    topics = ("tickets",)
    wakes_on = Topic.TICKETS

    def __init__(self, services: Services) -> None:
        self._services = services
        self._telling = tuple(feed for feed in services.city.feeds if tells_tickets(feed))
        self._reading: tuple[dict[str, tuple[Ticket, ...]], dict[str, FeedStatus]] | None = None

    def read(self) -> None:
        """Read the tickets and the status of the feeds."""
        live = self._services.live
        self._reading = (live.tickets(), live.feed_statuses())

    def draw(self, now: datetime) -> Mapping[str, frames.Picture]:
        """The tickets at `now`."""
        if self._reading is None:
            return {}
        by_feed, statuses = self._reading
        services = self._services
        tickets = [one for feed_id in sorted(by_feed) for one in by_feed[feed_id]]
        picture = TicketsPicture(
            synthetic=services.synthetic or any(one.synthetic for one in tickets),
            replay=services.replay,
            known=is_known(self._telling, statuses, now),
            tickets=tickets,
        )
        return {"tickets": picture}


def city_sources(
    services: Services,
) -> tuple[IndicatorsSource | ObservationsSource | TicketsSource, ...]:
    """All that the stream can show of the city's figures."""
    return (IndicatorsSource(services), ObservationsSource(services), TicketsSource(services))
