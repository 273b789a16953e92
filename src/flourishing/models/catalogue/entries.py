"""The catalogue's entries, base models that are worth having, and the hub from which they come.

They are data (`models.toml`), so that a model is added without code. What is written there is what
could be found out without downloading it: sizes are near, and an entry says how its repository and
file are known, or that they are not. A checksum stands there only where a public page gives it;
otherwise the hub's own is asked for when the file is pulled.

From the Hugging Face hub a file can be read from any place on: `hf_hub_download` of huggingface-hub
2 keeps nothing of a download that broke off; for a file of 40 GB that will not do. So its listing,
its session (proxies, offline mode, certificates), its headers (with its own token, or else the one
that a person put into the keyring on the page of models) and
its errors are used, and the bytes are asked for from where the last pull ended. `HF_ENDPOINT` and
`HF_TOKEN` work as everywhere; a token does not follow a redirect to another host.

Which files of a repository make up a model is chosen by name, by quantisation, and with all parts.
A model of more than 50 GB is split, as the hub wants it, into files whose names end in
-00001-of-00005.gguf and so on. llama.cpp is given the first and finds the others beside it.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final
from urllib.parse import unquote

from flourishing.errors import (
    AuthError,
    BrokenOffError,
    HubError,
    InputError,
    ModelError,
    ModelFileError,
    ModelNotFoundError,
)
from flourishing.models.gguf import part_paths

HUB_PREFIX: Final = "hf:"
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_PAGE: Final = re.compile(
    r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/([^/?#]+/[^/?#]+)"
    r"(?:/(?:blob|resolve|tree)/[^/?#]+(/[^?#]+)?)?/?(?:[?#].*)?"
)
"""The address of a repository's page on the hub, or of a file's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A base model of the catalogue.

    Attributes:
        name: What it is called here.
        title: What people call it.
        parameters: How many, in millions.
        good_at: What it is good at, in a line.
        licence: Of its weights.
        repository: Where it is on the hub, as owner/name; empty for the embedded one.
        file: The file of `quant`, or the first of a split one.
        quant: How its weights are quantised.
        size: Bytes of the file, or of all its parts; near, not exact.
        layers: Layers that keep a cache.
        heads: Key-value heads in a layer.
        width: Numbers in a head.
        context: The most tokens that it was trained on at once.
        sha256: What the file must give, where it is publicly known; otherwise empty.
        gated: Whether its terms must be accepted on the hub.
        checked: How repository and file are known; empty where the file's name is not.
        active: How many parameters one token needs, in millions, where it is not all of them;
            otherwise 0.
    """

    name: str
    title: str
    parameters: int
    good_at: str
    licence: str
    repository: str
    file: str
    quant: str
    size: int
    layers: int
    heads: int
    width: int
    context: int
    sha256: str = ""
    gated: bool = False
    checked: str = ""
    active: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A model that is worth having, of which no file is known that the engine reads.

    Attributes:
        title: What people call it.
        about: What it was trained on, and what for.
        licence: Of its weights.
        repository: Where it is on the hub, as owner/name.
        needs: What stands in the way.
    """

    title: str
    about: str
    licence: str
    repository: str
    needs: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be pulled from the hub.

    Attributes:
        repository: As owner/name.
        file: A file in it; empty where the quantisation decides.
        quant: The quantisation; empty where the file decides, or there is only one.
        sha256: What the file must give, where the catalogue knows it; otherwise empty.
    """

    repository: str
    file: str = ""
    quant: str = ""
    sha256: str = ""


@cache
def entries() -> tuple[Entry, ...]:
    """Give the catalogue, smallest first; the embedded model is not in it."""
    return tuple(Entry(**each) for each in _table("models"))


@cache
def embedded_entry() -> Entry:
    """Give the entry of the embedded model."""
    return Entry(**_table("embedded")[0])


@cache
def described() -> tuple[Described, ...]:
    """Give the models of one period, or of verse alone, that are described and cannot be pulled."""
    return tuple(Described(**each) for each in _table("described"))


def find_entry(name: str) -> Entry | None:
    """Give the entry of that name, if there is one.

    Args:
        name: The name, in any letters.
    """
    return next((entry for entry in entries() if entry.name == name.lower()), None)


def wanted(name: str, quant: str = "") -> Wanted:
    """Read what a person asks to pull.

    Args:
        name: A name in the catalogue, `hf:owner/name` with or without `/file.gguf`, or the address
            of such a page on the hub.
        quant: Another quantisation than the catalogue's, such as "Q8_0".

    Raises:
        InputError: It is not written as it should be, or there is nothing to pull.
        ModelNotFoundError: The catalogue has no model of that name.
    """
    if page := _PAGE.fullmatch(name.strip()):
        name = f"{HUB_PREFIX}{page[1]}{unquote(page[2] or '')}"
    if name.startswith(HUB_PREFIX):
        return _on_hub(name, quant)
    if name == embedded_entry().name:
        raise InputError(
            "The embedded model is built in: there is nothing to pull.",
            hint=f"Use it with: flourishing models use {name}",
        )
    entry = find_entry(name)
    if entry is None:
        raise unknown(name)
    if quant and quant.lower() != entry.quant.lower():
        return Wanted(entry.repository, quant=quant)
    return Wanted(entry.repository, entry.file, entry.quant, entry.sha256)


def canonical(name: str) -> str:
    """Give the one name of what a person asks to pull.

    Args:
        name: As for `wanted`.

    Raises:
        InputError: It is not written as it should be, or there is nothing to pull.
        ModelNotFoundError: The catalogue has no model of that name.
    """
    sought = wanted(name)
    if (entry := find_entry(name)) is not None:
        return entry.name
    return HUB_PREFIX + "/".join(filter(None, (sought.repository, sought.file)))


def unknown(name: str) -> ModelNotFoundError:
    """Make the error for a name that is not in the catalogue.

    Args:
        name: The name that was given.
    """
    near = difflib.get_close_matches(name.lower(), [entry.name for entry in entries()])
    meant = f"Did you mean {' or '.join(near)}? " if near else ""
    return ModelNotFoundError(
        f"There is no model {name!r} in the catalogue.",
        hint=f"{meant}See them with: flourishing models list. Any other is named as "
        f"{HUB_PREFIX}owner/name/file.gguf.",
    )


def _on_hub(name: str, quant: str) -> Wanted:
    owner, _, rest = name.removeprefix(HUB_PREFIX).partition("/")
    called, _, file = rest.partition("/")
    repository = f"{owner}/{called}"
    if not _REPOSITORY.fullmatch(repository) or (file and not file.lower().endswith(".gguf")):
        raise InputError(
            f"{name!r} names no GGUF file on the hub.",
            hint=f"Write {HUB_PREFIX}owner/name/file.gguf, or {HUB_PREFIX}owner/name and --quant.",
        )
    if file and quant:
        raise InputError(
            f"{name!r} names a file, and --quant {quant} asks for another.",
            hint="Give one of the two.",
        )
    return Wanted(repository, file, quant)


def _table(name: str) -> list[dict[str, Any]]:
    content = resources.files(__package__).joinpath("models.toml").read_text(encoding="utf-8")
    tables: list[dict[str, Any]] = tomllib.loads(content)[name]
    return tables


_CONNECT: Final = 10.0
"""Seconds to wait for a connection, and for the first answer."""
_SILENCE: Final = 30.0
"""Seconds without a byte after which a download has broken off."""
ELSEWHERE: Final = (
    "The embedded model needs no hub: flourishing models use local. A GGUF file that you have is "
    "used by its path: flourishing models use PATH.gguf."
)
"""What can be done in a terminal where the hub gives nothing; it ends hints."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file in a repository.

    Attributes:
        path: In the repository.
        size: Bytes.
        sha256: Of its bytes, in hexadecimal; empty where the hub does not say.
    """

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a repository holds.

    Attributes:
        repository: As owner/name.
        revision: The commit that was listed, so that what is pulled is what was listed.
        files: Its GGUF files.
    """

    repository: str
    revision: str
    files: tuple[HubFile, ...]


