"""The base models that the studio uses, each in one of four states."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

from flourishing import blocking, settings
from flourishing.app.models import forget
from flourishing.errors import FlourishingError, InputError
from flourishing.models import BaseModel
from flourishing.models.catalogue import entries
from flourishing.models.catalogue.configuration import located_if_there, opened_as
from flourishing.models.catalogue.overview import listed_models, require_listed, without_secret
from flourishing.models.gguf import names_file
from flourishing.models.opening import open_in_worker as open_apart
from flourishing.models.weights import EMBEDDED_NAMES
from flourishing.studio.schemas.texts import ModelBody, State

_TITLES: Final = {
    "local": "Gemma 3 270M, on this machine",
    "echo": "Echo, which only pretends, on this machine",
}


class Engines:
    """The base models, by the names under which they were asked for.

    Args:
        default: The model that is used where none is named; None for the one that is configured.
    """

    def __init__(self, default: str | None = None) -> None:
        self._default = default
        self._chosen: str | None = None
        self._loading: dict[str, asyncio.Task[None]] = {}
        self._failed: dict[str, FlourishingError] = {}

    @property
    def default(self) -> str:
        """The model that is used where none is named."""
        return self._chosen or self._default or settings.default_model()

    def choose(self, name: str) -> None:
        """Use a model from now on where none is named, whatever this program was started with.

        Args:
            name: The name of a model that is listed.
        """
        self._chosen = name

    def refresh(self, name: str) -> None:
        """Look anew at a model of which something was changed: its key, or its file.

        Args:
            name: The name of the model.
        """
        self._failed.pop(name, None)

    async def forget(self, name: str) -> None:
        """Take a model off the list, and close it where it is open.

        Args:
            name: The name by which it is pulled, or listed.

        Raises:
            InputError: It is the default, or built in.
            ModelNotFoundError: There is no such model here.
            StorageError: It cannot be removed.
        """
        opened = await blocking.run(self._forgettable, name)
        if (task := self._loading.pop(opened, None)) is not None:
            task.cancel()
        self._failed.pop(opened, None)
        await blocking.finish(forget, name)

    async def open(self, name: str | None) -> BaseModel:
        """Give a model, which need not be loaded yet.

        Args:
            name: The name of the model; None for the default model.

        Raises:
            ModelNotFoundError: There is none of that name.
            InputError: It is not listed, or the configuration is not what it should be.
        """
        return (await blocking.run(self._open, name))[1]

    async def require(self, name: str | None) -> str:
        """Give the one name of a model that is listed; an address or a path is no such name.

        Args:
            name: The name, from a page or a bed; None for the default model.

        Raises:
            InputError: It is not listed, or the configuration is not what it should be.
        """
        return await blocking.run(self._require, name)

    async def prepare(self, name: str | None) -> None:
        """Begin to load a model of this machine that will be wanted soon.

        Args:
            name: The name of the model; None for the default model.
        """
        with suppress(FlourishingError):  # breeding says what is amiss with it
            known, here = await blocking.run(self._where, name)
            if here and known not in self._failed:
                await self.load(known)

    async def load(self, name: str | None) -> None:
        """Begin to load a model, unless that was begun, or is done.

        Args:
            name: The name of the model; None for the default model.

        Raises:
            ModelNotFoundError: There is none of that name.
            InputError: It is not listed.
        """
        known, model = await blocking.run(self._open, name)
        if model.ready or known in self._loading:
            return
        self._failed.pop(known, None)
        self._loading[known] = asyncio.create_task(self._load(known, model))

    async def show(self, name: str) -> ModelBody:
        """Give the state of a model.

        Args:
            name: The name of the model.

        Raises:
            InputError: It is not listed, or the configuration is not what it should be.
        """
        return await blocking.run(self._body, name)

    async def all(self) -> list[ModelBody]:
        """Give all models that can be chosen: on this machine, pulled, and configured."""
        return await blocking.run(self._bodies)

    async def close(self) -> None:
        """Let go of what is being loaded."""
        for task in self._loading.values():
            task.cancel()

    # What follows reads the configuration and looks at files, and so is called in a thread.

    def _require(self, name: str | None) -> str:
        return require_listed(name, self._default) if name else _known(self.default)

    def _forgettable(self, name: str) -> str:
        """Give the name under which a model is opened, unless it is the default."""
        opened, default = opened_as(name), _known(self.default)
        if names_file(default):
            default = str(located_if_there(default))
        if opened and opened == default:
            raise InputError(
                f"{name!r} is the default model.", hint="Make another one the default first."
            )
        return opened

    def _where(self, name: str | None) -> tuple[str, bool]:
        known = self._require(name)
        return known, is_here(known)

    def _open(self, name: str | None) -> tuple[str, BaseModel]:
        known = self._require(name)
        return known, open_apart(known)

    def _body(self, name: str) -> ModelBody:
        known = self._require(name)
        problem = None
        try:
            ready = open_apart(known).ready
        except FlourishingError as error:
            ready, problem = False, f"{error} {error.hint}"
        if failed := self._failed.get(known):
            problem = f"{failed} {failed.hint}"
        loading = known in self._loading
        return ModelBody(
            name=without_secret(known),
            title=title(without_secret(known)),
            state=_state(ready=ready, loading=loading, failed=problem is not None),
            problem=problem,
            here=is_here(known),
            chosen=known == _known(self.default),
        )

    def _bodies(self) -> list[ModelBody]:
        return [self._body(name) for name in listed_models(self._default)]

    async def _load(self, name: str, model: BaseModel) -> None:
        try:
            await model.load()
        except FlourishingError as error:
            self._failed[name] = error
        finally:
            self._loading.pop(name, None)


def is_here(name: str) -> bool:
    """Say whether a model runs on this machine, by the name under which it is opened.

    Args:
        name: The name of the model.
    """
    return name in _TITLES or names_file(name)


def title(name: str) -> str:
    """Give what a person calls a model.

    Args:
        name: The name of the model.
    """
    if name in _TITLES:
        return _TITLES[name]
    if names_file(name):
        path = Path(name)
        titles = {Path(each.file).name: each.title for each in entries() if each.file}
        return f"{titles.get(path.name, path.stem)}, on this machine"
    return name


def _state(*, ready: bool, loading: bool, failed: bool) -> State:
    if ready:
        return "ready"
    if loading:
        return "loading"
    return "failed" if failed else "resting"


def _known(name: str) -> str:
    return "local" if name in EMBEDDED_NAMES else name
