"""Making a model the default, by one line in the configuration that leaves all others as they are.

The file is a person's own, with comments and an order; it is read and written by tomlkit, which
keeps them. It is replaced in one step, so that no crash leaves half of it; a link to a file
elsewhere, as people keep their settings under version control, stays a link.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flourishing.catalogue.entries import HUB_PREFIX, find_entry, unknown, wanted
from flourishing.catalogue.pulled import find_pulled
from flourishing.errors import InputError, ModelNotFoundError
from flourishing.files import write_whole
from flourishing.models.gguf import Header, located, names_file
from flourishing.settings import config_path

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

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