def list_files(repository: str) -> Listing:
    """Ask the hub what a repository holds.

    Args:
        repository: The repository, as owner/name.

    Raises:
        HubError: The hub cannot be reached, or fails.
        ModelNotFoundError: There is no such repository, or it is not open to us.
    """
    from huggingface_hub import HfApi

    with _errors_mapped(repository):
        info = HfApi(endpoint=_endpoint(), token=_token(), library_name="flourishing").model_info(
            repository, files_metadata=True, timeout=_CONNECT
        )
    files = tuple(
        HubFile(each.rfilename, each.size or 0, each.lfs.sha256 if each.lfs else "")
        for each in info.siblings or ()
        if each.rfilename.lower().endswith(".gguf")
    )
    return Listing(repository, info.sha or "main", files)


def stream(listing: Listing, file: HubFile, start: int) -> Generator[tuple[int, bytes]]:
    """Give the bytes of a file from a place on, as they come.

    Args:
        listing: The repository and its revision.
        file: The file.
        start: How many bytes are there already.

    Yields:
        Where the bytes belong, and the bytes; from 0 again if the server does not resume.

    Raises:
        BrokenOffError: The connection ended before the file did.
        HubError: The hub cannot be reached, or fails.
        ModelNotFoundError: The file is gone, or its terms have not been accepted.
    """
    import httpx2
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import (  # type: ignore[attr-defined] # documented, not re-exported
        build_hf_headers,
        hf_raise_for_status,
    )

    url = hf_hub_url(listing.repository, file.path, revision=listing.revision, endpoint=_endpoint())
    headers = build_hf_headers(token=_token(), library_name="flourishing") | {
        "Accept-Encoding": "identity"
    }
    headers |= {"Range": f"bytes={start}-"} if start else {}
    limit = httpx2.Timeout(_SILENCE, connect=_CONNECT)
    with (
        _errors_mapped(listing.repository, file.path),
        get_session().stream("GET", url, headers=headers, timeout=limit) as answer,
    ):
        hf_raise_for_status(answer)
        resumed = answer.headers.get("Content-Range", "").startswith(f"bytes {start}-")
        place = start if resumed else 0
        # Blocks as they come: larger ones are gathered, and what is gathered is lost in a break.
        for block in answer.iter_bytes():
            yield place, block
            place += len(block)
    if place < file.size:
        raise _broken_off(file.path)


