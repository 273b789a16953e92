"""Models, as somebody meets them who never opens a terminal: found, added, tried and forgotten.

What is added is written into the configuration, so that the terminal and Python have it as well.
Only whoever owns a studio may call most of this; the studio sees to it.

A server is asked only at the address that a person gave, or, where they asked to look for servers
on this machine, at the ports of four programs on the loopback interface. What it says is not passed
on, but for the names of its models: the address may be that of another service, whose answers are
nobody's business here. Addresses of the local link are refused, since machines in the cloud have
services there that give out secrets.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from flourishing import blocking, settings
from flourishing.app.complete import complete
from flourishing.core.sampling import SamplingOptions
from flourishing.errors import FlourishingError, InputError, OverloadedError, StorageError
from flourishing.models import BaseModel, Completion, Event, Notice, Reading, Usage
from flourishing.models.catalogue import configuration, speed
from flourishing.models.catalogue.download import file_size
from flourishing.models.catalogue.entries import hub_place
from flourishing.models.cost import open_budget
from flourishing.models.endpoint import Address
from flourishing.models.endpoint.address import Key, find_key
from flourishing.models.endpoint.keys import (
    clean,
    find,
    is_for_this_run,
    keep_key,
    place_of,
    remove_key,
)
from flourishing.models.endpoint.server import ServerModels, list_models
from flourishing.models.endpoint.transport import await_on_sync_loop
from flourishing.models.gguf import part_paths
from flourishing.models.opening import close_model, open_endpoint, open_model
from flourishing.models.probe_results import Probed
from flourishing.models.weights import EMBEDDED_NAMES
from flourishing.settings import NamedModel

if TYPE_CHECKING:
    pass

KeyState = Literal["none", "kept", "for now", "missing"]
LOCAL_PORTS: Final[Mapping[int, str]] = {
    8080: "llama.cpp",
    11434: "Ollama",
    1234: "LM Studio",
    5001: "koboldcpp",
}
"""Where servers of models listen on the machine of a person who set nothing else."""
_LOOKING: Final = 5.0
"""Seconds in which a server on this machine answers, or is not there."""


async def look_at_server(endpoint: str, key: str | None = None) -> ServerModels:
    """Ask a server for its models.

    Args:
        endpoint: The address of the server, as a person pasted it.
        key: Its key; None for the one that was kept for this address before, if there is one.

    Raises:
        InputError: It is no address, or one that no server of models has.
        EndpointError: The server did not answer as a server of models does.
    """
    address = Address.of(endpoint, "")
    await _require_usual(address)
    found = await blocking.run(_key, address, key)
    return await await_on_sync_loop(list_models(endpoint, found))


@dataclass(frozen=True, slots=True)
class Added:
    """A model of a server that was added.

    Attributes:
        name: What it is called from now on.
        key_kept: Whether its key is in the keyring; None where it has none.
    """

    name: str
    key_kept: bool | None


async def add_server(endpoint: str, model: str, *, name: str = "", key: str | None = None) -> Added:
    """Add a model of a server: to the configuration, and its key to the keyring.

    Args:
        endpoint: The address of the server.
        model: What the server calls the model.
        name: What it is called here; empty makes a name of the server's.
        key: Its key; None for the one that was kept for this address before, or none.

    Raises:
        InputError: It is no address, one that no server of models has, or a name that is taken.
        StorageError: The configuration cannot be written.
    """
    address = Address.of(endpoint, model)
    await _require_usual(address)
    return await blocking.finish(_add_server, address, name, key)


def _add_server(address: Address, name: str, key: str | None) -> Added:
    place = place_of(address.base)
    known = bool(key and key.strip()) or _key(address, None) is not None
    # The key first: a model without its key would be there and not work.
    kept = keep_key(place, key) if key and key.strip() else None
    added = configuration.add_server(address.base, address.model, name=name, keyed=known)
    close_model(added)
    return Added(added, kept)


def give_key(name: str, key: str) -> bool:
    """Give the key of a model's server anew, in place of one that is gone or was replaced.

    Args:
        name: The name of a model that the configuration describes.
        key: The key.

    Returns:
        Whether it is in the keyring, and there for the next start.

    Raises:
        InputError: There is no such model, or its key has a place of the person's own.
    """
    named = settings.named_models().get(name)
    if named is None or named.is_chat or named.key_env:
        raise InputError(
            f"The key of {name[:60]!r} cannot be given here.",
            hint="Put it where the configuration says.",
        )
    address = Address.of_model(named)
    kept = keep_key(named.keyring or place_of(address.base), key)
    if not named.keyring:
        configuration.add_server(address.base, named.model, name=name, keyed=True)
    for each, other in settings.named_models().items():
        if other.keyring == (named.keyring or place_of(address.base)):
            close_model(each)
    return kept


HubToken = Literal["none", "kept", "for now", "elsewhere"]
"""How it is with a person's token for the hub; one "elsewhere" is set outside the studio."""


