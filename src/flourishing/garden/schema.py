"""The tables of a garden.

What is written is never changed: texts, broods and events only grow in number. What a person did is
a journal of acts, each with the events that belong to it; undoing an act sets its flag, and what
holds now is what the events say whose acts are not undone. `standing` repeats that for quick
reading, and is derived anew in the transaction that changes it.

Parents hang on the brood and not on the text, since all of a brood have the same; an edit is stored
as a brood of one. What each of several models gave is a brood of its own, since each had a prompt
of its own, and `part_of` names the brood that they shared, which has no texts and no prompt. The
tables are the same on SQLite and PostgreSQL; the search in full text is each one's own, in the
migrations.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
    text,
)

APPLICATION_ID: Final = 0x464C5247
"""Stands in the header of our SQLite files ("FLRG"), so that no other database is taken for one."""

metadata: Final = MetaData()


class Prose(TypeDecorator[str]):
    """Text of any characters.

    PostgreSQL holds no NUL, so there it is written as U+FFFE and "0", and U+FFFE itself as U+FFFE
    and "1": a noncharacter that no writing uses.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Write.

        Args:
            value: The words as Python has them.
            dialect: The dialect of the database.
        """
        if value is None or dialect.name != "postgresql":
            return value
        return value.replace("\ufffe", "\ufffe1").replace("\0", "\ufffe0")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Read.

        Args:
            value: The words as the database has them.
            dialect: The dialect of the database.
        """
        if value is None or dialect.name != "postgresql":
            return value
        return value.replace("\ufffe0", "\0").replace("\ufffe1", "\ufffe")


_Id = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts by itself on SQLite


def _key() -> Column[int]:
    return Column("id", _Id, primary_key=True)


def _to(name: str, table: str, *, needed: bool = True, primary: bool = False) -> Column[int]:
    return Column(name, _Id, ForeignKey(f"{table}.id"), nullable=not needed, primary_key=primary)


def _at() -> Column[str]:
    return Column("at", String(40), nullable=False)  # ISO 8601, UTC


gardens = Table(
    "gardens",  # one row: this one
    metadata,
    _key(),
    _at(),
    Column("made_by", String(40), nullable=False),
)

beds = Table(
    "beds",
    metadata,
    _key(),
    _at(),
    Column("name", String(200), nullable=False, unique=True),
    sqlite_autoincrement=True,  # a number is never given again
)

acts = Table(
    "acts",
    metadata,
    _key(),
    _at(),
    _to("bed_id", "beds", needed=False),
    Column("kind", String(20), nullable=False),
    Column("undone", Boolean, nullable=False, default=False),
    Index("acts_of_bed", "bed_id", "undone", "id"),
    Index("acts_undone", "undone", "id"),
    sqlite_autoincrement=True,  # a number is never given again
)

reversals = Table(
    "reversals",  # that an act was undone or redone, and when: part of what a person chose
    metadata,
    _key(),
    _at(),
    _to("act_id", "acts"),
    Column("undone", Boolean, nullable=False),
    Index("reversals_of_act", "act_id"),
)

broods = Table(
    "broods",
    metadata,
    _key(),
    _at(),
    _to("bed_id", "beds", needed=False),
    Column("kind", String(20), nullable=False),  # bred, refined, worsened, edited, found
    Column("prompt", Prose),
    Column("pattern", Prose),  # JSON
    Column("start", Prose, nullable=False, default=""),
    Column("model", Prose),
    Column("sampling", Text),  # JSON
    Column("seed", BigInteger),
    Column("reproducible", Boolean, nullable=False, default=False),
    Column("asked", Integer),
    Column("examples", Integer, nullable=False, default=0),
    Column("notes", Prose),  # JSON
    Column("usage", Text),  # JSON
    Column("shown_first", Text),  # JSON: places, where not all are shown at once
    Column("part_of", _Id, ForeignKey("broods.id")),  # the brood that several models shared
    Index("parts_of_brood", "part_of"),
    Index("broods_of_bed", "bed_id", "id"),
    Index("broods_of_kind", "kind"),
    sqlite_autoincrement=True,  # a number is never given again
)

