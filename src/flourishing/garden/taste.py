"""What a person likes, learned from their marks in a garden; and whether where texts stand matters.

Nothing uses it by itself: it is asked for, it gives numbers, chooses what to show first, and says
how far it can be trusted; it neither marks nor removes anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeVar

import sqlalchemy as sa

from flourishing import sync
from flourishing.breeding.brood import Offspring
from flourishing.core.operation import Operation
from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.garden.beds import Bed
from flourishing.garden.meaning import embed_missing, embedder
from flourishing.garden.schema import acts, brood_parents, broods, marks, standing, texts
from flourishing.garden.search import of_bed
from flourishing.garden.text_reader import rows_in
from flourishing.models import BaseModel, open_model
from flourishing.models.cost import metered
from flourishing.selection.diversity import SHOWN, shown_first
from flourishing.selection.intervals import Estimate, of_pairs, of_share
from flourishing.selection.taste import Marks, Taste, partitions, right_pairs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from flourishing.garden.garden import AsyncGarden
    from flourishing.garden.reader import GardenReader
    from flourishing.garden.rows import Stored

    Floats = NDArray[np.floating]

T = TypeVar("T", bound=str | Text)
_NEWEST: Final = 2_000
"""The most texts, the newest, of what a person judged from which a taste is learned."""
_BESIDE: Final = 2_000
"""The most texts without marks from which the components are taken too."""
_SHOWN: Final = 20
"""The most texts, the newest, that stand in a prompt of what was kept, or of what was dropped."""
_READ: Final = 50
"""The most texts that are read anew to be ranked."""
_FEWEST_PICKS: Final = 10
"""Below so many picks, nothing is said of where they stood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a person said of the texts of a garden.

    Attributes:
        contents: The content of each text, by its number; of several that say the same, one.
        kept: The numbers of those that were kept.
        dropped: The numbers of those that were dropped.
        parents: The numbers of those that came of a brood, and were bred from.
        edits: The numbers of each text that was edited, and of its edit.
        picks: Where each text stood that was kept or bred from, and among how many, as far as that
            is known.
    """

    contents: dict[int, str]
    kept: tuple[int, ...]
    dropped: tuple[int, ...]
    parents: tuple[int, ...]
    edits: tuple[tuple[int, int], ...]
    picks: tuple[tuple[int, int], ...]

    def first_half(self) -> Estimate | None:
        """Say which share of the picks stood in the first half of what was shown.

        Without a bias it is a half. One that stood exactly in the middle does not count.

        Returns:
            The share with its interval; None for fewer than ten picks.
        """
        sides = [2 * place < among + 1 for place, among in self.picks if 2 * place != among + 1]
        return of_share(sum(sides), len(sides)) if len(sides) >= _FEWEST_PICKS else None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Likelihood:
    """How much likelier a text is after what was kept than after what was dropped."""

    model: BaseModel
    kept: str
    dropped: str

    async def score(self, contents: Sequence[str]) -> list[float]:
        """Give the difference of the log-probabilities, for each text."""
        above, below = [
            [score.logprob for score in await self.model.logprobs(prompt, contents)]
            for prompt in (self.kept, self.dropped)
        ]
        return [one - other for one, other in zip(above, below, strict=True)]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LearnedTaste:
    """A score learned from the marks of a garden.

    Attributes:
        learned: The score on embeddings, and what it is learned from.
        opinion: What the person said.
        accuracy: The share of random pairs of a kept and a dropped text, both unseen, that it puts
            in the right order, with its interval; None where there are too few.
        model: The model on which it stands.
    """

    learned: Taste
    opinion: Opinion
    model: BaseModel
    accuracy: Estimate | None = None
    _likelihood: _Likelihood | None = field(default=None, repr=False)

    @property
    def by(self) -> str:
        """What it scores by: "embeddings", or "likelihood" where that predicts better."""
        return "embeddings" if self._likelihood is None else "likelihood"

    @property
    def can_tell(self) -> bool:
        """Whether it is surely better than chance."""
        return self._judged.can_tell

    @property
    def may_choose(self) -> bool:
        """Whether it is probably better than chance, and so better than a choice by lot."""
        return self._judged.may_choose

    @property
    def sentence(self) -> str:
        """What is to be said of it beside each score."""
        return self._judged.sentence

    @property
    def basis(self) -> str:
        """What it was learned from, in words."""
        counts = self.learned.marks.counts()
        return "Learned from " + ", ".join(f"{many} {name}" for name, many in counts.items()) + "."

    @property
    def position(self) -> str:
        """Whether the person chose what stood first more often than the rest, in words."""
        share = self.opinion.first_half()
        if share is None:
            many = len(self.opinion.picks)
            return f"Where picks stood is known of {many}, too few to say whether it matters."
        found = f"{share} of {len(self.opinion.picks)} picks stood in the first half"
        if share.low > 0.5:
            return f"{found}: what stands first is chosen more often than it would be by chance."
        if share.high < 0.5:
            return f"{found}: what stands last is chosen more often than it would be by chance."
        return f"{found}, which may be chance."

    def score(self, given: Iterable[str | Text]) -> list[float]:
        """Give a number for each text, higher for what the person would rather keep.

        It waits for the model; coroutines use `score_async`. The numbers order texts, and are no
        probabilities; `may_choose` says whether they are worth anything.

        Args:
            given: The texts, none of them empty.

        Raises:
            InputError: A text is empty.
        """
        return sync.run(self.score_async(given))

    async def score_async(self, given: Iterable[str | Text]) -> list[float]:
        """Give a number for each text, as `score` does.

        Args:
            given: The texts, none of them empty.

        Raises:
            InputError: A text is empty.
        """
        contents = [_content(text) for text in given]
        if not all(content.strip() for content in contents):
            raise InputError("One of the texts is blank.", hint="Leave it out.")
        if self._likelihood is not None:
            return await self._likelihood.score(contents)
        if not contents:
            return []
        rows = await embedder(self.model)[1].embed(contents)
        return [float(score) for score in self.learned.score(rows)]

    def choose(self, given: Iterable[T], n: int = SHOWN, *, seed: int | None = None) -> list[T]:
        """Choose those that the person would like best and that differ, to be shown first.

        It waits for the model; coroutines use `choose_async`. The rule is that of
        `selection.shown_first`: maximal marginal relevance, what is flawed or blank only where the
        others are too few, and random order. It marks nothing.

        Args:
            given: The texts, such as a brood of many.
            n: How many to choose, by default 8; where there are fewer, all.
            seed: The seed of the random order; by default another order each time.

        Returns:
            Those chosen, in the order in which they are to be shown.

        Raises:
            InputError: It cannot tell yet, or n is out of range.
        """
        return sync.run(self.choose_async(given, n, seed=seed))

    async def choose_async(
        self, given: Iterable[T], n: int = SHOWN, *, seed: int | None = None
    ) -> list[T]:
        """Choose those that the person would like best and that differ, as `choose` does.

        Args:
            given: The texts, such as a brood of many.
            n: How many to choose, by default 8; where there are fewer, all.
            seed: The seed of the random order; by default another order each time.

        Raises:
            InputError: It cannot tell yet, or n is out of range.
        """
        if not self.may_choose:
            raise InputError(
                self.sentence, hint="Choose by lot or by hand, and keep and drop some more."
            )
        texts = list(given)
        contents = list(dict.fromkeys(filter(str.strip, map(_content, texts))))
        rows = await embedder(self.model)[1].embed(contents) if contents else ()
        scores = None
        if self._likelihood is not None:
            likely = await self._likelihood.score(contents)
            scores = dict(zip(contents, likely, strict=True))
        embedded = dict(zip(contents, rows, strict=True))
        return [texts[at] for at in self.first(texts, embedded, n, seed=seed, scores=scores)]

    def first(
        self,
        texts: Sequence[str | Text],
        rows: Mapping[str, Floats],
        n: int,
        *,
        seed: int | None = None,
        scores: Mapping[str, float] | None = None,
    ) -> list[int]:
        """Choose texts that are embedded already, as `choose` does.

        Args:
            texts: The texts.
            rows: The embedding of each content; a text without one is chosen only where the others
                are too few.
            n: How many to choose; where there are fewer, all.
            seed: The seed of the random order; by default another order each time.
            scores: The score of each content; by default by its embedding.

        Returns:
            The indexes of those chosen, in the order in which they are to be shown.
        """
        import numpy as np

        blank = np.zeros(len(self.learned.reduction.middle))
        every = np.array([rows.get(_content(text), blank) for text in texts])
        every = every.reshape(len(texts), len(blank))
        later = {
            at
            for at, text in enumerate(texts)
            if _content(text) not in rows or (isinstance(text, Offspring) and text.flaws)
        }
        if scores is None:
            worth = self.learned.score(every)
        else:
            worth = np.array([scores.get(_content(text), 0.0) for text in texts])
        return shown_first(worth, every, n, later=later, seed=seed)

    def as_dict(self) -> dict[str, object]:
        """Give what is known of it as plain data for JSON."""
        share = self.opinion.first_half()
        position = {
            "picks": len(self.opinion.picks),
            "first_half": None if share is None else share.as_dict(),
            "sentence": self.position,
        }
        return {**self._judged.as_dict(), "by": self.by, "position": position}

    @property
    def _judged(self) -> Taste:
        return replace(self.learned, accuracy=self.accuracy)


async def learn(
    garden: AsyncGarden,
    model: str | BaseModel | None = None,
    *,
    bed: Bed | None = None,
    kind: str | None = None,
    likelihood: bool = False,
) -> LearnedTaste:
    """Learn a taste from the marks of a garden.

    The newest 2,000 texts that were marked or edited count. Those that have no embedding yet are
    embedded first; after that it takes less than a second.

    Args:
        garden: The garden.
        model: The base model, by name or itself; by default the one that is configured.
        bed: Only marks of texts that were bred, edited or marked in this bed; None for all.
        kind: Only marks of texts that were bred, edited or marked in beds of this kind of text, by
            its name; None for all.
        likelihood: Whether to try the likelihood of a text after what was kept, set against that
            after what was dropped, and to use it if it predicts better. The model then reads every
            marked text twice, and ten prompts of up to 20 texts: some minutes for 40 poems.

    Raises:
        EngineError: The model gives no embeddings, or no log-probabilities where these are wanted.
    """
    opened = open_model(model)
    name, _ = embedder(opened)
    opinion = await garden.read(lambda its: its.opinion(bed, kind=kind))
    newest = sorted(opinion.contents)[-_NEWEST:]
    if newest and not garden.read_only:
        await embed_missing(garden, opened, ids=newest)
    there, rows = await garden.read(lambda its: its.embeddings.of(name, newest))
    beside = await garden.read(lambda its: its.embeddings.sample(name, _BESIDE))
    learned = await garden.read(lambda _: _learned(opinion, there, rows, beside))
    found = LearnedTaste(learned=learned, opinion=opinion, model=opened, accuracy=learned.accuracy)
    if not likelihood or learned.accuracy is None:
        return found
    contents = [opinion.contents[id] for id in there]
    return await _better(found, contents, metered(opened, None))


def ranked(garden: GardenReader, taste: LearnedTaste) -> list[tuple[Stored, float]]:
    """Give the newest texts of a garden by how much the person would like them, the best first.

    Args:
        garden: The garden.
        taste: What was learned in it.

    Returns:
        Each text with its number: of the newest 2,000 those that have an embedding, or the newest
        50 where the taste is by likelihood, each of which the model has to read.
    """
    by_embeddings = taste.by == "embeddings"
    stored = garden.search.page(limit=_BESIDE if by_embeddings else _READ)
    stored = list({text.digest: text for text in stored if text.content.strip()}.values())
    if by_embeddings:
        there, rows = garden.embeddings.of(taste.model.name, [text.id for text in stored])
        its = dict(zip(there, taste.learned.score(rows), strict=True)) if there else {}
        scores = [(text, float(its[text.id])) for text in stored if text.id in its]
    else:
        scores = list(zip(stored, taste.score(stored), strict=True))
    return sorted(scores, key=lambda each: -each[1])


def _learned(opinion: Opinion, there: Sequence[int], rows: Floats, beside: Floats) -> Taste:
    import numpy as np

    at = {id: row for row, id in enumerate(there)}
    given = Marks(
        kept=[at[id] for id in opinion.kept if id in at],
        dropped=[at[id] for id in opinion.dropped if id in at],
        parents=[at[id] for id in opinion.parents if id in at],
        edits=[(at[one], at[two]) for one, two in opinion.edits if one in at and two in at],
    )
    every = [each for each in (rows, beside) if len(each)] or [np.zeros((1, 1))]
    return Taste.learn(np.concatenate(every), given)


def _content(text: str | Text) -> str:
    return text.content if isinstance(text, Text) else text


async def _better(found: LearnedTaste, contents: Sequence[str], model: BaseModel) -> LearnedTaste:
    """Give the taste by likelihood if that predicts unseen pairs better, or else the one given."""
    import numpy as np

    given = found.learned.marks
    good, bad = given.good, given.bad
    right, pairs = 0.0, 0
    for part in next(partitions(given)):
        by = _likelihood(model, contents, set(good) - set(part), set(bad) - set(part))
        scores = np.array(await by.score([contents[row] for row in part]))
        its_right, its_pairs = right_pairs(scores, part, given)
        right, pairs = right + its_right, pairs + its_pairs
    if found.accuracy is not None and right / pairs <= found.accuracy.value:
        return found
    accuracy = of_pairs(right / pairs, len(good), len(bad))
    by = _likelihood(model, contents, good, bad)
    return replace(found, accuracy=accuracy, _likelihood=by)


def _likelihood(
    model: BaseModel, contents: Sequence[str], good: Iterable[int], bad: Iterable[int]
) -> _Likelihood:
    kept, dropped = (
        "".join(f"{contents[row]}\n---\n" for row in sorted(rows)[-_SHOWN:]) for rows in (good, bad)
    )
    return _Likelihood(model=model, kept=kept, dropped=dropped)


def read_opinion(connection: sa.Connection, beds: Sequence[Bed] | None = None) -> Opinion:
    """Read what a person said of the texts of a garden.

    Args:
        connection: A connection to the garden.
        beds: Only texts that were bred, edited or marked in these beds; None for all.
    """
    kept = _ids(connection, _standing(standing.c.keep), beds)
    dropped = _ids(connection, _standing(standing.c.drop), beds)
    parents = _ids(connection, _parents(), beds)
    edits = [tuple(row) for row in connection.execute(_edits())]
    ids = {*kept, *dropped, *parents}
    if beds is not None:
        edits = [pair for pair in edits if ids.intersection(pair)]
    ids |= {id for pair in edits for id in pair}
    query = sa.select(texts.c.id, texts.c.digest, texts.c.content)
    rows = sorted(rows_in(connection, query, texts.c.id, ids), key=lambda row: row.id)
    first: dict[bytes, int] = {}
    same = {row.id: first.setdefault(bytes(row.digest), row.id) for row in rows}
    picks = _picks(connection, beds)

    def once(those: Iterable[int]) -> tuple[int, ...]:
        return tuple(dict.fromkeys(same[id] for id in those))

    return Opinion(
        contents={row.id: row.content for row in rows if same[row.id] == row.id},
        kept=once(kept),
        dropped=once(dropped),
        parents=once(parents),
        edits=tuple({(same[one], same[two]) for one, two in edits if same[one] != same[two]}),
        picks=tuple(picks),
    )


def _ids(connection: sa.Connection, query: sa.Select[int], beds: Sequence[Bed] | None) -> list[int]:
    if beds is not None:
        query = query.where(texts.c.id.in_(of_bed(*beds)))
    return list(connection.execute(query.order_by(texts.c.id)).scalars())


def _standing(column: sa.Column[int]) -> sa.Select[int]:
    return (
        sa.select(texts.c.id)
        .join(standing, standing.c.text_id == texts.c.id)
        .where(column.is_not(None), standing.c.away.is_(None))
    )


def _parents() -> sa.Select[int]:
    picked = (
        sa.select(marks.c.text_id)
        .join(acts, acts.c.id == marks.c.act_id)
        .where(marks.c.kind == "parent", marks.c.given, acts.c.undone.is_(False))
    )
    return (
        sa.select(texts.c.id)
        .outerjoin(standing, standing.c.text_id == texts.c.id)
        .where(
            texts.c.id.in_(picked),
            texts.c.brood_id.is_not(None),
            texts.c.place.is_not(None),
            standing.c.away.is_(None),
        )
    )


def _edits() -> sa.Select[int, int]:
    edit, gone = texts.alias("edit"), standing.alias("gone")
    return (
        sa.select(brood_parents.c.text_id, edit.c.id)
        .join(broods, broods.c.id == brood_parents.c.brood_id)
        .join(edit, edit.c.brood_id == broods.c.id)
        .join(standing, standing.c.text_id == edit.c.id)
        .outerjoin(gone, gone.c.text_id == brood_parents.c.text_id)
        .where(
            broods.c.kind == Operation.EDIT,
            standing.c.keep.is_not(None),
            standing.c.away.is_(None),
            gone.c.away.is_(None),
        )
        .order_by(edit.c.id)
    )


def _picks(connection: sa.Connection, beds: Sequence[Bed] | None) -> list[tuple[int, int]]:
    """Give where each text stood when it was first picked, and among how many."""
    query = (
        sa.select(marks.c.text_id, marks.c.place, marks.c.among)
        .join(acts, acts.c.id == marks.c.act_id)
        .where(
            marks.c.kind.in_(("keep", "parent")),
            marks.c.given,
            marks.c.place.is_not(None),
            marks.c.among > 1,
            acts.c.undone.is_(False),
        )
        .order_by(marks.c.id.desc())
    )
    if beds is not None:
        query = query.where(acts.c.bed_id.in_([bed.id for bed in beds]))
    stood = {row.text_id: (row.place, row.among) for row in connection.execute(query)}
    return list(stood.values())
