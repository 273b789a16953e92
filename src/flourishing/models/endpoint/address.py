"""Addresses of servers, as people paste them: mended where they are nearly right, or explained."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from flourishing.errors import InputError

_CALLS: Final = ("/chat/completions", "/completions", "/completion", "/models", "/api/generate")
"""What may stand at the end of an address that was copied from an example."""
_VERSION: Final = re.compile(r"(^|/)v\d+(/|$)")
_BASES: Final = {
    "api.deepinfra.com": "/v1/openai",
    "api.fireworks.ai": "/inference/v1",
    "openrouter.ai": "/api/v1",
}
"""Where the versioned path is not simply `/v1`."""
_OLLAMA_PORT: Final = 11434
_EXAMPLE: Final = "Write it as https://host/v1#model-id, such as http://localhost:8080/v1#gemma."


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model is.

    Attributes:
        base: The address of the server up to its version, without a slash at the end.
        model: What the server calls the model.
        kind: How the server is spoken to.
    """

    base: str
    model: str
    kind: Literal["openai", "ollama"]

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address of the form `http(s)://host/v1#model-id`.

        Raises:
            InputError: It is no such address, or a key or a password stands in it.
        """
        base, _, model = text.strip().partition("#")
        if not model.strip():
            raise InputError(
                f"The address {_shown(base)} does not say which model.",
                hint=f"Add # and what the server calls the model. {_EXAMPLE}",
            )
        return cls.of(base, unquote(model.strip()))

    @classmethod
    def of(
        cls, endpoint: str, model: str, kind: Literal["openai", "ollama"] | None = None
    ) -> Address:
        """Mend the address of a server.

        Args:
            endpoint: The address as a person wrote it.
            model: What the server calls the model.
            kind: How the server is spoken to; None looks at its port.

        Raises:
            InputError: It is no address, or a key or a password stands in it.
        """
        split = _split(endpoint)
        kind = kind or ("ollama" if split.port == _OLLAMA_PORT else "openai")
        path = _mended_path(split, kind)
        return cls(f"{split.scheme.lower()}://{split.netloc.lower()}{path}", model, kind)

    @property
    def name(self) -> str:
        """The whole address, under which the model is found again."""
        return f"{self.base}#{self.model}"

    @property
    def root(self) -> str:
        """The server itself, for what it has outside of its version."""
        return _VERSION.split(self.base, maxsplit=1)[0].rstrip("/")

    @property
    def is_here(self) -> bool:
        """Whether the server is on this machine."""
        host = urlsplit(self.base).hostname or ""
        if host == "localhost" or host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    @property
    def is_open(self) -> bool:
        """Whether whoever listens on the way can read what is sent: a key, too."""
        return self.base.startswith("http://") and not self.is_here


def _split(endpoint: str) -> SplitResult:
    text = endpoint.strip()
    if "://" not in text and re.match(r"[\w.-]+(:\d+)?(/|$)", text):
        here = text.split(":")[0].split("/")[0] in {"localhost", "127.0.0.1"}
        text = f"{'http' if here else 'https'}://{text}"
    try:
        split = urlsplit(text)
        _ = split.port
    except ValueError:
        split = urlsplit("")
    if split.scheme.lower() not in {"http", "https"} or not split.hostname:
        raise InputError(f"{_shown(endpoint)} is no address of a server.", hint=_EXAMPLE)
    if split.username or split.password or split.query:
        raise InputError(
            f"The address {_shown(endpoint)} holds a name, a password or a key.",
            hint="An address goes into every text's origin; a key does not. Leave it out, and set "
            "FLOURISHING_API_KEY, or key_env or keyring in the configuration.",
        )
    return split


def _mended_path(split: SplitResult, kind: str) -> str:
    path = re.sub(r"/{2,}", "/", split.path).rstrip("/")
    for call in _CALLS:
        if path.endswith(call):
            path = path.removesuffix(call)
            break
    if kind == "ollama":
        return re.sub(r"/(v1|api)$", "", path)
    if _VERSION.search(path):
        return path
    known = _BASES.get((split.hostname or "").lower())
    return known or f"{path}/v1"


def _shown(address: str) -> str:
    """Show an address without what may be secret in it."""
    bare = re.sub(r"//[^/@]*@", "//…@", address.strip())
    return repr(re.sub(r"\?.*", "?…", bare))
