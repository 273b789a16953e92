"""The calls of `flourishing` for asynchronous code: `from flourishing import aio`.

They run on the event loop of the caller, and write nothing to the terminal: a warning is a `Notice`
among the events, and among the notes of the brood. Several run at once with `asyncio.gather`;
cancelling a call stops the model.

```python
broods = await asyncio.gather(*(fl.aio.breed(parents, seed=seed) for seed in range(10)))
```
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, Unpack, overload

from flourishing import app, blocking, breeding
from flourishing.app import render as rendering
from flourishing.app.prompting import SHOWN, PromptTrial
from flourishing.breeding import BreedRequest
from flourishing.breeding.brood import BreedingEvent, Brood
from flourishing.core.sampling import Sampling, SamplingOptions
from flourishing.core.text import Text
from flourishing.kinds import Kind
from flourishing.models import BaseModel, Score, TokenLogprob
from flourishing.notebook import breeding as breeding_calls
from flourishing.notebook import requests
from flourishing.notebook.breeding import like
from flourishing.notebook.evolving import like_evolve, opened
from flourishing.notebook.requests import Shorthands, completed
from flourishing.selection.judge import EACH, Judge
from flourishing.selection.judgement import Judgement
from flourishing.selection.prompt_task import Part, PromptTask

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from flourishing.app.share import Form, Scope, SharedFile
    from flourishing.evolution.evolve import Evolution
    from flourishing.evolution.run import RunEvent
    from flourishing.formats.picture import Look, Size
    from flourishing.formulas.encoding import Rendering
    from flourishing.garden import Garden
    from flourishing.models.images import ModelImage

__all__ = [
    "base_model",
    "breed",
    "breed_events",
    "check_judge",
    "embed",
    "events",
    "evolve",
    "image",
    "judge_texts",
    "logprobs",
    "measure_prompts",
    "next_token",
    "refine",
    "refine_events",
    "render",
    "share",
    "worsen",
    "worsen_events",
]

Given = ParamSpec("Given")


def _awaited(make: Callable[Given, BreedRequest]) -> Callable[Given, Coroutine[Any, Any, Brood]]:
    """Give the coroutine function that gives the brood of a request."""

    async def call(*args: Given.args, **kwargs: Given.kwargs) -> Brood:
        return await breeding.finished(breeding.breed(make(*args, **kwargs)))

    return like(make, call, Brood)


def _followed(
    make: Callable[Given, BreedRequest],
) -> Callable[Given, AsyncGenerator[BreedingEvent]]:
    """Give the call that gives the events of a request, of which the brood is the last."""

    def call(*args: Given.args, **kwargs: Given.kwargs) -> AsyncGenerator[BreedingEvent]:
        return events(make(*args, **kwargs))

    made = like(make, call, AsyncGenerator[BreedingEvent])
    made.__name__ = made.__qualname__ = f"{make.__name__}_events"
    made.__doc__ = (
        f"Give the events of `{make.__name__}` as they come, and the brood as the last one.\n\n"
        f"{made.__doc__}"
    )
    return made


def events(request: BreedRequest) -> AsyncGenerator[BreedingEvent]:
    """Give the events of a request as they come, and the brood as the last one.

    Args:
        request: What is asked for, such as `BreedRequest(parents=poems, n=3)`.

    Returns:
        An asynchronous iterator; leaving it stops the model.
    """
    return breeding.breed(request)


breed = _awaited(requests.breed)
refine = _awaited(requests.refine)
worsen = _awaited(requests.worsen)
breed_events = _followed(requests.breed)
refine_events = _followed(requests.refine)
worsen_events = _followed(requests.worsen)


def _events_of(evolution: Evolution) -> AsyncGenerator[RunEvent]:
    return evolution.events()


evolve = like_evolve(opened, _events_of, "AsyncGenerator[RunEvent]")


@overload
async def base_model(
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
async def base_model(
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


async def base_model(
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
    """Continue a prompt with a base model, as `flourishing.base_model` does.

    Args:
        prompt: The exact prompt; it should end right where the next example would begin.
        responses: How many completions, from 1 to 1,000, as a list of exactly so many; None gives
            one as a string.
        stop: What ends a completion; None reads it off the prompt; [] always lets it run on.
        sampling: How tokens are drawn: "tame", "usual", "bold", "wild", or numbers.
        seed: The same seed gives the same texts, from 0 to 2**31 - 1; by default a fresh one.
        start: Words that every completion begins with; part of the result.
        model: The base model, by name or itself; by default the one that is configured.
        **shorthands: Single settings of the sampling, which go before `sampling`.

    Returns:
        The completion, or the list of them, up to the stop and without it.

    Raises:
        InputError: The prompt is empty, or an argument is out of its range.
        PromptTooLongError: The prompt does not fit into the model's context.
        ModelError: The model cannot be found, loaded or run.
    """
    texts = await app.complete(
        prompt,
        1 if responses is None else responses,
        stop=[stop] if isinstance(stop, str) else stop,
        start=start,
        sampling=completed(sampling, shorthands),
        seed=seed,
        model=model,
    )
    return texts[0] if responses is None else texts


async def next_token(
    prompt: str, *, k: int = 10, model: str | BaseModel | None = None
) -> tuple[TokenLogprob, ...]:
    """Give the k likeliest next tokens after a prompt, likeliest first.

    Args:
        prompt: The exact prompt.
        k: How many, at least 1.
        model: The base model, by name or itself; by default the one that is configured.

    Returns:
        Tokens with their natural log-probabilities, before any sampling setting.
    """
    return await app.next_token(prompt, k=k, model=model)


async def logprobs(
    prompt: str, continuations: Sequence[str], *, model: str | BaseModel | None = None
) -> tuple[Score, ...]:
    """Give the log-probabilities of given continuations of a prompt.

    Args:
        prompt: The exact prompt; "" gives how likely the texts are at the beginning.
        continuations: The texts that might follow it, any number; the prompt is read once for all.
        model: The base model, by name or itself; by default the one that is configured.

    Returns:
        A `Score` for each continuation, in their order: its tokens, the sum `logprob`, and the mean
        of a token, `mean`.

    Raises:
        InputError: A text is none, or has a lone surrogate.
        PromptTooLongError: The prompt and a text do not fit into the model's context.
        EngineError: The model gives no log-probabilities.
    """
    return await app.logprobs(prompt, continuations, model=model)


async def embed(
    texts: Iterable[str | Text], *, model: str | BaseModel | None = None
) -> NDArray[np.float32]:
    """Give an embedding of each text, as a row of numbers: texts that are alike lie near.

    The embedded model gives the mean of its last states over the tokens of a text, which stands at
    the beginning, without a prompt. A text of more than 2,048 tokens is read in parts of so many,
    and its row is the mean over all of its tokens. A server pools in its own way. Rows of
    different models cannot be compared.

    Args:
        texts: The texts, any number of them, none of them empty.
        model: The base model, by name or itself; by default the one that is configured.

    Returns:
        An array of shape (number of texts, width) and of type float32; 640 wide for the embedded
        model. Of no texts, the width is 0 where only a server knows it.

    Raises:
        InputError: A text is empty, has a lone surrogate, or is no text.
        PromptTooLongError: A text is longer than any that the model could read in parts.
        EngineError: The model gives no embeddings.
    """
    return await app.embed(texts, model=model)


async def judge_texts(
    texts: Iterable[str | Text], judge: Judge, *, model: str | BaseModel | None = None
) -> tuple[Judgement, ...]:
    """Give what a judge says of texts: the probability of each answer, calibrated.

    Each judgement says how far the judge was right on labelled texts, or that it was not checked
    with this model.

    Args:
        texts: The texts, any number of them, none of them blank.
        judge: The judge: a question, its answers and a few examples.
        model: The base model, by name or itself; by default the one that is configured.

    Returns:
        A `Judgement` for each text, in their order: its `answer`, its `probabilities`, and `value`,
        the probability of the judge's chosen answer, from 0 to 1.

    Raises:
        InputError: A text is blank, has a lone surrogate, or is no text.
        PromptTooLongError: The examples and a text do not fit into the model's context.
        EngineError: The model gives no log-probabilities.
    """
    return await app.judge_texts(texts, judge, model=model)


async def check_judge(
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
        model: The base model, by name or itself; by default the one that is configured.
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
    return await app.check_judge(judge, labelled, model=model, each=each, seed=seed)


async def measure_prompts(
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
        model: The base model, by name or itself; by default the one that is configured.
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
    """
    return await app.measure_prompts(prompts, task, model=model, part=part, shown=shown)


