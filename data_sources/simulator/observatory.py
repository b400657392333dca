"""The feeds that observe: documents, entities and messages of stations, services and statistics."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from data_sources.model.city import City, FeedSpec
from data_sources.simulator import (
    wire_air4thai,
    wire_flood_telemetry,
    wire_gistda,
    wire_mapping,
    wire_observed,
    wire_open_meteo,
    wire_rid_reservoirs,
    wire_thaiwater,
    wire_tmd_weather,
    wire_traffy,
)
from data_sources.simulator.channels import NGSI, Channel, channels_of, published
from data_sources.simulator.nature import FOREVER_S, HAZE_HUNG_S, HAZE_PM25, SCREENED_M, Haze, Nature, Shower
from data_sources.simulator.reports import reports
from data_sources.simulator.scenario import ScenarioSpec
from data_sources.simulator.told import Told, latest, told_at
from data_sources.simulator.wire_ngsi import Entity

KINDS = frozenset({"observations", "tickets", "statistics"})
"""`simulated_entities` that are told here."""
REPORTS_BACK = timedelta(days=45)
COMES_AGAIN = 200
"""Times that weather with `every_min` comes again: days of a demo that is left open."""

DOCUMENTS: Mapping[str, Callable[[Told], bytes]] = {
    "air4thai": wire_air4thai.document,
    "open_meteo": wire_open_meteo.document,
    "tmd_weather": wire_tmd_weather.document,
    "thaiwater": wire_thaiwater.document,
    "rid_reservoirs": wire_rid_reservoirs.document,
    "gistda": wire_gistda.document,
    "flood_telemetry": wire_flood_telemetry.document,
}


def nature_of(
    city: City,
    seed: int,
    scenario: ScenarioSpec | None = None,
    start: datetime | None = None,
    speed: float = 1,
) -> Nature:
    """The city's weather; with the scenario's, whose minutes are those of a world that starts at `start` and
    runs `speed` times as fast."""
    showers: list[Shower] = []
    hazes: list[Haze] = []
    for weather in scenario.weather if scenario is not None and start is not None else ():
        assert start is not None
        again = COMES_AGAIN if weather.every_min is not None else 1
        for turn in range(again):
            begins_min = weather.at_min + turn * (weather.every_min or 0)
            begins_s = start.timestamp() + begins_min * 60 / speed
            lasts_s = FOREVER_S if weather.duration_min is None else weather.duration_min * 60 / speed
            if weather.rain_mm_h:
                showers.append(Shower(begins_s, begins_s + lasts_s, weather.rain_mm_h))
            elif weather.visibility_m is not None:
                hung_s = HAZE_HUNG_S if begins_min == 0 else 0.0
                pm25 = HAZE_PM25 * max(1 - weather.visibility_m / SCREENED_M, 0.0)
                hazes.append(Haze(begins_s - hung_s, begins_s + lasts_s, pm25))
    return Nature(seed, city.zone, showers, hazes)


class Observatory:
    """What the observing feeds of a city tell at any time."""

    def __init__(self, city: City, nature: Nature) -> None:
        self._city = city
        self.nature = nature
        self._channels = {
            feed.feed_id: channels_of(feed, city)
            for feed in city.feeds
            if feed.simulated is not None and feed.simulated_entities in KINDS
        }

    def tells(self, feed: FeedSpec) -> bool:
        """Whether the feed is one of these."""
        return feed.feed_id in self._channels

    def body(self, feed: FeedSpec, now: datetime) -> bytes:
        """The document of a feed that is told whole, or all records of one that is told by pages."""
        channels = self._channels[feed.feed_id]
        if feed.kind in {"json_mapping", "ckan_datastore"}:
            return wire_mapping.document(feed, self._city, self.nature, channels, now)
        write = DOCUMENTS.get(feed.kind)
        if write is None or not channels:
            return b"{}"
        return write(self._told(feed, channels, now))

    def tickets(self, feed: FeedSpec, now: datetime, limit: int, offset: int) -> bytes:
        """A page of citizens' reports."""
        found = reports(self.nature, self._city, now, REPORTS_BACK)
        return wire_traffy.page(found, self._city, now, limit, offset)

    def entities(self, feed: FeedSpec, entity_type: str, now: datetime) -> list[Entity]:
        """Entities of a type."""
        channels = self._channels[feed.feed_id]
        if entity_type not in feed.entity_types or entity_type not in NGSI or not channels:
            return []
        return wire_observed.entities(latest(feed, self._city, self.nature, channels, now), entity_type)

    def messages(self, feed: FeedSpec, now: datetime) -> list[bytes]:
        """What a broker's feed publishes: its document once in each interval, and at once when it is new."""
        due = max(int(feed.interval_s), 1)
        return [self.body(feed, now)] if int(now.timestamp()) % due == 0 else []

    def _told(self, feed: FeedSpec, channels: tuple[Channel, ...], now: datetime) -> Told:
        if channels[0].every is None:
            return latest(feed, self._city, self.nature, channels, now)
        ends = [at for _, at in published(channels[0], self._city, now, now - timedelta(days=800))]
        return told_at(feed, self._city, self.nature, channels, ends[-1] if ends else now.astimezone(UTC))
