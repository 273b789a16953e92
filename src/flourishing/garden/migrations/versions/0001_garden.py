"""The first garden.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flourishing.garden.schema import APPLICATION_ID

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and the index for searching in full text."""
    op.create_table(
        "beds",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "chains",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("identity", sa.LargeBinary(length=32), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("identity"),
    )
    op.create_table(
        "collections",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("pattern", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "gardens",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "acts",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("bed_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bed_id"],
            ["beds.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("acts_of_bed", "acts", ["bed_id", "undone", "id"], unique=False)
    op.create_index("acts_undone", "acts", ["undone", "id"], unique=False)
    op.create_table(
        "broods",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("bed_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=True),
        sa.Column("pattern", sa.Text(), nullable=True),
        sa.Column("start", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("sampling", sa.Text(), nullable=True),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("reproducible", sa.Boolean(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=True),
        sa.Column("examples", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("usage", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bed_id"],
            ["beds.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("broods_of_kind", "broods", ["kind"], unique=False)
    op.create_index("broods_of_bed", "broods", ["bed_id", "id"], unique=False)
    op.create_table(
        "bed_states",
        sa.Column("id", ID, nullable=False),
        sa.Column("bed_id", ID, nullable=False),
        sa.Column("act_id", ID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["act_id"],
            ["acts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["bed_id"],
            ["beds.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("states_of_bed", "bed_states", ["bed_id", "id"], unique=False)
    op.create_table(
        "reversals",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("act_id", ID, nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["act_id"],
            ["acts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("reversals_of_act", "reversals", ["act_id"], unique=False)
    op.create_table(
        "texts",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("identity", sa.LargeBinary(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=10), nullable=False),
        sa.Column("brood_id", ID, nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("aside", sa.Boolean(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("finish", sa.String(length=20), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("spans", sa.Text(), nullable=True),
        sa.Column("flaws", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["brood_id"],
            ["broods.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("identity"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_texts_digest"), "texts", ["digest"], unique=False)
    op.create_index("texts_of_brood", "texts", ["brood_id", "place"], unique=False)
    op.create_table(
        "brood_parents",
        sa.Column("brood_id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text_id", ID, nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("chain_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["brood_id"],
            ["broods.id"],
        ),
        sa.ForeignKeyConstraint(
            ["chain_id"],
            ["chains.id"],
        ),
        sa.ForeignKeyConstraint(
            ["text_id"],
            ["texts.id"],
        ),
        sa.PrimaryKeyConstraint("brood_id", "place"),
    )
    op.create_index("broods_of_chain", "brood_parents", ["chain_id"], unique=False)
    op.create_index("broods_of_parent", "brood_parents", ["text_id"], unique=False)
    op.create_table(
        "chain_texts",
        sa.Column("chain_id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["chain_id"],
            ["chains.id"],
        ),
        sa.ForeignKeyConstraint(
            ["text_id"],
            ["texts.id"],
        ),
        sa.PrimaryKeyConstraint("chain_id", "place"),
    )
    op.create_index("chains_of_text", "chain_texts", ["text_id"], unique=False)
    op.create_table(
        "marks",
        sa.Column("id", ID, nullable=False),
        sa.Column("act_id", ID, nullable=False),
        sa.Column("text_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["act_id"],
            ["acts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["text_id"],
            ["texts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "marks_of_tag",
        "marks",
        ["label"],
        unique=False,
        sqlite_where=sa.text("kind = 'tag'"),
        postgresql_where=sa.text("kind = 'tag'"),
    )
    op.create_index("marks_of_act", "marks", ["act_id"], unique=False)
    op.create_index("marks_of_text", "marks", ["text_id", "kind"], unique=False)
    op.create_table(
        "shelvings",
        sa.Column("id", ID, nullable=False),
        sa.Column("act_id", ID, nullable=False),
        sa.Column("collection_id", ID, nullable=False),
        sa.Column("text_id", ID, nullable=True),
        sa.Column("chain_id", ID, nullable=True),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["act_id"],
            ["acts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["chain_id"],
            ["chains.id"],
        ),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collections.id"],
        ),
        sa.ForeignKeyConstraint(
            ["text_id"],
            ["texts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("shelvings_of_act", "shelvings", ["act_id"], unique=False)
    op.create_index("shelvings_of_collection", "shelvings", ["collection_id", "id"], unique=False)
    op.create_index("shelvings_of_text", "shelvings", ["text_id"], unique=False)
    op.create_table(
        "standing",
        sa.Column("text_id", ID, nullable=False),
        sa.Column("keep", ID, nullable=True),
        sa.Column("drop", ID, nullable=True),
        sa.Column("pin", ID, nullable=True),
        sa.Column("away", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["text_id"],
            ["texts.id"],
        ),
        sa.PrimaryKeyConstraint("text_id"),
    )
    op.create_index(op.f("ix_standing_away"), "standing", ["away"], unique=False)
    op.create_index(op.f("ix_standing_drop"), "standing", ["drop"], unique=False)
    op.create_index(op.f("ix_standing_keep"), "standing", ["keep"], unique=False)
    op.create_index(op.f("ix_standing_pin"), "standing", ["pin"], unique=False)

    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        op.execute(
            "CREATE VIRTUAL TABLE texts_words USING fts5("
            "content, content='texts', content_rowid='id', "
            # Also of beginnings: a search as one types would read every word that begins so.
            "prefix='1 2 3', tokenize='unicode61 remove_diacritics 2')"
        )
        op.execute(
            "CREATE TRIGGER texts_words_added AFTER INSERT ON texts BEGIN "
            "INSERT INTO texts_words(rowid, content) VALUES (new.id, new.content); END"
        )
        op.execute(
            "CREATE TRIGGER texts_words_emptied AFTER DELETE ON texts BEGIN "
            "INSERT INTO texts_words(texts_words, rowid, content) "
            "VALUES ('delete', old.id, old.content); END"
        )
    else:
        op.execute("CREATE INDEX texts_words ON texts USING gin (to_tsvector('simple', content))")
