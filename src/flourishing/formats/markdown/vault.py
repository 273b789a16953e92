"""Folders and zip archives of Markdown files, read page by page.

Hidden folders and files are left out, as what is in `.trash` was thrown away, and so are links,
which may lead anywhere. A file that cannot be read is refused by its name, and the others are read.

An archive is made by strangers, and may state anything of itself. So nothing of it is written to
the disk, names lead nowhere, and only so much is unpacked as there is room for, in bounded steps.
"""

from __future__ import annotations

import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flourishing.errors import InputError
from flourishing.formats.markdown.page import Page, decode_page, is_markdown

MOST_BYTES: Final = 64 * 2**20
"""The most bytes that all pages may have together."""
MOST_PAGES: Final = 50_000
_LISTED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """What was read.

    Attributes:
        pages: The pages, in the order of their names.
        refused: For each file that could not be read, why, in words that name it.
        notes: What else a person should know, in words.
        on_disk: Whether each page is a file of its own; not in an archive.
    """

    pages: tuple[Page, ...]
    refused: tuple[InputError, ...] = ()
    notes: tuple[str, ...] = ()
    on_disk: bool = True


def read_folder(folder: Path) -> Vault:
    """Read the Markdown files of a folder and of the folders in it.

    Args:
        folder: The folder; folders whose names begin with a dot are skipped.

    Raises:
        InputError: There is no such folder, or there is too much in it.
    """
    if not folder.is_dir():
        raise InputError(
            f"There is no folder {folder}.", hint="Write one first: flourishing garden export."
        )
    links: list[str] = []
    refused: list[InputError] = []
    paths = sorted(_walk(folder, links, refused))
    pages = []
    room = MOST_BYTES
    for number, path in enumerate(paths):
        try:
            raw = _bytes(path, room)
            room -= len(raw)
            if room < 0 or number == MOST_PAGES:
                break
            pages.append(decode_page(path, raw))
        except InputError as error:
            refused.append(error)
    else:
        notes = (f"Links were left out: {listed(sorted(links))}.",) if links else ()
        return Vault(pages=tuple(pages), refused=tuple(refused), notes=notes)
    raise too_much(str(folder))


def find_earlier(folder: Path) -> dict[tuple[int, str], Page]:
    """Find the pages of ours in a folder, by the number and the digest that each had.

    Of several of the same text, one that was not changed comes first. What cannot be read is none.

    Args:
        folder: The folder to which texts were exported before.
    """
    found: dict[tuple[int, str], Page] = {}
    for path in sorted(folder.glob("*.md")):
        if path.is_symlink():
            continue
        with suppress(InputError):
            page = decode_page(path, _bytes(path, MOST_BYTES))
            before = found.get((page.id or 0, page.digest))
            if page.id is not None and (before is None or before.changed):
                found[page.id, page.digest] = page
    return found


def too_much(name: str) -> InputError:
    """Give the error that there is more in a folder, a file or an archive than is read.

    Args:
        name: What there is too much of, as in "this folder".
    """
    return InputError(
        f"There is too much in {name}: the most that is read is "
        f"{MOST_BYTES // 2**20} MB in {MOST_PAGES:,} Markdown files.",
        hint="Bring it in in several parts.",
    )


def listed(names: Sequence[str]) -> str:
    """Give the first of some names on one line, and how many more there are.

    Args:
        names: The names in the order in which they are to be listed.
    """
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")


def _walk(folder: Path, links: list[str], refused: list[InputError]) -> Iterator[Path]:
    """Find the Markdown files, and note what is a link or cannot be entered."""

    def unreadable(error: OSError) -> None:
        refused.append(_unreadable(str(error.filename), error))

    for place, folders, files in os.walk(folder, onerror=unreadable):
        here = Path(place)
        folders[:] = [name for name in folders if not name.startswith(".")]
        linked = (here / name for name in folders if (here / name).is_symlink())
        links += [str(path.relative_to(folder)) for path in linked]
        for name in files:
            path = here / name
            if name.startswith(".") or not is_markdown(name):
                continue
            if path.is_symlink():
                links.append(str(path.relative_to(folder)))
            else:
                yield path


def _bytes(path: Path, room: int) -> bytes:
    """Read a file, of one that is too large a byte more than there is room for."""
    try:
        # Not to wait for a pipe, or read a device without end.
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(f"{path} is no file.", hint="Give a Markdown file, or a folder.")
        with path.open("rb") as file:
            return file.read(room + 1)
    except OSError as error:
        raise _unreadable(str(path), error) from error


