"""What servers of models do, in one table: a row for each behaviour, and what must come of it.

Each row is a behaviour of the one server that misbehaves (`server.py`), and adds itself to it.
`who` names the programs and providers of which it is known; what is only possible says so. What
must come is the same for every row: as many texts as were asked for, or one error that says what
it was.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from base64 import b64encode
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import quote

from flourishing import errors
from flourishing.errors import FlourishingError
from tests.models.server import BEHAVIOURS, EVENTS, Call, said

Does: TypeAlias = Callable[[Call], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One behaviour, and what must come of it.

    Attributes:
        name: What it is called; its address on the server.
        does: The behaviour.
        who: Of which programs and providers it is known.
        n: How many completions are asked for.
        unread: Whether nobody reads the words as they come.
        temperature: The temperature that is asked for.
        texts: The texts that must come; a number where only that counts.
        error: The error that must come, if one must.
        says: What stands in the error, or in a notice.
        requests: How many requests for completions may be made; None for any number.
        later: How many are made for the same once more, when the server is known; None for any.
        refuses: The fields that may be left out from then on.
        waits: Whether a wait is told.
        kind: How the server is asked: "ollama" for Ollama's own way.
    """

    name: str
    does: Does
    who: str
    n: int = 3
    unread: bool = False
    temperature: float = 1.0
    texts: tuple[str, ...] | int = 3
    error: type[FlourishingError] | None = None
    says: str = ""
    requests: int | None = None
    later: int | None = None
    refuses: frozenset[str] = field(default_factory=frozenset)
    waits: bool = False
    kind: str | None = None


ROWS: dict[str, Row] = {}


def row(**expected: Any) -> Callable[[Does], Does]:
    """Add a behaviour to the table and to the server."""

    def add(does: Does) -> Does:
        ROWS[does.__name__] = Row(name=does.__name__, does=does, **expected)
        BEHAVIOURS[does.__name__] = does
        return does

    return add


def asked_n(call: Call) -> int:
    n = call.body.get("n", 1)
    assert isinstance(n, int)
    return n


async def owls(call: Call) -> None:
    """Give as many as were asked for, and end as one should."""
    for index in range(asked_n(call)):
        await call.words("o", "wl", index=index)
    await call.end()


OWLS = ("owl", "owl", "owl")


# Whole is what ended.


@row(who="TGI and other servers that ignore n and send no [DONE]", texts=OWLS, requests=3, later=3)
async def one_without_done(call: Call) -> None:
    await call.words("o", "wl")
    await call.end(done=False)


@row(who="proxies that cut an answer short", texts=OWLS, requests=2)
async def two_of_three_then_drops(call: Call) -> None:
    for index in range(min(2, asked_n(call))):
        await call.words("o", "wl", index=index)
    if asked_n(call) > 1:
        call.drop()
    else:
        await call.end()


@row(who="proxies that cut every long answer short", texts=OWLS, requests=2, later=2)
async def two_of_three_ended(call: Call) -> None:
    for index in range(min(2, asked_n(call))):
        await call.words("o", "wl", index=index)
    await call.end()


@row(
    who="any server whose worker is killed",
    n=2,
    texts=("owl",),
    error=errors.UnreachableError,
    says="broke",
    requests=1,
)
async def drops_in_the_middle(call: Call) -> None:
    """Give one of two, and half of the other, which a person has read; later all."""
    if call.number > 1:
        return await owls(call)
    await call.words("o", "wl")
    await call.words("half an", index=1, finish=None)
    return call.drop()


@row(who="the same, where nobody has read the half", n=2, unread=True, texts=OWLS[:2], requests=2)
async def drops_unread(call: Call) -> None:
    await drops_in_the_middle(call)


@row(who="the same, of one alone", n=1, unread=True, texts=OWLS[:1], requests=3)
async def drops_twice_unread(call: Call) -> None:
    if call.number > 2:
        return await owls(call)
    await call.words("half an", finish=None)
    return call.drop()


@row(
    who="any server that always breaks",
    n=1,
    texts=(),
    error=errors.UnreachableError,
    says="broke",
    requests=1,
)
async def always_drops(call: Call) -> None:
    await call.words("half an", " owl", finish=None)
    call.drop()


