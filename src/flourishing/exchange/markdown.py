"""Texts as a folder of Markdown files, which a person can edit and read back.

Each text is a file: front matter in YAML between two lines of dashes, an empty line, and the text
exactly as it is. Of the front matter only `id`, `digest` and `tags` are read back; the rest is for
people and for other programs. What a person changed is found by the digest, so a file may be
renamed, and a file without front matter is a new text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flourishing.errors import InputError
from flourishing.files import write_whole
from flourishing.text import Text

_FENCE: Final = "---\n"
_FRONT: Final = re.compile(r"\A---\n(.*?)^---\n\n?", re.DOTALL | re.MULTILINE)
_ID: Final = re.compile(r"[1-9][0-9]{0,17}")
_SLUG_WORDS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One file of the folder.

    Attributes:
        path: Where it is.
        content: The text in it.
        id: The number that its front matter gives it; None for a new one.
        digest: The digest that the text had when it was written out.
        tags: Its tags; None where the front matter says nothing of them.
    """

    path: Path
    content: str
    id: int | None = None
    digest: str = ""
    tags: tuple[str, ...] | None = None

    @property
    def changed(self) -> bool:
        """Whether a person changed the text, or wrote it; ends of lines at its end do not count."""
        return Text(self.content).digest != self.digest


def write_page(folder: Path, id: int, text: Text, *, tags: tuple[str, ...] = ()) -> Path:
    """Write a text into a folder, over its earlier file if there is one.

    Args:
        folder: The folder, made if need be.
        id: The text's number.
        text: The text.
        tags: Its tags.

    Returns:
        The path of the file.

    Raises:
        StorageError: It cannot be written.
    """
    path = folder / f"{id:05d}{_slug(text.content)}.md"
    put_page(path, id, text, tags=tags)
    return path


def put_page(path: Path, id: int, text: Text, *, tags: tuple[str, ...] = ()) -> None:
    """Write a text to just this file.

    Raises:
        StorageError: It cannot be written.
    """
    from flourishing.exchange.front import write_front  # here: YAML is slow to import

    front = write_front(_front(id, text, tags))
    page = f"{_FENCE}{front}{_FENCE}\n{text.content}\n"
    write_whole(path, page.encode(), make_folder=True)


def read_pages(folder: Path) -> Iterator[Page]:
    """Read the Markdown files of a folder, in the order of their names.

    Raises:
        InputError: There is no such folder, or a file is not UTF-8 or has broken front matter.
    """
    if not folder.is_dir():
        raise InputError(
            f"There is no folder {folder}.", hint="Write one first: flourishing garden export."
        )
    for path in sorted(folder.glob("*.md")):
        try:
            # Bytes, so that the ends of lines in a text stay as they are.
            whole = path.read_bytes().decode("utf-8").removeprefix("\ufeff")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"{path} cannot be read: {error}.", hint="Save it as text in UTF-8."
            ) from error
        yield read_page(path, whole)


def read_page(path: Path, whole: str) -> Page:
    """Take a file apart.

    Args:
        path: Where it is, for the page and for errors.
        whole: All that stands in it.

    Raises:
        InputError: Its front matter is no YAML, or of the wrong kind.
    """
    if whole.startswith("---\r\n"):  # written by an editor that ends lines so, ours never do
        whole = whole.replace("\r\n", "\n")
    match = _FRONT.match(whole)
    if match is None:
        return Page(path=path, content=whole.replace("\r\n", "\n").strip("\n"))
    table = _table(path, match[1])
    content = whole[match.end() :].removesuffix("\n")
    digest = table.get("digest")
    digest = digest if isinstance(digest, str) else ""
    if Text(content).digest != digest and Text(content.rstrip("\n")).digest == digest:
        content = content.rstrip("\n")  # an editor added an end of line
    id = table.get("id")
    return Page(
        path=path,
        content=content,
        id=int(id) if isinstance(id, str) and _ID.fullmatch(id) else None,
        digest=digest,
        tags=_tags(table["tags"]) if "tags" in table else None,
    )


def _tags(told: object) -> tuple[str, ...]:
    words = told if isinstance(told, list) else [told]
    return tuple(tag.strip() for tag in words if isinstance(tag, str) and tag.strip())


def _table(path: Path, front: str) -> Mapping[str, Any]:
    from flourishing.exchange.front import read_front

    try:
        return read_front(front)
    except ValueError as error:
        raise InputError(
            f"The front matter of {path} cannot be read.",
            hint="Between the lines of dashes stands YAML, one “key: value” a line; or remove it.",
        ) from error


def _front(id: int, text: Text, tags: tuple[str, ...]) -> dict[str, object]:
    origin = text.origin
    told = {
        "id": id,
        "digest": text.digest,
        "tags": list(tags),
        "author": origin.author,
        "at": origin.at.isoformat(),
        "source": str(origin.source or ""),
        "model": origin.model,
        "pattern": origin.pattern and origin.pattern.name,
        "start": origin.start,
        "seed": origin.seed,
        "temperature": origin.sampling and origin.sampling.temperature,
        "parents": [parent.digest for parent in origin.parents],
    }
    return {key: value for key, value in told.items() if value not in (None, "", [])}


def _slug(content: str) -> str:
    """Give the first words of a text as they can stand in a file's name anywhere."""
    words = re.findall(r"[a-z0-9]+", content.casefold())[:_SLUG_WORDS]
    return "".join(f"-{word[:20]}" for word in words)
