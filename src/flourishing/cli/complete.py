"""`flourishing complete`, `flourishing contrast`: continue a prompt, with one model or with two."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text as Line

from flourishing import app, sync
from flourishing.app.complete import Contrast, contrast
from flourishing.app.progress import notify_visibly, open_visibly
from flourishing.cli.options import model_options, spend_option, take_sampling
from flourishing.cli.show import printable, say, show_json, show_texts
from flourishing.cli.terminal import read_words
from flourishing.core.sampling import SamplingOptions
from flourishing.errors import NoInstructModelError
from flourishing.models.cost import open_budget
from flourishing.models.protocol import Waiting


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
            notify=notify_visibly,
            budget=open_budget(spend),
        )
    )
    if as_json:
        show_json({"prompt": prompt, "completions": texts})
    else:
        show_texts(texts)


_WIDE = 100
"""Columns from which on a terminal shows both halves side by side."""


@click.command("contrast")
@click.argument("prompt")
@click.option("--base", help="The base model; by default the one that is configured.")
@click.option(
    "--instruct", help='The instruct model: a name in the configuration or an address. ["instruct"]'
)
@click.option("-n", "--responses", type=int, default=1, show_default=True, help="How many of each.")
@click.option("--max-tokens", type=int, help="The most tokens of each text.")
@click.option("--temperature", type=float, help="Above 1 wilder, below 1 tamer.")
@click.option("--seed", type=int, help="The same seed gives the same texts.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@spend_option
def contrast_command(
    prompt: str,
    base: str | None,
    instruct: str | None,
    responses: int,
    max_tokens: int | None,
    temperature: float | None,
    seed: int | None,
    as_json: bool,
    spend: Decimal | None,
) -> None:
    """Give PROMPT to a base model and to an instruct model; "-" reads it from stdin.

    What comes from stdin is taken as flourishing complete does.

    \b
    flourishing contrast "1 2 3 4 5" --instruct https://api.openai.com/v1#gpt-4o
    flourishing contrast "alaska:juneau, ohio:columbus, kansas:" -n 3
    """
    if prompt == "-":
        prompt = app.piped_prompt(read_words("-"))
    found = sync.run(
        contrast(
            prompt,
            base=open_visibly(base),
            instruct_model=instruct,
            n=responses,
            sampling=SamplingOptions(max_tokens=max_tokens, temperature=temperature),
            seed=seed,
            notify=_say,
            budget=open_budget(spend),
        )
    )
    if as_json:
        show_json(found.as_dict())
    else:
        _show(found)
    if isinstance(found.trouble, NoInstructModelError):
        _say(f"{found.trouble}\n{found.trouble.hint}")
    elif found.trouble is not None:
        raise found.trouble


def _say(event: str | Waiting) -> None:
    if isinstance(event, Waiting):
        notify_visibly(event)
    else:
        say(event, style="yellow")


def _show(found: Contrast) -> None:
    halves = [(f"base model: {found.base_model}", found.base)]
    if found.instruct:
        halves.append((f"instruct model: {found.instruct_model}", found.instruct))
    if not sys.stdout.isatty():
        print("\n\n".join(_plain(heading, texts) for heading, texts in halves))
        return
    console = Console(highlight=False)
    if console.width >= _WIDE and len(halves) > 1:
        _show_beside(console, halves)
        return
    for heading, texts in halves:
        console.print(Line(printable(heading), style="bold cyan"))
        for text in texts:
            console.print(Line(printable(text)))
            console.print()


def _show_beside(console: Console, halves: list[tuple[str, tuple[str, ...]]]) -> None:
    table = Table.grid(padding=(0, 4, 1, 0), expand=True)
    for _ in halves:
        table.add_column(ratio=1, overflow="fold")
    table.add_row(*(Line(printable(heading), style="bold cyan") for heading, _ in halves))
    for texts in zip(*(texts for _, texts in halves), strict=True):
        table.add_row(*(Line(printable(text)) for text in texts))
    console.print(table)


def _plain(heading: str, texts: tuple[str, ...]) -> str:
    return "\n---\n".join([f"{printable(heading)}\n{texts[0]}", *texts[1:]])
