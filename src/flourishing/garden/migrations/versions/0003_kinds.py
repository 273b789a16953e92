"""Kinds: a collection names the kind of text that it holds.

What was there names none: its kind follows from its pattern.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column."""
    op.add_column("collections", sa.Column("kind", sa.Text(), nullable=False, server_default=""))
