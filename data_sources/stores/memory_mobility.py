"""Traffic and transit operations of the history in memory, with the meaning of the SQL ones."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

from data_sources.model.feed import Payload
from data_sources.model.operations import PredictionScore, ServiceMinute, StopPassage
from data_sources.model.traffic import Incident, LinkState
from data_sources.stores import codec, link_codec
from data_sources.stores.base import LinkHour, Retention, TypicalSpeeds
from data_sources.stores.folding import (
    SPEED_COUNTS_FOR,
    IncidentRow,
    hour_of_utc,
    incident_rows,
    minute_of,
    refuse_when_full,
    summed,
)
from data_sources.stores.link_hours import by_hour, typical

_Ids = tuple[str, ...]
_K = TypeVar("_K")
_V = TypeVar("_V")


class MemoryMobility:
    """Traffic, operations and inbox of a HistoryStore in memory."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._link_frames: dict[datetime, tuple[_Ids, bytes]] = {}
        self._link_hours: dict[tuple[datetime, _Ids], link_codec.HourSums] = {}
        self._incidents: dict[tuple[str, str, datetime], IncidentRow] = {}
        self._passages: dict[tuple[str, datetime, int, str], StopPassage] = {}
        self._minutes: dict[tuple[str, datetime], ServiceMinute] = {}
        self._scores: dict[tuple[str, date, int], PredictionScore] = {}
        self._inbox: dict[int, tuple[str, Payload]] = {}
        self._last_inbox_id = 0

    def record_links(self, minute: datetime, links: Sequence[LinkState]) -> None:
        """Keep the state of the network at a whole minute and add it to the means of its hour."""
        ids = tuple(link.link_id for link in links)
        hour = hour_of_utc(minute)
        with self._lock:
            replaced = self._link_frames.get(minute)
            if replaced is not None:
                old_ids, body = replaced
                before = link_codec.decode_links(minute, old_ids, body)
                sums = self._link_hours[hour, old_ids]
                self._link_hours[hour, old_ids] = link_codec.taken_back(
                    sums, before, minute, SPEED_COUNTS_FOR
                )
            sums = self._link_hours.get((hour, ids), link_codec.no_sums(len(ids)))
            self._link_hours[hour, ids] = link_codec.added(sums, links, minute, SPEED_COUNTS_FOR)
            self._link_frames[minute] = (ids, link_codec.encode_links(minute, links))

    def link_frames(self, start: datetime, end: datetime) -> list[tuple[datetime, tuple[LinkState, ...]]]:
        """States of the network by minute, oldest first."""
        with self._lock:
            frames = sorted(self._link_frames.items())
        return [
            (minute, link_codec.decode_links(minute, ids, body))
            for minute, (ids, body) in frames
            if start <= minute < end
        ]

    def link_hours(self, start: datetime, end: datetime) -> list[LinkHour]:
        """Mean speeds by hour, oldest first."""
        return by_hour(hour for hour in self._hours() if start <= hour[0] < end)

    def typical_speeds(self, since: datetime, hour_of: Callable[[datetime], int]) -> TypicalSpeeds:
        """Mean speed of each link since then by what `hour_of` makes of each hour."""
        return typical((hour for hour in self._hours() if hour[0] >= hour_of_utc(since)), hour_of)

    def record_incidents(self, incidents: Sequence[Incident], closed: Sequence[Incident]) -> None:
        """Open or refresh incidents, and close those that are over."""
        with self._lock:
            ordered = sorted(self._incidents.values(), key=lambda row: row.opened_at)
            last = {row.key: row for row in ordered}
            for row in incident_rows(last, incidents, closed):
                self._incidents[(*row.key, row.opened_at)] = row

    def open_incidents(self) -> list[Incident]:
        """Incidents that are open, in order of feed and id."""
        with self._lock:
            rows = sorted(self._incidents.values(), key=lambda row: row.key)
        return [row.incident for row in rows if row.closed_at is None]

    def incidents_between(self, start: datetime, end: datetime) -> list[Incident]:
        """Incidents that were open at any time in the interval, oldest first."""
        with self._lock:
            rows = sorted(self._incidents.values(), key=lambda row: (row.opened_at, *row.key))
        return [row.incident for row in rows if row.open_between(start, end)]

    def record_operations(
        self,
        passages: Sequence[StopPassage],
        minutes: Sequence[ServiceMinute],
        scores: Sequence[PredictionScore],
    ) -> None:
        """Keep passages once, replace service minutes, add to scores."""
        with self._lock:
            for passage in passages:
                key = (passage.route_id, passage.passed_at, passage.call, passage.vehicle_id)
                self._passages[key] = passage
            for minute in minutes:
                self._minutes[minute.route_id, minute.minute] = minute
            for score in summed([*self._scores.values(), *scores]):
                self._scores[score.route_id, score.day, score.horizon_min] = score

    def passages_between(
        self, start: datetime, end: datetime, route_id: str | None = None, stop_id: str | None = None
    ) -> list[StopPassage]:
        """Passages in the interval, oldest first."""
        with self._lock:
            passages = list(self._passages.values())
        found = [
            passage
            for passage in passages
            if start <= passage.passed_at < end
            and route_id in {None, passage.route_id}
            and stop_id in {None, passage.stop_id}
        ]
        return sorted(found, key=lambda one: (one.passed_at, one.route_id, one.call, one.vehicle_id))

    def service_minutes(
        self, start: datetime, end: datetime, route_id: str | None = None
    ) -> list[ServiceMinute]:
        """Minutes in the interval, by time, then route."""
        with self._lock:
            minutes = list(self._minutes.values())
        found = [one for one in minutes if start <= one.minute < end and route_id in {None, one.route_id}]
        return sorted(found, key=lambda one: (one.minute, one.route_id))

    def prediction_scores(self, since: date) -> list[PredictionScore]:
        """Scores of that day and later, by route, day and horizon."""
        with self._lock:
            return [score for key, score in sorted(self._scores.items()) if score.day >= since]

    def put_inbox(self, feed_id: str, payload: Payload) -> int:
        """Keep a notification; it is acknowledged once this returns. InboxFullError when too many wait."""
        with self._lock:
            sizes = [
                len(codec.pack_payload(waits)) for feed, waits in self._inbox.values() if feed == feed_id
            ]
            refuse_when_full(feed_id, len(sizes), sum(sizes))
            self._last_inbox_id += 1
            self._inbox[self._last_inbox_id] = (feed_id, payload)
            return self._last_inbox_id

    def take_inbox(self, feed_id: str, limit: int = 100) -> list[tuple[int, Payload]]:
        """Notifications that wait, oldest first; they stay until `clear_inbox`."""
        with self._lock:
            waiting = [
                (number, payload) for number, (feed, payload) in self._inbox.items() if feed == feed_id
            ]
        return waiting[:limit]

    def clear_inbox(self, ids: Sequence[int]) -> None:
        """Forget notifications that were recorded."""
        with self._lock:
            for number in ids:
                self._inbox.pop(number, None)

    def _prune_mobility(self, now: datetime, retention: Retention) -> Mapping[str, int]:
        since = now - retention.operations
        oldest_frame = minute_of(now - retention.link_frames)
        oldest_hour = hour_of_utc(now - retention.link_hours)
        oldest_incident = now - retention.incidents
        return {
            "link_frame": _drop(self._link_frames, lambda key, _: key < oldest_frame),
            "link_hour": _drop(self._link_hours, lambda key, _: key[0] < oldest_hour),
            "incident": _drop(
                self._incidents,
                lambda _, row: row.closed_at is not None and row.closed_at < oldest_incident,
            ),
            "stop_passage": _drop(self._passages, lambda _, passage: passage.passed_at < since),
            "service_minute": _drop(self._minutes, lambda _, minute: minute.minute < since),
            "prediction_score": _drop(self._scores, lambda _, score: score.day < since.date()),
            "inbox": _drop(self._inbox, lambda _, row: row[1].received_at < now - retention.inbox),
        }

    def _hours(self) -> list[tuple[datetime, _Ids, link_codec.HourSums]]:
        with self._lock:
            return [(*key, self._link_hours[key]) for key in sorted(self._link_hours)]


def _drop(rows: dict[_K, _V], is_too_old: Callable[[_K, _V], bool]) -> int:
    old = [key for key, value in rows.items() if is_too_old(key, value)]
    for key in old:
        del rows[key]
    return len(old)
