"""Addresses of servers, as people paste them, and keys.

An address is mended where it is nearly right, or explained.

A key comes from the environment or from the system's keyring at the moment of asking, and is put
into the one header that needs it. It is held in an object that does not show it; words of a server,
which may repeat it, are shown without it; an exception of the HTTP library, whose request has the
header, loses it before it is chained.

A server may repeat a key in another spelling: escaped as in JSON, HTML or an address, in base64 or
in hexadecimal. So words are searched for all of these, both as they came and after decoding. What
the HTTP library logs passes through a filter that does the same.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import re
from base64 import b64encode
from collections.abc import Callable, Generator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import SplitResult, quote, unquote, urlsplit
from weakref import WeakSet

from flourishing.errors import AuthError, FlourishingError, InputError
from flourishing.models.endpoint import keys
from flourishing.models.endpoint.chat import chat_dialect, find_provider
from flourishing.models.endpoint.dialect import Dialect
from flourishing.models.endpoint.ollama import OLLAMA, PORT
from flourishing.models.endpoint.openai import OPENAI
from flourishing.settings import CHAT, NamedModel

if TYPE_CHECKING:
    import httpx2


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


OWN_VARIABLE = "FLOURISHING_API_KEY"
"""The variable for a model that is named by its address."""
_HIDDEN = "…"
_SHORTEST = 4
"""Characters; to hide less than this would hide parts of plain words."""


class Key:
    """A secret that is only shown to the server that it is for."""

    __slots__ = ("__weakref__", "_pattern", "_text")  # no `__dict__` that would show it

    def __init__(self, text: str) -> None:
        self._text = text
        self._pattern: re.Pattern[str] | None = None
        _known.add(self)

    def __repr__(self) -> str:
        return "Key(…)"

    @property
    def stops(self) -> tuple[str, ...]:
        """What ends a text before the key, should a server write it into one."""
        if len(self._text) < _SHORTEST:
            return ()
        return tuple(dict.fromkeys([self._text, quote(self._text, safe=""), *self._encoded]))

    def hide(self, words: str) -> str:
        """Give words without the key in them, however it is spelled there.

        Args:
            words: The words.
        """
        return self._spelled.sub(_HIDDEN, words) if len(self._text) >= _SHORTEST else words

    @property
    def _encoded(self) -> list[str]:
        raw = self._text.encode()
        base64 = [_base64(raw, before) for before in range(3)]
        web = [each.replace("+", "-").replace("/", "_") for each in base64]
        return [*base64, *web, raw.hex()]

    @property
    def _spelled(self) -> re.Pattern[str]:
        if self._pattern is None:
            letters = "".join(map(_spelling, self._text))
            spellings = "|".join([letters, *map(re.escape, self._encoded)])
            self._pattern = re.compile(spellings, re.IGNORECASE)
        return self._pattern

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response]:
        """Put the key into the header of a request, as the HTTP library asks for it.

        Args:
            request: The request.
        """
        request.headers["Authorization"] = f"Bearer {self._text}"
        yield request


_known: WeakSet[Key] = WeakSet()
"""All keys of this process, for what is logged."""


class Discreet(logging.Filter):
    """A filter that hides all keys of this process in what is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a record through, without a key.

        Args:
            record: The record.
        """
        words = shown = record.getMessage()
        for key in _known:
            shown = key.hide(shown)
        if shown != words:
            record.msg, record.args = shown, ()
        return True


class Hiding:
    """Hide a key in every error that leaves, and in all that hangs on it.

    An error that leaves has no frames of what is within, since their variables hold what the server
    sent, and is chained to nothing but what it was explicitly raised from.

    Args:
        hide: Gives words without the key.
    """

    def __init__(self, hide: Callable[[str], str]) -> None:
        self._hide = hide

    def __enter__(self) -> None:
        """Begin to hide."""

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _frames: TracebackType | None,
    ) -> None:
        """Hide the key in an error that leaves."""
        if not isinstance(error, FlourishingError):
            return
        link: BaseException | None = error
        while link is not None:
            _scrub(link, self._hide)
            link.__context__ = link.__cause__
            link = link.__cause__
        # Raised anew: an error that merely goes on keeps its frames.
        raise error.with_traceback(None)


def _scrub(error: BaseException, hide: Callable[[str], str]) -> None:
    error.args = tuple(hide(each) if isinstance(each, str) else each for each in error.args)
    for name, value in list(vars(error).items()):
        if isinstance(value, str):
            setattr(error, name, hide(value))


def _spelling(letter: str) -> str:
    """Give the pattern of a letter of a key in all its spellings."""
    code = ord(letter)
    spellings = [
        re.escape(letter),
        rf"\\+u0*{code:x}",
        rf"\\+x{code:02x}",
        rf"%(?:25)*{code:02x}",
        rf"&#0*{code};",
        rf"&#x0*{code:x};",
    ]
    return rf"\\*(?:{'|'.join(spellings)})"


def _base64(raw: bytes, before: int) -> str:
    """Give what of bytes in base64 is the same whatever stands around them.

    Args:
        raw: The bytes.
        before: How many bytes stand before them, modulo 3.
    """
    whole = b64encode(b"\0" * before + raw).decode().rstrip("=")
    return whole[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]


def find_key(model: NamedModel, *, by_address: bool) -> Key | None:
    """Find the key of a model.

    Args:
        model: The model; says where its key is.
        by_address: Whether the person named the model by its address, so that it has no entry in
            the configuration; its key is in FLOURISHING_API_KEY.

    Returns:
        The key; None where the model wants none.

    Raises:
        AuthError: The place that was named has no key.
        InputError: What is there cannot be sent as a key.
    """
    of_provider = find_provider(model)[0].key_env if model.is_chat else None
    if model.keyring:
        found, place = keys.find(model.keyring), f"the keyring's {model.keyring!r}"
    elif variable := model.key_env or of_provider or (OWN_VARIABLE if by_address else None):
        found, place = os.environ.get(variable), variable
        if not found and variable == OWN_VARIABLE:
            return None
    else:
        return None
    if not found or not found.strip():
        raise AuthError(
            f"There is no key in {place} for {model.endpoint or model.model}.",
            hint=f"Put it into {place}, or set key_env or keyring in the configuration.",
        )
    return Key(keys.clean(found, place))
