"""The pictures of the documents: one walk through the studio, photographed on the way.

Where FLOURISHING_PICTURES is set, they are put into `docs/studio/`; else nobody keeps them, and
the walk is a test like the others.
"""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page, ViewportSize

DOCUMENTS = Path(__file__).parents[3] / "docs" / "studio"
WIDE: ViewportSize = {"width": 1280, "height": 860}
SCALE = 1.5
MOST_BYTES = 400_000


def are_wanted() -> bool:
    return bool(os.environ.get("FLOURISHING_PICTURES"))


def folder(otherwise: Path) -> Path:
    """Give where the pictures go."""
    found = DOCUMENTS if are_wanted() else otherwise
    found.mkdir(parents=True, exist_ok=True)
    return found


def views(otherwise: Path) -> Path:
    """Give where the pictures of every view go."""
    named = os.environ.get("FLOURISHING_VIEWS")
    found = Path(named) if named else otherwise
    found.mkdir(parents=True, exist_ok=True)
    return found


def take(page: Page, into: Path) -> None:
    """Photograph what is in sight, once all that is on its way has come to rest."""
    come_to_rest(page)
    page.screenshot(path=into)
    assert into.stat().st_size < MOST_BYTES, f"{into.name} has {into.stat().st_size:,} bytes"


def come_to_rest(page: Page) -> None:
    """Wait until nothing on the page is on its way."""
    page.mouse.move(0, 0)
    page.evaluate(
        """async () => {
            await document.fonts.ready;
            await Promise.allSettled(document.getAnimations().map((each) => each.finished));
        }"""
    )
