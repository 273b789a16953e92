"""A chapbook as one HTML file that needs nothing else: no network, no script, no font."""

from __future__ import annotations

from flourishing.chapbook.book import Chapbook
from flourishing.chapbook.leaf import leaves
from flourishing.chapbook.templates import render


def to_html(book: Chapbook) -> str:
    """Give a chapbook as one self-contained HTML page, for screens and for printing.

    Args:
        book: The chapbook.
    """
    return render("book.html.jinja", book=leaves(book))
