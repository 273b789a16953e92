"""Addresses of servers, as people paste them: mended where they are nearly right, or explained."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from flourishing.errors import InputError
from flourishing.models.endpoint.chat import chat_dialect, find_provider
from flourishing.models.endpoint.dialect import Dialect
from flourishing.models.endpoint.ollama import OLLAMA, PORT
from flourishing.models.endpoint.openai import OPENAI
from flourishing.settings import CHAT, NamedModel

_CALLS: Final = ("/chat/completions", "/completions", "/completion", "/models", "/api/generate")
"""What may stand at the end of an address that was copied from an example."""
_VERSION: Final = re.compile(r"(^|/)v\d+(/|$)")
_BY_KIND: Final[dict[str, Dialect]] = {"openai": OPENAI, "ollama": OLLAMA}
"""By `kind` in the configuration."""
_EXAMPLE: Final = "Write it as https://host/v1#model-id, such as http://localhost:8080/v1#gemma."


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model is.

    Attributes:
        base: The address of the server up to its version, without a slash at the end.
        model: What the server calls the model.
        dialect: How the server is asked, as far as its address says.
        label: What the model is called in a text's origin; "" for the address with the model.
    """

    base: str
    model: str
    dialect: Dialect = OPENAI
    label: str = ""

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address of the form `http(s)://host/v1#model-id`.

        Args:
            text: The address, with the model behind a "#".

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
            kind: How the server is asked; None decides by its port.

        Raises:
            InputError: It is no address, or a key or a password stands in it.
        """
        split = _split(endpoint)
        by_port = OLLAMA if split.port == PORT else OPENAI
        dialect = _BY_KIND[kind] if kind else by_port
        path = _mended_path(split, dialect)
        return cls(f"{split.scheme.lower()}://{split.netloc.lower()}{path}", model, dialect)

    @classmethod
    def of_model(cls, settings: NamedModel) -> Address:
        """Give where a described model is.

        Args:
            settings: How a person has described it.

        Raises:
            InputError: Its address is none.
            ModelNotFoundError: It is a chat model, and nobody can say whose.
        """
        if not settings.is_chat:
            return cls.of(settings.endpoint, settings.model, settings.kind)
        provider, model = find_provider(settings)
        own = settings.endpoint and cls.of(settings.endpoint, model, "openai").base
        label = f"{CHAT}{settings.model.removeprefix(CHAT).strip()}"
        return cls(own or provider.base, model, chat_dialect(model), label)

    @property
    def name(self) -> str:
        """The whole address, under which the model is found again."""
        return self.label or f"{self.base}#{self.model}"

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


def _mended_path(split: SplitResult, dialect: Dialect) -> str:
    path = re.sub(r"/{2,}", "/", split.path).rstrip("/")
    for call in _CALLS:
        if path.endswith(call):
            path = path.removesuffix(call)
            break
    return dialect.base_path(path, (split.hostname or "").lower())


def _shown(address: str) -> str:
    """Show an address without what may be secret in it."""
    bare = re.sub(r"//[^/@]*@", "//…@", address.strip())
    return repr(re.sub(r"\?.*", "?…", bare))
