"""The embeddings of a garden's texts, and which texts lie near a vector.

Each content has one for each model that embedded it, as float16. They are made in the background,
a batch in a transaction of its own, and can all be made anew.

To find what is near, a process keeps one matrix for each model, loaded once, to which what is new
is added before each look. It has the 128 principal components of the texts, as float32 (51 MB for
100,000 texts): one product gives candidates, and their whole embeddings, read from the database,
give the order. Likeness is the cosine after the mean of the texts was taken from both, since the
embeddings of a model have a large part in common.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from flourishing.errors import InputError
from flourishing.garden.database import Database, now
from flourishing.garden.rows import new_key
from flourishing.garden.schema import embedders, embeddings, standing, texts
from flourishing.garden.text_reader import rows_in
from flourishing.garden.text_writer import MANY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_COMPONENTS: Final = 128
"""Numbers of a text in the matrix."""
_FITTED: Final = 2_000
"""Texts from which the mean and the components are taken."""
_OUTGROWN: Final = 4
"""The matrix is loaded anew once it has so many times the texts that its components are of."""


@dataclass(frozen=True, slots=True)
class Unembedded:
    """A content that a model has not embedded yet.

    Attributes:
        digest: The digest of the content.
        content: The content.
    """

    digest: bytes
    content: str


@dataclass(slots=True)
class _Matrix:
    """What a process keeps of the embeddings of one model.

    Attributes:
        middle: The mean of the texts, each brought to the length 1.
        components: The principal components, a column each.
        rows: What the texts have of these, brought to the length 1; some rows are still free.
        digests: The digest of each row.
        last: The number of the last embedding that was loaded.
        fitted: From how many texts the components are.
    """

    middle: Floats
    components: Floats
    rows: Floats
    digests: list[bytes] = field(default_factory=list)
    last: int = 0
    fitted: int = 0

    def add(self, digests: Sequence[bytes], vectors: Floats) -> None:
        """Add texts at the end."""
        import numpy as np

        begin, end = len(self.digests), len(self.digests) + len(digests)
        if end > len(self.rows):
            grown = np.empty((max(end, 3 * len(self.rows) // 2), self.rows.shape[1]), np.float32)
            grown[:begin] = self.rows[:begin]
            self.rows = grown
        self.rows[begin:end] = _unit((_unit(vectors) - self.middle) @ self.components)
        self.digests += digests

    def likeliest(self, vector: Floats, many: int) -> list[bytes]:
        """Give the texts that are nearest by their components, the nearest first."""
        import numpy as np

        wanted = (_unit(vector[None]) - self.middle) @ self.components
        likeness = self.rows[: len(self.digests)] @ _unit(wanted)[0]
        order = np.arange(len(likeness))
        if many < len(order):
            order = np.argpartition(-likeness, many)[:many]
        return [self.digests[at] for at in order[np.argsort(-likeness[order], kind="stable")]]


class Embeddings:
    """The embeddings of a garden's texts.

    Args:
        database: The database of the garden.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._matrices: dict[str, _Matrix] = {}

    def missing(
        self, model: str, limit: int, *, ids: Iterable[int] | None = None
    ) -> list[Unembedded]:
        """Give contents that a model has not embedded, the newest first.

        Args:
            model: The name of the model.
            limit: How many at most.
            ids: Only those of the texts with these numbers; None for all that are not put away.
        """
        query = sa.select(texts.c.id, texts.c.digest, texts.c.content)
        with self._database.reading() as connection:
            if (embedder := _number(connection, model)) is not None:
                done = sa.select(embeddings.c.id).where(
                    embeddings.c.embedder_id == embedder, embeddings.c.digest == texts.c.digest
                )
                query = query.where(~done.exists())
            if ids is not None:
                rows = list(rows_in(connection, query, texts.c.id, ids))
            else:
                query = _not_away(query).order_by(texts.c.id.desc()).limit(limit)
                rows = list(connection.execute(query))
        found = {bytes(row.digest): row.content for row in rows}
        return [Unembedded(*each) for each in list(found.items())[:limit]]

    def put(self, model: str, given: Mapping[bytes, Floats | None]) -> None:
        """Store embeddings; what is there already stays.

        Args:
            model: The name of the model.
            given: The embedding of each content by its digest; None where the model gives none, so
                that it is not asked again.
        """
        import numpy as np

        with self._database.writing() as connection:
            embedder = _number(connection, model)
            if embedder is None:
                embedder = new_key(
                    connection.execute(embedders.insert().values(at=now(), name=model))
                )
            query = sa.select(embeddings.c.digest).where(embeddings.c.embedder_id == embedder)
            there = {
                bytes(row.digest) for row in rows_in(connection, query, embeddings.c.digest, given)
            }
            rows = [
                {
                    "embedder_id": embedder,
                    "digest": digest,
                    "vector": b"" if vector is None else _packed(np.asarray(vector, np.float32)),
                }
                for digest, vector in given.items()
                if digest not in there
            ]
            if rows:
                connection.execute(embeddings.insert(), rows)

    def of(self, model: str, ids: Sequence[int]) -> tuple[list[int], Floats]:
        """Give the embeddings of texts, as far as there are any.

        Args:
            model: The name of the model.
            ids: The numbers of the texts.

        Returns:
            The numbers of those that have one, in their order, and an array of a row for each.
        """
        with self._database.reading() as connection:
            query = sa.select(texts.c.id, texts.c.digest)
            digests = {
                row.id: bytes(row.digest) for row in rows_in(connection, query, texts.c.id, ids)
            }
            vectors = _vectors(connection, model, digests.values())
        found = [id for id in ids if digests.get(id) in vectors]
        return found, _stacked([vectors[digests[id]] for id in found])

    def by_digest(self, model: str, digest: bytes) -> Floats | None:
        """Give the embedding of a content, or None.

        Args:
            model: The name of the model.
            digest: The digest of the content.
        """
        with self._database.reading() as connection:
            vectors = _vectors(connection, model, [digest])
        return _stacked([vectors[digest]])[0] if vectors else None

    def sample(self, model: str, many: int) -> Floats:
        """Give embeddings spread evenly over all, to see what the texts differ in.

        Args:
            model: The name of the model.
            many: How many at most.
        """
        with self._database.reading() as connection:
            embedder = _number(connection, model)
            return _sampled(connection, embedder, many) if embedder is not None else _stacked([])

    def has_any(self, model: str) -> bool:
        """Say whether a model has embedded any text.

        Args:
            model: The name of the model.
        """
        with self._database.reading() as connection:
            embedder = _number(connection, model)
            its = embeddings.c.embedder_id == embedder, sa.func.length(embeddings.c.vector) > 0
            query = sa.select(embeddings.c.id).where(*its).limit(1)
            return embedder is not None and connection.execute(query).first() is not None

    def counts(self, model: str) -> tuple[int, int]:
        """Count the contents that a model has embedded, and all that `missing` looks at.

        Args:
            model: The name of the model.
        """
        done = sa.select(embeddings.c.id).where(
            embeddings.c.embedder_id == embedders.c.id,
            embedders.c.name == model,
            embeddings.c.digest == texts.c.digest,
        )
        every = _not_away(sa.select(sa.func.count(sa.distinct(texts.c.digest))))
        with self._database.reading() as connection:
            return (
                connection.execute(every.where(done.exists())).scalar_one(),
                connection.execute(every).scalar_one(),
            )

    def candidates(self, model: str, vector: Floats, many: int) -> list[bytes]:
        """Give the digests of the contents that are about the nearest to a vector.

        Args:
            model: The name of the model that gave the vector.
            vector: The embedding.
            many: How many at most.

        Returns:
            The digests, the nearest first by the components; none where no text has an
            embedding.

        Raises:
            InputError: The embedding has another length than those of the garden.
        """
        matrix = self._loaded(model)
        if matrix is None:
            return []
        if len(vector) != len(matrix.middle):
            raise InputError(
                f"An embedding of {len(vector)} numbers cannot be compared with those of "
                f"{len(matrix.middle)} that {model!r} gave before.",
                hint="Give the model another name in the configuration.",
            )
        return matrix.likeliest(vector, many)

    def likeness(
        self, model: str, vector: Floats, digests: Iterable[bytes]
    ) -> list[tuple[bytes, float]]:
        """Say how like contents are to a vector, by their whole embeddings, the likest first.

        Args:
            model: The name of the model that gave the vector.
            vector: The embedding.
            digests: The digests of the contents.

        Returns:
            Each digest that has an embedding, with its likeness, from -1 to 1.
        """
        import numpy as np

        matrix = self._loaded(model)
        with self._database.reading() as connection:
            vectors = _vectors(connection, model, digests)
        if matrix is None or not vectors:
            return []
        there = list(vectors)
        rows = _unit(_unit(_stacked(list(vectors.values()))) - matrix.middle)
        found = rows @ _unit(_unit(vector[None]) - matrix.middle)[0]
        return [(there[at], float(found[at])) for at in np.argsort(-found, kind="stable")]

    def _loaded(self, model: str) -> _Matrix | None:
        """Give the matrix of a model, with all that is stored now; None where there is nothing."""
        with self._lock, self._database.reading() as connection:
            embedder = _number(connection, model)
            if embedder is None:
                return None
            matrix = self._matrices.get(model)
            if matrix is None or _is_outgrown(matrix):
                matrix = _begun(connection, embedder)
            if matrix is None:
                return None
            while rows := _after(connection, embedder, matrix.last):
                full = [row for row in rows if row.vector]
                if full:
                    vectors = _stacked([bytes(row.vector) for row in full])
                    matrix.add([bytes(row.digest) for row in full], vectors)
                matrix.last = rows[-1].id
            self._matrices[model] = matrix
            return matrix


