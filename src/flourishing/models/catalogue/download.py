"""Pulling a model: whole and checked, or nothing that looks like a model.

The bytes go into a hidden file beside the place where the model will be, named after the checksum
that it must give; what broke off goes on from there, in the same pull or in a later one, and never
with the bytes of another version. The file gets its name when its size and its SHA-256 are right.
One that differs is removed: half of it is no good to anyone. A lock keeps two pulls of the same
file apart; it falls with its process.

What has been pulled is in the cache, each file under its repository's name, as on the hub. The
folder itself says what is there: a file gets its name only when it is whole and checked, so there
is no list beside it that could be wrong, and a person may put files there or take them away.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import BinaryIO, Final, Literal

from flourishing.errors import BrokenOffError, HubError, ModelError, ModelFileError, StorageError
from flourishing.files import make_folder
from flourishing.models.catalogue.entries import (
    HubFile,
    Listing,
    Wanted,
    choose,
    list_files,
    quant_of,
    stream,
    wanted,
)
from flourishing.models.gguf import part_paths
from flourishing.models.retry import ATTEMPTS, attempts
from flourishing.models.weights import require_gguf
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
    """Give the path of a file of a repository on this machine, whether it is there or not.

    Args:
        repository: The repository, as owner/name.
        file: The path of the file in the repository.
    """
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
    """Give the pulled model that is wanted: by its file, else by quantisation if that is one.

    Args:
        wanted: What is wanted.
    """
    here = [each for each in pulled() if each.repository == wanted.repository]
    if wanted.file:
        first = part_paths(wanted.file)[0]
        if exact := next((each for each in here if each.file == first), None):
            return exact
        if not wanted.quant:
            return None
    fitting = [each for each in here if not wanted.quant or each.quant == wanted.quant.upper()]
    return fitting[0] if len(fitting) == 1 else None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What has come of a model whose pull was paused, or broke off.

    Attributes:
        repository: As owner/name.
        file: Its path in the repository; of a split one, the first part's.
        done: Bytes that are here.
    """

    repository: str
    file: str
    done: int


def unfinished() -> tuple[Unfinished, ...]:
    """Give what has come of models that are not whole, by name."""
    done: dict[tuple[str, str], int] = {}
    for path in sorted(folder().glob("*/*/**/.*.part")):
        if (named := _UNFINISHED.fullmatch(path.name)) is None:
            continue
        owner, name, *rest = path.relative_to(folder()).with_name(named[1]).parts
        parts = part_paths("/".join(rest))
        key = f"{owner}/{name}", parts[0]
        if key not in done:  # parts that are whole already
            done[key] = sum(map(file_size, (place(key[0], part) for part in parts)))
        done[key] += file_size(path)
    return tuple(Unfinished(*key, size) for key, size in done.items())


def find_unfinished(wanted: Wanted) -> Unfinished | None:
    """Give what has come of a model that is wanted; None for nothing.

    Args:
        wanted: What is wanted.
    """
    here = [each for each in unfinished() if each.repository == wanted.repository]
    if wanted.file:
        first = part_paths(wanted.file)[0]
        if exact := next((each for each in here if each.file == first), None):
            return exact
    if not wanted.quant:
        return None if wanted.file or len(here) != 1 else here[0]
    fitting = [each for each in here if quant_of(each.file) == wanted.quant.upper()]
    return fitting[0] if len(fitting) == 1 else None


def remove(name: str, *, quant: str = "") -> int:
    """Remove what was pulled of a model, whole or not.

    Args:
        name: A name in the catalogue, or `hf:owner/name/file.gguf`.
        quant: Which quantisation, where it is not the catalogue's.

    Returns:
        How many bytes were removed; 0 where nothing was here.

    Raises:
        InputError: The name is not written as it should be.
        ModelNotFoundError: The catalogue has no model of that name.
        StorageError: It cannot be removed.
    """
    sought = wanted(name, quant)
    found = find_pulled(sought) or find_unfinished(sought)
    if found is None:
        return 0
    freed = 0
    for part in (place(found.repository, each) for each in part_paths(found.file)):
        for path in (part, *part.parent.glob(f".{escape(part.name)}.*.[pl]*")):  # part and lock
            try:
                size = file_size(path)
                path.unlink(missing_ok=True)
            except OSError as error:
                raise StorageError(
                    f"{path} cannot be removed: {error.strerror or error}.",
                    hint="Close the programs that use it, and try again.",
                ) from error
            freed += size
    return freed


