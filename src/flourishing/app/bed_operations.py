"""Beginning and changing beds, and breeding their next brood."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from flourishing.app import collections
from flourishing.app.candidates import Plan, with_note
from flourishing.breeding import BreedRequest, Models, breed
from flourishing.breeding.bed_settings import ExampleChoice, as_own_pattern
from flourishing.breeding.brood import Asked, BreedingEvent
from flourishing.core.chain import Chain
from flourishing.core.operation import ModelOperation, Operation
from flourishing.core.text import Span, Text
from flourishing.errors import InputError
from flourishing.garden import AsyncGarden, Bed, Garden, Stored
from flourishing.kinds import (
    OTHER,
    find_pattern,
    kind_of,
    kind_of_versions,
    named_kind,
    named_pattern,
    pattern_for,
)
from flourishing.kinds import kind as find_kind
from flourishing.library.choosing import Choice, pick
from flourishing.models import BaseModel
from flourishing.models.cost import Budget
from flourishing.patterns import Pattern


def begin_bed(
    garden: Garden,
    name: str | None,
    parents: Sequence[Text],
    pattern: str,
    *,
    n: int,
    start: str,
    kind: str = "",
    settings: Mapping[str, Any] = MappingProxyType({}),
    unique: bool = False,
) -> Bed:
    """Begin a bed with these parents, which the garden has from then on.

    Args:
        garden: Where it stands.
        name: What it is called; None for the date and time, and a number where another has that.
        parents: The texts to breed from, worst first.
        pattern: The name of the pattern, or the path of its file.
        n: How many offspring a brood has.
        start: What each of them begins with.
        kind: The name of the kind of text, or the path of its file; "" for the
            kind of the pattern.
        settings: What else is set in it, such as the temperature.
        unique: Whether a bed of this name that is there is an error; else it is given as it is.

    Raises:
        InputError: The name is blank or too long, or taken.
    """
    ids = _planted(garden, parents)
    state = {
        "parents": ids,
        "pattern": _lasting(pattern),
        "kind": _lasting(kind),
        "n": n,
        "start": start,
        "settings": dict(settings),
    }
    if unique or name is None:
        return garden.beds.begin(name, **state)
    return garden.beds.open(name, **state)


def change_bed(
    garden: Garden,
    bed: Bed,
    *,
    parents: Sequence[Text] | None = None,
    pattern: str | None = None,
    kind: str | None = None,
    n: int | None = None,
    start: str | None = None,
    settings: Mapping[str, Any] = MappingProxyType({}),
) -> Bed:
    """Go on with a bed as a person says beside its name; one act, which can be undone.

    Args:
        garden: Where it stands.
        bed: The bed.
        parents: The texts to breed from instead of those of the bed; what was being refined is
            left.
        pattern: The name of the pattern, or the path of its file; None for that of the kind, or
            else what the bed has.
        kind: The name of the kind of text, or the path of its file; None for the one that the
            pattern implies, or else what the bed has.
        n: How many offspring a brood has.
        start: What each of them begins with.
        settings: What else is set in it from now on; what is not named stays.

    Raises:
        InputError: There is no such pattern or kind, or n is out of range.
    """
    changes: dict[str, Any] = {"n": n, "start": start}
    texts = parents or (garden.texts(bed.parents) if pattern else ())
    changes |= kind_changes(kind, pattern, texts)
    given = {name: value for name, value in changes.items() if value is not None}
    if parents is not None:
        given |= {"parents": _planted(garden, parents), "chain": ()}
    return garden.beds.set(bed, settings=settings, **given)


def kind_changes(
    kind: str | None, pattern: str | None, texts: Iterable[Text] = ()
) -> dict[str, str]:
    """Give what changes in a bed that gets another kind or another pattern.

    A kind brings its pattern, unless one is named with it. A pattern alone brings the kind that it
    and the parents imply; one that implies none leaves the kind.

    Args:
        kind: The name of the kind, or the path of its file; None where it is not named.
        pattern: The name of the pattern, or the path of its file; None where it is not named.
        texts: The parents, by default none.

    Raises:
        InputError: There is no such kind or pattern, or its file is wrong.
    """
    if kind is not None:
        form = pattern_for(kind, pattern)
        return {"kind": _lasting(kind), "pattern": _lasting(pattern or form.name)}
    if pattern is None:
        return {}
    implied = kind_of(find_pattern(pattern), texts=[text.content for text in texts]).name
    return {"pattern": _lasting(pattern)} | ({} if implied == OTHER else {"kind": implied})


def named_changes(
    kind: str | None, pattern: str | None, texts: Iterable[Text] = ()
) -> dict[str, str]:
    """Give what `kind_changes` gives, but refuse the path of a file.

    Args:
        kind: The name of the kind; None where it is not named.
        pattern: The name of the pattern; None where it is not named.
        texts: The parents, by default none.

    Raises:
        InputError: There is no kind or no pattern of that name.
    """
    if pattern is not None:
        named_pattern(pattern)
    if kind is not None:
        named_kind(kind)
    return kind_changes(kind, pattern, texts)


def find_bed(garden: Garden, name: str | None) -> Bed | None:
    """Give the bed of this name, if there is one.

    Args:
        garden: The garden.
        name: The name of the bed; None finds none.
    """
    return next((bed for bed in garden.beds.all() if bed.name == name), None)


def lasting_kind(name: str) -> str:
    """Check the name of a kind, or the path of its file, and give it as it can be stored.

    Args:
        name: The name of a kind, or the path of its file.

    Raises:
        InputError: There is no such kind, or its file is wrong.
    """
    find_kind(name)
    return _lasting(name)


def _planted(garden: Garden, parents: Sequence[Text]) -> tuple[int, ...]:
    return tuple(text.id for text in garden.add(*parents, keep=False))


def _lasting(name: str) -> str:
    """Name a pattern or kind so that it is found from whatever folder the bed is opened next."""
    return str(Path(name).resolve()) if name.endswith(".toml") else name


FIRST_BED: Final = "First bed"
"""What the bed is called that a person finds on the first visit."""


def model_of(bed: Bed) -> str | None:
    """Give the model that is set in a bed; None where the bed leaves it to the configuration.

    Of several models, the first.

    Args:
        bed: The bed.

    Raises:
        InputError: It is not the name of a listed model: a bed can come from elsewhere, so that an
            address or a path in it is not opened, and no key is sent there.
    """
    return models_of(bed)[0]


def models_of(bed: Bed) -> list[str | None]:
    """Give the models that write the broods of a bed, as `model_of` does of the first.

    Args:
        bed: The bed.

    Raises:
        InputError: One of them is not the name of a listed model.
    """
    from flourishing.models.catalogue.overview import require_listed

    return [None if name is None else require_listed(name) for name in bed.settings.writers]


def share_of(bed: Bed, model: str | None) -> Bed:
    """Give a bed as one of the models that share its broods is asked: with its own places alone.

    Args:
        bed: The bed.
        model: The name of the model, as it stands in the settings of the bed; None for the first.

    Raises:
        InputError: It is none of the models of the bed.
    """
    writers = bed.settings.writers
    if model is None:
        model = writers[0]
    if model not in writers:
        raise InputError(
            f"{model!r} is not a model of this bed.",
            hint="The settings of the bed name its models.",
        )
    places = range(writers.index(model), bed.n, len(writers))
    settings = bed.settings.with_changes({"model": model, "models": None})
    return replace(bed, n=max(1, len(places)), settings=settings)


def next_request(
    garden: Garden,
    bed: Bed,
    *,
    model: Models,
    operation: ModelOperation | None = None,
    seed: int | None = None,
    prompt: str | None = None,
    start_spans: tuple[Span, ...] = (),
    budget: Budget | None = None,
) -> BreedRequest:
    """Say what the next brood of a bed is: from its parents, or from the chain under work.

    Args:
        garden: Where the bed stands.
        bed: The bed.
        model: The base model, or several that share the brood.
        operation: What is asked for; by default as the bed says.
        seed: Makes the brood reproducible.
        prompt: What is sent this once; by default what was fixed in the bed, or what its texts
            make.
        start_spans: Who wrote which stretch of the start words; by default a person all of them.
        budget: Bounds what it may cost.

    Raises:
        InputError: Nothing is under work, or a parent is not there.
    """
    settings = bed.settings
    request = BreedRequest(
        operation=operation or bed.operation,
        n=bed.n,
        start=bed.start,
        start_spans=start_spans,
        sampling=settings.sampling,
        seed=seed,
        refills=settings.refills,
        words=settings.words,
        model=model,
        prompt=prompt,
        budget=budget,
    )
    if request.operation is Operation.BREED:
        fixed = settings.prompt if prompt is None else prompt
        parents = garden.texts(bed.parents)
        form = form_of(bed)
        its = kind_of(bed.pattern, bed.kind)
        return replace(request, parents=parents, pattern=form, kind=its, prompt=fixed)
    chain = under_work(garden, bed)
    its = kind_of_versions(bed.pattern, bed.kind, chain)
    return replace(request, chain=chain, kind=its, examples=examples(garden, bed))


def form_of(bed: Bed) -> Pattern:
    """Give the pattern that the parents of a bed are written in: its own, or the one it names.

    Args:
        bed: The bed.

    Raises:
        PatternError: The bed names a pattern that is not there.
    """
    return bed.settings.own_pattern or pattern_for(bed.kind or None, bed.pattern)


@dataclass(frozen=True, slots=True)
class PatternProblem:
    """What is wrong with one part of a pattern.

    Attributes:
        part: The part, such as "separator".
        words: What is wrong with it, and what to do.
    """

    part: str
    words: str


def try_pattern(
    garden: Garden, bed: Bed, table: Mapping[str, Any]
) -> tuple[str, tuple[PatternProblem, ...]]:
    """Write the parents of a bed in a pattern that may be stored with it; store nothing.

    Args:
        garden: Where the bed stands.
        bed: The bed.
        table: The parts of the pattern by their names.

    Returns:
        The prompt, and what is wrong with the pattern; one of both is empty.
    """
    problems = []
    usual = {"name": "own", "separator": "\n"}
    for part, value in table.items():
        try:
            as_own_pattern({**usual, part: value})
        except InputError as error:
            problems.append(PatternProblem(part, f"{error} {error.hint}"))
    if problems:
        return "", tuple(problems)
    pattern = as_own_pattern(table)
    try:
        prompt = pattern.render([text.content for text in garden.texts(bed.parents)])
    except InputError as error:
        return "", (PatternProblem("separator", f"{error} {error.hint}"),)
    return (prompt + pattern.start + bed.start).rstrip(" "), ()


async def next_brood(
    garden: AsyncGarden,
    bed: Bed,
    *,
    model: Models,
    operation: ModelOperation | None = None,
    seed: int | None = None,
    prompt: str | None = None,
    start_spans: tuple[Span, ...] = (),
    budget: Budget | None = None,
    plan: Plan | None = None,
) -> AsyncGenerator[BreedingEvent]:
    """Begin the next brood of a bed: from its parents, or from the chain under work.

    Args:
        garden: Where the bed stands.
        bed: The bed.
        model: The base model, or several that share the brood.
        operation: What is asked for; by default as the bed says.
        seed: Makes the brood reproducible.
        prompt: What is sent this once; by default what was fixed in the bed, or what its texts
            make.
        start_spans: Who wrote which stretch of the start words; by default a person all of them.
        budget: Bounds what it may cost.
        plan: How many offspring are bred, as `candidates.plan_for_bed` says; by default as many as
            the bed shows.

    Yields:
        The events of breeding; the brood comes last. Nothing is saved.

    Raises:
        InputError: The bed has no parents, or nothing under work.
    """
    if plan is not None:
        bed = replace(bed, n=plan.n)
    request = await garden.read(
        next_request,
        bed,
        model=model,
        operation=operation,
        seed=seed,
        prompt=prompt,
        start_spans=start_spans,
        budget=budget,
    )
    events = with_note(breed(request), "" if plan is None else plan.note)
    async with aclosing(events) as following:
        async for event in following:
            yield event


async def asked_of(
    garden: AsyncGarden, bed: Bed, *, model: BaseModel, operation: ModelOperation | None = None
) -> Asked:
    """Give what the next brood of a bed would be bred from, the exact prompt too; breed nothing.

    Args:
        garden: The garden in which the bed is.
        bed: The bed.
        model: The base model, which counts the tokens of the prompt.
        operation: What would be asked for; by default what the bed says.

    Raises:
        InputError: As `next_brood` does.
    """
    events = next_brood(garden, bed, model=model, operation=operation)
    async with aclosing(events) as following:
        async for event in following:
            if isinstance(event, Asked):
                return event
    raise AssertionError("a breeding begins with what is asked")


def under_work(garden: Garden, bed: Bed) -> Chain:
    """Give the versions under work.

    Args:
        garden: The garden in which the bed is.
        bed: The bed.

    Raises:
        InputError: There are none.
    """
    if not bed.chain:
        raise InputError("Nothing is being refined.", hint="Choose a text to refine first.")
    return Chain(tuple(garden.texts(bed.chain)))


def example_choice(bed: Bed) -> ExampleChoice:
    """Say which chains show the form in this bed: what is set, with the usual for the rest.

    Args:
        bed: The bed.
    """
    drawn = bed.settings.examples or ExampleChoice()
    return ExampleChoice(
        take=collections.TAKE if drawn.take is None else drawn.take,
        seed=bed.id if drawn.seed is None else drawn.seed,
    )


def examples(garden: Garden, bed: Bed) -> list[Chain]:
    """Give the chains that show the form in this bed: the same ones until others are drawn.

    Args:
        garden: The garden in which the bed is.
        bed: The bed, which has versions under work.
    """
    drawn = example_choice(bed)
    choice = Choice(how="random", most=drawn.take, seed=drawn.seed)
    chain = under_work(garden, bed)
    its = kind_of_versions(bed.pattern, bed.kind, chain)
    return pick(collections.examples_for(garden, chain, its), choice)


def refine_text(garden: Garden, bed: Bed, text: int) -> Bed:
    """Put a text under work, with the versions that it went through before.

    Args:
        garden: Where the bed stands.
        bed: The bed.
        text: The number of the text.

    Raises:
        InputError: There is no such text.
    """
    garden.text(text)
    versions = garden.lineage.versions(text)
    ids = tuple(each.id for each in versions if isinstance(each, Stored))
    return garden.beds.set(bed, chain=ids, settings={"later": None})


async def first_bed(garden: AsyncGarden, model: BaseModel) -> Bed:
    """Begin the bed that a person finds on the first visit, with what ships of the default kind.

    Args:
        garden: The garden, which has no bed yet.
        model: The base model, which counts the tokens of the parents.
    """
    choice = Choice(how="random", most=collections.TAKE, seed=1)
    parents, its = await collections.parents_from((), choice, garden, model)
    return await garden.write(
        begin_bed, FIRST_BED, parents, its.pattern, n=8, start="", kind=its.kind
    )
