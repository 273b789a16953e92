"""A family with something of every kind: published, bred, edited, refined, and hostile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flourishing.core.sampling import Sampling
from flourishing.core.text import Origin, Source, Text
from flourishing.formats.family import Edge, Family
from flourishing.patterns import PATTERNS

AT = datetime(2026, 3, 3, 12, 30, tzinfo=UTC)
HOSTILE = (
    '</div></article><script>alert(1)</script>\n<img src=x onerror="a"> ]]> --> &amp; \x00 {{ 1 }}'
)


def bred(content: str, *parents: Text, **origin: object) -> Text:
    made = Origin(
        author="model",
        at=AT,
        parents=parents,
        prompt="fog\n---\nrain\n---\n",
        pattern=PATTERNS["poems"],
        model="gemma-3-270m",
        sampling=Sampling(temperature=0.9),
        seed=7,
        raw=content,
    )
    return Text(content, replace(made, **origin))  # type: ignore[arg-type]


@pytest.fixture
def family() -> Family:
    """Give 1 fog and 2 rain → 3, 4 bred; 3 → 5 edited → 6 refined, after 1 as an example."""
    source = Source(author="Carl Sandburg", title="Fog", year=1916)
    fog = Text("The fog comes\n  on cat feet", Origin(author="person", source=source))
    rain = Text("rain on the roof", Origin(author="person", at=AT))
    bread = bred("rain comes on cat feet", fog, rain, start="rain")
    other = bred(HOSTILE, fog, rain, seed=8, raw="\n\nraw </pre>" + HOSTILE)
    edit = Text("snow comes on cat feet", Origin(author="person", at=AT, parents=(bread,)))
    better = bred(
        "snow comes on bird feet",
        fog,
        edit,
        examples=1,
        prompt="better?",
        pattern=PATTERNS["refinements"],
    )
    edges = (
        *(Edge(child, parent, parent - 1, "parent") for child in (3, 4) for parent in (1, 2)),
        Edge(5, 3, 0, "parent"),
        Edge(6, 1, 0, "example"),
        Edge(6, 5, 1, "parent"),
    )
    texts = {1: fog, 2: rain, 3: bread, 4: other, 5: edit, 6: better}
    return Family(5, texts, edges, {5: ("keep", "<b>tag</b>")})
