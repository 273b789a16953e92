"""All models that are known here, how much memory each needs, and which of them is the default.

These are the embedded one, named ones, pulled ones, and what could be pulled. A model of so many
bytes needs its file, the cache of its context, and some room to compute in. The cache is counted as
the engine keeps it: every layer in full, two bytes for a number, keys and values, for as many
tokens as the engine gives it. The machine's memory is what all of it has and not what is free at
the moment, since an operating system keeps files in what is free; a limit that a container sets
counts. A graphics card's memory does not: the engine runs on the processor.

The default is one line in the configuration. The file is a person's own, with comments and an
order; it is read and written by tomlkit, which keeps them. It is replaced in one step, so that no
crash leaves half of it; a link to a file elsewhere, as people keep their settings under version
control, stays a link.

A name that comes from a stored bed, from a file or from a page is used only if it is one of the
models that are listed here: whoever could name any address would choose where prompts and keys are
sent, and whoever could name any path would choose which file is opened. Addresses and paths come
from the command line, from the configuration and from Python alone.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from flourishing import settings
from flourishing.errors import InputError, ModelNotFoundError
from flourishing.files import write_whole
from flourishing.models.catalogue.download import Pulled, find_pulled, pulled
from flourishing.models.catalogue.entries import (
    HUB_PREFIX,
    Entry,
    embedded_entry,
    entries,
    find_entry,
    unknown,
    wanted,
)
from flourishing.models.gguf import Header, located, names_file, part_paths
from flourishing.models.weights import EMBEDDED_NAMES
from flourishing.settings import NamedModel, config_path, default_model, named_models

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


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
        kind: "embedded", "catalogue", or "pulled" for what was pulled from elsewhere on the hub.
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
    """

    name: str
    title: str
    kind: Literal["embedded", "catalogue", "pulled"]
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
        models: The embedded one first, then the catalogue, then what else was pulled.
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
    models = [_known(embedded_entry(), None, configured, memory)]
    for entry in entries():
        found = here.pop((entry.repository, part_paths(entry.file)[0]), None)
        models.append(_known(entry, found, configured, memory))
    by_repository = {entry.repository: entry for entry in entries()}
    models += [
        _other(each, by_repository.get(each.repository), configured, memory)
        for each in here.values()
    ]
    named = {name: _shown(each) for name, each in named_models().items()}
    return Overview(configured, memory, tuple(models), named)


def _shown(model: NamedModel) -> str:
    if not model.endpoint:
        return model.model  # a chat model, at its provider's own address
    address = urlsplit(model.endpoint)
    host = address.netloc.rpartition("@")[2]
    return f"{model.model} at {address.scheme}://{host}{address.path}"


def _known(entry: Entry, found: Pulled | None, configured: str, memory: int | None) -> Model:
    size = found.size if found else entry.size
    need = needed(size, entry)
    path = found.path if found else None
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
    )


def _chosen(configured: str, path: Path | None) -> bool:
    return path is not None and Path(configured).expanduser() in {path, path.resolve()}


BUILT_IN: Final = ("local", "echo")


@dataclass(frozen=True, slots=True)
class Used:
    """What was written.

    Attributes:
        model: What the configuration now says.
        config: The file that says it.
        overridden: What FLOURISHING_MODEL says instead and goes before it; empty if it is not set.
        instruct_sign: Why a file seems to hold an instruct model; empty if it does not.
    """

    model: str
    config: Path
    overridden: str
    instruct_sign: str = ""


def use(name: str, *, quant: str = "") -> Used:
    """Make a model the default: write `model = "…"` into the configuration.

    Args:
        name: "local", "echo", a model that the configuration names, one of the catalogue or of the
            hub that has been pulled, the path of a `.gguf` file, or an endpoint's address.
        quant: Which quantisation, where several were pulled.

    Raises:
        ModelNotFoundError: There is no such model, or it has not been pulled.
        ModelFileError: The file is no GGUF.
        InputError: The configuration cannot be read.
        StorageError: It cannot be written.
    """
    path = config_path()
    document = _read(path)
    model = _resolve(name, quant, document)
    document["model"] = model
    write_whole(
        path,
        document.as_string().encode(),
        folders=True,
        remedy="FLOURISHING_CONFIG names another file.",
    )
    overridden = os.environ.get("FLOURISHING_MODEL", "")
    sign = Header.read(Path(model)).instruct_sign(Path(model)) if names_file(model) else ""
    return Used(model, path, overridden if overridden != model else "", sign)


def _resolve(name: str, quant: str, document: TOMLDocument) -> str:
    if name in BUILT_IN or name.startswith(("http://", "https://", "chat:")):
        return name
    if name in (document.unwrap().get("models") or {}):
        return name
    if not name.startswith(HUB_PREFIX) and names_file(name):
        return str(located(name))
    if not name.startswith(HUB_PREFIX) and find_entry(name) is None:
        raise unknown(name)
    found = find_pulled(wanted(name, quant))
    if found is None:
        asked = f"{name} --quant {quant}" if quant else name
        raise ModelNotFoundError(
            f"{name!r} has not been pulled.", hint=f"Run: flourishing models pull {asked}"
        )
    return str(found.path.resolve())


def _read(path: Path) -> TOMLDocument:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        # As bytes, since reading as text would turn another system's line ends into our own.
        return tomlkit.parse(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except (OSError, ValueError, TOMLKitError) as error:
        raise InputError(
            f"The configuration {path} cannot be read: {error}.",
            hint="Mend it, or move it away to begin a new one.",
        ) from error


def listed_models(default: str | None = None) -> list[str]:
    """List the models that can be chosen by name.

    Args:
        default: The model that this program was started with; None for none.

    Returns:
        The default first, then the embedded model, those that were pulled, those that the
        configuration describes, and the echo model; each once.

    Raises:
        InputError: The configuration is not what it should be.
    """
    names = [
        *([default] if default else []),
        settings.default_model(),
        "local",
        *(str(each.path) for each in pulled()),
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
        hint="Choose one of the list. Another address or path is given with --model when a command "
        'is started (as in "flourishing serve --model ..."), or an address is described in the '
        "configuration as [models.NAME].",
    )


def without_secret(name: str) -> str:
    """Leave out of an address what no address should hold, and what opening it refuses.

    Args:
        name: The name of a model, which may be an address.
    """
    return re.sub(r"//[^/@]*@", "//…@", name)