# Refusals of n.


async def unless_alone(
    call: Call, status: int, body: Any, headers: dict[str, str] | None = None
) -> None:
    if "n" in call.body:
        await call.answer(status, body, headers)
    else:
        await owls(call)


@row(who="FastAPI servers that know no n", texts=OWLS, requests=4, later=3)
async def refuses_n_by_place(call: Call) -> None:
    await unless_alone(call, 422, {"detail": [{"loc": ["body", "n"], "msg": "Input is wrong"}]})


@row(who="llama.cpp's server before October 2024", texts=OWLS, requests=4, later=3)
async def refuses_n_as_failure(call: Call) -> None:
    words = "Only one completion choice is allowed"
    await unless_alone(call, 500, {"error": {"code": 500, "message": words}})


@row(who="OpenAI's way to refuse an argument", texts=OWLS, requests=4, later=3)
async def refuses_n_as_unknown(call: Call) -> None:
    words = "Unrecognized request argument supplied: n"
    await unless_alone(call, 400, {"error": {"message": words, "type": "invalid_request_error"}})


@row(who="OpenAI's way to name a field", texts=OWLS, requests=4, later=3)
async def refuses_n_by_param(call: Call) -> None:
    await unless_alone(call, 400, {"error": {"message": "Invalid value.", "param": "n"}})


@row(who="gateways that hide what they refuse", texts=OWLS, requests=4, later=3)
async def refuses_n_without_word(call: Call) -> None:
    await unless_alone(call, 400, {"error": "Bad request"})


@row(who="gateways with a list of what they take", texts=OWLS, requests=4, later=3)
async def refuses_n_and_names_others(call: Call) -> None:
    words = "extra fields not permitted; allowed: prompt, max_tokens, temperature, top_p, stop"
    await unless_alone(call, 422, {"detail": words})


@row(who="providers with plans", texts=OWLS, requests=4, later=3)
async def refuses_n_as_forbidden(call: Call) -> None:
    await unless_alone(call, 403, {"error": {"message": "n must be 1 on the free plan"}})


@row(who="possible", texts=OWLS, later=3)
async def refuses_n_as_missing(call: Call) -> None:
    await unless_alone(call, 404, {"detail": "Not Found"})


@row(who="possible", texts=OWLS, later=3)
async def refuses_n_as_hidden_failure(call: Call) -> None:
    await unless_alone(call, 500, b"Internal Server Error")


@row(who="gateways that stream their refusals", texts=OWLS, later=3)
async def refuses_n_in_the_stream(call: Call) -> None:
    if asked_n(call) == 1:
        return await owls(call)
    await call.event({"error": {"message": "n > 1 is not supported", "code": 400}})
    return await call.end()


@row(who="vLLM", temperature=0.0, texts=OWLS, requests=4, later=3)
async def refuses_n_when_greedy(call: Call) -> None:
    if asked_n(call) > 1 and call.body["temperature"] == 0:
        words = f"n must be 1 when using greedy sampling, got {asked_n(call)}."
        return await call.answer(400, {"object": "error", "message": words, "code": 400})
    return await owls(call)


async def unless_without(call: Call, refused: set[str], words: str) -> None:
    if refused & set(call.body):
        await call.answer(400, {"error": {"message": words}})
    else:
        await owls(call)


@row(who="strict gateways", texts=OWLS, refuses=frozenset({"min_p"}))
async def refuses_min_p_without_word(call: Call) -> None:
    await unless_without(call, {"min_p"}, "unexpected field")


@row(who="gateways that list what they take", texts=OWLS, refuses=frozenset({"min_p"}))
async def refuses_min_p_and_names_others(call: Call) -> None:
    await unless_without(call, {"min_p"}, "min_p is unknown; known are top_p, stop and seed")


@row(who="strict gateways", texts=OWLS, refuses=frozenset({"min_p", "stream_options"}))
async def refuses_two_without_word(call: Call) -> None:
    await unless_without(call, {"min_p", "stream_options"}, "extra inputs are not permitted")


