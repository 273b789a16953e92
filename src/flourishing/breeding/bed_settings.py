"""The settings of a bed: what is set in it beside its parents, its pattern and its number.

They are checked where they enter, whoever sets them. What stands in a garden is read as it is: a
setting that this version does not know, or cannot use, stays in `unknown` and is written again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Final

from flourishing import stored_form
from flourishing.arguments import as_list, as_whole, as_words, require_names
from flourishing.breeding.brood import MOST_OFFSPRING
from flourishing.core.sampling import SEEDS, SETTINGS, SamplingOptions
from flourishing.errors import InputError, PatternError
from flourishing.kinds import length_of
from flourishing.patterns import Pattern

MOST_EXAMPLES: Final = 1_000
"""The most chains that show the form while refining."""
MOST_MODELS: Final = 8
"""The most models that share a brood of a bed."""
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleChoice:
    """Which chains show the form while refining.

    Attributes:
        take: How many are drawn; None for the usual number.
        seed: Draws them; None for the number of the bed.
    """

    take: int | None = None
    seed: int | None = None

    def as_dict(self) -> dict[str, object]:
        """Give the choice in the stored form."""
        return stored_form.write_fields(self, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class BedSettings:
    """What is set in a bed; a setting that is None is not set.

    Attributes:
        sampling: How tokens are drawn.
        model: The name of the base model.
        models: The names of several base models that share each brood; they go before `model`.
        refills: How many flawed offspring may be asked for again.
        candidates: How many offspring are bred where a learned taste chooses which of them are
            shown first; None breeds as many as are shown.
        words: About how many words an offspring has; None for any length.
        prompt: A prompt that a person fixed by hand.
        examples: Which chains show the form while refining.
        own_pattern: A pattern that a person wrote for this bed, in place of the one that the bed
            names; None for that one.
        later: The numbers of the versions that a person went back from.
        unknown: Settings of another version, which this one does not use.
    """

    sampling: SamplingOptions = field(default_factory=SamplingOptions)
    model: str | None = None
    models: tuple[str, ...] = ()
    refills: int | None = None
    candidates: int | None = None
    words: int | None = None
    prompt: str | None = None
    examples: ExampleChoice | None = None
    own_pattern: Pattern | None = None
    later: tuple[int, ...] = ()
    unknown: Mapping[str, object] = field(default_factory=lambda: _NOTHING)

    @property
    def writers(self) -> tuple[str | None, ...]:
        """The names of the models that write a brood; None for the configured one.

        The first of them also does what is asked of one model, such as counting tokens.
        """
        return self.models or (self.model,)

    @classmethod
    def of(cls, given: Mapping[str, Any] | BedSettings) -> BedSettings:
        """Take settings by their names.

        Args:
            given: The settings; None is one that is not set.

        Raises:
            InputError: There is no such setting, or it cannot be what is given.
        """
        return given if isinstance(given, BedSettings) else cls().with_changes(given)

    @classmethod
    def stored(cls, table: object) -> BedSettings:
        """Read settings from a garden, whatever version wrote them.

        Args:
            table: The settings by their names; what cannot be used of it stays in `unknown`.
        """
        settings, unknown = cls(), {}
        for name, value in (table if isinstance(table, Mapping) else {}).items():
            try:
                settings = settings.with_changes({name: value})
            except InputError:
                unknown[name] = value
        return replace(settings, unknown=unknown) if unknown else settings

    def with_changes(self, changes: Mapping[str, Any]) -> BedSettings:
        """Give the settings of which some are changed.

        Args:
            changes: The settings to change, by their names; None takes one back. One that another
                version set can only be taken back.

        Raises:
            InputError: There is no such setting, or it cannot be what is given.
        """
        known = {**changes}
        unknown = {**self.unknown}
        for name in self.unknown.keys() & changes.keys():
            if changes[name] is None:
                del known[name]
            del unknown[name]
        require_names(known, NAMES, "setting of a bed")
        drawn = {name: known.pop(name) for name in SETTINGS if name in known}
        own = {name: _CHECKS[name](value) for name, value in known.items() if value is not None}
        own |= {name: _DEFAULTS[name] for name, value in known.items() if value is None}
        sampling = replace(self.sampling, **drawn) if drawn else self.sampling
        return replace(self, sampling=sampling, unknown=unknown or _NOTHING, **own)

    def as_dict(self) -> dict[str, object]:
        """Give the settings by their names in the stored form; what is not set is left out."""
        own = stored_form.write_fields(
            self,
            (),
            {
                "sampling": SamplingOptions.as_dict,
                "examples": lambda examples: examples and examples.as_dict(),
                "own_pattern": lambda pattern: pattern and pattern.as_dict(),
                "later": list,
                "models": list,
            },
        )
        own.pop("unknown", None)
        own.pop("sampling", None)
        return {**self.unknown, **self.sampling.as_dict(), **own}


def _words(name: str) -> Any:
    return lambda value: as_words(value, name)


def _refills(value: object) -> int:
    number = as_whole(value, "refills")
    if not 0 <= number <= MOST_OFFSPRING:
        raise InputError(
            f"refills cannot be {number}.", hint=f"Give a whole number from 0 to {MOST_OFFSPRING}."
        )
    return number


def _candidates(value: object) -> int | None:
    number = as_whole(value, "candidates")
    if not 0 <= number <= MOST_OFFSPRING:
        raise InputError(
            f"candidates cannot be {number:,}.",
            hint=f"Give a whole number up to {MOST_OFFSPRING:,}, such as 32; 0 chooses nothing.",
        )
    return number or None


def require_choice(candidates: int | None, n: int) -> None:
    """Refuse so few candidates that there is nothing to choose.

    Args:
        candidates: How many are bred to choose from; None or 0 for no choice.
        n: How many are shown first.

    Raises:
        InputError: There are no more candidates than are shown.
    """
    if candidates and candidates <= n:
        raise InputError(
            f"Of {candidates:,} candidates, {n:,} cannot be chosen.",
            hint=f"Breed more than {n:,}, such as {min(4 * n, MOST_OFFSPRING):,}; "
            "or show fewer; 0 chooses nothing.",
        )


def _examples(value: object) -> ExampleChoice:
    if isinstance(value, ExampleChoice):
        return value
    if not isinstance(value, Mapping):
        raise InputError(
            f"examples cannot be {str(value)[:40]!r}.",
            hint='Give how many to draw, and a seed, such as {"take": 6, "seed": 1}.',
        )
    require_names(value, ("take", "seed"), "setting of examples")
    bounds = {"take": (1, MOST_EXAMPLES), "seed": (0, SEEDS - 1)}
    chosen = {name: as_whole(each, name) for name, each in value.items() if each is not None}
    for name, number in chosen.items():
        least, most = bounds[name]
        if not least <= number <= most:
            raise InputError(
                f"{name} cannot be {number}.", hint=f"Give a whole number from {least} to {most}."
            )
    return ExampleChoice(**chosen)


def as_own_pattern(value: object) -> Pattern:
    """Take a pattern that is a bed's own.

    Args:
        value: The pattern, or its parts by their names; None is one that is left out.

    Raises:
        InputError: It is no pattern, or one for chains.
    """
    if not isinstance(value, Pattern):
        if not isinstance(value, Mapping):
            raise InputError(
                f"own_pattern cannot be {str(value)[:40]!r}.",
                hint='Give the parts of a pattern, such as {"name": "mine", "separator": "\\n"}.',
            )
        table = {name: list(part) if name == "stop" else part for name, part in value.items()}
        value = Pattern.from_table(
            {name: part for name, part in table.items() if part is not None}, where="own_pattern"
        )
    if value.link:
        raise PatternError(
            f"The pattern {value.name!r} is for chains, and cannot be a bed's own.",
            hint="Leave out its link.",
        )
    if not value.name.strip():
        raise PatternError("The pattern has no name.", hint="Give it one, such as “mine”.")
    return value


def _models(value: Any) -> tuple[str, ...]:
    names = tuple(as_words(each, "The name of a model") for each in as_list(value, "models"))
    if len(names) > MOST_MODELS:
        raise InputError(
            f"{len(names)} models cannot share a brood.", hint=f"Choose {MOST_MODELS} at the most."
        )
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"The model {twice!r} is named twice.", hint="Name each model once.")
    return names


def _later(value: Any) -> tuple[int, ...]:
    return tuple(as_whole(each, "The number of a version") for each in as_list(value, "later"))


_CHECKS: Final = {
    "model": _words("model"),
    "models": _models,
    "refills": _refills,
    "candidates": _candidates,
    "words": length_of,
    "prompt": _words("prompt"),
    "examples": _examples,
    "own_pattern": as_own_pattern,
    "later": _later,
}
_DEFAULTS: Final = {
    each.name: stored_form.default_of(each) for each in fields(BedSettings) if each.name in _CHECKS
}
NAMES: Final = (*SETTINGS, *_CHECKS)
"""The names of all settings of a bed."""
