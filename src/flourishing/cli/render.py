"""`flourishing render`: a text as a picture, an animation or a sound, and as a file."""

from __future__ import annotations

from pathlib import Path

import click

from flourishing.app.render import render
from flourishing.cli.options import as_numbers, garden_option
from flourishing.cli.show import say
from flourishing.cli.terminal import read_words
from flourishing.formulas.forms import FILE_FORMS, LARGEST, LONGEST, NAMES


@click.command("render")
@click.argument("source")
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    required=True,
    help=f"The file to write; its name ends in one of: {', '.join(FILE_FORMS)}.",
)
@click.option("--kind", help="The kind of the text. [found out]")
@click.option(
    "--size",
    type=int,
    help=f"The side of a picture in pixels, up to {LARGEST:,}. [512; 256 of an animation]",
)
@click.option(
    "--seconds",
    type=float,
    help=f"How long an animation or a sound lasts, up to {LONGEST:g}. [4]",
)
@garden_option
def command(
    source: str,
    target: Path,
    kind: str | None,
    size: int | None,
    seconds: float | None,
    place: str | None,
) -> None:
    """Render SOURCE as a picture, an animation or a sound, and write it to a file.

    SOURCE is the number of a text of the garden, the path of a file, or - for what is piped in.
    A formula is translated and never run; a program is run in a sandbox. MP4 and WebM need ffmpeg.

    \b
    flourishing render 12 -o fog.png --size 2048
    flourishing render tune.py -o tune.mid
    flourishing render waves.py -o waves.webp --seconds 6
    echo "wave(t) = sin(220*tau*t)*exp(-t)" | flourishing render - -o bell.wav
    """
    rendering = render(_content(source, place), kind, size=size, seconds=seconds)
    path = rendering.save(target)
    what = NAMES[rendering.medium].capitalize()
    about = (
        f"{rendering.seconds:g} seconds"
        if rendering.medium == "sound"
        else f"{rendering.size:,} pixels"
    )
    say(f"{what} of {about} in {path}")


def _content(source: str, place: str | None) -> str:
    if numbers := as_numbers([source]):
        from flourishing.garden import open_garden  # here, since a file needs no database

        with open_garden(place, make=False) as garden:
            return garden.text(numbers[0]).content
    return read_words(source)