@row(
    who="any",
    texts=(),
    error=errors.EndpointError,
    says="unknown model revision; top_p and stop are fine",
)
async def refuses_whatever_is_left_out(call: Call) -> None:
    words = "unknown model revision; top_p and stop are fine"
    await call.answer(400, {"error": {"message": words}})


# An error is no text.


@row(who="OpenRouter", texts=(), error=errors.ServerError, says="Provider disconnected")
async def error_beside_choices(call: Call) -> None:
    choice = {"index": 0, "text": "", "finish_reason": "error"}
    error = {"code": "server_error", "message": "Provider disconnected"}
    await call.event({"error": error, "choices": [choice]})
    await call.end()


@row(
    who="OpenRouter, of a provider that has no room",
    n=1,
    texts=OWLS[:1],
    waits=True,
    requests=2,
)
async def busy_in_the_stream(call: Call) -> None:
    if call.number > 1:
        return await owls(call)
    await call.event({"error": {"code": 429, "message": "Worker limit reached"}, "choices": []})
    return await call.end()


@row(who="OpenRouter, whole", texts=(), error=errors.ServerError, says="upstream")
async def error_in_a_choice(call: Call) -> None:
    choice = {"index": 0, "text": "half", "finish_reason": None, "error": {"message": "upstream"}}
    await call.answer(200, {"choices": [choice]})


@row(who="vLLM when a request is aborted", texts=(), error=errors.ServerError, says="'abort'")
async def aborts(call: Call) -> None:
    for index in range(asked_n(call)):
        await call.event(said("", index, "abort"))
    await call.end()


@row(
    who="OpenAI, Azure", texts=(), error=errors.FilteredError, says="'content_filter'", unread=True
)
async def filters(call: Call) -> None:
    for index in range(asked_n(call)):
        await call.words("half an", index=index, finish="content_filter")
    await call.end()


@row(who="OpenAI, Azure: of one in three", texts=OWLS, unread=True, requests=2)
async def filters_one(call: Call) -> None:
    for index in range(asked_n(call)):
        finish = "content_filter" if (index, call.number) == (1, 1) else "stop"
        await call.words("o", "wl", index=index, finish=finish)
    await call.end()


@row(
    who="TGI",
    n=1,
    texts=(),
    error=errors.PromptTooLongError,
    says="must be <= 2048",
    requests=1,
)
async def error_of_tgi(call: Call) -> None:
    words = "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048"
    await call.raw(b"data:" + json.dumps({"error": words, "error_type": "v"}).encode() + b"\n\n")
    await call.end(done=False)


@row(who="LM Studio", texts=(), error=errors.ServerError, says="Compute error")
async def error_of_lm_studio(call: Call) -> None:
    error = {"error": {"message": "Compute error."}, "message": "Compute error."}
    await call.raw(b"event: error\ndata: " + json.dumps(error).encode() + b"\n\n")
    await call.end()


@row(who="gateways that have chat alone", texts=(), error=errors.AnswerError, says="'delta'")
async def chat_deltas(call: Call) -> None:
    for word in ("Sure", "!"):
        await call.event({"choices": [{"index": 0, "delta": {"content": word}}]})
    await call.end()


@row(who="gateways that have chat alone", texts=(), error=errors.AnswerError, says="'message'")
async def chat_message(call: Call) -> None:
    message = {"role": "assistant", "content": "Sure!"}
    await call.answer(200, {"choices": [{"index": 0, "message": message}]})


@row(who="models that think", texts=(), error=errors.AnswerError, says="how it reasons")
async def only_reasons(call: Call) -> None:
    for index in range(asked_n(call)):
        await call.event({"choices": [{"index": index, "text": "", "reasoning": "The user wants"}]})
        await call.event(said("", index, "length"))
    await call.end()


@row(
    who="a prompt that ends where the model ends", texts=(), error=errors.AnswerError, says="blank"
)
async def all_blank(call: Call) -> None:
    for index in range(asked_n(call)):
        await call.event(said("", index, "stop"))
    await call.end()


@row(who="the same, one at a time", texts=(), error=errors.AnswerError, says="blank")
async def all_blank_one_by_one(call: Call) -> None:
    await call.event(said("", 0, "stop"))
    await call.end()


