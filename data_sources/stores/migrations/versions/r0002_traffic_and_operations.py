"""Traffic and transit operations: link frames and hours, incidents, passages, service, scores, inbox."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The types as they were at this revision; schema.py may move on.
_TIME = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _traffic()
    _operations()
    op.create_table(
        "inbox",
        sa.Column("inbox_id", _ROW_ID, nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="zlib of msgpack of Payload"),
        sa.PrimaryKeyConstraint("inbox_id", name="pk_inbox"),
        comment="notifications that were pushed to us and wait to be read",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_feed_id_inbox_id", "inbox", ["feed_id", "inbox_id"])


def _traffic() -> None:
    op.create_table(
        "link_set",
        sa.Column("link_set_id", _ROW_ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="sha256 of the ids in their order"),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="zlib of msgpack: array of link ids"),
        sa.PrimaryKeyConstraint("link_set_id", name="pk_link_set"),
        comment="ids and order of the links of frames; a new one when the network changes",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_link_set_digest", "link_set", ["digest"], unique=True)
    op.create_table(
        "link_frame",
        sa.Column("minute", _TIME, autoincrement=False, nullable=False),
        sa.Column("link_set_id", _ROW_ID, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="zlib of columns, see link_codec.py"),
        sa.ForeignKeyConstraint(["link_set_id"], ["link_set.link_set_id"], name="fk_link_frame_link_set_id"),
        sa.PrimaryKeyConstraint("minute", name="pk_link_frame"),
        comment="fused state of the network at a whole minute",
    )
    op.create_index("ix_link_frame_link_set_id", "link_frame", ["link_set_id"])
    op.create_table(
        "link_hour",
        sa.Column("hour", _TIME, nullable=False, comment="start of an hour of UTC"),
        sa.Column("link_set_id", _ROW_ID, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="zlib of columns, see link_codec.py"),
        sa.ForeignKeyConstraint(["link_set_id"], ["link_set.link_set_id"], name="fk_link_hour_link_set_id"),
        sa.PrimaryKeyConstraint("hour", "link_set_id", name="pk_link_hour"),
        comment="sum of speeds and number of minutes of each link in an hour",
    )
    op.create_index("ix_link_hour_link_set_id", "link_hour", ["link_set_id"])
    op.create_table(
        "incident",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False, comment="when we first heard of it"),
        sa.Column("last_at", _TIME, nullable=False, comment="when it last changed"),
        sa.Column("closed_at", _TIME, nullable=True, comment="null while it is open"),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON of Incident"),
        sa.PrimaryKeyConstraint("feed_id", "incident_id", "opened_at", name="pk_incident"),
        comment="what disturbed traffic or service; one that comes back is a new row",
    )
    op.create_index("ix_incident_closed_at", "incident", ["closed_at"])
    op.create_index("ix_incident_opened_at", "incident", ["opened_at"])


def _operations() -> None:
    op.create_table(
        "stop_passage",
        sa.Column("route_id", sa.Text(), nullable=False),
        sa.Column("passed_at", _TIME, nullable=False),
        sa.Column("call", sa.Integer(), nullable=False, comment="index of the call in the pattern"),
        sa.Column("vehicle_id", sa.Text(), nullable=False),
        sa.Column("pattern_id", sa.Text(), nullable=False),
        sa.Column("stop_id", sa.Text(), nullable=False),
        sa.Column("uncertainty_s", sa.Double(), nullable=False),
        sa.Column("dwell_s", sa.Double(), nullable=True),
        sa.Column("trip_id", sa.Text(), nullable=True),
        sa.Column("delay_s", sa.Double(), nullable=True),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("route_id", "passed_at", "call", "vehicle_id", name="pk_stop_passage"),
        comment="a vehicle passing one call of its pattern",
    )
    op.create_index("ix_stop_passage_passed_at", "stop_passage", ["passed_at"])
    op.create_index("ix_stop_passage_stop_id_passed_at", "stop_passage", ["stop_id", "passed_at"])
    op.create_table(
        "service_minute",
        sa.Column("route_id", sa.Text(), nullable=False),
        sa.Column("minute", _TIME, nullable=False),
        sa.Column("owed", sa.Integer(), nullable=True, comment="vehicles; null where nothing says"),
        sa.Column(
            "observed", sa.Integer(), nullable=True, comment="vehicles; null when no position feed was up"
        ),
        sa.Column("passengers", sa.Integer(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("route_id", "minute", name="pk_service_minute"),
        comment="what the contract owed and positions showed, by route and minute",
    )
    op.create_index("ix_service_minute_minute", "service_minute", ["minute"])
    op.create_table(
        "prediction_score",
        sa.Column("route_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="local"),
        sa.Column("horizon_min", sa.Integer(), nullable=False, comment="upper edge"),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("sum_error_s", sa.Double(), nullable=False),
        sa.Column("sum_absolute_error_s", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("route_id", "day", "horizon_min", name="pk_prediction_score"),
        comment="errors of predictions that came true",
    )
    op.create_index("ix_prediction_score_day", "prediction_score", ["day"])
