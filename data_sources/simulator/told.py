"""What a simulated feed has to tell at a time, before it is put into the feed's own format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from data_sources.feeds.observing import zone_of
from data_sources.model.city import City, FeedSpec
from data_sources.simulator.chance import one
from data_sources.simulator.channels import Channel, last_step
from data_sources.simulator.figures import figure
from data_sources.simulator.nature import Nature

SPOILT_SHARE = 0.003
"""Share of readings that come out broken, as those of real services do: enough to be seen in quarantine,
too few to make a figure insufficient."""


@dataclass(frozen=True, slots=True)
class Told:
    """One round of readings: values by feature and property, observed at `at`."""

    feed: FeedSpec
    city: City
    nature: Nature
    at: datetime
    channels: tuple[Channel, ...]
    values: Mapping[tuple[str, str], float]

    @property
    def zone(self) -> ZoneInfo:
        """Zone of times that the feed writes without an offset."""
        return zone_of(self.feed)

    @property
    def local(self) -> datetime:
        """The time of the readings as the feed's clock shows it."""
        return self.at.astimezone(self.zone)

    @property
    def features(self) -> dict[str, Channel]:
        """One channel of each feature, by its id, in the pack's order."""
        found: dict[str, Channel] = {}
        for channel in self.channels:
            found.setdefault(channel.feature.feature_id, channel)
        return found

    def spoilt(self, *names: str) -> bool:
        """Whether this reading comes out broken: the same for the same seed, time and names."""
        what = "/".join(("spoilt", self.feed.feed_id, *names))
        return one(self.nature.seed, what, int(self.at.timestamp())) < SPOILT_SHARE


def told_at(feed: FeedSpec, city: City, nature: Nature, channels: Sequence[Channel], at: datetime) -> Told:
    """The readings of these channels at one time."""
    sky = nature.at(np.array([at.timestamp()]))
    values = {one.key: float(figure(one.property_id, sky, one.place)[0]) for one in channels}
    return Told(feed, city, nature, at, tuple(channels), values)


def latest(feed: FeedSpec, city: City, nature: Nature, channels: Sequence[Channel], now: datetime) -> Told:
    """The newest readings of channels of one step."""
    return told_at(feed, city, nature, channels, last_step(now, channels[0].step_s))
