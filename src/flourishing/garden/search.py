"""Finding texts: page by page, by the words in them, the runs of words they share, and meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from flourishing.core.originality import LIKELIEST, Echo, compare, probes, strongest
from flourishing.errors import InputError
from flourishing.garden.beds import Bed, as_bed
from flourishing.garden.database import Database
from flourishing.garden.embeddings import Embeddings
from flourishing.garden.journal import BORN
from flourishing.garden.rows import Mark, Stored, is_sound, to_bytes
from flourishing.garden.schema import (
    acts,
    brood_parents,
    broods,
    chain_texts,
    collections,
    fingerprints,
    marks,
    shelvings,
    standing,
    texts,
)
from flourishing.garden.text_reader import not_undone, read, rows_in

if TYPE_CHECKING:
    from flourishing.garden.embeddings import Floats

PAGE: Final = 50
"""The number of texts of a page, by default."""
_CANDIDATES: Final = 200
"""So many texts are looked at by their whole embeddings, and more for a longer page."""
_CANDIDATES_EACH: Final = 4
_MORE: Final = 8
"""Times as many are looked at where too few of them are of those that are wanted."""
_WORD: Final = re.compile(r"\w+")
_COMMON: Final = 200
"""Four words that more texts have in a row are a set phrase, which is no sign of a source."""
_INDEX: Final = sa.table(
    "texts_words", sa.column("rowid", sa.Integer), sa.column("texts_words", sa.String)
)
"""SQLite's index of words; it gives the newest first by itself, and stops when a page is full."""


@dataclass(frozen=True, slots=True)
class Near:
    """A text that lies near another by meaning.

    Attributes:
        text: The text.
        likeness: The cosine of their embeddings, without what all texts have in common: 1 for the
            same text, about 0 for any two.
    """

    text: Stored
    likeness: float

    def as_dict(self) -> dict[str, object]:
        """Give the text with its likeness as plain data for JSON."""
        return self.text.as_dict() | {"likeness": round(self.likeness, 4)}


