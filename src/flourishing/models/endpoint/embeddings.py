"""Embeddings of texts, as servers with OpenAI's `/v1/embeddings` give them.

Whether a server has them is found out by asking: one that serves a base model to write with often
has not, or has them switched off, and says so in its own words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from flourishing.errors import AnswerError, EngineError, ModelNotFoundError, ServerError
from flourishing.models.endpoint.refusals import RefusedError
from flourishing.models.protocol import no_embeddings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from flourishing.models.endpoint.server import Server

AT_ONCE: Final = 32
"""Texts of one request; some servers take no more."""
_LACKING: Final = re.compile(
    r"answered (?:405|501)|embedding|pooling|not (?:supported|implemented)", re.IGNORECASE
)
"""How a server says that it has no embeddings."""
_LARGEST: Final = 1e30
"""A number beyond this cannot be one of an embedding, and its square has no room."""


async def ask_embeddings(server: Server, texts: Sequence[str]) -> NDArray[np.float32]:
    """Ask for the embeddings of some texts, with one request.

    Args:
        server: The server.
        texts: The texts, at least one, and `AT_ONCE` at the most.

    Raises:
        EngineError: The server gives none.
        AnswerError: What it gives are no embeddings of these texts.
    """
    body = {"model": server.address.model, "input": list(texts)}
    try:
        answer = await server.post(server.dialect.embeddings_url(server.address), body)
    except ModelNotFoundError as error:
        raise _without(server, error) from error
    except (RefusedError, ServerError) as error:
        if not _LACKING.search(str(error)):
            raise
        raise _without(server, error) from error
    return _read(server, answer.get("data"), len(texts))


def _without(server: Server, error: Exception) -> EngineError:
    return no_embeddings(server.address.name, str(error))


def _read(server: Server, data: Any, count: int) -> NDArray[np.float32]:
    """Read the rows, in the order of the texts, whichever order they come in."""
    import numpy as np

    entries = [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []
    rows = {_index(each, at): each.get("embedding") for at, each in enumerate(entries)}
    if len(entries) != count or set(rows) != set(range(count)):
        raise _no_embeddings_of(server, f"{len(entries)} embeddings for {count} texts")
    try:
        found = np.array([rows[at] for at in range(count)], np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise _no_embeddings_of(server, "embeddings that are no rows of numbers") from error
    if found.ndim != 2 or not found.size or not (np.abs(found) < _LARGEST).all():
        raise _no_embeddings_of(server, "embeddings that are no rows of numbers")
    return found.astype(np.float32)


def _index(entry: dict[str, Any], at: int) -> int:
    index = entry.get("index")
    return index if isinstance(index, int) else at


def _no_embeddings_of(server: Server, what: str) -> AnswerError:
    return AnswerError(
        f"{server.address.base} gives {what}.",
        hint="Use another server for embeddings, or the embedded model.",
    )
