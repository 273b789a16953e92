"""GGUF files: finding them, what they say of themselves, and why one cannot be loaded.

llama.cpp gives its reason on standard error alone, where it would mix with our output. So the file
is loaded once more in a process of its own: `python -m flourishing.models.gguf FILE`.
"""

from __future__ import annotations

import mmap
import os
import re
import struct
import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from flourishing.errors import ModelFileError, ModelNotFoundError
from flourishing.models.weights import require_gguf

_SECONDS: Final = 120.0
_REASON: Final = re.compile(r"error loading model:\s*(.+)|llama_model_load: error[^:]*:\s*(.+)")
_ERROR: Final = re.compile(r"^[\d.]+ E (?:\w+ +)?\w+:\s*(.+)", re.MULTILINE)
_LONGEST: Final = 300
"""Characters that are shown."""


def load_error(weights: Path) -> str:
    """Give llama.cpp's own reason why it cannot load a file; empty where it has none.

    Args:
        weights: The file.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", __name__, str(weights)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    output = done.stderr.decode("utf-8", "replace")
    found = _REASON.search(output) or _ERROR.search(output)
    words = next(filter(None, found.groups()), "") if found else ""
    line = " ".join("".join(each if each.isprintable() else " " for each in words).split())
    return line[:_LONGEST].rstrip(".")


def main() -> None:
    """Load a file, and let llama.cpp say what is wrong with it."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = sys.argv[1]
    params.verbosity = 1  # errors alone
    params.n_ctx = 512
    params.warmup = False
    params.ui = False
    try:
        xllamacpp.Server(params)
    except RuntimeError:
        sys.exit(1)


_ENDING: Final = ".gguf"
_MAGIC: Final = b"GGUF"
_PART: Final = re.compile(r"-(\d{5})-of-(\d{5})(\.gguf)$", re.IGNORECASE)
_INSTRUCT: Final = re.compile(
    r"(?:^|[-_. ])(?:instruct|instruction|chat|assistant|rlhf|dpo|sft)(?:[-_. ]|\d|$)"
    r"|\d[bm][-_. ]it(?:[-_. ]|$)|^it$",
    re.IGNORECASE,
)
_BASE: Final = re.compile(r"(?:^|[-_. ])(?:base|pt|pretrained)(?:[-_. ]|$)", re.IGNORECASE)
_NAMES: Final = ("general.finetune", "general.name", "general.basename")
_TEMPLATE: Final = "tokenizer.chat_template"


def seems_instruct(name: str) -> bool:
    """Say whether a model's name is that of an instruct model.

    Args:
        name: The name, such as "org/model-7B-Instruct".
    """
    return bool(_INSTRUCT.search(name)) and not _BASE.search(name)


_FORMS: Final = dict(zip((*range(8), 10, 11, 12), "BbHhIif?Qqd", strict=True))
"""How a value is packed, by the number of its type."""
_SIZES: Final = {kind: struct.calcsize(f"<{form}") for kind, form in _FORMS.items()}
"""Bytes of a value, by the number of its type."""
STRING: Final = 8
ARRAY: Final = 9
_LENGTH: Final = 8
"""Bytes of the length that stands before each text."""
_MOST_VALUES: Final = 10_000_000
"""Strings of a list; more are in no vocabulary."""


def names_file(name: str) -> bool:
    """Whether a model's name is the path of a file.

    It is if it ends in `.gguf`, in any letters; or if it has a folder in it, and there is such a
    file there.

    Args:
        name: The name.
    """
    if name.lower().endswith(_ENDING):
        return True
    if os.sep not in name and "/" not in name:
        return False
    try:
        path = Path(name).expanduser()
        if not path.is_file():  # a pipe would keep one waiting
            return False
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except (OSError, RuntimeError, ValueError):  # such as "~nobody/model", or a NUL
        return False


