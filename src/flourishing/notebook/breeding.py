"""Breeding, choosing examples, and the garden, at a Python prompt.

Each of `fl.breed`, `fl.refine` and `fl.worsen` makes a request and waits for its brood.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from flourishing import breeding, sync
from flourishing.app.progress import notify_visibly, open_visibly
from flourishing.arguments import as_list
from flourishing.breeding import BreedRequest, Examples, Parent
from flourishing.breeding.brood import Brood
from flourishing.breeding.prompt import as_examples, as_items
from flourishing.core.chain import Chain
from flourishing.core.originality import Echo
from flourishing.core.text import Text
from flourishing.library.choosing import Choice, How
from flourishing.library.choosing import choose as chosen
from flourishing.models import BaseModel
from flourishing.notebook import requests
from flourishing.notebook.requests import Shorthands
from flourishing.patterns import PATTERNS

if TYPE_CHECKING:
    from flourishing.app.share import Form, Scope, SharedFile
    from flourishing.formats.picture import Look, Size
    from flourishing.garden import Garden


Call = TypeVar("Call", bound=Callable[..., Any])


def like(make: Callable[..., Any], call: Call, returns: object) -> Call:
    """Let a call look like the one whose arguments it takes.

    Args:
        make: The call that makes the request.
        call: The call that gives what the request is for.
        returns: What that is.

    Returns:
        The call, with the name, the docstring and the signature of the other; each shorthand of it
        is a parameter that a person sees.
    """
    update_wrapper(call, make)
    signature = inspect.signature(make)
    named = [
        each
        for each in signature.parameters.values()
        if each.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    named += [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_words(kind)
        )
        for name, kind in Shorthands.__annotations__.items()
    ]
    shown: Any = call
    shown.__signature__ = signature.replace(parameters=named, return_annotation=returns)
    shown.__annotations__ = {**make.__annotations__, "return": returns}
    return call


def _words(kind: object) -> object:
    return getattr(kind, "__forward_arg__", kind)


Given = ParamSpec("Given")


def _waited_for(make: Callable[Given, BreedRequest]) -> Callable[Given, Brood]:
    """Give the call that waits for the brood of a request, with warnings and waits on stderr."""

    def call(*args: Given.args, **kwargs: Given.kwargs) -> Brood:
        request = make(*args, **kwargs)
        opened = [open_visibly(each) for each in breeding.as_models(request.model)]
        events = breeding.breed(replace(request, model=opened))
        return sync.run(breeding.finished(events, notify_visibly))

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


T = TypeVar("T", Text, Chain)


def open_garden(place: str | Path | None = None) -> Garden:
    """Open a garden, the store of everything that was bred and kept; make it if it is not there.

    Args:
        place: The path of a file, or a `postgresql://` URL; None for the one that is configured:
            FLOURISHING_GARDEN, `garden` in `config.toml`, or the file in the person's folder.

    Returns:
        The garden; close it, or use it in a `with` statement.

    Raises:
        GardenError: It is no garden, is damaged, belongs to a newer version or cannot be reached.
        StorageError: There is no room or no permission to make it.

    Example:
        >>> import flourishing as fl
        >>> with fl.open_garden() as garden:
        ...     brood = garden.save(fl.breed(["a wet, black bough"], model="echo"))
        ...     garden.keep(brood[0])
        ...     garden.undo().kind
        'keep'
    """
    from flourishing.garden import open_garden as opened  # here, as few scripts need a database

    return opened(place)


def share(
    garden: Garden,
    number: int,
    form: Form = "picture",
    *,
    scope: Scope | None = None,
    examples: bool = False,
    size: Size | None = None,
    look: Look = "day",
    title: str = "",
    by: str = "",
    credit: bool = False,
) -> SharedFile:
    """Share a text or its family: as a picture, as a page for another garden, or as plain text.

    Nobody is named unless credit is asked for, and no mark, tag, bed or cost is in it. A page with
    a lineage has in it all that the text came from, with the authors of published texts and the
    names of models.

    Args:
        garden: The garden of the text.
        number: The number of the text.
        form: "picture" for a PNG, which is the default; "page" for one self-contained HTML page
            that another garden can take in; or "text".
        scope: "text" for the text alone, "ancestors" with all that it came from, "descendants" with
            all that came of it, "family" with both. None for "ancestors" of a page, and else for
            "text".
        examples: Whether texts that only showed what getting better looks like are shown too. Off
            by default.
        size: Of a picture in pixels: "square" (1080 by 1080), "portrait" (1080 by 1350), "story"
            (1080 by 1920), "wide" (1600 by 900) or "long" (1080, as high as it becomes). None for
            "portrait" of a text, and for "long" of a family.
        look: Of a picture: "day", the default, or "night".
        title: A title above it; "", the default, for none.
        by: Whose it is; "", the default, for nobody.
        credit: Whether it says who wrote it. Off by default.

    Returns:
        What can be saved (`save`) and sent (`name`, `media_type`, `data`).

    Raises:
        InputError: There is no such text; or a picture has no room for it, or no font for its
            signs.

    Example:
        >>> import flourishing as fl
        >>> garden = fl.open_garden()
        >>> (fog,) = garden.add("the fog comes\\non little cat feet")
        >>> fl.share(garden, fog.id, size="square").name
        'the fog comes.png'
    """
    from flourishing.app.share import ShareRequest, share_text  # here, as it needs a database
    from flourishing.garden import as_garden

    request = ShareRequest(
        id=number,
        form=form,
        scope=scope,
        examples=examples,
        size=size,
        look=look,
        title=title,
        by=by,
        credit=credit,
    )
    return share_text(as_garden(garden), request)


def choose(
    items: Sequence[T],
    how: How = "random",
    *,
    most: int | None = None,
    near: str | None = None,
    tokens: int | None = None,
    seed: int | None = None,
    model: str | BaseModel | None = None,
) -> list[T]:
    """Choose examples for a prompt from a large collection.

    Args:
        items: Texts or chains, such as `fl.library("imagists").texts`.
        how: "all" in their order, the "newest", a "random" draw, those "nearest" to a text, or
            "diverse" ones, which differ from each other.
        most: How many at most.
        near: The text that the nearest ones are like.
        tokens: How many tokens they may have together, without what the pattern puts between.
        seed: The same seed draws the same ones.
        model: Counts the tokens, where there is a budget of them; as in `base_model`.

    Returns:
        Those chosen, the one that suits best last.

    Raises:
        InputError: A number below 1, or nothing to be near to.
    """
    choice = Choice(how=how, most=most, near=near, tokens=tokens, seed=seed)
    counting = open_visibly(model).count_tokens if tokens is not None else None
    return sync.run(chosen(items, choice, count_tokens=counting))


def echoes(text: str | Text, *, garden: Garden | None = None) -> tuple[Echo, ...]:
    """Say in which other texts words of this one stand: is it original?

    Args:
        text: The text; its parents are looked through as well.
        garden: The garden to look through; None for the parents and the library alone.

    Returns:
        Where four words in a row or more stand, or a near copy, the longest run first.
    """
    from flourishing.app import collections
    from flourishing.garden import Stored, as_garden  # here, as they bring the database

    text = text if isinstance(text, Text) else Text(text)
    if garden is None:
        return collections.echoes(text.content, parents=text.origin.parents)
    garden = as_garden(garden)
    kin = garden.lineage.kin(text.id) if isinstance(text, Stored) else ()
    return collections.echoes(text.content, garden, parents=text.origin.parents, but=kin)
