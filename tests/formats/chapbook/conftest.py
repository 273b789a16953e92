"""A book with a little of everything that a chapbook must be able to set."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flourishing.core.sampling import Sampling
from flourishing.core.text import Origin, Source, Text
from flourishing.formats.chapbook import Chapbook, Poem
from flourishing.patterns import PATTERNS

AT = datetime(2026, 3, 3, 12, 30, tzinfo=UTC)
FOG = Text(
    "The fog comes\non little cat feet.",
    Origin(
        author="person",
        at=datetime(1916, 1, 1, tzinfo=UTC),
        source=Source(author="Carl Sandburg", title="Fog", year=1916),
    ),
)
RAIN = Text("rain on the roof\nall night", Origin(author="person", at=AT))

HOSTILE = (
    '#import "x": y\n$x^2$ *bold* _it_ `code` \\ @ref <label> // no remark\n'
    "</div></style></p><script>alert(1)</script>\n"
    "]]> &amp; <!-- {{ 7 * 7 }} {% raw %}\n"
    "nul \x00 escape \x1b[31m next \x85line \ufffe end"
)
WHITMAN = (
    "This is one long line of the sort that would have been written by a poet who was given a "
    "narrow page and a great deal of patience with printers"
)


def bred(content: str, *parents: Text, **origin: object) -> Text:
    made = Origin(
        author="model",
        at=AT,
        parents=parents,
        prompt="the prompt",
        pattern=PATTERNS["poems"],
        model="gemma-3-270m",
        sampling=Sampling(temperature=0.9),
        seed=7,
    )
    return Text(content, replace(made, **origin))  # type: ignore[arg-type]


@pytest.fixture
def book() -> Chapbook:
    return Chapbook(
        "The Well Remembers",
        by="Ada Quill & a small machine",
        note="for no one,\n    and for the rain",
        poems=(
            Poem(bred("exiled prophets -- the wind\n    carries\n\n\n\tsandals", FOG), "Exiled"),
            Poem(FOG),
            Poem(Text(HOSTILE, Origin(author="person", at=AT)), "*Hostile* <b>#x</b>"),
            Poem(Text(f"{WHITMAN}\nshort", Origin(author="person", at=AT))),
        ),
    )
