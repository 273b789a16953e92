"""Broods of several models: what each of them gave is a brood that is a part of another.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column."""
    kind = "INTEGER" if op.get_context().dialect.name == "sqlite" else "BIGINT"
    # Not `add_column`: on SQLite, Alembic adds none that refers to another row.
    op.execute(f"ALTER TABLE broods ADD COLUMN part_of {kind} REFERENCES broods (id)")
    op.create_index("parts_of_brood", "broods", ["part_of"])
