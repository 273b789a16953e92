"""`flourishing image`: a picture of a text by a model."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click

from flourishing import sync
from flourishing.cli.options import as_numbers, garden_option, spend_option
from flourishing.cli.show import say
from flourishing.cli.terminal import read_words
from flourishing.models.cost import open_budget
from flourishing.models.images import ModelImage, draw_image


@click.command("image")
@click.argument("source")
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    help="A file to write it to, too; of a text that is not of the garden, the only place.",
)
@click.option("--model", help="A name in the configuration, or https://host/v1#model-id. [image]")
@click.option(
    "--size",
    default="1024x1024",
    show_default=True,
    help="Width and height in pixels, or auto; a model has sizes of its own.",
)
@spend_option
@garden_option
def command(
    source: str,
    target: Path | None,
    model: str | None,
    size: str,
    spend: Decimal | None,
    place: str | None,
) -> None:
    """Have a model make a picture of the text SOURCE, and keep it with the text.

    SOURCE is the number of a text of the garden, the path of a file, or - for what is piped in. The
    text is sent to the server of the model, and to nobody else.

    \b
    flourishing image 12
    flourishing image 12 --model https://api.example.org/v1#painter -o owl.png
    echo "an owl of glass" | flourishing image - -o owl.png
    """

    def drawn(content: str) -> ModelImage:
        asked = draw_image(content, model=model, size=size, budget=open_budget(spend), notify=say)
        return sync.run(asked)

    if numbers := as_numbers([source]):
        from flourishing.garden import (  # here, since a file needs no database
            AsyncGarden,
            open_garden,
        )

        with open_garden(place, make=False) as garden:
            AsyncGarden(garden).require_writable()  # before anything is paid for
            text = garden.text(numbers[0])
            image = drawn(text.content)
            kept = garden.pictures.put(text.id, image)
        say(f"Picture {kept.id} of {kept.width:,} by {kept.height:,} pixels is with text {text.id}")
    else:
        if target is None:
            raise click.UsageError("Give -o FILE: the text is not of the garden.")
        image = drawn(read_words(source))
    if target is not None:
        say(f"Picture of {image.width:,} by {image.height:,} pixels in {image.save(target)}")
