"""Tables of the history store and the types they are made of.

A change here needs a revision in `migrations/versions` and its number in REVISIONS; a test holds
tables and migrations equal.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from data_sources.stores.epoch import from_epoch_us, to_epoch_us

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
"""Every revision of the schema, oldest first. The last one is what this program needs."""

MAX_KEY_CHARS = 200
"""A feed's own ids are cut to this in keys: PostgreSQL refuses index rows over 2,704 bytes."""


def stored_times(epoch_us: Iterable[int], dialect: sa.Dialect) -> list[Any]:
    """Times since 1970 as the engine stores a UtcDateTime."""
    return list(map(from_epoch_us, epoch_us)) if dialect.name == "postgresql" else list(epoch_us)


def epoch_us(column: "sa.ColumnElement[Any]", dialect: sa.Dialect) -> "sa.ColumnElement[int]":
    """A UtcDateTime as microseconds since 1970, without an object for each: undoes `stored_times`."""
    if dialect.name == "postgresql":
        return sa.cast(sa.func.extract("epoch", column) * 1_000_000, sa.BigInteger)
    return sa.type_coerce(column, sa.BigInteger)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC in and out; a naive time is refused. PostgreSQL: timestamptz; SQLite: INTEGER, epoch µs.

    SQLite has no time type, and its text times lose their offset.
    """

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """The column type of the engine."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        """To what the engine stores."""
        if value is None:
            return None
        microseconds = to_epoch_us(value)
        return from_epoch_us(microseconds) if dialect.name == "postgresql" else microseconds

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        """From what the engine stores."""
        if value is None:
            return None
        return value.astimezone(UTC) if isinstance(value, datetime) else from_epoch_us(value)


class FeedText(sa.types.TypeDecorator[str]):
    """Text that came from outside: what no database can hold (NUL, lone surrogates) becomes U+FFFD.

    `length`, if given, cuts longer values; the column itself is plain text.
    """

    impl = sa.Text
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        super().__init__()
        self.length = length

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """To storable text."""
        return None if value is None else storable(value, self.length)


def storable(text: str, length: int | None = None) -> str:
    """`text` as both engines can hold it, cut to `length` characters."""
    clean = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "\ufffd")
    return clean if length is None or len(clean) <= length else clean[: length - 1] + "…"


_RowId = sa.BigInteger().with_variant(sa.Integer, "sqlite")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

position_batch = sa.Table(
    "position_batch",
    metadata,
    sa.Column("seq", _RowId, primary_key=True),
    sa.Column("feed_id", sa.Text, nullable=False),
    sa.Column("first_at", UtcDateTime, nullable=False, comment="earliest received_at of its fixes"),
    sa.Column("last_at", UtcDateTime, nullable=False, comment="latest received_at of its fixes"),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False, comment="zlib of msgpack, see codec.py"),
    sa.Index(None, "feed_id", "last_at"),
    sa.Index(None, "last_at"),
    sqlite_autoincrement=True,
    comment="one acknowledged message; folded into position_frame when its minute is over",
)

position_frame = sa.Table(
    "position_frame",
    metadata,
    sa.Column("feed_id", sa.Text, primary_key=True),
    sa.Column("minute", UtcDateTime, primary_key=True, comment="start of the minute of received_at"),
    sa.Column("revision", sa.Integer, nullable=False, comment="counts rewrites; a lost race shows here"),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False, comment="zlib of columns, see frame_codec.py"),
    sa.Index(None, "minute"),
    comment="all fixes of one feed received in one minute",
)


def _content_table(name: str, comment: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("seq", _RowId, primary_key=True),
        sa.Column("feed_id", sa.Text, nullable=False),
        sa.Column("first_at", UtcDateTime, nullable=False, comment="when this content first came"),
        sa.Column("last_at", UtcDateTime, nullable=False, comment="when it came last, unchanged"),
        sa.Column("digest", sa.LargeBinary, nullable=False, comment="sha256 of the content"),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False, comment="zlib of msgpack, see codec.py"),
        sa.Index(None, "feed_id", "seq"),
        sa.Index(None, "last_at"),
        sqlite_autoincrement=True,
        comment=comment,
    )


trip_update_batch = _content_table("trip_update_batch", "trip updates of a feed while they did not change")
alert_batch = _content_table("alert_batch", "service alerts of a feed while they did not change")

_IS_FILE = sa.text("file_digest IS NOT NULL")

payload = sa.Table(
    "payload",
    metadata,
    sa.Column("payload_id", _RowId, primary_key=True),
    sa.Column("feed_id", sa.Text, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False, comment="of the messages, see codec.py"),
    sa.Column("content_type", FeedText),
    sa.Column("url", FeedText),
    sa.Column("size_bytes", sa.BigInteger, nullable=False, comment="of the messages as received"),
    sa.Column("body", sa.LargeBinary, nullable=False, comment="zlib of msgpack: array of messages"),
    sa.Column("file_digest", FeedText(MAX_KEY_CHARS), comment="import_record.digest; null: a message"),
    sa.Column("file_name", FeedText, comment="as it was handed in; null: a message"),
    sa.Index(None, "feed_id", "payload_id"),
    sa.Index(None, "received_at"),
    sa.Index(None, "file_digest", unique=True, postgresql_where=_IS_FILE, sqlite_where=_IS_FILE),
    sqlite_autoincrement=True,
    comment="evidence: bytes as they came over the wire",
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("feed_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("entity_id", FeedText(MAX_KEY_CHARS), primary_key=True),
    sa.Column("detail", FeedText(1000), nullable=False),
    sa.Column("record", FeedText, nullable=False, comment="JSON"),
    sa.Column("first_at", UtcDateTime, nullable=False),
    sa.Column("last_at", UtcDateTime, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("payload_id", _RowId, sa.ForeignKey("payload.payload_id", ondelete="SET NULL"), index=True),
    sa.Index(None, "last_at"),
    comment="refused entities; repeated refusals are folded",
)

feed_status = sa.Table(
    "feed_status",
    metadata,
    sa.Column("feed_id", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("body", FeedText, nullable=False, comment="JSON of FeedStatus"),
    comment="how each feed is doing",
)

link_set = sa.Table(
    "link_set",
    metadata,
    sa.Column("link_set_id", _RowId, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False, comment="sha256 of the ids in their order"),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False, comment="zlib of msgpack: array of link ids"),
    sa.Index(None, "digest", unique=True),
    sqlite_autoincrement=True,
    comment="ids and order of the links of frames; a new one when the network changes",
)

link_frame = sa.Table(
    "link_frame",
    metadata,
    sa.Column("minute", UtcDateTime, primary_key=True, autoincrement=False),
    sa.Column("link_set_id", _RowId, sa.ForeignKey("link_set.link_set_id"), nullable=False, index=True),
    sa.Column("body", sa.LargeBinary, nullable=False, comment="zlib of columns, see link_codec.py"),
    comment="fused state of the network at a whole minute",
)

link_hour = sa.Table(
    "link_hour",
    metadata,
    sa.Column("hour", UtcDateTime, primary_key=True, comment="start of an hour of UTC"),
    sa.Column("link_set_id", _RowId, sa.ForeignKey("link_set.link_set_id"), primary_key=True, index=True),
    sa.Column("body", sa.LargeBinary, nullable=False, comment="zlib of columns, see link_codec.py"),
    comment="sum of speeds and number of minutes of each link in an hour",
)

incident = sa.Table(
    "incident",
    metadata,
    sa.Column("feed_id", sa.Text, primary_key=True),
    sa.Column("incident_id", FeedText(MAX_KEY_CHARS), primary_key=True),
    sa.Column("opened_at", UtcDateTime, primary_key=True, comment="when we first heard of it"),
    sa.Column("last_at", UtcDateTime, nullable=False, comment="when it last changed"),
    sa.Column("closed_at", UtcDateTime, comment="null while it is open"),
    sa.Column("body", FeedText, nullable=False, comment="JSON of Incident"),
    sa.Index(None, "closed_at"),
    sa.Index(None, "opened_at"),
    comment="what disturbed traffic or service; one that comes back is a new row",
)

stop_passage = sa.Table(
    "stop_passage",
    metadata,
    sa.Column("route_id", FeedText(MAX_KEY_CHARS), primary_key=True),
    sa.Column("passed_at", UtcDateTime, primary_key=True),
    sa.Column("call", sa.Integer, primary_key=True, comment="index of the call in the pattern"),
    sa.Column("vehicle_id", FeedText(MAX_KEY_CHARS), primary_key=True),
    sa.Column("pattern_id", FeedText, nullable=False),
    sa.Column("stop_id", FeedText(MAX_KEY_CHARS), nullable=False),
    sa.Column("uncertainty_s", sa.Double, nullable=False),
    sa.Column("dwell_s", sa.Double),
    sa.Column("trip_id", FeedText),
    sa.Column("delay_s", sa.Double),
    sa.Column("synthetic", sa.Boolean, nullable=False),
    sa.Index(None, "passed_at"),
    sa.Index(None, "stop_id", "passed_at"),
    comment="a vehicle passing one call of its pattern",
)

service_minute = sa.Table(
    "service_minute",
    metadata,
    sa.Column("route_id", FeedText(MAX_KEY_CHARS), primary_key=True),
    sa.Column("minute", UtcDateTime, primary_key=True),
    sa.Column("owed", sa.Integer, comment="vehicles; null where nothing says"),
    sa.Column("observed", sa.Integer, comment="vehicles; null when no position feed was up"),
    sa.Column("passengers", sa.Integer),
    sa.Column("seats", sa.Integer),
    sa.Column("synthetic", sa.Boolean, nullable=False),
    sa.Index(None, "minute"),
    comment="what the contract owed and positions showed, by route and minute",
)

prediction_score = sa.Table(
    "prediction_score",
    metadata,
    sa.Column("route_id", FeedText(MAX_KEY_CHARS), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True, comment="local"),
    sa.Column("horizon_min", sa.Integer, primary_key=True, comment="upper edge"),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("sum_error_s", sa.Double, nullable=False),
    sa.Column("sum_absolute_error_s", sa.Double, nullable=False),
    sa.Column("sum_baseline_error_s", sa.Double, comment="absolute, of the schedule alone; null: not kept"),
    sa.Index(None, "day"),
    comment="errors of predictions that came true",
)

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("inbox_id", _RowId, primary_key=True),
    sa.Column("feed_id", sa.Text, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False, comment="zlib of msgpack of Payload"),
    sa.Index(None, "feed_id", "inbox_id"),
    sqlite_autoincrement=True,
    comment="notifications that were pushed to us and wait to be read",
)
