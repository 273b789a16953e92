"""What has been pulled: files in the cache, each under its repository's name, as on the hub.

The folder itself says what is there. A file gets its name only when it is whole and checked, so
there is no list beside it that could be wrong, and a person may put files there or take them away.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flourishing.catalogue.entries import Wanted
from flourishing.catalogue.parts import quant_of
from flourishing.models.gguf import part_paths
from flourishing.settings import cache_path


@dataclass(frozen=True, slots=True)
class Pulled:
    """A model that has been pulled.

    Attributes:
        repository: As owner/name.
        file: Its path in the repository; of a split one, the first part's.
        size: Bytes of all its parts.
    """

    repository: str
    file: str
    size: int

    @property
    def path(self) -> Path:
        """Where it is; what llama.cpp is given."""
        return place(self.repository, self.file)

    @property
    def quant(self) -> str:
        """How it is quantised, as its name has it; empty where it does not say."""
        return quant_of(self.file)


def folder() -> Path:
    """Give the folder into which models are pulled."""
    return cache_path() / "models"


def place(repository: str, file: str) -> Path:
    """Give the path of a file of a repository on this machine, whether it is there or not."""
    return folder().joinpath(*repository.split("/"), *file.split("/"))


def pulled() -> tuple[Pulled, ...]:
    """Give what has been pulled, whole, by name."""
    found = []
    for path in sorted(folder().glob("*/*/**/*.[gG][gG][uU][fF]")):
        owner, name, *rest = path.relative_to(folder()).parts
        file = "/".join(rest)
        parts = [place(f"{owner}/{name}", part) for part in part_paths(file)]
        if parts[0] == path and all(part.is_file() for part in parts):
            size = sum(part.stat().st_size for part in parts)
            found.append(Pulled(f"{owner}/{name}", file, size))
    return tuple(found)


def find_pulled(wanted: Wanted) -> Pulled | None:
    """Give the pulled model that is wanted: by its file, else by quantisation if that is one."""
    here = [each for each in pulled() if each.repository == wanted.repository]
    if wanted.file:
        first = part_paths(wanted.file)[0]
        if exact := next((each for each in here if each.file == first), None):
            return exact
        if not wanted.quant:
            return None
    fitting = [each for each in here if not wanted.quant or each.quant == wanted.quant.upper()]
    return fitting[0] if len(fitting) == 1 else None
