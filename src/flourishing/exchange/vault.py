"""A folder of Markdown files, read page by page; it may be a vault of notes with folders in it.

Hidden folders and files are left out, as what is in `.trash` was thrown away, and so are links,
which may lead anywhere. A file that cannot be read is refused by its name, and the others are read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flourishing.errors import InputError
from flourishing.exchange.markdown import Page, decode_page, is_markdown

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
