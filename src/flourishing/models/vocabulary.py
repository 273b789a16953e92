"""The embedded model with a part of its vocabulary: what texts in Latin letters need.

Of the model's 253 MB, 178 are a row of numbers for each of its 262,144 tokens, and every token that
it writes reads all of them. Four in ten are for other scripts. So a second file is made from the
first, with the rows that are left; everything else in it is the same, byte for byte.

**What is kept** are all tokens whose characters are of one alphabet: Latin letters with all their
marks, punctuation, symbols and emoji. Single bytes, runs of newlines and blanks, tags and control
words are kept too, except for the 6,143 that only fill the vocabulary up.

**Texts of that alphabet have the same tokens in both files**, not only similar ones. The tokenizer
joins two neighbours as long as the vocabulary has what comes of it, best score first. Whatever it
can join within such a text is of the alphabet, and so is in both; the scores are the same.
A prompt with any other character is for the whole file, which alone can spell it well.

The new file follows from the old one and from this module alone, so its checksum is known, and
stands here. Whoever changes what is kept changes the checksum, so that the file is made anew
everywhere, and gives the model another name (`LATIN_NAME`), since a text says which file wrote it.
Making it takes a second or two, once, when the model is first loaded.
"""

from __future__ import annotations

import mmap
import re
import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flourishing.errors import ModelFileError
from flourishing.models.gguf import STRING, HeaderReader, Tensor, Value
from flourishing.models.weights import embedded_weights, is_checked, write_checked

SHA256: Final = "b3ff2e9c3aec73ff83fbd5e5a6af3488ea3046438e4ecb63d3cfada2197ec8b3"
"""Of the file with the Latin vocabulary."""
LATIN_FILE: Final = "gemma-3-270m-q4_k_m-latin.gguf"
_SIZE: Final = 180_976_704

_ALPHABET: Final = (
    "\x00-\u036f"  # ASCII, Latin letters, those of phonetics, and marks that stand over letters
    "\u1d00-\u1dbf\u1e00-\u1eff\u2c60-\u2c7f\ua720-\ua7ff\ufb00-\ufb06"  # more Latin letters
    "\u2000-\u2bff\u2e00-\u2e7f"  # punctuation, currencies, arrows, mathematics, symbols
    "\ufe00-\ufe0f\ufffd\U0001f000-\U0001faff"  # emoji, and what goes with them
)
_FOREIGN: Final = re.compile(f"[^{_ALPHABET}]")
_FILLING: Final = re.compile(r"<unused\d{3,}>")
"""Control words with which the vocabulary is filled up to a round number."""
_NORMAL: Final = 1
"""The number of the type of a token that is made of characters and nothing else."""

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


def spells(text: str) -> bool:
    """Say whether a text has the same tokens in the Latin vocabulary as in the whole one.

    Args:
        text: The text.
    """
    return _FOREIGN.search(text) is None


def latin_weights(cache: Path) -> Path:
    """Give the embedded model's weights with the Latin vocabulary, made if need be.

    Args:
        cache: The folder in which the file is kept.

    Raises:
        ModelFileError: The packages of the weights are missing or damaged.
        StorageError: There is no room or no permission to write the file, or the whole weights.
    """
    target = cache / LATIN_FILE
    if is_checked(target, SHA256):
        return target
    return write_checked(reduced(embedded_weights(cache)), SHA256, target, size=_SIZE)


def reduced(weights: Path) -> Iterator[bytes]:
    """Give a model with the Latin vocabulary, block after block.

    Args:
        weights: The GGUF file of the model, which ties its tokens to the rows of a matrix.

    Raises:
        ModelFileError: The file cannot be read.
    """
    try:
        with weights.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as m:
            yield from _Reduction(m).blocks()
    except (OSError, ValueError, struct.error, KeyError) as error:
        raise ModelFileError(
            f"The vocabulary of {weights} cannot be read: {error}.", hint="Remove the file."
        ) from error


class _Reduction:
    """A model's file, and which of its tokens are kept.

    Args:
        content: The file.
    """

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        reader = HeaderReader(content)
        self._values = {each.key: each for each in reader.values()}
        self._tensors = list(reader.tensors())
        self._data = _aligned(reader.end)
        self._tokens = list(self._texts(self._values[_TOKENS]))
        kinds = self._numbers(self._values[_KINDS])
        self._kept = [
            number
            for number, (token, kind) in enumerate(zip(self._tokens, kinds, strict=True))
            if (spells(token) if kind == _NORMAL else not _FILLING.fullmatch(token))
        ]

    def blocks(self) -> Iterator[bytes]:
        """Give the new file: its header, and then the numbers of one tensor after the other."""
        header = bytearray(self._content[:_VALUES])
        for value in self._values.values():
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
            start = self._data + tensor.offset
            if self._has_tokens(tensor):
                yield self._rows(start, _row(tensor))
            else:
                yield self._content[start : start + length]

    def _new(self, value: Value) -> bytes:
        """Give the bytes of a value as it is in the new file."""
        old = self._content[value.start : value.end]
        if value.key == _TOKENS:
            texts = (_text(self._tokens[number].encode()) for number in self._kept)
            return struct.pack("<IQ", STRING, len(self._kept)) + b"".join(texts)
        if value.key in {_KINDS, _SCORES}:
            numbers = self._numbers(value)
            kept = array("I", (numbers[number] for number in self._kept))
            return old[:4] + struct.pack("<Q", len(kept)) + _little(kept).tobytes()
        if value.key.endswith("_token_id"):
            return struct.pack("<I", bisect_left(self._kept, *struct.unpack("<I", old)))
        return old

    def _lengths(self) -> Iterator[tuple[Tensor, int]]:
        """Give each tensor with the number of its bytes, and of those that fill up behind it."""
        ends = [each.offset for each in self._tensors[1:]] + [len(self._content) - self._data]
        for tensor, end in zip(self._tensors, ends, strict=True):
            yield tensor, end - tensor.offset

    def _has_tokens(self, tensor: Tensor) -> bool:
        return tensor.shape[-1] == len(self._tokens)

    def _rows(self, start: int, length: int) -> bytes:
        rows = (start + number * length for number in self._kept)
        found = b"".join(self._content[row : row + length] for row in rows)
        return found.ljust(_aligned(len(found)), b"\0")

    def _texts(self, value: Value) -> Iterator[str]:
        at = value.start + _LIST
        while at < value.end:
            (length,) = struct.unpack_from("<Q", self._content, at)
            at += 8 + length
            yield self._content[at - length : at].decode()

    def _numbers(self, value: Value) -> array[int]:
        """Give the numbers of a list, of four bytes each, as they are."""
        return _little(array("I", self._content[value.start + _LIST : value.end]))


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
