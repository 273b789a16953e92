"""`flourishing render`: a text of the garden, of a file or of a pipe becomes a file."""

from __future__ import annotations

from pathlib import Path

import soundfile
from click.testing import CliRunner
from PIL import Image

import flourishing as fl
from flourishing.cli import app
from flourishing.garden import open_garden
from tests.cli.conftest import Ask, Refuse
from tests.conftest import ScriptedModel

PICTURE = "def pixel(x, y):\n    return 0.5 + 0.5*sin(9*x*y)"


def test_a_text_of_the_garden_is_rendered_by_its_number(ask: Ask, tmp_path: Path) -> None:
    with open_garden() as garden:
        (text,) = garden.add(PICTURE)
    done = ask("render", text.id, "-o", tmp_path / "fog.png", "--size", 64)
    with Image.open(tmp_path / "fog.png") as image:
        assert image.size == (64, 64)
    assert done.out == ""
    assert f"A picture of 64 pixels in {tmp_path / 'fog.png'}" in done.err


def test_a_file_is_rendered(ask: Ask, tmp_path: Path) -> None:
    source = tmp_path / "wave.txt"
    source.write_text("wave(t) = 0.5*sin(440*tau*t)\n", encoding="utf-8")
    ask("render", source, "-o", tmp_path / "a.flac", "--seconds", 0.5, "--kind", "sound")
    samples, rate = soundfile.read(tmp_path / "a.flac")
    assert len(samples) == rate / 2


def test_what_is_piped_in_is_rendered(tmp_path: Path) -> None:
    words = ["render", "-", "-o", str(tmp_path / "a.webp"), "--size", "16", "--seconds", "0.2"]
    done = CliRunner().invoke(app, words, input="f(t, i, x, y) = sin(t + x)")
    assert done.exit_code == 0, done.output
    with Image.open(tmp_path / "a.webp") as image:
        assert getattr(image, "n_frames", 1) == 5


def test_several_texts_stand_on_one_sheet(ask: Ask, refuse: Refuse, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    model = ScriptedModel(["\n    return x*y", "\n    return cos(9*y)"])
    with open_garden() as garden:
        texts = garden.add(PICTURE, "the fog comes", "pixel(x, y) = x")
        brood = garden.save(fl.breed([PICTURE], 2, kind="picture", model=model, seed=1))
    done = ask("render", *(text.id for text in texts), "-o", sheet, "--sheet", "--size", 16)
    with Image.open(sheet) as image:
        assert image.size == (35, 18)  # the two that are pictures, with gaps of one pixel
    assert f"A contact sheet in {sheet}" in done.err
    ask("render", brood[0].id, "-o", sheet, "--brood", "--size", 16)
    with Image.open(sheet) as image:
        assert image.size == (35, 18)
    ask("render", "-o", sheet, "--collection", "pictures", "--size", 2)
    with Image.open(sheet) as image:
        assert image.size[0] >= 4 * 3
    two = [texts[0].id, texts[2].id]
    assert "add --sheet" in refuse("render", *two, "-o", sheet)
    assert "End it in .png" in refuse("render", *two, "-o", tmp_path / "a.gif", "--sheet")
    assert "not both" in refuse("render", *two, "-o", sheet, "--collection", "pictures")
    assert "came of no brood" in refuse("render", texts[0].id, "-o", sheet, "--brood")
    assert "no picture" in refuse("render", texts[1].id, "-o", sheet, "--sheet")


def test_what_cannot_be_rendered_is_refused_and_nothing_written(
    refuse: Refuse, tmp_path: Path
) -> None:
    source = tmp_path / "poem.txt"
    source.write_text("the fog comes\n", encoding="utf-8")
    target = tmp_path / "fog.png"
    assert "does not begin" in refuse("render", source, "-o", target)
    source.write_text(PICTURE, encoding="utf-8")
    assert "cannot be rendered" in refuse("render", source, "-o", target, "--kind", "poem")
    assert "a picture, not a sound" in refuse("render", source, "-o", target, "--kind", "sound")
    assert "cannot be written as 'wav'" in refuse("render", source, "-o", tmp_path / "a.wav")
    assert "size cannot be" in refuse("render", source, "-o", target, "--size", 10**9)
    assert "no file" in refuse("render", tmp_path / "gone.py", "-o", target)
    source.write_bytes(b"\xff\xfe")
    assert "cannot be read" in refuse("render", source, "-o", target)
    source.write_text("x" * 10**6, encoding="utf-8")
    assert "1,000,000 characters" in refuse("render", source, "-o", target)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["poem.txt"]


def test_a_program_and_a_drawing_are_rendered(ask: Ask, tmp_path: Path) -> None:
    source = tmp_path / "tune.py"
    source.write_text("def draw():\n    note(60)\n", encoding="utf-8")
    done = ask("render", source, "-o", tmp_path / "a.mid", "--kind", "program")
    assert (tmp_path / "a.mid").read_bytes().startswith(b"MThd")
    assert "A sound of 0.85 seconds" in done.err
    source.write_text('<svg><circle r="9"/></svg>\n', encoding="utf-8")
    ask("render", source, "-o", tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text().startswith("<svg xmlns=")


def test_which_walls_there_are_around_programs_is_said_with_the_kinds(ask: Ask) -> None:
    assert "Programs run in a language sandbox" in ask("kinds").err
