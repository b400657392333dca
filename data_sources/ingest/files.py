"""Sheets that were handed in under the id of a city's feed: which feeds have to look at history again.

Whoever takes a sheet in (`scopc import`, the drop folder of another ingest) writes to history only. The
picture of a feed is kept by the process that reads the feed, so that one has to be told.
"""

from collections.abc import Collection
from datetime import datetime

from data_sources.stores.base import HistoryStore

LOOKED_AT = 100
"""Files that are looked through when there is a new one; were there more at once, every feed looks."""


class FilesOfFeeds:
    """Looks for new files of some feeds. Not safe to share by threads."""

    def __init__(self, history: HistoryStore, feed_ids: Collection[str]) -> None:
        self._history = history
        self._feed_ids = frozenset(feed_ids)
        self._last: tuple[str, datetime] | None = None
        self._known: frozenset[tuple[str, datetime]] = frozenset()

    def look(self) -> frozenset[str]:
        """Feeds of which a file was handed in since the last look; at first, ever. StoreError when the
        history is away: nothing is missed by it."""
        last = next(((one.digest, one.imported_at) for one in self._history.imports(1)), None)
        if last == self._last:
            return frozenset()
        files = self._history.imports(LOOKED_AT, self._feed_ids)
        told = {(one.digest, one.imported_at): one.feed_id for one in files}
        fresh = frozenset(feed_id for file, feed_id in told.items() if file not in self._known)
        has_overflowed = len(files) == LOOKED_AT and self._known.isdisjoint(told)
        self._known = frozenset(told)
        self._last = last
        return self._feed_ids if has_overflowed else fresh
