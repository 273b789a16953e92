"""`flourishing breed`: once, or step by step."""

from __future__ import annotations

import re
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final

import click

from flourishing import bridge, workshop
from flourishing.choosing import Choice
from flourishing.cli.options import (
    as_numbers,
    choice_options,
    garden_option,
    model_options,
    spend_option,
    take_choice,
    take_draw,
)
from flourishing.cli.reading import is_there, read_words
from flourishing.cli.saving import save_and_show
from flourishing.cli.watching import show_prompt_of
from flourishing.cost import open_purse
from flourishing.errors import InputError, PatternError
from flourishing.garden import AsyncGarden, Garden, open_garden
from flourishing.loading import open_visibly
from flourishing.models import open_model
from flourishing.pattern import Pattern
from flourishing.settings import find_pattern
from flourishing.text import Text, normalize_line_ends, require_unicode
from flourishing.workshop import Draw, shelving, tending
from flourishing.workshop.beds import begin_bed, find_bed

_RULE: Final = re.compile(r"^-{3,}[ \t]*(?:\n|\Z)", re.MULTILINE)


@click.command("breed")
@click.argument("parents", nargs=-1)
@click.option(
    "--from",
    "sources",
    multiple=True,
    help='A collection, a file of texts with "---" between, or "-" for stdin; may be given more '
    "than once. [imagists, and your own finished poems]",
)
@choice_options
@click.option("-n", "--offspring", "n", type=int, default=8, show_default=True, help="How many.")
@click.option("--pattern", help="A pattern by name, or a .toml file; see: flourishing patterns.")
@click.option("--start", default="", help="Words that every offspring begins with.")
@click.option("--refills", type=int, help="How many flawed ones may be asked for again. [as -n]")
@click.option("--interactive", "-i", is_flag=True, help="Go on: pick, edit, drop, breed again.")
@click.option("--bed", "bed_name", help="The bed to go on with, or to begin, by its name.")
@click.option("--json", "as_json", is_flag=True, help="Write the whole brood as one JSON document.")
@click.option("--show-prompt", is_flag=True, help="Write the exact prompt, and breed nothing.")
@spend_option
@garden_option
@model_options
def command(
    parents: tuple[str, ...],
    sources: tuple[str, ...],
    n: int,
    pattern: str | None,
    start: str,
    refills: int | None,
    interactive: bool,
    bed_name: str | None,
    as_json: bool,
    show_prompt: bool,
    spend: Decimal | None,
    place: str | None,
    **options: Any,
) -> None:
    """Breed offspring from PARENTS, worst first and best last.

    PARENTS are texts, or numbers of texts in the garden. Without them, from some texts of a
    collection, or from a file. Texts on the command line are taken for a list of short phrases,
    unless one has several lines or --pattern says otherwise. What comes is saved in the garden.

    With --interactive, what is given beside the name of a --bed that is there changes the bed.

    \b
    flourishing breed --interactive
    flourishing breed cat dog rabbit wolf -n 3
    flourishing breed 12 15 --start "the sea"
    flourishing breed --from poems.txt --from imagists --choose newest --json
    """
    if interactive and as_json:
        raise click.UsageError("--json and --interactive do not go together.")
    if parents and sources:
        raise click.UsageError("Give PARENTS, or --from, not both.")
    draw = take_draw(options)
    choice = take_choice(options, seed=options["seed"])
    with open_garden(place) as garden:
        purse = open_purse(spend)
        if interactive:
            from flourishing.cli.interactive import begin  # here, since one shot needs none of it

            begin(
                garden,
                lambda its: _parents(
                    garden, parents, sources, pattern or its, choice, options["model"]
                ),
                bed_name=bed_name,
                n=n,
                start=start,
                pattern=pattern,
                given=_given(parents, sources),
                settings=_set(draw, refills),
                seed=options["seed"],
                model=options["model"],
                purse=purse,
            )
            return
        bed = find_bed(garden, bed_name)
        prompt: str | None = None
        if bed is not None and bed.parents and not (parents or sources):
            texts: list[Text] = [*garden.texts(bed.parents)]
            form = find_pattern(pattern or bed.pattern)
            start = start or bed.start
            draw = tending.draw_of({**bed.settings, **_set(draw, None)})
            prompt = bed.settings.get("prompt")
            refills = bed.settings.get("refills") if refills is None else refills
        else:
            texts, form = _parents(garden, parents, sources, pattern, choice, options["model"])
        model = open_visibly(options["model"] or (tending.model_of(bed) if bed else None))
        events = workshop.breed(
            texts,
            n,
            pattern=form,
            start=start,
            draw=draw,
            seed=options["seed"],
            refills=refills,
            model=model,
            purse=purse,
            prompt=prompt,
        )
        if show_prompt:
            show_prompt_of(events)
            return
        if bed_name is not None and bed is None:
            form_name, settings = pattern or form.name, _set(draw, refills)
            bed = begin_bed(garden, bed_name, texts, form_name, n=n, start=start, settings=settings)
        save_and_show(events, garden, kind="bred", n=n, as_json=as_json, bed=bed, model=model)


