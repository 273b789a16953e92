"""All models that are known here: how much memory each needs, how fast it is, which may be named.

These are the embedded one, named ones, pulled ones, and what could be pulled. A model of so many
bytes needs its file, the cache of its context, and some room to compute in. The cache is counted as
the engine keeps it: every layer in full, two bytes for a number, keys and values, for as many
tokens as the engine gives it. The machine's memory is what all of it has and not what is free at
the moment, since an operating system keeps files in what is free; a limit that a container sets
counts. A graphics card's memory does not: the engine runs on the processor.

A name that comes from a stored bed, from a file or from a page is used only if it is one of the
models that are listed here: whoever could name any address would choose where prompts and keys are
sent, and whoever could name any path would choose which file is opened. Addresses and paths come
from the command line, from the configuration and from Python alone; what the owner of a studio adds
on its page of models is written into the configuration first (`configuration.py`).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from flourishing import settings
from flourishing.errors import InputError, ModelError
from flourishing.models.catalogue.download import Pulled, file_size, pulled, unfinished
from flourishing.models.catalogue.entries import (
    HUB_PREFIX,
    Entry,
    embedded_entry,
    entries,
    quant_of,
)
from flourishing.models.catalogue.speed import Speed, speed
from flourishing.models.gguf import located, part_paths
from flourishing.models.weights import EMBEDDED_NAME, EMBEDDED_NAMES
from flourishing.settings import NamedModel, default_model, named_models

Fit = Literal["yes", "tight", "no"]

_ENGINE: Final = 350_000_000
"""Bytes that the engine takes besides: room to compute, and prompts to come back to."""
_UNKNOWN_CACHE: Final = 0.25
"""The cache's share of the file's size, where the model's shape is not known."""
_COMFORTABLE: Final = 0.8
"""The share of the memory that one program may take before others are in want."""
_CONTEXT: Final = 16_384
"""Tokens of context that the engine gives to a model, if it was trained on as many."""
_BYTES: Final = 2
_LIMITS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def needed(size: int, entry: Entry | None = None) -> int:
    """Estimate the memory that a model needs while it runs.

    Args:
        size: Bytes of its file.
        entry: The model's shape; without one the cache is guessed from the size.

    Returns:
        Bytes.
    """
    if entry is None:
        return size + round(size * _UNKNOWN_CACHE) + _ENGINE
    numbers = 2 * entry.layers * entry.heads * entry.width
    return size + numbers * _BYTES * min(entry.context, _CONTEXT) + _ENGINE


def fits(need: int, memory: int | None) -> Fit | None:
    """Say whether a model fits: "yes", "tight" (others will be in want), or "no".

    Args:
        need: Bytes that the model needs.
        memory: Bytes that the machine has; None where that is not known.
    """
    if memory is None:
        return None
    if need <= memory * _COMFORTABLE:
        return "yes"
    return "tight" if need <= memory else "no"


def warning(need: int, memory: int | None) -> str:
    """Say in words that a model does not fit, or hardly; nothing where it does, or may.

    Args:
        need: Bytes that the model needs.
        memory: Bytes that the machine has; None where that is not known.
    """
    fit = fits(need, memory)
    if memory is None or fit in {None, "yes"}:
        return ""
    how = "more than" if fit == "no" else "nearly all of"
    return (
        f"It needs about {need / 1e9:,.1f} GB of memory to run, {how} the {memory / 1e9:,.1f} GB "
        "that this machine has."
    )


def machine_memory() -> int | None:
    """Give the memory that this machine, or the container we run in, has in all, in bytes."""
    found = _windows() if sys.platform == "win32" else _posix()
    return min([found, *_container()]) if found else None


def _posix() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None


def _windows() -> int | None:
    import ctypes

    class Status(ctypes.Structure):
        """MEMORYSTATUSEX of the Windows API."""

        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "a", "b", "c", "d", "e")),
        )

    status = Status()
    status.length = ctypes.sizeof(Status)
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - only Windows has the attribute
    return int(status.total) if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else None


