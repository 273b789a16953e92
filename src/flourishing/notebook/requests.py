"""The calls that breed, each written once: its arguments, their meaning, and the request they make.

`notebook.breeding` waits for what a request gives, and `flourishing.aio` awaits it; both have these
signatures and docstrings, which therefore speak of the brood.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict, TypeVar, Unpack

from flourishing.breeding import BreedRequest, Examples, Models, Parent, Versions
from flourishing.core.operation import Operation
from flourishing.core.sampling import Sampling, SamplingOptions
from flourishing.kinds import Kind
from flourishing.patterns import Pattern

Item = TypeVar("Item")
"""What is bred from: a string, a text, or a list of them. A type of its own, so that a checker
infers what `sorted(population, key=fitness)` holds from the population alone."""


class Shorthands(TypedDict, total=False):
    """Settings of the sampling that calls take by themselves, as in `SamplingOptions`."""

    max_tokens: int | None
    temperature: float | None
    top_p: float | None
    top_k: int | None
    min_p: float | None


def breed(
    parents: Iterable[Item],
    n: int = 8,
    pattern: str | Pattern | None = None,
    start: str = "",
    *,
    kind: str | Kind | None = None,
    sampling: Sampling | SamplingOptions | str | None = None,
    seed: int | None = None,
    refills: int | None = None,
    words: int | None = None,
    model: Models = None,
    prompt: str | None = None,
    **shorthands: Unpack[Shorthands],
) -> BreedRequest:
    """Breed n offspring in the spirit of their parents.

    Args:
        parents: Strings or texts, worst first and best last; lists of them for a pattern of chains.
        n: How many offspring, from 1 to 1,000.
        pattern: "poems", "list", "lines", …, the path of a `.toml` file, or a `Pattern`; by default
            that of the kind.
        start: What every offspring begins with; by default nothing.
        kind: "poem", "quote", "word", … (`fl.kinds()`), the path of a `.toml` file, or a `Kind`; by
            default the one that the pattern implies, or else that of the last parent of which it
            is known: as which it was bred, or in whose collection it stands; or else "poem".
        sampling: How tokens are drawn: "tame", "usual", "bold", "wild", or numbers. What
            `SamplingOptions` leave open is the kind's, the pattern's or the default.
        seed: The same seed gives the same brood; from 0 to 2**31 - 1, by default a fresh one.
        refills: How many flawed offspring may be asked for again; by default n.
        words: About how many words an offspring has, from 1 to 2,000: less than half of that, or
            more than half as many again, is a flaw. By default any length.
        model: "local" (the embedded model), "echo", the path of a `.gguf` file, an address, a name
            in the configuration, or a model; by default the one that is configured. A list of
            several shares the brood out among them in turn: place i is written by model i modulo
            their number.
        prompt: What is sent instead of the prompt that the parents make; by default that.
        **shorthands: max_tokens, temperature, top_p, top_k and min_p as in `SamplingOptions`; they
            go before `sampling`.

    Returns:
        The brood: iterate it for the offspring, read its `notes` for what could not be had.

    Raises:
        InputError: There are no parents, or an argument is out of its range.
        TextError: A parent is blank, or cannot stand in the pattern; the message says where.
        ModelError: The model cannot be found, loaded or run.
    """
    return BreedRequest(
        parents=parents,
        n=n,
        kind=kind,
        pattern=pattern,
        start=start,
        sampling=completed(sampling, shorthands),
        seed=seed,
        refills=refills,
        words=words,
        model=model,
        prompt=prompt,
    )


def refine(
    chain: Parent | Versions,
    n: int = 8,
    *,
    examples: Examples | None = None,
    kind: str | Kind | None = None,
    pattern: str | Pattern | None = None,
    start: str = "",
    sampling: Sampling | SamplingOptions | str | None = None,
    seed: int | None = None,
    refills: int | None = None,
    model: Models = None,
    prompt: str | None = None,
    **shorthands: Unpack[Shorthands],
) -> BreedRequest:
    """Write the next, better version of a text n times.

    To go on with the third, say `chain = chain.with_version(brood[2])`, and refine again; with
    `examples=brood.examples`, the model need not read the examples again.

    Args:
        chain: The versions under work, worst first, as a `Chain` or a list; or a single text.
        n: How many versions, from 1 to 1,000.
        examples: Chains that show what getting better looks like, each worst first; by default up
            to six that ship for the kind, drawn by the seed.
        kind: The kind of text, as in `breed`; by default that of the last version of which it is
            known.
        pattern: The path of a `.toml` file, or a `Pattern` with a link; by default
            versions of texts of the kind.
        start: What every version begins with; by default nothing.
        sampling: How tokens are drawn, as in `breed`.
        seed: The same seed gives the same brood; from 0 to 2**31 - 1, by default a fresh one.
        refills: How many flawed versions may be asked for again; by default n.
        model: The base model, as in `breed`.
        prompt: What is sent instead of the prompt that the chains make; by default that.
        **shorthands: max_tokens, temperature, top_p, top_k and min_p, as in `breed`.

    Returns:
        The brood of new versions. One that is the same as an old version is marked as a copy.

    Raises:
        InputError: A chain has no versions, or an argument is out of its range.
        TextError: A version is blank, or cannot stand in the pattern; the message says where.
        ModelError: The model cannot be found, loaded or run.
    """
    return BreedRequest(
        operation=Operation.REFINE,
        chain=chain,
        examples=examples,
        n=n,
        kind=kind,
        pattern=pattern,
        start=start,
        sampling=completed(sampling, shorthands),
        seed=seed,
        refills=refills,
        model=model,
        prompt=prompt,
    )


def worsen(
    chain: Parent | Versions,
    n: int = 8,
    *,
    examples: Examples | None = None,
    kind: str | Kind | None = None,
    pattern: str | Pattern | None = None,
    start: str = "",
    sampling: Sampling | SamplingOptions | str | None = None,
    seed: int | None = None,
    refills: int | None = None,
    model: Models = None,
    prompt: str | None = None,
    **shorthands: Unpack[Shorthands],
) -> BreedRequest:
    """Write a worse version of a text n times: with the text itself, an example for `refine`.

    `fl.Chain.of([brood[0], text])` is that example. To make the text worse still, worsen the chain.

    Args:
        chain: The text; of a chain of versions, worst first, the first is made still worse.
        n: How many versions, from 1 to 1,000.
        examples: Chains as in `refine`, worst first too; here they are read from best to worst.
        kind: The kind of text, as in `breed`; by default that of the last version of which it is
            known.
        pattern: The path of a `.toml` file, or a `Pattern` with a link; by default
            versions of texts of the kind.
        start: What every version begins with; by default nothing.
        sampling: How tokens are drawn, as in `breed`.
        seed: The same seed gives the same brood; from 0 to 2**31 - 1, by default a fresh one.
        refills: How many flawed versions may be asked for again; by default n.
        model: The base model, as in `breed`.
        prompt: What is sent instead of the prompt that the chains make; by default that.
        **shorthands: max_tokens, temperature, top_p, top_k and min_p, as in `breed`.

    Returns:
        The brood of worse versions.

    Raises:
        InputError: A chain has no versions, or an argument is out of its range.
        TextError: A version is blank, or cannot stand in the pattern; the message says where.
        ModelError: The model cannot be found, loaded or run.
    """
    return BreedRequest(
        operation=Operation.WORSEN,
        chain=chain,
        examples=examples,
        n=n,
        kind=kind,
        pattern=pattern,
        start=start,
        sampling=completed(sampling, shorthands),
        seed=seed,
        refills=refills,
        model=model,
        prompt=prompt,
    )


def completed(
    sampling: Sampling | SamplingOptions | str | None, shorthands: Shorthands
) -> Sampling | SamplingOptions:
    """Give the sampling with what a caller says by shorthands in the place of its settings.

    Args:
        sampling: The sampling, options of it, or the name of a preset; None for nothing.
        shorthands: Single settings, which replace those of `sampling`.

    Raises:
        InputError: A setting is unknown, or out of its range.
    """
    options = SamplingOptions.of(sampling, **shorthands)
    return options.complete(0) if isinstance(sampling, Sampling) else options
