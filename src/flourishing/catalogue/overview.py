"""All models that are known here: the embedded one, named ones, pulled ones, and what could be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from flourishing.catalogue.entries import Entry, embedded_entry, entries
from flourishing.catalogue.memory import Fit, fits, machine_memory, needed
from flourishing.catalogue.pulled import Pulled, pulled
from flourishing.models.gguf import part_paths
from flourishing.settings import NamedModel, default_model, named_models


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
