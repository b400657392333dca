"""Turns at drawing: one source of the stream draws at a time, the most urgent of those that wait first.

Drawing is Python, and the interpreter runs one thread at a time: two drawings side by side end no
sooner than one after the other, but both end late, and the event loop waits for each in turn. Reading
is not in the turn: a store that is slow to answer must hold up nobody else.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Hands out turns by rank, the lowest first; who draws is not interrupted. Safe to share by threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[int] = []
        self._is_taken = False

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        with self._changed:
            return len(self._waiting)

    @contextmanager
    def of(self, rank: int) -> Iterator[None]:
        """Wait for the turn and hold it while the block lasts."""
        with self._changed:
            self._waiting.append(rank)
            self._changed.wait_for(lambda: not self._is_taken and rank == min(self._waiting))
            self._waiting.remove(rank)
            self._is_taken = True
        try:
            yield
        finally:
            with self._changed:
                self._is_taken = False
                self._changed.notify_all()
