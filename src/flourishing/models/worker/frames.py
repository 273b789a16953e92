"""The protocol between a model and its worker process: one JSON object a line.

JSON and not pickle, since a line can then never do more than be read. The parent sends:

    {"call": 7, "ask": "complete", "with": {...}}     ask for something
    {"call": 7, "cancel": true}                       cancel it

and the child:

    {"ready": true}                                   the model has been loaded
    {"call": 7, "value": ...}                          an event, or what was asked for
    {"call": 7, "ended": true}                        there is no more
    {"call": 7, "error": {...}}                       it failed

Everything but ASCII is escaped, so that even a lone surrogate arrives as it was.
"""

from __future__ import annotations

import base64
import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from flourishing import errors
from flourishing.errors import EngineError, FlourishingError
from flourishing.models.protocol import (
    Completion,
    Event,
    Notice,
    Piece,
    Reading,
    Score,
    TokenLogprob,
    Usage,
    Waiting,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Frame: TypeAlias = dict[str, Any]
"""One JSON object of ours; both ends are of one version, so it is taken as it is."""

_EVENTS: Final[dict[str, type[Event]]] = {
    each.__name__: each for each in (Reading, Piece, Completion, Usage, Waiting, Notice)
}


def pack(frame: Frame) -> bytes:
    """Give a frame as one line.

    Args:
        frame: The frame.
    """
    return json.dumps(frame, separators=(",", ":")).encode("ascii") + b"\n"


def unpack(line: bytes) -> Frame:
    """Read a frame.

    Args:
        line: The line.

    Raises:
        ValueError: The line is none.
    """
    frame = json.loads(line)
    if not isinstance(frame, dict):
        raise ValueError("A frame is an object.")  # noqa: TRY004 - as for what is no JSON
    return frame


def event_out(event: Event) -> list[Any]:
    """Give an event as its name and its values.

    Args:
        event: The event.
    """
    if isinstance(event, Completion) and event.logprobs is not None:
        event = replace(event, logprobs=tokens_out(event.logprobs))  # type: ignore[arg-type]  # as JSON has it
    values = [getattr(event, field.name) for field in fields(event)]
    return [type(event).__name__, *values]


def event_in(value: list[Any]) -> Event:
    """Read an event.

    Args:
        value: The name and the values of the event.
    """
    name, *values = value
    event = _EVENTS[name](*values)
    if isinstance(event, Completion) and event.logprobs is not None:
        return replace(event, logprobs=tokens_in(event.logprobs))  # type: ignore[arg-type]  # as JSON has it
    return event


def tokens_out(tokens: tuple[TokenLogprob, ...]) -> list[list[Any]]:
    """Give tokens as pairs.

    Args:
        tokens: The tokens.
    """
    return [[each.token, each.logprob] for each in tokens]


def tokens_in(value: list[list[Any]]) -> tuple[TokenLogprob, ...]:
    """Read tokens.

    Args:
        value: The pairs.
    """
    return tuple(TokenLogprob(token, logprob) for token, logprob in value)


def scores_out(scores: tuple[Score, ...]) -> list[list[Any]]:
    """Give scores as texts with their tokens.

    Args:
        scores: The scores.
    """
    return [[each.text, tokens_out(each.tokens)] for each in scores]


def scores_in(value: list[list[Any]]) -> tuple[Score, ...]:
    """Read scores.

    Args:
        value: The texts with their tokens.
    """
    return tuple(Score(text, tokens_in(tokens)) for text, tokens in value)


def array_out(array: NDArray[np.float32]) -> Frame:
    """Give an array as its shape and its bytes, which are shorter than its numbers and exact.

    Args:
        array: The array.
    """
    values = base64.b64encode(array.astype("<f4").tobytes()).decode("ascii")
    return {"shape": list(array.shape), "values": values}


def array_in(value: Frame) -> NDArray[np.float32]:
    """Read an array.

    Args:
        value: Its shape and its bytes.
    """
    import numpy as np

    values = np.frombuffer(base64.b64decode(value["values"]), "<f4")
    return values.reshape(value["shape"]).astype(np.float32)


def error_out(error: Exception) -> Frame:
    """Give an error: its class by name, its words, and what else it knows.

    Args:
        error: The error.
    """
    if not isinstance(error, FlourishingError):
        # A fault of ours: in words, as a person may meet it, and with the name that we search for.
        error = EngineError(
            f"The model's process failed: {type(error).__name__}: {error}.", hint="Try again."
        )
    known = {name: value for name, value in vars(error).items() if not name.startswith("_")}
    return {"kind": type(error).__name__, "message": str(error), "known": known}


def error_in(value: Frame) -> FlourishingError:
    """Read an error; its class is one of `flourishing.errors`, or else an `EngineError`.

    Args:
        value: The frame of the error.
    """
    kind = getattr(errors, value["kind"], None)
    if not (isinstance(kind, type) and issubclass(kind, FlourishingError)):
        kind = EngineError
    error = kind.__new__(kind)
    # Not through its own constructor, which each kind has another of.
    FlourishingError.__init__(error, value["message"], hint=value["known"]["hint"])
    vars(error).update(value["known"])
    return error
