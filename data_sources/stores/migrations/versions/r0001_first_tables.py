"""First tables: batches and frames of positions, trip updates, alerts, payloads, quarantine, feeds."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The types as they were at this revision; schema.py may move on.
_TIME = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "alert_batch",
        sa.Column("seq", _ROW_ID, nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("first_at", _TIME, nullable=False, comment="when this content first came"),
        sa.Column("last_at", _TIME, nullable=False, comment="when it came last, unchanged"),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="sha256 of the content"),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="zlib of msgpack, see codec.py"),
        sa.PrimaryKeyConstraint("seq", name="pk_alert_batch"),
        comment="service alerts of a feed while they did not change",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_batch_feed_id_seq", "alert_batch", ["feed_id", "seq"])
    op.create_index("ix_alert_batch_last_at", "alert_batch", ["last_at"])
    op.create_table(
        "feed_status",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="JSON of FeedStatus"),
        sa.PrimaryKeyConstraint("feed_id", name="pk_feed_status"),
        comment="how each feed is doing",
    )
    op.create_table(
        "payload",
        sa.Column("payload_id", _ROW_ID, nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False, comment="of the messages, see codec.py"),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False, comment="of the messages as received"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="zlib of msgpack: array of messages"),
        sa.PrimaryKeyConstraint("payload_id", name="pk_payload"),
        comment="evidence: bytes as they came over the wire",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_payload_feed_id_payload_id", "payload", ["feed_id", "payload_id"])
    op.create_index("ix_payload_received_at", "payload", ["received_at"])
    op.create_table(
        "position_batch",
        sa.Column("seq", _ROW_ID, nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("first_at", _TIME, nullable=False, comment="earliest received_at of its fixes"),
        sa.Column("last_at", _TIME, nullable=False, comment="latest received_at of its fixes"),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="zlib of msgpack, see codec.py"),
        sa.PrimaryKeyConstraint("seq", name="pk_position_batch"),
        comment="one acknowledged message; folded into position_frame when its minute is over",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_position_batch_feed_id_last_at", "position_batch", ["feed_id", "last_at"])
    op.create_index("ix_position_batch_last_at", "position_batch", ["last_at"])
    op.create_table(
        "position_frame",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("minute", _TIME, nullable=False, comment="start of the minute of received_at"),
        sa.Column(
            "revision", sa.Integer(), nullable=False, comment="counts rewrites; a lost race shows here"
        ),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="zlib of columns, see frame_codec.py"),
        sa.PrimaryKeyConstraint("feed_id", "minute", name="pk_position_frame"),
        comment="all fixes of one feed received in one minute",
    )
    op.create_index("ix_position_frame_minute", "position_frame", ["minute"])
    op.create_table(
        "trip_update_batch",
        sa.Column("seq", _ROW_ID, nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("first_at", _TIME, nullable=False, comment="when this content first came"),
        sa.Column("last_at", _TIME, nullable=False, comment="when it came last, unchanged"),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="sha256 of the content"),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="zlib of msgpack, see codec.py"),
        sa.PrimaryKeyConstraint("seq", name="pk_trip_update_batch"),
        comment="trip updates of a feed while they did not change",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_trip_update_batch_feed_id_seq", "trip_update_batch", ["feed_id", "seq"])
    op.create_index("ix_trip_update_batch_last_at", "trip_update_batch", ["last_at"])
    op.create_table(
        "quarantine",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("first_at", _TIME, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("payload_id", _ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["payload_id"], ["payload.payload_id"], name="fk_quarantine_payload_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("feed_id", "code", "entity_id", name="pk_quarantine"),
        comment="refused entities; repeated refusals are folded",
    )
    op.create_index("ix_quarantine_last_at", "quarantine", ["last_at"])
    op.create_index("ix_quarantine_payload_id", "quarantine", ["payload_id"])
