"""Kinds of pictures, animations and sounds: read back by their syntax, judged by their looks."""

from __future__ import annotations

import asyncio
import re

import pytest

import flourishing as fl
from flourishing.core.flaws import FlawKind
from flourishing.core.text import Text
from flourishing.formulas.forms import MEDIA
from flourishing.formulas.translation import translate
from flourishing.kinds import headline
from flourishing.models import BaseModel
from tests.conftest import ScriptedModel

FORMULAS = ("picture", "animation", "sound")
KINDS = (*FORMULAS, "program", "drawing")
SPIRAL = "def draw():\n    for i in range(60):\n        forward(i)\n        turn(91)"
WAVES = "def pixel(x, y):\n    return 0.5 + 0.5*sin(9*x)"
RINGS = "def pixel(x, y):\n    return 0.5 + 0.5*sin(20*hypot(x, y))"


def flaws_of(content: str, *parents: str, kind: str = "picture") -> list[FlawKind]:
    return [flaw.kind for flaw in fl.kind(kind).flaw_finder(parents=parents).find(content)]


def test_a_picture_is_compared_by_its_pixels_and_not_by_its_words() -> None:
    assert flaws_of(RINGS, WAVES) == []
    assert flaws_of(WAVES.replace("9*x", "x*9"), RINGS, WAVES) == [FlawKind.COPY]
    assert flaws_of(WAVES.replace("9*x", "9.01*x"), RINGS, WAVES) == [FlawKind.NEAR_COPY]
    assert flaws_of(WAVES.replace("9*x", "4*x"), WAVES) == []
    (flaw,) = fl.kind("picture").flaw_finder(parents=[RINGS, WAVES]).find(WAVES + "  # waves")
    assert flaw.reason == "it looks or sounds as “0.5 + 0.5*sin(9*x)” does"


def test_what_is_wrong_with_one_is_said_in_words() -> None:
    for text, said in [
        ("def pixel(x, y):\n    return 0.5", "it is the same everywhere"),
        ("def pixel(x, y):\n    return sin(", "it does not parse"),
        ("def pixel(x, y):\n    import os\n    return x", "line 2 has an import"),
    ]:
        (flaw,) = fl.kind("picture").flaw_finder(parents=[]).find(text)
        assert flaw.kind is FlawKind.MALFORMED
        assert flaw.reason.startswith(said)
    assert flaws_of("wave(t) = sin(t)", kind="sound") == [FlawKind.MALFORMED]


def test_in_a_list_one_that_a_person_wrote_stands_by_what_it_computes() -> None:
    assert headline(Text(RINGS)) == "0.5 + 0.5*sin(20*hypot(x, y))"
    assert headline(Text('<svg viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>')) != "<svg"
    assert headline(Text("def pixel(x, y):\n    open(x)")) == "def pixel(x, y):"
    assert headline(Text("\ndefend the sea\nand sleep")) == "defend the sea"


def bred(said: list[str], n: int, refills: int) -> fl.Brood:
    return fl.breed(
        [RINGS, WAVES], n, kind="picture", model=ScriptedModel(said), refills=refills, seed=1
    )


def test_a_completion_is_read_to_the_end_of_its_function() -> None:
    brood = bred(["\n    r = x*y\n    return sin(9*r)\n    and so on it goes"], 1, 0)
    (text,) = brood
    assert text.content == "def pixel(x, y):\n    r = x*y\n    return sin(9*r)"
    assert text.origin.raw == "\n    r = x*y\n    return sin(9*r)\n    and so on it goes"
    assert text.flaws == ()
    assert brood.prompt == f"{RINGS}\n\n{WAVES}\n\ndef pixel(x, y):"


def test_a_tail_that_is_cut_off_is_put_right_where_only_brackets_are_missing() -> None:
    model = ScriptedModel([("\n    return sin(9*x*y", "length"), ("\n    return sin(9*", "length")])
    first, second = fl.breed([WAVES], 2, kind="picture", model=model, refills=0, seed=1)
    assert (first.content.split("\n")[-1], first.flaws) == ("    return sin(9*x*y)", ())
    assert [flaw.kind for flaw in second.flaws] == [FlawKind.CUT_OFF, FlawKind.MALFORMED]