@row(who="any, after a prompt of blanks", texts=(" \n",) * 3)
async def all_white(call: Call) -> None:
    """Write blanks, which are what the model wrote."""
    for index in range(asked_n(call)):
        await call.event(said(" \n", index, "stop"))
    await call.end()


@row(
    who="a model that writes the stop at once",
    texts=(),
    error=errors.AnswerError,
    says="a stop is the first",
)
async def all_stopped(call: Call) -> None:
    for index in range(asked_n(call)):
        await call.words("|owl", index=index)
    await call.end()


@row(who="the same, of some", texts=("", "owl", "owl"))
async def one_blank(call: Call) -> None:
    for index in range(asked_n(call)):
        await call.event(said("owl" if index else "", index, "stop"))
    await call.end()


@row(
    who="OpenAI, in a stream",
    texts=(),
    error=errors.NoMoneyError,
    says="exceeded your current quota",
    requests=1,
)
async def no_quota_in_the_stream(call: Call) -> None:
    error = {"message": "You exceeded your current quota", "code": "insufficient_quota"}
    await call.event({"error": error})
    await call.end()


@row(
    who="llama.cpp's server",
    texts=(),
    error=errors.PromptTooLongError,
    says="Context size has been exceeded",
    requests=1,
)
async def context_exceeded_in_the_stream(call: Call) -> None:
    await call.event({"error": {"message": "Context size has been exceeded."}})
    await call.end()


@row(who="Anthropic's way, in gateways", n=1, texts=OWLS[:1], requests=2, waits=True)
async def overloaded_in_the_stream(call: Call) -> None:
    if call.number > 1:
        return await owls(call)
    await call.event({"error": {"type": "overloaded_error", "message": "Overloaded"}})
    return await call.end()


# Patience.


async def at_first(call: Call, status: int, body: Any, headers: dict[str, str]) -> None:
    """Refuse the first request on the path, and be good from then on."""
    if call.number == 1:
        await call.answer(status, body, headers)
    else:
        await owls(call)


SOON = {"Retry-After": "0.1"}


@row(who="llama.cpp's server", texts=OWLS, waits=True, says="", requests=2)
async def loading(call: Call) -> None:
    error = {"code": 503, "message": "Loading model", "type": "unavailable_error"}
    await at_first(call, 503, {"error": error}, {})


@row(who="koboldcpp", texts=OWLS, waits=True, requests=2)
async def queue_full(call: Call) -> None:
    detail = {"msg": "Server is busy; please try again later.", "type": "service_unavailable"}
    await at_first(call, 503, {"detail": detail}, {})


@row(who="Ollama", texts=OWLS, waits=True, requests=2)
async def pending_exceeded(call: Call) -> None:
    words = "server busy, please try again.  maximum pending requests exceeded"
    await at_first(call, 503, {"error": words}, {})


@row(who="OpenRouter", texts=OWLS, waits=True, requests=2)
async def timed_out(call: Call) -> None:
    await at_first(call, 408, {"error": {"message": "Request timed out"}}, SOON)


@row(who="gateways that start a model", texts=OWLS, waits=True, requests=2)
async def conflict(call: Call) -> None:
    await at_first(call, 409, {"error": {"message": "The model is being deployed"}}, SOON)


@row(who="possible", texts=OWLS, waits=True, requests=2)
async def too_early(call: Call) -> None:
    await at_first(call, 425, b"Too Early", SOON)


@row(who="TGI", texts=OWLS, waits=True, requests=2)
async def overloaded(call: Call) -> None:
    await at_first(call, 429, {"error": "Model is overloaded", "error_type": "overloaded"}, SOON)


@row(who="DeepInfra", texts=OWLS, waits=True, requests=2)
async def busy_of_deepinfra(call: Call) -> None:
    await at_first(call, 429, {"detail": {"error": "Model busy, retry later"}}, SOON)


@row(
    who="OpenAI",
    texts=(),
    error=errors.NoMoneyError,
    says="You exceeded your current quota",
    requests=1,
)
async def no_quota(call: Call) -> None:
    error = {
        "message": "You exceeded your current quota, please check your plan and billing details.",
        "type": "insufficient_quota",
        "code": "insufficient_quota",
    }
    await call.answer(429, {"error": error})