def located(path: str | Path) -> Path:
    """Give the whole path of a model's file, or of its first part.

    A link is followed, unless it leads to a file that is called otherwise, as in the cache of the
    Hugging Face hub: its own name says what the model is, and where its other parts are.

    Args:
        path: The path as a person gave it, or that of any part of a split file.

    Raises:
        ModelNotFoundError: There is no file at that path.
        ModelFileError: It is no GGUF file, or one of its parts is missing.
    """
    try:
        given = Path(path).expanduser()
    except RuntimeError as error:
        raise ModelNotFoundError(
            f"There is no model file at {str(path)!r}: {error}.", hint="Check the path."
        ) from None
    first = _first_part(given)
    require_gguf(first)
    real = first.resolve()
    named = real.suffix.lower() == _ENDING or first.suffix.lower() != _ENDING
    if named and (real.name == first.name or len(part_paths(first.name)) == 1):
        return real
    return first.parent.resolve() / first.name


def part_paths(path: str) -> tuple[str, ...]:
    """Give the paths of all parts of a split file, by that of any; of a whole one, itself.

    Args:
        path: The path of the file; of one in several parts it ends in -00001-of-00005.gguf, or so.
    """
    found = _PART.search(path)
    if not found:
        return (path,)
    stem, count = path[: found.start()], int(found[2])
    if not 1 <= int(found[1]) <= count:
        return (path,)
    return tuple(f"{stem}-{number:05}-of-{count:05}{found[3]}" for number in range(1, count + 1))


