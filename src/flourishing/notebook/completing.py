"""Completing a prompt, likely continuations, alike texts, judges, prompts, instruct models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack, overload

from flourishing import app, sync
from flourishing.app.progress import notify_visibly, open_visibly
from flourishing.app.prompting import SHOWN, PromptTrial
from flourishing.core.sampling import SETTINGS, Sampling, SamplingOptions
from flourishing.core.text import Text
from flourishing.errors import InputError
from flourishing.models import BaseModel, Score, TokenLogprob
from flourishing.notebook.requests import Shorthands, completed
from flourishing.selection.judge import EACH, Judge
from flourishing.selection.judgement import Judgement
from flourishing.selection.prompt_task import Part, PromptTask

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from flourishing.models.images import ModelImage


@overload
def base_model(
    prompt: str,
    *,
    responses: None = None,
    stop: str | Sequence[str] | None = None,
    sampling: Sampling | SamplingOptions | str | None = None,
    seed: int | None = None,
    start: str = "",
    model: str | BaseModel | None = None,
    **shorthands: Unpack[Shorthands],
) -> str: ...


@overload
def base_model(
    prompt: str,
    *,
    responses: int,
    stop: str | Sequence[str] | None = None,
    sampling: Sampling | SamplingOptions | str | None = None,
    seed: int | None = None,
    start: str = "",
    model: str | BaseModel | None = None,
    **shorthands: Unpack[Shorthands],
) -> list[str]: ...


def base_model(
    prompt: str,
    *,
    responses: int | None = None,
    stop: str | Sequence[str] | None = None,
    sampling: Sampling | SamplingOptions | str | None = None,
    seed: int | None = None,
    start: str = "",
    model: str | BaseModel | None = None,
    **shorthands: Unpack[Shorthands],
) -> str | list[str]:
    """Continue a prompt with a base model.

    Args:
        prompt: The exact prompt; it should end right where the next example would begin.
        responses: How many completions, from 1 to 1,000, as a list of exactly so many; None gives
            one as a string.
        stop: What ends a completion; None reads it off the prompt ("|" for "|cat|dog|"), and lets
            it run on where no pattern can be seen; [] always lets it run on.
        sampling: How tokens are drawn: "tame", "usual", "bold", "wild", or numbers. What
            `SamplingOptions` leave open is the default, and the most tokens those of the prompt's
            pattern.
        **shorthands: Single settings of the sampling, which go before `sampling`: max_tokens;
            temperature, above 1 for wilder, below 1 for tamer; top_p, top_k and min_p.
        seed: The same seed gives the same texts, from 0 to 2**31 - 1; by default a fresh one.
        start: Words that every completion begins with; part of the result.
        model: "local" (the embedded model), "echo", the path of a `.gguf` file, an address, a name
            in the configuration, or a model; by default the one that is configured.

    Returns:
        The completion, or the list of them, up to the stop and without it.

    Raises:
        InputError: The prompt is empty, or an argument is out of its range.
        PromptTooLongError: The prompt does not fit into the model's context.
        ModelError: The model cannot be found, loaded or run.

    Example:
        >>> import flourishing as fl
        >>> animals = fl.base_model("|cat|elephant|rabbit|dog|", responses=3)
        >>> len(animals)
        3
    """
    texts = sync.run(
        app.complete(
            prompt,
            1 if responses is None else responses,
            stop=[stop] if isinstance(stop, str) else stop,
            start=start,
            sampling=completed(sampling, shorthands),
            seed=seed,
            model=open_visibly(model),
            notify=notify_visibly,
        )
    )
    return texts[0] if responses is None else texts


def next_token(
    prompt: str, *, k: int = 10, model: str | BaseModel | None = None
) -> tuple[TokenLogprob, ...]:
    """Give the k likeliest next tokens after a prompt, likeliest first.

    Args:
        prompt: The exact prompt.
        k: How many.
        model: As in `base_model`.

    Returns:
        Tokens with their natural log-probabilities, before any sampling setting.
    """
    return sync.run(app.next_token(prompt, k=k, model=open_visibly(model)))


def logprobs(
    prompt: str, continuations: Sequence[str], *, model: str | BaseModel | None = None
) -> tuple[Score, ...]:
    """Give the log-probabilities of given continuations of a prompt.

    Args:
        prompt: The exact prompt; "" gives how likely the texts are at the beginning.
        continuations: The texts that might follow it, any number; the prompt is read once for all.
        model: As in `base_model`.

    Returns:
        A `Score` for each continuation, in their order: its tokens, the sum `logprob`, and the mean
        of a token, `mean`.

    Raises:
        InputError: A text is none, or has a lone surrogate.
        PromptTooLongError: The prompt and a text do not fit into the model's context.
        EngineError: The model gives no log-probabilities.
    """
    return sync.run(app.logprobs(prompt, continuations, model=open_visibly(model)))


def embed(
    texts: Iterable[str | Text], *, model: str | BaseModel | None = None
) -> NDArray[np.float32]:
    """Give an embedding of each text, as a row of numbers: texts that are alike lie near.

    The embedded model gives the mean of its last states over the tokens of a text, which stands at
    the beginning, without a prompt. A text of more than 2,048 tokens is read in parts of so many,
    and its row is the mean over all of its tokens. A server pools in its own way. Rows of
    different models cannot be compared.

    Args:
        texts: The texts, any number of them, none of them empty.
        model: As in `base_model`.

    Returns:
        An array of shape (number of texts, width) and of type float32; 640 wide for the embedded
        model. Of no texts, the width is 0 where only a server knows it.

    Raises:
        InputError: A text is empty, has a lone surrogate, or is no text.
        PromptTooLongError: A text is longer than any that the model could read in parts.
        EngineError: The model gives no embeddings.

    Example:
        >>> import flourishing as fl
        >>> fl.embed(["fog on the harbour", "mist on the bay", "tax return"]).shape
        (3, 640)
    """
    return sync.run(app.embed(texts, model=open_visibly(model)))


def judge_texts(
    texts: Iterable[str | Text], judge: Judge, *, model: str | BaseModel | None = None
) -> tuple[Judgement, ...]:
    """Give what a judge says of texts: the probability of each answer, calibrated.

    Each judgement says how far the judge was right on labelled texts, or that it was not checked
    with this model.

    Args:
        texts: The texts, any number of them, none of them blank.
        judge: The judge: a question, its answers and a few examples.
        model: As in `base_model`.

    Returns:
        A `Judgement` for each text, in their order: its `answer`, its `probabilities`, and `value`,
        the probability of the judge's chosen answer, from 0 to 1.

    Raises:
        InputError: A text is blank, has a lone surrogate, or is no text.
        PromptTooLongError: The examples and a text do not fit into the model's context.
        EngineError: The model gives no log-probabilities.
    """
    return sync.run(app.judge_texts(texts, judge, model=open_visibly(model)))


def check_judge(
    judge: Judge,
    labelled: Iterable[tuple[str | Text, str]],
    *,
    model: str | BaseModel | None = None,
    each: int = EACH,
    seed: int = 0,
) -> Judge:
    """Find out how far a judge agrees with labelled texts, and give it with what was found.

    Args:
        judge: The judge. Where it has no examples, some of the labelled texts become its examples.
        labelled: Pairs of a text and its right answer; those that are examples are left out.
        model: As in `base_model`.
        each: How many labelled texts of each answer become examples where the judge has none, at
            least 1; by default 4. At most half of those with an answer are taken.
        seed: The same seed draws the same examples; by default 0.

    Returns:
        The judge, with a `check` that says what it is worth: its `sentence`, its `verdict`, the
        `agreement` with an interval, and the confusion of the answers.

    Raises:
        InputError: A label is none of the answers, or no text is left to check with.
        EngineError: The model gives no log-probabilities.
    """
    asked = app.check_judge(judge, labelled, model=open_visibly(model), each=each, seed=seed)
    return sync.run(asked)


def measure_prompts(
    prompts: Iterable[str | Text],
    task: str | Path | PromptTask,
    *,
    model: str | BaseModel | None = None,
    part: Part = "training",
    shown: int = SHOWN,
) -> tuple[PromptTrial, ...]:
    """Measure prompts by the answers that are expected, and show what a model answers.

    Args:
        prompts: The prompts, any number; "" stands for no prompt. `{input}` in one is where the
            input stands; where it is not, the input follows the prompt.
        task: The task, its name, such as "antonyms", or the path of its file.
        model: As in `base_model`.
        part: Which examples are looked at: "training", by which prompts are chosen, or "held-out",
            which are for comparing what was chosen; by default the former.
        shown: On how many of these inputs an answer is written, from 0 to 50; by default 3.

    Returns:
        A trial for each prompt, in their order: its `figures`, of which `logprob` is the measure
        (the mean log-probability of a token of the expected answers), and its `answers`.

    Raises:
        InputError: There is no such task or part, or a prompt is no text.
        PromptTooLongError: A prompt does not fit into the model's context.
        EngineError: The model gives no log-probabilities.

    Example:
        >>> import flourishing as fl
        >>> (trial,) = fl.measure_prompts(["The opposite of {input} is"], "antonyms")
        >>> trial.answers[0].input
        'hot'
    """
    return sync.run(
        app.measure_prompts(prompts, task, model=open_visibly(model), part=part, shown=shown)
    )


def image(text: Text | str, *, model: str | None = None, size: str = "1024x1024") -> ModelImage:
    """Ask a model for a picture of a text.

    The text is sent to the server of the model. To keep the picture with a text of a garden, give
    it to `garden.pictures.put(text.id, picture)`.

    Args:
        text: The text, up to 30,000 characters.
        model: A name in the configuration, or an address `http(s)://host/v1#model-id` of a server
            with `/v1/images/generations`; by default the model that the configuration calls
            "image".
        size: Width and height in pixels, such as "1024x1024", or "auto"; a model has sizes of its
            own, and refuses others.

    Returns:
        The picture: its `data` and `media_type`, and `save(path)`; a notebook shows it.

    Raises:
        InputError: The text is blank or too long, the size is none, or the model is not behind an
            address.
        ModelError: The model cannot be found or reached, refuses, or gives no picture.
    """
    from flourishing.models.images import draw_image  # here, since few make pictures
    from flourishing.models.waiting import print_plain

    content = text.content if isinstance(text, Text) else text
    return sync.run(draw_image(content, model=model, size=size, notify=print_plain))


@overload
def instruct(
    prompt: str,
    *,
    model: str = "instruct",
    responses: None = None,
    sampling: Sampling | SamplingOptions | str | None = None,
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
    sampling: Sampling | SamplingOptions | str | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    seed: int | None = None,
) -> list[str]: ...


def instruct(
    prompt: str,
    *,
    model: str = "instruct",
    responses: int | None = None,
    sampling: Sampling | SamplingOptions | str | None = None,
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
