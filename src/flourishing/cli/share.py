"""`flourishing share`: a text or its family as a picture, a page or plain text."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import click

from flourishing.app.export_files import require_no_loss, require_same_form
from flourishing.app.share import FORMS, Scope, ShareRequest, contents, gather, make_file
from flourishing.cli.options import NUMBER, garden_option
from flourishing.cli.show import printable, say
from flourishing.formats.picture import SIZES, Look
from flourishing.garden import open_garden

_NAMED = 12
"""So many names are said."""


@click.command("share")
@click.argument("number", type=NUMBER)
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    required=True,
    help=f"The file to write; its name ends in one of: {', '.join(FORMS)}.",
)
@click.option(
    "--scope",
    type=click.Choice(get_args(Scope)),
    help="The text alone, or with its family. [ancestors of a page, else text]",
)
@click.option("--examples", is_flag=True, help="Show also the chains that were only examples.")
@click.option(
    "--size",
    type=click.Choice(list(SIZES)),
    help="Of a picture. [portrait of a text, long of a family]",
)
@click.option(
    "--look", type=click.Choice(get_args(Look)), default="day", help="Of a picture. [day]"
)
@click.option("--title", default="", help="A title above it.")
@click.option("--by", default="", help="Whose it is.")
@click.option("--credit", is_flag=True, help="Say who wrote it.")
@click.option("--force", is_flag=True, help="Replace a text file that is there.")
@garden_option
def command(number: int, target: Path, force: bool, place: str | None, **chosen: Any) -> None:
    """Share the text NUMBER, or its family, as a file.

    \b
    .png    a picture, in the type of the studio's page
    .html   one page that opens anywhere, and that another garden takes in with its lineage
    .txt    plain text

    Nobody is named unless you say --by or --credit, and no mark, tag or cost is in it. A page with
    a lineage has in it all that the text came from: which names and models these are, is said.

    \b
    flourishing share 12 -o fog.png --size square
    flourishing share 12 -o fog.html --by "Ada Lovelace"
    flourishing share 12 -o family.png --scope family --look night
    flourishing garden import fog.html
    """
    form = FORMS.get(target.suffix.lower())
    if form is None:
        raise click.UsageError(
            f"The name {target.name!r} does not say in which form to share: "
            f"let it end in one of {', '.join(FORMS)}."
        )
    request = ShareRequest(id=number, form=form, **chosen)
    if form == "text":
        require_no_loss(target, set(), force=force, ours=True)
    else:
        require_same_form(target)
    with open_garden(place, make=False) as garden:
        gathered = gather(garden, request)
    path = make_file(gathered).save(target)
    about = contents(gathered)
    what = "1 text" if about.texts == 1 else f"{about.texts:,} texts"
    click.echo(printable(f"{what} in {path}"), err=True)
    for label, names in (("It names", about.names), ("It names the models", about.models)):
        if names:
            more = f"; and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
            say(f"{label}: {'; '.join(names[:_NAMED])}{more}.")
