"""Runs: texts that were evolved by a machine, with what was measured of each.

What was there is of no run.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "runs",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "run_steps",
        sa.Column("id", ID, primary_key=True),
        sa.Column("run_id", ID, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("emitter", sa.String(40), nullable=False),
        sa.Column("brood_id", ID, sa.ForeignKey("broods.id")),
        sa.Column("completions", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("writing", sa.Double(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("steps_of_run", "run_steps", ["run_id", "number"], unique=True)
    op.create_index("steps_of_brood", "run_steps", ["brood_id"])
    op.create_table(
        "run_texts",
        sa.Column("id", ID, primary_key=True),
        sa.Column("run_id", ID, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text_id", ID, sa.ForeignKey("texts.id"), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("quality", sa.Double()),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("cell", sa.BigInteger()),
        sa.Column("note", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("texts_of_run", "run_texts", ["run_id", "step"])
    op.create_index("runs_of_text", "run_texts", ["text_id"])
