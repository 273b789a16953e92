"""Candidates: a brood remembers which of its offspring are shown first, and in which order.

Of what was there, all are shown in their places.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column."""
    op.add_column("broods", sa.Column("shown_first", sa.Text(), nullable=True))
