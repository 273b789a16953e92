"""Making a model the default, by one line in the configuration that leaves all others as they are.

The file is a person's own, with comments and an order; it is read and written by tomlkit, which
keeps them. It is replaced in one step, so that no crash leaves half of it; a link to a file
elsewhere, as people keep their settings under version control, stays a link.

A name that comes from a stored bed, from a file or from a page is used only if it is one of the
models that are listed here: whoever could name any address would choose where prompts and keys are
sent, and whoever could name any path would choose which file is opened. Addresses and paths come
from the command line, from the configuration and from Python alone.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flourishing import settings
from flourishing.errors import InputError, ModelNotFoundError
from flourishing.files import write_whole
from flourishing.models.catalogue.download import find_pulled, pulled
from flourishing.models.catalogue.entries import HUB_PREFIX, find_entry, unknown, wanted
from flourishing.models.gguf import Header, located, names_file
from flourishing.models.weights import EMBEDDED_NAMES
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
