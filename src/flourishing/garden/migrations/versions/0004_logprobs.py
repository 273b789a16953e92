"""Log-probabilities: a text keeps the mean of its tokens, as the model reported it.

What was there has none.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column."""
    op.add_column("texts", sa.Column("mean_logprob", sa.Double(), nullable=True))
