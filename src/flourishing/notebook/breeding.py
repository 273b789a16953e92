"""Breeding and refining, and the prompts that do it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import ParamSpec

from flourishing import breeding, bridge
from flourishing.arguments import as_list
from flourishing.breeding import BreedRequest, Examples, Parent
from flourishing.breeding.items import as_examples, as_items
from flourishing.brood import Brood
from flourishing.chain import Chain
from flourishing.loading import open_visibly, tell_visibly
from flourishing.notebook import requests
from flourishing.notebook.calls import like
from flourishing.pattern import PATTERNS
from flourishing.text import Text

Given = ParamSpec("Given")


def _waited_for(make: Callable[Given, BreedRequest]) -> Callable[Given, Brood]:
    """Give the call that waits for the brood of a request, with warnings and waits on stderr."""

    def call(*args: Given.args, **kwargs: Given.kwargs) -> Brood:
        request = make(*args, **kwargs)
        events = breeding.breed(replace(request, model=open_visibly(request.model)))
        return bridge.run(breeding.finished(events, tell_visibly))

    return like(make, call, Brood)


breed = _waited_for(requests.breed)
refine = _waited_for(requests.refine)
worsen = _waited_for(requests.worsen)


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
