"""Which source reads a feed, and the one that reads what was sent to us."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data_sources.errors import FeedConfigError, StoreError, TemporaryFeedError
from data_sources.feeds.http import HttpSource
from data_sources.feeds.inbox import TAKE_MAX, InboxSource
from data_sources.feeds.ngsi_source import NgsiSource
from data_sources.feeds.source import Fetched, Quiet
from data_sources.feeds.sources import open_source
from data_sources.feeds.tomtom_source import TomTomSource
from data_sources.model.feed import Payload
from data_sources.stores.memory import MemoryHistory
from tests.feeds.builders import feed_spec

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PUSHED = feed_spec(feed_id="broker", kind="ngsi_ld", push=True, key="secret", interval_s=7)


class Inbox(MemoryHistory):
    """An inbox that can be away, or refuse to be cleared."""

    is_away = False
    is_read_only = False

    def take_inbox(self, feed_id: str, limit: int = 100) -> list[tuple[int, Payload]]:
        if self.is_away:
            raise StoreError("disk I/O error")
        return super().take_inbox(feed_id, limit)

    def clear_inbox(self, ids: Sequence[int]) -> None:
        if self.is_away or self.is_read_only:
            raise StoreError("disk full")
        super().clear_inbox(ids)


def sent(number: int) -> Payload:
    return Payload(messages=(f"m{number}".encode(),), received_at=NOW + timedelta(seconds=number))


def inbox(count: int) -> Inbox:
    made = Inbox()
    for number in range(count):
        made.put_inbox("broker", sent(number))
    made.put_inbox("other", sent(99))
    return made


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ({"kind": "gtfs_realtime"}, HttpSource),
        ({"kind": "longdo_events"}, HttpSource),
        ({"kind": "ngsi_ld"}, NgsiSource),
        ({"kind": "ngsi_ld", "push": True}, InboxSource),
        ({"kind": "tomtom_flow"}, TomTomSource),
    ],
)
def test_source_is_chosen_by_kind(spec: dict[str, Any], kind: type) -> None:
    source = open_source(feed_spec(interval_s=9, **spec), lambda: NOW, inbox(0))
    assert isinstance(source, kind)
    assert source.pause_s == 9
    asyncio.run(source.aclose())


def test_what_is_sent_to_us_cannot_be_asked_for() -> None:
    with pytest.raises(FeedConfigError) as caught:
        open_source(PUSHED, lambda: NOW, None)
    assert caught.value.code == "not_configured"


def test_all_that_waits_is_one_payload_with_the_time_of_each() -> None:
    found = asyncio.run(InboxSource(PUSHED, inbox(3)).fetch())
    assert isinstance(found, Fetched)
    assert found.payload.messages == (b"m0", b"m1", b"m2")
    assert found.payload.message_at == tuple(NOW + timedelta(seconds=n) for n in range(3))
    assert found.payload.received_at == NOW + timedelta(seconds=2)


def test_what_was_taken_waits_until_it_is_committed() -> None:
    store = inbox(2)
    source = InboxSource(PUSHED, store)
    first = asyncio.run(source.fetch())
    assert asyncio.run(source.fetch()) == first
    store.put_inbox("broker", sent(5))
    asyncio.run(source.done())
    rest = asyncio.run(source.fetch())
    assert isinstance(rest, Fetched)
    assert rest.payload.messages == (b"m5",)
    assert len(store.take_inbox("other")) == 1


def test_nothing_waiting_says_nothing_of_the_sender() -> None:
    assert asyncio.run(InboxSource(PUSHED, inbox(0)).fetch()) == Quiet()


def test_more_than_one_take_follows_without_a_pause() -> None:
    source = InboxSource(PUSHED, inbox(TAKE_MAX + 1))
    pauses = []
    for _ in range(3):
        asyncio.run(source.fetch())
        asyncio.run(source.done())
        pauses.append(source.pause_s)
    assert pauses == [0, 7, 7]


def test_what_cannot_be_cleared_comes_again_after_a_pause(caplog: pytest.LogCaptureFixture) -> None:
    store = inbox(TAKE_MAX)
    store.is_read_only = True
    source = InboxSource(PUSHED, store)
    first = asyncio.run(source.fetch())
    asyncio.run(source.done())
    assert (source.pause_s, asyncio.run(source.fetch())) == (7, first)
    assert "disk full" in caplog.text


def test_database_that_is_away_is_waited_for() -> None:
    store = inbox(1)
    store.is_away = True
    with pytest.raises(TemporaryFeedError) as caught:
        asyncio.run(InboxSource(PUSHED, store).fetch())
    assert caught.value.code == "inbox_away"


def test_feed_without_a_key_says_that_nobody_can_send() -> None:
    source = InboxSource(feed_spec(feed_id="broker", kind="ngsi_ld", push=True), inbox(1))
    with pytest.raises(FeedConfigError) as caught:
        asyncio.run(source.fetch())
    assert caught.value.code == "key_missing"
