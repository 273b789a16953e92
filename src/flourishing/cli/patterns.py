"""`flourishing patterns`: what there is, and what a pattern makes of texts."""

from __future__ import annotations

import click

from flourishing.cli.show import printable, show_json
from flourishing.kinds import find_pattern
from flourishing.patterns import PATTERNS, Pattern
from flourishing.settings import own_patterns, patterns_path


@click.command("patterns")
@click.argument("name", required=False)
@click.argument("texts", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
def command(name: str | None, texts: tuple[str, ...], as_json: bool) -> None:
    """List the patterns, or show the pattern NAME and the prompt it makes of TEXTS.

    NAME may be the path of a .toml file. In a pattern of chains, separate versions with its link.

    \b
    flourishing patterns
    flourishing patterns poems "the fog comes" "a wet, black bough"
    """
    if name is None:
        _list(as_json=as_json)
        return
    pattern = find_pattern(name)
    items = [text.split(pattern.link) for text in texts] if pattern.link else list(texts)
    prompt = pattern.render(items) if items else None
    if as_json:
        show_json({**pattern.as_dict(), "prompt": prompt})
    elif prompt is not None:
        click.echo(printable(prompt))
    else:
        for key, value in pattern.as_dict().items():
            click.echo(f"{key:<12} {value!r}")


def _list(*, as_json: bool) -> None:
    patterns: dict[str, Pattern] = PATTERNS | {name: find_pattern(name) for name in own_patterns()}
    if as_json:
        show_json({name: pattern.as_dict() for name, pattern in patterns.items()})
        return
    for name, pattern in patterns.items():
        click.echo(f"{name:<12} {pattern.description}")
    click.echo(f"\nYour own go into {patterns_path()}", err=True)
