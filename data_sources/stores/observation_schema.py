"""Tables of observations, their rollups, citizens' tickets and imported files.

Raw values are by far the most rows (tens of millions), so they are narrow: what is the same for all of
a series stands in the registry. In SQLite the rows lie in their key's own tree (WITHOUT ROWID); in
PostgreSQL raw values are partitioned by month of UTC, so that old ones go without a trace (see
`partitions.py`), and columns stand widest first, so that no byte is lost to alignment. Their series are
never deleted: no foreign key has to prove it at every insert.
"""

import sqlalchemy as sa

from data_sources.model.observation import FILE_FEED, Grain
from data_sources.stores.schema import MAX_KEY_CHARS, FeedText, UtcDateTime, metadata

GRAINS = {Grain.HOUR: 1, Grain.DAY: 2, Grain.WEEK: 3, Grain.MONTH: 4}
"""Grains as they stand in `rollup`."""

series = sa.Table(
    "series",
    metadata,
    sa.Column("series_id", sa.Integer, primary_key=True),
    sa.Column("feed_id", FeedText(MAX_KEY_CHARS), nullable=False),
    sa.Column("feature_id", FeedText(MAX_KEY_CHARS), nullable=False),
    sa.Column("property_id", FeedText(MAX_KEY_CHARS), nullable=False),
    sa.Column("synthetic", sa.Boolean, nullable=False),
    sa.Column("unit", FeedText, nullable=False),
    sa.Column("cadence_s", sa.Double, nullable=False),
    sa.Column("period_s", sa.Double, comment="null: values are instants"),
    sa.Column("value_class", sa.Text, nullable=False),
    sa.Column("first_at", UtcDateTime, comment="of its values and loaded hours"),
    sa.Column("last_at", UtcDateTime, comment="of its values and loaded hours"),
    sa.Index(None, "property_id", "feature_id", "feed_id", "synthetic", unique=True),
    sa.Index(None, "feed_id"),
    comment="what one feed tells of one property of one feature",
)

feature = sa.Table(
    "feature",
    metadata,
    sa.Column("feed_id", FeedText(MAX_KEY_CHARS), primary_key=True),
    sa.Column("feature_id", FeedText(MAX_KEY_CHARS), primary_key=True),
    sa.Column("body", FeedText, nullable=False, comment="JSON of Feature"),
    comment="what is observed",
)

observation = sa.Table(
    "observation",
    metadata,
    sa.Column("observed_at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("value", sa.Double, nullable=False),
    sa.Column("series_id", sa.Integer, nullable=False),
    sa.Column("flags", FeedText, comment="joined by blanks; null: none"),
    sa.PrimaryKeyConstraint("series_id", "observed_at", name="pk_observation"),
    sqlite_with_rowid=False,
    postgresql_partition_by="RANGE (observed_at)",
    comment="raw values",
)

rollup = sa.Table(
    "rollup",
    metadata,
    sa.Column("start", UtcDateTime, nullable=False),
    sa.Column("minimum", sa.Double, nullable=False),
    sa.Column("mean", sa.Double, nullable=False),
    sa.Column("maximum", sa.Double, nullable=False),
    sa.Column("last", sa.Double, nullable=False),
    sa.Column("series_id", sa.Integer, nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("expected", sa.Integer, nullable=False, comment="values that the cadence promises"),
    sa.Column("grain", sa.SmallInteger, nullable=False, comment="1 hour, 2 day, 3 week, 4 month"),
    sa.PrimaryKeyConstraint("series_id", "grain", "start", name="pk_rollup"),
    sqlite_with_rowid=False,
    comment="series over intervals",
)

marked_hour = sa.Table(
    "marked_hour",
    metadata,
    sa.Column("hour", UtcDateTime, nullable=False, comment="start of an hour of UTC"),
    sa.Column("series_id", sa.Integer, nullable=False),
    sa.Column("touched", sa.Integer, nullable=False, comment="how often; a writer holds the row by it"),
    sa.PrimaryKeyConstraint("hour", "series_id", name="pk_marked_hour"),
    sqlite_with_rowid=False,
    comment="hours with new or corrected values, to be rolled",
)

ticket = sa.Table(
    "ticket",
    metadata,
    sa.Column("feed_id", FeedText(MAX_KEY_CHARS), primary_key=True),
    sa.Column("ticket_id", FeedText(MAX_KEY_CHARS), primary_key=True),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime, comment="when it was closed or rejected; null while it is open"),
    sa.Column("body", FeedText, nullable=False, comment="JSON of Ticket"),
    sa.Index(None, "opened_at"),
    sa.Index(None, "ended_at"),
    comment="citizens' reports",
)

import_record = sa.Table(
    "import_record",
    metadata,
    sa.Column("digest", FeedText(MAX_KEY_CHARS), primary_key=True),
    sa.Column("imported_at", UtcDateTime, nullable=False),
    sa.Column("body", FeedText, nullable=False, comment="JSON of ImportRecord"),
    sa.Column("feed_id", FeedText, nullable=False, server_default=FILE_FEED),
    sa.Column("properties", FeedText, comment="between blanks; null: not known"),
    sa.Index(None, "imported_at"),
    comment="files that were handed in",
)