def _container() -> list[int]:
    limits = []
    for path in _LIMITS:
        try:
            limits.append(int(path.read_text()))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model, and how it stands with this machine.

    Attributes:
        name: What `use` and `pull` take.
        title: What people call it.
        kind: "embedded", "catalogue", "pulled" for what was pulled from elsewhere on the hub, or
            "file" for a file that the configuration lists.
        good_at: What it is good at, in a line; empty where nobody says.
        licence: Of its weights; empty where it is not known.
        size: Bytes of its file: exact where it is here.
        memory: Bytes that it needs to run, as an estimate.
        fits: Whether it fits this machine's memory; None where that is not known.
        path: Where it is, if it is here; the embedded one always is.
        chosen: Whether it is the model that is used when none is named.
        repository: Where it comes from on the hub.
        file: Its file there.
        quant: How its weights are quantised.
        sha256: Its checksum, where it is publicly known.
        gated: Whether its terms must be accepted on the hub.
        checked: How repository and file are known; empty where the file's name is not.
        unfinished: Bytes that have come of a pull that was paused, or broke off.
        speed: How fast it writes on this machine, seen or guessed.
    """

    name: str
    title: str
    kind: Literal["embedded", "catalogue", "pulled", "file"]
    licence: str
    size: int
    memory: int
    fits: Fit | None
    path: Path | None
    chosen: bool
    repository: str
    file: str
    quant: str
    sha256: str = ""
    gated: bool = False
    checked: str = ""
    good_at: str = ""
    unfinished: int = 0
    speed: Speed | None = None

    @property
    def here(self) -> bool:
        """Whether it can be used without asking the hub."""
        return self.kind == "embedded" or self.path is not None


@dataclass(frozen=True, slots=True)
class Overview:
    """What there is.

    Attributes:
        configured: The model that is used when none is named.
        memory: Bytes that this machine has in all; None where that is not known.
        models: The embedded one first, then the catalogue, what else was pulled, and the files
            that the configuration lists.
        named: The models behind an address that the configuration names: what the server calls
            each, and the address, without what it may hold of a key; chat models by their names.
    """

    configured: str
    memory: int | None
    models: tuple[Model, ...]
    named: Mapping[str, str]

    def as_dict(self) -> dict[str, object]:
        """Give all of it as JSON takes it."""
        models = [
            {**asdict(each), "path": str(each.path) if each.path else None, "here": each.here}
            for each in self.models
        ]
        return {
            "configured": self.configured,
            "memory": self.memory,
            "models": models,
            "named": dict(self.named),
        }


def overview() -> Overview:
    """Look at what there is, without asking the hub.

    Raises:
        InputError: The configuration file is not what it should be.
    """
    configured, memory = default_model(), machine_memory()
    here = {(each.repository, each.file): each for each in pulled()}
    coming = {(each.repository, each.file): each.done for each in unfinished()}
    models = [_known(embedded_entry(), None, 0, configured, memory)]
    for entry in entries():
        key = entry.repository, part_paths(entry.file)[0]
        models.append(_known(entry, here.pop(key, None), coming.pop(key, 0), configured, memory))
    by_repository = {entry.repository: entry for entry in entries()}
    models += [
        _other(each, by_repository.get(each.repository), configured, memory)
        for each in here.values()
    ]
    models += [_begun(*key, done, memory) for key, done in coming.items() if key not in here]
    models += [_listed(path, configured, memory) for path in settings.model_files()]
    named = {name: _shown(each) for name, each in named_models().items()}
    return Overview(configured, memory, tuple(models), named)


def _shown(model: NamedModel) -> str:
    if not model.endpoint:
        return model.model  # a chat model, at its provider's own address
    address = urlsplit(model.endpoint)
    host = address.netloc.rpartition("@")[2]
    return f"{model.model} at {address.scheme}://{host}{address.path}"


def _known(
    entry: Entry, found: Pulled | None, unfinished: int, configured: str, memory: int | None
) -> Model:
    size = found.size if found else entry.size
    need = needed(size, entry)
    path = found.path if found else None
    name = EMBEDDED_NAME if not entry.repository else _text_name(path) if path else ""
    return Model(
        name=entry.name,
        title=entry.title,
        kind="catalogue" if entry.repository else "embedded",
        licence=entry.licence,
        size=size,
        memory=need,
        fits=fits(need, memory),
        path=path,
        chosen=_chosen(configured, path) or (not entry.repository and configured == entry.name),
        repository=entry.repository,
        file=entry.file,
        quant=entry.quant,
        sha256=entry.sha256,
        gated=entry.gated,
        checked=entry.checked,
        good_at=entry.good_at,
        unfinished=0 if found else unfinished,
        speed=speed(name, size, entry),
    )


def _other(found: Pulled, entry: Entry | None, configured: str, memory: int | None) -> Model:
    need = needed(found.size, entry)
    return Model(
        name=f"hf:{found.repository}/{found.file}",
        title=entry.title if entry else found.repository,
        kind="pulled",
        licence=entry.licence if entry else "",
        size=found.size,
        memory=need,
        fits=fits(need, memory),
        path=found.path,
        chosen=_chosen(configured, found.path),
        repository=found.repository,
        file=found.file,
        quant=found.quant,
        checked="pulled to this machine",
        good_at=entry.good_at if entry else "",
        speed=speed(_text_name(found.path), found.size, entry),
    )


def _begun(repository: str, file: str, done: int, memory: int | None) -> Model:
    """Show a model from elsewhere on the hub of which only a part has come."""
    need = needed(done)
    return Model(
        name=f"{HUB_PREFIX}{repository}/{file}",
        title=repository,
        kind="pulled",
        licence="",
        size=done,
        memory=need,
        fits=None if fits(need, memory) == "yes" else fits(need, memory),  # the rest is not known
        path=None,
        chosen=False,
        repository=repository,
        file=file,
        quant=quant_of(file),
        checked="its pull has not ended",
        unfinished=done,
    )


def _listed(file: str, configured: str, memory: int | None) -> Model:
    """Show a file that the configuration lists, whether it is there or not."""
    path = Path(file).expanduser()
    size = file_size(path)
    need = needed(size)
    return Model(
        name=file,
        title=path.stem,
        kind="file",
        licence="",
        size=size,
        memory=need,
        fits=fits(need, memory) if size else None,
        path=path if size else None,
        chosen=_chosen(configured, path),
        repository="",
        file=path.name,
        quant=quant_of(path.name),
        checked="a file on this machine",
        speed=speed(_text_name(path), size) if size else None,
    )


def _text_name(path: Path) -> str:
    """Give the name by which texts say that they are from a file."""
    try:
        return str(located(path))
    except ModelError:
        return str(path)


def _chosen(configured: str, path: Path | None) -> bool:
    return path is not None and Path(configured).expanduser() in {path, path.resolve()}


def listed_models(default: str | None = None) -> list[str]:
    """List the models that can be chosen by name.

    Args:
        default: The model that this program was started with; None for none.

    Returns:
        The default first, then the embedded model, those that were pulled, the files that the
        configuration lists, the models that it describes, and the echo model; each once.

    Raises:
        InputError: The configuration is not what it should be.
    """
    names = [
        *([default] if default else []),
        settings.default_model(),
        "local",
        *(str(each.path) for each in pulled()),
        *settings.model_files(),
        *settings.named_models(),
        "echo",
    ]
    return list(dict.fromkeys("local" if name in EMBEDDED_NAMES else name for name in names))


def require_listed(name: str, default: str | None = None) -> str:
    """Give a name back if it is one of a listed model.

    Args:
        name: The name of a model, from a bed, a file or a page.
        default: The model that this program was started with; None for none.

    Raises:
        InputError: It is none, or the configuration is not what it should be.
    """
    name = "local" if name in EMBEDDED_NAMES else name
    if name in {"local", "echo", default} or name in listed_models(default):
        return name
    raise InputError(
        f"{without_secret(name)[:200]!r} is not the name of a model that is listed here.",
        hint="Choose one of the list. Another address or path is added on the studio's page of "
        "models, given with --model when a command is started (as in "
        '"flourishing serve --model ..."), or described in the configuration as [models.NAME].',
    )


def without_secret(name: str) -> str:
    """Leave out of an address what no address should hold, and what opening it refuses.

    Args:
        name: The name of a model, which may be an address.
    """
    return re.sub(r"//[^/@]*@", "//…@", name)
