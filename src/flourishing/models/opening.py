"""A base model by name: one object for each, so that each is loaded once."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flourishing import settings
from flourishing.errors import InputError, ModelNotFoundError
from flourishing.models import process_end  # noqa: F401 - early; it says why
from flourishing.models.gguf import located, names_file
from flourishing.models.protocol import BaseModel
from flourishing.models.weights import EMBEDDED_NAMES
from flourishing.settings import NamedModel

if TYPE_CHECKING:
    from flourishing.models.endpoint import Endpoint
    from flourishing.models.worker import WorkerModel

_PACKAGED: Final = {"local", "echo"}
_ADDRESS: Final = re.compile(r"https?:|.+#", re.IGNORECASE)
_opened: dict[str, BaseModel] = {}
_apart: dict[str, WorkerModel] = {}
_endpoints: dict[str, Endpoint] = {}
_opening = threading.Lock()


def open_model(model: str | Path | BaseModel | None = None) -> BaseModel:
    """Give a base model.

    Args:
        model: "local", or a name that its texts say they are from ("gemma-3-270m",
            "gemma-3-270m-latin", "gemma-3-270m-english"), for the embedded model; "echo" for the
            echo model, the path of a GGUF file (one without the ending `.gguf` with its folder, as
            in `./model`), a name in the configuration, an address `http(s)://host/v1#model-id`, or
            "chat:" and the name of a chat model that is made to continue; None for the one that is
            configured; a model is given back as it is.

    Returns:
        The model, not yet loaded; the same object for the same name.

    Raises:
        ModelNotFoundError: There is no model of that name, or no file at that path.
        ModelFileError: The file is no GGUF.
        InputError: The address is none, or the configuration is not what it should be.
    """
    if model is not None and not isinstance(model, str | Path):
        if not hasattr(model, "complete"):
            raise InputError(
                f"The model cannot be {str(model)[:60]!r}.",
                hint='Give a name, such as "local" or "echo", a path, an address, or a model.',
            )
        return model
    name = _resolved(model)
    with _opening:
        if name not in _PACKAGED and not names_file(name):
            return _far(name)
        key = _key(name)
        if key not in _opened:
            _opened[key] = _make(name)
        return _opened[key]


def open_in_worker(model: str | Path | None = None) -> BaseModel:
    """Give a base model which, where it is run by this computer, has a process of its own.

    For a server: neither loading nor a crash of the engine touches the process that asks.

    Args:
        model: As for `open_model`.

    Returns:
        The model, not yet loaded; the same object for the same name. A model that is not run by
        the embedded engine is that of `open_model`.

    Raises:
        ModelNotFoundError: There is no model of that name, or no file at that path.
        ModelFileError: The file is no GGUF.
        InputError: The address is none, or the configuration is not what it should be.
    """
    name = _resolved(model)
    if name != "local" and not names_file(name):
        return open_model(name)
    from flourishing.models.worker import WorkerModel

    with _opening:
        key = _key(name)
        if key not in _apart:
            _apart[key] = (
                WorkerModel.packaged(settings.cache_path())
                if name == "local"
                else WorkerModel.from_file(Path(name))
            )
        return _apart[key]


def close_model(name: str) -> None:
    """Close a model of which the file or the key has changed, or that is no longer wanted.

    Its process ends; who asks for it again gets it anew.

    Args:
        name: The name, path or address under which it was opened; one that is not open is no error.
    """
    with _opening:
        worker = _apart.pop(_key(name), None)
        _endpoints.pop(name, None)
    if worker is not None:
        worker.close()


def open_endpoint(model: str | BaseModel) -> Endpoint:
    """Give a model behind an address, to ask its server for something else than completions.

    Args:
        model: A name in the configuration, an address `http(s)://host/v1#model-id`, "chat:" and
            the name of a chat model, or a model.

    Returns:
        The endpoint; its `server` sends single requests.

    Raises:
        InputError: The model is not behind an address.
        ModelNotFoundError: There is no such model.
    """
    from flourishing.models.endpoint import Endpoint

    opened = open_model(model)
    if not isinstance(opened, Endpoint):
        raise InputError(
            f"{opened.name} is not behind an address.",
            hint="Give an address https://host/v1#model-id, or the name of a model that the "
            "configuration describes with an endpoint.",
        )
    return opened


def _resolved(model: str | Path | None) -> str:
    """Give the one name under which a model is known here."""
    name = str(model or settings.default_model())
    if name not in _PACKAGED and names_file(name):
        return str(located(name))
    return "local" if name in EMBEDDED_NAMES else name


def _key(name: str) -> str:
    """Give one key for all names of a file, so that it is loaded once."""
    return name if name in _PACKAGED else str(Path(name).resolve())


def _make(name: str) -> BaseModel:
    # Imported here, since `import flourishing` should cost little, and most need one of them.
    if name == "echo":
        from flourishing.models.echo import EchoModel

        return EchoModel()
    if name == "local":
        from flourishing.models.packaged import PackagedModel

        return PackagedModel(settings.cache_path())
    from flourishing.models.embedded import EmbeddedModel

    return EmbeddedModel.from_file(Path(name))


def named_like(name: str) -> NamedModel | None:
    """Give how the configuration describes the model that texts say they are from.

    Args:
        name: Its address, or "chat:" and the name of a chat model.

    Returns:
        The first description of that model; None if there is none.

    Raises:
        InputError: The configuration is not what it should be.
    """
    from flourishing.models.endpoint import Address

    for each in settings.named_models().values():
        at = each.model if each.is_chat else Address.of_model(each).name
        if at == name:
            return each
    return None


def _far(name: str) -> Endpoint:
    """Give the model behind a name of the configuration, an address, or a chat model's name.

    An address that stands in the configuration gives the model that is described there, with its
    key: texts say the address as what they are from, and it opens the same model again. So does
    the name of a chat model, with its prices.
    """
    from flourishing.models.endpoint import Address

    named = settings.named_models()
    by_address = False
    if name in named:
        found = named[name]
    elif name.startswith(settings.CHAT):
        found = named_like(name) or NamedModel(model=name)
    elif _ADDRESS.match(name):
        address = Address.parse(name)
        name = address.name
        known = named_like(name)
        by_address = known is None
        found = known or NamedModel(endpoint=address.base, model=address.model)
    else:
        raise ModelNotFoundError(
            f"There is no model {name!r}.",
            hint='Use "local" (the embedded model), "echo", the path of a .gguf file, an address '
            "https://host/v1#model-id, or a name in the configuration"
            + (f": {', '.join(named)}." if named else "; there is none in it yet."),
        )
    return _endpoint(name, found, by_address=by_address)


def _endpoint(name: str, described: NamedModel, *, by_address: bool) -> Endpoint:
    from flourishing.models.endpoint import Endpoint
    from flourishing.models.probe_results import recall

    found = _endpoints.get(name)
    if found is None or found.settings != described:
        found = _endpoints[name] = Endpoint(described, by_address=by_address)
        recall(found.address, found.capabilities)
    return found
