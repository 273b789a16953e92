"""A formula becomes files, of the size and length that were asked for, or an error with a hint."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image, ImageSequence

from flourishing.errors import InputError, RenderError, StorageError
from flourishing.formulas.forms import FILE_FORMS, FRAMES
from flourishing.formulas.rendering import render

PICTURE = "def pixel(x, y):\n    return hsv(x, y, 1)"
ANIMATION = "pixel(x, y, t) = 0.5 + 0.5*sin(8*x + t)"
DOTS = "f(t, i, x, y) = sin(t + x)"
SOUND = "wave(t) = 0.5*sin(440*tau*t)"


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_a_picture_is_a_png_of_its_size() -> None:
    rendering = render(PICTURE, size=40)
    assert (rendering.medium, rendering.media_type) == ("image", "image/png")
    image = opened(rendering.data)
    assert (image.format, image.size) == ("PNG", (40, 40))
    np.testing.assert_array_equal(np.asarray(image), np.asarray(rendering.image))
    assert render(PICTURE).image.size == (512, 512)


@pytest.mark.parametrize("text", [ANIMATION, DOTS])
@pytest.mark.parametrize("form", ["webp", "gif"])
def test_an_animation_has_all_its_pictures_and_goes_round(text: str, form: str) -> None:
    rendering = render(text, size=32, seconds=0.4)
    assert rendering.medium == "animation"
    image = opened(rendering.encode(form))
    frames = [np.asarray(frame.convert("RGB"), int) for frame in ImageSequence.Iterator(image)]
    assert len(frames) == 0.4 * FRAMES
    assert image.info["loop"] == 0
    assert image.info["duration"] == 1000 / FRAMES
    wanted = [np.asarray(frame, int) for frame in rendering.frames]
    for frame, its in zip(frames, wanted, strict=True):
        assert np.abs(frame - its).mean() < 6


def test_a_still_of_an_animation_is_its_middle() -> None:
    rendering = render(ANIMATION, size=16, seconds=2)
    frames = list(rendering.frames)
    np.testing.assert_array_equal(np.asarray(rendering.image), frames[len(frames) // 2])
    assert opened(rendering.encode("png")).size == (16, 16)


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_a_sound_is_written_as_it_is(form: str) -> None:
    rendering = render(SOUND, seconds=0.5)
    assert (rendering.medium, rendering.media_type) == ("sound", "audio/wav")
    samples, rate = soundfile.read(io.BytesIO(rendering.encode(form)), dtype="float32")
    assert (rate, len(samples)) == (44_100, 22_050)
    np.testing.assert_allclose(samples, rendering.samples, atol=1e-4)


def test_what_plays_live_is_written_too(tmp_path: Path) -> None:
    assert render(PICTURE).encode("glsl").startswith(b"#version 300 es")
    form = json.loads(render(SOUND).encode("json"))
    assert (form["version"], form["inputs"], form["form"]) == (1, ["t"], "sound")


@pytest.mark.parametrize("form", ["mp4", "webm"])
def test_a_film_is_written_where_there_is_ffmpeg(form: str) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("There is no ffmpeg on this machine.")
    data = render(ANIMATION, size=31, seconds=0.4).encode(form)
    assert data[4:8] == b"ftyp" if form == "mp4" else data[:4] == b"\x1a\x45\xdf\xa3"


@pytest.mark.parametrize("form", ["mp4", "webm"])
def test_a_film_is_what_the_ffmpeg_on_the_path_makes_of_the_pictures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text('#!/bin/sh\nfor target; do :; done\nexec /bin/cat > "$target"\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    film = render(ANIMATION, size=31, seconds=0.4)
    assert form in film.file_forms
    assert film.encode(form) == b"".join(frame.tobytes() for frame in film.frames)


def test_without_ffmpeg_a_film_is_refused_with_the_way_round(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RenderError, match="ffmpeg") as refused:
        render(ANIMATION, size=16).encode("mp4")
    assert render(ANIMATION).file_forms == ("webp", "png", "gif")
    assert "webp or gif" in refused.value.hint


def test_an_ffmpeg_that_fails_is_an_error_with_what_it_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\necho 'no such codec' >&2\nexit 1\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RenderError, match="no such codec"):
        render(ANIMATION, size=16, seconds=0.1).encode("webm")


def test_a_file_is_written_in_the_form_of_its_name(tmp_path: Path) -> None:
    path = render(PICTURE, size=8).save(tmp_path / "fog.PNG")
    assert opened(path.read_bytes()).size == (8, 8)
    with pytest.raises(StorageError):
        render(PICTURE, size=8).save(tmp_path / "nowhere" / "fog.png")


@pytest.mark.parametrize(
    ("text", "name", "hinted"),
    [
        (PICTURE, "fog.gif", "png, webp, glsl"),
        (PICTURE, "fog", "png, webp"),
        (ANIMATION, "fog.wav", "gif, mp4"),
        (SOUND, "fog.png", "wav, flac"),
    ],
)
def test_a_form_that_it_has_not_is_refused(
    tmp_path: Path, text: str, name: str, hinted: str
) -> None:
    with pytest.raises(RenderError, match="cannot be written as") as refused:
        render(text, size=8).save(tmp_path / name)
    assert hinted in refused.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_shows_each_in_its_way() -> None:
    picture = render(PICTURE, size=8)
    assert picture._repr_png_() == picture.data
    assert picture._repr_html_() is None
    animation = render(ANIMATION, size=8, seconds=0.1)
    assert animation._repr_png_() is None
    assert str(animation._repr_html_()).startswith('<img src="data:image/webp;base64,')
    sound = str(render(SOUND, seconds=0.1)._repr_html_())
    assert sound.startswith("<audio controls src=")  # which never starts by itself


def test_what_it_is_can_be_asked_for() -> None:
    assert render(DOTS, medium="animation").medium == "animation"
    with pytest.raises(RenderError, match="an animation, not a picture") as refused:
        render(ANIMATION, medium="image")
    assert "a picture" in refused.value.hint


@pytest.mark.timeout(2)
@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (PICTURE, {"size": 10**9}, "size cannot be 1,000,000,000"),
        (PICTURE, {"size": 0}, "size cannot be 0"),
        (PICTURE, {"size": -5}, "size cannot be -5"),
        (ANIMATION, {"size": 4_096}, "cannot have 4,096 pixels"),
        (ANIMATION, {"seconds": 61}, "cannot last 61 seconds"),
        (SOUND, {"seconds": 3_600}, "cannot last 3,600 seconds"),
        (SOUND, {"seconds": 0}, "cannot last 0 seconds"),
        (f"pixel(x, y) = {'+'.join(f'noise(x, y, {n})' for n in range(20))}",
         {"size": 4_096}, "too long"),
        (f"pixel(x, y, t) = {'+'.join(f'noise(x, y, t*{n})' for n in range(20))}",
         {"seconds": 60, "size": 140}, "too long"),
    ],
)  # fmt: skip
def test_what_is_too_large_or_too_long_is_refused_at_once(
    text: str, options: dict[str, int], said: str
) -> None:
    with pytest.raises(RenderError, match=said) as refused:
        assert render(text, size=options.get("size"), seconds=options.get("seconds")).data
    assert refused.value.hint


def test_the_middle_of_an_animation_may_be_larger_than_all_its_pictures() -> None:
    assert render(ANIMATION, size=1_024).image.size == (1_024, 1_024)


def test_a_size_is_a_number() -> None:
    with pytest.raises(InputError, match="size"):
        render(PICTURE, size="large")  # type: ignore[arg-type]


def test_every_form_has_a_media_type() -> None:
    assert all("/" in each.media_type for each in FILE_FORMS.values())
    assert {name for name, each in FILE_FORMS.items() if not each.media} == {"svg", "mid"}
