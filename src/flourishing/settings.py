"""What a person has set: the default model, the garden, named models, patterns of their own.

The environment goes before the file, and the file before the defaults. The file is `config.toml`
in the platform's folder for a person's configuration, or where FLOURISHING_CONFIG says.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import platformdirs

from flourishing.errors import InputError
from flourishing.files import read_text

DEFAULT_MODEL: Final = "local"
CHAT: Final = "chat:"
"""With this begins the name of a chat model that is made to continue texts."""
_KNOWN: Final[Mapping[str, type | tuple[type, ...]]] = {
    "model": str,
    "garden": str,
    "models": dict,
    "files": list,
    "budget": (int, float),
}
_PLAIN: Final = re.compile(r"[A-Za-z_-]{1,30}")
"""A name that is shown in an error; anything else may be a key that was put into a wrong place."""
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_TAKEN: Final = frozenset(
    {"local", "echo", "gemma-3-270m", "gemma-3-270m-latin", "gemma-3-270m-english"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long a server may keep us waiting, in seconds.

    Attributes:
        connect: Until there is a connection.
        first_token: From the asking until the first words.
        between_tokens: From words to the next words.
    """

    __pydantic_config__: ClassVar[Mapping[str, object]] = {"extra": "forbid"}

    connect: float = 10.0
    first_token: float = 120.0
    between_tokens: float = 60.0

    def __post_init__(self) -> None:
        if not all(each > 0 for each in (self.connect, self.first_token, self.between_tokens)):
            raise ValueError("Times are seconds above 0.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedModel:
    """A model behind an address, as a person has described it; it holds no key.

    Attributes:
        endpoint: The address of the server, such as `https://api.together.xyz/v1`; of a chat model
            that is made to continue, empty for its provider's own.
        model: What the server calls the model; or "chat:" and the name of a chat model.
        kind: "openai" for servers with `/v1/completions`, "ollama" for Ollama's own way; None
            distinguishes the two by Ollama's port.
        key_env: The variable of the environment that holds the key; of a chat model that is made to
            continue, its provider's own where it is left out.
        keyring: Where the system's keyring holds the key, as `service:user`.
        context: The most tokens of a prompt and its completion; None asks the server.
        input_price: Money for a million tokens of prompts.
        output_price: Money for a million tokens of completions.
        cached_price: Money for a million tokens of prompts that the server remembered; None for
            the price of any other.
        image_price: Money for one picture that the model makes of a text.
        currency: What that money is.
        extra_body: More fields of each request, passed on as they are.
        parallel: The most requests at once.
        timeouts: How long the server may keep us waiting.
    """

    __pydantic_config__: ClassVar[Mapping[str, object]] = {"extra": "forbid"}

    endpoint: str = ""
    model: str = ""
    kind: Literal["openai", "ollama"] | None = None
    key_env: str | None = None
    keyring: str | None = None
    context: int | None = None
    input_price: float | None = None
    output_price: float | None = None
    cached_price: float | None = None
    image_price: float | None = None
    currency: str = "USD"
    extra_body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    parallel: int = 8
    timeouts: Timeouts = field(default_factory=Timeouts)

    def __post_init__(self) -> None:
        self._require_place()
        if self.parallel < 1 or (self.context is not None and self.context < 1):
            raise ValueError("parallel and context are whole numbers, 1 or more.")
        if any(price is not None and price < 0 for price in self._prices):
            raise ValueError("A price cannot be below 0.")
        if self.key_env and self.keyring:
            raise ValueError("A key has one place: key_env or keyring, not both.")
        if self.key_env is not None and not _is_variable(self.key_env):
            raise ValueError("key_env is the name of a variable, and not a key itself")
        if self.keyring is not None and not all(self.keyring.partition(":")):
            raise ValueError('keyring is "service:user".')

    @property
    def is_chat(self) -> bool:
        """Whether it is a chat model that is made to continue texts."""
        return self.model.startswith(CHAT)

    def _require_place(self) -> None:
        if not self.model.strip():
            raise ValueError("The model has no name." if self.model else "model is missing")
        if not self.is_chat:
            if not self.endpoint.strip():
                raise ValueError("endpoint is missing")
        elif self.kind:
            raise ValueError("a chat model takes no kind")

    @property
    def _prices(self) -> tuple[float | None, ...]:
        return self.input_price, self.output_price, self.cached_price, self.image_price


def config_path() -> Path:
    """Give the path of the configuration file, which need not be there."""
    if named := os.environ.get("FLOURISHING_CONFIG"):
        return Path(named)
    return platformdirs.user_config_path("flourishing", appauthor=False) / "config.toml"


def patterns_path() -> Path:
    """Give the folder of a person's own patterns, beside the configuration file."""
    return config_path().parent / "patterns"


def kinds_path() -> Path:
    """Give the folder of a person's own kinds of text, beside the configuration file."""
    return config_path().parent / "kinds"


def tasks_path() -> Path:
    """Give the folder of a person's own tasks for prompts, beside the configuration file."""
    return config_path().parent / "tasks"


def cache_path() -> Path:
    """Give the folder for what can be made again, such as the assembled model."""
    if named := os.environ.get("FLOURISHING_CACHE"):
        return Path(named)
    return platformdirs.user_cache_path("flourishing", appauthor=False)


def data_path() -> Path:
    """Give the folder for what a person made."""
    if named := os.environ.get("FLOURISHING_DATA"):
        return Path(named)
    return platformdirs.user_data_path("flourishing", appauthor=False)


def default_model() -> str:
    """Give the model that is used when none is named.

    Raises:
        InputError: The configuration file is not what it should be.
    """
    return os.environ.get("FLOURISHING_MODEL") or _configured_text("model") or DEFAULT_MODEL


def default_garden() -> str:
    """Give the garden that is used when none is named: a path, or a `postgresql://` URL.

    Raises:
        InputError: The configuration file is not what it should be.
    """
    named = os.environ.get("FLOURISHING_GARDEN") or _configured_text("garden")
    return named or str(data_path() / "garden.db")


def named_models() -> dict[str, NamedModel]:
    """Give the models that a person has described in the configuration, by their names.

    Raises:
        InputError: One of them is not what it should be; its table, key and remedy are named.
    """
    tables = _configured().get("models")
    if not isinstance(tables, dict):
        return {}
    return {name: _named_model(name, table) for name, table in tables.items()}


def model_files() -> tuple[str, ...]:
    """Give the paths of the GGUF files that a person has added, as they are written there.

    Raises:
        InputError: The configuration file is not what it should be.
    """
    files = _configured().get("files")
    if not isinstance(files, list):
        return ()
    if not all(isinstance(each, str) and each.lower().endswith(".gguf") for each in files):
        raise InputError(
            f"In the configuration {config_path()}, files has what is no path of a .gguf file.",
            hint='Write it as files = ["/home/me/models/one.gguf"].',
        )
    return tuple(dict.fromkeys(files))


def _named_model(name: str, table: object) -> NamedModel:
    from pydantic import TypeAdapter, ValidationError  # here: most never need it, and it is heavy

    where = f"In the configuration {config_path()}, [models.{_shown(name)}]"
    if name in _TAKEN or name.lower().endswith(".gguf") or "://" in name or name.startswith(CHAT):
        # A name that is taken is no secret, and is shown however it is written.
        called = name if name in _TAKEN or name.startswith(CHAT) else _shown(name)
        raise InputError(
            f"In the configuration {config_path()}, [models.{called}] has the name of something "
            "else.",
            hint="Give the model another name.",
        )
    try:
        return TypeAdapter(NamedModel).validate_python(table)
    except ValidationError as error:
        # Not chained: it would show the whole table, and somebody may have put a key there.
        problems = [_problem(each["loc"], each["type"], each["msg"]) for each in error.errors()]
    raise InputError(
        f"{where} cannot be used: {'; '.join(problems)}.",
        hint='It needs endpoint = "https://host/v1" and model = "what the server calls it", or '
        'model = "chat:provider/model" alone, and '
        "may have kind, key_env or keyring, context, input_price, output_price, cached_price, "
        "image_price, "
        "currency, extra_body, parallel and timeouts. A key itself has no place in this file.",
    )


def _problem(place: tuple[int | str, ...], kind: str, message: str) -> str:
    key = ".".join(_shown(str(part)) for part in place)
    if kind == "missing":
        return f"{key} is missing"
    if kind in {"unexpected_keyword_argument", "extra_forbidden"}:
        return f"{key} is not known"
    said = message.removeprefix("Value error, ").rstrip(".")
    return f"{key}: {said}" if key else said


def own_patterns() -> dict[str, Path]:
    """Give the files of a person's own patterns, by the names under which they are found."""
    return {path.stem: path for path in sorted(patterns_path().glob("*.toml"))}


def _configured_text(key: str) -> str:
    return str(_configured().get(key) or "")


def _configured() -> dict[str, object]:
    path = config_path()
    try:
        table = tomllib.loads(read_text(path))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"The configuration {path} cannot be read: {error}.",
            hint="Mend it, or move it away to go on without it.",
        ) from None  # what is chained shows the whole file, and somebody may have put a key there
    for key, value in table.items():
        if key not in _KNOWN or not isinstance(value, _KNOWN[key]):
            raise InputError(
                f"In the configuration {path}, {_shown(key)} cannot be used"
                f"{' as it is' if key in _KNOWN else ''}.",
                hint='Known are: model = "local", "echo", the path of a .gguf file, the name of a '
                "model or its address; garden = the path of a file or a postgresql:// address; "
                "budget = the most money a month; files = the paths of .gguf files; and one "
                "table [models.NAME] for each model of your own.",
            )
    return table


def _shown(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else "an entry whose name is not shown"


def _is_variable(name: str) -> bool:
    """Say whether a name is that of a variable; keys mix small letters and digits at length."""
    mixed = len(name) >= 20 and re.search(r"[a-z]", name) and re.search(r"[0-9]", name)
    return bool(_VARIABLE.fullmatch(name)) and not mixed


def monthly_budget() -> float | None:
    """Give the most money that all calls may cost in a calendar month; None for no bound.

    Raises:
        InputError: It is no amount of money.
    """
    budget = _configured().get("budget")
    if budget is None:
        return None
    if isinstance(budget, bool) or not isinstance(budget, int | float) or not 0 <= budget < inf:
        raise InputError(
            f"In the configuration {config_path()}, budget = {budget!r} is no amount of money.",
            hint="Write how much a month may cost, such as: budget = 5.00",
        )
    return float(budget)
