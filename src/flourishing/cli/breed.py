"""`flourishing breed`: once, or step by step."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from flourishing import bridge, workshop
from flourishing.choosing import Choice
from flourishing.cli.options import (
    choice_options,
    garden_option,
    model_options,
    take_choice,
    take_draw,
)
from flourishing.cli.show import printable, show_json, show_stored
from flourishing.errors import InputError, PatternError
from flourishing.garden import Garden, open_garden
from flourishing.loading import open_visibly
from flourishing.models import open_model
from flourishing.pattern import Pattern
from flourishing.settings import find_pattern
from flourishing.text import Text, require_unicode
from flourishing.workshop import shelving


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
    place: str | None,
    **options: Any,
) -> None:
    r"""Breed offspring from PARENTS, worst first and best last.

    PARENTS are texts, or numbers of texts in the garden. Without them, from some texts of a
    collection, or from a file. Texts on the command line are taken for a list of short phrases,
    unless one has several lines or --pattern says otherwise. What comes is saved in the garden.

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
        if interactive:
            from flourishing.cli.interactive import begin  # here, since one shot needs none of it

            begin(
                garden,
                lambda: _parents(garden, parents, sources, pattern, choice, options["model"]),
                bed_name=bed_name,
                n=n,
                start=start,
                pattern=pattern,
                draw=draw,
                seed=options["seed"],
                model=open_model(options["model"]),
            )
            return
        texts, form = _parents(garden, parents, sources, pattern, choice, options["model"])
        if show_prompt:
            prompt = form.render([text.content for text in texts])
            prompt += (start or form.start).rstrip(" ")
            click.echo(printable(prompt) if sys.stdout.isatty() else prompt)
            return
        events = workshop.breed(
            texts,
            n,
            pattern=form,
            start=start,
            draw=draw,
            seed=options["seed"],
            refills=refills,
            model=open_visibly(options["model"]),
        )
        brood = garden.save(
            bridge.run(workshop.finished(events)),
            bed=garden.beds.open(bed_name) if bed_name else None,
        )
        if as_json:
            show_json(brood.as_dict())
        else:
            show_stored(brood, garden)


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
            shelving.parents_from(sources, choice, garden, open_model(model))
        )
        return chosen, find_pattern(pattern or suiting)
    form = find_pattern(pattern or "poems")
    texts: list[Text] = []
    for name in sources:
        if name in files:
            texts += [Text(text) for text in _split(_read(name, garden), form)]
        else:
            one = shelving.parents_from([name], choice, garden, open_model(model))
            texts += bridge.run(one)[0]
    return texts, form


def _named(
    garden: Garden, given: tuple[str, ...], pattern: str | None
) -> tuple[list[Text], Pattern]:
    if all(each.isdecimal() for each in given):
        return list(garden.texts([int(each) for each in given])), find_pattern(pattern or "poems")
    for number, text in enumerate(given, start=1):
        require_unicode(text, f"Parent {number}")
    short = not any("\n" in text for text in given)
    return [Text(text) for text in given], find_pattern(pattern or ("list" if short else "poems"))


def _read(source: str, garden: Garden) -> str:
    try:
        if source == "-":
            return sys.stdin.buffer.read().decode("utf-8")
        return Path(source).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(
            f"There is no collection and no file {source!r}.",
            hint=f"Collections: {', '.join(shelving.collection_names(garden))}.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{source} cannot be read: {error}.", hint="Give a text file in UTF-8."
        ) from error


def _split(content: str, pattern: Pattern) -> list[str]:
    """Take a file apart: as a prompt in the pattern, at lines of dashes, or at its separator."""
    try:
        items = pattern.parse(content)
    except PatternError:
        mark = "\n---\n" if "\n---" in content else pattern.separator
        items = (content.rstrip() + "\n").removesuffix("---\n").split(mark)
    texts = [item for item in items if isinstance(item, str)]
    return [text.strip("\n") for text in texts if text.strip()]
