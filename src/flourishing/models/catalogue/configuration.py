"""What a person chose: the default model, files and servers, written into the configuration.

The file is a person's own, with comments and an order; it is read and written by tomlkit, which
keeps them. It is replaced in one step, so that no crash leaves half of it; a link to a file
elsewhere, as people keep their settings under version control, stays a link.

A key is never written there. It is in the system's keyring, under the address of its server, and
the file says only that (`models.endpoint.keys`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flourishing.errors import FlourishingError, InputError, ModelNotFoundError
from flourishing.files import write_whole
from flourishing.models.catalogue.download import find_pulled, pulled, remove
from flourishing.models.catalogue.entries import HUB_PREFIX, find_entry, unknown, wanted
from flourishing.models.gguf import Header, located, names_file
from flourishing.models.weights import EMBEDDED_NAMES
from flourishing.settings import (
    CHAT,
    NamedModel,
    config_path,
    default_model,
    model_files,
    named_models,
)

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

BUILT_IN: Final = ("local", "echo")
_LONGEST_NAME: Final = 40
"""Characters of the name that is made for a model of a server."""


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
    document = _read(config_path())
    model = _resolve(name, quant, document)
    document["model"] = model
    _write(document)
    overridden = os.environ.get("FLOURISHING_MODEL", "")
    sign = Header.read(Path(model)).instruct_sign(Path(model)) if names_file(model) else ""
    return Used(model, config_path(), overridden if overridden != model else "", sign)


def add_file(path: str) -> Path:
    """Add a GGUF file of this machine to the models that may be chosen by name.

    Args:
        path: Where it is; "~" stands for the person's own folder.

    Returns:
        The whole path, under which it is listed.

    Raises:
        ModelNotFoundError: There is no file at that path.
        ModelFileError: It is no GGUF file, or one of its parts is missing.
        InputError: Its name does not end in `.gguf`, or the configuration cannot be read.
        StorageError: The configuration cannot be written.
    """
    file = located(path.strip())
    if file.suffix.lower() != ".gguf":
        raise InputError(
            f"{file.name!r} does not end in .gguf.", hint="Give the file a name that does."
        )
    listed = {located_if_there(each) for each in (*model_files(), *(str(p.path) for p in pulled()))}
    if file not in listed:
        document = _read(config_path())
        files = document.get("files", [])
        document["files"] = [*files, str(file)]
        _write(document)
    return file


def located_if_there(path: str) -> Path:
    """Give the whole path of a model's file as `located` does; of one that is gone, as it is.

    Args:
        path: The path.
    """
    try:
        return located(path)
    except ModelNotFoundError:
        return Path(path).expanduser()


def add_server(
    endpoint: str, model: str, *, name: str = "", keyed: bool = False, context: int | None = None
) -> str:
    """Describe a model of a server in the configuration: write `[models.NAME]`.

    Args:
        endpoint: The address of the server.
        model: What the server calls the model.
        name: What it is called here; empty makes a name of the server's.
        keyed: Whether the server wants a key, which is in the keyring under its address.
        context: The most tokens of a prompt and its completion; None asks the server.

    Returns:
        The name under which it is listed.

    Raises:
        InputError: The address is none, the name is taken or cannot be one, or the configuration
            cannot be read.
        StorageError: The configuration cannot be written.
    """
    # Here, since most commands about models need no server.
    from flourishing.models.endpoint import Address
    from flourishing.models.endpoint.keys import place_of

    if not model.strip() or model.startswith(CHAT):
        raise InputError(
            f"{model[:60]!r} cannot be a model of a server.", hint="Choose one that it lists."
        )
    address = Address.of(endpoint, model)
    described: dict[str, Any] = {"endpoint": address.base, "model": model}
    if keyed:
        described["keyring"] = place_of(address.base)
    if context is not None:
        described["context"] = context
    there = named_models()
    same = [known for known, each in there.items() if _address(each) == address.name]
    if not name:
        name = same[0] if same else _free_name(model, there)
    elif not _NAME.fullmatch(name) or name in {*BUILT_IN, *EMBEDDED_NAMES} or names_file(name):
        raise InputError(
            f"{name[:60]!r} cannot be the name of a model.",
            hint="Use letters, digits, dots and dashes, 60 at the most.",
        )
    elif name in there and name not in same:
        raise InputError(
            f"There is a model {name!r} already.", hint="Give it another name, or forget that one."
        )
    if name in there and there[name].key_env:
        described.pop("keyring", None)  # a key has one place, and the person chose it
    document = _read(config_path())
    tables = document.setdefault("models", {})
    if name in tables:
        tables[name].update(described)
    else:
        tables[name] = described
    _write(document)
    return name


_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


def _address(model: NamedModel) -> str:
    """Give the whole address of a described model; empty where it is none."""
    from flourishing.models.endpoint import Address

    try:
        return Address.of_model(model).name
    except FlourishingError:
        return ""


def _free_name(model: str, taken: Iterable[str]) -> str:
    """Make a name of what a server calls its model: the last part of it, in small letters."""
    last = model.rstrip("/").rpartition("/")[2].removesuffix(".gguf")
    plain = re.sub(r"[^a-z0-9._-]+", "-", last.lower()).strip("-._")[:_LONGEST_NAME] or "model"
    taken = {*taken, *BUILT_IN, *EMBEDDED_NAMES}
    if plain not in taken:
        return plain
    return next(f"{plain}-{n}" for n in range(2, len(taken) + 3) if f"{plain}-{n}" not in taken)


def forget(name: str) -> int:
    """Take a model off the list: what was pulled is removed; a file of a person's own stays.

    Args:
        name: One of the catalogue or of the hub that was pulled, whole or not; a path that the
            configuration lists; or a model that it describes, whose key leaves the keyring where
            no other model needs it.

    Returns:
        How many bytes were removed.

    Raises:
        InputError: It is the default, or built in.
        ModelNotFoundError: There is no such model here.
        StorageError: It cannot be removed, or the configuration cannot be written.
    """
    if name in BUILT_IN or name in EMBEDDED_NAMES:
        raise InputError(f"{name!r} is built in.", hint="It needs no more room than it has.")
    named = named_models()
    if name in named:
        _require_not_default(name, name)
        _drop_server(name, named)
        return 0
    if name in model_files():
        _require_not_default(name, name)
        document = _read(config_path())
        document["files"] = [each for each in document.get("files", []) if each != name]
        _write(document)
        return 0
    if not name.startswith(HUB_PREFIX) and find_entry(name) is None:
        raise unknown(name)
    if (found := find_pulled(wanted(name))) is not None:
        _require_not_default(name, str(found.path))
    freed = remove(name)
    if not freed:
        raise ModelNotFoundError(f"Nothing of {name!r} is here.", hint="There is nothing to do.")
    return freed


def opened_as(name: str) -> str:
    """Give the name under which a model that is here is opened; empty where it is not here.

    Args:
        name: As for `forget`.
    """
    if name in BUILT_IN or name in named_models():
        return name
    if name in model_files():
        return str(located_if_there(name))
    if not name.startswith(HUB_PREFIX) and find_entry(name) is None:
        return ""
    found = find_pulled(wanted(name))
    return str(located_if_there(str(found.path))) if found else ""


def _drop_server(name: str, named: dict[str, NamedModel]) -> None:
    from flourishing.models.endpoint.keys import is_ours, remove_key

    document = _read(config_path())
    del document["models"][name]
    _write(document)
    place = named[name].keyring
    others = {each.keyring for other, each in named.items() if other != name}
    if place and is_ours(place) and place not in others:
        remove_key(place)


def _require_not_default(name: str, opened: str) -> None:
    default = default_model()
    if default == opened or (
        names_file(default) and located_if_there(default) == located_if_there(opened)
    ):
        raise InputError(
            f"{name!r} is the default model.", hint="Make another one the default first."
        )


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
            hint="Correct it, or move it away to begin a new one.",
        ) from error


def _write(document: TOMLDocument) -> None:
    write_whole(
        config_path(),
        document.as_string().encode(),
        folders=True,
        remedy="FLOURISHING_CONFIG names another file.",
    )
