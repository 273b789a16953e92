"""Measures that need a model: how far a text is from others, what a person or a judge says of it.

Embeddings, log-probabilities and marks are there already; here they become numbers with a range.
Distances are cosines after the mean of the texts to compare with was taken off, since the
embeddings of a model have a large part in common.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from math import exp
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flourishing.app.complete import embed, logprobs
from flourishing.app.judging import check_judge, judge_texts
from flourishing.core.words import quantity
from flourishing.errors import InputError
from flourishing.evolution.measure import WORDS, Evaluate, Measure, Setting
from flourishing.files import read_bounded
from flourishing.library import library
from flourishing.models.protocol import WithEmbeddings
from flourishing.selection.alikeness import FEWEST_TRIPLES, MOST_AXES, Axes
from flourishing.selection.judge import Judge
from flourishing.selection.prompt_task import after, ask
from flourishing.selection.taste import Marks, Taste
from flourishing.sync import side_by_side

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from flourishing.garden import Garden
    from flourishing.garden.taste import LearnedTaste

    Floats = NDArray[np.float64]

TASTE: Final = "taste"
"""The name of the measure that is learned from a person's marks."""
_NEAREST: Final = 3
"""Novelty is the mean distance to so many texts."""
_JUDGED_FEWEST: Final = 3
"""Of so many seeds or more, a judge must not say the same of all."""


class _Distances:
    """How far texts are from those that a run began with, from 0 to 1.

    Args:
        known: The contents that are there.
        model: Gives the embeddings.
        grows: Whether what was measured belongs to what is there from then on.
        nearest: The mean distance to so many of them.
    """

    def __init__(
        self, known: Sequence[str], model: WithEmbeddings, *, grows: bool, nearest: int
    ) -> None:
        self._waiting = list(dict.fromkeys(known))
        self._begun_with = len(self._waiting)
        self._model = model
        self._grows = grows
        self._nearest = nearest
        self._rows: Floats | None = None
        self._middle: Floats | None = None

    def see(self, contents: Iterable[str]) -> None:
        """Note contents that were measured before, when the run was last open.

        Args:
            contents: The contents, in their order.
        """
        if self._grows:
            self._waiting += contents

    async def __call__(self, contents: Sequence[str]) -> list[float]:
        import numpy as np

        if self._waiting:
            known, self._waiting = self._waiting, []
            fresh = _unit(np.asarray(await self._model.embed(known), np.float64))
            if self._middle is None:
                # Of the beginning alone, whether or not more was seen since.
                first = fresh[: self._begun_with]
                self._middle = first.mean(axis=0) if len(first) > 1 else np.zeros(fresh.shape[1])
            centred = _unit(fresh - self._middle)
            self._rows = centred if self._rows is None else np.concatenate([self._rows, centred])
        if self._rows is None or self._middle is None:
            raise InputError("There is nothing to be far from.", hint="Give texts to begin with.")
        rows = _unit(np.asarray(await self._model.embed(list(contents)), np.float64))
        found = []
        for row in _unit(rows - self._middle):
            apart = np.sort(1 - np.clip(self._rows @ row, 0, 1))[: self._nearest]
            found.append(float(np.clip(apart.mean(), 0, 1)))
            if self._grows:
                self._rows = np.concatenate([self._rows, row[None]])
        return found


def _unit(rows: Floats) -> Floats:
    import numpy as np

    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = rows / np.where(lengths > 1e-12, lengths, 1)
    return unit


async def _distance(setting: Setting) -> Evaluate:
    shelf = library(setting.kind.library).texts if setting.kind.library else ()
    known = [*setting.seeds, *(text.content for text in shelf)]
    return _Distances(known, _Embedding(setting), grows=False, nearest=1)


async def _novelty(setting: Setting) -> Evaluate:
    return _Distances(setting.seeds, _Embedding(setting), grows=True, nearest=_NEAREST)


class _Embedding:
    """The embeddings of a run's model."""

    def __init__(self, setting: Setting) -> None:
        self._model = setting.model

    async def embed(self, texts: Sequence[str]) -> Any:
        return await embed(texts, model=self._model)


async def _taste(setting: Setting) -> Evaluate:
    from flourishing.garden import AsyncGarden  # here, since few measures need a database
    from flourishing.garden.taste import learn

    if setting.garden is None:
        raise InputError(
            "Taste is learned from the marks of a garden, and this run has none.",
            hint="Give a garden in which texts were kept and dropped, or another quality.",
        )
    shared = AsyncGarden(setting.garden)
    kind: str | None = setting.kind.name
    try:
        learned = await learn(shared, setting.model, kind=kind)
        if not learned.may_choose:  # marks outside of beds have no kind
            kind = None
            learned = await learn(shared, setting.model)
    finally:
        await shared.close()
    if not learned.may_choose:
        raise InputError(
            f"The marks of {setting.garden.name} do not say yet what is liked: {learned.sentence}",
            hint="Keep and drop more texts first, or take another quality.",
        )
    return _Taste(setting.garden, kind, learned)