def test_what_cannot_be_shown_is_asked_for_again() -> None:
    brood = bred(
        ["\n    return 0.5", "\n    return open(x)", "\n    return x*y", "\n    return x - y"], 2, 2
    )
    assert [text.content.split("return ")[1] for text in brood] == ["x*y", "x - y"]
    assert len(brood.set_aside) == 2


def test_two_of_one_brood_that_look_the_same_are_a_copy() -> None:
    first, second = bred(["\n    return x*y", "\n    return y*x"], 2, 0)
    assert first.flaws == ()
    assert [flaw.kind for flaw in second.flaws] == [FlawKind.COPY]


def test_an_offspring_takes_what_the_best_of_its_parents_takes() -> None:
    dots, colours = "f(t, i, x, y) = sin(t + x)", "pixel(x, y, t) = sin(t + x)"
    for parents, head in (((dots, colours), "pixel(x, y, t) ="), ((colours, dots), dots[:15])):
        model = ScriptedModel([" sin(3*t*y)"])
        (text,) = fl.breed(parents, 1, kind="animation", model=model, refills=0)
        assert text.content == f"{head} sin(3*t*y)"
        assert text.flaws == ()
        assert text.origin.pattern is not None
        assert text.origin.start == text.origin.pattern.start == head


def test_a_drawing_is_drawn_to_the_scale_of_the_best_of_its_parents() -> None:
    head = '<svg viewBox="0 0 {0} {0}">'
    shapes = '\n<circle cx="5" cy="5" r="{}" fill="red"/>\n</svg>'
    parents = [f"{head.format(side)}{shapes.format(3)}" for side in (100, 24)]
    (text,) = fl.breed(
        parents, 1, kind="drawing", model=ScriptedModel([shapes.format(2)]), refills=0
    )
    assert text.content == f"{head.format(24)}{shapes.format(2)}"
    assert text.flaws == ()


def test_a_picture_stands_in_a_list_by_what_it_does() -> None:
    assert fl.kind("picture").headline(RINGS) == "0.5 + 0.5*sin(20*hypot(x, y))"


@pytest.mark.parametrize("name", KINDS)
def test_the_shelf_has_at_least_twelve_and_nothing_is_wrong_with_any(name: str) -> None:
    kind = fl.kind(name)
    texts = [text.content for text in fl.library(kind.library).texts]
    assert len(texts) >= 12
    for at, content in enumerate(texts):
        finder = kind.flaw_finder(parents=texts[:at] + texts[at + 1 :])
        assert finder.find(content) == (), content
        if name in FORMULAS:
            assert MEDIA[translate(content).form] == kind.medium
        assert content.startswith(kind.pattern.start)
        assert len(content) < 450


def test_the_shelf_of_animations_has_both_forms() -> None:
    forms = [translate(text.content).form for text in fl.library("animations").texts]
    assert min(forms.count("dots"), forms.count("animation")) >= 8


@pytest.mark.parametrize("name", KINDS)
def test_the_shelves_are_the_projects_own(name: str) -> None:
    for text in fl.library(fl.kind(name).library).texts:
        assert isinstance(text, Text)
        assert text.origin.source is not None
        assert text.origin.source.author == "Flourishing"
        assert re.fullmatch(r"[A-Z][a-z -]+", text.origin.source.title)


