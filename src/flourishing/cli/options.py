"""The options that commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

import click

from flourishing.choosing import Choice
from flourishing.errors import InputError
from flourishing.sampling import SETTINGS, SamplingOptions
from flourishing.workshop import shelving

F = TypeVar("F", bound=Callable[..., Any])

NUMBER: Final = click.IntRange(1, 2**63 - 1)
"""The number of a text: as much as a database can count."""

_OPTIONS: Final = (
    click.option("--model", help='"local", "echo", or the path of a .gguf file.'),
    click.option("--seed", type=int, help="The same seed gives the same texts."),
    *(
        click.option(
            f"--{name.replace('_', '-')}",
            type=int if setting.whole else float,
            help=f"{setting.about}{setting.usual and f' [{setting.usual}]'}",
        )
        for name, setting in SETTINGS.items()
    ),
)

_CHOICES = (
    click.option(
        "--choose",
        type=click.Choice(["all", "newest", "random", "nearest"]),
        default="random",
        show_default=True,
        help="Which examples to take from a collection.",
    ),
    click.option(
        "--take",
        type=click.IntRange(min=1),
        help=f"How many examples at most. [{shelving.TAKE}; no bound for all]",
    ),
    click.option("--near", help="Take those nearest to this text."),
    click.option("--budget", type=click.IntRange(min=1), help="How many tokens they may have."),
)


def model_options(command: F) -> F:
    """Add the options that choose the model and how it draws."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def garden_option(command: F) -> F:
    """Add the option that names the garden."""
    return click.option(
        "--garden",
        "place",
        help="Another garden: the path of a file, or a postgresql:// address. [FLOURISHING_GARDEN]",
    )(command)


def spend_option(command: F) -> F:
    """Add the option that bounds what may be spent."""
    return click.option(
        "--spend",
        metavar="AMOUNT",
        callback=_as_amount,
        help="The most money for this, by the prices in the configuration. [no bound]",
    )(command)


def _as_amount(_: click.Context, __: click.Parameter, value: str | None) -> Decimal | None:
    """Take an amount of money exactly as it is written."""
    if value is None:
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise click.BadParameter(f"{value!r} is no amount of money, such as 0.50.")
    return amount


def choice_options(command: F) -> F:
    """Add the options that choose examples from a collection."""
    for option in reversed(_CHOICES):
        command = option(command)
    return command


def take_choice(options: dict[str, Any], *, seed: int | None) -> Choice:
    """Take the options of choosing out of all options.

    Args:
        options: All options.
        seed: What decides a random draw.
    """
    how, near, most = options.pop("choose"), options.pop("near"), options.pop("take")
    return Choice(
        how="nearest" if near and how == "random" else how,
        most=shelving.TAKE if most is None and how != "all" else most,
        seed=seed,
        near=near,
        tokens=options.pop("budget"),
    )


def take_sampling(options: dict[str, Any]) -> SamplingOptions:
    """Take the options of the sampling out of all options."""
    return SamplingOptions(**{name: options.pop(name) for name in SETTINGS})


def as_numbers(words: Sequence[str]) -> list[int] | None:
    """Take words as the numbers of texts; None if not all of them are numbers.

    Raises:
        InputError: One is a number that no text can have.
    """
    if not all(word.isdecimal() for word in words):
        return None
    if wrong := next((word for word in words if len(word) > len(str(NUMBER.max)) - 1), None):
        raise InputError(
            f"There is no text {wrong[:40]}.",
            hint="flourishing garden list and search show texts with their numbers.",
        )
    return [int(word) for word in words]
