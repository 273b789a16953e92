"""`flourishing breed`: once, or step by step."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import click

from flourishing import bridge, workshop
from flourishing.cli.kept import KeptFile
from flourishing.cli.options import model_options, take_draw
from flourishing.cli.show import printable, show_brood, show_json
from flourishing.errors import InputError, PatternError
from flourishing.library import library, names
from flourishing.loading import open_visibly
from flourishing.models import open_model
from flourishing.pattern import Pattern
from flourishing.settings import find_pattern
from flourishing.text import Text, require_unicode

DEFAULT_COLLECTION = "imagists"


@click.command("breed")
@click.argument("parents", nargs=-1)
@click.option(
    "--from",
    "source",
    help=f'A shipped collection, a file of texts with "---" between, or "-" for stdin. '
    f"[{DEFAULT_COLLECTION}]",
)
@click.option(
    "--take",
    type=click.IntRange(min=1),
    default=6,
    show_default=True,
    help="How many texts of a collection to draw as parents.",
)
@click.option("-n", "--offspring", "n", type=int, default=8, show_default=True, help="How many.")
@click.option("--pattern", help="A pattern by name, or a .toml file; see: flourishing patterns.")
@click.option("--start", default="", help="Words that every offspring begins with.")
@click.option("--refills", type=int, help="How many flawed ones may be asked for again. [as -n]")
@click.option("--interactive", "-i", is_flag=True, help="Go on: pick, edit, drop, breed again.")
@click.option("--keep-in", type=click.Path(path_type=Path), help="The file for what you keep.")
@click.option("--json", "as_json", is_flag=True, help="Write the whole brood as one JSON document.")
@click.option("--show-prompt", is_flag=True, help="Write the exact prompt, and breed nothing.")
@model_options
def command(
    parents: tuple[str, ...],
    source: str | None,
    take: int,
    n: int,
    pattern: str | None,
    start: str,
    refills: int | None,
    interactive: bool,
    keep_in: Path | None,
    as_json: bool,
    show_prompt: bool,
    **options: Any,
) -> None:
    r"""Breed offspring from PARENTS, worst first and best last.

    Without PARENTS, from some texts of a collection that ships, or from a file. Parents on the
    command line are taken for a list of short phrases, unless one has several lines or --pattern
    says otherwise.

    \b
    flourishing breed --interactive
    flourishing breed cat dog rabbit wolf -n 3
    flourishing breed --from poems.txt --start "the sea" --json
    """
    draw = take_draw(options)
    texts, form = _parents(parents, source, pattern, take, options["seed"])
    if show_prompt:
        prompt = form.render([text.content for text in texts]) + (start or form.start).rstrip(" ")
        click.echo(printable(prompt) if sys.stdout.isatty() else prompt)
        return
    if interactive:
        if as_json:
            raise click.UsageError("--json and --interactive do not go together.")
        from flourishing.cli.interactive import begin  # here, since one shot needs none of it

        begin(
            texts,
            n=n,
            start=start,
            pattern=form,
            draw=draw,
            seed=options["seed"],
            model=open_model(options["model"]),
            kept=KeptFile(keep_in),
        )
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
    brood = bridge.run(workshop.finished(events))
    if as_json:
        show_json(brood.as_dict())
    else:
        show_brood(brood)


def _parents(
    given: tuple[str, ...], source: str | None, pattern: str | None, take: int, seed: int | None
) -> tuple[list[Text], Pattern]:
    """Find the texts to breed from, and the pattern that suits them."""
    if given and source:
        raise click.UsageError("Give PARENTS, or --from, not both.")
    if given:
        for number, text in enumerate(given, start=1):
            require_unicode(text, f"Parent {number}")
        short = not any("\n" in text for text in given)
        return [Text(text) for text in given], find_pattern(
            pattern or ("list" if short else "poems")
        )
    source = source or DEFAULT_COLLECTION
    if source in names():
        collection = library(source)
        drawn = random.Random(seed).sample(collection.texts, min(take, len(collection)))
        return drawn, find_pattern(pattern or collection.pattern)
    form = find_pattern(pattern or "poems")
    return [Text(text) for text in _split(_read(source), form)], form


def _read(source: str) -> str:
    try:
        if source == "-":
            return sys.stdin.buffer.read().decode("utf-8")
        return Path(source).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(
            f"There is no collection and no file {source!r}.",
            hint=f"Collections that ship: {', '.join(names())}.",
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
