"""`flourishing refine`: the next version of a text, or a worse one to learn from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from flourishing import bridge, workshop
from flourishing.chain import Chain
from flourishing.cli.options import (
    choice_options,
    garden_option,
    model_options,
    take_choice,
    take_draw,
)
from flourishing.cli.show import messages, printable, show_changes, show_json, show_stored
from flourishing.errors import InputError
from flourishing.garden import Garden, open_garden
from flourishing.loading import open_visibly
from flourishing.models import open_model
from flourishing.settings import find_pattern
from flourishing.text import Text, require_unicode
from flourishing.workshop import shelving


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
    place: str | None,
    **options: Any,
) -> None:
    r"""Refine a text: the model writes its next version, after examples of poems getting better.

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
        examples = bridge.run(shelving.examples_from(garden, chain, choice, model))
        if show_prompt:
            _show_prompt(chain, examples, start, worse=worse)
            return
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
        )
        brood = garden.save(
            bridge.run(workshop.finished(events)), kind="worsened" if worse else "refined"
        )
        if as_json:
            show_json(brood.as_dict())
        else:
            show_stored(brood, garden)


def _chain(garden: Garden, versions: tuple[str, ...]) -> Chain:
    """Find the chain that is named: by numbers, as texts, or in a file."""
    if all(each.isdecimal() for each in versions):
        ids = [int(each) for each in versions]
        stored = garden.texts(ids)
        return garden.lineage.versions(ids[0]) if len(ids) == 1 else Chain(tuple(stored))
    if len(versions) == 1 and (versions[0] == "-" or Path(versions[0]).is_file()):
        return _read(versions[0])
    for number, text in enumerate(versions, start=1):
        require_unicode(text, f"Version {number}")
        if not text.strip():
            raise InputError(f"Version {number} is blank.", hint="Leave it out.")
    return Chain.of(versions)


def _read(path: str) -> Chain:
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        words = data.decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} cannot be read: {error}.", hint="Give a text file in UTF-8."
        ) from error
    parts = f"\n{words}".split("\nbetter:\n")
    return Chain.of([Text(part.strip("\n")) for part in parts if part.strip()])


def _accept(garden: Garden, chain: Chain, into: str, *, as_json: bool) -> None:
    text = garden.accept(chain, poems=into)
    if as_json:
        show_json(text.as_dict())
        return
    show_changes(messages(), chain.versions)
    more = f", its {len(chain)} versions in “{shelving.REFINEMENTS}”" if len(chain) > 1 else ""
    click.echo(f"Accepted: {text.id} is in the collection “{into}”{more}.")


def _show_prompt(chain: Chain, examples: list[Chain], start: str, *, worse: bool) -> None:
    form = find_pattern("worsenings" if worse else "refinements")
    chains = [*examples, chain]
    items = [[text.content for text in each] for each in chains]
    prompt = form.render([item[::-1] for item in items] if worse else items) + start.rstrip(" ")
    click.echo(printable(prompt) if sys.stdout.isatty() else prompt)
