"""A base model by name: one object for each, so that each is loaded once."""

from __future__ import annotations

import threading
from pathlib import Path

from flourishing import settings
from flourishing.errors import ModelNotFoundError
from flourishing.models.protocol import BaseModel
from flourishing.models.weights import EMBEDDED_NAME

_opened: dict[str, BaseModel] = {}
_opening = threading.Lock()


def open_model(model: str | Path | BaseModel | None = None) -> BaseModel:
    """Give a base model.

    Args:
        model: "local", or the name "gemma-3-270m" that its texts say they are from, for the
            embedded model; "echo" for the echo model, or the path of a `.gguf` file; None for the
            one that is configured; a model is given back as it is.

    Returns:
        The model, not yet loaded; the same object for the same name.

    Raises:
        ModelNotFoundError: There is no model of that name, or no file at that path.
        ModelFileError: The file is no GGUF.
    """
    if model is not None and not isinstance(model, str | Path):
        return model
    name = str(model or settings.default_model())
    if name.endswith(".gguf"):
        from flourishing.models.weights import require_gguf

        path = Path(name).expanduser()
        require_gguf(path)
        name = str(path.resolve())
    if name == EMBEDDED_NAME:
        name = "local"
    with _opening:
        if name not in _opened:
            _opened[name] = _make(name)
        return _opened[name]


def _make(name: str) -> BaseModel:
    # Imported here, since `import flourishing` should cost little, and most need one of them.
    if name == "echo":
        from flourishing.models.echo import EchoModel

        return EchoModel()
    if name == "local" or name.endswith(".gguf"):
        from flourishing.models.embedded import EmbeddedModel

        if name == "local":
            return EmbeddedModel.packaged(settings.cache_path())
        return EmbeddedModel.from_file(Path(name))
    raise ModelNotFoundError(
        f"There is no model {name!r}.",
        hint='Use "local" (the embedded model), "echo", or the path of a .gguf file.',
    )