def give_hub_token(token: str) -> bool:
    """Keep a person's token for the hub, with which gated and private models can be pulled.

    Args:
        token: The token; "" removes the one that is kept.

    Returns:
        Whether it is in the keyring, and there for the next start.

    Raises:
        InputError: It cannot be sent as a token.
    """
    if not token.strip():
        remove_key(hub_place())
        return False
    return keep_key(hub_place(), token)


def hub_token_state() -> HubToken:
    """Say whether there is a token for the hub; the token itself is not given."""
    from huggingface_hub import get_token

    if get_token():
        return "elsewhere"
    with suppress(FlourishingError):
        if find(hub_place()):
            return "for now" if is_for_this_run(hub_place()) else "kept"
    return "none"


def key_state(model: NamedModel) -> KeyState:
    """Say how it is with the key of a model that the configuration describes.

    Args:
        model: How it is described.

    Returns:
        "none" where it wants no key, "kept" where the key is there also at the next start,
        "for now" where it is only until this process ends, and "missing" where there is none.
    """
    if not (model.keyring or model.key_env or model.is_chat):
        return "none"
    try:
        found = find_key(model, by_address=False)
    except FlourishingError:
        return "missing"
    if found is None:
        return "none"
    return "for now" if model.keyring and is_for_this_run(model.keyring) else "kept"


async def probe_server(name: str) -> Probed:
    """Find out what the server of a model does of what it is asked; it takes a dozen requests.

    Args:
        name: The name of a model that the configuration describes.

    Raises:
        InputError: There is no such model, or it might cost more than it may.
        ModelError: The server cannot be reached, or gives no completions at all.
        StorageError: What was found cannot be written down.
    """
    from flourishing.models import probing  # heavy, and seldom wanted

    if name not in await blocking.run(settings.named_models):
        raise InputError(
            f"{name[:60]!r} is no model of a server that is listed.", hint="Add its server first."
        )
    endpoint = await blocking.run(open_endpoint, name)
    return await probing.probe(endpoint, budget=await blocking.run(open_budget))


async def find_servers(ports: Mapping[int, str] = LOCAL_PORTS) -> list[tuple[str, ServerModels]]:
    """Look for servers of models on this machine, at the ports where they usually listen.

    Args:
        ports: The name of the program that usually listens on each port; by default those of
            llama.cpp, Ollama, LM Studio and koboldcpp.

    Returns:
        Those that answer as a server of models does: the name of the program, and its models.
    """

    async def look(port: int, program: str) -> tuple[str, ServerModels] | None:
        with suppress(FlourishingError, OSError):  # a time that is over is one, too
            async with asyncio.timeout(_LOOKING):
                # A port where nobody listens would be asked again by what follows.
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                asking = list_models(f"http://127.0.0.1:{port}/v1", seconds=_LOOKING)
                return program, await await_on_sync_loop(asking)
        return None

    found = await asyncio.gather(*(look(port, program) for port, program in ports.items()))
    return [each for each in found if each is not None]


def _key(address: Address, key: str | None) -> Key | None:
    """Give the key of a server: the one that was just given, or the one that was kept before."""
    if key and key.strip():
        return Key(clean(key, "the field"))
    with suppress(FlourishingError):
        if kept := find(place_of(address.base)):
            return Key(kept)
    return None


async def _require_usual(address: Address) -> None:
    """Refuse an address of the local link, of a group of machines, or of none."""
    host = urlsplit(address.base).hostname or ""
    for each in await blocking.run(_resolved, host):
        if each.is_link_local or each.is_multicast or each.is_unspecified:
            raise InputError(
                f"{host} is no address of a server of models.",
                hint="A server on this machine is at 127.0.0.1.",
            )


