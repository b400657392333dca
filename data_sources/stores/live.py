"""The live store on a Redis-protocol server (Redis 7 and 8, Valkey; no modules).

Keys carry the hash tag `{city_id}`, so that a city's keys share one slot of a cluster:

    scopc:{<city>}:positions        hash  feed id -> msgpack of the feed's last picture
    scopc:{<city>}:trip_updates     hash  feed id -> msgpack
    scopc:{<city>}:service_alerts   hash  feed id -> msgpack
    scopc:{<city>}:feed_status      hash  feed id -> msgpack
    scopc:{<city>}:facilities       hash  feed id -> msgpack
    scopc:{<city>}:observations     hash  feed id -> msgpack of the last value of each series
    scopc:{<city>}:features         hash  feed id -> msgpack of what they are of
    scopc:{<city>}:tickets          hash  feed id -> msgpack
    scopc:{<city>}:links            string  msgpack of the state of the whole network
    scopc:{<city>}:incidents        string  msgpack of the open incidents of all feeds
    scopc:{<city>}:operations       string  msgpack of the picture of transit operations
    scopc:{<city>}:indicators       string  msgpack of all indicators
    scopc:{<city>}:lease:<name>     string  owner, with a time to live
    scopc:{<city>}:changes          channel of change notices; a message is the name of a Topic

Value and notice go in one MULTI, so that whoever hears a notice finds the value.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from datetime import timedelta
from typing import Any, TypeVar, cast

import msgspec
import redis
import redis.asyncio
import structlog
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry

from data_sources.errors import StoreError
from data_sources.model.feed import FeedStatus
from data_sources.model.indicator import IndicatorValue
from data_sources.model.observation import Feature, Observation, Ticket
from data_sources.model.operations import OperationsPicture
from data_sources.model.traffic import Facility, Incident, LinkState
from data_sources.model.transit import ServiceAlert, TripUpdate, VehiclePosition
from data_sources.stores.base import Topic

SOCKET_TIMEOUT_S = 2.0
"""A live store that does not answer for so long is away: later the answer would be old news."""
QUIET_S = 5.0
"""After so long without a notice the connection is tried with a PING."""
BACKOFF_S = (0.05, 2.0)
"""First and longest wait between attempts to subscribe again."""

# Take the lease when it is free or ours: compare and set must be one step.
_ACQUIRE = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""

_TOPICS = {topic.value.encode(): topic for topic in Topic}
_T = TypeVar("_T")
_encoder = msgspec.msgpack.Encoder()
_positions_decoder = msgspec.msgpack.Decoder(tuple[VehiclePosition, ...])
_trip_updates_decoder = msgspec.msgpack.Decoder(tuple[TripUpdate, ...])
_alerts_decoder = msgspec.msgpack.Decoder(tuple[ServiceAlert, ...])
_links_decoder = msgspec.msgpack.Decoder(tuple[LinkState, ...])
_incidents_decoder = msgspec.msgpack.Decoder(tuple[Incident, ...])
_facilities_decoder = msgspec.msgpack.Decoder(tuple[Facility, ...])
_operations_decoder = msgspec.msgpack.Decoder(OperationsPicture)
_observations_decoder = msgspec.msgpack.Decoder(tuple[Observation, ...])
_features_decoder = msgspec.msgpack.Decoder(tuple[Feature, ...])
_tickets_decoder = msgspec.msgpack.Decoder(tuple[Ticket, ...])
_indicators_decoder = msgspec.msgpack.Decoder(tuple[IndicatorValue, ...])
_status_decoder = msgspec.msgpack.Decoder(FeedStatus)
_log = structlog.get_logger(__name__)


def _key(city_id: str, name: str) -> str:
    return f"scopc:{{{city_id}}}:{name}"


class RedisLive:
    """A LiveStore on the server at `url` (redis://, rediss:// or unix://). Safe to share by threads."""

    def __init__(self, url: str, city_id: str) -> None:
        self._city_id = city_id
        try:
            self._client = redis.Redis.from_url(
                url,
                socket_timeout=SOCKET_TIMEOUT_S,
                socket_connect_timeout=SOCKET_TIMEOUT_S,
                # One more attempt at once: a pooled connection may have died with a restarted server.
                retry=Retry(ConstantBackoff(0.02), 1),
            )
        except ValueError as error:
            raise StoreError(f"live store: {_one_line(error)}") from error
        self._acquire = self._client.register_script(_ACQUIRE)
        self._release = self._client.register_script(_RELEASE)

    def put_positions(self, feed_id: str, positions: Sequence[VehiclePosition]) -> None:
        """Replace the feed's picture as a whole and announce it."""
        self._put("positions", feed_id, positions, Topic.VEHICLES)

    def positions(self) -> dict[str, tuple[VehiclePosition, ...]]:
        """Last picture by feed id."""
        return self._all("positions", _positions_decoder)

    def put_trip_updates(self, feed_id: str, trip_updates: Sequence[TripUpdate]) -> None:
        """Replace the feed's trip updates and announce it."""
        self._put("trip_updates", feed_id, trip_updates, Topic.TRIP_UPDATES)

    def trip_updates(self) -> dict[str, tuple[TripUpdate, ...]]:
        """Trip updates by feed id."""
        return self._all("trip_updates", _trip_updates_decoder)

    def put_alerts(self, feed_id: str, alerts: Sequence[ServiceAlert]) -> None:
        """Replace the feed's alerts and announce it."""
        self._put("service_alerts", feed_id, alerts, Topic.ALERTS)

    def alerts(self) -> dict[str, tuple[ServiceAlert, ...]]:
        """Alerts by feed id."""
        return self._all("service_alerts", _alerts_decoder)

    def put_links(self, links: Sequence[LinkState]) -> None:
        """Replace the state of the network as a whole and announce it."""
        self._put_one("links", links, Topic.LINKS)

    def links(self) -> tuple[LinkState, ...]:
        """State of the network, () before any."""
        return self._one("links", _links_decoder) or ()

    def put_incidents(self, incidents: Sequence[Incident]) -> None:
        """Replace the open incidents of all feeds and announce it."""
        self._put_one("incidents", incidents, Topic.INCIDENTS)

    def incidents(self) -> tuple[Incident, ...]:
        """Open incidents of all feeds."""
        return self._one("incidents", _incidents_decoder) or ()

    def put_facilities(self, feed_id: str, facilities: Sequence[Facility]) -> None:
        """Replace the feed's facilities and announce it."""
        self._put("facilities", feed_id, facilities, Topic.FACILITIES)

    def facilities(self) -> dict[str, tuple[Facility, ...]]:
        """Facilities by feed id."""
        return self._all("facilities", _facilities_decoder)

    def put_operations(self, picture: OperationsPicture) -> None:
        """Replace the picture of transit operations and announce it."""
        self._put_one("operations", picture, Topic.OPERATIONS)

    def operations(self) -> OperationsPicture | None:
        """Picture of transit operations, None before any."""
        return self._one("operations", _operations_decoder)

    def put_observations(
        self, feed_id: str, observations: Sequence[Observation], features: Sequence[Feature]
    ) -> None:
        """Replace the feed's last values and what they are of, and announce it."""
        with _told_in_one_line():
            blobs = {"observations": _encoder.encode(observations), "features": _encoder.encode(features)}
            with self._client.pipeline(transaction=True) as pipeline:
                for kind, blob in blobs.items():
                    pipeline.hset(_key(self._city_id, kind), feed_id, blob)
                pipeline.publish(_key(self._city_id, "changes"), Topic.OBSERVATIONS.value)
                pipeline.execute()

    def observations(self) -> dict[str, tuple[Observation, ...]]:
        """Last value of each series, by feed id."""
        return self._all("observations", _observations_decoder)

    def features(self) -> dict[str, tuple[Feature, ...]]:
        """What the feeds observe, by feed id."""
        return self._all("features", _features_decoder)

    def put_tickets(self, feed_id: str, tickets: Sequence[Ticket]) -> None:
        """Replace the feed's tickets and announce it."""
        self._put("tickets", feed_id, tickets, Topic.TICKETS)

    def tickets(self) -> dict[str, tuple[Ticket, ...]]:
        """Tickets by feed id."""
        return self._all("tickets", _tickets_decoder)

    def put_indicators(self, values: Sequence[IndicatorValue]) -> None:
        """Replace all indicators as a whole and announce it."""
        self._put_one("indicators", values, Topic.INDICATORS)

    def indicators(self) -> tuple[IndicatorValue, ...]:
        """All indicators as last computed, () before any."""
        return self._one("indicators", _indicators_decoder) or ()

    def put_feed_status(self, status: FeedStatus) -> None:
        """Store one feed's status and announce it."""
        self._put("feed_status", status.feed_id, status, Topic.FEEDS)

    def feed_statuses(self) -> dict[str, FeedStatus]:
        """Statuses by feed id."""
        return self._all("feed_status", _status_decoder)

    def acquire_lease(self, name: str, owner: str, ttl: timedelta) -> bool:
        """Take or renew the lease; False when another owner holds it. Its time runs on the server."""
        milliseconds = max(1, round(ttl.total_seconds() * 1000))
        with _told_in_one_line():
            return bool(self._acquire(keys=[self._lease(name)], args=[owner, milliseconds]))

    def release_lease(self, name: str, owner: str) -> None:
        """Give the lease back if `owner` holds it."""
        with _told_in_one_line():
            self._release(keys=[self._lease(name)], args=[owner])

    def ping(self) -> None:
        """Return when the server answers."""
        with _told_in_one_line():
            self._client.ping()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _lease(self, name: str) -> str:
        return _key(self._city_id, f"lease:{name}")

    def _put(self, kind: str, feed_id: str, value: object, topic: Topic) -> None:
        with _told_in_one_line():
            blob = _encoder.encode(value)
            with self._client.pipeline(transaction=True) as pipeline:
                pipeline.hset(_key(self._city_id, kind), feed_id, blob)
                pipeline.publish(_key(self._city_id, "changes"), topic.value)
                pipeline.execute()

    def _put_one(self, kind: str, value: object, topic: Topic) -> None:
        with _told_in_one_line():
            blob = _encoder.encode(value)
            with self._client.pipeline(transaction=True) as pipeline:
                pipeline.set(_key(self._city_id, kind), blob)
                pipeline.publish(_key(self._city_id, "changes"), topic.value)
                pipeline.execute()

    def _one(self, kind: str, decoder: "msgspec.msgpack.Decoder[_T]") -> _T | None:
        with _told_in_one_line():
            blob = cast(bytes | None, self._client.get(_key(self._city_id, kind)))
            return None if blob is None else decoder.decode(blob)

    def _all(self, kind: str, decoder: "msgspec.msgpack.Decoder[_T]") -> dict[str, _T]:
        with _told_in_one_line():
            blobs = cast(dict[bytes, bytes], self._client.hgetall(_key(self._city_id, kind)))
            return {feed_id.decode(): decoder.decode(blob) for feed_id, blob in blobs.items()}


class RedisChanges:
    """A ChangeListener on the server at `url`: one subscription, renewed for ever.

    `sleep` and `jitter` are the waiting between attempts, given by tests.
    """

    def __init__(
        self,
        url: str,
        city_id: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        try:
            redis.asyncio.connection.parse_url(url)
        except ValueError as error:
            raise StoreError(f"live store: {_one_line(error)}") from error
        self._url = url
        self._channel = _key(city_id, "changes")
        self._sleep = sleep
        self._jitter = jitter

    async def changes(self) -> AsyncGenerator[Topic, None]:
        """Every topic after each (re)connection, then each change; never ends by itself."""
        failures = 0
        while True:
            try:
                async with aclosing(self._subscription()) as subscription:
                    async for topic in subscription:
                        if failures:
                            _log.info("live store answers again", failures=failures)
                            failures = 0
                        yield topic
            except (redis.RedisError, OSError, TimeoutError) as error:
                failures += 1
                if failures == 1:
                    _log.warning("live store is away, subscribing again", error=_one_line(error))
            first_s, longest_s = BACKOFF_S
            wait_s = min(longest_s, first_s * 2 ** min(failures, 10))
            await self._sleep(wait_s * (0.5 + 0.5 * self._jitter()))

    async def _subscription(self) -> AsyncGenerator[Topic, None]:
        """The changes of one connection; raises when it is lost."""
        client = redis.asyncio.Redis.from_url(
            self._url,
            socket_connect_timeout=SOCKET_TIMEOUT_S,
            # redis-py would subscribe again silently, and what changed meanwhile would be missed.
            retry=AsyncRetry(NoBackoff(), 0),
        )
        pubsub = client.pubsub()
        try:
            await pubsub.subscribe(self._channel)
            answered = True
            while True:
                message = await pubsub.get_message(timeout=QUIET_S)
                if message is None:
                    if not answered:
                        raise redis.TimeoutError(f"no answer to PING for {QUIET_S:.0f} s")
                    await pubsub.ping()
                    answered = False
                    continue
                answered = True
                if message["type"] == "subscribe":
                    for topic in Topic:
                        yield topic
                elif message["type"] == "message" and message["data"] in _TOPICS:
                    yield _TOPICS[message["data"]]
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]
            await client.aclose()


@contextmanager
def _told_in_one_line() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise StoreError(f"live store: {_one_line(error)}") from error
    except (msgspec.MsgspecError, UnicodeError, OverflowError) as error:
        raise StoreError(f"live store: value of another version or unusable: {_one_line(error)}") from error


def _one_line(error: BaseException) -> str:
    text: Any = str(error) or type(error).__name__
    return " ".join(text.split())
