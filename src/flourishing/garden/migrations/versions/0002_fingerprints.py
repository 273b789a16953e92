"""Fingerprints: which texts share runs of words.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flourishing.core.originality import fingerprints

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table, and fill it from the texts that are there: each content once."""
    table = op.create_table(
        "fingerprints",
        sa.Column("print", sa.BigInteger(), nullable=False),
        sa.Column("text_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["text_id"], ["texts.id"]),
        sa.PrimaryKeyConstraint("print", "text_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("fingerprints_of_text", "fingerprints", ["text_id"])
    connection = op.get_bind()
    firsts = sa.text(
        "SELECT id, content FROM texts WHERE id IN (SELECT min(id) FROM texts GROUP BY digest)"
    )
    for id, content in connection.execute(firsts).all():
        rows = [{"print": each, "text_id": id} for each in fingerprints(content)]
        if rows:
            connection.execute(sa.insert(table), rows)