def _first_part(path: Path) -> Path:
    """Give the first part of a model in several, all of which must be there."""
    names = part_paths(path.name)
    missing = [name for name in names if not path.with_name(name).exists()]
    if 0 < len(missing) < len(names):
        shown = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
        raise ModelFileError(
            f"The model {path.name} has {len(names)} parts, of which there is no {shown} in "
            f"{path.parent}.",
            hint="Put all parts into one folder, under the names that they have on the hub.",
        )
    return path.with_name(names[0])


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """Where a tensor of a file is, and how it is packed.

    Attributes:
        shape: Its dimensions, the one that varies slowest first, as numpy has them.
        kind: The number of its type, as `gguf.GGMLQuantizationType` has it.
        offset: Its first byte, counted from the beginning of the file.
    """

    shape: tuple[int, ...]
    kind: int
    offset: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of its model.

    Attributes:
        texts: Its values that are text, by their keys.
        numbers: Its values that are single numbers, by their keys; 1 and 0 for yes and no.
        lists: Lists of texts that were asked for, by their keys.
        tensors: Its tensors, by their names.
    """

    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    tensors: dict[str, StoredTensor] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, *, lists: Collection[str] = ()) -> Header:
        """Read the header of a file as far as that can be done; nothing of what is no GGUF.

        Args:
            path: The file.
            lists: The keys of the lists of texts that are read too, such as the vocabulary's,
                which has a quarter of a million; by default none.
        """
        header = cls()
        try:
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as m:
                HeaderReader(m).fill(header, lists)
        except (OSError, ValueError, OverflowError, struct.error, IndexError):
            pass  # what was read until there is what there is
        return header

    def instruct_sign(self, path: Path) -> str:
        """Say why the model seems to be an instruct model; empty if it does not.

        Args:
            path: The file; its name says much.
        """
        names = [*(self.texts.get(key, "") for key in _NAMES), path.stem]
        for name in names:
            if found := _INSTRUCT.search(name):
                return f"it is called {name!r}" if found[0] != name else f"it is tuned ({name!r})"
        if _TEMPLATE in self.texts and not any(map(_BASE.search, names)):
            return "it has a template for conversations"
        return ""


@dataclass(frozen=True, slots=True)
class Value:
    """Where a value of a header is.

    Attributes:
        key: What it is called.
        kind: The number of its type.
        start: Where its bytes begin in the file.
        end: Where they end.
    """

    key: str
    kind: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """What a header says of a tensor.

    Attributes:
        name: What it is called.
        shape: Its dimensions, the one whose numbers stand side by side first.
        kind: The number of its type.
        offset: Where its bytes begin, counted from where those of all tensors begin.
    """

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int


class HeaderReader:
    """Reads a header from its beginning to its end: first all values, then all tensors.

    Args:
        content: The file.
    """

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self._at = 0
        self._tensors = 0

    @property
    def end(self) -> int:
        """How far it has been read."""
        return self._at

    def fill(self, header: Header, lists: Collection[str]) -> None:
        """Read all values and the places of the tensors, and put them under their names.

        Args:
            header: What is filled, as far as the file can be read.
            lists: The keys of the lists of texts that are read too.
        """
        for value in self.values():
            if value.kind == STRING:
                header.texts[value.key] = self._text_at(value.start)[0]
            elif value.kind in _FORMS:
                form = f"<{_FORMS[value.kind]}"
                (header.numbers[value.key],) = struct.unpack_from(form, self._content, value.start)
            elif value.key in lists:
                header.lists[value.key] = self._texts(value)
        tensors = list(self.tensors())
        unit = int(header.numbers.get("general.alignment", 32))
        if unit < 1:
            raise ValueError(f"Tensors cannot be aligned to {unit} bytes.")
        begin = -(-self._at // unit) * unit
        for each in tensors:
            stored = StoredTensor(each.shape[::-1], each.kind, begin + each.offset)
            header.tensors[each.name] = stored

    def values(self) -> Iterator[Value]:
        """Give where the values are; nothing of what is no GGUF.

        Raises:
            ValueError: The header ends in the middle, or has a value of an unknown type.
        """
        if self._content[: len(_MAGIC)] != _MAGIC:
            return
        self._at = len(_MAGIC)
        self._take("<I")
        self._tensors, many = self._take("<QQ")
        for _ in range(many):
            key = self._text()
            (kind,) = self._take("<I")
            start = self._at
            self._skip(kind)
            yield Value(key, kind, start, self._at)

    def tensors(self) -> Iterator[Tensor]:
        """Give what is said of the tensors, once the values have been read.

        Raises:
            ValueError: The header ends in the middle.
        """
        for _ in range(self._tensors):
            name = self._text()
            (dimensions,) = self._take("<I")
            shape = self._take(f"<{dimensions}Q")
            kind, offset = self._take("<IQ")
            yield Tensor(name, shape, kind, offset)

    def _texts(self, value: Value) -> list[str]:
        """Give the texts of a list; nothing of a list of numbers."""
        inner, many = struct.unpack_from("<IQ", self._content, value.start)
        found: list[str] = []
        at = value.start + struct.calcsize("<IQ")
        for _ in range(many if inner == STRING else 0):
            text, at = self._text_at(at)
            found.append(text)
        return found

    def _skip(self, kind: int) -> None:
        if kind == STRING:
            self._text()
            return
        if kind != ARRAY:
            self._at += _SIZES[kind] if kind in _SIZES else self._unknown()
            return
        inner, many = self._take("<IQ")
        if inner in _SIZES:
            self._at += many * _SIZES[inner]
        elif inner == STRING and many <= _MOST_VALUES:
            for _ in range(many):
                (length,) = self._take("<Q")
                self._at += length
        else:
            self._unknown()

    def _text(self) -> str:
        text, self._at = self._text_at(self._at)
        return text

    def _text_at(self, at: int) -> tuple[str, int]:
        """Give the text that begins there, and where it ends."""
        if at > len(self._content):
            raise ValueError("The header ends in the middle.")
        (length,) = struct.unpack_from("<Q", self._content, at)
        begin = at + _LENGTH
        if begin + length > len(self._content):
            raise ValueError("The header ends in the middle.")
        return self._content[begin : begin + length].decode("utf-8", "replace"), begin + length

    def _take(self, form: str) -> tuple[int, ...]:
        if self._at > len(self._content):
            raise ValueError("The header ends in the middle.")
        found = struct.unpack_from(form, self._content, self._at)
        self._at += struct.calcsize(form)
        return found

    def _unknown(self) -> int:
        raise ValueError("The header has a value of a kind that is not known.")


if __name__ == "__main__":
    main()