def free_room() -> int:
    """Give the bytes that are free where models are pulled to."""
    return shutil.disk_usage(_existing(folder())).free


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def file_size(path: Path) -> int:
    """Give the bytes of a file; 0 where there is none.

    Args:
        path: The file.
    """
    try:
        return path.stat().st_size
    except OSError:
        return 0


_UNFINISHED: Final = re.compile(r"\.(.+\.gguf)\.[0-9a-f]+\.part", re.IGNORECASE)
"""The name of the hidden file of a pull; `_part` makes it."""
_BLOCK: Final = 1 << 20
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pull is.

    Attributes:
        stage: "checking" reads what an earlier pull left; "pulling" fetches.
        file: The file that it is at.
        done: Bytes of all files that are here.
        size: Bytes of all files.
    """

    stage: Literal["checking", "pulling"]
    file: str
    done: int
    size: int


Report = Callable[[Progress], None]


def pull(
    name: str, *, quant: str = "", report: Report | None = None, most_attempts: int = ATTEMPTS
) -> Path:
    """Pull a model from the hub, or go on with a pull that broke off.

    Args:
        name: A name in the catalogue, or `hf:owner/name/file.gguf`.
        quant: Another quantisation than the catalogue's, such as "Q8_0".
        report: Called with the progress, after each block; what it raises ends the pull, and
            what came is kept.
        most_attempts: How often the same bytes are asked for where nothing comes, 4 by default;
            with 1, a break is not bridged at all.

    Returns:
        The path of the model: of a split one, its first part.

    Raises:
        InputError: The name is not written as it should be, or several files would do.
        ModelNotFoundError: There is no such model, repository or file, or it is not open to us.
        HubError: The hub cannot be reached, or the download broke off.
        ModelFileError: What came is not what the checksum says, or no GGUF file.
        StorageError: There is no room or no permission to write it.
    """
    sought = wanted(name, quant)
    if here := find_pulled(sought):
        return here.path  # it was checked when it came, and the hub need not be asked
    listing = list_files(sought.repository)
    files = choose(listing, sought)
    _require_same(sought, files)
    targets = [place(listing.repository, file.path) for file in files]
    whole = sum(file.size for file in files)
    with _writing(targets[0], whole):
        _require_room(files, targets)
    before = 0
    for file, target in zip(files, targets, strict=True):

        def report_at(
            stage: Literal["checking", "pulling"], done: int, file: HubFile = file
        ) -> None:
            if report:
                report(Progress(stage, file.path, before + done, whole))  # noqa: B023 - used at once

        _pull_file(listing, file, target, report_at, most_attempts)
        before += file.size
    return targets[0]


def _pull_file(
    listing: Listing,
    file: HubFile,
    target: Path,
    report: Callable[[Literal["checking", "pulling"], int], None],
    most_attempts: int,
) -> None:
    if target.is_file() and target.stat().st_size == file.size:
        return
    part = _part(file, target)
    with _writing(target, file.size):
        make_folder(target.parent)
        with _alone(part, file.path), part.open("ab+") as new:
            incoming = _Incoming(new)
            incoming.take_up(lambda done: report("checking", done))
            report("pulling", incoming.place)
            _fetch(listing, file, incoming, lambda done: report("pulling", done), most_attempts)
            new.flush()
            os.fsync(new.fileno())
        _require_right(file, part, incoming.digest.hexdigest())
        part.replace(target)


class _Incoming:
    """The unfinished file, and the checksum of what is in it.

    Args:
        file: The unfinished file, open for reading and appending.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.place = 0
        self.digest = hashlib.sha256()

    def take_up(self, report: Callable[[int], None]) -> None:
        """Read what an earlier pull left."""
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            self.digest.update(block)
            self.place += len(block)
            report(self.place)

    def add(self, place: int, block: bytes) -> None:
        """Put a block where it belongs, which is the end, or the beginning if it starts anew."""
        if place != self.place:
            self._file.truncate(0)
            self.place, self.digest = 0, hashlib.sha256()
        self._file.write(block)
        self.digest.update(block)
        self.place += len(block)