def _not_away(query: sa.Select[Any]) -> sa.Select[Any]:
    """Leave out what was replaced in its brood, and what a person has put away."""
    return query.outerjoin(standing, standing.c.text_id == texts.c.id).where(
        texts.c.aside.is_(False), standing.c.away.is_(None)
    )


def _is_outgrown(matrix: _Matrix) -> bool:
    return matrix.fitted < _FITTED and len(matrix.digests) > _OUTGROWN * matrix.fitted


def _begun(connection: sa.Connection, embedder: int) -> _Matrix | None:
    """Give a matrix without rows, with the mean and the components of what is stored now."""
    import numpy as np

    some = _unit(_sampled(connection, embedder, _FITTED))
    if not len(some):
        return None
    middle = some.mean(axis=0)
    _, _, directions = np.linalg.svd(some - middle, full_matrices=False)
    components = np.ascontiguousarray(directions[:_COMPONENTS].T, np.float32)
    rows = np.empty((len(some), components.shape[1]), np.float32)
    return _Matrix(middle, components, rows, fitted=len(some))


def _sampled(connection: sa.Connection, embedder: int, many: int) -> Floats:
    """Give embeddings that are spread evenly over all of a model."""
    its = _by(embedder)
    query = sa.select(sa.func.min(embeddings.c.id), sa.func.max(embeddings.c.id)).where(its)
    first, last = connection.execute(query).one()
    if first is None:
        return _stacked([])
    wanted = {first + at * (last - first) // max(1, many - 1) for at in range(many)}
    query = sa.select(embeddings.c.vector).where(its)
    rows = rows_in(connection, query, embeddings.c.id, wanted)
    return _stacked([vector for row in rows if (vector := bytes(row.vector))])


def _by(embedder: int) -> sa.ColumnElement[bool]:
    """Ask for the embeddings of a model, in the order of their numbers.

    The sum keeps SQLite from taking them in the order of their digests, and sorting them.
    """
    return embeddings.c.embedder_id + 0 == embedder


def _number(connection: sa.Connection, model: str) -> int | None:
    query = sa.select(embedders.c.id).where(embedders.c.name == model)
    return connection.execute(query).scalar()


def _after(
    connection: sa.Connection, embedder: int, last: int
) -> Sequence[sa.Row[int, bytes, bytes]]:
    query = (
        sa.select(embeddings.c.id, embeddings.c.digest, embeddings.c.vector)
        .where(_by(embedder), embeddings.c.id > last)
        .order_by(embeddings.c.id)
        .limit(MANY)
    )
    return connection.execute(query).all()


def _vectors(connection: sa.Connection, model: str, digests: Iterable[bytes]) -> dict[bytes, bytes]:
    """Give the stored embeddings of contents, by their digests."""
    embedder = _number(connection, model)
    if embedder is None:
        return {}
    query = sa.select(embeddings.c.digest, embeddings.c.vector).where(
        embeddings.c.embedder_id == embedder
    )
    rows = rows_in(connection, query, embeddings.c.digest, digests)
    found = ((bytes(row.digest), bytes(row.vector)) for row in rows)
    return {digest: vector for digest, vector in found if vector}


def _packed(vector: Floats) -> bytes:
    """Write an embedding as float16, brought to the length 1: only its direction counts."""
    packed: bytes = _unit(vector[None])[0].astype("<f2").tobytes()
    return packed


def _stacked(vectors: Sequence[bytes]) -> Floats:
    """Read embeddings back, a row each."""
    import numpy as np

    if not vectors:
        return np.zeros((0, 0), np.float32)
    width = len(vectors[0])
    sound = all(len(vector) == width for vector in vectors)
    if not sound:
        raise InputError(
            "The embeddings of one model have different lengths in this garden.",
            hint="Give the model another name in the configuration, and embed anew.",
        )
    return np.frombuffer(b"".join(vectors), "<f2").astype(np.float32).reshape(len(vectors), -1)


def _unit(rows: NDArray[np.floating]) -> Floats:
    """Bring each row to the length 1; one of nothing but 0 stays."""
    import numpy as np

    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
