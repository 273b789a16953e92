"""A server: how it is reached, what is known of it, and how that is found out.

Which dialect it speaks follows from its address, and from asking it once: all that have
`/v1/models` say whose the model is, and programs that people run themselves give their own name
there. What it turned out to do is found out while it is used, kept as long as the process, and may
be read or filled by whoever probes a server on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flourishing.errors import (
    AnswerError,
    AuthError,
    FlourishingError,
    ModelError,
    RateLimitError,
    RedirectError,
    TooSlowError,
    UnreachableError,
)
from flourishing.models.endpoint.address import Address, Key
from flourishing.models.endpoint.decisions import gives_decisions
from flourishing.models.endpoint.dialect import Dialect, whole_number
from flourishing.models.endpoint.ollama import OLLAMA
from flourishing.models.endpoint.openai import (
    KOBOLDCPP,
    LLAMA_CPP,
    OPENAI,
    SGLANG,
    TABBYAPI,
    TEXTGEN,
    VLLM,
)
from flourishing.models.endpoint.refusals import failure
from flourishing.models.endpoint.transport import Transport
from flourishing.settings import NamedModel

_SECONDS: Final = 10.0


@dataclass(slots=True)
class ServerCapabilities:
    """What is known of a server; None always means: not known yet.

    Attributes:
        dialect: How it is asked.
        discovered: Whether it has been asked what it is.
        context: The most tokens of a prompt and its completion.
        honours_n: Whether one request gives several completions.
        greedy_alone: Whether it gives one completion at a time at temperature 0, as vLLM does.
        most_n: The most completions of one request.
        broke_together: How many answers with several completions broke off.
        cumulative: Whether each piece of its stream holds all of the text so far.
        honours_seed: Whether the same seed gives the same text.
        echoes: Whether it repeats the prompt before it continues it, though nobody asked.
        scores_echo: Whether it gives the log-probabilities of a given text (`echo`).
        decides: Whether its model is a decision model, which gives the probabilities of answers.
        most_logprobs: The most likeliest tokens that it gives.
        refuses: Fields that it does not take, and that are left out since.
        tokenizer_fails: Whether its tokenizer did not answer, so that tokens are estimated.
    """

    dialect: Dialect = OPENAI
    discovered: bool = False
    context: int | None = None
    honours_n: bool | None = None
    greedy_alone: bool = False
    most_n: int | None = None
    broke_together: int = 0
    cumulative: bool | None = None
    honours_seed: bool | None = None
    echoes: bool | None = None
    scores_echo: bool | None = None
    decides: bool = False
    most_logprobs: int | None = None
    refuses: set[str] = field(default_factory=set)
    tokenizer_fails: bool = False

    @property
    def program(self) -> str | None:
        """Which program the server is, where that is known."""
        return self.dialect.program

    @property
    def ignores_seed(self) -> bool:
        """Whether it is known that a seed is of no use."""
        return self.honours_seed is False or "seed" in self.refuses

    @property
    def has_tokenizer(self) -> bool:
        """Whether the server counts tokens itself."""
        return self.dialect.counts_tokens and not self.tokenizer_fails

    def one_at_a_time(self, *, reproducible: bool, greedy: bool) -> bool:
        """Say whether each completion has to be asked for by itself.

        Args:
            reproducible: Whether the seed of each completion matters.
            greedy: Whether the temperature is 0.
        """
        if not self.dialect.gives_several or self.honours_n is False:
            return True
        if greedy and self.greedy_alone:
            return True
        return reproducible and not self.dialect.seeds_each

    def note_echo(self, echoed: bool | None) -> None:
        """Remember whether a text began with the prompt; once it did not, servers never do.

        Args:
            echoed: Whether it did; None where that is not known.
        """
        if echoed is not None and self.echoes is not False:
            self.echoes = echoed


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server, and how it is reached.

    Attributes:
        address: Where it is, and what the model is called there.
        settings: How a person has described the model.
        capabilities: What is known of it; added to.
        transport: Sends requests to it.
    """

    address: Address
    settings: NamedModel
    capabilities: ServerCapabilities
    transport: Transport

    @property
    def dialect(self) -> Dialect:
        """How it is asked."""
        return self.capabilities.dialect

    def hide(self, words: str) -> str:
        """Give words without the key in them.

        Args:
            words: The words.
        """
        return self.transport.hide(words)

    async def ask(
        self,
        method: str,
        url: str,
        body: dict[str, Any] | None = None,
        *,
        seconds: float = _SECONDS,
    ) -> Any:
        """Ask a small question, and give the answer's JSON.

        Args:
            method: GET or POST.
            url: The whole URL.
            body: The body, as JSON; None sends none.
            seconds: How long it may take, 10 by default.

        Raises:
            EndpointError: The server did not answer as it should.
        """
        return await self.transport.ask(method, url, body, seconds=seconds)

    async def ask_if_possible(self, url: str) -> Any:
        """Ask what not every server answers; None where this one does not.

        Args:
            url: The whole URL.

        Raises:
            RateLimitError: The server is busy: it may be asked again later.
            UnreachableError: There is no connection.
        """
        try:
            return await self.ask("GET", url)
        except (RateLimitError, UnreachableError):
            raise
        except FlourishingError:
            return None

    async def post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a request that gives one short answer, with what the configuration adds to it.

        Args:
            url: The whole URL.
            body: The body, as JSON.

        Raises:
            EndpointError: The server refuses, or did not answer as it should.
        """
        found = await self.ask(
            "POST",
            url,
            {**body, **self.settings.extra_body},
            seconds=self.settings.timeouts.first_token,
        )
        if isinstance(found, dict) and found.get("error"):
            raise failure(found, where=self.address.base, model=self.address.model, hide=self.hide)
        return found if isinstance(found, dict) else {}


_BY_OWNER: Final[dict[str, Dialect]] = {
    "llamacpp": LLAMA_CPP,
    "vllm": VLLM,
    "sglang": SGLANG,
    "koboldcpp": KOBOLDCPP,
    "tabbyapi": TABBYAPI,
    "user": TEXTGEN,
}
"""By what stands in `owned_by`, in small letters."""
_OLLAMA_OWNER: Final = "library"
_LIMITS: Final = ("max_model_len", "context_length", "context_window", "max_context_length")


async def discover(server: Server) -> None:
    """Ask a server what it is, if that is not known yet.

    A key may be allowed to complete and not to list models; so a refusal here does not mean that
    completions are refused. A server that is still busy is asked again the next time.

    Args:
        server: The server; its capabilities are filled in.

    Raises:
        UnreachableError: There is no connection.
    """
    capabilities = server.capabilities
    if capabilities.discovered:
        return
    try:
        if capabilities.dialect is OPENAI:
            await _identify(server)
        await capabilities.dialect.discover(server)
    except RateLimitError:
        return
    capabilities.discovered = True


async def _identify(server: Server) -> None:
    """Ask for the list of models, which says what program the server is."""
    capabilities = server.capabilities
    answer = await server.ask_if_possible(f"{server.address.base}/models")
    entry = _entry(answer, server.address.model)
    capabilities.context = _context(entry) or capabilities.context
    capabilities.decides = gives_decisions(entry)
    owner = str(entry.get("owned_by", "")).lower()
    capabilities.dialect = _BY_OWNER.get(owner, OPENAI)
    if owner == _OLLAMA_OWNER and await _is_ollama(server):
        capabilities.dialect = OLLAMA


async def _is_ollama(server: Server) -> bool:
    """Say whether Ollama's own path is there; a proxy may let through `/v1` alone."""
    answer = await server.ask_if_possible(f"{server.address.root}/api/version")
    return isinstance(answer, dict) and "version" in answer