@row(
    who="llama.cpp's server",
    texts=(),
    error=errors.PromptTooLongError,
    says="the request exceeds the available context size",
    requests=1,
)
async def context_exceeded(call: Call) -> None:
    words = "the request exceeds the available context size, try increasing it"
    error = {"code": 400, "message": words, "type": "exceed_context_size_error"}
    await call.answer(400, {"error": error})


@row(
    who="llama.cpp's server, with a status of its own",
    texts=(),
    error=errors.PromptTooLongError,
    says="Context size has been exceeded",
    requests=1,
)
async def context_exceeded_as_failure(call: Call) -> None:
    error = {"code": 500, "message": "Context size has been exceeded.", "type": "server_error"}
    await call.answer(500, {"error": error})


async def room_for_two(call: Call) -> None:
    """Refuse a third request beside two, as koboldcpp does an eighth beside seven."""
    if call.number == 3:
        return await call.answer(503, {"detail": {"msg": "Server is busy"}}, SOON)
    while call.number < 3 and len(call.server.completions("room_for_two")) < 3:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    return await owls(call)


BEHAVIOURS["room_for_two"] = room_for_two


@row(who="gateways whose keys may complete and nothing else", texts=OWLS, requests=1)
async def restricted(call: Call) -> None:
    """Refuse the list of models to the key, and the tokenizer."""
    if call.is_completion:
        return await owls(call)
    return await call.answer(403, {"error": {"message": "Missing scope: api.model.read"}})


@row(who="llama.cpp's server while it loads", texts=OWLS, requests=1, waits=True)
async def restricted_while_loading(call: Call) -> None:
    """Say nothing of what it is at first, either."""
    if call.is_completion:
        await owls(call)
    elif call.path.endswith("/models") and call.number == 1:
        await call.answer(503, {"error": {"message": "Loading model"}}, SOON)
    else:
        await call.answer(200, {"data": [{"id": "babble", "max_model_len": 4096}]})


@row(who="gateways that write numbers as text", texts=OWLS, requests=1)
async def numbers_as_text(call: Call) -> None:
    for index in range(asked_n(call)):
        choice = {"index": str(index), "text": "owl", "finish_reason": "stop"}
        await call.event({"choices": [choice]})
    await call.end()


@row(who="llama.cpp's server with a key for completions alone", texts=OWLS)
async def restricted_tokenizer(call: Call) -> None:
    if call.is_completion:
        return await owls(call)
    if call.path.endswith("/models"):
        entry = {"id": "babble", "owned_by": "vllm", "max_model_len": 4096}
        return await call.answer(200, {"data": [entry]})
    return await call.answer(401, {"error": {"message": "Invalid API Key"}})


# Words and numbers.


@row(who="gateways that ignore n", n=2, unread=True, texts=OWLS[:2], later=2)
async def one_number_for_all(call: Call) -> None:
    """Send all completions under the number 0, one after the other."""
    for _ in range(asked_n(call)):
        await call.words("o", "wl")
    await call.end()


@row(who="the same, at once", n=2, unread=True, texts=OWLS[:2], later=2)
async def one_number_mixed(call: Call) -> None:
    for word in ("o", "wl"):
        for _ in range(asked_n(call)):
            await call.event(said(word))
    for _ in range(asked_n(call)):
        await call.event(said("", 0, "stop"))
    await call.end()


@row(who="possible", texts=OWLS, says="wrote on after the end", requests=1, later=3)
async def words_after_the_end(call: Call) -> None:
    for index in range(asked_n(call)):
        await call.words("o", "wl", index=index)
        await call.event(said(" and more", index))
    await call.end()


@row(who="Perplexity, and servers that send all so far", texts=("a wolf howls",) * 3)
async def cumulative(call: Call) -> None:
    for index in range(asked_n(call)):
        for text in ("a", "a wolf", "a wolf howls"):
            await call.event(said(text, index))
        await call.event(said("", index, "stop"))
    await call.end()


