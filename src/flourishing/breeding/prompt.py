"""From parents to the exact prompt.

Texts and chains of texts are checked where they enter. Parents that do not fit into the model's
context are left out, the first of them first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeAlias

from flourishing.arguments import as_list, as_words
from flourishing.breeding.brood import Asked
from flourishing.core.chain import Chain
from flourishing.core.text import Text, require_unicode
from flourishing.core.words import quantity
from flourishing.errors import InputError, PromptTooLongError, TextError
from flourishing.models.protocol import BaseModel
from flourishing.patterns import Item, Pattern

Parent: TypeAlias = str | Text
Versions: TypeAlias = Chain | Sequence[Parent]
"""The versions of one text, worst first."""
Parents: TypeAlias = Iterable[Parent | Versions]
"""Texts, or chains of texts; a collection or a brood will do."""
Items: TypeAlias = list[Text] | list[Chain]
Examples: TypeAlias = Iterable[Versions | Iterable[Versions | Text]]
"""Chains that show what getting better looks like, each from worst to best; or groups of them."""


def as_items(parents: Iterable[object]) -> Items:
    """Take parents as texts, or as chains of texts.

    Args:
        parents: Strings, texts, chains or lists of versions; not texts and chains together.

    Raises:
        InputError: There are none.
        TextError: One is blank, or has a lone surrogate.
    """
    given = "no parents"
    if isinstance(parents, str | Text):
        given = f"the single text {str(parents)[:40]!r}" if str(parents) else given
        parents = []
    parents = as_list(parents, "The parents")
    if not parents:
        raise InputError(
            f"There is nothing to breed from: {given}.",
            hint="Give a list of texts, worst first; one is enough to begin with.",
        )
    texts: list[Text] = []
    chains: list[Chain] = []
    for i, parent in enumerate(parents, start=1):
        if isinstance(parent, str | Text):
            texts.append(_as_text(parent, f"Parent {i}"))
        else:
            chains.append(as_chain(parent, f"chain {i}"))  # type: ignore[arg-type]  # it refuses what is no text
    if texts and chains:
        raise InputError(
            "Some of the parents are single texts, and some are chains.",
            hint="Give all of them as texts, or all of them as lists of versions.",
        )
    return texts or chains


def as_chain(versions: Parent | Versions, name: str) -> Chain:
    """Take the versions of a text as a chain; a single text is a chain of one version.

    Args:
        versions: The versions, worst first.
        name: What to call the chain in an error.

    Raises:
        InputError: There are none.
        TextError: One is blank, or has a lone surrogate.
    """
    if isinstance(versions, str | Text):
        versions = [versions]
    given = as_list(versions, f"{name[:1].upper()}{name[1:]}")
    texts = tuple(_as_text(each, f"Version {j} of {name}") for j, each in enumerate(given, 1))
    if not texts:
        raise InputError(
            f"{name[:1].upper()}{name[1:]} is empty.", hint="Give it at least one version."
        )
    return Chain(texts, versions.source if isinstance(versions, Chain) else None)


def as_examples(examples: Examples) -> list[Chain]:
    """Take example chains as chains of texts.

    Args:
        examples: Chains, as chains or as lists of versions, and groups of them, such as a
            collection among chains; the groups are opened, in their order.

    Raises:
        InputError: One is a single text, or has no versions, or mixes versions and chains.
        TextError: A version is blank, or has a lone surrogate.
    """
    chains: list[Chain] = []
    for number, each in enumerate(as_list(examples, "The examples"), start=1):
        if isinstance(each, str | Text):
            raise InputError(
                f"Example {number} is the single text {str(each)[:40]!r}, not a chain.",
                hint="Give a list of chains, each a list of versions from worst to best.",
            )
        chains += _opened(each, f"example {number}")
    return chains


def _opened(given: Versions | Iterable[Versions | Text], name: str) -> list[Chain]:
    """Take one chain, or all chains of a group."""
    if isinstance(given, Chain):
        return [as_chain(given, name)]
    items: list[object] = as_list(given, f"{name[:1].upper()}{name[1:]}")
    singles = [isinstance(each, str | Text) for each in items]
    if not any(singles) and any(isinstance(each, Iterable) for each in items):
        return as_examples(items)  # type: ignore[arg-type]  # it looks at each of them
    if not all(singles) and any(isinstance(each, Chain | list | tuple) for each in items):
        raise InputError(
            f"{name[:1].upper()}{name[1:]} mixes texts with chains.",
            hint="Put the versions of each text into a list of their own.",
        )
    return [as_chain(items, name)]  # type: ignore[arg-type]  # it refuses what is no text


def turned_round(chain: Chain) -> Chain:
    """Give the chain with its best version first.

    Args:
        chain: The chain, worst version first.
    """
    return Chain(chain.versions[::-1], chain.source)


def _as_text(parent: Parent, name: str) -> Text:
    if not isinstance(parent, Text):
        require_unicode(as_words(parent, name), name)
    text = parent if isinstance(parent, Text) else Text(parent)
    if not text.content.strip():
        raise TextError(f"{name} is blank.", hint="Leave it out, or write something there.")
    return text


async def fit(
    items: Items, *, pattern: Pattern, model: BaseModel, start: str, n: int, max_tokens: int
) -> Asked:
    """Render as many parents as the pattern and the model's context have room for.

    Args:
        items: The parents, worst first; the first of them leave first. Of chains, the last is the
            one under work, which never leaves.
        pattern: How they are rendered.
        model: Whose context it is.
        start: What the prompt ends with, its trailing blanks left off.
        n: How many completions must find room beside the prompt,
        max_tokens: each of at most so many tokens.

    Raises:
        TextError: A parent cannot stand in the pattern.
        PromptTooLongError: Not even the last one fits.
    """

    def prompt(count: int) -> str:
        return pattern.render(_contents(items[len(items) - count :])) + start.rstrip(" ")

    async def fits(count: int) -> bool:
        try:
            return await model.count_tokens(prompt(count)) <= room
        except PromptTooLongError:
            return False

    prompt(len(items))  # every parent must be able to stand in the pattern, left out or not
    room = await model.prompt_room(n, max_tokens)
    most = min(len(items), pattern.max_parents or len(items))
    count = await _largest(most, fits)
    if not count:
        raise _too_long(items[-1], tokens=await model.count_tokens(prompt(1)), room=room)
    why = (
        f"the model has room for {quantity(room, 'token')} beside what it writes"
        if count < most
        else f"the pattern {pattern.name!r} holds at most {most:,}"
    )
    return _asked(items, len(items) - count, prompt=prompt(count), why=why)


def as_given(items: Items, prompt: str) -> Asked:
    """Take a prompt that a person edited, in the place of the one that the parents would make.

    Args:
        items: The texts or chains that count as the parents of the brood.
        prompt: The exact prompt to be sent.

    Raises:
        TextError: It is empty, or has a lone surrogate.
    """
    require_unicode(as_words(prompt, "The prompt"), "The prompt")
    if not prompt:
        raise TextError("The prompt is empty.", hint="Leave the beginning of something in it.")
    return _asked(items, 0, prompt=prompt, why="") if items else Asked(prompt, ())


def _asked(items: Items, out: int, *, prompt: str, why: str) -> Asked:
    """Say who stands in the prompt, and why the first `out` items do not."""
    last = items[-1]
    others = (
        quantity(len(items), "parent")
        if isinstance(last, Text)
        else quantity(len(items) - 1, "example")
    )
    return Asked(
        prompt=prompt,
        parents=_flat(items[out:]),
        left_out=_flat(items[:out]),
        note=f"The first {out:,} of {others} were left out: {why}." if out else "",
        examples=tuple(each for each in items[out:-1] if isinstance(each, Chain)),
        chain=last if isinstance(last, Chain) else None,
    )


def _too_long(last: Text | Chain, *, tokens: int, room: int) -> PromptTooLongError:
    which = "the last parent" if isinstance(last, Text) else "the chain under work"
    shorten = "Shorten it" if isinstance(last, Text) else "Give fewer of its versions"
    return PromptTooLongError(
        f"Not even {which} fits: with it the prompt has {quantity(tokens, 'token')}, and the model "
        f"has room for {room:,} beside what it writes.",
        hint=f"{shorten}, or ask for fewer or shorter offspring.",
        tokens=tokens,
        limit=room,
    )


def _contents(items: Sequence[Text | Chain]) -> list[Item]:
    return [
        item.content if isinstance(item, Text) else [each.content for each in item]
        for item in items
    ]


def _flat(items: Sequence[Text | Chain]) -> tuple[Text, ...]:
    return tuple(text for item in items for text in ((item,) if isinstance(item, Text) else item))


async def _largest(most: int, fits: Callable[[int], Awaitable[bool]]) -> int:
    """Find the largest count that fits, from 0 to `most`, in about log2 tries."""
    low, high = 0, most
    probe = most  # nearly always all of them fit
    while low < high:
        if await fits(probe):
            low = probe
        else:
            high = probe - 1
        probe = (low + high + 1) // 2
    return low