class Search:
    """The ways to find a text of a garden.

    Args:
        database: The database of the garden.
        embeddings: The embeddings of its texts.
    """

    def __init__(self, database: Database, embeddings: Embeddings) -> None:
        self._database = database
        self._embeddings = embeddings

    def contents(self, digests: Iterable[str]) -> dict[str, list[Stored]]:
        """Give the texts whose contents have these digests, those with the lowest numbers first.

        Args:
            digests: The digests.
        """
        keys = list(dict.fromkeys(map(to_bytes, digests)))
        found: dict[str, list[Stored]] = {}
        with self._database.reading() as connection:
            ids = [
                row.id for row in rows_in(connection, sa.select(texts.c.id), texts.c.digest, keys)
            ]
            for text in read(connection, sorted(ids)):
                found.setdefault(text.digest, []).append(text)
        return found

    def of_undone_imports(self, ids: Iterable[int]) -> set[int]:
        """Give those of these texts that an import brought which was undone.

        Args:
            ids: The numbers of the texts.
        """
        query = (
            sa.select(marks.c.text_id)
            .join(acts, acts.c.id == marks.c.act_id)
            .where(
                marks.c.kind.in_(("keep", BORN)),
                acts.c.kind == "import",
                acts.c.undone.is_(True),
            )
        )
        with self._database.reading() as connection:
            return {row.text_id for row in rows_in(connection, query, marks.c.text_id, ids)}

    def page(
        self,
        mark: Mark | None = None,
        *,
        tag: str | None = None,
        bed: Bed | None = None,
        before: int | None = None,
        limit: int = PAGE,
    ) -> list[Stored]:
        """Give a page of texts, the newest first.

        Args:
            mark: Only texts with this mark, the last marked first; None for all that are not put
                away.
            tag: Only texts with this tag.
            bed: Only texts that were bred, edited or marked in this bed.
            before: The number of the last text of the page before.
            limit: How many.
        """
        with self._database.reading() as connection:
            query = _page(connection, mark, before)
            if tag is not None:
                query = query.where(texts.c.id.in_(_tagged(tag)))
            if bed is not None:
                query = query.where(texts.c.id.in_(of_bed(bed)))
            return read(connection, list(connection.execute(query.limit(limit)).scalars()))

    def words(
        self,
        words: str,
        *,
        mark: Mark | None = None,
        tag: str | None = None,
        bed: Bed | None = None,
        before: int | None = None,
        limit: int = PAGE,
    ) -> list[Stored]:
        """Give the texts in which, or in whose title, all of these words stand, the newest first.

        Case and, on SQLite, accents make no difference; the last word may be a beginning.

        Args:
            words: The words.
            mark: Only texts with this mark; None for all that are not put away.
            tag: Only texts with this tag.
            bed: Only texts that were bred, edited or marked in this bed.
            before: The number of the last text of the page before.
            limit: How many.

        Raises:
            InputError: There is no word to look for.
        """
        wanted = _WORD.findall(words)
        if not wanted:
            raise InputError(f"There is no word in {words[:40]!r}.", hint="Give one or more words.")
        where = _sqlite_match if self._database.on_sqlite else _postgresql_match

        def those(key: sa.ColumnElement[int], match: sa.ColumnElement[bool]) -> sa.Select[Any]:
            query = (
                sa.select(key)
                .outerjoin(standing, standing.c.text_id == key)
                .where(match, _has(mark))
                .order_by(key.desc())
                .limit(limit)
            )
            if tag is not None:
                query = query.where(key.in_(_tagged(tag)))
            if bed is not None:
                query = query.where(key.in_(of_bed(bed)))
            return query if before is None else query.where(key < before)

        with self._database.reading() as connection:
            found = set(connection.execute(those(*where(wanted))).scalars())
            # Asked for apart: the index of words stops by itself when a page is full.
            if titled := _titled(connection, wanted):
                match = texts.c.id.in_(titled)
                found.update(connection.execute(those(texts.c.id, match)).scalars())
            return read(connection, sorted(found, reverse=True)[:limit])

    def near(
        self,
        vector: Floats,
        model: str,
        *,
        mark: Mark | None = None,
        tag: str | None = None,
        bed: Bed | None = None,
        but: Iterable[bytes] = (),
        limit: int = PAGE,
    ) -> list[Near]:
        """Give the texts that lie near an embedding, the nearest first, each content once.

        Args:
            vector: The embedding.
            model: The name of the model that gave it; only texts that the same one has embedded
                are found.
            mark: Only texts with this mark; None for all that are not put away.
            tag: Only texts with this tag.
            bed: Only texts that were bred, edited or marked in this bed.
            but: The digests of contents that are left out.
            limit: How many.
        """
        query = (
            sa.select(sa.func.min(texts.c.id).label("id"), texts.c.digest)
            .outerjoin(standing, standing.c.text_id == texts.c.id)
            .where(texts.c.aside.is_(False), _has(mark))
            .group_by(texts.c.digest)
        )
        if tag is not None:
            query = query.where(texts.c.id.in_(_tagged(tag)))
        if bed is not None:
            query = query.where(texts.c.id.in_(of_bed(bed)))
        left_out = set(but)
        looked_at = max(_CANDIDATES, _CANDIDATES_EACH * limit)
        asked = looked_at if mark is None and tag is None and bed is None else _MORE * looked_at
        while True:
            near = self._embeddings.candidates(model, vector, asked)
            with self._database.reading() as connection:
                wanted = (digest for digest in near if digest not in left_out)
                rows = rows_in(connection, query, texts.c.digest, wanted)
                ids = {bytes(row.digest): row.id for row in rows}
            if len(ids) >= limit or len(near) < asked:
                break
            asked *= _MORE
        nearest = [digest for digest in near if digest in ids][:looked_at]
        found = self._embeddings.likeness(model, vector, nearest)[:limit]
        with self._database.reading() as connection:
            stored = read(connection, [ids[digest] for digest, _ in found])
        return [Near(text, like) for text, (_, like) in zip(stored, found, strict=True)]

    def tags(self) -> dict[str, int]:
        """Give all tags, and how many texts have each, the most used first."""
        latest = sa.select(sa.func.max(marks.c.id)).where(marks.c.kind == "tag", not_undone(marks))
        query = (
            sa.select(marks.c.label, sa.func.count().label("texts"))
            .outerjoin(standing, standing.c.text_id == marks.c.text_id)
            .where(
                marks.c.id.in_(latest.group_by(marks.c.text_id, marks.c.label)),
                marks.c.given,
                standing.c.away.is_(None),
            )
            .group_by(marks.c.label)
            .order_by(sa.desc("texts"), marks.c.label)
        )
        with self._database.reading() as connection:
            return {row.label: row.texts for row in connection.execute(query)}

    def children(self, id: int, *, before: int | None = None, limit: int = PAGE) -> list[Stored]:
        """Give what was bred, refined or edited from a text itself, the newest first.

        Args:
            id: The number of the text.
            before: The number of the last text of the page before.
            limit: How many.
        """
        of = sa.select(brood_parents.c.brood_id).where(
            brood_parents.c.text_id == id, brood_parents.c.role == "parent"
        )
        query = (
            sa.select(texts.c.id)
            .outerjoin(standing, standing.c.text_id == texts.c.id)
            .where(texts.c.brood_id.in_(of), texts.c.aside.is_(False), standing.c.away.is_(None))
            .order_by(texts.c.id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(texts.c.id < before)
        with self._database.reading() as connection:
            return read(connection, list(connection.execute(query).scalars()))

    def shelves(self, id: int) -> list[str]:
        """Give the names of the collections on which a text was put, by itself or in a chain.

        Args:
            id: The number of the text.
        """
        its_chains = sa.select(chain_texts.c.chain_id).where(chain_texts.c.text_id == id)
        latest = (
            sa.select(sa.func.max(shelvings.c.id))
            .join(acts, acts.c.id == shelvings.c.act_id)
            .where(
                sa.or_(shelvings.c.text_id == id, shelvings.c.chain_id.in_(its_chains)),
                acts.c.undone.is_(False),
            )
            .group_by(shelvings.c.collection_id, shelvings.c.text_id, shelvings.c.chain_id)
        )
        query = (
            sa.select(collections.c.name)
            .join(shelvings, shelvings.c.collection_id == collections.c.id)
            .where(shelvings.c.id.in_(latest), shelvings.c.given)
            .distinct()
            .order_by(collections.c.name)
        )
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())

    def echoes(self, content: str, *, but: tuple[int, ...] = ()) -> tuple[Echo, ...]:
        """Give the texts that share runs of words with a text, the longest run first.

        Args:
            content: The text.
            but: The numbers of texts that are not looked at, such as the text itself.
        """
        hashes = list(probes(content))
        if not hashes:
            return ()
        with self._database.reading() as connection:
            ids = _likeliest(connection, hashes, but)
            # Contents alone: where they come from is read for those few that are echoes.
            near = connection.execute(
                sa.select(texts.c.id, texts.c.content).where(
                    texts.c.id.in_(ids),
                    texts.c.aside.is_(False),  # what was replaced nobody has seen
                )
            ).all()
            found = {
                text.id: text
                for text in read(
                    connection,
                    [
                        row.id
                        for row in near
                        if is_sound(row.content) and compare(content, _bare(row), "garden")
                    ],
                )
            }
        return strongest(compare(content, text, "garden") for text in found.values())


def _bare(row: sa.Row[Any, Any]) -> Stored:
    return Stored(row.content, id=row.id)


def _likeliest(connection: sa.Connection, hashes: list[int], but: tuple[int, ...]) -> list[int]:
    """Give the numbers of the texts that share the most fingerprints with these."""
    shared = sa.select(fingerprints.c.print).where(fingerprints.c.print.in_(hashes))
    rare = shared.group_by(fingerprints.c.print).having(sa.func.count() <= _COMMON)
    for wanted in (rare, shared):  # set phrases only where there is nothing else
        query = (
            sa.select(fingerprints.c.text_id)
            .where(fingerprints.c.print.in_(wanted), fingerprints.c.text_id.not_in(but))
            .group_by(fingerprints.c.text_id)
            .order_by(sa.func.count().desc(), fingerprints.c.text_id)
            .limit(LIKELIEST)
        )
        if found := list(connection.execute(query).scalars()):
            return found
    return []


def _page(connection: sa.Connection, mark: Mark | None, before: int | None) -> sa.Select[Any]:
    if mark is None:
        query = (
            sa.select(texts.c.id)
            .outerjoin(standing, standing.c.text_id == texts.c.id)
            .where(
                standing.c.away.is_(None),
                texts.c.aside.is_(False),
                # Texts of the library are here because they were parents, unless they were kept.
                sa.or_(texts.c.source.is_(None), standing.c.keep.is_not(None)),
            )
            .order_by(texts.c.id.desc())
        )
        return query if before is None else query.where(texts.c.id < before)
    column = standing.c[mark]
    query = (
        sa.select(texts.c.id)
        .join(standing, standing.c.text_id == texts.c.id)
        .where(_has(mark), column.is_not(None))
        .order_by(column.desc())
    )
    if before is None:
        return query
    last = connection.execute(sa.select(column).where(standing.c.text_id == before)).scalar()
    return query.where(column < (last or 0))


def _has(mark: Mark | None) -> sa.ColumnElement[bool]:
    """Ask for a mark, and for what is not put away unless that is the mark."""
    if mark == "away":
        return standing.c.away.is_not(None)
    # Not IS NULL: SQLite would begin with all that are not away, as if those were few.
    not_away = sa.func.coalesce(standing.c.away, 0) == 0
    return not_away if mark is None else sa.and_(not_away, standing.c[mark].is_not(None))


def _tagged(tag: str) -> sa.Select[Any]:
    latest = (
        sa.select(sa.func.max(marks.c.id))
        .where(marks.c.kind == "tag", marks.c.label == tag, not_undone(marks))
        .group_by(marks.c.text_id)
    )
    return sa.select(marks.c.text_id).where(marks.c.id.in_(latest), marks.c.given)


def _titled(connection: sa.Connection, words: list[str]) -> list[int]:
    """Give the numbers of the texts in whose titles all of these words stand."""
    query = (
        sa.select(marks.c.text_id, marks.c.label)
        .where(marks.c.kind == "title", not_undone(marks))
        .order_by(marks.c.id)
    )
    titles = {row.text_id: row.label for row in connection.execute(query)}  # the last one holds
    *whole, last = (_folded(word) for word in words)
    found = []
    for id, title in titles.items():
        its = _WORD.findall(_folded(title))
        if set(whole) <= set(its) and any(word.startswith(last) for word in its):
            found.append(id)
    return found


def _folded(words: str) -> str:
    """Give words without their case and accents."""
    apart = unicodedata.normalize("NFKD", words.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def of_bed(*beds: Bed) -> sa.CompoundSelect[Any]:
    """Ask for what was bred in a bed, and for what was marked there, as every edit is.

    Args:
        *beds: The bed, or several.
    """
    ids = [as_bed(bed).id for bed in beds]
    bred = (
        sa.select(texts.c.id)
        .join(broods, broods.c.id == texts.c.brood_id)
        .where(broods.c.bed_id.in_(ids))
    )
    marked = (
        sa.select(marks.c.text_id)
        .join(acts, acts.c.id == marks.c.act_id)
        .where(acts.c.bed_id.in_(ids), acts.c.undone.is_(False))
    )
    return bred.union(marked)


def _sqlite_match(words: list[str]) -> tuple[sa.ColumnElement[int], sa.ColumnElement[bool]]:
    """Say where a text's number stands, and what it has to match."""
    # Quoted, so that no word is taken for an operator of the search's language.
    match = " ".join(f'"{word}"' for word in words) + "*"
    return _INDEX.c.rowid, _INDEX.c.texts_words.op("MATCH")(match)


def _postgresql_match(words: list[str]) -> tuple[sa.ColumnElement[int], sa.ColumnElement[bool]]:
    """Say where a text's number stands, and what it has to match."""
    query = " & ".join(f"'{word}'" for word in words) + ":*"
    vector = sa.func.to_tsvector(sa.literal_column("'simple'"), texts.c.content)
    wanted = sa.func.to_tsquery(sa.literal_column("'simple'"), query)
    return texts.c.id, vector.op("@@")(wanted)