@row(who="servers that repeat the whole at the end", texts=("a wolf",) * 3)
async def repeats_at_the_end(call: Call) -> None:
    for index in range(asked_n(call)):
        await call.words("a ", "wolf", index=index, finish=None)
        await call.event(said("a wolf", index, "stop"))
    await call.end()


@row(who="servers that number a whole answer with text", texts=OWLS)
async def whole_without_end(call: Call) -> None:
    choices = [{"text": "owl"} for _ in range(asked_n(call))]
    await call.answer(200, {"choices": choices})


# Events as they really come.


def events(*lines: bytes, end: bytes = b"\n\n") -> Does:
    """Send lines as they are, once for each completion."""

    async def does(call: Call) -> None:
        for index in range(asked_n(call)):
            for line in lines:
                await call.raw(line.replace(b"INDEX", str(index).encode()) + end)
        await call.end()

    return does


O_ = b'data: {"choices": [{"index": INDEX, "text": "o"}]}'
WL = b'data: {"choices": [{"index": INDEX, "text": "wl", "finish_reason": "stop"}]}'


def stream(name: str, *lines: bytes, who: str, end: bytes = b"\n\n") -> None:
    """Add a row for lines that must be read as three owls."""
    does = events(*lines, end=end)
    ROWS[name] = Row(name=name, does=does, who=who, texts=OWLS, requests=1)
    BEHAVIOURS[name] = does


stream("comment", b": OPENROUTER PROCESSING", O_, b":", WL, who="OpenRouter")
stream("comment_as_data", b"data: : ping", O_, b"data: keep-alive", WL, who="gateways")
stream("ping_event", b'event: ping\ndata: {"type": "ping"}', O_, WL, who="gateways")
stream(
    "several_lines",
    b'data: {"choices": [{"index": INDEX,\ndata: "text": "o"}]}',
    b'data: {"choices": [\ndata: {"index": INDEX, "finish_reason": "stop", "text": "wl"}\ndata: ]}',
    who="the standard allows it",
)
stream("carriage_returns", O_, WL, end=b"\r\r", who="the standard allows it")
stream("both_line_ends", O_, WL, end=b"\r\n\r\n", who="koboldcpp, sse-starlette")
stream("one_line_end", O_, WL, end=b"\n", who="gateways")
stream("no_blank_after_the_colon", O_.replace(b": ", b":", 1), WL, who="TGI")
stream("byte_order_mark", b"\xef\xbb\xbf" + O_, WL, who="servers behind .NET")
stream("two_objects", O_ + WL.removeprefix(b"data:"), who="proxies that join lines")
stream("usage_of_nothing", b'data: {"usage": null, "choices": []}', O_, WL, who="vLLM")


@row(who="proxies that join lines", texts=OWLS, requests=1)
async def done_in_the_line(call: Call) -> None:
    for index in range(asked_n(call)):
        await call.raw(O_.replace(b"INDEX", str(index).encode()) + b"\n\n")
        last = b" [DONE]" if index == asked_n(call) - 1 else b""
        await call.raw(WL.replace(b"INDEX", str(index).encode()) + last + b"\n\n")
    await call.end(done=False)


@row(who="any server that is killed", n=1, unread=True, texts=OWLS[:1], requests=2)
async def half_an_event(call: Call) -> None:
    if call.number > 1:
        return await owls(call)
    await call.event(said("o"))
    await call.raw(b'data: {"choices": [{"index": 0, "te')
    return await call.end(done=False)


@row(who="proxies that press what they send", texts=OWLS, requests=1)
async def gzipped(call: Call) -> None:
    choices = [said("owl", index, "stop")["choices"][0] for index in range(asked_n(call))]
    content = gzip.compress(b"data: " + json.dumps({"choices": choices}).encode() + b"\n\n")
    await call.answer(200, content, {"Content-Encoding": "gzip"}, EVENTS)


@row(who="servers that answer with plain words", texts=(), error=errors.AnswerError, says="Hello")
async def plain_words(call: Call) -> None:
    await call.answer(200, b"Hello, this is a server.", kind="text/plain")


# Ollama's own way.


async def ollama(call: Call, *objects: dict[str, Any]) -> None:
    for each in objects:
        await call.raw(json.dumps(each).encode() + b"\n", kind="application/x-ndjson")
    await call.end(done=False)


