"""A chapbook as PDF (by typst), EPUB 3 or one HTML page.

The templates are beside this module. Everything that they show is escaped; none of them marks
anything as safe.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jinja2 import Environment
import base64
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

from flourishing.errors import InputError
from flourishing.files import write_whole
from flourishing.formats.chapbook.book import Chapbook
from flourishing.formats.chapbook.layout import Leaves, lacking_in_words, leaves, without_font

FOLDER: Final = Path(__file__).parent


def render(template: str, **values: object) -> str:
    """Fill in a template.

    Args:
        template: The name of its file.
        values: What it shows.
    """
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


_ROOM: Final = 104 / 25.4 * 72
"""How wide a line of the PDF can be, in points: A5 less its margins."""
_TAB: Final = 4
"""Blanks to the next place at which a tab stops."""
_LONG_WORD: Final = re.compile(r"[^ ]{40,}")
"""What stands between two blanks, where a line breaks; shorter words are left to `book.typ`."""
_PIECE: Final = 8
"""So many wide letters fit into half a line, which the deepest indent leaves."""
_JOINED: Final = ("M", "Sk", "Cf")
"""What belongs to the sign before it: accents, skin tones, joiners."""


def to_pdf(book: Chapbook) -> bytes:
    """Give a chapbook as the bytes of a PDF file, A5.

    Args:
        book: The chapbook.
    """
    import typst

    pdf: bytes = typst.compile(
        typst_program(FOLDER / "book.typ"),
        format="pdf",
        sys_inputs=typst_inputs(book),
        timestamp=int(book.date.timestamp()),
    )
    return pdf


MOST_PAGES: Final = 80
MOST_SHOWN: Final = 40
"""The pages of so many poems are shown; to set hundreds for each letter of a title is too slow."""


def to_pages(book: Chapbook) -> str:
    """Give the pages of a chapbook's PDF as one HTML page to look at.

    Each is a picture, in which nothing can run; signs for which no font is here are named above. Of
    a book with more than 40 poems, the pages of the first 40 are shown, and never more than 80.

    Args:
        book: The chapbook.
    """
    import typst

    more = len(book.poems) - MOST_SHOWN
    if more > 0:
        book = replace(book, poems=book.poems[:MOST_SHOWN])
    made = typst.compile(
        typst_program(FOLDER / "book.typ"), format="svg", sys_inputs=typst_inputs(book)
    )
    pages = made if isinstance(made, list) else [made]
    return render(
        "pages.html.jinja",
        book=leaves(book),
        # Whoever looks at it here gets no PDF with boxes.
        notes=lacking_in_words(without_font(book), "only EPUB and HTML can show them"),
        pages=[base64.b64encode(page or b"").decode() for page in pages[:MOST_PAGES]],
        cut=len(pages) > MOST_PAGES,
        more=max(more, 0),
    )


def typst_program(path: Path) -> bytes:
    """Give a program of the typesetter, with what sets verse before it.

    Args:
        path: The file of the program. `verse.typ`, which stands before it, reads the input "room".
    """
    return (FOLDER / "verse.typ").read_bytes() + path.read_bytes()


def typst_inputs(book: Chapbook) -> dict[str, str]:
    """Give what the program `book.typ` reads: the whole book as JSON.

    Args:
        book: The chapbook.
    """
    return {"book": json.dumps(settable(asdict(leaves(book)))), "room": str(_ROOM)}


def settable(value: object) -> object:
    """Prepare plain data for the typesetter: long words can be broken, and indents are counted.

    Args:
        value: A tree of plain data; a string under the key "indent" becomes the number of its
            blanks.
    """
    match value:
        case dict():
            return {
                key: _width(part) if key == "indent" else settable(part)
                for key, part in value.items()
            }
        case list() | tuple():
            return [settable(part) for part in value]
        case str():
            return _LONG_WORD.sub(_breakable, value.expandtabs(_TAB))
    return value


def _width(indent: str) -> int:
    return len(indent.expandtabs(_TAB))


def _breakable(word: re.Match[str]) -> str:
    """Let a word break that is longer than a line, but never inside a sign."""
    pieces, begun = list[str](), 0
    for at, sign in enumerate(word[0]):
        joined = unicodedata.category(sign).startswith(_JOINED) or word[0][at - 1] == "\u200d"
        if at - begun >= _PIECE and not joined:
            pieces.append(word[0][begun:at])
            begun = at
    return "\u200b".join([*pieces, word[0][begun:]])


_MIMETYPE = "application/epub+zip"
_CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles>
    <rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
  </rootfiles>
</container>
"""


def to_epub(book: Chapbook) -> bytes:
    """Give a chapbook as the bytes of an EPUB 3 file.

    Args:
        book: The chapbook.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(book, leaves(book)):
            entry = zipfile.ZipInfo(name, book.date.timetuple()[:6])
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # Unix on every system, so that the bytes are the same
            # Readers know the format by its first bytes, so the first file stands as it is.
            first = name == "mimetype"
            entry.compress_type = zipfile.ZIP_STORED if first else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content.encode("utf-8"))
    return buffer.getvalue()


def _files(book: Chapbook, set_out: Leaves) -> Iterator[tuple[str, str]]:
    """Give the files of the archive, in their order."""
    yield "mimetype", _MIMETYPE
    yield "META-INF/container.xml", _CONTAINER
    modified = f"{book.date:%Y-%m-%dT%H:%M:%SZ}"
    about = {"book": set_out, "identifier": book.identifier, "modified": modified}
    yield "EPUB/package.opf", render("package.opf.jinja", **about)
    style = "\n".join((FOLDER / name).read_text("utf-8") for name in ("verse.css", "epub.css"))
    yield "EPUB/book.css", style
    pages = ["nav", "title", *(["note"] if set_out.note else []), "colophon"]
    for page in pages:
        yield f"EPUB/{page}.xhtml", render(f"{page}.xhtml.jinja", book=set_out)
    for leaf in set_out.poems:
        yield f"EPUB/poem-{leaf.number}.xhtml", render("poem.xhtml.jinja", book=set_out, poem=leaf)


def to_html(book: Chapbook) -> str:
    """Give a chapbook as one self-contained HTML page, for screens and for printing.

    Args:
        book: The chapbook.
    """
    return render("book.html.jinja", book=leaves(book))


def _html_bytes(book: Chapbook) -> bytes:
    return to_html(book).encode("utf-8")


_FORMS: Final[dict[str, Callable[[Chapbook], bytes]]] = {
    ".html": _html_bytes,
    ".epub": to_epub,
    ".pdf": to_pdf,
}


def write(book: Chapbook, path: Path) -> None:
    """Write a chapbook to a file, in the form that its suffix names.

    The file is put in place whole: where that fails, one that was there before stays as it was.

    Args:
        book: The chapbook.
        path: Where to; it ends in .html, .epub or .pdf, in capitals or not.

    Raises:
        InputError: The suffix is another.
        StorageError: It could not be written.
    """
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise InputError(
            f"A chapbook cannot be written as {path.name!r}.",
            hint=f"Let the name of the file end in one of: {', '.join(_FORMS)}.",
        )
    write_whole(path, form(book))
