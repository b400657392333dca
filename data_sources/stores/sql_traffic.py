"""The part of the SQL history that holds traffic: link frames, their hourly means, incidents.

A frame is one row, a few kilobytes; the sums of its hour are one row more, rewritten each minute.
So "typical for this hour" over four weeks reads 672 rows, not 40,000 frames. Ids of links are kept
once for each order in which they came (`link_set`).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data_sources.model.traffic import Incident, LinkState
from data_sources.stores import codec, link_codec
from data_sources.stores.base import LinkHour, TypicalSpeeds
from data_sources.stores.engine import Database
from data_sources.stores.folding import SPEED_COUNTS_FOR, IncidentRow, hour_of_utc, incident_rows
from data_sources.stores.link_hours import by_hour, typical
from data_sources.stores.schema import MAX_KEY_CHARS, incident, link_frame, link_hour, link_set, storable
from data_sources.stores.upsert import Merge, bulk_upsert

_FRAME_MERGE = {"link_set_id": Merge.REPLACE, "body": Merge.REPLACE}
_HOUR_MERGE = {"body": Merge.REPLACE}
_INCIDENT_MERGE = {"last_at": Merge.REPLACE, "closed_at": Merge.REPLACE, "body": Merge.REPLACE}


class SqlTraffic:
    """Traffic of a HistoryStore on `_database`."""

    _database: Database

    def record_links(self, minute: datetime, links: Sequence[LinkState]) -> None:
        """Keep the state of the network at a whole minute and add it to the means of its hour."""
        ids = [link.link_id for link in links]
        body = link_codec.encode_links(minute, links)
        with self._database.write() as connection:
            link_set_id = _link_set_id(connection, ids)
            replaced = connection.execute(
                sa.select(link_frame.c.body, link_set.c.link_set_id, link_set.c.body.label("ids"))
                .join(link_set)
                .where(link_frame.c.minute == minute)
            ).one_or_none()
            if replaced is not None:
                before = link_codec.decode_links(minute, codec.unpack_texts(replaced.ids), replaced.body)
                _add_to_hour(connection, minute, replaced.link_set_id, before, take_back=True)
            _add_to_hour(connection, minute, link_set_id, links)
            frame = {"minute": minute, "link_set_id": link_set_id, "body": body}
            bulk_upsert(connection, link_frame, [frame], _FRAME_MERGE)

    def link_frames(self, start: datetime, end: datetime) -> list[tuple[datetime, tuple[LinkState, ...]]]:
        """States of the network by minute, oldest first."""
        table = link_frame.c
        query = (
            sa.select(table.minute, table.link_set_id, table.body)
            .where(table.minute >= start, table.minute < end)
            .order_by(table.minute)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            ids = _link_sets(connection, {row.link_set_id for row in rows})
        return [
            (row.minute, link_codec.decode_links(row.minute, ids[row.link_set_id], row.body)) for row in rows
        ]

    def link_hours(self, start: datetime, end: datetime) -> list[LinkHour]:
        """Mean speeds by hour, oldest first."""
        return by_hour(self._hours(link_hour.c.hour >= start, link_hour.c.hour < end))

    def typical_speeds(self, since: datetime, hour_of: Callable[[datetime], int]) -> TypicalSpeeds:
        """Mean speed of each link since then by what `hour_of` makes of each hour."""
        return typical(self._hours(link_hour.c.hour >= hour_of_utc(since)), hour_of)

    def record_incidents(self, incidents: Sequence[Incident], closed: Sequence[Incident]) -> None:
        """Open or refresh incidents, and close those that are over; one transaction."""
        keys = [(one.feed_id, storable(one.incident_id, MAX_KEY_CHARS)) for one in (*incidents, *closed)]
        if not keys:
            return
        table = incident.c
        query = (
            sa.select(incident)
            .where(sa.tuple_(table.feed_id, table.incident_id).in_(keys))
            .order_by(table.opened_at)
        )
        with self._database.write() as connection:
            last = {row.key: row for row in map(_incident_row, connection.execute(query))}
            rows = {_incident_key(row): row for row in incident_rows(last, incidents, closed)}
            columns = [
                {
                    "feed_id": feed_id,
                    "incident_id": incident_id,
                    "opened_at": opened_at,
                    "last_at": row.last_at,
                    "closed_at": row.closed_at,
                    "body": codec.incident_json(row.incident),
                }
                for (feed_id, incident_id, opened_at), row in rows.items()
            ]
            bulk_upsert(connection, incident, columns, _INCIDENT_MERGE)

    def open_incidents(self) -> list[Incident]:
        """Incidents that are open, in order of feed and id."""
        table = incident.c
        query = (
            sa.select(incident).where(table.closed_at.is_(None)).order_by(table.feed_id, table.incident_id)
        )
        with self._database.read() as connection:
            return [_incident_row(row).incident for row in connection.execute(query)]

    def incidents_between(self, start: datetime, end: datetime) -> list[Incident]:
        """Incidents that were open at any time in the interval, oldest first."""
        table = incident.c
        in_time = sa.or_(table.closed_at.is_(None), table.closed_at > start, table.opened_at >= start)
        query = (
            sa.select(incident)
            .where(table.opened_at < end, in_time)
            .order_by(table.opened_at, table.feed_id, table.incident_id)
        )
        with self._database.read() as connection:
            return [_incident_row(row).incident for row in connection.execute(query)]

    def _hours(
        self, *conditions: "sa.ColumnElement[bool]"
    ) -> list[tuple[datetime, tuple[str, ...], link_codec.HourSums]]:
        query = sa.select(link_hour).where(*conditions).order_by(link_hour.c.hour, link_hour.c.link_set_id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            ids = _link_sets(connection, {row.link_set_id for row in rows})
        return [(row.hour, ids[row.link_set_id], link_codec.decode_sums(row.body)) for row in rows]


def _link_set_id(connection: sa.Connection, ids: Sequence[str]) -> int:
    """The number of these links in this order; a new one when they were never seen so."""
    table, digest = link_set.c, codec.content_digest(ids)
    known = connection.scalar(sa.select(table.link_set_id).where(table.digest == digest))
    if known is not None:
        return int(known)
    new = {"digest": digest, "n": len(ids), "body": codec.pack(ids)}
    return int(connection.execute(sa.insert(link_set).returning(table.link_set_id), new).scalar_one())


def _link_sets(connection: sa.Connection, numbers: set[int]) -> Mapping[int, tuple[str, ...]]:
    query = sa.select(link_set.c.link_set_id, link_set.c.body).where(link_set.c.link_set_id.in_(numbers))
    return {row.link_set_id: codec.unpack_texts(row.body) for row in connection.execute(query)}


def _add_to_hour(
    connection: sa.Connection,
    minute: datetime,
    link_set_id: int,
    links: Sequence[LinkState],
    *,
    take_back: bool = False,
) -> None:
    hour = hour_of_utc(minute)
    known = connection.scalar(
        sa.select(link_hour.c.body)
        .where(link_hour.c.hour == hour, link_hour.c.link_set_id == link_set_id)
        .with_for_update()
    )
    sums = link_codec.no_sums(len(links)) if known is None else link_codec.decode_sums(known)
    change = link_codec.taken_back if take_back else link_codec.added
    body = link_codec.encode_sums(change(sums, links, minute, SPEED_COUNTS_FOR))
    row = {"hour": hour, "link_set_id": link_set_id, "body": body}
    bulk_upsert(connection, link_hour, [row], _HOUR_MERGE)


def _incident_row(row: "sa.Row[Any]") -> IncidentRow:
    return IncidentRow(row.opened_at, row.last_at, row.closed_at, codec.incident_from_json(row.body))


def _incident_key(row: IncidentRow) -> tuple[str, str, datetime]:
    feed_id, incident_id = row.key
    return feed_id, storable(incident_id, MAX_KEY_CHARS), row.opened_at