texts = Table(
    "texts",
    metadata,
    _key(),
    _at(),
    Column("identity", LargeBinary(32), nullable=False, unique=True),
    Column("digest", LargeBinary(32), nullable=False, index=True),
    Column("content", Prose, nullable=False),
    Column("author", String(10), nullable=False),
    _to("brood_id", "broods", needed=False),
    Column("place", Integer),
    Column("aside", Boolean, nullable=False, default=False),  # replaced by a better one
    Column("seed", BigInteger),
    Column("raw", Prose),
    Column("finish", String(20)),
    Column("source", Prose),  # JSON
    Column("spans", Text),  # JSON
    Column("flaws", Prose),  # JSON
    Column("mean_logprob", Double),  # of a token, as the model reported it
    # Came by an import, and so was written by people elsewhere.
    Column("brought_in", Boolean, nullable=False, default=False, server_default=false()),
    Index("texts_of_brood", "brood_id", "place"),
    sqlite_autoincrement=True,  # a number is never given again
)

fingerprints = Table(
    "fingerprints",  # of each content once, by its first text (originality.py)
    metadata,
    Column("print", BigInteger, primary_key=True),
    _to("text_id", "texts", primary=True),
    Index("fingerprints_of_text", "text_id"),
    sqlite_with_rowid=False,
)

embedders = Table(
    "embedders",  # models that gave embeddings; those of different ones cannot be compared
    metadata,
    _key(),
    _at(),
    Column("name", Prose, nullable=False, unique=True),
)

embeddings = Table(
    "embeddings",  # of each content once by a model (embeddings.py); can all be made anew
    metadata,
    _key(),
    _to("embedder_id", "embedders"),
    Column("digest", LargeBinary(32), nullable=False),
    Column("vector", LargeBinary, nullable=False),  # float16; empty where the model gave none
    Index("embeddings_of_content", "embedder_id", "digest", unique=True),
    sqlite_autoincrement=True,  # what is newer has a higher number, also after a removal
)

