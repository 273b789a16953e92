"""Which two of three texts of a run a person found alike.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "likenesses",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("run_id", ID, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("one_id", ID, sa.ForeignKey("texts.id"), nullable=False),
        sa.Column("two_id", ID, sa.ForeignKey("texts.id"), nullable=False),
        sa.Column("odd_id", ID, sa.ForeignKey("texts.id"), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("likenesses_of_run", "likenesses", ["run_id"])
