"""From which feeds the platform's own observations come: whoever asks where "buses reporting" is from wants
the messages of the vehicles, not our own minute."""

from collections.abc import Callable, Iterable, Mapping

from data_sources.model.city import City, FeedSpec
from data_sources.model.observation import PLATFORM_FEED
from data_sources.views.incidents import tells_facilities, tells_incidents
from data_sources.views.observations import tells_tickets
from data_sources.views.vehicles import tells_positions

_Tells = Callable[[FeedSpec, City], bool]


def _tells_roads(feed: FeedSpec, city: City) -> bool:
    traffic = city.spec.traffic
    return traffic is not None and feed.feed_id in traffic.trust


_TELLS: Mapping[str, _Tells] = {
    **dict.fromkeys(
        ("buses_reporting", "headway_mean", "on_time_share"), lambda feed, _city: tells_positions(feed)
    ),
    **dict.fromkeys(("speed_ratio", "corridor_speed"), _tells_roads),
    **dict.fromkeys(
        ("tickets_open", "tickets_opened_day", "tickets_median_close", "tickets_in_sla"),
        lambda feed, _city: tells_tickets(feed),
    ),
    "incidents_open": lambda feed, _city: tells_incidents(feed),
    "parking_free": lambda feed, _city: tells_facilities(feed),
    **dict.fromkeys(("feeds_fresh", "feed_up"), lambda _feed, _city: True),
}


def feeds_behind(feed_ids: Iterable[str], properties: Iterable[str], city: City) -> tuple[str, ...]:
    """The feeds as they are, and instead of the platform those that it observed these properties by."""
    tells = [_TELLS[name] for name in properties if name in _TELLS]
    found: list[str] = []
    for feed_id in feed_ids:
        if feed_id != PLATFORM_FEED:
            found.append(feed_id)
            continue
        found += [
            feed.feed_id for feed in city.feeds if feed.configured and any(one(feed, city) for one in tells)
        ]
    return tuple(dict.fromkeys(found))