class _Taste:
    """A taste that is learned anew as soon as the person has marked more.

    Args:
        garden: The garden of the marks.
        kind: The kind of text whose marks count; None for all.
        learned: What is known at the beginning of the run.
    """

    def __init__(self, garden: Garden, kind: str | None, learned: LearnedTaste) -> None:
        self._garden = garden
        self._kind = kind
        self._learned = learned
        self._opinion = learned.opinion

    async def __call__(self, contents: Sequence[str]) -> list[float]:
        from flourishing.garden import AsyncGarden
        from flourishing.garden.taste import learn

        shared = AsyncGarden(self._garden)
        try:
            opinion = await shared.read(lambda its: its.opinion(kind=self._kind))
            if opinion != self._opinion:
                self._opinion = opinion
                newer = await learn(shared, self._learned.model, kind=self._kind)
                if newer.may_choose:  # what was known before is worth more than nothing
                    self._learned = newer
        finally:
            await shared.close()
        return [_squashed(score) for score in await self._learned.score_async(contents)]


def _squashed(score: float) -> float:
    return 1 / (1 + exp(-max(-50.0, min(50.0, 2 * score))))


def judged(name: str, path: Path) -> Measure:
    """Give what a judge answers as a measure: the probability of its chosen answer.

    Where labelled texts stand in its file, the judge is checked by them before the run, and refused
    if it is no better than guessing. Of the seeds it must not say the same of each.

    Args:
        name: What the measure is called.
        path: The TOML file of the judge.
    """

    async def prepare(setting: Setting) -> Evaluate:
        judge = Judge.from_file(path)
        pairs = _labelled(path)
        if pairs:
            judge = await check_judge(judge, pairs, model=setting.model)
            if judge.check is not None and judge.check.verdict == "no better than guessing":
                raise InputError(
                    f"The judge {path} does not agree with its labels: {judge.check.sentence}",
                    hint="Give it other examples, or take another measure.",
                )

        async def evaluate(contents: Sequence[str]) -> list[float]:
            answers = await judge_texts(contents, judge, model=setting.model)
            return [min(1.0, max(0.0, answer.value)) for answer in answers]

        if len(setting.seeds) >= _JUDGED_FEWEST:
            answers = await evaluate(setting.seeds)
            if max(answers) - min(answers) < 1e-3:
                raise InputError(
                    f"The judge {path} says the same of all {len(answers)} texts: "
                    f"{answers[0]:.3f}.",
                    hint="See what it is worth with: flourishing judge check",
                )
        return evaluate

    return Measure(
        name=name,
        prepare=prepare,
        about="The probability of the answer that a judge is asked for.",
        source=f"the judge {path.name}",
    )


def _labelled(path: Path) -> list[tuple[str, str]]:
    table = table_of(path)
    given = table.get("labelled", [])
    if not isinstance(given, list):
        return []
    return [(str(each[0]), str(each[1])) for each in given if isinstance(each, list) and each[1:]]


def answered(name: str, path: Path) -> Measure:
    """Give how well a prompt brings expected answers, as a measure of prompts.

    Args:
        name: What the measure is called.
        path: A TOML file with `answers`, a list of pairs of an input and its answer. The input
            stands where the prompt says `{input}`, and else after it, as in `measure_prompt`.

    Raises:
        InputError: The file has no pairs.
    """
    given = table_of(path).get("answers", [])
    sound = isinstance(given, list) and given
    if not sound or not all(isinstance(each, list) and len(each) == 2 for each in given):
        raise InputError(
            f"{path} has no answers.", hint='Write answers = [["question", "answer"], …].'
        )
    pairs = [(str(before), str(answer)) for before, answer in given]

    async def prepare(setting: Setting) -> Evaluate:
        async def evaluate(contents: Sequence[str]) -> list[float]:
            found = []
            for content in contents:

                async def mean_of(pair: tuple[str, str], prompt: str = content) -> float:
                    asked = ask(prompt, pair[0])
                    (score,) = await logprobs(asked, after(asked, pair[1:]), model=setting.model)
                    return score.mean or 0.0

                means = await side_by_side(mean_of, pairs)
                found.append(max(-10.0, sum(means) / len(means)))
            return found

        return evaluate

    return Measure(
        name=name,
        prepare=prepare,
        low=-10.0,
        high=0.0,
        unit="nats",
        about="The mean log-probability of a token of the expected answers; at least -10.",
        source=f"the answers of {path.name}",
        media=WORDS,
    )


