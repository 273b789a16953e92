"""A chapbook as an EPUB 3: a file for each page, zipped in the order that the format asks for.

The same book gives the same bytes: times are those of its newest text.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from flourishing.chapbook.book import Chapbook
from flourishing.chapbook.leaf import Leaves, leaves
from flourishing.chapbook.templates import FOLDER, render

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