def hub_place() -> str:
    """Give the place in the keyring of the token for the hub that is asked."""
    from flourishing.models.endpoint.keys import place_of

    return place_of((_endpoint() or "https://huggingface.co").rstrip("/"))


def _token() -> str | None:
    """Give the token that a person typed on the page of models, where no other is set."""
    from huggingface_hub import get_token

    from flourishing.models.endpoint import keys

    if get_token():
        return None  # huggingface-hub uses it by itself
    with suppress(AuthError):  # without a keyring, as without a token
        return keys.find(hub_place())
    return None


def _endpoint() -> str | None:
    """Give the hub that the environment names; read now, where huggingface-hub did on import."""
    return os.environ.get("HF_ENDPOINT") or None


@contextmanager
def _errors_mapped(repository: str, file: str = "") -> Iterator[None]:
    """Map what goes wrong with the hub to errors of ours."""
    import httpx2
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        raise _closed(repository) from error
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise ModelNotFoundError(
            f"The hub shows no repository {repository!r}.",
            hint="Check its name. If it is private, give a token that may read it on the studio's "
            f"page of models; or set HF_TOKEN to it. {ELSEWHERE}",
        ) from error
    except errors.HfHubHTTPError as error:
        raise _refused(error.response.status_code, repository, file) from error
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        raise _unreachable(f"{error}") from error
    except errors.OfflineModeIsEnabled as error:
        raise _unreachable("HF_HUB_OFFLINE is set") from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise (_broken_off(file) if file else _unreachable(f"{error}")) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise HubError(
            f"What the hub answered about {repository!r} cannot be read.",
            hint=f"Check HF_ENDPOINT, if it is set. {ELSEWHERE}",
        ) from error


def _refused(status: int, repository: str, file: str) -> ModelError:
    if status in {401, 403}:
        return _closed(repository)
    if status == 404:
        return ModelNotFoundError(
            f"There is no file {file!r} in {repository!r}.",
            hint="See what it holds on its page, or ask for another with --quant.",
        )
    return HubError(
        f"The hub answered {status} for {repository!r}.",
        hint=f"Try again later; what came so far is kept. {ELSEWHERE}",
    )


def _closed(repository: str) -> ModelNotFoundError:
    return ModelNotFoundError(
        f"{repository!r} is open only to those who have accepted its terms on the hub.",
        hint=f"Accept them at https://huggingface.co/{repository}, make a token that may read, and "
        f"give it on the studio's page of models; or set HF_TOKEN to it. {ELSEWHERE}",
    )


def _unreachable(why: str) -> HubError:
    where = _endpoint() or "huggingface.co"
    return HubError(f"The hub at {where} cannot be reached: {why}.", hint=ELSEWHERE)


def _broken_off(file: str) -> BrokenOffError:
    return BrokenOffError(
        f"The download of {file} broke off.",
        hint="What came is kept: pull it again, and it goes on from there.",
    )


_ENDING: Final = re.compile(r"(?:-\d{5}-of-\d{5})?\.gguf$", re.IGNORECASE)
_QUANT: Final = re.compile(r"(?i)(?:^|[-._/])(i?q\d\w*|[bt]?f(?:16|32)|bf16|mxfp4)(?=[-./]|$)")
_NO_MODEL: Final = re.compile(r"(?i)(?:^|/)(?:mmproj|imatrix)|imatrix\.gguf$")


def choose(listing: Listing, wanted: Wanted) -> tuple[HubFile, ...]:
    """Choose the files that make up what is wanted, in order.

    Args:
        listing: The files of the repository.
        wanted: What is to be pulled.

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
    """Read the quantisation off a file's name, in capitals; empty where there is none.

    Args:
        path: The path of the file.
    """
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
