"""Chat models that are made to continue a text, for those who have no base model at hand.

A chat model answers; that it continues a text instead has to be asked for. Where the provider lets
the answer be begun for the model (Claude before 4.6), it is begun with the end of the prompt;
otherwise the model is instructed. What it repeats of the prompt is cut off, and a space that it
leaves out after a word is put back. What comes is not a base model's writing, and says so: the
model's name in every text's origin begins with "chat:", and each brood has a note.

Providers are asked through `/chat/completions`, which all in the table have. They have no `min_p`
and no `top_k`, and give no log-probabilities of a text. Stops are cut on our side, since some
providers refuse those of white space alone. Which models reason before they write, and with about
how many tokens, was found by the authors of the package basemode (Apache-2.0).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from flourishing.core.sampling import Sampling
from flourishing.errors import ModelNotFoundError
from flourishing.models.endpoint.dialect import (
    Chunk,
    Part,
    Request,
    SamplingFields,
    completion_index,
    failure_of,
    further_fields,
)
from flourishing.models.endpoint.openai import REASONING, OpenAI, read_choices
from flourishing.models.protocol import Usage
from flourishing.settings import CHAT, NamedModel

if TYPE_CHECKING:
    from flourishing.models.endpoint.address import Address
    from flourishing.models.endpoint.server import Server

CONTEXT: Final = 32_000
"""Tokens of a prompt; every chat model of today takes as many."""
_INSTRUCTIONS: Final = """\
You continue texts. The next message is the beginning of a text. Write what comes next in it, as \
its author would: the same voice, the same form, the same line breaks. Start exactly where it \
ends, even in the middle of a line or a word. Write nothing else: no greeting, no comment, no \
quotation marks around it, and do not repeat what is there."""
_BEGUN: Final = """\
Continue the following text in its author's voice and form. Write only what comes next, without a \
comment.

"""
_GO_ON: Final = "Continue."
_SEED_LENGTH: Final = 20
"""Characters of the prompt with which an answer is begun."""
_AROUND: Final = 160
"""Tokens that stand around a prompt, and rather too many."""
_NOTE: Final = "Continued by a chat model, not a base model: {}."
_TAKES_PREFILL: Final = re.compile(
    r"claude-(?:2|3|instant|(?:opus|sonnet|haiku)-4(?:-[0-5])?(?:-\d{8})?$)"
)
"""Claude before 4.6, by the names on all providers; later ones refuse an answer that is begun."""
_REASONING_TOKENS: Final = (
    (re.compile(r"gemini-2\.5-flash-lite"), 512),
    (re.compile(r"gemini-2\.5-flash"), 1024),
    (re.compile(r"gemini-(?:2\.5-pro|pro-latest)"), 2048),
    (re.compile(r"gemini-(?:3\.\d-)?flash"), 1024),
    (re.compile(r"gemini-3|gemma-4"), 4096),
    (re.compile(r"kimi-k(?:2\.|2-thinking|3)"), 4096),
    (re.compile(r"claude-[a-z]+-5"), 512),
    (re.compile(r"gpt-5|(?:^|/)o\d"), 2048),
    (re.compile(r"gpt-oss|minimax-m|glm-[45]|qwen3\.|thinking|reasoner|deepseek-(?:r1|v4)"), 4096),
)
"""How many tokens a model may reason with before it writes; the first pattern that is found."""
_MORE_FIELDS: Final[tuple[tuple[re.Pattern[str], dict[str, Any]], ...]] = (
    (re.compile(r"gemini-(?:3\.\d-flash|flash-latest)"), {"reasoning_effort": "none"}),
    (re.compile(r"glm-(?:4\.[567]|5(?!\.3))"), {"thinking": {"type": "disabled"}}),
)
"""How a model is asked to reason less; a provider that does not know the field is asked without."""
_SPACED: Final = ".,!?;"
"""Marks after which a space follows."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Where a provider of chat models is.

    Attributes:
        base: The address, up to its version.
        key_env: The variable of the environment that holds the key; None where it wants none.
    """

    base: str
    key_env: str | None


PROVIDERS: Final[Mapping[str, Provider]] = {
    "anthropic": Provider("https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
    "cerebras": Provider("https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
    "deepinfra": Provider("https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY"),
    "deepseek": Provider("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    "fireworks_ai": Provider("https://api.fireworks.ai/inference/v1", "FIREWORKS_AI_API_KEY"),
    "gemini": Provider("https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
    "groq": Provider("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "mistral": Provider("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "moonshot": Provider("https://api.moonshot.ai/v1", "MOONSHOT_API_KEY"),
    "novita": Provider("https://api.novita.ai/v3/openai", "NOVITA_API_KEY"),
    "ollama": Provider("http://localhost:11434/v1", None),
    "openai": Provider("https://api.openai.com/v1", "OPENAI_API_KEY"),
    "openrouter": Provider("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "sambanova": Provider("https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY"),
    "together_ai": Provider("https://api.together.xyz/v1", "TOGETHERAI_API_KEY"),
    "xai": Provider("https://api.x.ai/v1", "XAI_API_KEY"),
    "zai": Provider("https://api.z.ai/api/paas/v4", "ZAI_API_KEY"),
}
"""By the names under which LiteLLM knows them, so that names and keys of other programs work."""
_BY_MODEL: Final = {
    "claude": "anthropic",
    "deepseek": "deepseek",
    "gemini": "gemini",
    "glm": "zai",
    "gpt": "openai",
    "grok": "xai",
    "kimi": "moonshot",
}
"""The provider of a model that is named without one, by how its name begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat(OpenAI):
    """The dialect of `/chat/completions`, with a chat model that is made to continue a text.

    Attributes:
        begun: Whether the answer is begun for the model, with the end of the prompt.
    """

    begun: bool = False
    is_base: bool = False
    gives_several: bool = False
    repeats: bool = True
    gives_logprobs: bool = False
    further_settings: frozenset[str] | None = frozenset()
    droppable: tuple[str, ...] = (
        "reasoning_effort",
        "thinking",
        "stream_options",
        "seed",
        "temperature",
        "top_p",
        "max_tokens",
    )
    renamed: Mapping[str, str] = field(
        default_factory=lambda: {"max_tokens": "max_completion_tokens"}
    )

    def completions_url(self, address: Address) -> str:
        return self.chat_url(address)

    def sampling_fields(
        self,
        sampling: Sampling,
        stop: Sequence[str] = (),  # noqa: ARG002 - none of its settings needs them
    ) -> SamplingFields:
        fields = {"temperature": sampling.temperature}
        if sampling.top_p < 1:
            fields["top_p"] = sampling.top_p
        unsupported = [name for name in ("top_k", "min_p") if getattr(sampling, name)]
        return SamplingFields(fields, (*unsupported, *further_fields(sampling, ()).unsupported))

    def body(
        self,
        request: Request,
        n: int,  # noqa: ARG002 - one answer for each request
        seed: int | None,
        server: Server,
    ) -> dict[str, Any]:
        model = server.address.model
        more: dict[str, Any] = next(
            (fields for pattern, fields in _MORE_FIELDS if pattern.search(model.lower())), {}
        )
        body: dict[str, Any] = {
            "model": model,
            "messages": self.messages(request.prompt),
            "max_tokens": self.most_usage(model, 0, request.sampling.max_tokens).completion,
            **self.sampling_fields(request.sampling).fields,
            "stream": True,
            "stream_options": {"include_usage": True},
            **more,
        }
        return body if seed is None else {**body, "seed": seed}

    def messages(self, prompt: str) -> list[dict[str, str]]:
        """Give the conversation that makes the model continue a prompt.

        Args:
            prompt: The prompt.
        """
        # An answer cannot be begun with white space at its end.
        start = prompt[-_SEED_LENGTH:].rstrip() if self.begun else ""
        if not start:
            return [
                {"role": "system", "content": _INSTRUCTIONS},
                {"role": "user", "content": prompt},
            ]
        return [
            {"role": "system", "content": _BEGUN + prompt},
            {"role": "user", "content": _GO_ON},
            {"role": "assistant", "content": start},
        ]

    def read(self, found: dict[str, Any]) -> Chunk:
        return read_choices(found, _part)

    def lead(self, prompt: str, start: str) -> str:
        """Give the space that chat models leave out at the beginning of an answer.

        Args:
            prompt: The prompt.
            start: The first words, as they came.
        """
        last = prompt[-1:]
        word_ended = not self.begun and (last.isalnum() or (last and last in _SPACED))
        return " " if word_ended and start[:1].isalnum() else ""

    def most_usage(self, model: str, prompt: int, max_tokens: int) -> Usage:
        """Count what stands around the prompt, and what the model may reason with.

        Args:
            model: What the server calls the model.
            prompt: Tokens of the prompt.
            max_tokens: The most tokens of the text.
        """
        reasoning = next(
            (most for pattern, most in _REASONING_TOKENS if pattern.search(model.lower())), 0
        )
        return Usage(prompt=prompt + _AROUND, completion=max_tokens + reasoning)

    def most_score_usage(self, prompt: int, continuation: int) -> Usage:  # noqa: ARG002
        return Usage()  # it is refused before anything is sent


