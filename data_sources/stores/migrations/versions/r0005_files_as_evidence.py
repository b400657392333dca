"""Files that were handed in are kept as evidence, and their records are found by feed and property."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; the feed of earlier records stands in their body, their properties nowhere."""
    digest = "import_record.digest; null: a message"
    op.add_column("payload", sa.Column("file_digest", sa.Text(), nullable=True, comment=digest))
    name = "as it was handed in; null: a message"
    op.add_column("payload", sa.Column("file_name", sa.Text(), nullable=True, comment=name))
    is_file = sa.text("file_digest IS NOT NULL")
    op.create_index(
        "ix_payload_file_digest",
        "payload",
        ["file_digest"],
        unique=True,
        postgresql_where=is_file,
        sqlite_where=is_file,
    )
    feed_id = sa.Column("feed_id", sa.Text(), nullable=False, server_default="files")
    op.add_column("import_record", feed_id)
    told = "between blanks; null: not known"
    op.add_column("import_record", sa.Column("properties", sa.Text(), nullable=True, comment=told))
    is_sqlite = op.get_context().dialect.name == "sqlite"
    in_body = "json_extract(body, '$.feed_id')" if is_sqlite else "CAST(body AS json) ->> 'feed_id'"
    op.execute(f"UPDATE import_record SET feed_id = {in_body}")  # noqa: S608 - of the two above
