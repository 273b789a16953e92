"""What a program draws becomes files, of the size and length that were asked for."""

from __future__ import annotations

import io
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile
from PIL import Image, ImageSequence

import flourishing as fl
from flourishing.formulas.sound import RATE
from flourishing.programs import melody, raster
from flourishing.programs.language import helper_names
from flourishing.programs.rendering import render_program
from flourishing.programs.scene import INK, MOST_SHAPES, PAPER, Note, scene
from flourishing.programs.svg import svg
from tests.marks import first_cases

DISC = "def draw():\n    background('white')\n    circle(0, 0, 5, 'red')"
FRAMES = "def draw():\n    for i in range(6):\n        circle(i, 0, 1, 'red')\n        frame()"
MELODY = "def draw():\n    tempo(60)\n    note('A4', 1)\n    rest(0.5)\n    note([60, 64], 0.5)"


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_a_picture_is_a_png_of_its_size_with_what_is_drawn_fitted_into_it() -> None:
    rendering = render_program(DISC, size=40)
    assert (rendering.medium, rendering.media_type) == ("image", "image/png")
    image = opened(rendering.data).convert("RGB")
    assert image.size == (40, 40)
    assert image.getpixel((20, 20)) == (255, 0, 0)
    assert image.getpixel((3, 20)) == (255, 0, 0)
    assert image.getpixel((0, 0)) == (255, 255, 255)
    assert render_program(DISC).image.size == (512, 512)
    assert rendering.encode("svg").startswith(b"<svg")
    with pytest.raises(fl.RenderError, match="cannot be written as 'wav'"):
        rendering.encode("wav")


def test_frames_are_an_animation_that_lasts_as_long_as_is_asked_for() -> None:
    rendering = render_program(FRAMES, size=24)
    assert rendering.medium == "animation"
    assert rendering.seconds == 0.5
    frames = list(render_program(FRAMES, size=24, seconds=0.24).frames)
    assert len(frames) == 6
    assert len({frame.tobytes() for frame in frames}) == 6
    count = sum(1 for _ in ImageSequence.Iterator(opened(rendering.encode("gif"))))
    assert count == 6
    assert opened(rendering.encode("png")).size == (24, 24)


def test_only_the_first_200_frames_are_kept() -> None:
    text = "def draw():\n    for i in range(300):\n        circle(i, 0, 1)\n        frame()"
    assert len(render_program(text).scene.frames) == 200


def test_the_frames_of_an_animation_have_one_limit_of_time_together() -> None:
    its = render_program(FRAMES, size=8).scene
    first, second = svg(its, 0), svg(its, 1)
    drawn = raster.pixels_of_frames([first, first, second], 8, most_seconds=0.0)
    assert next(drawn) is next(drawn)  # the same is not drawn again
    with pytest.raises(fl.RenderError, match="to draw all its frames") as refused:
        next(drawn)
    assert "fewer frames" in refused.value.hint


def test_a_note_is_the_sum_of_its_partials() -> None:
    time = np.arange(round(1.6 * RATE)) / RATE
    partials = ((1, 1.0, 2.2), (2, 0.45, 3.4), (3, 0.22, 5.0), (4, 0.1, 7.0))
    expected = np.zeros(len(time))
    for multiple, level, decay in partials:
        expected += level * np.sin(2 * np.pi * multiple * 440 * time) * np.exp(-decay * time)
    played = melody.play([Note(69, 0.0, 1.0, 1.0)], 1.6)
    middle = slice(round(0.1 * RATE), round(0.9 * RATE))  # without its rise and its fall
    assert np.abs(played[middle] - 0.35 * expected[middle]).max() < 0.01


@pytest.mark.parametrize("call", first_cases(1, ["dot(i, i % 7)", "note(60)"]))
def test_a_program_that_draws_or_plays_without_end_is_ended_and_shown(call: str) -> None:
    end = f"def draw():\n    for i in range({MOST_SHAPES}):\n        {call}\n    draw()"
    assert fl.render(end, size=8).data
    with pytest.raises(fl.RenderError, match="Line 3 fails"):
        fl.render("def draw():\n    while True:\n        circle(1)", size=8)