def labelled(name: str, more: Sequence[str], less: Sequence[str], about: str = "") -> Measure:
    """Give a measure that is learned from a few texts with much of something, and a few with less.

    Args:
        name: What the measure is called.
        more: Texts that have much of it, at least two.
        less: Texts that have little of it, at least two.
        about: What it says of a text.

    Raises:
        InputError: There are too few texts, or one has both more and less of it.
    """
    if both := set(more) & set(less):
        raise InputError(
            f"The measure {name!r} has {min(both)!r:.40} both as more and as less.",
            hint="Leave each text in one of the two lists.",
        )
    more, less = list(dict.fromkeys(more)), list(dict.fromkeys(less))
    if len(more) < 2 or len(less) < 2:
        raise InputError(
            f"The measure {name!r} cannot be learned from so few texts: {len(more)} with more "
            f"and {len(less)} with less.",
            hint="Give at least two different texts with more of it, and two with less.",
        )

    async def prepare(setting: Setting) -> Evaluate:
        rows = await embed([*more, *less], model=setting.model)
        good = range(len(more))
        bad = range(len(more), len(more) + len(less))
        learned = Taste.learn(rows, Marks(kept=list(good), dropped=list(bad)))

        async def evaluate(contents: Sequence[str]) -> list[float]:
            scores = learned.score(await embed(contents, model=setting.model))
            return [_squashed(float(score)) for score in scores]

        return evaluate

    return Measure(
        name=name,
        prepare=prepare,
        about=about or "How near it is to texts that were said to have more of it.",
        source=f"{len(more) + len(less)} labelled texts",
    )


def alike(
    name: str, triples: Sequence[Sequence[str]], *, axis: int = 1, about: str = ""
) -> Measure:
    """Give a measure that is learned from which two of three texts are alike.

    Args:
        name: What the measure is called.
        triples: At least three, each of two texts that are alike and, last, of one that is not.
        axis: Which of the axes that are learned, from 1, the most telling, to 4; by default 1.
        about: What it says of a text.

    Raises:
        InputError: There are too few triples, one has not three different texts, or there is no
            such axis.
    """
    if not 1 <= axis <= MOST_AXES:
        raise InputError(f"There is no axis {axis}.", hint=f"Give 1 to {MOST_AXES}.")
    sound = all(len({*triple}) == 3 == len(triple) for triple in triples)
    if len(triples) < FEWEST_TRIPLES or not sound:
        raise InputError(
            f"The measure {name!r} cannot be learned from {quantity(len(triples), 'triple')}.",
            hint=f"Give at least {FEWEST_TRIPLES}, each of two texts that are alike and, last, of "
            "one that is not.",
        )
    texts = list(dict.fromkeys(text for triple in triples for text in triple))
    rows = [(texts.index(one), texts.index(two), texts.index(odd)) for one, two, odd in triples]

    async def prepare(setting: Setting) -> Evaluate:
        known = [*texts, *(seed for seed in setting.seeds if seed not in texts)]
        learned = Axes.learn(await embed(known, model=setting.model), rows, axis)

        async def evaluate(contents: Sequence[str]) -> list[float]:
            placed = learned.place(await embed(contents, model=setting.model))
            return [float(value) for value in placed[:, axis - 1]]

        return evaluate

    return Measure(
        name=name,
        prepare=prepare,
        about=about or "Where it stands on an axis on which texts that are alike stand together.",
        source=f"{len(triples)} triples; Ding et al. 2024",
    )


def table_of(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Args:
        path: The file.

    Raises:
        InputError: It cannot be read, or is no TOML.
    """
    raw, _ = read_bounded(path)
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path} is no TOML: {error}.", hint="Write one key a line, and texts in quotes."
        ) from error


MEASURES: Final = (
    Measure(
        name="distance",
        prepare=_distance,
        about="How far it is in meaning from the nearest of the texts that the run began with, and "
        "of those that ship of its kind.",
        source="embeddings of the base model, cosine",
        media=WORDS,
    ),
    Measure(
        name="novelty",
        prepare=_novelty,
        about="How far it is in meaning from the three nearest of all texts measured before it.",
        source="embeddings of the base model, cosine; Lehman and Stanley 2011",
        media=WORDS,
    ),
    Measure(
        name=TASTE,
        prepare=_taste,
        about="What the marks of the garden say of how much it would be liked.",
        source="marks of a person",
    ),
)
