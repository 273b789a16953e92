"""How values show themselves: in rich, and as HTML in a notebook, where no text is markup."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.pretty import Pretty

import flourishing as fl
from flourishing.library import Collection

EVIL = "<script>alert('x')</script>\n<b onclick=\"x\">& so on</b>"
SOURCE = fl.Source(author="<i>H.D.</i>", title="Oread")


def shown() -> dict[str, fl.Brood | fl.Text | fl.Chain | Collection]:
    evil = fl.Text(EVIL, fl.Origin(author="person", source=SOURCE))
    return {
        "text": evil,
        "chain": fl.Chain.of(["draft", evil], SOURCE),
        "collection": Collection(name="mine", title=EVIL, pattern="poems", texts=(evil,) * 7),
        "brood": fl.breed([evil], 2, model="echo", seed=1, refills=0),
    }


@pytest.mark.parametrize("name", ["text", "chain", "collection", "brood"])
def test_in_a_notebook_every_word_is_escaped(name: str) -> None:
    html = shown()[name]._repr_html_()
    assert html.startswith("<div")
    assert not any(mark in html for mark in ("<script", "<b ", "<i>", 'onclick="x"'))
    if name != "brood":
        assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;\n&lt;b" in html


@pytest.mark.parametrize("name", ["text", "chain", "collection", "brood"])
def test_rich_shows_each_by_its_name(name: str) -> None:
    value = shown()[name]
    console = Console(file=io.StringIO(), width=120)
    console.print(Pretty(value))
    file = console.file
    assert isinstance(file, io.StringIO)
    assert file.getvalue().startswith(type(value).__name__)


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("pixel(x, y) = x*y", '<img src="data:image/png;base64,'),
        ("pixel(x, y, t) = sin(t + x)", '<img src="data:image/webp;base64,'),
        ("wave(t) = sin(440*tau*t)", 'src="data:audio/flac;base64,'),
        ("def draw():\n    circle(0, 0, 3)", '<img src="data:image/png;base64,'),
        (
            "def draw():\n    note(60)",
            '<audio controls preload="none" src="data:audio/flac;base64,',
        ),
        ('<svg><circle r="9"/></svg>', '<img src="data:image/png;base64,'),
        ("the fog comes\non little cat feet", ""),
        ("pixel(x, y) = x*", ""),
        ("def draw():\n    while True: pass", ""),
    ],
)
def test_a_notebook_shows_what_a_text_looks_or_sounds_like(content: str, shown: str) -> None:
    html = fl.Text(content)._repr_html_()
    assert html.count("data:") == (1 if shown else 0)
    assert shown in html
    assert shown in fl.Chain.of([content])._repr_html_()


def test_of_a_long_collection_a_notebook_shows_some() -> None:
    html = shown()["collection"]._repr_html_()
    assert html.count("<li>") == 5
    assert "and 2 more" in html


def test_a_brood_gives_its_offspring_as_rows() -> None:
    sampling = fl.SamplingOptions(dry=0.8)
    brood = fl.breed(["a cat", "a dog"], 3, "list", "a ", model="echo", seed=9, sampling=sampling)
    rows = brood.to_records()
    assert [row["content"] for row in rows] == [each.content for each in brood]
    assert [row["place"] for row in rows] == [0, 1, 2]
    assert {(row["operation"], row["model"], row["start"], row["dry"]) for row in rows} == {
        ("bred", "echo", "a ", 0.8)
    }
    assert all(set(row) == set(rows[0]) for row in rows)
