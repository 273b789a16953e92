"""`flourishing refine`: the next version of a text, or a worse one to learn from."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

import click

from flourishing import sync
from flourishing.app import collections
from flourishing.app.bed_operations import lasting_kind
from flourishing.app.progress import open_visibly
from flourishing.breeding import BreedRequest, breed
from flourishing.cli.options import (
    as_numbers,
    choice_options,
    garden_option,
    model_options,
    spend_option,
    take_choice,
    take_sampling,
)
from flourishing.cli.saving import save_and_show, show_prompt_of
from flourishing.cli.show import messages, printable, show_changes, show_json
from flourishing.cli.terminal import is_file, read_words
from flourishing.core.chain import Chain
from flourishing.core.operation import Operation
from flourishing.core.text import Text, require_unicode
from flourishing.errors import InputError
from flourishing.garden import AsyncGarden, Garden, open_garden
from flourishing.kinds import Kind
from flourishing.kinds import kind as find_kind
from flourishing.models import open_model
from flourishing.models.cost import open_budget

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
    help="With --accept, the collection that it joins. [that of its kind, such as poems]",
)
@click.option(
    "--kind",
    help="The kind of text, by name or a .toml file; see: flourishing kinds. [as the text]",
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
    kind: str | None,
    into: str | None,
    as_json: bool,
    show_prompt: bool,
    spend: Decimal | None,
    place: str | None,
    **options: Any,
) -> None:
    """Refine a text: the model writes its next version, after examples of texts getting better.

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
    sampling = take_sampling(options)
    choice = take_choice(options, seed=options["seed"])
    with open_garden(place) as garden:
        chain = _chain(garden, versions)
        its = find_kind(kind) if kind else collections.kind_of_chain(chain, garden)
        if accept:
            named = lasting_kind(kind) if kind else its.name
            _accept(garden, chain, its, named, into, as_json=as_json)
            return
        model = open_model(options["model"])
        examples = sync.run(
            collections.examples_from(AsyncGarden(garden), chain, choice, model, its)
        )
        request = BreedRequest(
            operation=Operation.WORSEN if worse else Operation.REFINE,
            chain=chain,
            examples=examples,
            n=n,
            kind=its,
            start=start,
            sampling=sampling,
            seed=options["seed"],
            refills=refills,
            model=open_visibly(model),
            budget=open_budget(spend),
        )
        events = breed(request)
        if show_prompt:
            show_prompt_of(events)
            return
        save_and_show(events, garden, n=n, as_json=as_json, model=model)


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


def _accept(
    garden: Garden, chain: Chain, kind: Kind, named: str, into: str | None, *, as_json: bool
) -> None:
    into = into or kind.finished
    collections.require_kind(into, garden, chains=False)
    text = garden.accept(chain, poems=into, kind=named)
    if as_json:
        show_json(text.as_dict())
        return
    show_changes(messages(), chain.versions)
    more = f", its {len(chain)} versions in “{kind.refinements}”" if len(chain) > 1 else ""
    click.echo(printable(f"Accepted: {text.id} is in the collection “{into}”{more}."))