@dataclass(frozen=True, slots=True)
class ServerModels:
    """What a server says of itself and of its models.

    Attributes:
        base: Its address, mended.
        program: Which program it is, where that could be seen.
        models: What it calls its models, as they are listed; none where it does not list them.
        context: The most tokens of a prompt and its completion of each, where it says so.
        is_open: Whether whoever listens on the way can read what is sent: a key, too.
    """

    base: str
    program: str | None
    models: tuple[str, ...]
    context: Mapping[str, int]
    is_open: bool


_MOST_LISTED: Final = 500
"""So many models of a server are shown."""
_LONGEST_NAME: Final = 200
"""Characters; no model is called more."""


async def list_models(
    endpoint: str, key: Key | None = None, *, seconds: float = _SECONDS
) -> ServerModels:
    """Ask a server for its models.

    Nothing of its answer is passed on but the names of models and their contexts, so that no answer
    of a server that is none of models can be read this way.

    Args:
        endpoint: The address of the server.
        key: Its key, if it wants one.
        seconds: How long a connection and its answer may take each, 10 by default.

    Raises:
        InputError: It is no address, or a key or a password stands in it.
        EndpointError: The server did not answer as a server of models does.
    """
    address = Address.of(endpoint, "")
    transport = Transport(address, key, connect=seconds)
    url = f"{address.root}/v1" if address.dialect is OLLAMA else address.base
    try:
        answer = await transport.ask("GET", f"{url}/models", seconds=seconds)
    except AuthError:
        raise AuthError(
            f"{address.base} {'does not accept this key' if key else 'wants a key'}.",
            hint="Copy the key again from its provider's page."
            if key
            else "Give the key that its provider made for you.",
        ) from None
    except RateLimitError:
        raise RateLimitError(
            f"{address.base} was asked too often.", hint="Try again in a minute."
        ) from None
    except (UnreachableError, TooSlowError, RedirectError):
        raise  # they quote nothing of an answer
    except ModelError:
        answer = None
    entries = [each for each in _listed(answer) if _is_name(each.get("id"))][:_MOST_LISTED]
    if not entries and not _is_list(answer):
        raise AnswerError(
            f"{address.base} does not list its models as a server of models does.",
            hint="Check that the address is that of its API; it often ends in /v1.",
        )
    owners = {str(each.get("owned_by", "")).lower() for each in entries}
    dialect = next((_BY_OWNER[each] for each in owners if each in _BY_OWNER), address.dialect)
    contexts = {transport.hide(each["id"]): _context(each) for each in entries}
    return ServerModels(
        base=address.base,
        program=OLLAMA.program if owners == {_OLLAMA_OWNER} else dialect.program,
        models=tuple(contexts),
        context={name: context for name, context in contexts.items() if context},
        is_open=address.is_open,
    )


def _is_list(answer: Any) -> bool:
    return isinstance(answer, list) or (
        isinstance(answer, dict) and isinstance(answer.get("data"), list)
    )


def _is_name(found: Any) -> bool:
    return isinstance(found, str) and found.isprintable() and 0 < len(found) <= _LONGEST_NAME


def _listed(answer: Any) -> list[dict[str, Any]]:
    listed = answer.get("data") if isinstance(answer, dict) else answer
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _entry(answer: Any, model: str) -> dict[str, Any]:
    """Find the entry of a model in a server's list; the only one may have any name."""
    entries = _listed(answer)
    named = [each for each in entries if each.get("id") == model]
    return next(iter(named or (entries if len(entries) == 1 else [])), {})


def _context(entry: dict[str, Any]) -> int | None:
    tables = [entry, entry.get("meta"), entry.get("parameters")]
    names = (*_LIMITS, "n_ctx", "max_seq_len")
    found = (
        whole_number(table.get(name))
        for table in tables
        if isinstance(table, dict)
        for name in names
    )
    return next(filter(None, found), None)
