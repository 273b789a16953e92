"""Which files of a repository make up a model: by name, by quantisation, and all its parts.

A model of more than 50 GB is split, as the hub wants it, into files whose names end in
-00001-of-00005.gguf and so on. llama.cpp is given the first and finds the others beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from flourishing.catalogue.entries import Wanted
from flourishing.catalogue.hub import HubFile, Listing
from flourishing.errors import InputError, ModelFileError, ModelNotFoundError
from flourishing.models.gguf import part_paths

_ENDING: Final = re.compile(r"(?:-\d{5}-of-\d{5})?\.gguf$", re.IGNORECASE)
_QUANT: Final = re.compile(r"(?i)(?:^|[-._/])(i?q\d\w*|[bt]?f(?:16|32)|bf16|mxfp4)(?=[-./]|$)")
_NO_MODEL: Final = re.compile(r"(?i)(?:^|/)(?:mmproj|imatrix)|imatrix\.gguf$")


def choose(listing: Listing, wanted: Wanted) -> tuple[HubFile, ...]:
    """Choose the files that make up what is wanted, in order.

    Raises:
        ModelNotFoundError: The repository has no such file, or none of that quantisation.
        InputError: Several would do, and nothing says which.
        ModelFileError: Parts of a split model are missing, or a name leads out of its folder.
    """
    by_path = {file.path: file for file in listing.files if not _NO_MODEL.search(file.path)}
    if wanted.file in by_path:
        first = wanted.file
    elif wanted.file and not wanted.quant:
        raise _none(wanted, f"no file {wanted.file!r}", by_path)
    else:
        # The catalogue's file may have been renamed: its quantisation finds it then.
        first = _of_quant(wanted, by_path)
    paths = part_paths(first)
    if missing := [path for path in paths if path not in by_path]:
        raise ModelFileError(
            f"{wanted.repository!r} has not all parts of {first}: {missing[0]} is missing.",
            hint="Choose another file of it, with --quant.",
        )
    for path in paths:
        _require_inside(path)
    return tuple(by_path[path] for path in paths)


def quant_of(path: str) -> str:
    """Read the quantisation off a file's name, in capitals; empty where there is none."""
    found = _QUANT.findall(_ENDING.sub("", path))
    return str(found[-1]).upper() if found else ""


def _of_quant(wanted: Wanted, paths: Iterable[str]) -> str:
    firsts = sorted({part_paths(path)[0] for path in paths})
    fitting = [
        path for path in firsts if not wanted.quant or quant_of(path) == wanted.quant.upper()
    ]
    if not fitting:
        what = f"nothing in {wanted.quant}" if wanted.quant else "no GGUF file"
        raise _none(wanted, what, firsts)
    if len(fitting) > 1:
        raise InputError(
            f"{wanted.repository!r} has several: {', '.join(fitting)}.",
            hint="Say which, by its file or with --quant.",
        )
    return fitting[0]


def _none(wanted: Wanted, what: str, paths: Iterable[str]) -> ModelNotFoundError:
    others = ", ".join(sorted({part_paths(path)[0] for path in paths})) or "no GGUF file at all"
    return ModelNotFoundError(f"{wanted.repository!r} has {what}.", hint=f"It has: {others}.")


def _require_inside(path: str) -> None:
    # The names are the hub's, and become paths here.
    steps = path.split("/")
    odd = "\\" in path or ":" in path or not path.isprintable()
    if odd or any(not step.strip(". ") for step in steps):
        raise ModelFileError(
            f"The file is called {path!r}, which would lead out of its folder.",
            hint="Choose another repository.",
        )