def _part(choice: dict[str, Any]) -> Part:
    message = next((each for name in ("delta", "message") if (each := choice.get(name))), None)
    message = message if isinstance(message, dict) else {}
    text, finish = message.get("content"), choice.get("finish_reason")
    return Part(
        completion_index(choice.get("index")),
        text if isinstance(text, str) else "",
        str(finish) if finish else None,
        failure_of(choice.get("error"), finish),
        any(message.get(name) for name in REASONING),
    )


def chat_dialect(model: str) -> Chat:
    """Give the dialect for a chat model.

    Args:
        model: What its provider calls it.
    """
    begun = bool(_TAKES_PREFILL.search(model.lower().replace(".", "-")))
    how = "its answer was begun for it" if begun else "it was instructed to continue"
    return Chat(begun=begun, note=_NOTE.format(how))


def find_provider(settings: NamedModel) -> tuple[Provider, str]:
    """Find where a chat model is, and what its provider calls it.

    Args:
        settings: How a person has described it; its model begins with "chat:".

    Raises:
        ModelNotFoundError: No model is named, or nobody can say whose it is.
    """
    named = settings.model.removeprefix(CHAT).strip()
    provider, slash, model = named.partition("/")
    if not slash:
        provider, model = _guessed_provider(named), named
    found = PROVIDERS.get(provider.lower())
    if found is None and settings.endpoint:
        found, model = Provider("", None), model if slash else named
    if found is None or not model.strip():
        raise ModelNotFoundError(
            f"{CHAT + named!r} does not say which chat model of which provider."
            if named
            else f"{CHAT!r} names no chat model.",
            hint=f"Write {CHAT}provider/model, such as {CHAT}anthropic/claude-sonnet-4-5. "
            f"Providers are: {', '.join(PROVIDERS)}; for any other, set endpoint in the "
            "configuration.",
        )
    return found, model.strip()


def _guessed_provider(model: str) -> str:
    return next((_BY_MODEL[each] for each in _BY_MODEL if model.lower().startswith(each)), "")
