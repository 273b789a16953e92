"""`flourishing refine`: the next version of a text, or a worse one to learn from."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final, Literal

import click

from flourishing import bridge, workshop
from flourishing.chain import Chain
from flourishing.cli.options import (
    as_numbers,
    choice_options,
    garden_option,
    model_options,
    spend_option,
    take_choice,
    take_draw,
)
from flourishing.cli.reading import is_file, read_words
from flourishing.cli.saving import save_and_show
from flourishing.cli.show import messages, printable, show_changes, show_json
from flourishing.cli.watching import show_prompt_of
from flourishing.cost import open_purse
from flourishing.errors import InputError
from flourishing.garden import AsyncGarden, Garden, open_garden
from flourishing.loading import open_visibly
from flourishing.models import open_model
from flourishing.text import Text, require_unicode
from flourishing.workshop import shelving

_BETTER: Final = re.compile(r"^better:[ \t]*(?:\n|\Z)", re.MULTILINE)


@click.command("refine")
@click.argument("versions", nargs=-1, required=True)
@choice_options
@click.option("-n", "--offspring", "n", type=int, default=8, show_default=True, help="How many.")
@click.option("--start", default="", help="Words that every version begins with.")
@click.option("--refills", type=int, help="How many flawed ones may be asked for again. [as -n]")
@click.option("--worse", is_flag=True, help="Write worse versions, to make examples of.")
@click.option("--accept", is_flag=True, help="Call it finished: it and its versions are shelved.")
@click.option(
    "--into",
    default=shelving.POEMS,
    show_default=True,
    help="With --accept, the collection that it joins.",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@click.option("--show-prompt", is_flag=True, help="Write the exact prompt, and refine nothing.")
@spend_option
@garden_option
@model_options
def command(
    versions: tuple[str, ...],
    n: int,
    start: str,
    refills: int | None,
    worse: bool,
    accept: bool,
    into: str,
    as_json: bool,
    show_prompt: bool,
    spend: Decimal | None,
    place: str | None,
    **options: Any,
) -> None:
    """Refine a text: the model writes its next version, after examples of poems getting better.

    VERSIONS is one number of a text in the garden, refined on from all the versions that it went
    through; or several numbers or texts, worst first; or the path of a file, or "-" for stdin, with
    lines of "better:" between the versions. To go back to an earlier version, refine that one:
    nothing is lost.

    \b
    flourishing refine 12
    flourishing refine 12 --accept
    flourishing refine 12 --worse -n 4
    flourishing refine "a dove jumps up" "a dove flies up"
    """
    draw = take_draw(options)
    choice = take_choice(options, seed=options["seed"])
    with open_garden(place) as garden:
        chain = _chain(garden, versions)
        if accept:
            _accept(garden, chain, into, as_json=as_json)
            return
        model = open_model(options["model"])
        examples = bridge.run(shelving.examples_from(AsyncGarden(garden), chain, choice, model))
        write = workshop.worsen if worse else workshop.refine
        events = write(
            chain,
            n,
            examples=examples,
            start=start,
            draw=draw,
            seed=options["seed"],
            refills=refills,
            model=open_visibly(model),
            purse=open_purse(spend),
        )
        if show_prompt:
            show_prompt_of(events)
            return
        kind: Literal["worsened", "refined"] = "worsened" if worse else "refined"
        save_and_show(events, garden, kind=kind, n=n, as_json=as_json, model=model)


def _chain(garden: Garden, versions: tuple[str, ...]) -> Chain:
    """Find the chain that is named: by numbers, as texts, or in a file."""
    if (ids := as_numbers(versions)) is not None:
        stored = garden.texts(ids)
        return garden.lineage.versions(ids[0]) if len(ids) == 1 else Chain(tuple(stored))
    if len(versions) == 1 and (versions[0] == "-" or is_file(versions[0])):
        return _read(versions[0])
    for number, text in enumerate(versions, start=1):
        require_unicode(text, f"Version {number}")
        if not text.strip():
            raise InputError(f"Version {number} is blank.", hint="Leave it out.")
    return Chain.of(versions)


def _read(path: str) -> Chain:
    parts = _BETTER.split(read_words(path))
    return Chain.of([Text(part.strip("\n")) for part in parts if part.strip()])


def _accept(garden: Garden, chain: Chain, into: str, *, as_json: bool) -> None:
    shelving.require_kind(into, garden, chains=False)
    text = garden.accept(chain, poems=into)
    if as_json:
        show_json(text.as_dict())
        return
    show_changes(messages(), chain.versions)
    more = f", its {len(chain)} versions in “{shelving.REFINEMENTS}”" if len(chain) > 1 else ""
    click.echo(printable(f"Accepted: {text.id} is in the collection “{into}”{more}."))
