"""What llama.cpp's engine writes: chunks, taken apart into events, and control words.

Control words are what a model's tokenizer has for its own use, and no part of any text. A base
model now and then writes one (`<start_of_image>`, `<unused12>`, `<|im_end|>`): it means that the
text is at its end. The embedded engine knows them by their tokens (`engine.py`). A server sends
characters alone; there those are cut off that models are known to end with, unless a person has
them in the prompt.
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

from flourishing.errors import EngineError
from flourishing.models.protocol import (
    Completion,
    Event,
    Finish,
    Piece,
    Reading,
    TokenLogprob,
    Usage,
)

WORD: Final = re.compile(r"<[^<>\s]{1,60}>|\[[A-Za-z_]{2,30}\]")
"""How a control word looks; tags such as `<table>`, which are none, look the same."""
UNTOLD: Final = re.compile(r"</?[a-z]+_[a-z_]+>|\[multimodal\]")
"""Control words that some vocabularies list among the words that a person may write."""
_ANYWHERE: Final = re.compile(
    r"<\|[a-z_]{1,40}\|>|<\uff5c[^<>\s\uff5c]{1,40}\uff5c>|"
    r"<(?:eos|bos|pad|unk|mask|end_of_turn|start_of_turn|start_of_image|end_of_image|unused\d+)>"
)
_AT_THE_END: Final = re.compile(r"(?:</?s>|\[EOS\]|\[/?INST\])\s*\Z")


def without_control_words(text: str, *, prompt: str) -> str:
    """Cut a completion off at its first control word.

    Args:
        text: The completion.
        prompt: The prompt; words that stand in it are left as they are.

    Returns:
        What stands before the word, or the whole completion where there is none.
    """
    if "<" not in text and "[" not in text:
        return text
    for found in _ANYWHERE.finditer(text):
        if found[0] not in prompt:
            text = text[: found.start()]
            break
    ending = _AT_THE_END.search(text, max(0, len(text) - 40))
    if ending and ending[0].strip() not in prompt:
        return text[: ending.start()]
    return text


Chunk: TypeAlias = dict[str, Any]
"""One JSON object of llama.cpp's; taken apart where it enters, here and in `engine.py`."""


class ChunkReader:
    """Takes llama.cpp's chunks apart into events.

    Args:
        offset: The index of the first completion of this request among all that were asked for.
        seed: The seed of the completion with index 0.
    """

    def __init__(self, *, offset: int, seed: int) -> None:
        self.usage = Usage()
        self._offset = offset
        self._seed = seed
        self._texts: dict[int, str] = {}
        self._ended: set[int] = set()
        self._logprobs: dict[int, list[TokenLogprob]] = {}

    def read(self, chunk: Chunk) -> list[Event]:
        """Give the events in one chunk; its tokens are added up in `usage`.

        Args:
            chunk: The chunk.

        Raises:
            EngineError: The engine says that it failed.
        """
        if "choices" not in chunk:
            raise engine_error(chunk)
        if progress := chunk.get("prompt_progress"):
            return [Reading(int(progress["processed"]), int(progress["total"]))]
        events: list[Event] = []
        for choice in chunk["choices"]:
            events += self._choice(choice, chunk.get("usage") or {})
        return events

    def _choice(self, choice: Chunk, usage: Chunk) -> list[Event]:
        index = self._offset + int(choice["index"])
        # What comes behind a control word is no part of the text, though the engine goes on.
        piece = "" if index in self._ended else str(choice["text"])
        if choice.get("control"):
            self._ended.add(index)
        if index not in self._ended and (given := choice.get("logprobs")):
            its = self._logprobs.setdefault(index, [])
            its += [next_token(entry)[1] for entry in given["content"]]
        text = self._texts[index] = self._texts.get(index, "") + piece
        events: list[Event] = [Piece(index, piece)] if piece else []
        if choice["finish_reason"] is None:
            return events
        written = int(usage.get("completion_tokens", 0))
        read = int(usage.get("prompt_tokens", 0))
        cached = int(usage.get("prompt_tokens_details", {}).get("cached_tokens", 0))
        first = not self.usage.prompt  # every choice counts the one prompt that they share
        self.usage += Usage(read if first else 0, cached if first else 0, written)
        cut = choice["finish_reason"] == "length" and index not in self._ended
        finish: Finish = "length" if cut else "stop"
        logprobs = self._of_text(index, finish)
        return [
            *events,
            Completion(index, text, finish, self._seed + index, written, logprobs=logprobs),
        ]

    def _of_text(self, index: int, finish: Finish) -> tuple[TokenLogprob, ...] | None:
        """Give the log-probabilities of a text, without those of the stop that ended it.

        What may be the beginning of a stop is held back: its tokens come without text, which the
        next token has where it was none.
        """
        if index not in self._logprobs:
            return None
        tokens = self._logprobs[index]
        while finish == "stop" and tokens and not tokens[-1].token:
            tokens.pop()
        return tuple(tokens)


def engine_error(chunk: Chunk) -> EngineError:
    """Make an error of an error message of the engine.

    Args:
        chunk: The chunk with the error message.
    """
    error = chunk.get("error", chunk)
    message = error.get("message", error) if isinstance(error, dict) else error
    return EngineError(
        f"The engine refused: {message}", hint="Try again, or with a shorter prompt."
    )


def next_token(entry: Chunk) -> tuple[int, TokenLogprob]:
    """Give a next token, with its id, as the engine gives it.

    Args:
        entry: The entry in the list of likeliest tokens.
    """
    # The token's own text is empty where its bytes are only part of a character.
    text = bytes(entry["bytes"]).decode("utf-8", "replace") or str(entry["token"])
    return int(entry["id"]), TokenLogprob(text, float(entry["logprob"]))
