"""Embedding the texts of a garden, and finding those that are alike in meaning.

A model and a garden work together here, so these are coroutines: neither waits for the other. What
is embedded is stored batch by batch, so that nothing is lost when it is stopped, and nobody who
writes waits for longer than one batch takes to be stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flourishing.core.text import Text, require_unicode
from flourishing.core.words import quantity
from flourishing.errors import InputError, PromptTooLongError
from flourishing.garden.beds import Bed
from flourishing.garden.rows import Mark, to_bytes
from flourishing.garden.search import Near
from flourishing.models import BaseModel, open_model
from flourishing.models.cost import metered
from flourishing.models.protocol import WithEmbeddings, require_embeddings

if TYPE_CHECKING:
    from flourishing.garden.embeddings import Floats, Unembedded
    from flourishing.garden.garden import AsyncGarden, Garden

_BATCH: Final = 16
"""Texts that are embedded, and then stored, together."""
_PART: Final = 10 * _BATCH
"""Texts among which those without an embedding are looked for together."""
HOW: Final = "Embed them in the background with: flourishing garden embed"


@dataclass(frozen=True, slots=True)
class Embedded:
    """How many of a garden's contents have an embedding.

    Attributes:
        new: How many were embedded by this call.
        done: How many have one, or none can be had.
        all: How many contents there are, those of texts that were put away too.
    """

    new: int
    done: int
    all: int


def embedder(model: str | BaseModel | None) -> tuple[str, WithEmbeddings]:
    """Give a model that embeds, within the budget of the month, with its name.

    Args:
        model: The model, by name or itself; None for the one that is configured.

    Raises:
        EngineError: It gives no embeddings.
    """
    opened = open_model(model)
    require_embeddings(opened)
    return opened.name, require_embeddings(metered(opened, None))


async def embed_missing(
    garden: AsyncGarden,
    model: str | BaseModel | None = None,
    *,
    limit: int | None = None,
    ids: Sequence[int] | None = None,
    notify: Callable[[int], None] | None = None,
) -> Embedded:
    """Embed texts that have no embedding yet, the newest first.

    What was embedded before it is stopped stays.

    Args:
        garden: The garden.
        model: The base model, by name or itself; by default the one that is configured.
        limit: How many texts at most; None for all.
        ids: Only texts with these numbers; None for all that are not put away.
        notify: Called with the number of texts that were embedded, after each batch.

    Returns:
        How many are done.

    Raises:
        EngineError: The model gives no embeddings.
        StorageError: The garden cannot be written.
    """
    garden.require_writable()
    name, opened = embedder(model)
    new = 0
    for part in _parts(ids):
        while limit is None or new < limit:
            many = _BATCH if limit is None else min(_BATCH, limit - new)
            texts = await garden.read(_missing, name, many, part)
            if not texts:
                break
            await garden.write(_put, name, await _embedded(opened, texts))
            new += len(texts)
            if notify is not None:
                notify(new)
    done, every = await garden.read(lambda its: its.embeddings.counts(name))
    return Embedded(new, done, every)


def _parts(ids: Sequence[int] | None) -> Iterator[Sequence[int] | None]:
    """Divide numbers, the newest first, so that each batch looks at a few of them only."""
    if ids is None:
        yield None
        return
    newest = sorted(set(ids), reverse=True)
    for at in range(0, len(newest), _PART):
        yield newest[at : at + _PART]


def _missing(garden: Garden, model: str, many: int, ids: Sequence[int] | None) -> list[Unembedded]:
    return garden.embeddings.missing(model, many, ids=ids)


def _put(garden: Garden, model: str, given: Mapping[bytes, Floats | None]) -> None:
    garden.embeddings.put(model, given)


async def _embedded(
    model: WithEmbeddings, texts: Sequence[Unembedded]
) -> Mapping[bytes, Floats | None]:
    """Embed texts; one that cannot be embedded must not hold up the others."""
    wanted = [text for text in texts if text.content.strip()]
    found: dict[bytes, Floats | None] = dict.fromkeys(text.digest for text in texts)
    try:
        rows = await model.embed([text.content for text in wanted]) if wanted else ()
        return found | {text.digest: row for text, row in zip(wanted, rows, strict=True)}
    except (InputError, PromptTooLongError):
        for text in wanted if len(wanted) > 1 else ():
            found |= await _embedded(model, [text])
        return found


async def similar(
    garden: AsyncGarden,
    to: str | Text | int,
    *,
    n: int = 20,
    model: str | BaseModel | None = None,
    mark: Mark | None = None,
    tag: str | None = None,
    bed: Bed | None = None,
) -> list[Near]:
    """Find the texts of a garden that are most like a text in meaning, the nearest first.

    Only texts that have an embedding are found. The text itself is left out.

    Args:
        garden: The garden.
        to: A text, its number in the garden, or words.
        n: How many at most, at least 1; by default 20.
        model: The base model, by name or itself; by default the one that is configured.
        mark: Only texts with this mark; None for all that are not put away.
        tag: Only texts with this tag.
        bed: Only texts that were bred, edited or marked in this bed.

    Raises:
        InputError: There is no such text, it is blank, or no text has an embedding yet.
        EngineError: The model gives no embeddings.
    """
    if n < 1:
        raise InputError(f"{n} texts are none.", hint="Ask for 1 or more.")
    text = await garden.read(lambda its: its.text(to)) if isinstance(to, int) else to
    text = text if isinstance(text, Text) else Text(text)
    require_unicode(text.content, "The text")
    if not text.content.strip():
        raise InputError("There is nothing to be like.", hint="Give a text, or some words.")
    name, opened = embedder(model)
    digest = to_bytes(text.digest)
    if not await garden.read(lambda its: its.embeddings.has_any(name)):
        _, every = await garden.read(lambda its: its.embeddings.counts(name))
        raise InputError(
            f"None of the {quantity(every, 'text')} of {garden.name} has an embedding by "
            f"{name!r} yet.",
            hint=HOW,
        )
    vector = await garden.read(lambda its: its.embeddings.by_digest(name, digest))
    if vector is None:
        vector = (await opened.embed([text.content]))[0]
    return await garden.read(
        lambda its: its.search.near(
            vector, name, mark=mark, tag=tag, bed=bed, but=[digest], limit=n
        )
    )
