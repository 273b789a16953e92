"""The options that commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar, get_args

import click

from flourishing.app import collections
from flourishing.app.text_query import TextQuery
from flourishing.core.sampling import PRESETS, SETTINGS, SamplingOptions
from flourishing.errors import InputError
from flourishing.garden import Mark
from flourishing.library.choosing import Choice, How

F = TypeVar("F", bound=Callable[..., Any])

NUMBER: Final = click.IntRange(1, 2**63 - 1)
"""The number of a text: as much as a database can count."""

_MODEL: Final = click.option("--model", help='"local", "echo", or the path of a .gguf file.')
_MODELS: Final = click.option(
    "--model",
    "models",
    multiple=True,
    help='"local", "echo", or the path of a .gguf file; given more than once, the models share '
    "the offspring in turn.",
)
_OPTIONS: Final = (
    click.option("--seed", type=int, help="The same seed gives the same texts."),
    click.option(
        "--sampling",
        type=click.Choice(list(PRESETS)),
        help="How freely texts are drawn, from tame to wild; single numbers go before it.",
    ),
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
        type=click.Choice(get_args(How)),
        default="random",
        show_default=True,
        help="Which examples to take from a collection.",
    ),
    click.option(
        "--take",
        type=click.IntRange(min=1),
        help=f"How many examples at most. [{collections.TAKE}; no bound for all]",
    ),
    click.option("--near", help="Take those nearest to this text."),
    click.option("--budget", type=click.IntRange(min=1), help="How many tokens they may have."),
)


WHICH: Final[dict[str, Mark | None]] = {
    "all": None,
    "kept": "keep",
    "dropped": "drop",
    "pinned": "pin",
    "away": "away",
}
"""What a person says of texts, and the mark that such texts have."""

_QUERIES = (
    click.option("--collection", help="The texts of this collection."),
    click.option("--search", "words", metavar="WORDS", help="Texts in which all WORDS stand."),
    click.option("--which", type=click.Choice([*WHICH]), help="Only texts that are so marked."),
    click.option("--tag", help="Only texts with this tag."),
    click.option("--bed", "bed_name", help="Only what was bred, edited or marked in this bed."),
)


def model_options(command: F) -> F:
    """Add the options that choose the model and how it draws.

    Args:
        command: The function of the command.
    """
    for option in reversed((_MODEL, *_OPTIONS)):
        command = option(command)
    return command


def brood_options(command: F) -> F:
    """Add the options that choose one model or several, and how they draw.

    Args:
        command: The function of the command.
    """
    for option in reversed((_MODELS, *_OPTIONS)):
        command = option(command)
    return command


def garden_option(command: F) -> F:
    """Add the option that names the garden.

    Args:
        command: The function of the command.
    """
    return click.option(
        "--garden",
        "place",
        help="Another garden: the path of a file, or a postgresql:// address. [FLOURISHING_GARDEN]",
    )(command)


def query_options(command: F) -> F:
    """Add the options that say which texts of the garden are meant, beside their numbers.

    Args:
        command: The function of the command.
    """
    for option in reversed(_QUERIES):
        command = option(command)
    return command


def take_query(
    options: dict[str, Any], numbers: Sequence[int] = (), *, which: str = "all"
) -> TextQuery:
    """Take the options that say which texts are meant out of all options.

    Args:
        options: All options.
        numbers: The numbers of the texts; none to find the texts otherwise.
        which: One of `WHICH`, which counts where texts are found and none is given.

    Raises:
        InputError: The texts are named in more than one way.
    """
    collection, words = options.pop("collection"), options.pop("words")
    tag, bed, given = options.pop("tag"), options.pop("bed_name"), options.pop("which")
    found = not numbers and collection is None
    if words is not None and not words.strip():
        raise InputError("There is no word to look for.", hint="Give one or more words.")
    return TextQuery(
        ids=tuple(numbers) or None,
        collection=collection,
        words=words or "",
        mark=WHICH[given or (which if found else "all")],
        tag=tag,
        bed=bed,
    )


def spend_option(command: F) -> F:
    """Add the option that bounds what may be spent.

    Args:
        command: The function of the command.
    """
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
    """Add the options that choose examples from a collection.

    Args:
        command: The function of the command.
    """
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
        most=collections.TAKE if most is None and how != "all" else most,
        seed=seed,
        near=near,
        tokens=options.pop("budget"),
    )


def take_sampling(options: dict[str, Any]) -> SamplingOptions:
    """Take the options of the sampling out of all options.

    Args:
        options: All options of the command, from which those of the sampling are removed.
    """
    named = {name: options.pop(name) for name in SETTINGS}
    return SamplingOptions.of(options.pop("sampling"), **named)


def as_numbers(words: Sequence[str]) -> list[int] | None:
    """Take words as the numbers of texts; None if not all of them are numbers.

    Args:
        words: The arguments of the command.

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
