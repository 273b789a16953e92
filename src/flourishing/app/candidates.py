"""Candidates: more offspring are bred than are shown, and a taste learned from marks chooses.

It is off until a person sets a number of candidates. Of the offspring without a flaw those are
shown first that suit the marks best and differ, by maximal marginal relevance (`shown_first`), in
random order; the seed of the brood gives the order. The rest stays in the garden, unmarked, and is
shown where it is asked for.

The taste is learned from the marks in all beds of the same kind of text: what tells a liked poem
from a liked quote, or from a text that was imported, says nothing of which poem to show.

Where the taste cannot tell yet, no more are bred than are shown. To draw 8 of 32 by lot would be no
better than to breed 8, and takes four times as long. Nothing here keeps a brood from being bred.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from flourishing.breeding.brood import Asked, BreedingEvent, Brood
from flourishing.core.operation import ModelOperation, Operation
from flourishing.errors import FlourishingError
from flourishing.garden import AsyncGarden, Bed, Garden, LearnedTaste, StoredBrood
from flourishing.garden.meaning import embed_missing
from flourishing.garden.taste import learn
from flourishing.kinds import kind_of
from flourishing.models import BaseModel, Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many offspring the next brood has, and what chooses among them.

    Attributes:
        n: How many are bred.
        shown: How many of them are shown first.
        taste: What chooses them; None where all are shown.
        note: Why all are shown although there were to be candidates; "" where that is not so.
    """

    n: int
    shown: int
    taste: LearnedTaste | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TasteReport:
    """What the marks tell of a person's taste, in a bed.

    Attributes:
        candidates: How many the bed breeds to choose from; None for no choice.
        taste: What was learned; None where that failed.
        problem: Why it failed, in words; "" where it did not.
    """

    candidates: int | None
    taste: LearnedTaste | None = None
    problem: str = ""

    @property
    def sentence(self) -> str:
        """Say how well the marks predict others, or that they cannot tell yet, and why."""
        return self.problem if self.taste is None else self.taste.sentence

    @property
    def words(self) -> str:
        """Say what the marks tell, how many there are, and whether it matters where texts stand."""
        if self.taste is None:
            return self.problem
        return f"{self.sentence} {self.taste.basis} {self.taste.position}"


async def taste_of_bed(garden: AsyncGarden, bed: Bed, *, model: str | BaseModel) -> TasteReport:
    """Say what the marks tell that the next brood of a bed would be chosen by.

    Args:
        garden: The garden in which the bed is.
        bed: The bed.
        model: The base model, which embeds the texts.

    Returns:
        The report; where the model gives no embeddings, it says so.
    """
    candidates = bed.settings.candidates
    try:
        taste = await learn(garden, model, kind=kind_of(bed.pattern, bed.kind).name)
    except FlourishingError as error:
        return TasteReport(candidates=candidates, problem=f"{error} {error.hint}")
    return TasteReport(candidates=candidates, taste=taste)


async def plan(
    garden: AsyncGarden, *, n: int, candidates: int | None, kind: str, model: str | BaseModel
) -> Plan:
    """Say how many offspring to breed, by what the marks tell now.

    Marked texts that have no embedding yet get one first. After that it takes less than a second.

    Args:
        garden: The garden, whose marks the taste is learned from.
        n: How many offspring are to be shown.
        candidates: How many are to be bred to choose from; None or 0 for no choice.
        kind: The name of the kind of text.
        model: The base model, which embeds the texts.

    Returns:
        The plan. Where nothing can be chosen, for whatever reason, n are bred and its note says
        why.
    """
    if not candidates:
        return Plan(n=n, shown=n)
    if candidates <= n:
        return Plan(
            n=n,
            shown=n,
            note=f"Nothing was chosen: {candidates:,} candidates are no more than the {n:,} shown.",
        )
    try:
        taste = await learn(garden, model, kind=kind)
    except FlourishingError as error:
        why = f"{error} {error.hint}"
    else:
        if taste.may_choose:
            return Plan(n=candidates, shown=n, taste=taste)
        why = taste.sentence
    return Plan(
        n=n, shown=n, note=f"{n:,} were bred and not {candidates:,}, all of them shown. {why}"
    )


async def plan_for_bed(
    garden: AsyncGarden,
    bed: Bed,
    *,
    model: str | BaseModel,
    operation: ModelOperation | None = None,
) -> Plan:
    """Say how many offspring the next brood of a bed has, as `plan` does.

    Args:
        garden: The garden in which the bed is.
        bed: The bed, whose settings say how many candidates there are to be.
        model: The base model, which embeds the texts.
        operation: What is asked for; by default what the bed says. Only what is bred from parents
            has candidates.
    """
    breeds = (operation or bed.operation) is Operation.BREED
    return await plan(
        garden,
        n=bed.n,
        candidates=bed.settings.candidates if breeds else None,
        kind=kind_of(bed.pattern, bed.kind).name,
        model=model,
    )


async def with_note(
    events: AsyncGenerator[BreedingEvent], note: str
) -> AsyncGenerator[BreedingEvent]:
    """Breed, and say why all are shown: at once, and among the notes of the brood.

    Args:
        events: The events of a breeding.
        note: The note of the plan; "" for none.

    Yields:
        The events.
    """
    said = False
    async with aclosing(events) as following:
        async for event in following:
            if note and isinstance(event, Brood):
                yield replace(event, notes=(note, *event.notes))
                continue
            yield event
            if note and isinstance(event, Asked) and not said:
                said = True  # of several models each is asked
                yield Notice(note)


async def choose(garden: AsyncGarden, plan: Plan, brood: StoredBrood) -> StoredBrood:
    """Choose which offspring of a saved brood are shown first, and note that in the garden.

    Args:
        garden: The garden in which the brood is.
        plan: The plan by which it was bred.
        brood: The brood, or what came of it before it was stopped.

    Returns:
        The brood as it is then, with a note that says by what was chosen; as it was, where nothing
        is to be chosen. Where the model fails, all are shown, and the note says why.
    """
    taste = plan.taste
    if taste is None or len(brood) <= plan.shown:
        return brood
    first: list[int] = []
    try:
        first = await _first(garden, taste, brood, plan.shown)
        note = (
            f"{len(first):,} of {len(brood):,} are shown first: those that suit your marks best "
            f"and differ, in random order. {taste.sentence}"
        )
    except FlourishingError as error:
        note = f"All {len(brood):,} are shown, since none could be chosen: {error} {error.hint}"
    try:
        return await garden.write(
            Garden.show_first, brood.id, [brood[at].id for at in first], note=note
        )
    except FlourishingError:  # the brood is saved, and that is what counts
        return replace(brood, first=tuple(first), notes=(*brood.notes, note))


async def _first(garden: AsyncGarden, taste: LearnedTaste, brood: StoredBrood, n: int) -> list[int]:
    """Give the indexes of the offspring that are shown first."""
    ids = [text.id for text in brood]
    await embed_missing(garden, taste.model, ids=ids)
    name = taste.model.name
    there, rows = await garden.read(lambda its: its.embeddings.of(name, ids))
    contents = {text.id: text.content for text in brood}
    known = {contents[id]: row for id, row in zip(there, rows, strict=True)}
    return taste.first(brood.offspring, known, n, seed=brood.seed)