def _unreadable(name: str, error: OSError) -> InputError:
    return InputError(
        f"{name} cannot be read: {error.strerror}.", hint="See whether it is there and may be read."
    )


_BEGINNINGS: Final = (b"PK\x03\x04", b"PK\x05\x06")
_ENTRY: Final = b"PK\x01\x02"
"""How each entry in the list of an archive begins; the list is in memory as objects."""
_CHUNK: Final = 2**16
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Of others, one step may give any number of bytes."""
_LOCKED: Final = 0x1
_PACKED: Final = (".zip", ".7z", ".rar", ".gz", ".xz", ".tar", ".tgz")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_LONGEST_NAME: Final = 100
_AGAIN: Final = "Pack it again as a plain zip file, without a password."


def is_archive(raw: bytes) -> bool:
    """Say whether a file that begins so is a zip archive.

    Args:
        raw: The first bytes of the file, at least 4.
    """
    return raw.startswith(_BEGINNINGS)


def read_archive(raw: bytes) -> Vault:
    """Read the Markdown files of an archive.

    Args:
        raw: The bytes of the zip file.

    Raises:
        InputError: It is damaged, there is too much in it, or no Markdown file that can be read.
    """
    if raw.count(_ENTRY) > MOST_PAGES or len(raw) > MOST_BYTES:
        raise too_much("this archive")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            vault = _read(archive, len(raw))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise InputError("This archive cannot be read: it is damaged.", hint=_AGAIN) from error
    if vault.pages:
        return vault
    if vault.refused:
        raise vault.refused[0]
    raise InputError(
        " ".join(["There are no Markdown files in this archive.", *vault.notes]),
        hint="Unpack it, and bring in a file that stood in it.",
    )


def _read(archive: zipfile.ZipFile, size: int) -> Vault:
    if sum(each.compress_size for each in archive.infolist()) > size:
        # Each of them would cost as much as the whole archive.
        raise zipfile.BadZipFile("entries that overlap")
    pages = []
    packed = []
    links = []
    refused: list[InputError] = []
    unpacking = _Unpacking(archive)
    for entry in sorted(archive.infolist(), key=lambda each: each.filename):
        label = _label(entry.filename)
        if entry.is_dir() or label is None:
            continue
        if label.lower().endswith(_PACKED):
            packed.append(label)
        if not is_markdown(label):
            continue
        if stat.S_ISLNK(entry.external_attr >> 16):  # its content is a path, and no text
            links.append(label)
            continue
        try:
            pages.append(decode_page(Path(label), unpacking.read(entry, label)))
        except InputError as error:
            if unpacking.room < 0:
                raise
            refused.append(error)
    notes = tuple(
        f"{what} in it were left out: {listed(labels)}."
        for what, labels in (("Archives", packed), ("Symbolic links", links))
        if labels
    )
    return Vault(pages=tuple(pages), refused=tuple(refused), notes=notes, on_disk=False)


def _label(name: str) -> str | None:
    """Give what to call an entry, which leads nowhere; None for one that is hidden."""
    parts = [
        part for part in re.split(r"[/\\]+", _CONTROL.sub(" ", name)) if part not in ("", "..")
    ]
    if any(part.startswith((".", "__MACOSX")) for part in parts):
        return None
    return "/".join(parts)[-_LONGEST_NAME:]


class _Unpacking:
    """Unpacks entries, all together up to the most bytes that are read.

    Attributes:
        room: How many bytes may still come, those of damaged entries counted too; below 0, there
            was too much.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.room = MOST_BYTES

    def read(self, entry: zipfile.ZipInfo, label: str) -> bytes:
        """Unpack an entry.

        Raises:
            InputError: It is locked, damaged or packed in another way, or there is too much.
        """
        if entry.flag_bits & _LOCKED:
            raise InputError(f"{label} cannot be read: it is locked with a password.", hint=_AGAIN)
        if entry.compress_type not in _METHODS:
            raise InputError(f"{label} cannot be read: it is packed in a rare way.", hint=_AGAIN)
        raw = bytearray()
        try:
            with self._archive.open(entry) as file:
                # Never all at once: one step would unpack whatever is there, up to 2 GB.
                while some := file.read(_CHUNK):
                    raw += some
                    self.room -= len(some)
                    if self.room < 0:
                        raise too_much("this archive")
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            RuntimeError,
            ValueError,
            OSError,
        ) as error:
            raise InputError(f"{label} cannot be read: it is damaged.", hint=_AGAIN) from error
        return bytes(raw)