def test_notes_are_a_melody_with_a_picture_of_its_notes(tmp_path: Path) -> None:
    rendering = fl.render(MELODY)
    assert (rendering.medium, rendering.media_type) == ("sound", "audio/wav")
    samples, rate = soundfile.read(io.BytesIO(rendering.data), dtype="float32")
    assert rate == 44_100
    assert len(samples) == round(rendering.seconds * rate)
    assert 0.01 < np.abs(samples).max() <= 0.8
    spectrum = np.abs(np.fft.rfft(samples[:rate]))
    assert abs(int(spectrum.argmax()) - 440) <= 1
    assert opened(rendering.encode("png")).size == (512, 512)
    file = mido.MidiFile(rendering.save(tmp_path / "a.mid"))
    on = [each for each in file.tracks[0] if each.type == "note_on"]
    assert [each.note for each in on] == [69, 60, 64]
    assert file.length == pytest.approx(2.0)


def test_a_notebook_shows_what_it_is() -> None:
    assert render_program(DISC, size=8)._repr_png_() is not None
    assert "<audio" in (render_program(MELODY)._repr_html_() or "")
    assert "<img" in (render_program(FRAMES, size=8)._repr_html_() or "")


@pytest.mark.parametrize(
    ("given", "colour"),
    [
        ("red", (1, 0, 0, 1)),
        ("#00ff00", (0, 1, 0, 1)),
        ("blood red", (1, 0, 0, 1)),
        ("limelight", (0, 1, 0, 1)),
        ("#00ff0", (0, 1, 0, 1)),
        ("#00ff001", (0, 1, 0, 1)),
        (0.5, (0.5, 0.5, 0.5, 1)),
        ([0, 0.5, 1], (0, 0.5, 1, 1)),
        ([0, 0, 255], (0, 0, 1, 1)),
        ([0, 0, 1, 0.25], (0, 0, 1, 0.25)),
        ([0, 0, 1, 7], (0, 0, 1, 1)),
        (None, INK),
    ],
)
def test_a_colour_may_be_written_in_many_ways(given: object, colour: object) -> None:
    drawn = scene([[[["circle", 0, 0, 1, given, 0]]], [], None, 120])
    assert drawn.frames[0][0].colour == colour
    assert drawn.ground == PAPER


@pytest.mark.parametrize(
    "given", [3, [], [1, 2, 3, 4], [[["circle"]], [], None, 1], [[], [1], 0, 1]]
)
def test_what_has_no_form_is_refused(given: object) -> None:
    with pytest.raises(fl.RenderError):
        scene(given)


CALLS = {
    "line": "line(0, 0, 1, 1)",
    "path": "path([(0, 0), (1, 2)])",
    "polygon": "polygon([(0, 0), (1, 2), (2, 0)])",
    "circle": "circle(0, 0)",
    "circle of a point": "circle((0, 0), 3, 'red')",
    "circle of a colour": "circle(0, 0, 'red')",
    "circle by name": "circle(0, 0, r=3, color=(1, 0, 0), width=2)",
    "color": "color(1, 0, 0)\n    forward(1)",
    "line of points": "line((0, 0), (1, 1), 'red', 2)",
    "rect": "rect(0, 0, 2, 1)",
    "square": "square(0, 0, 1)",
    "dot": "dot(0, 0)",
    "cell": "cell(0, 0)",
    "goto": "goto(3, 4)",
    "forward": "forward(3)",
    "back": "back(3)",
    "note": "note('C4')",
}


@pytest.mark.parametrize("name", CALLS)
def test_each_call_that_draws_or_plays_does(name: str) -> None:
    drawn = render_program(f"def draw():\n    {CALLS[name]}").scene
    assert len(drawn.notes) + sum(map(len, drawn.frames)) == 1
    assert name.split()[0] in helper_names()


def test_a_turtle_draws_as_it_goes_and_not_when_its_pen_is_up() -> None:
    body = "forward(1)\n    right(90)\n    up()\n    forward(1)\n    down()\n    forward(1)"
    (first, second) = render_program(f"def draw():\n    {body}").scene.frames[0]
    assert [tuple(map(round, each)) for each in first.points] == [(0, 0), (0, 1)]
    assert [tuple(map(round, each)) for each in second.points] == [(1, 1), (2, 1)]


def test_what_is_random_is_the_same_each_time() -> None:
    text = "def draw():\n    for i in range(5):\n        circle(rand(), rand(2, 3), choice([1, 2]))"
    assert render_program(text).scene == render_program(text).scene
    imported = "import random\ndef draw():\n    circle(random.random(), random.gauss(0, 1), 1)"
    assert render_program(imported).scene == render_program(imported).scene


def test_shapes_may_also_be_returned() -> None:
    text = "def draw():\n    return [('circle', i, 0, 1, 'red', 0) for i in range(3)]"
    assert len(render_program(text).scene.frames[0]) == 3
    listed = "def draw():\n    return [circle(i, 0, 1) for i in range(3)]"
    assert len(render_program(listed).scene.frames[0]) == 3