WORD = {"response": "o", "done": False}
LAST = {"response": "wl", "done": True, "done_reason": "stop"}


@row(who="Ollama", kind="ollama", texts=OWLS, requests=3)
async def ollama_as_it_should(call: Call) -> None:
    await ollama(call, WORD, LAST)


@row(
    who="Ollama", kind="ollama", n=1, texts=(), error=errors.ServerError, says="more system memory"
)
async def ollama_fails_within(call: Call) -> None:
    await ollama(call, WORD, {"error": "model requires more system memory than is available"})


@row(who="Ollama behind a proxy", kind="ollama", n=1, unread=True, texts=OWLS[:1], requests=2)
async def ollama_ends_within(call: Call) -> None:
    await ollama(call, *([WORD] if call.number == 1 else [WORD, LAST]))


@row(
    who="Ollama with a model that thinks",
    kind="ollama",
    n=1,
    texts=(),
    error=errors.AnswerError,
    says="how it reasons",
)
async def ollama_thinks(call: Call) -> None:
    await ollama(
        call,
        {"response": "", "thinking": "The user", "done": False},
        {"response": "", "done": True, "done_reason": "length"},
    )


# A key that a server sends back.


def sent_key(call: Call) -> str:
    return call.headers["authorization"].removeprefix("Bearer ")


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "escaped": lambda key: "".join(f"\\u{ord(each):04X}" for each in key),
    "escaped_slashes": lambda key: key.replace("/", "\\/"),
    "percent": lambda key: "".join(f"%{ord(each):02x}" for each in key),
    "quoted": lambda key: quote(key, safe=""),
    "html": lambda key: "".join(f"&#{ord(each)};" for each in key),
    "base64": lambda key: b64encode(b"Bearer " + key.encode()).decode(),
    "base64_user": lambda key: b64encode(b"user:" + key.encode() + b"@").decode(),
    "base64_bare": lambda key: b64encode(key.encode()).decode(),
    "hex": lambda key: key.encode().hex(),
    "capitals": str.upper,
}
"""By their names: ways to write a key down from which anybody can read it."""


def telling(name: str, does: Callable[[Call, str], Coroutine[Any, Any, None]], **more: Any) -> None:
    """Add a row for each spelling of the key that a server sends back."""
    for spelling, spell in SPELLINGS.items():

        async def tell(call: Call, spell: Callable[[str], str] = spell) -> None:
            await does(call, spell(sent_key(call)))

        full = f"{name}_{spelling}"
        expected: dict[str, Any] = {"texts": (), "error": errors.EndpointError} | more
        ROWS[full] = Row(name=full, does=tell, who="proxies that tell what they got", **expected)
        BEHAVIOURS[full] = tell


async def _key_in_words(call: Call, key: str) -> None:
    await call.answer(400, f"Bad request: key {key} has no quota".encode(), kind="text/plain")


async def _key_in_json(call: Call, key: str) -> None:
    await call.answer(403, b'{"error": {"message": "refused: ' + key.encode() + b'"}}')


async def _key_in_title(call: Call, key: str) -> None:
    await call.answer(502, f"<html><title>{key}</title></html>".encode(), kind="text/html")


async def _key_far_in(call: Call, key: str) -> None:
    """Have it stand where long words are cut."""
    await call.answer(400, f"{'x ' * 145}{key} and so on".encode(), kind="text/plain")


async def _key_in_a_chunk(call: Call, key: str) -> None:
    await call.raw(b'data: {"error": {"message": "broke: ' + key.encode() + b'"}}\n\n')
    await call.end()


async def _key_as_a_field(call: Call, key: str) -> None:
    await call.answer(200, b'{"' + key.encode() + b'": 1}')


async def _key_in_no_json(call: Call, key: str) -> None:
    await call.raw(b'data: {"choices": ' + key.encode() + b"}\n\n")
    await call.end()


async def _key_as_plain_answer(call: Call, key: str) -> None:
    await call.answer(200, f"Hello {key}".encode(), kind="text/plain")


async def _key_in_a_broken_header(call: Call, key: str) -> None:
    call.writer.write(f"HTTP/1.1 200 OK\r\nBearer {key}\r\n\r\n".encode())
    await call.writer.drain()
    call.drop()


