"""How the next token is drawn.

The defaults are those for free writing with a base model: the model's own distribution
(temperature 1) without its far tail (min-p 0.05), no top-k, no repetition penalty.

A setting is written once, as a field of `_Settings`: with its default, range and meaning, and its
name in llama.cpp's requests. From there come `Sampling` and `SamplingOptions`, the options of the
command line, the fields of the API and of the page, the requests to the engine and the table in
`docs/sampling.md`.
"""

from __future__ import annotations

import hashlib
import inspect
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Final, Generic, Never, TypeVar

from flourishing import stored_form
from flourishing.arguments import as_number, as_whole, require_names
from flourishing.errors import InputError

T = TypeVar("T")
Open = TypeVar("Open")
"""What a setting may be beside a number: None where it may be left open, else nothing."""

_MOST_WHOLE: Final = 2**31 - 1
_VALUE: Final = "the value of the setting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is known of one setting of the sampling.

    Attributes:
        name: What it is called in Python, in files and in the API.
        default: Its value where nobody says otherwise.
        title: What the page calls it.
        about: What it does, in one sentence for a person.
        least: The least value.
        most: The greatest value; None for no bound.
        above: Whether it must be above the least value.
        below: Whether it must be below the greatest value.
        off: The value with which it does nothing; None where there is no such value.
        step: By how much the page changes it.
        source: The paper that describes it; "" for none.
        llamacpp: Its fields in a request to llama.cpp's server, each with its value.
    """

    name: str
    default: int | float
    title: str
    about: str
    least: float
    most: float | None
    above: bool
    below: bool
    off: float | None
    step: float
    source: str
    llamacpp: Mapping[str, object]

    @property
    def whole(self) -> bool:
        """Whether it is a whole number."""
        return isinstance(self.default, int)

    @property
    def usual(self) -> str:
        """What holds where nobody says otherwise; "" where that is left to the pattern."""
        return "" if self.name == "max_tokens" else f"{self.default:g}"

    @property
    def range(self) -> str:
        """The values that it may have, in words: "from 0 to below 1"."""
        kind = "a whole number" if self.whole else "a number"
        begin = f"above {self.least:g}" if self.above else f"from {self.least:g}"
        if self.most is None or self.most == _MOST_WHOLE:
            return f"{kind} {begin}"
        return f"{kind} {begin} to {'below ' if self.below else ''}{self.most:g}"

    def checked(self, value: object) -> int | float:
        """Take a value.

        Args:
            value: What was given.

        Raises:
            InputError: It is no number, or out of its range.
        """
        number = as_whole(value, self.name) if self.whole else as_number(value, self.name)
        above = number > self.least if self.above else number >= self.least
        below = self.most is None or (number < self.most if self.below else number <= self.most)
        if not (above and below):
            off = f"; {self.off:g} turns it off" if self.off is not None else ""
            raise InputError(f"{self.name} cannot be {number}.", hint=f"Give {self.range}{off}.")
        return number


def _setting(
    default: T,
    about: str,
    *,
    title: str,
    least: float = 0,
    most: float | None = None,
    above: bool = False,
    below: bool = False,
    off: float | None = None,
    step: float = 1,
    source: str = "",
    llamacpp: Mapping[str, object] | None = None,
) -> T:
    """Declare a setting; the arguments are those of `Setting`."""
    given = {name: value for name, value in locals().items() if name != "default"}
    return field(default=default, metadata=given)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings(Generic[Open]):
    """All settings, each declared once."""

    max_tokens: int | Open = _setting(
        200,
        "The most tokens that one text may have; a short word is one token or two.",
        title="Longest",
        least=1,
        most=_MOST_WHOLE,
    )
    temperature: float | Open = _setting(
        1.0,
        "How freely tokens are drawn: 1 is the model as it is, lower is tamer, higher is wilder, "
        "and 0 takes the likeliest token.",
        title="Temperature",
        step=0.05,
    )
    top_p: float | Open = _setting(
        1.0,
        "Draw from the likeliest tokens that together have this probability.",
        title="Likely mass (top p)",
        most=1,
        above=True,
        off=1,
        step=0.01,
    )
    top_k: int | Open = _setting(
        0,
        "Draw from so many of the likeliest tokens.",
        title="Likeliest tokens (top k)",
        most=_MOST_WHOLE,
        off=0,
    )
    min_p: float | Open = _setting(
        0.05,
        "Leave out tokens that are less than this share as likely as the likeliest one.",
        title="Least share (min p)",
        most=1,
        below=True,
        off=0,
        step=0.01,
        source="Nguyen et al. 2024, arXiv:2407.01082",
    )
    top_n_sigma: float | Open = _setting(
        0.0,
        "Draw from tokens whose logit is within so many standard deviations of the highest one; "
        "1 is usual.",
        title="Within deviations (top n sigma)",
        off=0,
        step=0.1,
        source="Tang et al. 2024, arXiv:2411.07641",
    )
    dry: float | Open = _setting(
        0.0,
        "How strongly a token is avoided that would repeat a run of tokens of the prompt or of the "
        "text; 2 is usual for verse and prose.",
        title="Against repetition (DRY)",
        off=0,
        step=0.1,
        # After one token that stands there already, its next one has a logit that is less by the
        # multiplier, and by twice as much for each further token. Servers look at 64 tokens only
        # where they are not given a number, and the embedded engine takes no -1 for all.
        llamacpp={
            "dry_multiplier": _VALUE,
            "dry_base": 2.0,
            "dry_allowed_length": 1,
            "dry_penalty_last_n": 16_384,
        },
    )
    xtc: float | Open = _setting(
        0.0,
        "How often, as a probability, all likely tokens but the least likely of them are left out; "
        "a token is likely from a probability of 0.1, and 0.5 is usual.",
        title="Without the likeliest (XTC)",
        most=1,
        off=0,
        step=0.05,
        llamacpp={"xtc_probability": _VALUE, "xtc_threshold": 0.1},
    )

    def __post_init__(self) -> None:
        may_be_open = isinstance(self, SamplingOptions)
        for name, setting in SETTINGS.items():
            value = getattr(self, name)
            if value is not None or not may_be_open:
                object.__setattr__(self, name, setting.checked(value))


def _described(name: str, default: Any, metadata: Mapping[str, Any]) -> Setting:
    return Setting(
        name=name,
        default=default,
        **{**metadata, "llamacpp": metadata["llamacpp"] or {name: _VALUE}},
    )


COMMON_SETTINGS: Final = frozenset({"max_tokens", "temperature", "top_p", "top_k", "min_p"})
"""Settings that most models and servers have."""
SETTINGS: Final[Mapping[str, Setting]] = MappingProxyType(
    {each.name: _described(each.name, each.default, each.metadata) for each in fields(_Settings)}
)
"""All settings by their names."""
FURTHER_SETTINGS: Final = frozenset(SETTINGS) - COMMON_SETTINGS
"""Settings that only some have."""


def _with_settings(*, may_be_open: bool) -> Callable[[type[T]], type[T]]:
    """Give a class the settings as its fields, and describe them in its docstring.

    Args:
        may_be_open: Whether each of them is None by default.
    """

    def give(cls: type[T]) -> type[T]:
        lines = [inspect.getdoc(cls) or "", "", "Attributes:"]
        for name, setting in SETTINGS.items():
            default = (
                f"By default {setting.default}." if not may_be_open else "None leaves it open."
            )
            value = setting.range
            lines.append(f"    {name}: {setting.about} {value[0].upper()}{value[1:]}. {default}")
            if may_be_open:
                cls.__annotations__[name] = f"{'int' if setting.whole else 'float'} | None"
                setattr(cls, name, field(default=None))
        raises = ["", "Raises:", "    InputError: A value is out of its range."]
        cls.__doc__ = "\n".join(lines + raises)
        return cls

    return give


@dataclass(frozen=True, slots=True, kw_only=True)
@_with_settings(may_be_open=True)
class SamplingOptions(_Settings[None]):
    """What a caller says of the sampling; the pattern and the defaults complete it."""

    @classmethod
    def of(cls, given: Sampling | SamplingOptions | str | None, **named: Any) -> SamplingOptions:
        """Take what a caller says of the sampling.

        Args:
            given: All of it, or as much as was said; the name of one of `PRESETS`; None for
                nothing.
            **named: Single settings, which go before `given`; None for what was not said.

        Raises:
            InputError: There is no such setting, or a value is out of its range.
        """
        require_names(named, SETTINGS, "setting of the sampling")
        said = {name: value for name, value in named.items() if value is not None}
        if given is None:
            return cls(**said)
        if isinstance(given, str) and given in PRESETS:
            given = PRESETS[given].options
        if isinstance(given, SamplingOptions):
            return cls(**given.as_dict() | said)
        if not isinstance(given, Sampling):
            raise InputError(
                f"The sampling cannot be {str(given)[:60]!r}.",
                hint=f"Give {', '.join(PRESETS)}, or SamplingOptions(temperature=0.8) or the like.",
            )
        return cls(**{name: getattr(given, name) for name in SETTINGS} | said)

    def with_options(self, other: SamplingOptions) -> SamplingOptions:
        """Give these options with what another caller says in place of them.

        Args:
            other: The options that go before these.
        """
        return replace(self, **other.as_dict())

    def complete(self, max_tokens: int, usual: SamplingOptions | None = None) -> Sampling:
        """Give the whole sampling.

        Args:
            max_tokens: The most tokens of a text where none were named, such as the pattern's.
            usual: What applies where these options say nothing, such as a kind's; None for the
                defaults alone.
        """
        usually = usual.as_dict() if usual else {}
        return Sampling(**{"max_tokens": max_tokens} | usually | self.as_dict())

    def only(self, names: Collection[str]) -> SamplingOptions:
        """Give those of these options that are among some settings.

        Args:
            names: The names of the settings.
        """
        said = self.as_dict()
        return SamplingOptions(**{name: said[name] for name in said if name in names})

    def as_dict(self) -> dict[str, Any]:
        """Give what was said, by its names, in the stored form."""
        return stored_form.write_fields(self, ())


@dataclass(frozen=True, slots=True)
class Preset:
    """Options of the sampling with a name, from tame to wild.

    Attributes:
        about: What comes of it, in words.
        options: What it says; the rest stays as it is usual.
    """

    about: str
    options: SamplingOptions


PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        "tame": Preset("The likelier words.", SamplingOptions(temperature=0.75)),
        "usual": Preset("Words as likely as the model finds them.", SamplingOptions(temperature=1)),
        "bold": Preset("Less likely words, too.", SamplingOptions(temperature=1.2)),
        "wild": Preset("Words that hardly anybody would expect.", SamplingOptions(temperature=1.5)),
    }
)
"""Options by their names, the tamest first. All set the temperature, so that one replaces another,
and nothing else, so that every server has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
@_with_settings(may_be_open=False)
class Sampling(_Settings[Never]):
    """The settings under which a model draws its tokens."""

    def as_dict(self) -> dict[str, object]:
        """Give the sampling in the stored form."""
        return stored_form.write_fields(self, stored_form.SAMPLING)

    def for_llamacpp(self, *names: str, stop: Sequence[str] = ()) -> dict[str, object]:
        """Give settings as the fields of a request to llama.cpp's server.

        Args:
            *names: The settings; by default all.
            stop: The texts that end a completion. They stand in the prompt many times, and may be
                repeated all the same (DRY).
        """
        fields = {
            key: getattr(self, name) if value is _VALUE else value
            for name in names or SETTINGS
            for key, value in SETTINGS[name].llamacpp.items()
        }
        if self.dry and "dry_multiplier" in fields:
            fields["dry_sequence_breakers"] = _breakers(stop)
        return fields

    def in_use(self) -> list[str]:
        """Give the names of those settings that do something."""
        return [name for name, each in SETTINGS.items() if getattr(self, name) != each.off]


