"""Faults on demand: what real feeds do wrong, for tests. Driven by `POST /control` of the simulator."""

from datetime import timedelta
from typing import Literal

import msgspec

HTML_PAGE = b"<!doctype html><html><head><title>Error</title></head><body><h1>It works!</h1></body></html>"

BodyFault = Literal["html", "empty", "truncated", "unavailable"]


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One order. `freeze` holds a feed at its last message; `html`, `empty`, `truncated` and
    `unavailable` (503) spoil its messages; a broker's feed falls silent when frozen or unavailable.
    `skew` shifts the feed's clock by `seconds`; `drop` silences `vehicle` on every feed; `restore` ends
    the faults of `feed`, or of everything without one."""

    action: Literal["freeze", "html", "empty", "truncated", "unavailable", "skew", "drop", "restore"]
    feed: str | None = None
    seconds: float = 0.0
    vehicle: str | None = None


class Faults:
    """The faults that are on now."""

    def __init__(self) -> None:
        self.frozen: set[str] = set()
        self.spoiled: dict[str, BodyFault] = {}
        self.skewed: dict[str, timedelta] = {}
        self.dropped: set[str] = set()

    def obey(self, command: Command, feeds: set[str]) -> None:
        """Carry out an order; ValueError says what is missing in it."""
        if command.action == "drop":
            if command.vehicle is None:
                raise ValueError("drop needs `vehicle`")
            self.dropped.add(command.vehicle)
            return
        if command.action == "restore" and command.feed is None:
            for faults in (self.frozen, self.spoiled, self.skewed, self.dropped):
                faults.clear()
            return
        if command.feed not in feeds:
            raise ValueError(f"`feed` must be one of {', '.join(sorted(feeds))}")
        self._set(command.feed, command)

    def _set(self, feed_id: str, command: Command) -> None:
        match command.action:
            case "freeze":
                self.frozen.add(feed_id)
            case "skew":
                self.skewed[feed_id] = timedelta(seconds=command.seconds)
            case "restore":
                self.frozen.discard(feed_id)
                self.spoiled.pop(feed_id, None)
                self.skewed.pop(feed_id, None)
            case "html" | "empty" | "truncated" | "unavailable" as fault:
                self.spoiled[feed_id] = fault

    def end(self, command: Command) -> None:
        """Undo one order and leave the others of its feed."""
        feed_id = command.feed or ""
        match command.action:
            case "drop":
                self.dropped.discard(command.vehicle or "")
            case "freeze":
                self.frozen.discard(feed_id)
            case "skew":
                self.skewed.pop(feed_id, None)
            case fault:
                if self.spoiled.get(feed_id) == fault:
                    del self.spoiled[feed_id]

    def spoil(self, feed_id: str, body: bytes) -> bytes:
        """The body as the feed's fault leaves it."""
        match self.spoiled.get(feed_id):
            case "html":
                return HTML_PAGE
            case "empty":
                return b""
            case "truncated":
                return body[: len(body) // 2]
            case _:
                return body
