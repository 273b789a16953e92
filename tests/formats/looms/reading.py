"""Looms that a test writes down, read back."""

from __future__ import annotations

import json
from pathlib import Path

from flourishing.formats.looms import find_format
from flourishing.formats.looms.loom import Loom

FOLDER = Path(__file__).parent
FOX = "a poem:\n the fox runs"
DUSK = "a poem:\n the fox runs\nat dusk"


def fixture(name: str) -> object:
    document: object = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return document


def looms_in(document: object) -> tuple[Loom, ...]:
    known = find_format(document)
    assert known is not None
    return known.read(document, "name")


def loom_in(document: object) -> Loom:
    (loom,) = looms_in(document)
    return loom


def texts(loom: Loom) -> list[str]:
    return [loom.text(leaf) for leaf in loom.leaves()]
