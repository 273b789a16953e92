"""`flourishing complete`: continue a prompt."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import click

from flourishing import app, sync
from flourishing.app.progress import open_visibly, tell_visibly
from flourishing.cli.options import model_options, spend_option, take_sampling
from flourishing.cli.show import show_json, show_texts
from flourishing.cli.terminal import read_words
from flourishing.models.cost import open_budget


@click.command("complete")
@click.argument("prompt")
@click.option("-n", "--responses", type=int, default=1, show_default=True, help="How many.")
@click.option(
    "--stop", multiple=True, help="What ends a completion; by default read off the prompt."
)
@click.option("--no-stop", is_flag=True, help="Let completions run on.")
@click.option("--start", default="", help="Words that every completion begins with.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@spend_option
@model_options
def command(
    prompt: str,
    responses: int,
    stop: tuple[str, ...],
    no_stop: bool,
    start: str,
    as_json: bool,
    spend: Decimal | None,
    **options: Any,
) -> None:
    """Continue PROMPT with a base model; "-" reads it from stdin.

    Of what comes from stdin the last line end is left out, which echo adds, unless the prompt is a
    list that ends in it: after a line of dashes, an empty line, a label of its own line, or where
    each line is an example.

    \b
    flourishing complete "|cat|elephant|rabbit|dog|" -n 3
    flourishing complete "alaska:juneau, ohio:columbus, kansas:"
    echo "|cat|dog|" | flourishing complete -
    """
    if prompt == "-":
        prompt = app.piped_prompt(read_words("-"))
    sampling = take_sampling(options)
    texts = sync.run(
        app.complete(
            prompt,
            responses,
            stop=[] if no_stop else (stop or None),
            start=start,
            sampling=sampling,
            seed=options["seed"],
            model=open_visibly(options["model"]),
            tell=tell_visibly,
            budget=open_budget(spend),
        )
    )
    if as_json:
        show_json({"prompt": prompt, "completions": texts})
    else:
        show_texts(texts)