async def share(
    garden: Garden,
    number: int,
    form: Form = "picture",
    *,
    scope: Scope | None = None,
    examples: bool = False,
    size: Size | None = None,
    look: Look = "day",
    title: str = "",
    by: str = "",
    credit: bool = False,
) -> SharedFile:
    """Share a text or its family, as `flourishing.share` does; a picture is drawn in a thread.

    Args:
        garden: The garden of the text.
        number: The number of the text.
        form: "picture" for a PNG, which is the default; "page" for one HTML page; or "text".
        scope: "text", "ancestors", "descendants" or "family"; None for "ancestors" of a page, and
            else for "text".
        examples: Whether texts that only showed what getting better looks like are shown too. Off
            by default.
        size: The size of a picture, such as "square"; None for "portrait" of a text, and for "long"
            of a family.
        look: Of a picture: "day", the default, or "night".
        title: A title above it; "", the default, for none.
        by: Whose it is; "", the default, for nobody.
        credit: Whether it says who wrote it. Off by default.

    Returns:
        What can be saved and sent.

    Raises:
        InputError: There is no such text; or a picture has no room for it, or no font for its
            signs.
    """
    return await blocking.run(
        breeding_calls.share,
        garden,
        number,
        form,
        scope=scope,
        examples=examples,
        size=size,
        look=look,
        title=title,
        by=by,
        credit=credit,
    )


async def image(
    text: Text | str, *, model: str | None = None, size: str = "1024x1024"
) -> ModelImage:
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

    content = text.content if isinstance(text, Text) else text
    return await draw_image(content, model=model, size=size)


async def render(
    text: Text | str,
    kind: str | Kind | None = None,
    *,
    size: int | None = None,
    seconds: float | None = None,
) -> Rendering:
    """Render a text as a picture, an animation or a sound, as `flourishing.render` does.

    Args:
        text: The text of a formula or a program, or an SVG.
        kind: The kind of text, such as "picture"; None for what it is, by what it takes.
        size: The side of a picture in pixels, from 1 to 4,096; None for 512, or for 256 of an
            animation.
        seconds: How long an animation or a sound lasts, up to 60; None for 4.

    Returns:
        What can be saved, looked at and sent; its `data` are computed already.

    Raises:
        RenderError: It cannot be rendered, not as this kind, or not so large or so long.
        InputError: There is no such kind, or the size or the time is no number.
    """

    def computed() -> Rendering:
        done = rendering.render(text, kind, size=size, seconds=seconds)
        _ = done.data  # once computed, they are kept
        return done

    return await blocking.run(computed)
