"""A feed that is sent to us: notifications wait in the inbox until they are committed.

`/api/v1/notifications/<feed_id>` keeps them; ingest takes all that wait, commits, and only then clears
them, so that each is used at least once. A notification that comes twice changes nothing.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from data_sources.errors import StoreError, TemporaryFeedError
from data_sources.feeds import codes
from data_sources.feeds.secrets import usable_key
from data_sources.feeds.source import Fetched, Quiet
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Payload

TAKE_MAX = 100
"""Notifications taken at a time: a bound for memory. With more waiting the next fetch follows at once."""

log = logging.getLogger(__name__)


class Inbox(Protocol):
    """Where notifications wait: a part of the history store."""

    def take_inbox(self, feed_id: str, limit: int = 100) -> list[tuple[int, Payload]]:
        """Notifications that wait, oldest first."""

    def clear_inbox(self, ids: Sequence[int]) -> None:
        """Forget notifications that were recorded."""


class InboxSource:
    """What was sent to one feed. Nothing waiting says nothing about the sender."""

    def __init__(self, feed: FeedSpec, inbox: Inbox) -> None:
        self._feed = feed
        self._inbox = inbox
        self._taken: list[int] = []
        self._more = False

    async def aclose(self) -> None:
        """Nothing to close: the store is not ours."""

    @property
    def pause_s(self) -> float:
        """The feed's interval; none after a full take that is committed, as more may be waiting."""
        return 0.0 if self._more else self._feed.interval_s

    def forget(self) -> None:
        """Nothing to do: what is waiting is never called unchanged."""

    async def fetch(self) -> Fetched | Quiet:
        """Take what waits, as one payload. Raise FeedConfigError when no key is set, so that nobody
        can send anything, and TemporaryFeedError when the database does not answer."""
        usable_key(self._feed)
        self._more = False
        try:
            waiting = await asyncio.to_thread(self._inbox.take_inbox, self._feed.feed_id, TAKE_MAX)
        except StoreError as error:
            raise TemporaryFeedError(codes.INBOX_AWAY.code, f"{self._feed.feed_id}: {error}") from error
        self._taken = [number for number, _ in waiting]
        if not waiting:
            return Quiet()
        sent = [(message, payload.received_at) for _, payload in waiting for message in payload.messages]
        last = waiting[-1][1]
        return Fetched(
            Payload(
                messages=tuple(message for message, _ in sent),
                message_at=tuple(received_at for _, received_at in sent),
                received_at=last.received_at,
                content_type=last.content_type,
                url=last.url,
            )
        )

    async def done(self) -> None:
        """Clear what was taken last. Where that fails it comes again, and changes nothing then."""
        try:
            await asyncio.to_thread(self._inbox.clear_inbox, self._taken)
        except StoreError as error:
            log.warning("%s: the inbox cannot be cleared: %s", self._feed.feed_id, error)
        else:
            self._more = len(self._taken) >= TAKE_MAX
