"""`flourishing render`: a text as a picture, an animation or a sound, and as a file.

With `--sheet`, the pictures of several texts stand beside each other in one file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from flourishing.app.contact_sheet import LARGEST_PICTURE, MOST_PICTURES, contact_sheet
from flourishing.app.render import render
from flourishing.cli.options import as_numbers, garden_option
from flourishing.cli.show import say
from flourishing.cli.terminal import read_words
from flourishing.core.words import quantity
from flourishing.errors import InputError
from flourishing.files import write_whole
from flourishing.formulas.forms import FILE_FORMS, LARGEST, LONGEST, NAMES


@click.command("render")
@click.argument("sources", nargs=-1)
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    required=True,
    help=f"The file to write; its name ends in one of: {', '.join(FILE_FORMS)}.",
)
@click.option("--sheet", is_flag=True, help="Put all SOURCES beside each other, as one PNG.")
@click.option("--brood", "whole_brood", is_flag=True, help="A sheet of all that came with SOURCE.")
@click.option("--collection", help="A sheet of this collection.")
@click.option("--kind", help="The kind of the text. [found out]")
@click.option(
    "--size",
    type=int,
    help=f"The side of a picture in pixels, up to {LARGEST:,}. [512; 256 of an "
    f"animation; of one on a sheet 256, and up to {LARGEST_PICTURE}]",
)
@click.option(
    "--seconds",
    type=float,
    help=f"How long an animation or a sound lasts, up to {LONGEST:g}. [4]",
)
@garden_option
def command(
    sources: Sequence[str],
    target: Path,
    sheet: bool,
    whole_brood: bool,
    collection: str | None,
    kind: str | None,
    size: int | None,
    seconds: float | None,
    place: str | None,
) -> None:
    """Render SOURCES as a picture, an animation or a sound, and write it to a file.

    Each of SOURCES is the number of a text of the garden, the path of a file, or - for what is
    piped in. A formula is translated and never run; a program is run in a sandbox. MP4 and WebM
    need ffmpeg. With --sheet, pictures stand beside each other.

    \b
    flourishing render 12 -o fog.png --size 2048
    flourishing render tune.py -o tune.mid
    flourishing render waves.py -o waves.webp --seconds 6
    flourishing render 12 14 15 -o sheet.png --sheet
    flourishing render 12 -o brood.png --brood
    flourishing render -o pictures.png --collection pictures
    echo "wave(t) = sin(220*tau*t)*exp(-t)" | flourishing render - -o bell.wav
    """
    if bool(sources) == (collection is not None):
        raise click.UsageError("Give SOURCES, or --collection, and not both.")
    if whole_brood and len(sources) != 1:
        raise click.UsageError("Give one text with --brood.")
    if sheet or whole_brood or collection is not None:
        if kind is not None or seconds is not None:
            raise click.UsageError("A sheet takes neither --kind nor --seconds.")
        if target.suffix.lower() != ".png":
            raise InputError(f"A sheet cannot be written to {target.name}.", hint="End it in .png.")
        contents = _contents(sources, place, collection, whole_brood=whole_brood)
        data = contact_sheet(contents) if size is None else contact_sheet(contents, size=size)
        write_whole(target, data)
        most = f"; it has at most {MOST_PICTURES} pictures" if len(contents) > MOST_PICTURES else ""
        say(f"A contact sheet in {target}{most}")
        return
    if len(sources) > 1:
        raise click.UsageError("Several SOURCES make a sheet: add --sheet.")
    rendering = render(_content(sources[0], place), kind, size=size, seconds=seconds)
    path = rendering.save(target)
    what = NAMES[rendering.medium].capitalize()
    about = (
        f"{rendering.seconds:g} second{'' if rendering.seconds == 1 else 's'}"
        if rendering.medium == "sound"
        else quantity(rendering.size, "pixel")
    )
    say(f"{what} of {about} in {path}")


def _content(source: str, place: str | None) -> str:
    if numbers := as_numbers([source]):
        from flourishing.garden import open_garden  # here, since a file needs no database

        with open_garden(place, make=False) as garden:
            return garden.text(numbers[0]).content
    return read_words(source)


def _contents(
    sources: Sequence[str], place: str | None, collection: str | None, *, whole_brood: bool
) -> list[str]:
    """Give the texts of a sheet."""
    from flourishing.app import collections
    from flourishing.garden import open_garden

    if collection is not None:
        with open_garden(place, make=place is None) as garden:
            shelf = collections.collection(collection, garden)
        texts = shelf.texts or tuple(chain.best for chain in shelf.chains)
        return [text.content for text in texts]
    if not whole_brood:
        return [_content(source, place) for source in sources]
    numbers = as_numbers(sources)
    if not numbers:
        raise InputError(f"{sources[0]} is no number of a text.", hint="Give one, such as 12.")
    with open_garden(place, make=False) as garden:
        text = garden.text(numbers[0])
        if text.brood is None:
            raise InputError(f"Text {text.id} came of no brood.", hint="Give one that was bred.")
        brood = garden.brood(text.brood)
        return [brood[at].content for at in brood.order]
