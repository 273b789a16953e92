"""Breeding and refining, and the prompts that do it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flourishing import bridge, workshop
from flourishing.arguments import as_list
from flourishing.brood import Brood
from flourishing.chain import Chain
from flourishing.fitting import Parent, Parents, Versions, as_items
from flourishing.kinds import Kind
from flourishing.loading import open_visibly, tell_visibly
from flourishing.models import BaseModel
from flourishing.pattern import PATTERNS, Pattern
from flourishing.refinement import Examples, as_examples
from flourishing.text import Text
from flourishing.workshop import Draw


def breed(
    parents: Parents,
    n: int = 8,
    pattern: str | Pattern | None = None,
    start: str = "",
    *,
    kind: str | Kind | None = None,
    model: str | BaseModel | None = None,
    seed: int | None = None,
    refills: int | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    top_k: int | None = None,
    min_p: float | None = None,
) -> Brood:
    """Breed n offspring in the spirit of their parents.

    Args:
        parents: Strings or texts, worst first and best last; lists of them for a pattern of chains.
        n: How many offspring, from 1 to 1,000.
        pattern: "poems", "list", "lines", …, the path of a `.toml` file, or a `Pattern`; by default
            that of the kind.
        start: What every offspring begins with.
        kind: "poem", "quote", "word", … (`fl.kinds()`), the path of a `.toml` file, or a `Kind`; by
            default the one that the pattern implies, or else "poem".
        model: As in `base_model`.
        seed: The same seed gives the same brood.
        refills: How many flawed offspring may be asked for again; by default n.
        max_tokens: The most tokens of an offspring; by default the pattern's.
        temperature: As in `base_model`, like the rest.
        top_p: As in `base_model`.
        top_k: As in `base_model`.
        min_p: As in `base_model`.

    Returns:
        The brood: iterate it for the offspring, read its `notes` for what could not be had.

    Raises:
        InputError: There are no parents, or an argument is out of its range.
        TextError: A parent is blank, or cannot stand in the pattern; the message says where.
        ModelError: The model cannot be found, loaded or run.
    """
    events = workshop.breed(
        parents,
        n,
        pattern=pattern,
        kind=kind,
        start=start,
        draw=Draw(
            max_tokens=max_tokens, temperature=temperature, top_p=top_p, top_k=top_k, min_p=min_p
        ),
        seed=seed,
        refills=refills,
        model=open_visibly(model),
    )
    return bridge.run(workshop.finished(events, tell_visibly))


def refine(
    chain: Parent | Versions,
    n: int = 8,
    *,
    examples: Examples | None = None,
    pattern: str | Pattern | None = None,
    start: str = "",
    kind: str | Kind | None = None,
    model: str | BaseModel | None = None,
    seed: int | None = None,
    refills: int | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    top_k: int | None = None,
    min_p: float | None = None,
) -> Brood:
    """Write the next, better version of a text n times.

    To go on with the third, say `chain = chain.with_version(brood[2])`, and refine again; with
    `examples=brood.examples`, the model need not read the examples again.

    Args:
        chain: The versions under work, worst first, as a `Chain` or a list; or a single text.
        n: How many versions, from 1 to 1,000.
        examples: Chains that show what getting better looks like, each worst first; None draws
            six that ship, by the seed.
        pattern: "refinements", the path of a `.toml` file, or a `Pattern` with a link; by default
            versions of texts of the kind.
        start: What every version begins with.
        kind: As in `breed`.
        model: As in `base_model`.
        seed: The same seed gives the same brood.
        refills: As in `breed`, like the rest.
        max_tokens: As in `breed`.
        temperature: As in `breed`.
        top_p: As in `breed`.
        top_k: As in `breed`.
        min_p: As in `breed`.

    Returns:
        The brood of new versions. One that is the same as an old version is marked as a copy.

    Raises:
        InputError: A chain has no versions, or an argument is out of its range.
        TextError: A version is blank, or cannot stand in the pattern; the message says where.
        ModelError: The model cannot be found, loaded or run.
    """
    events = workshop.refine(
        chain,
        n,
        examples=examples,
        pattern=pattern,
        kind=kind,
        start=start,
        draw=Draw(
            max_tokens=max_tokens, temperature=temperature, top_p=top_p, top_k=top_k, min_p=min_p
        ),
        seed=seed,
        refills=refills,
        model=open_visibly(model),
    )
    return bridge.run(workshop.finished(events, tell_visibly))


def worsen(
    chain: Parent | Versions,
    n: int = 8,
    *,
    examples: Examples | None = None,
    pattern: str | Pattern | None = None,
    start: str = "",
    kind: str | Kind | None = None,
    model: str | BaseModel | None = None,
    seed: int | None = None,
    refills: int | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    top_k: int | None = None,
    min_p: float | None = None,
) -> Brood:
    """Write a worse version of a text n times: with the text itself, an example for `refine`.

    `fl.Chain.of([brood[0], text])` is that example. To make the text worse still, worsen the chain.

    Args:
        chain: The text; of a chain of versions, worst first, the first is made still worse.
        n: How many versions, from 1 to 1,000.
        examples: As in `refine`, worst first too; here they are read from best to worst.
        pattern: "worsenings", the path of a `.toml` file, or a `Pattern` with a link; by default
            versions of texts of the kind.
        start: What every version begins with.
        kind: As in `breed`.
        model: As in `base_model`.
        seed: The same seed gives the same brood.
        refills: As in `breed`, like the rest.
        max_tokens: As in `breed`.
        temperature: As in `breed`.
        top_p: As in `breed`.
        top_k: As in `breed`.
        min_p: As in `breed`.

    Returns:
        The brood of worse versions.

    Raises:
        InputError: As `refine` does.
        TextError: As `refine` does.
        ModelError: As `refine` does.
    """
    events = workshop.worsen(
        chain,
        n,
        examples=examples,
        pattern=pattern,
        kind=kind,
        start=start,
        draw=Draw(
            max_tokens=max_tokens, temperature=temperature, top_p=top_p, top_k=top_k, min_p=min_p
        ),
        seed=seed,
        refills=refills,
        model=open_visibly(model),
    )
    return bridge.run(workshop.finished(events, tell_visibly))


def format_poems(poems: Iterable[Parent | Chain | Iterable[Parent | Chain]]) -> str:
    """Write poems as the prompt that asks for another; `fl.find_pattern` has other forms.

    Args:
        poems: Poems, worst first and best last, in a list, a collection or whatever else can be
            gone through; a chain among them stands for its best version, and a list or a
            collection for all of its poems.

    Returns:
        The prompt, for `base_model`.

    Raises:
        InputError: It is a single text, or something among it is no text.
        TextError: A poem is blank, or contains the line of dashes that separates poems.
    """
    given = as_list(poems, "The poems")
    texts = list(_poems([poems] if isinstance(poems, Chain) else given))
    contents = [text.content for text in as_items(texts) if isinstance(text, Text)] if texts else []
    return PATTERNS["poems"].render(contents)


def format_refinements(chains: Examples) -> str:
    """Write chains of versions as the prompt that asks for a better version of the last.

    Args:
        chains: Chains of versions of poems, each from worst to best, as chains or as lists; a
            list or a collection of chains among them stands for all of its chains. The last chain
            is under work.

    Returns:
        The prompt, for `base_model`.

    Raises:
        InputError: A text stands where a chain is expected, or something is no text.
        TextError: A version is blank, or contains one of the marks between versions or chains.
    """
    contents = [[text.content for text in chain] for chain in as_examples(chains)]
    return PATTERNS["refinements"].render(contents)


def _poems(given: Iterable[Parent | Chain | Iterable[Parent | Chain]]) -> Iterator[Parent]:
    """Give the poems of a list, those of the lists in it too."""
    for each in given:
        if isinstance(each, Chain):
            yield each.best
        elif isinstance(each, str | Text) or not isinstance(each, Iterable):
            yield each
        else:
            yield from _poems(as_list(each, "The poems"))
