"""Looking at a garden: pages of texts, one text whole, families, beds."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.text import Text as Line

from flourishing.app import collections, export_files
from flourishing.app.share import Scope, ShareRequest, share_text
from flourishing.app.text_query import TextQuery, find_texts
from flourishing.cli.options import NUMBER, WHICH, as_numbers, garden_option
from flourishing.cli.show import (
    cost_in_words,
    money_in_words,
    printable,
    say,
    show_changes,
    show_json,
    show_notes,
    show_numbered,
    show_texts,
)
from flourishing.core.diff import said_shares
from flourishing.core.text import Text
from flourishing.core.words import quantity
from flourishing.errors import GardenError, InputError
from flourishing.formats.family import Family
from flourishing.garden import Bed, Garden, Stored, open_garden
from flourishing.garden.costs import Spent
from flourishing.kinds import headline
from flourishing.models import open_model

_AUTHORS: Final = {"person": "green", "model": "cyan", "source": ""}
_BED = click.option("--bed", "bed_name", help="Only what was bred, edited or marked in this bed.")
_BEFORE = click.option("--before", type=NUMBER, help="Go on behind this text's number.")
_LIMIT = click.option("-n", "limit", type=NUMBER, default=20, show_default=True, help="How many.")


@click.command("list")
@click.argument("which", type=click.Choice([*WHICH]), default="all")
@click.option("--tag", help="Only texts with this tag.")
@_BED
@click.option("--like", help="The nearest in meaning to this text's number, or to these words.")
@click.option("--model", help="The model by which they are near. [the one that is configured]")
@_BEFORE
@_LIMIT
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def listed(
    which: str,
    tag: str | None,
    bed_name: str | None,
    like: str | None,
    model: str | None,
    before: int | None,
    limit: int,
    as_json: bool,
    place: str | None,
) -> None:
    """List texts, the newest first: all, or the kept, dropped, pinned ones, or those put away.

    \b
    flourishing garden list kept
    flourishing garden list --like 12
    flourishing garden list --like "a ship in winter"
    """
    if like is not None and before is not None:
        raise InputError("What is nearest has no pages.", hint="Ask for more with -n.")
    query = TextQuery(mark=WHICH[which], tag=tag, bed=bed_name)
    with open_garden(place, make=False) as garden:
        if like is None:
            _show_page(find_texts(garden, query, before=before, limit=limit), as_json=as_json)
        else:
            _show_near(garden, like, query, limit, model=model, as_json=as_json)


def _show_near(
    garden: Garden, like: str, query: TextQuery, limit: int, *, model: str | None, as_json: bool
) -> None:
    numbers = as_numbers([like])
    bed = None if query.bed is None else _bed(garden, str(query.bed))
    found = garden.similar(
        numbers[0] if numbers else like,
        n=limit,
        model=model,
        mark=query.mark,
        tag=query.tag,
        bed=bed,
    )
    if as_json:
        show_json([near.as_dict() for near in found])
        return
    _show_page([near.text for near in found], as_json=False)
    done, every = garden.embeddings.counts(open_model(model).name)
    if done < every:
        say(f"{done:,} of {every:,} texts were looked at. For the rest: flourishing garden embed")


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--which", type=click.Choice([*WHICH]), default="all", help="Only these. [all]")
@click.option("--tag", help="Only texts with this tag.")
@_BED
@_BEFORE
@_LIMIT
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def search(
    words: tuple[str, ...],
    which: str,
    tag: str | None,
    bed_name: str | None,
    before: int | None,
    limit: int,
    as_json: bool,
    place: str | None,
) -> None:
    """Find the texts in which all WORDS stand, the newest first."""
    query = TextQuery(words=" ".join(words), mark=WHICH[which], tag=tag, bed=bed_name)
    with open_garden(place, make=False) as garden:
        found = find_texts(garden, query, before=before, limit=limit)
    _show_page(found, as_json=as_json)


@click.command("show")
@click.argument("number", type=NUMBER)
@click.option("--prompt", "only_prompt", is_flag=True, help="Write its exact prompt alone.")
@click.option(
    "--brood", "whole_brood", is_flag=True, help="Show all that came with it, by their numbers."
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def show(
    number: int, only_prompt: bool, whole_brood: bool, as_json: bool, place: str | None
) -> None:
    """Show the text NUMBER: where it came from, who wrote it, and where its words also stand."""
    with open_garden(place, make=False) as garden:
        text = garden.text(number)
        if text.damage and not as_json:
            click.echo(printable(text.content))
            raise GardenError(text.damage, hint="See also: flourishing garden verify")
        if only_prompt:
            if text.origin.prompt is None:
                raise InputError(
                    f"Text {number} came of no prompt.", hint="Ask for one that was bred."
                )
            prompt = text.origin.prompt
            click.echo(printable(prompt) if sys.stdout.isatty() else prompt)
            return
        if whole_brood:
            _show_brood(garden, text, as_json=as_json)
            return
        echoes = collections.echoes(text.content, garden, but=garden.lineage.kin(number))
        if as_json:
            spans = [[each.author, each.length] for each in garden.lineage.spans(number)]
            more = {"spans": spans, "echoes": [echo.as_dict() for echo in echoes]}
            spent = garden.costs.brood(text.brood or 0)
            show_json(text.as_dict() | more | ({"cost": spent.as_dict()} if spent.broods else {}))
            return
        _show_text(garden, text)
        for echo in echoes[:5]:
            click.echo(f"    {printable(str(echo))}")


def _show_brood(garden: Garden, text: Stored, *, as_json: bool) -> None:
    """Show the brood of a text, those that are shown first before the rest."""
    if text.brood is None or text.origin.prompt is None:
        raise InputError(f"Text {text.id} came of no brood.", hint="Ask for one that was bred.")
    brood = garden.brood(text.brood)
    if brood.part_of is not None:
        brood = garden.brood(brood.part_of)
    if as_json:
        show_json(brood.as_dict())
        return
    console = Console(highlight=False)
    for at in brood.order:
        show_numbered(console, brood[at].id, brood[at], marks=sorted(brood[at].marks))
    show_notes(brood)


@click.command("lineage")
@click.argument("number", type=NUMBER)
@click.option("--descendants", is_flag=True, help="What came of it, instead of what it came from.")
@click.option("--examples", is_flag=True, help="Also the chains that were only examples.")
@click.option("--html", type=click.Path(path_type=Path), help="Write one HTML file instead.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def lineage(
    number: int,
    descendants: bool,
    examples: bool,
    html: Path | None,
    as_json: bool,
    place: str | None,
) -> None:
    """Show the family of the text NUMBER, back to where it began."""
    with open_garden(place, make=False) as garden:
        garden.text(number)
        walk = garden.lineage.descendants if descendants else garden.lineage.ancestors
        family = walk(number, examples=examples)
        if html is not None:
            export_files.require_same_form(html)
            scope: Scope = "descendants" if descendants else "ancestors"
            request = ShareRequest(id=number, form="page", scope=scope, examples=examples)
            share_text(garden, request).save(html)
            click.echo(f"Written to {html}", err=True)
        elif as_json:
            show_json(
                {
                    "root": number,
                    "texts": [text.as_dict() for text in family.texts.values()],
                    "edges": [
                        {"child": e.child, "parent": e.parent, "place": e.place, "role": e.role}
                        for e in family.edges
                    ],
                }
            )
        else:
            _show_family(family, downward=descendants)


@click.command("beds")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def beds(as_json: bool, place: str | None) -> None:
    """List the beds, the last tended first; open one with: flourishing breed -i --bed NAME."""
    with open_garden(place, make=False) as garden:
        found = garden.beds.all()
        costs = garden.costs.beds()
        if as_json:
            show_json(
                [
                    {
                        "id": bed.id,
                        "name": bed.name,
                        **bed.state(),
                        "cost": costs.get(bed.id, Spent()).as_dict(),
                    }
                    for bed in found
                ]
            )
            return
        for bed in found:
            shown = garden.texts([id for id in bed.shown if id][:1])
            last = printable(_title(shown[0])) if shown else "no offspring yet"
            click.echo(f"{printable(bed.name):<24} {len(bed.parents):>3} parents   {last}")
            if bed.id in costs:
                click.echo(f"{'':<24} {printable(cost_in_words(costs[bed.id]))}")


@click.command("cost")
@click.option("--bed", "bed_name", help="Only what was bred in this bed.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@garden_option
def cost(bed_name: str | None, as_json: bool, place: str | None) -> None:
    """Say what all broods have cost, and what each text that you kept: tokens, time, money.

    Money is what the prices in the configuration made of the tokens when they were written.
    """
    with open_garden(place, make=False) as garden:
        bed = None if bed_name is None else _bed(garden, bed_name)
        spent = garden.costs.total(bed)
    if as_json:
        show_json(spent.as_dict())
        return
    click.echo(f"{spent.broods:>9,} broods, in {spent.usage.seconds:,.0f} s")
    click.echo(f"{spent.tokens:>9,} tokens: {printable(cost_in_words(spent))}")
    each = [quantity(spent.tokens_each, "token")] if spent.tokens_each is not None else []
    each += [money_in_words(spent.money_each)] if spent.money_each else []
    click.echo(
        f"{spent.kept:>9,} kept" + printable(f", for {', '.join(each)} each" if each else "")
    )


def _bed(garden: Garden, name: str) -> Bed:
    bed = next((bed for bed in garden.beds.all() if bed.name == name), None)
    if bed is None:
        raise InputError(f"There is no bed {name!r}.", hint="See: flourishing garden beds")
    return bed


def _show_page(texts: Sequence[Stored], *, as_json: bool) -> None:
    for text in texts:
        if text.damage:
            say(text.damage, style="red")
    if as_json:
        show_json([text.as_dict() for text in texts])
    elif not sys.stdout.isatty():
        show_texts([text.content for text in texts if text.content or not text.damage])
    else:
        console = Console(highlight=False)
        for text in texts:
            show_numbered(console, text.id, text, marks=[*sorted(text.marks), *text.tags])


def _show_text(garden: Garden, text: Stored) -> None:
    console = Console(highlight=False)
    if not sys.stdout.isatty():  # as it is, and with every line whole
        click.echo(f"{text.content}\n")
        for event in _history(garden, text):
            click.echo(f"    {event}")
        _show_versions(console, garden, text)
        return
    line, at = Line(), 0
    for span in garden.lineage.stretches([text])[0]:
        piece = text.content[at : at + span.length]
        line.append(printable(piece), style=_AUTHORS[span.author])
        at += span.length
    console.print(line)
    console.print()
    for event in _history(garden, text):
        console.print(f"    {printable(event)}", markup=False)
    _show_versions(console, garden, text)


def _show_versions(console: Console, garden: Garden, text: Stored) -> None:
    versions = garden.lineage.versions(text.id)
    if len(versions) > 1:
        console.print(f"    Its {len(versions)} versions:")
        show_changes(console, versions.versions)


def _history(garden: Garden, text: Stored) -> list[str]:
    """Say in lines where a text came from."""
    origin = text.origin
    lines = [str(origin.source)] if origin.source else []
    if origin.model:
        how = f", temperature {origin.sampling.temperature:g}" if origin.sampling else ""
        seed = "" if origin.seed is None else f", seed {origin.seed}"
        start = f", begun with “{origin.start}”" if origin.start else ""
        when = f", {origin.at:%Y-%m-%d %H:%M} UTC" if origin.dated else ""
        lines.append(f"By {origin.model}{start}{how}{seed}{when}")
    elif origin.parents:
        lines.append(f"Edited by a person, {origin.at:%Y-%m-%d %H:%M} UTC")
    lines += [sentence.rstrip(".") for sentence in said_shares(garden.lineage.stretches([text])[0])]
    if origin.parents:
        parents = origin.parents[origin.examples :]
        lines.append("From: " + "; ".join(_called(parent) for parent in parents))
    if text.marks or text.tags:
        lines.append(", ".join([*sorted(text.marks), *text.tags]))
    if chosen := garden.runs.choices([text.id]):
        runs = ", ".join(f"“{name}”" for name in chosen[text.id])
        lines.append(f"Kept by a machine, in the run {runs}")
    lines += [flaw.reason for flaw in text.flaws]
    spent = garden.costs.brood(text.brood or 0)
    if spent.broods:
        each = f" {spent.kept} of it kept" if spent.kept else " None of it kept"
        each += f", for {money_in_words(spent.money_each)} each" if spent.money_each else ""
        lines.append(f"Its brood: {cost_in_words(spent)}{each}.")
    return lines


def _show_family(family: Family, *, downward: bool) -> None:
    """Show a family generation by generation, from the text that was asked for."""
    console = Console(highlight=False)
    generations = family.generations()
    for depth, ids in enumerate(generations if downward else reversed(generations)):
        console.print(f"── {_generation(depth, downward=downward)}", style="dim")
        for id in ids:
            text = family.texts[id]
            source = [str(text.origin.source)] if text.origin.source else []
            its = ", ".join(str(each) for each in family.parents(id))
            marks = [*source, *([f"from {its}"] if its else []), *family.marks.get(id, ())]
            show_numbered(console, id, text, marks=["; ".join(marks)] if marks else [])


def _generation(depth: int, *, downward: bool) -> str:
    if not depth:
        return "the text" if not downward else "it"
    return f"{depth} before" if not downward else f"{depth} after"


def _called(text: Text) -> str:
    number = f"{text.id} " if isinstance(text, Stored) else ""
    return number + (str(text.origin.source or "") or f"“{_title(text)}”")


def _title(text: Text) -> str:
    return headline(text)[:60]


COMMANDS: Final = (listed, search, show, lineage, beds, cost)