async def _key_in_the_status(call: Call, key: str) -> None:
    """Tell it in the line of the status, and in a header; and give what was asked for."""
    call.writer.write(f"HTTP/1.1 200 {key}\r\nX-Got: {key}\r\n".encode())
    call.writer.write(f"Transfer-Encoding: chunked\r\nContent-Type: {EVENTS}\r\n\r\n".encode())
    call.begun = True
    await owls(call)


async def _key_as_a_host(call: Call, key: str) -> None:
    await call.answer(307, b"", {"Location": f"https://{key}.example/v1"})


async def _key_as_no_address(call: Call, key: str) -> None:
    await call.answer(307, b"", {"Location": f"http://[{key}"})


for _name, _does in (
    ("key_in_words", _key_in_words),
    ("key_in_json", _key_in_json),
    ("key_in_title", _key_in_title),
    ("key_far_in", _key_far_in),
    ("key_in_a_chunk", _key_in_a_chunk),
    ("key_as_a_field", _key_as_a_field),
    ("key_in_no_json", _key_in_no_json),
    ("key_as_plain_answer", _key_as_plain_answer),
    ("key_in_a_broken_header", _key_in_a_broken_header),
    ("key_as_a_host", _key_as_a_host),
    ("key_as_no_address", _key_as_no_address),
):
    telling(_name, _does, n=1)
telling("key_in_the_status", _key_in_the_status, texts=OWLS, error=None)


async def _key_in_the_text(call: Call, key: str) -> None:
    for index in range(asked_n(call)):
        await call.words("a wolf", key[:3], key[3:], " howls", index=index)
    await call.end()


for _spelling in ("plain", "quoted", "base64", "base64_user", "base64_bare", "hex"):
    _expected = Row(
        name=f"key_in_the_text_{_spelling}", does=owls, who="possible", texts=3, says=""
    )

    async def _tell(call: Call, spell: Callable[[str], str] = SPELLINGS[_spelling]) -> None:
        await _key_in_the_text(call, spell(sent_key(call)))

    ROWS[_expected.name] = _expected
    BEHAVIOURS[_expected.name] = _tell


# Servers with a dialect of their own, found by asking them.


@row(who="koboldcpp 1.76", texts=OWLS, requests=3, later=3)
async def koboldcpp_as_it_does(call: Call) -> None:
    """Write the word "null" while it goes on, give one whatever n is, and count nothing."""
    if call.path.endswith("/v1/models"):
        await call.answer(200, {"data": [{"id": "koboldcpp/babble", "owned_by": "koboldcpp"}]})
    elif call.path.endswith("/api/extra/true_max_context_length"):
        await call.answer(200, {"value": 4096})
    elif call.path.endswith("/api/extra/tokencount"):
        ids = list(range(len(call.body["prompt"])))
        await call.answer(200, {"value": len(ids), "ids": ids})
    else:
        await call.raw(b"event: message\n")
        await call.words("o", "wl", finish=None, goes_on="null")
        await call.words(finish="stop")
        await call.end()


@row(who="Ollama asked for at its /v1, whose own template would be put around", texts=OWLS)
async def ollama_behind_v1(call: Call) -> None:
    if call.path.endswith("/v1/models"):
        await call.answer(200, {"data": [{"id": "babble", "owned_by": "library"}]})
    elif call.path.endswith("/api/version"):
        await call.answer(200, {"version": "0.12.0"})
    elif call.path.endswith("/api/generate"):
        assert call.body["raw"] is True
        await ollama(call, WORD, LAST)
    else:
        await call.answer(400, {"error": {"message": "asked with a template"}})


@row(who="a proxy that lets through Ollama's /v1 alone", texts=OWLS, requests=1)
async def ollama_behind_a_proxy(call: Call) -> None:
    if call.path.endswith("/v1/models"):
        await call.answer(200, {"data": [{"id": "babble", "owned_by": "library"}]})
    elif call.is_completion and not call.path.endswith("/api/generate"):
        await owls(call)
    else:
        await call.answer(404, {"detail": "Not Found"})