def _given(parents: tuple[str, ...], sources: tuple[str, ...]) -> set[str]:
    """Say what the person gave of what a bed has, too."""
    context = click.get_current_context()
    options = (name for name in ("n", "start") if not _is_default(context, name))
    return {*options, *(["parents"] if parents or sources else [])}


def _set(draw: Draw, refills: int | None) -> dict[str, Any]:
    """Give what the person said of how a bed is bred, as its settings."""
    said = {**asdict(draw), "refills": refills}
    return {name: value for name, value in said.items() if value is not None}


def _is_default(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.DEFAULT


def _parents(
    garden: Garden,
    given: tuple[str, ...],
    sources: tuple[str, ...],
    pattern: str | None,
    choice: Choice,
    model: str | None,
) -> tuple[list[Text], Pattern]:
    """Find the texts to breed from, and the pattern that suits them."""
    if given:
        return _named(garden, given, pattern)
    files = [name for name in sources if name not in shelving.collection_names(garden)]
    if not files:
        chosen, suiting = bridge.run(
            shelving.parents_from(sources, choice, AsyncGarden(garden), open_model(model))
        )
        return chosen, find_pattern(pattern or suiting)
    form = find_pattern(pattern or "poems")
    texts: list[Text] = []
    for name in sources:
        if name in files:
            texts += _split(_read(name, garden), form, name)
        else:
            one = shelving.parents_from([name], choice, AsyncGarden(garden), open_model(model))
            texts += bridge.run(one)[0]
    return texts, form


def _named(
    garden: Garden, given: tuple[str, ...], pattern: str | None
) -> tuple[list[Text], Pattern]:
    if (ids := as_numbers(given)) is not None:
        return list(garden.texts(ids)), find_pattern(pattern or "poems")
    for number, text in enumerate(given, start=1):
        require_unicode(text, f"Parent {number}")
    short = not any("\n" in text for text in given)
    texts = [Text(normalize_line_ends(text)) for text in given]
    return texts, find_pattern(pattern or ("list" if short else "poems"))


def _read(source: str, garden: Garden) -> str:
    if source != "-" and not is_there(source):
        raise InputError(
            f"There is no collection and no file {source!r}.",
            hint=f"Collections: {', '.join(shelving.collection_names(garden))}.",
        )
    return read_words(source)


def _split(content: str, pattern: Pattern, source: str) -> list[Text]:
    """Take a file apart: as a prompt in the pattern, at lines of dashes, or at its separator.

    Raises:
        InputError: There is nothing in it.
    """
    try:
        items = pattern.parse(content)
    except PatternError:
        ruled = _RULE.search(content) is not None
        items = _RULE.split(content) if ruled else content.split(pattern.separator)
    texts = [Text(item.strip("\n")) for item in items if isinstance(item, str) and item.strip()]
    if not texts:
        name = "stdin" if source == "-" else source
        raise InputError(f"There is no text in {name}.", hint="Write some, with --- between.")
    return texts
