"""Subscribing over MQTT, against real brokers on the loopback."""

import asyncio
import getpass
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from amqtt.broker import Broker as AmqttBroker

from dashboard.local_stack import free_port
from data_sources.errors import FeedConfigError, FeedContentError, TemporaryFeedError
from data_sources.feeds import parser_of
from data_sources.feeds.mqtt import QUEUE_BYTES, Broker, NewestMessages, broker_of, messages
from data_sources.model.city import FeedSpec
from tests.feeds.builders import feed_spec

NOW = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
TOPIC = "ev/buses/positions"
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")

needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto binary")
BODIES = [b'{"type": "Feature"}', b"\x00\xff", b"third"]


def mqtt_feed(port: int, **fields: Any) -> FeedSpec:
    defaults: dict[str, Any] = {
        "kind": "geojson_positions",
        "url": f"mqtt://127.0.0.1:{port}",
        "topic": TOPIC,
        "timeout_s": 5,
    }
    return feed_spec(**{**defaults, **fields})


@asynccontextmanager
async def mosquitto(folder: Path, *settings: str) -> AsyncIterator[tuple[int, "asyncio.subprocess.Process"]]:
    """A mosquitto of our own; yields its port and process."""
    assert MOSQUITTO is not None
    port = free_port()
    config = folder / "mosquitto.conf"
    # started as root it would give root up, and then could not read its files in our folder
    user = f"user {getpass.getuser()}"
    config.write_text(
        "\n".join((user, f"listener {port} 127.0.0.1", *(settings or ("allow_anonymous true",))))
    )
    process = await asyncio.create_subprocess_exec(
        MOSQUITTO, "-c", str(config), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await until_listening(port)
        yield port, process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until_listening(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return


@asynccontextmanager
async def amqtt() -> AsyncIterator[int]:
    """An amqtt broker in this process, as the demo has it."""
    port = free_port()
    broker = AmqttBroker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()
    try:
        yield port
    finally:
        await broker.shutdown()


@asynccontextmanager
async def publisher_to(feed: FeedSpec) -> AsyncIterator[aiomqtt.Client]:
    broker = broker_of(feed)
    async with aiomqtt.Client(
        broker.host, broker.port, username=broker.username, password=broker.password
    ) as client:
        yield client


async def received(feed: FeedSpec, bodies: list[bytes]) -> list[bytes]:
    """What the feed yields of these bodies, published once the subscription is seen to stand."""
    got: list[bytes] = []
    ready = asyncio.Event()

    async def read() -> None:
        async with aclosing(messages(feed, lambda: NOW)) as stream:
            async for body, received_at in stream:
                assert received_at == NOW
                if body == b"ready":
                    ready.set()
                elif body == b"end":
                    return
                else:
                    got.append(body)

    reader = asyncio.create_task(read())
    async with asyncio.timeout(10), publisher_to(feed) as publisher:
        while not (ready.is_set() or reader.done()):
            await publisher.publish(TOPIC, b"ready", qos=1)
            await asyncio.sleep(0.01)
        for body in (*bodies, b"end"):
            await publisher.publish(TOPIC, body, qos=1)
        await reader
    return got


async def first_of(feed: FeedSpec) -> bytes:
    """The first message; raises what the feed raises."""
    async with asyncio.timeout(10), aclosing(messages(feed, lambda: NOW)) as stream:
        body, _ = await anext(stream)
        return body


@pytest.mark.mosquitto
@needs_mosquitto
def test_messages_of_the_topic_arrive_in_order_from_mosquitto(tmp_path: Path) -> None:
    async def run() -> list[bytes]:
        async with mosquitto(tmp_path) as (port, _):
            return await received(mqtt_feed(port), BODIES)

    assert asyncio.run(run()) == BODIES


def test_messages_of_the_topic_arrive_in_order_from_amqtt() -> None:
    async def run() -> list[bytes]:
        async with amqtt() as port:
            return await received(mqtt_feed(port), BODIES)

    assert asyncio.run(run()) == BODIES


@pytest.mark.mosquitto
@needs_mosquitto
def test_retained_message_is_left_out_as_its_age_is_unknown(tmp_path: Path) -> None:
    async def run() -> list[bytes]:
        async with mosquitto(tmp_path) as (port, _):
            feed = mqtt_feed(port)
            async with publisher_to(feed) as publisher:
                await publisher.publish(TOPIC, b"of yesterday", retain=True, qos=1)
            return await received(feed, [b"of now"])

    assert asyncio.run(run()) == [b"of now"]


@pytest.mark.mosquitto
@needs_mosquitto
def test_message_beyond_the_limit_comes_cut_so_that_the_parser_refuses_it(tmp_path: Path) -> None:
    async def run() -> list[bytes]:
        async with mosquitto(tmp_path) as (port, _):
            return await received(mqtt_feed(port, max_bytes=1000), [bytes(5000), b"small"])

    large, small = asyncio.run(run())
    assert (len(large), small) == (1001, b"small")
    feed = mqtt_feed(1, max_bytes=1000)
    with pytest.raises(FeedContentError) as caught:
        parser_of(feed)(large, feed=feed, received_at=NOW)
    assert caught.value.code == "too_large"


@pytest.mark.mosquitto
@needs_mosquitto
def test_broker_that_dies_is_temporary(tmp_path: Path) -> None:
    async def publish_for_ever(feed: FeedSpec) -> None:
        async with publisher_to(feed) as publisher:
            while True:
                await publisher.publish(TOPIC, b"alive")
                await asyncio.sleep(0.01)

    async def run() -> None:
        async with asyncio.timeout(10), mosquitto(tmp_path) as (port, process):
            publishing = asyncio.create_task(publish_for_ever(mqtt_feed(port)))
            async with aclosing(messages(mqtt_feed(port), lambda: NOW)) as stream:
                assert await anext(stream) == (b"alive", NOW)
                process.kill()
                with pytest.raises(TemporaryFeedError) as caught:
                    async for _ in stream:
                        pass
                assert caught.value.code == "broker_away"
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)

    asyncio.run(run())


def test_no_broker_is_temporary() -> None:
    with pytest.raises(TemporaryFeedError) as caught:
        asyncio.run(first_of(mqtt_feed(free_port())))
    assert caught.value.code == "broker_away"


@pytest.mark.mosquitto
@needs_mosquitto
@pytest.mark.parametrize(
    "fields",
    [
        {"url": "mqtt://fleet:s%40fe@127.0.0.1:{port}"},
        {"key": "fleet:s@fe"},
        {"url": "mqtt://fleet@127.0.0.1:{port}", "key": "s@fe"},
    ],
)
def test_user_and_password_come_from_the_url_or_the_key(tmp_path: Path, fields: dict[str, str]) -> None:
    async def run() -> list[bytes]:
        async with mosquitto(tmp_path, *with_password(tmp_path)) as (port, _):
            named = {name: value.format(port=port) for name, value in fields.items()}
            return await received(mqtt_feed(port, **named), BODIES)

    assert asyncio.run(run()) == BODIES


@pytest.mark.mosquitto
@needs_mosquitto
@pytest.mark.parametrize("key", [None, "fleet:wrong"])
def test_broker_that_refuses_us_is_a_matter_of_configuration(tmp_path: Path, key: str | None) -> None:
    async def run() -> None:
        async with mosquitto(tmp_path, *with_password(tmp_path)) as (port, _):
            await first_of(mqtt_feed(port, key=key))

    with pytest.raises(FeedConfigError) as caught:
        asyncio.run(run())
    assert caught.value.code == "broker_refused"
    assert "wrong" not in str(caught.value)


def with_password(folder: Path) -> tuple[str, ...]:
    """Settings of a broker that knows user `fleet` with password `s@fe`."""
    passwords = folder / "passwords"
    tool = shutil.which("mosquitto_passwd")
    if tool is None:
        pytest.skip("no mosquitto_passwd binary")
    subprocess.run([tool, "-b", "-c", str(passwords), "fleet", "s@fe"], check=True, capture_output=True)
    return ("allow_anonymous false", f"password_file {passwords}")


@pytest.mark.parametrize(
    ("fields", "broker"),
    [
        ({"url": "mqtt://broker"}, Broker("broker", 1883, False, None, None)),
        ({"url": "mqtts://broker"}, Broker("broker", 8883, True, None, None)),
        ({"url": "mqtts://u:p%3Aq@broker:9000"}, Broker("broker", 9000, True, "u", "p:q")),
        ({"url": "mqtt://u@broker", "key": "a:b"}, Broker("broker", 1883, False, "u", "a:b")),
        ({"url": "mqtt://broker", "key": "u:p:q"}, Broker("broker", 1883, False, "u", "p:q")),
        ({"url": "mqtt://broker", "key": "token\n"}, Broker("broker", 1883, False, "token", None)),
    ],
)
def test_broker_is_read_from_url_and_key(fields: dict[str, str], broker: Broker) -> None:
    assert broker_of(mqtt_feed(1, **fields)) == broker


@pytest.mark.parametrize("url", ["", "mqtt://", "mqtt://broker:port", "amqp://broker", "broker:1883"])
def test_url_that_is_no_brokers_is_told_so(url: str) -> None:
    with pytest.raises(FeedConfigError) as caught:
        broker_of(mqtt_feed(1, url=url))
    assert caught.value.code == "url_invalid"


def test_broker_without_a_topic_is_told_so() -> None:
    with pytest.raises(FeedConfigError) as caught:
        asyncio.run(first_of(mqtt_feed(1, topic=None)))
    assert caught.value.code == "topic_missing"


def waiting_message(body: bytes) -> aiomqtt.Message:
    return aiomqtt.Message(topic=TOPIC, payload=body, qos=0, retain=False, mid=0, properties=None)


def test_queue_keeps_the_newest_messages_within_its_length() -> None:
    queue = NewestMessages(maxsize=2)
    for body in (b"1", b"2", b"3"):
        queue.put_nowait(waiting_message(body))
    assert [queue.get_nowait().payload for _ in range(queue.qsize())] == [b"2", b"3"]


def test_queue_keeps_the_newest_messages_within_its_bytes() -> None:
    queue = NewestMessages(maxsize=10)
    third = bytes(QUEUE_BYTES // 3)
    for _ in range(5):
        queue.put_nowait(waiting_message(third))
    assert queue.qsize() == 3
    queue.put_nowait(waiting_message(bytes(QUEUE_BYTES)))
    assert queue.qsize() == 1
