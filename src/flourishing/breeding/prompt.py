"""Parents to prompt: as many of them, from the last back, as the model has room for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from flourishing.arguments import as_words
from flourishing.breeding.items import Items
from flourishing.brood import Asked
from flourishing.chain import Chain
from flourishing.errors import PromptTooLongError, TextError
from flourishing.models.protocol import BaseModel
from flourishing.pattern import Item, Pattern
from flourishing.text import Text, require_unicode


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
        f"the model has room for {room:,} tokens beside what it writes"
        if count < most
        else f"the pattern {pattern.name!r} holds at most {most:,}"
    )
    return _asked(items, len(items) - count, prompt=prompt(count), why=why)


def as_given(items: Items, prompt: str) -> Asked:
    """Take a prompt that a person edited, in the place of the one that the parents would make.

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
    others = f"{len(items):,} parents" if isinstance(last, Text) else f"{len(items) - 1:,} examples"
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
        f"Not even {which} fits: with it the prompt has {tokens:,} tokens, and the model has room "
        f"for {room:,} beside what it writes.",
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