def test_a_program_is_compared_by_what_it_draws() -> None:
    assert flaws_of(SPIRAL, WAVES, kind="program") == []
    turned = SPIRAL.replace("turn(91)", "left(91 + 0)")
    assert flaws_of(turned, SPIRAL, kind="program") == [FlawKind.COPY]
    assert flaws_of(SPIRAL.replace("91", "121"), SPIRAL, kind="program") == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("while True: pass", "it is too slow"),
        ("circle(0, 0, 1, 'white')\n    background('white')", "it is the same everywhere"),
        ("return", "it draws nothing"),
        ("circle(q, 0, 1)", "line 2 fails: name 'q' is not defined"),
        ("circle(0, 0, 1", "it does not parse"),
        ("import os", "line 2 imports os"),
        ("note(60, 1, 0)", "nothing of it can be heard"),
    ],
)
def test_what_is_wrong_with_a_program_is_said_in_words(body: str, said: str) -> None:
    (flaw,) = fl.kind("program").flaw_finder(parents=[]).find(f"def draw():\n    {body}")
    assert flaw.kind is FlawKind.MALFORMED
    assert flaw.reason.startswith(said)


def test_a_drawing_is_compared_by_its_pixels() -> None:
    disc = '<svg viewBox="0 0 100 100"><circle cx="50" cy="50" r="30" fill="red"/></svg>'
    finder = fl.kind("drawing").flaw_finder(parents=[disc])
    assert finder.find(disc.replace('"50"', '"30"')) == ()
    (copy,) = finder.find(disc.replace("red", "#ff0000"))
    assert copy.kind is FlawKind.COPY
    (wrong,) = finder.find(disc.replace("<circle", "<script/><circle"))
    assert wrong.reason == "it has <script>, which a drawing cannot have"
    (blank,) = finder.find(disc.replace("red", "white"))
    assert blank.reason == "it is the same everywhere"


def test_a_program_that_is_cut_off_keeps_what_is_whole() -> None:
    said = "\n    for i in range(9):\n        circle(i, i, 1)\n        line(i, "
    model = ScriptedModel([(said, "length")])
    (text,) = fl.breed([SPIRAL], 1, kind="program", model=model, refills=0)
    assert text.content.endswith("        circle(i, i, 1)")
    assert text.flaws == ()
    assert text.origin.raw == said


def test_a_program_without_an_end_is_asked_for_again_and_holds_nobody_up() -> None:
    async def bred() -> tuple[fl.Brood, int]:
        model = ScriptedModel(["\n    while True:\n        pass", "\n    circle(0, 0, 1)"])
        turns = 0
        brood = asyncio.ensure_future(fl.aio.breed([SPIRAL], 1, kind="program", model=model))
        while not brood.done():
            await asyncio.sleep(0.01)
            turns += 1
        return brood.result(), turns

    brood, turns = asyncio.run(bred())
    assert [text.content.rpartition("\n    ")[2] for text in brood] == ["circle(0, 0, 1)"]
    assert turns > 10


@pytest.mark.slow
@pytest.mark.engine
def test_a_program_is_bred_from_the_shelf_by_the_embedded_model(local: BaseModel) -> None:
    brood = fl.breed(fl.library("programs").texts[:3], 3, kind="program", model=local, seed=1)
    assert len(brood) == 3
    good = [text for text in brood if not text.flaws]
    assert good
    assert all(fl.render(text, kind="program", size=16).data for text in good)


@pytest.mark.slow
@pytest.mark.engine
def test_a_drawing_is_bred_from_the_shelf_by_the_embedded_model(local: BaseModel) -> None:
    brood = fl.breed(fl.library("drawings").texts[:3], 3, kind="drawing", model=local, seed=1)
    assert len(brood) == 3
    good = [text for text in brood if not text.flaws]
    assert good
    assert all(fl.render(text, kind="drawing", size=16).data for text in good)


@pytest.mark.slow
@pytest.mark.engine
def test_a_sound_is_bred_from_the_shelf_by_the_embedded_model(local: BaseModel) -> None:
    parents = fl.library("sounds").texts[:6]
    brood = fl.breed(parents, 4, kind="sound", model=local, seed=1)
    assert len(brood) == 4
    good = [text for text in brood if not text.flaws]
    assert good
    assert all(fl.render(text, kind="sound", seconds=0.1).data[:4] == b"RIFF" for text in good)
