"""What probing a server found out, remembered from one start to the next.

One small file for each model on each server, in the folder for what can be made again: two probes
at once cannot spoil each other's, and whoever deletes the folder has only to probe again. A file
that is damaged or from another version counts as none. No key is in it: what a server sent
was stripped of the key before it came here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from flourishing import settings
from flourishing.files import write_whole
from flourishing.models.endpoint import Address, ServerCapabilities

VERSION: Final = 1
CAPABILITIES: Final = ("n", "seed", "stop", "logprobs", "echo", "min_p", "stream")
Nature = Literal["base", "instruct"]
_WAVE: Final = 8
"""Of how many offspring the line of capabilities speaks: a brood's usual number."""

_WORDS: Final[Mapping[str, Mapping[bool, str]]] = {
    "n": {
        True: "It writes several offspring for one request.",
        False: f"It writes one offspring for each request: a brood of {_WAVE} takes {_WAVE}.",
    },
    "seed": {
        True: "The same seed gives the same text again.",
        False: "It ignores seeds: a brood cannot be had again.",
    },
    "stop": {
        True: "It stops where it is asked to.",
        False: "It does not stop where it is asked to; what is too much is cut off here.",
    },
    "logprobs": {
        True: "It says which words it found likely.",
        False: "It does not say which words it found likely.",
    },
    "min_p": {
        True: "It leaves out unlikely words where it is asked to (min-p).",
        False: "It has no min-p; a lower temperature keeps it from straying.",
    },
    "stream": {
        True: "Its words come one by one.",
        False: "Its words come all at once.",
    },
}
"""What a capability means to somebody who breeds, where it is there and where it is not."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a server does one thing.

    Attributes:
        holds: Whether it does; None where its answers left that open.
        saw: What was seen, in words.
    """

    holds: bool | None
    saw: str

    @property
    def mark(self) -> str:
        """The finding as one sign."""
        return {True: "✓", False: "✗", None: "?"}[self.holds]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What is known of a model on a server since it was probed.

    Attributes:
        name: The address with the model.
        at: When it was probed, in UTC.
        program: Which program the server is, where that could be seen.
        context: The most tokens of a prompt and its completion, where it says so.
        findings: By capability, in the order of `CAPABILITIES`.
        most_n: The most completions of one request, where there is a limit.
        most_logprobs: The most likeliest tokens that it gives, where there is a limit.
        echoes: Whether it repeats the prompt before it continues it, though nobody asked.
        refuses: Fields that it does not take.
        nature: Whether it answers like a base model or like an instruct one; None if neither.
        why: What speaks for that, and what against, in words.
        requests: How many requests the probe made.
    """

    name: str
    at: datetime
    program: str | None
    context: int | None
    findings: Mapping[str, Finding]
    most_n: int | None
    most_logprobs: int | None
    echoes: bool
    refuses: tuple[str, ...]
    nature: Nature | None
    why: tuple[str, ...]
    requests: int

    @property
    def line(self) -> str:
        """The capabilities in one line."""
        return "; ".join(self._shown(name, found) for name, found in self.findings.items())

    def _shown(self, name: str, found: Finding) -> str:
        shown = f"{name} {found.mark}"
        if name == "n" and found.holds is False:
            return f"{shown} → {_WAVE} requests"
        if name == "n" and self.most_n:
            return f"{shown} (at most {self.most_n})"
        return shown

    @property
    def words(self) -> tuple[str, ...]:
        """What was found, in sentences for somebody who breeds."""
        nature = {
            "base": "It goes on with a text, as a base model does.",
            "instruct": "It answers as an instruct model does: it talks about a text instead of "
            "going on with it. Base models breed better.",
            None: "Whether it is a base model could not be seen.",
        }
        context = f"It reads up to {self.context:,} tokens at once." if self.context else ""
        found = (
            _WORDS[name][found.holds]
            for name, found in self.findings.items()
            if found.holds is not None and name in _WORDS
        )
        open_ = [name for name, found in self.findings.items() if found.holds is None]
        unclear = f"It could not be found out: {', '.join(open_)}." if open_ else ""
        return tuple(filter(None, (nature[self.nature], *found, context, unclear)))

    def as_dict(self) -> dict[str, object]:
        """Give all of it as JSON takes it."""
        return {
            "version": VERSION,
            "name": self.name,
            "at": self.at.astimezone(UTC).isoformat(),
            "program": self.program,
            "context": self.context,
            "findings": {
                name: {"holds": found.holds, "saw": found.saw}
                for name, found in self.findings.items()
            },
            "most_n": self.most_n,
            "most_logprobs": self.most_logprobs,
            "echoes": self.echoes,
            "refuses": list(self.refuses),
            "nature": self.nature,
            "why": list(self.why),
            "requests": self.requests,
            "line": self.line,
        }

    def apply(self, capabilities: ServerCapabilities) -> None:
        """Fill in what is known of a server, which is then not found out again by the way.

        What the server is, it is still asked: that costs nothing, and it may have changed.

        Args:
            capabilities: What is known of the server; filled in.
        """
        found = {name: finding.holds for name, finding in self.findings.items()}
        capabilities.honours_n = found.get("n")
        capabilities.most_n = self.most_n
        capabilities.honours_seed = found.get("seed")
        capabilities.echoes = self.echoes
        capabilities.scores_echo = found.get("echo")
        capabilities.most_logprobs = self.most_logprobs
        capabilities.refuses |= set(self.refuses)
        capabilities.context = capabilities.context or self.context


def remember(probed: Probed) -> Path:
    """Write down what a probe found, in place of what an earlier one did.

    Args:
        probed: What was found.

    Returns:
        The file.

    Raises:
        StorageError: It cannot be written.
    """
    path = _path(probed.name)
    content = json.dumps(probed.as_dict(), ensure_ascii=False, indent=2)
    write_whole(
        path,
        content.encode(),
        folders=True,
        remedy="FLOURISHING_CACHE names another folder for what can be made again.",
    )
    return path


def recalled(name: str) -> Probed | None:
    """Give what the last probe of a model found; None if there was none that can be read.

    Args:
        name: The address with the model, as `Address.name` gives it.
    """
    try:
        found = json.loads(_path(name).read_text(encoding="utf-8"))
        return as_probed(found) if found["version"] == VERSION and found["name"] == name else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # it can be made again


def recall(address: Address, capabilities: ServerCapabilities) -> None:
    """Fill in what an earlier probe of a server found, if there was one.

    Args:
        address: The server and the model.
        capabilities: What is known of the server; filled in.
    """
    if (probed := recalled(address.name)) is not None:
        probed.apply(capabilities)


def _path(name: str) -> Path:
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return settings.cache_path() / "probes" / f"{digest}.json"


def as_probed(found: dict[str, Any]) -> Probed:
    """Read what `Probed.as_dict` wrote; whatever else it is raises.

    Args:
        found: The file's JSON.
    """
    nature = found["nature"]
    return Probed(
        name=str(found["name"]),
        at=datetime.fromisoformat(found["at"]),
        program=_text(found["program"]),
        context=_whole(found["context"]),
        findings={
            name: Finding(_truth(each["holds"]), str(each["saw"]))
            for name, each in found["findings"].items()
            if name in CAPABILITIES
        },
        most_n=_whole(found["most_n"]),
        most_logprobs=_whole(found["most_logprobs"]),
        echoes=found["echoes"] is True,
        refuses=tuple(str(each) for each in found["refuses"]),
        nature=nature if nature in {"base", "instruct"} else None,
        why=tuple(str(each) for each in found["why"]),
        requests=int(found["requests"]),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None
