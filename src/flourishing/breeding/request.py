"""What is asked for when something is bred: one object, from every face to the breeding."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeAlias

from flourishing.arguments import as_list, as_whole, as_words
from flourishing.breeding.brood import MOST_OFFSPRING
from flourishing.breeding.prompt import (
    Examples,
    Items,
    Parent,
    Versions,
    as_chain,
    as_examples,
    as_items,
    turned_round,
)
from flourishing.core.chain import Chain
from flourishing.core.operation import ModelOperation, Operation
from flourishing.core.sampling import Sampling, SamplingOptions, first_seed, model_seed
from flourishing.core.text import Span, Text, require_unicode
from flourishing.errors import InputError, TextError
from flourishing.kinds import Kind, kind_of, kind_of_versions, pattern_for
from flourishing.kinds import kind as find_kind
from flourishing.library import known_kind, library, names, versions_name
from flourishing.models import BaseModel, open_model
from flourishing.models.cost import Budget
from flourishing.patterns import Pattern

Models: TypeAlias = str | Path | BaseModel | Sequence[str | Path | BaseModel] | None
"""A model by its name or itself, several of them, or None for the one that is configured."""

EXAMPLES: Final = 6
"""How many chains of the library show the form where a caller names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreedRequest:
    """One act of breeding as a caller wants it; the defaults complete what is left open.

    Attributes:
        operation: BREED writes offspring of the parents; REFINE the next, better version of the
            chain; WORSEN a version that is worse than the first of the chain.
        parents: The texts to breed from, worst first and best last; or chains of texts, of which
            the last is continued.
        chain: The versions under work, worst first; a single text is a chain of one. For REFINE
            and WORSEN.
        examples: Chains that show what getting better looks like, each worst first; None draws
            six that ship for texts of the kind, by the seed. For REFINE and WORSEN, which reads
            them from best to worst.
        n: How many offspring, from 1 to 1,000.
        kind: The kind of text, by its name, by the path of its file, or itself: its pattern is used
            where `pattern` is None, and it decides which offspring are flawed and which are the
            same. None for the kind that the pattern implies; without a pattern, for that of the
            last text of which it is known, as `library.known_kind` says, or else the default.
        pattern: How the texts become a prompt, and completions offspring: a pattern by its name,
            by the path of its file, or itself. None for the pattern of the kind.
        words: About how many words an offspring has, from 1 to 2,000: less than half of that, or
            more than half as many again, is a flaw. None for any length.
        start: What every offspring begins with; part of its text.
        start_spans: Who wrote which stretch of the start words; by default a person wrote them all.
        sampling: How tokens are drawn. Options leave the rest to the kind, the pattern and the
            defaults.
        seed: Makes the brood reproducible, from 0 to 2**31 - 1; None draws a fresh one, and lets
            the model be fast.
        refills: How many more completions may be asked for in place of flawed ones; None for n.
        model: The base model, by its name or itself; a list of several, among which the places are
            shared out in turn, place i to model i modulo their number; None for the one that is
            configured.
        prompt: What is sent instead of the prompt that the texts make: one that a person edited.
            The start words stand at its end, or else nothing has to begin with them.
        budget: Bounds what it may cost; None for the month's budget alone.
    """

    operation: ModelOperation = Operation.BREED
    parents: Iterable[object] = ()
    chain: Parent | Versions | None = None
    examples: Examples | None = None
    n: int = 8
    kind: str | Kind | None = None
    pattern: str | Pattern | None = None
    words: int | None = None
    start: str = ""
    start_spans: tuple[Span, ...] = ()
    sampling: Sampling | SamplingOptions = field(default_factory=SamplingOptions)
    seed: int | None = None
    refills: int | None = None
    model: Models = None
    prompt: str | None = None
    budget: Budget | None = None

    def with_kind(self) -> BreedRequest:
        """Give the request with the kind of its texts, where it names neither kind nor pattern.

        Raises:
            InputError: The texts are no list of any sort.
        """
        if self.kind is not None or self.pattern is not None:
            return self
        breeding = self.operation is Operation.BREED
        given = self.parents if breeding else self.chain
        if given is None or isinstance(given, str | Text):
            texts = [] if given is None else [given]
            return replace(self, kind=known_kind(texts))
        items = as_list(given, "The parents" if breeding else "The versions")
        its = known_kind(each for each in items if isinstance(each, str | Text))
        return replace(self, kind=its, parents=items) if breeding else replace(self, kind=its)

    def find_pattern(self) -> Pattern:
        """Give the pattern.

        Raises:
            InputError: There is no such kind, or its file is wrong.
            PatternError: There is no pattern of that name, or its file cannot be read.
        """
        return pattern_for(self.kind, self.pattern, to=self.operation)

    def find_kind(self, pattern: Pattern, items: Sequence[Text | Chain] = ()) -> Kind:
        """Give the kind of text.

        Args:
            pattern: Implies the kind where the request names none.
            items: What stands in the prompt, and tells kinds apart that have the same pattern; by
                default nothing.

        Raises:
            InputError: There is no such kind, its file is wrong, or the length is out of range.
        """
        texts = [item.content for item in items if isinstance(item, Text)]
        its = kind_of(pattern, texts=texts) if self.kind is None else find_kind(self.kind)
        return its if self.words is None else its.of_length(self.words)

    def counts(self) -> tuple[int, int]:
        """Give how many offspring are asked for, and how many refills.

        Raises:
            InputError: One of them is out of range.
        """
        n = as_whole(self.n, "n")
        if not 1 <= n <= MOST_OFFSPRING:
            raise InputError(
                f"A brood cannot have {n:,} offspring.",
                hint=f"Ask for 1 to {MOST_OFFSPRING:,}; for more, breed several times.",
            )
        refills = n if self.refills is None else as_whole(self.refills, "refills")
        if refills < 0:
            raise InputError(f"refills cannot be {refills}.", hint="Give 0 or more.")
        return n, refills

    def models(self) -> tuple[BaseModel, ...]:
        """Open the models.

        Raises:
            InputError: There are none, one is named twice, or there are more than offspring.
            ModelError: One cannot be found.
        """
        given = as_models(self.model)
        if not given:
            raise InputError("There is no model.", hint="Name at least one, or leave it out.")
        models = tuple(open_model(each) for each in given)
        names = [model.name for model in models]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise InputError(f"The model {twice!r} is named twice.", hint="Name each model once.")
        if len(models) > 1 and len(models) > self.n:
            raise InputError(
                f"{self.n} offspring cannot be shared out among {len(models)} models.",
                hint=f"Ask for {len(models)} or more, or name fewer models.",
            )
        return models

    def shared_out(self, models: Sequence[BaseModel]) -> list[BreedRequest]:
        """Give the request of each of several models, which has what is drawn or iterated once.

        Args:
            models: The models.

        Raises:
            InputError: There are no parents, or nothing under work; or a number is out of range.
            TextError: A parent is blank, or has a lone surrogate.
        """
        n, refills = self.counts()
        common = self.with_kind()
        items = common.items()
        if self.operation is Operation.BREED:
            common = replace(common, parents=items)
        else:
            chains = [each for each in items if isinstance(each, Chain)]
            if self.operation is Operation.WORSEN:
                chains = [turned_round(each) for each in chains]
            common = replace(common, chain=chains[-1], examples=chains[:-1])
        k = len(models)
        return [
            replace(
                common,
                model=model,
                n=len(range(i, n, k)),
                refills=len(range(i, refills, k)),
                seed=None if self.seed is None else model_seed(first_seed(self.seed), i),
            )
            for i, model in enumerate(models)
        ]

    def items(self) -> Items:
        """Give the texts or chains that stand in the prompt, in its order.

        Raises:
            InputError: There are none, or nothing under work.
            TextError: One is blank, or has a lone surrogate.
        """
        if self.operation is Operation.BREED:
            return [] if self.prompt is not None and not self.parents else as_items(self.parents)
        if self.chain is None:
            raise InputError("There is nothing to refine.", hint="Give a text, or its versions.")
        chain = as_chain(self.chain, "the chain under work")
        examples = as_examples(self._drawn(chain) if self.examples is None else self.examples)
        chains = [*examples, chain]
        worsening = self.operation is Operation.WORSEN
        return [turned_round(each) for each in chains] if worsening else chains

    def _drawn(self, chain: Chain) -> list[Chain]:
        its = self.find_kind(pattern := self.find_pattern())
        its = kind_of_versions(pattern) if its.medium == "chain" else its
        return examples_for(chain, kind=its, seed=self.seed)

    def start_words(self, pattern: Pattern) -> str:
        """Give the start words: those of the request, or else those of the pattern.

        Args:
            pattern: The pattern.

        Raises:
            TextError: They contain what ends a text of the pattern, or have a lone surrogate.
        """
        start = self.start or pattern.start
        require_unicode(as_words(start, "The start"), "The start")
        for stop in pattern.stop:
            if stop in start:
                raise TextError(
                    f"The start contains {stop!r}, where a text of the pattern {pattern.name!r} "
                    "ends.",
                    hint="Leave that out of it, or use another pattern.",
                )
        return start


def as_models(model: Models) -> list[str | Path | BaseModel | None]:
    """Take one model or several as a list.

    Args:
        model: A model by its name or itself, several of them, or None for the configured one.
    """
    if isinstance(model, Sequence) and not isinstance(model, str):
        return [*model]
    return [model]


def examples_for(
    chain: Parent | Versions,
    *,
    kind: Kind | None = None,
    seed: int | None = None,
    take: int = EXAMPLES,
) -> list[Chain]:
    """Draw chains of the library as examples for one that is under work.

    A chain that shares a version with it is no example: the model would copy how that one went on.

    Args:
        chain: The chain under work.
        kind: The kind of its texts; None for the default kind. Without chains of the kind, or of
            one with the same medium, there are no examples.
        seed: The same seed draws the same chains.
        take: How many, if there are so many.
    """
    seed = None if seed is None else as_whole(seed, "seed")
    own = {text.content for text in as_chain(chain, "the chain under work")}
    name = versions_name(kind, names())
    chains = library(name).chains if name else ()
    others = [each for each in chains if not any(text.content in own for text in each)]
    return random.Random(seed).sample(others, min(take, len(others)))
