"""MQTT: subscribe to one feed's topic and hand on its messages."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

import aiomqtt

from data_sources.errors import FeedConfigError, TemporaryFeedError
from data_sources.feeds import codes
from data_sources.model.city import FeedSpec

QUEUE_MESSAGES = 1_000
QUEUE_BYTES = 64_000_000
"""What may wait for us in memory; beyond either limit the oldest message gives way."""

KEEPALIVE_S = 15
"""A broker that falls silent is noticed after at most one and a half times this."""

PORTS = {"mqtt": 1883, "mqtts": 8883}
REFUSED_CODES = frozenset({132, 133, 134, 135, 138, 140})
"""MQTT 5 reason codes of a refusal that waiting does not mend: protocol version, client id, user or
password, authorisation, ban, authentication method. Those of MQTT 3.1.1 are translated to them."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is and who we are there."""

    host: str
    port: int
    tls: bool
    username: str | None
    password: str | None


def broker_of(feed: FeedSpec) -> Broker:
    """Read the feed's URL and key; raise FeedConfigError when they make no sense.

    A key "user:password" stands for both; another key is the password of the URL's user, or, when
    the URL names none, the user itself, as brokers with access tokens want it.
    """
    try:
        parts = urlsplit(feed.url)
        port = parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise FeedConfigError(
            codes.URL_INVALID.code, f"{feed.feed_id}: not an mqtt:// or mqtts:// URL"
        ) from None
    if not parts.hostname:
        raise FeedConfigError(codes.URL_INVALID.code, f"{feed.feed_id}: the broker's URL has no host")
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    key = (feed.key or "").strip()
    if key:
        user, colon, secret = key.partition(":")
        if username is not None:
            password = key
        elif colon:
            username, password = user, secret
        else:
            username = key
    return Broker(parts.hostname, port, parts.scheme == "mqtts", username, password)


async def messages(
    feed: FeedSpec, now: Callable[[], datetime]
) -> AsyncGenerator[tuple[bytes, datetime], None]:
    """Yield each message of the feed's topic with the time at which it reached us.

    Retained messages are left out: they tell the past, and not how long ago it was. A message
    beyond the feed's limit comes cut to one byte more than it, so that it is refused and counted.
    Raise TemporaryFeedError when the broker is away and FeedConfigError when it refuses us.
    """
    broker = broker_of(feed)
    if not feed.topic:
        raise FeedConfigError(
            codes.TOPIC_MISSING.code, f"{feed.feed_id}: a broker needs a topic; set `topic`"
        )
    place = f"{broker.host}:{broker.port}"
    try:
        async with aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password,
            tls_context=ssl.create_default_context() if broker.tls else None,
            timeout=feed.timeout_s,
            keepalive=KEEPALIVE_S,
            queue_type=NewestMessages,
            max_queued_incoming_messages=QUEUE_MESSAGES,
        ) as client:
            granted = await client.subscribe(feed.topic)
            if any(_is_refusal(code) for code in granted):
                raise FeedConfigError(
                    codes.TOPIC_REFUSED.code, f"{feed.feed_id}: broker {place} refuses topic {feed.topic}"
                )
            async for message in client.messages:
                if not message.retain:
                    yield _body(message)[: feed.max_bytes + 1], now()
    except aiomqtt.MqttError as error:
        if isinstance(error, aiomqtt.MqttCodeError) and _code(error.rc) in REFUSED_CODES:
            raise FeedConfigError(
                codes.BROKER_REFUSED.code, f"{feed.feed_id}: broker {place} refuses us: {error}"
            ) from error
        raise TemporaryFeedError(
            codes.BROKER_AWAY.code, f"{feed.feed_id}: broker {place}: {error}"
        ) from error


def _body(message: aiomqtt.Message) -> bytes:
    payload = message.payload
    return bytes(payload) if isinstance(payload, bytes | bytearray) else str(payload or "").encode()


def _code(reason: object) -> int:
    value = getattr(reason, "value", reason)
    return value if isinstance(value, int) else -1


def _is_refusal(reason: object) -> bool:
    return _code(reason) >= 128


class NewestMessages(asyncio.Queue[aiomqtt.Message]):
    """A queue within two limits that keeps the newest: an old position is worth less than a new one."""

    def _init(self, maxsize: int) -> None:
        super()._init(maxsize)
        self._bytes = 0

    def _put(self, item: aiomqtt.Message) -> None:
        super()._put(item)
        self._bytes += len(_body(item))

    def _get(self) -> aiomqtt.Message:
        item: aiomqtt.Message = super()._get()
        self._bytes -= len(_body(item))
        return item

    def put_nowait(self, item: aiomqtt.Message) -> None:
        """Add the message; never raises QueueFull."""
        while not self.empty() and (self.full() or self._bytes + len(_body(item)) > QUEUE_BYTES):
            self.get_nowait()
        super().put_nowait(item)
