"""Observation services that want more than a plain GET: places in the query, or an answer for each place."""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import msgspec

from data_sources.errors import FeedConfigError, FeedContentError
from data_sources.feeds import codes
from data_sources.feeds.http import HttpSource
from data_sources.feeds.openaq import PREFIX
from data_sources.feeds.secrets import redact
from data_sources.feeds.service_source import Answers, ServiceSource
from data_sources.feeds.source import Fetched, Unchanged
from data_sources.model.city import FeedSpec

LOCATION_KEPT_FOR = timedelta(days=1)
"""How long what a location says of itself (its place and sensors) is taken as still true."""


class OpenMeteoSource(HttpSource):
    """All places of the feed in one call: `latitude` and `longitude` are lists, answered in their order."""

    def address(self) -> httpx.URL:
        """The feed's address with the coordinates of its places. Raise FeedConfigError without places."""
        if not self._feed.places:
            raise FeedConfigError(codes.POINTS_MISSING.code, f"{self._feed.feed_id}: no places; set `places`")
        coordinates = {
            "latitude": ",".join(f"{place.lat:g}" for place in self._feed.places),
            "longitude": ",".join(f"{place.lon:g}" for place in self._feed.places),
        }
        return super().address().copy_merge_params(coordinates)


class OpenAqSource(ServiceSource):
    """The latest values at the feed's `features` (`openaq:<location id>`), a message a location.

    A location is asked about itself once a day, since its latest values name their sensors only. `url` is
    the API's, such as `https://api.openaq.org/v3`; the key goes into the feed's `key_header`, `X-API-Key`.
    """

    def __init__(self, feed: FeedSpec, now: Callable[[], datetime]) -> None:
        super().__init__(feed, now)
        self._locations: dict[str, tuple[datetime, bytes]] = {}

    def forget(self) -> None:
        """Ask the locations anew and take the next answer as news."""
        super().forget()
        self._locations.clear()

    async def fetch(self) -> Fetched | Unchanged:
        """Ask for every location; the errors are those of `HttpClient.get`, and FeedConfigError when the
        feed lists none."""
        wanted = [name.removeprefix(PREFIX) for name in self._feed.features]
        if not wanted or not all(name.isascii() and name.isdecimal() for name in wanted):
            raise FeedConfigError(
                codes.POINTS_MISSING.code,
                f"{self._feed.feed_id}: no locations; set `features` to openaq:<location id>",
            )
        answers = Answers(self._now)
        for location_id in wanted:
            location = await self._location(location_id)
            latest = await self._ask(f"locations/{location_id}/latest")
            answers.add(_together(location, latest), self._feed.max_bytes)
        return self._news(answers, redact(self._feed.url).partition("?")[0])

    async def _location(self, location_id: str) -> bytes:
        asked_at, location = self._locations.get(location_id, (None, b""))
        if asked_at is None or self._now() - asked_at >= LOCATION_KEPT_FOR:
            location = await self._ask(f"locations/{location_id}")
            self._locations[location_id] = (self._now(), location)
        return location

    async def _ask(self, path: str) -> bytes:
        url = self._client.url()
        answer = await self._client.get(url.copy_with(path=f"{url.path.rstrip('/')}/{path}"))
        return answer.body


def _together(location: bytes, latest: bytes) -> bytes:
    try:
        for part in (location, latest):
            msgspec.json.decode(part)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FeedContentError(codes.NOT_JSON.code, "an answer is not JSON in UTF-8") from error
    return msgspec.json.encode({"location": msgspec.Raw(location), "latest": msgspec.Raw(latest)})
