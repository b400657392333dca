"""Observations: registry of series, features, raw values, rollups, marked hours; tickets, imported files."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The types as they were at this revision; observation_schema.py may move on.
_TIME = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    _series()
    _values()
    op.create_table(
        "ticket",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column(
            "ended_at", _TIME, nullable=True, comment="when it was closed or rejected; null while it is open"
        ),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON of Ticket"),
        sa.PrimaryKeyConstraint("feed_id", "ticket_id", name="pk_ticket"),
        comment="citizens' reports",
    )
    op.create_index("ix_ticket_opened_at", "ticket", ["opened_at"])
    op.create_index("ix_ticket_ended_at", "ticket", ["ended_at"])
    op.create_table(
        "import_record",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("imported_at", _TIME, nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON of ImportRecord"),
        sa.PrimaryKeyConstraint("digest", name="pk_import_record"),
        comment="files that were handed in",
    )
    op.create_index("ix_import_record_imported_at", "import_record", ["imported_at"])


def _series() -> None:
    op.create_table(
        "series",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("property_id", sa.Text(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("cadence_s", sa.Double(), nullable=False),
        sa.Column("period_s", sa.Double(), nullable=True, comment="null: values are instants"),
        sa.Column("value_class", sa.Text(), nullable=False),
        sa.Column("first_at", _TIME, nullable=True, comment="of its values and loaded hours"),
        sa.Column("last_at", _TIME, nullable=True, comment="of its values and loaded hours"),
        sa.PrimaryKeyConstraint("series_id", name="pk_series"),
        comment="what one feed tells of one property of one feature",
    )
    op.create_index(
        "ix_series_property_id_feature_id_feed_id_synthetic",
        "series",
        ["property_id", "feature_id", "feed_id", "synthetic"],
        unique=True,
    )
    op.create_index("ix_series_feed_id", "series", ["feed_id"])
    op.create_table(
        "feature",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON of Feature"),
        sa.PrimaryKeyConstraint("feed_id", "feature_id", name="pk_feature"),
        comment="what is observed",
    )


def _values() -> None:
    op.create_table(
        "observation",
        sa.Column("observed_at", _TIME, nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=True, comment="joined by blanks; null: none"),
        sa.PrimaryKeyConstraint("series_id", "observed_at", name="pk_observation"),
        comment="raw values",
        sqlite_with_rowid=False,
        postgresql_partition_by="RANGE (observed_at)",
    )
    op.create_table(
        "rollup",
        sa.Column("start", _TIME, nullable=False),
        sa.Column("minimum", sa.Double(), nullable=False),
        sa.Column("mean", sa.Double(), nullable=False),
        sa.Column("maximum", sa.Double(), nullable=False),
        sa.Column("last", sa.Double(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False, comment="values that the cadence promises"),
        sa.Column("grain", sa.SmallInteger(), nullable=False, comment="1 hour, 2 day, 3 week, 4 month"),
        sa.PrimaryKeyConstraint("series_id", "grain", "start", name="pk_rollup"),
        comment="series over intervals",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "marked_hour",
        sa.Column("hour", _TIME, nullable=False, comment="start of an hour of UTC"),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("touched", sa.Integer(), nullable=False, comment="how often; a writer holds the row by it"),
        sa.PrimaryKeyConstraint("hour", "series_id", name="pk_marked_hour"),
        comment="hours with new or corrected values, to be rolled",
        sqlite_with_rowid=False,
    )
