"""Embeddings of texts, and where a text stood when it was picked.

What was there has neither: embeddings are made in the background, and where something stood is not
known of earlier marks.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and add the columns."""
    op.create_table(
        "embedders",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
    )
    op.create_table(
        "embeddings",
        sa.Column("id", ID, primary_key=True),
        sa.Column("embedder_id", ID, sa.ForeignKey("embedders.id"), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("embeddings_of_content", "embeddings", ["embedder_id", "digest"], unique=True)
    op.add_column("marks", sa.Column("place", sa.Integer()))
    op.add_column("marks", sa.Column("among", sa.Integer()))
