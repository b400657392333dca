"""The stores under test: every test that takes `live` or `history` runs on all of them."""

from collections.abc import Iterator

import pytest

from data_sources.stores.base import HistoryStore, LiveStore
from data_sources.stores.history import SqlHistory
from data_sources.stores.live import RedisChanges, RedisLive
from data_sources.stores.memory import MemoryChanges, MemoryHistory, MemoryLive

LIVE = ["memory", "embedded", pytest.param("redis", marks=pytest.mark.redis_server)]
HISTORY = ["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
CITY = "testville"


@pytest.fixture(params=LIVE)
def live_and_changes(
    request: pytest.FixtureRequest,
) -> Iterator[tuple[LiveStore, MemoryChanges | RedisChanges]]:
    if request.param == "memory":
        memory = MemoryLive()
        yield memory, MemoryChanges(memory)
        return
    url = request.getfixturevalue("embedded_valkey_url" if request.param == "embedded" else "redis_url")
    live = RedisLive(url, CITY)
    yield live, RedisChanges(url, CITY)
    live.close()


@pytest.fixture
def live(live_and_changes: tuple[LiveStore, MemoryChanges | RedisChanges]) -> LiveStore:
    return live_and_changes[0]


@pytest.fixture
def changes(live_and_changes: tuple[LiveStore, MemoryChanges | RedisChanges]) -> MemoryChanges | RedisChanges:
    return live_and_changes[1]


@pytest.fixture(params=HISTORY)
def history(request: pytest.FixtureRequest) -> Iterator[HistoryStore]:
    if request.param == "memory":
        yield MemoryHistory()
        return
    store = SqlHistory(request.getfixturevalue(f"{request.param}_url"))
    yield store
    store.close()


@pytest.fixture(params=HISTORY[1:])
def sql_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of each engine."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=HISTORY[1:])
def empty_sql_url(request: pytest.FixtureRequest) -> str:
    """A database of each engine without tables."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))
