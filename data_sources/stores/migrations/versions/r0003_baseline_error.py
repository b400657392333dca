"""Errors of the schedule alone, beside those of the predictor; null in rows that were scored before."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    comment = "absolute, of the schedule alone; null: not kept"
    op.add_column(
        "prediction_score", sa.Column("sum_baseline_error_s", sa.Double(), nullable=True, comment=comment)
    )
