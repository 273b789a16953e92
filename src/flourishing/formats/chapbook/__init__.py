"""Chapbooks: finished poems as a small book, in HTML, EPUB or PDF.

A chapbook gives each poem a page of its own and says at the end how each of them was made. The
three forms share one reading of the texts (`book`, `layout`); templates only set it.
A text is data all the way: it is escaped in HTML and EPUB, and handed to the typesetter of the
PDF beside its program, never inside it.
"""

from __future__ import annotations

from flourishing.formats.chapbook.book import Chapbook, Poem
from flourishing.formats.chapbook.layout import lacking_in_words, require_fonts, without_font
from flourishing.formats.chapbook.output import to_epub, to_html, to_pages, to_pdf, write

__all__ = [
    "Chapbook",
    "Poem",
    "lacking_in_words",
    "require_fonts",
    "to_epub",
    "to_html",
    "to_pages",
    "to_pdf",
    "without_font",
    "write",
]