def _fetch(
    listing: Listing,
    file: HubFile,
    incoming: _Incoming,
    report: Callable[[int], None],
    most_attempts: int,
) -> None:
    """Fetch what is missing, with new attempts as long as something comes."""

    def again(error: Exception) -> bool:
        return isinstance(error, HubError) and incoming.place == start

    while incoming.place < file.size:
        start = incoming.place
        try:
            for attempt in attempts(on=again, attempts=most_attempts):
                with attempt:
                    _fetch_rest(listing, file, incoming, report)
        except BrokenOffError:
            if incoming.place == start or most_attempts == 1:
                raise
        if incoming.place > file.size:
            return  # the checksum, or the size, will not be right


def _fetch_rest(
    listing: Listing, file: HubFile, incoming: _Incoming, report: Callable[[int], None]
) -> None:
    with closing(stream(listing, file, incoming.place)) as blocks:
        for place, block in blocks:
            incoming.add(place, block)
            report(incoming.place)
            if incoming.place > file.size:
                return


def _require_same(sought: Wanted, files: tuple[HubFile, ...]) -> None:
    first = files[0]
    if sought.sha256 and first.path == sought.file and first.sha256 not in {"", sought.sha256}:
        raise ModelFileError(
            f"The hub has another {first.path} than the catalogue knows: its checksum is "
            f"{first.sha256[:12]}…, not {sought.sha256[:12]}….",
            hint="If you trust that file, pull it by its own name: "
            f"hf:{sought.repository}/{first.path}",
        )


def _require_room(files: Sequence[HubFile], targets: Sequence[Path]) -> None:
    missing = 0
    for file, target in zip(files, targets, strict=True):
        for there in (target, _part(file, target)):
            if there.is_file():
                missing -= there.stat().st_size
        missing += file.size
    folder = _existing(targets[0])
    free = shutil.disk_usage(folder).free
    if missing > free:
        raise StorageError(
            f"There is no room for {files[0].path}: {missing / 1e6:,.0f} MB are to come, and "
            f"{free / 1e6:,.0f} MB are free in {folder}.",
            hint="Make room, and pull it again; or set FLOURISHING_CACHE to a folder on another "
            "disk.",
        )


def _require_right(file: HubFile, part: Path, found: str) -> None:
    """Refuse, and remove, a file of another size or checksum, or that is no model."""
    try:
        size = part.stat().st_size
        if size != file.size or (file.sha256 and found != file.sha256):
            raise ModelFileError(
                f"{file.path} came with {size:,} bytes and the checksum {found[:12]}…, not with "
                f"{file.size:,} and {file.sha256[:12] or 'any'}…. It was removed.",
                hint="Pull it again. If that does not help, something between here and the hub "
                "changes it: a proxy, or another HF_ENDPOINT.",
            )
        require_gguf(part)
    except ModelError:
        part.unlink(missing_ok=True)
        raise


def _part(file: HubFile, target: Path) -> Path:
    return target.with_name(f".{target.name}.{file.sha256[:16] or file.size}.part")


@contextmanager
def _alone(part: Path, file: str) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(part.with_suffix(".lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise StorageError(
            f"Another pull of {file} is going on.",
            hint="Wait for it, or stop it.",
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _writing(target: Path, size: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageError(
                f"There is no more room for {target}: it needs {size / 1e6:,.0f} MB.",
                hint="Make room, and pull it again: it goes on from there. Or set "
                "FLOURISHING_CACHE to a folder on another disk.",
            ) from error
        raise StorageError(
            f"The model cannot be written to {target}: {error.strerror or error}.",
            hint="Set FLOURISHING_CACHE to a folder in which you may write.",
        ) from error
