"""What a poll loop sees of a feed, whatever stands behind it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from data_sources.model.feed import Payload


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document that is new to us."""

    payload: Payload


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The feed was reached and has nothing new: 304, or the same bytes as last time."""

    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing came, and nobody was asked: this says nothing about the source, which grows old."""


class Source(Protocol):
    """One feed, read again and again by one task."""

    @property
    def pause_s(self) -> float:
        """How long after the last `fetch` began the next is worth it."""

    async def fetch(self) -> Fetched | Unchanged | Quiet:
        """Read what is new. Raise FeedConfigError, TemporaryFeedError or FeedContentError."""

    def forget(self) -> None:
        """What was fetched last turned out unusable: fetch it again rather than call it unchanged."""

    async def done(self) -> None:
        """What was fetched last is committed."""

    async def aclose(self) -> None:
        """Close what is open."""
