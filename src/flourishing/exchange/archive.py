"""A zip archive of Markdown files, read page by page.

An archive is made by strangers, and may say anything of itself. So nothing of it is written to the
disk, names lead nowhere, and only so much is unpacked as there is room for, in steps of which each
is bounded. What is locked, damaged or packed in another way is refused by its name.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from pathlib import Path
from typing import Final

from flourishing.errors import InputError
from flourishing.exchange.markdown import decode_page, is_markdown
from flourishing.exchange.vault import (
    MOST_BYTES,
    MOST_PAGES,
    Vault,
    listed,
    too_much,
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