def _resolved(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = [ipaddress.ip_address(host)]
    except ValueError:
        try:
            answers = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
        except (OSError, UnicodeError):
            return []  # asking it will say so
        found = [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in answers]
    return [getattr(each, "ipv4_mapped", None) or each for each in found]


_MOST_SHOWN: Final = 500
"""So many folders, and so many files, are shown of one folder."""
_PLACES: Final = (
    "~/Downloads",
    "~/models",
    "~/.lmstudio/models",
    "~/.cache/lm-studio/models",
    "~/.cache/llama.cpp",
    "~/Library/Caches/llama.cpp",
    "~/.cache/huggingface/hub",
    "~/.local/share/nomic.ai/GPT4All",
    "~",
)
"""Where people and programs keep models."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder has for somebody who looks for a model's file.

    Attributes:
        path: The folder; empty for the places to begin at.
        parent: The folder above it; empty where there is none.
        folders: The whole paths of its folders, but for hidden ones.
        files: The whole paths of its GGUF files, the first part of split ones; with their bytes.
        more: Whether there are more than are shown.
    """

    path: str
    parent: str
    folders: tuple[str, ...]
    files: tuple[tuple[str, int], ...]
    more: bool = False


def list_folder(path: str = "") -> Folder:
    """List the folders and the GGUF files of a folder, and nothing else that is in it.

    Args:
        path: The folder; empty for the places where models usually are.

    Raises:
        InputError: There is no such folder, or it cannot be read.
    """
    if not path.strip():
        places = (Path(each).expanduser() for each in _PLACES)
        return Folder("", "", tuple(str(each) for each in places if each.is_dir()), ())
    try:
        folder = Path(path.strip()).expanduser().absolute()
        inside = sorted(folder.iterdir(), key=lambda each: each.name.lower())
        folders = [each for each in inside if each.is_dir() and not each.name.startswith(".")]
        files = [
            each
            for each in inside
            if each.suffix.lower() == ".gguf"
            and not each.name.startswith(".")
            and part_paths(each.name)[0] == each.name
            and each.is_file()
        ]
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(
            f"The folder {path[:200]!r} cannot be read: {getattr(error, 'strerror', '') or error}.",
            hint="Choose another one.",
        ) from error
    return Folder(
        path=str(folder),
        parent=str(folder.parent) if folder.parent != folder else "",
        folders=tuple(map(str, folders[:_MOST_SHOWN])),
        files=tuple((str(each), file_size(each)) for each in files[:_MOST_SHOWN]),
        more=max(len(folders), len(files)) > _MOST_SHOWN,
    )


def forget(name: str) -> int:
    """Take a model off the list, and close it where it is open.

    Args:
        name: As for `catalogue.forget`.

    Returns:
        How many bytes were removed.

    Raises:
        InputError: It is the default, or built in.
        ModelNotFoundError: There is no such model here.
        StorageError: It cannot be removed, or the configuration cannot be written.
    """
    opened = configuration.opened_as(name)
    freed = configuration.forget(name)
    if opened:
        close_model(opened)
    return freed


@dataclass(frozen=True, slots=True)
class Tried:
    """What a model made of a prompt.

    Attributes:
        texts: The completions.
        seconds: How long it took, the loading of the model not counted.
        tokens: Tokens a second while it wrote; None where too little came to say.
        notes: What a person should know.
    """

    texts: tuple[str, ...]
    seconds: float
    tokens: float | None
    notes: tuple[str, ...]


async def try_prompt(
    prompt: str,
    model: str | BaseModel,
    *,
    n: int = 1,
    max_tokens: int = 60,
    seed: int | None = None,
) -> Tried:
    """Have a prompt continued, to see what a model is like, and how fast it is.

    Args:
        prompt: The exact prompt.
        model: The base model, by name or itself.
        n: How many completions, 1 by default.
        max_tokens: The most tokens of each, 60 by default.
        seed: Makes the completions reproducible; None draws.

    Raises:
        InputError: The prompt is empty.
        ModelError: The model failed.
    """
    opened = open_model(model)
    await opened.load()
    used, notes = Usage(), []
    begun, read, came = time.monotonic(), 0.0, False

    def notify(event: Event) -> None:
        nonlocal used, read, came
        match event:
            case Usage():
                used += event
            case Notice():
                notes.append(event.words)
            case Reading() if not came:  # the words follow; they themselves are not reported
                read = time.monotonic() - begun
            case Completion():
                came = True

    sampling = SamplingOptions(max_tokens=max_tokens)
    texts = await complete(
        prompt,
        n,
        model=opened,
        sampling=sampling,
        seed=seed,
        notify=notify,
        budget=await blocking.run(open_budget),
    )
    used = replace(used, first_token=read, seconds=time.monotonic() - begun)
    await note_speed(opened, used)
    return Tried(tuple(texts), used.seconds, speed.of(used), tuple(notes))


async def note_speed(model: BaseModel, usage: Usage) -> None:
    """Remember how fast a model of this machine wrote; that this fails is no failure of the model.

    Args:
        model: The model.
        usage: What its call took.
    """
    if model.name not in EMBEDDED_NAMES and not model.name.lower().endswith(".gguf"):
        return
    with suppress(StorageError, OverloadedError):
        await blocking.run(speed.note, model.name, usage)
