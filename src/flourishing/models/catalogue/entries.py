"""The catalogue's entries: base models that are worth having, and where they are to be had.

They are data (`models.toml`), so that a model is added without code. What is written there is what
could be found out without downloading it: sizes are near, and an entry says how its repository and
file are known, or that they are not. A checksum stands there only where a public page gives it;
otherwise the hub's own is asked for when the file is pulled.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from flourishing.errors import InputError, ModelNotFoundError

HUB_PREFIX: Final = "hf:"
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A base model of the catalogue.

    Attributes:
        name: What it is called here.
        title: What people call it.
        parameters: How many, in millions.
        licence: Of its weights.
        repository: Where it is on the hub, as owner/name; empty for the embedded one.
        file: The file of `quant`, or the first of a split one.
        quant: How its weights are quantised.
        size: Bytes of the file, or of all its parts; near, not exact.
        layers: Layers that keep a cache.
        heads: Key-value heads in a layer.
        width: Numbers in a head.
        context: The most tokens that it was trained on at once.
        sha256: What the file must give, where it is publicly known; otherwise empty.
        gated: Whether its terms must be accepted on the hub.
        checked: How repository and file are known; empty where the file's name is not.
    """

    name: str
    title: str
    parameters: int
    licence: str
    repository: str
    file: str
    quant: str
    size: int
    layers: int
    heads: int
    width: int
    context: int
    sha256: str = ""
    gated: bool = False
    checked: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be pulled from the hub.

    Attributes:
        repository: As owner/name.
        file: A file in it; empty where the quantisation decides.
        quant: The quantisation; empty where the file decides, or there is only one.
        sha256: What the file must give, where the catalogue knows it; otherwise empty.
    """

    repository: str
    file: str = ""
    quant: str = ""
    sha256: str = ""


@cache
def entries() -> tuple[Entry, ...]:
    """Give the catalogue, smallest first; the embedded model is not in it."""
    return tuple(Entry(**each) for each in _table("models"))


@cache
def embedded_entry() -> Entry:
    """Give the entry of the embedded model."""
    return Entry(**_table("embedded")[0])


def find_entry(name: str) -> Entry | None:
    """Give the entry of that name, if there is one.

    Args:
        name: The name, in any letters.
    """
    return next((entry for entry in entries() if entry.name == name.lower()), None)


def wanted(name: str, quant: str = "") -> Wanted:
    """Read what a person asks to pull.

    Args:
        name: A name in the catalogue, or `hf:owner/name` with or without `/file.gguf`.
        quant: Another quantisation than the catalogue's, such as "Q8_0".

    Raises:
        InputError: It is not written as it should be, or there is nothing to pull.
        ModelNotFoundError: The catalogue has no model of that name.
    """
    if name.startswith(HUB_PREFIX):
        return _on_hub(name, quant)
    if name == embedded_entry().name:
        raise InputError(
            "The embedded model is built in: there is nothing to pull.",
            hint=f"Use it with: flourishing models use {name}",
        )
    entry = find_entry(name)
    if entry is None:
        raise unknown(name)
    if quant and quant.lower() != entry.quant.lower():
        return Wanted(entry.repository, quant=quant)
    return Wanted(entry.repository, entry.file, entry.quant, entry.sha256)


def unknown(name: str) -> ModelNotFoundError:
    """Make the error for a name that is not in the catalogue.

    Args:
        name: The name that was given.
    """
    near = difflib.get_close_matches(name.lower(), [entry.name for entry in entries()])
    meant = f"Did you mean {' or '.join(near)}? " if near else ""
    return ModelNotFoundError(
        f"There is no model {name!r} in the catalogue.",
        hint=f"{meant}See them with: flourishing models list. Any other is named as "
        f"{HUB_PREFIX}owner/name/file.gguf.",
    )


def _on_hub(name: str, quant: str) -> Wanted:
    owner, _, rest = name.removeprefix(HUB_PREFIX).partition("/")
    called, _, file = rest.partition("/")
    repository = f"{owner}/{called}"
    if not _REPOSITORY.fullmatch(repository) or (file and not file.lower().endswith(".gguf")):
        raise InputError(
            f"{name!r} names no GGUF file on the hub.",
            hint=f"Write {HUB_PREFIX}owner/name/file.gguf, or {HUB_PREFIX}owner/name and --quant.",
        )
    if file and quant:
        raise InputError(
            f"{name!r} names a file, and --quant {quant} asks for another.",
            hint="Give one of the two.",
        )
    return Wanted(repository, file, quant)


def _table(name: str) -> list[dict[str, Any]]:
    content = resources.files(__package__).joinpath("models.toml").read_text(encoding="utf-8")
    tables: list[dict[str, Any]] = tomllib.loads(content)[name]
    return tables
