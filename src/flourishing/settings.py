"""What a person has set: the default model, the garden, and patterns of their own.

The environment goes before the file, and the file before the defaults. The file is `config.toml`
in the platform's folder for a person's configuration, or where FLOURISHING_CONFIG says.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Final

import platformdirs

from flourishing.errors import InputError, PatternError
from flourishing.pattern import PATTERNS, Pattern

DEFAULT_MODEL: Final = "local"
_KNOWN: Final = {"model": str, "garden": str}


def config_path() -> Path:
    """Give the path of the configuration file, which need not be there."""
    if named := os.environ.get("FLOURISHING_CONFIG"):
        return Path(named)
    return platformdirs.user_config_path("flourishing", appauthor=False) / "config.toml"


def patterns_path() -> Path:
    """Give the folder of a person's own patterns, beside the configuration file."""
    return config_path().parent / "patterns"


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
    return os.environ.get("FLOURISHING_MODEL") or _configured().get("model") or DEFAULT_MODEL


def default_garden() -> str:
    """Give the garden that is used when none is named: a path, or a `postgresql://` URL.

    Raises:
        InputError: The configuration file is not what it should be.
    """
    named = os.environ.get("FLOURISHING_GARDEN") or _configured().get("garden")
    return named or str(data_path() / "garden.db")


def find_pattern(name: str | Pattern) -> Pattern:
    """Give a pattern by name.

    Args:
        name: A built-in pattern, one of a person's own (`patterns/NAME.toml` beside the
            configuration), the path of a `.toml` file, or a pattern, which is given back.

    Raises:
        PatternError: There is none of that name, or its file is wrong.
    """
    if isinstance(name, Pattern):
        return name
    if name.endswith(".toml"):
        return Pattern.from_file(Path(name))
    own = own_patterns()
    if name in own:
        return Pattern.from_file(own[name])
    if name in PATTERNS:
        return PATTERNS[name]
    raise PatternError(
        f"There is no pattern {name!r}.",
        hint=f"There are: {', '.join([*PATTERNS, *own])}; or give the path of a .toml file.",
    )


def own_patterns() -> dict[str, Path]:
    """Give the files of a person's own patterns, by the names under which they are found."""
    return {path.stem: path for path in sorted(patterns_path().glob("*.toml"))}


def _configured() -> dict[str, str]:
    path = config_path()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(
            f"The configuration {path} cannot be read: {error}.",
            hint="Mend it, or move it away to go on without it.",
        ) from error
    for key, value in table.items():
        if key not in _KNOWN or not isinstance(value, _KNOWN[key]):
            raise InputError(
                f"In the configuration {path}, {key} = {value!r} cannot be used.",
                hint='Known are: model = "local", "echo" or the path of a .gguf file, and '
                "garden = the path of a file or a postgresql:// address.",
            )
    return table
