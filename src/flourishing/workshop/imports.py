"""Texts that come in from files: each once, however often and from which file it is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flourishing.garden import Garden, Stored
from flourishing.text import Origin, Source, Text

_NOWHERE = Source()


def bring_in(garden: Garden, texts: Sequence[Text], *, into: str | None = None) -> list[Stored]:
    """Store texts of a file as one act, which one undo takes back, and keep them.

    What brings nothing new is no act, so that an undo takes back what did.

    Args:
        garden: Where they go.
        texts: The texts. Of one that is there already, nothing is stored.
        into: The collection that they join as well; None for none.

    Returns:
        The texts as they are in the garden, in the order given.
    """
    with garden.one_act("import"):
        stored = garden.add(*as_known(garden, texts), keep=False)
        garden.keep(*(text for text in stored if "keep" not in text.marks))
        if into is not None:
            shelf = garden.shelves.get(into)
            there = {text.id for text in shelf.texts} if shelf else set()
            if fresh := [text for text in stored if text.id not in there]:
                garden.shelves.put(into, *fresh)
        return garden.texts([text.id for text in stored])


def as_known(garden: Garden, texts: Iterable[Text]) -> list[Text]:
    """Give texts, and for each that the garden has already the text that it has.

    When a file was read or written, and what it is called, makes no other text of the same words.

    Args:
        garden: Where to look.
        texts: Texts as a file gives them.
    """
    texts = list(texts)
    there = garden.search.contents(text.digest for text in texts)
    return [
        next((each for each in there.get(text.digest, ()) if says_as_much(each, text)), text)
        for text in texts
    ]


def says_as_much(stored: Stored, text: Text) -> bool:
    """Say whether a text of the garden has the same words as one of a file, and says all it says.

    Args:
        stored: The text of the garden.
        text: The text of the file. Its time and the file's name do not count.
    """
    if stored.identity == text.identity:
        return True
    if stored.origin.parents or text.origin.parents or stored.digest != text.digest:
        return False
    ours, theirs = _told(stored.origin), _told(text.origin)
    return stored.origin.author == text.origin.author and all(
        theirs_says in (None, "", (), ours_says)
        for ours_says, theirs_says in zip(ours, theirs, strict=True)
    )


def _told(origin: Origin) -> tuple[object, ...]:
    source = origin.source or _NOWHERE
    return (
        *(origin.model, origin.pattern, origin.sampling, origin.seed, origin.start),
        *(origin.prompt, origin.raw, origin.spans),
        *(source.author, source.title, source.year),
    )
