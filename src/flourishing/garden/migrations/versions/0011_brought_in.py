"""Authorship: a text that was imported remembers that people elsewhere wrote it.

Of what was there, nobody knows, so it stays that of the persons here.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column."""
    op.add_column(
        "texts",
        sa.Column("brought_in", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
