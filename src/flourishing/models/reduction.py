"""A GGUF file made from another one, with a part of its vocabulary.

Only what has an entry for each token changes: the lists of the tokens' texts, scores and kinds, the
numbers of those that are named (such as the one that stands at the beginning), and the tensors with
a row for each token. Everything else is copied as it is, byte for byte, so the new file follows
from the old one and from which tokens are kept.
"""

from __future__ import annotations

import mmap
import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flourishing.errors import ModelFileError
from flourishing.models.gguf import STRING, HeaderReader, Tensor, Value

NORMAL: Final = 1
"""The kind of a token that is made of characters and nothing else."""

_TOKENS: Final = "tokenizer.ggml.tokens"
_SCORES: Final = "tokenizer.ggml.scores"
_KINDS: Final = "tokenizer.ggml.token_type"
_VALUES: Final = 24
"""Where in a file the values begin, behind how many values and tensors there are."""
_LIST: Final = 12
"""Bytes of a list before what is in it: the type, and how much there is."""
_ALIGNMENT: Final = 32
"""The numbers of each tensor begin at a multiple of this."""
_Q8_0: Final = 8
"""The number of the type whose numbers are in blocks of `_BLOCK`, of one byte each and a scale."""
_BLOCK: Final = 32
_BLOCK_BYTES: Final = 34


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a vocabulary, in the order of their numbers.

    Attributes:
        texts: What each stands for, with "▁" for a blank.
        kinds: The number of the kind of each, such as `NORMAL`.
    """

    texts: Sequence[str]
    kinds: Sequence[int]


def read_tokens(weights: Path) -> Tokens:
    """Read the vocabulary of a model.

    Args:
        weights: The GGUF file of the model.

    Raises:
        ModelFileError: The file cannot be read.
    """
    with _opened(weights) as content:
        return _Vocabulary(content).tokens


def reduced(weights: Path, keep: Callable[[Tokens], Sequence[int]]) -> Iterator[bytes]:
    """Give a model with a part of its vocabulary, block after block.

    Args:
        weights: The GGUF file of the model, which ties its tokens to the rows of a matrix.
        keep: Gives the numbers of the tokens that are kept, in ascending order.

    Raises:
        ModelFileError: The file cannot be read.
    """
    with _opened(weights) as content:
        vocabulary = _Vocabulary(content)
        yield from _Reduction(content, vocabulary, keep(vocabulary.tokens)).blocks()


@contextmanager
def _opened(weights: Path) -> Iterator[mmap.mmap]:
    """Open a model's file, and report one whose vocabulary cannot be read."""
    try:
        with weights.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as m:
            yield m
    except (OSError, ValueError, struct.error, KeyError) as error:
        raise ModelFileError(
            f"The vocabulary of {weights} cannot be read: {error}.", hint="Remove the file."
        ) from error


class _Vocabulary:
    """What the header of a model's file says of its tokens, and of where all else is.

    Args:
        content: The file.
    """

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        reader = HeaderReader(content)
        self.values = {each.key: each for each in reader.values()}
        self.tensors = list(reader.tensors())
        self.data = _aligned(reader.end)
        self.tokens = Tokens(
            list(self._texts(self.values[_TOKENS])), self.numbers(self.values[_KINDS])
        )

    def numbers(self, value: Value) -> array[int]:
        """Give the numbers of a list, of four bytes each, as they are."""
        return _little(array("I", self._content[value.start + _LIST : value.end]))

    def _texts(self, value: Value) -> Iterator[str]:
        at = value.start + _LIST
        while at < value.end:
            (length,) = struct.unpack_from("<Q", self._content, at)
            at += 8 + length
            yield self._content[at - length : at].decode()


class _Reduction:
    """A model's file, and which of its tokens are kept.

    Args:
        content: The file.
        vocabulary: What its header says.
        kept: The numbers of the tokens that are kept, in ascending order.
    """

    def __init__(self, content: mmap.mmap, vocabulary: _Vocabulary, kept: Sequence[int]) -> None:
        self._content = content
        self._vocabulary = vocabulary
        self._kept = kept

    def blocks(self) -> Iterator[bytes]:
        """Give the new file: its header, and then the numbers of one tensor after the other."""
        header = bytearray(self._content[:_VALUES])
        for value in self._vocabulary.values.values():
            header += _text(value.key.encode()) + struct.pack("<I", value.kind) + self._new(value)
        at = 0
        for tensor, length in self._lengths():
            shape = tensor.shape
            if self._has_tokens(tensor):
                shape, length = (*shape[:-1], len(self._kept)), len(self._kept) * _row(tensor)
            header += _text(tensor.name.encode()) + struct.pack("<I", len(shape))
            header += struct.pack(f"<{len(shape)}QIQ", *shape, tensor.kind, at)
            at += _aligned(length)
        yield bytes(header).ljust(_aligned(len(header)), b"\0")
        for tensor, length in self._lengths():
            start = self._vocabulary.data + tensor.offset
            if self._has_tokens(tensor):
                yield self._rows(start, _row(tensor))
            else:
                yield self._content[start : start + length]

    def _new(self, value: Value) -> bytes:
        """Give the bytes of a value as it is in the new file."""
        old = self._content[value.start : value.end]
        if value.key == _TOKENS:
            tokens = self._vocabulary.tokens.texts
            texts = (_text(tokens[number].encode()) for number in self._kept)
            return struct.pack("<IQ", STRING, len(self._kept)) + b"".join(texts)
        if value.key in {_KINDS, _SCORES}:
            numbers = self._vocabulary.numbers(value)
            kept = array("I", (numbers[number] for number in self._kept))
            return old[:4] + struct.pack("<Q", len(kept)) + _little(kept).tobytes()
        if value.key.endswith("_token_id"):
            return struct.pack("<I", bisect_left(self._kept, *struct.unpack("<I", old)))
        return old

    def _lengths(self) -> Iterator[tuple[Tensor, int]]:
        """Give each tensor with the number of its bytes, and of those that fill up behind it."""
        tensors = self._vocabulary.tensors
        end_of_file = len(self._content) - self._vocabulary.data
        ends = [*(each.offset for each in tensors[1:]), end_of_file]
        for tensor, end in zip(tensors, ends, strict=True):
            yield tensor, end - tensor.offset

    def _has_tokens(self, tensor: Tensor) -> bool:
        return tensor.shape[-1] == len(self._vocabulary.tokens.texts)

    def _rows(self, start: int, length: int) -> bytes:
        rows = (start + number * length for number in self._kept)
        found = b"".join(self._content[row : row + length] for row in rows)
        return found.ljust(_aligned(len(found)), b"\0")


def _little(numbers: array[int]) -> array[int]:
    """Swap the bytes of numbers of a file, or for a file, on a machine that has them otherwise."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _text(encoded: bytes) -> bytes:
    return struct.pack("<Q", len(encoded)) + encoded


def _row(tensor: Tensor) -> int:
    """Give the bytes of what a tensor has for one token."""
    if tensor.kind != _Q8_0:
        raise ValueError(f"the tensor {tensor.name} is of another type than Q8_0")
    return tensor.shape[0] // _BLOCK * _BLOCK_BYTES


def _aligned(at: int) -> int:
    return -(-at // _ALIGNMENT) * _ALIGNMENT
