"""Change notices outlive the server that sends them."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
import redis

from data_sources.errors import StoreError
from data_sources.stores.base import Topic
from data_sources.stores.live import RedisChanges, RedisLive
from tests.servers import RedisServer
from tests.stores.samples import fix

pytestmark = pytest.mark.redis_server


@pytest.fixture
def server(redis_server: str) -> Iterator[RedisServer]:
    """A server of this test's own, to be killed; `redis_server` skips where there is no binary."""
    with tempfile.TemporaryDirectory(prefix="scopc-test-") as folder:
        server = RedisServer(Path(folder))
        server.start()
        yield server
        server.kill()


async def _next(topics: AsyncIterator[Topic], count: int) -> list[Topic]:
    return [await asyncio.wait_for(anext(topics), 10) for _ in range(count)]


def test_listener_survives_a_restart_and_then_tells_every_topic(server: RedisServer) -> None:
    async def run() -> None:
        live = RedisLive(server.url, "testville")
        async with aclosing(RedisChanges(server.url, "testville").changes()) as topics:
            assert set(await _next(topics, len(Topic))) == set(Topic)
            for _ in range(2):
                server.kill()
                with pytest.raises(StoreError):
                    live.put_positions("buses", [fix()])
                server.start()
                assert set(await _next(topics, len(Topic))) == set(Topic)
                live.put_positions("buses", [fix()])
                assert await _next(topics, 1) == [Topic.VEHICLES]

    asyncio.run(run())


def test_listener_waits_for_a_server_that_is_not_there_yet(server: RedisServer) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 12:
            server.start()

    async def run() -> None:
        server.kill()
        changes = RedisChanges(server.url, "testville", sleep=sleep, jitter=lambda: 1.0)
        async with aclosing(changes.changes()) as topics:
            assert set(await _next(topics, len(Topic))) == set(Topic)

    asyncio.run(run())
    assert waits[:3] == [0.1, 0.2, 0.4]
    assert waits[-1] == 2.0


def test_connection_that_went_silent_is_found_out_and_renewed(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data_sources.stores.live.QUIET_S", 0.1)

    async def run() -> None:
        async with aclosing(RedisChanges(server.url, "testville").changes()) as topics:
            await _next(topics, len(Topic))
            pending = asyncio.ensure_future(anext(topics))
            server.freeze()
            done, _ = await asyncio.wait([pending], timeout=0.5)
            assert not done
            server.thaw()
            first = await asyncio.wait_for(pending, 10)
            assert {first, *await _next(topics, len(Topic) - 1)} == set(Topic)

    asyncio.run(run())


def test_quiet_connection_that_answers_is_kept(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_sources.stores.live.QUIET_S", 0.05)

    async def run() -> None:
        async with aclosing(RedisChanges(server.url, "testville").changes()) as topics:
            await _next(topics, len(Topic))
            pending = asyncio.ensure_future(anext(topics))
            done, _ = await asyncio.wait([pending], timeout=0.5)
            assert not done
            RedisLive(server.url, "testville").put_positions("buses", [])
            assert await asyncio.wait_for(pending, 5) is Topic.VEHICLES

    asyncio.run(run())


def test_ended_listener_leaves_no_connection(server: RedisServer) -> None:
    async def run() -> None:
        async with aclosing(RedisChanges(server.url, "testville").changes()) as topics:
            await _next(topics, 1)

    asyncio.run(run())
    with redis.Redis.from_url(server.url) as client:
        assert client.pubsub_numsub("scopc:{testville}:changes")[0][1] == 0


def test_notice_of_a_topic_unknown_here_is_passed_over(server: RedisServer) -> None:
    async def run() -> list[Topic]:
        async with aclosing(RedisChanges(server.url, "testville").changes()) as topics:
            await _next(topics, len(Topic))
            with redis.Redis.from_url(server.url) as client:
                client.publish("scopc:{testville}:changes", "of_a_newer_program")
                client.publish("scopc:{testville}:changes", "feeds")
            return await _next(topics, 1)

    assert asyncio.run(run()) == [Topic.FEEDS]


def test_wrong_url_is_told_before_anything_is_listened_to() -> None:
    with pytest.raises(StoreError, match="Redis URL must"):
        RedisChanges("http://127.0.0.1", "testville")


def test_live_store_is_ready_again_after_a_restart(server: RedisServer) -> None:
    live = RedisLive(server.url, "testville")
    live.put_positions("buses", [fix()])
    server.kill()
    with pytest.raises(StoreError):
        live.ping()
    server.start()
    assert live.positions() == {}
    live.put_positions("buses", [fix()])
    assert live.positions() == {"buses": (fix(),)}
