"""Asking an instruct model, as the post's `gpt4(…)` does."""

from __future__ import annotations

from typing import overload

from flourishing import sync
from flourishing.core.sampling import SETTINGS, Sampling, SamplingOptions
from flourishing.errors import InputError


@overload
def instruct(
    prompt: str,
    *,
    model: str = "instruct",
    responses: None = None,
    sampling: Sampling | SamplingOptions | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    seed: int | None = None,
) -> str: ...


@overload
def instruct(
    prompt: str,
    *,
    model: str = "instruct",
    responses: int,
    sampling: Sampling | SamplingOptions | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    seed: int | None = None,
) -> list[str]: ...


def instruct(
    prompt: str,
    *,
    model: str = "instruct",
    responses: int | None = None,
    sampling: Sampling | SamplingOptions | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    seed: int | None = None,
) -> str | list[str]:
    """Give an instruct model a prompt as what a person says to it.

    Args:
        prompt: What is said to it, with nothing around it.
        model: A name in the configuration, or an address `http(s)://host/v1#model-id` of a server
            with `/v1/chat/completions`; by default the model that the configuration calls
            "instruct".
        responses: How many answers; None gives one as a string, n a list of exactly n.
        sampling: How tokens are drawn; an instruct model is asked with `max_tokens` and
            `temperature` alone, and another setting than the default is refused.
        max_tokens: The most tokens of an answer, which goes before `sampling`; by default 256.
        temperature: How freely it draws, from 0 to 2, which goes before `sampling`; by default what
            the server does of its own.
        seed: The seed of the first answer, for servers that keep to seeds.

    Returns:
        The answer, or the list of them.

    Raises:
        InputError: The prompt is empty, or an argument is out of its range.
        ModelError: The model cannot be found or reached, or gives no answer.
    """
    # Imported here, since most who breed never talk to a model.
    from flourishing.models.instruct import MOST_TOKENS
    from flourishing.models.instruct import instruct as ask

    options = SamplingOptions.of(sampling)
    _require_known(options)
    options = options.with_options(SamplingOptions(max_tokens=max_tokens, temperature=temperature))
    answers = sync.run(
        ask(
            prompt,
            model=model,
            n=1 if responses is None else responses,
            max_tokens=MOST_TOKENS if options.max_tokens is None else options.max_tokens,
            temperature=options.temperature,
            seed=seed,
        )
    )
    return answers[0] if responses is None else answers


def _require_known(options: SamplingOptions) -> None:
    for name, value in options.as_dict().items():
        if name not in {"max_tokens", "temperature"} and value != SETTINGS[name].default:
            raise InputError(
                f"An instruct model cannot be asked with {name} {value:g}.",
                hint="Only max_tokens and temperature can be set for one.",
            )