pictures = Table(
    "pictures",  # that models made of texts
    metadata,
    _key(),
    _at(),
    _to("text_id", "texts"),
    Column("model", Prose, nullable=False),
    Column("prompt", Prose, nullable=False),  # what was sent
    Column("media_type", String(40), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("pictures_of_text", "text_id"),
    sqlite_autoincrement=True,  # a number is never given again
)

chains = Table(
    "chains",
    metadata,
    _key(),
    _at(),
    Column("identity", LargeBinary(32), nullable=False, unique=True),
    Column("source", Prose),  # JSON
)

chain_texts = Table(
    "chain_texts",
    metadata,
    _to("chain_id", "chains", primary=True),
    Column("place", Integer, primary_key=True),
    _to("text_id", "texts"),
    Index("chains_of_text", "text_id"),
)

brood_parents = Table(
    "brood_parents",
    metadata,
    _to("brood_id", "broods", primary=True),
    Column("place", Integer, primary_key=True),
    _to("text_id", "texts"),
    Column("role", String(10), nullable=False),  # parent, example, left out
    _to("chain_id", "chains", needed=False),
    Index("broods_of_parent", "text_id"),
    Index("broods_of_chain", "chain_id"),
)

bed_states = Table(
    "bed_states",
    metadata,
    _key(),
    _to("bed_id", "beds"),
    _to("act_id", "acts"),
    Column("state", Prose, nullable=False),  # JSON
    Index("states_of_bed", "bed_id", "id"),
)

marks = Table(
    "marks",
    metadata,
    _key(),
    _to("act_id", "acts"),
    _to("text_id", "texts"),
    Column("kind", String(10), nullable=False),  # keep, drop, pin, parent, away, tag, title, born
    Column("label", Prose, nullable=False, default=""),  # which tag, or which title
    Column("given", Boolean, nullable=False),  # False: taken back
    Column("place", Integer),  # where the text stood when it was picked, from 1; None: not known
    Column("among", Integer),  # of how many that were shown
    Index("marks_of_text", "text_id", "kind"),
    Index("marks_of_act", "act_id"),
    Index(
        "marks_of_tag",
        "label",
        sqlite_where=text("kind = 'tag'"),
        postgresql_where=text("kind = 'tag'"),
    ),
)

standing = Table(
    "standing",  # derived from marks: the mark that holds, or nothing
    metadata,
    _to("text_id", "texts", primary=True),
    Column("keep", _Id, index=True),
    Column("drop", _Id, index=True),
    Column("pin", _Id, index=True),
    Column("away", _Id, index=True),
)

collections = Table(
    "collections",
    metadata,
    _key(),
    _at(),
    Column("name", String(200), nullable=False, unique=True),
    Column("title", Prose, nullable=False, default=""),
    Column("pattern", String(200), nullable=False),
    Column("kind", Prose, nullable=False, default="", server_default=""),  # of text; "" by pattern
)

shelvings = Table(
    "shelvings",
    metadata,
    _key(),
    _to("act_id", "acts"),
    _to("collection_id", "collections"),
    _to("text_id", "texts", needed=False),
    _to("chain_id", "chains", needed=False),
    Column("given", Boolean, nullable=False),  # False: taken off
    Index("shelvings_of_collection", "collection_id", "id"),
    Index("shelvings_of_text", "text_id"),
    Index("shelvings_of_act", "act_id"),
)

runs = Table(
    "runs",  # texts evolved by a machine (runs.py)
    metadata,
    _key(),
    _at(),
    Column("name", String(200), nullable=False, unique=True),
    Column("settings", Prose, nullable=False),  # JSON
    Column("state", String(10), nullable=False),  # running, stopped, done, failed
    Column("reason", Prose, nullable=False, default=""),
    sqlite_autoincrement=True,  # a number is never given again
)

run_steps = Table(
    "run_steps",  # one prompt each; step 0 has the texts that the run began with
    metadata,
    _key(),
    _to("run_id", "runs"),
    Column("number", Integer, nullable=False),
    _at(),
    Column("emitter", String(40), nullable=False),
    _to("brood_id", "broods", needed=False),
    Column("completions", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("writing", Double, nullable=False),  # for how many of these the model wrote
    Column("error", Prose, nullable=False, default=""),
    Column("told", Boolean, nullable=False),  # whether its texts were measured
    Index("steps_of_run", "run_id", "number", unique=True),
    Index("steps_of_brood", "brood_id"),
    sqlite_autoincrement=True,
)

run_texts = Table(
    "run_texts",  # what a run found of a text, and whether it kept it: a machine's choice, for ever
    metadata,
    _key(),
    _to("run_id", "runs"),
    Column("step", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    _to("text_id", "texts"),
    Column("outcome", String(10), nullable=False),
    Column("quality", Double),
    Column("measures", Text, nullable=False),  # JSON
    Column("cell", BigInteger),
    Column("note", Prose, nullable=False, default=""),  # why it could not be measured
    Index("texts_of_run", "run_id", "step"),
    Index("runs_of_text", "text_id"),
    sqlite_autoincrement=True,
)

likenesses = Table(
    "likenesses",  # which two of three texts of a run a person found alike
    metadata,
    _key(),
    _at(),
    _to("run_id", "runs"),
    _to("one_id", "texts"),
    _to("two_id", "texts"),
    _to("odd_id", "texts"),
    Index("likenesses_of_run", "run_id"),
    sqlite_autoincrement=True,
)

__all__ = [
    "APPLICATION_ID",
    "acts",
    "bed_states",
    "beds",
    "brood_parents",
    "broods",
    "chain_texts",
    "chains",
    "collections",
    "embedders",
    "embeddings",
    "fingerprints",
    "gardens",
    "likenesses",
    "marks",
    "metadata",
    "pictures",
    "reversals",
    "run_steps",
    "run_texts",
    "runs",
    "shelvings",
    "standing",
    "texts",
]
