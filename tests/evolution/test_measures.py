"""Measures: the numbers of texts, their ranges, and a person's own."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

import flourishing as fl
from flourishing import sync
from flourishing.evolution.catalogue import default_axes, default_quality
from flourishing.evolution.measure import Setting
from flourishing.evolution.own import measures_path

FOG = "the fog comes\non little cat feet"
SONNET = (
    "Shall I compare thee to a summer's day?\n"
    "Thou art more lovely and more temperate:\n"
    "Rough winds do shake the darling buds of May,\n"
    "And summer's lease hath all too short a date"
)
RINGS = "def pixel(x, y):\n    return sin(9 * (x*x + y*y))"
NOISE = "def pixel(x, y):\n    return sin(90 * x * y + 33 * x)"


def number(name: str, text: str) -> float:
    return fl.measure(name)(text)


def own(name: str, source: str) -> fl.Measure:
    measures_path().mkdir(parents=True, exist_ok=True)
    (measures_path() / f"{name}.toml").write_text(source, encoding="utf-8")
    return fl.measure(name)


def test_each_measure_says_its_range_and_its_source() -> None:
    for name, measure in fl.measures().items():
        assert measure.name == name
        assert measure.low < measure.high
        assert measure.about.endswith(".")
        assert measure.source


def test_what_is_counted_of_words() -> None:
    assert number("lines", FOG + "\n\n") == 2
    assert number("words", FOG) == 7
    assert number("syllables", FOG) == 8
    assert number("mean-word-length", FOG) == pytest.approx(26 / 7)
    assert number("distinct-2", "rose is a rose is a rose is a rose") == pytest.approx(3 / 9)
    assert number("lines", "\n".join(["line"] * 50)) == 50


def test_a_rhymed_poem_rhymes_more_than_an_unrhymed_one() -> None:
    assert number("rhyme", SONNET) == 0.5  # temperate and date only look alike
    assert number("rhyme", FOG) == 0
    assert number("rhyme", "the sea\nthe sea") == 0


def test_a_pentameter_is_more_regular_than_prose() -> None:
    prose = "Immediately afterwards everybody answered underneath unfortunately"
    assert number("metre", "the silver evening under water\nof golden summers and of sorrow") > 0.9
    assert number("metre", prose) < 0.9
    assert number("metre", "") == 0


def test_a_sad_text_has_a_lower_sentiment_than_a_glad_one() -> None:
    assert number("sentiment", "a lovely, happy day") > 0 > number("sentiment", "grief and death")


def test_what_repeats_is_compressed_more() -> None:
    assert number("compressibility", "rain " * 20) > number("compressibility", FOG)
    assert number("compressibility", "") == 0


def test_pictures_differ_in_symmetry_and_complexity() -> None:
    assert number("symmetry", RINGS) == pytest.approx(1)
    assert number("symmetry", NOISE) < 0.9
    assert number("complexity", NOISE) > number("complexity", RINGS) > 0
    assert number("colourfulness", RINGS) == 0
    colours = "def pixel(x, y):\n    return (x, y, 1 - x)"
    assert number("colourfulness", colours) > 40


@pytest.mark.parametrize(
    "text",
    [
        '<svg viewBox="0 0 9 9"><circle cx="4.5" cy="4.5" r="3" fill="red"/></svg>',
        "def draw():\n    circle(0, 0, 3, 'red')",
    ],
)
def test_programs_and_drawings_are_measured_as_pictures(text: str) -> None:
    assert number("colourfulness", text) > 20
    assert number("symmetry", text) > 0.9
    assert 0 < number("complexity", text) < 1


def test_what_moves_faster_has_more_motion() -> None:
    slow, fast = (
        f"def frame(x, y, t):\n    return 0.5 + 0.5 * sin(3 * x + {speed} * t)"
        for speed in (0.5, 5)
    )
    assert number("motion", fast) > number("motion", slow) > 0


def test_sounds_differ_in_brightness_and_rhythm() -> None:
    low, high = fl.library("sounds").texts[0].content, "def wave(t):\n    return sin(2*pi*3000*t)"
    assert number("brightness", high) == pytest.approx(3_000, rel=0.02)
    assert number("brightness", low) < 3_000
    beats = "def wave(t):\n    return sin(2*pi*300*t) * exp(-20 * (t % 0.5))"
    assert number("rhythm", beats) == pytest.approx(2, abs=0.5)


def test_what_cannot_be_drawn_has_no_symmetry() -> None:
    with pytest.raises(fl.RenderError):
        number("symmetry", "not a formula")


def test_every_kind_of_single_texts_has_measures_of_its_own() -> None:
    for name in fl.kinds():
        kind = fl.kind(name)
        if kind.medium == "chain":
            with pytest.raises(fl.InputError, match="no measures"):
                default_axes(kind)
            continue
        for each in (*default_axes(kind), default_quality(kind)):
            assert fl.measure(each).suits(kind)


def test_a_function_is_a_measure() -> None:
    def vowels(text: str) -> float:
        """Count vowels."""
        return sum(letter in "aeiou" for letter in text)

    measure = fl.measure(vowels)
    assert (measure.name, measure.about, measure(FOG)) == ("vowels", "Count vowels.", 10)
    assert not measure.has_range


@pytest.mark.parametrize("value", [math.nan, math.inf, 2.0, "high", None])
def test_what_is_no_number_within_the_range_is_refused(value: object) -> None:
    measure = fl.Measure(name="odd", of=lambda _: value)  # type: ignore[arg-type, return-value]
    with pytest.raises(fl.InputError, match="'odd' gave"):
        measure(FOG)


def test_a_measure_needs_a_range_and_a_name() -> None:
    with pytest.raises(fl.InputError, match="range 1 to 1"):
        fl.Measure(name="flat", of=len, low=1, high=1)
    with pytest.raises(fl.InputError, match="low of the measure 'words' cannot be 'a'"):
        fl.Measure(name="words", of=len, low="a")  # type: ignore[arg-type]
    with pytest.raises(fl.InputError, match="no name"):
        fl.Measure(name=" ", of=len)
    with pytest.raises(fl.InputError, match="nothing that gives"):
        fl.Measure(name="empty")


def test_any_string_is_measured_and_nothing_else_is() -> None:
    measures = fl.measures()
    with pytest.raises(fl.InputError, match="The text cannot be 3"):
        measures["lines"](3)  # type: ignore[arg-type]
    assert measures["compressibility"]("half a pair \ud800") == 0


def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(fl.InputError, match="no measure 'beauty'") as raised:
        fl.measure("beauty")
    assert "distinct-2" in raised.value.hint


def test_two_lines_of_toml_are_a_measure() -> None:
    sea = own("sea", 'about = "How much of the sea is in it."\nwords = ["sea", "salt"]\n')
    assert sea("the salt sea wind") == 0.5
    assert sea.about == "How much of the sea is in it."
    assert "sea" in fl.measures()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("words = ", "not TOML"),
        ('words = ["a"]\ncolour = 1', "unknown key 'colour'"),
        ("about = 'x'", "nothing of what is measured"),
        ("words = []", "words is"),
        ('words = ["sea", ""]', "words has ''"),
        ('words = ["sea", "…"]', "in which there is no word"),
        ('more = ["a", "b"]\nless = ["c", "b"]', "'b' both as more and as less"),
        ('more = ["a", "b"]\nless = ["c", " "]', "the blank text ' '"),
        ('more = ["a", "a"]\nless = ["c", "d"]', "so few texts: 1 with more and 2 with less"),
        ('words = ["a"]\nhigh = 3', "high is 3"),
        ('more = ["a", "b"]', "less is"),
        ('alike = [["a", "b", "c"]]', "from 1 triple\\."),
        ('alike = [["a", "b", "b"], ["a", "b", "c"], ["c", "b", "a"]]', "from 3 triples"),
        ("alike = [1]", "alike is"),
        ('alike = "nowhere.toml"', "nowhere.toml"),
        ('alike = [["a", "b", "c"]]\naxis = true', "axis is"),
    ],
)
def test_a_wrong_file_is_refused_where_it_is_named_and_hides_no_other(
    source: str, message: str
) -> None:
    with pytest.raises(fl.InputError, match=message):
        own("mine", source)
    assert "mine" not in fl.measures()
    assert "lines" in fl.measures()


def evaluate(
    measure: fl.Measure, *texts: str, seeds: tuple[str, ...] = (FOG, SONNET)
) -> list[float]:
    setting = Setting(kind=fl.kind("poem"), seeds=seeds, model=fl.open_model("echo"))

    async def run() -> list[float]:
        assert measure.prepare is not None
        ready = await measure.prepare(setting)
        return list(await ready(texts))

    return sync.run(run())


def test_what_is_a_seed_is_at_no_distance_and_nothing_new() -> None:
    for name in ("distance", "novelty"):
        same, other = evaluate(fl.measure(name), FOG, "zinc jukebox, vexing quartz")
        assert 0 <= same < other <= 1
    first, second = evaluate(fl.measure("novelty"), *["zinc jukebox, vexing quartz"] * 2)
    assert first > second


def test_a_measure_is_learned_from_a_few_labelled_texts() -> None:
    measure = own(
        "watery",
        'more = ["rain on the rain", "the rain, the rain"]\n'
        'less = ["dust and dust again", "dry dust of dust"]\n',
    )
    wet, dry = evaluate(measure, "all rain, the rain", "dust in the dust")
    assert 0 <= dry < wet <= 1


WET = ["rain on the rain", "the rain, the rain", "all rain, the rain", "rain and rain again"]
DRY = ["dust and dust again", "dry dust of dust", "dust in the dust", "all dust and dust"]


def test_a_measure_is_learned_from_which_two_of_three_are_alike(tmp_path: Path) -> None:
    triples = [[WET[at], WET[at - 1], DRY[at]] for at in range(4)]
    triples += [[DRY[at], DRY[at - 1], WET[at]] for at in range(4)]
    measure = own("moist", f"alike = {json.dumps(triples)}")
    one, two, odd = evaluate(
        measure, "the rain, all rain", "rain, rain again", "dust, the dry dust"
    )
    assert abs(one - two) < min(abs(one - odd), abs(two - odd))
    second = own("other", 'alike = "moist.toml"\naxis = 2')
    assert all(0 <= value <= 1 for value in evaluate(second, *WET, *DRY))


def test_a_judge_is_a_measure(tmp_path: Path) -> None:
    path = tmp_path / "sea.toml"
    path.write_text(
        'question = "Is it about the sea?"\nanswers = ["yes", "no"]\n'
        'examples = [["the sea, the sea", "yes"], ["a red barn", "no"]]\n',
        encoding="utf-8",
    )
    (value,) = evaluate(fl.measure(str(path)), "waves of the sea")
    assert 0 <= value <= 1


def test_a_judge_that_says_the_same_of_all_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "same.toml"
    path.write_text('question = "Is it good?"\nanswers = ["yes", "no"]\n', encoding="utf-8")
    with pytest.raises(fl.InputError, match="says the same of all 3 texts"):
        evaluate(fl.measure(str(path)), FOG, seeds=("a", "b", "c"))


def test_prompts_are_measured_by_the_answers_that_they_bring(tmp_path: Path) -> None:
    path = tmp_path / "capitals.toml"
    path.write_text('answers = [["France:", "Paris"], ["Spain:", "Madrid"]]\n', encoding="utf-8")
    shown = "France: Paris\nSpain: Madrid"
    filled, helpful, empty = evaluate(
        fl.measure(str(path)), f"{shown}\n{{input}}", shown, "zzz zzz"
    )
    assert -10 <= empty < helpful < filled <= 0


def test_taste_needs_a_garden() -> None:
    with pytest.raises(fl.InputError, match="this run has none"):
        evaluate(fl.measure("taste"), FOG)