def _breakers(stop: Sequence[str]) -> list[str]:
    """Give what ends a run of tokens: the first line of the stops, or line ends.

    One alone, since llama.cpp looks through its whole vocabulary for each.
    """
    lines = (line.strip() for text in stop for line in text.splitlines())
    return [next(filter(None, lines), "\n")]


SEEDS = 2**31
"""Seeds are whole numbers from 0 to below this; engines keep 32 bits, and add the index."""


def first_seed(seed: int | None) -> int:
    """Give the seed of the first of n completions: the caller's, or a fresh one for None.

    Args:
        seed: A seed from 0 to 2**31 - 1; None for a fresh one.

    Raises:
        InputError: The seed is out of range.
    """
    if seed is None:
        return secrets.randbelow(SEEDS)
    seed = as_whole(seed, "seed")
    if not 0 <= seed < SEEDS:
        raise InputError(
            f"The seed cannot be {seed}.", hint=f"Give a whole number from 0 to {SEEDS - 1}."
        )
    return seed


def model_seed(seed: int, number: int) -> int:
    """Give each further model of a brood seeds of its own, far from those of the first.

    Args:
        seed: The seed of the brood.
        number: The number of the model, from 0; the first one has the seed of the brood.
    """
    return _derived(seed, f"model {number}") if number else seed


def wave_seed(seed: int, wave: int) -> int:
    """Give each later wave of completions seeds of its own, far from those of the first.

    Args:
        seed: The seed of the brood.
        wave: The number of the wave, from 0; wave 0 has the seed of the brood.
    """
    return _derived(seed, str(wave)) if wave else seed


def _derived(seed: int, what: str) -> int:
    digest = hashlib.blake2b(f"{seed}/{what}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % SEEDS
