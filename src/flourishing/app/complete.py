"""Continuing a raw prompt, with one model or two; likely continuations; texts that are alike.

In a contrast the base model is the point, the instruct model a foil: where there is none, or it
fails, what the base model wrote is given all the same, with what went wrong.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from flourishing.arguments import as_list, as_whole, as_words
from flourishing.breeding.brood import MOST_OFFSPRING
from flourishing.core.sampling import Sampling, SamplingOptions, first_seed, wave_seed
from flourishing.core.text import Text, require_unicode
from flourishing.errors import (
    EngineError,
    FlourishingError,
    InputError,
    ModelError,
    NoInstructModelError,
    NoPatternError,
)
from flourishing.models import (
    BaseModel,
    Completion,
    Event,
    Notice,
    Piece,
    Score,
    TokenLogprob,
    Waiting,
    open_model,
)
from flourishing.models.cost import Budget, metered
from flourishing.models.engine_output import without_control_words
from flourishing.models.protocol import require_embeddings
from flourishing.models.waiting import without_reader
from flourishing.patterns import Pattern, infer_pattern
from flourishing.settings import config_path, named_models

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RUN_ON_TOKENS = 64
"""The most tokens of a completion that nothing stops."""


async def complete(
    prompt: str,
    n: int = 1,
    *,
    stop: Sequence[str] | None = None,
    start: str = "",
    sampling: Sampling | SamplingOptions | None = None,
    seed: int | None = None,
    model: str | BaseModel | None = None,
    notify: Callable[[Event], None] | None = None,
    budget: Budget | None = None,
) -> list[str]:
    """Continue a prompt n times.

    Where the prompt is seen to be a list of examples, what comes is read as one, without the blanks
    around it; and one that is blank, or the same as another, is asked for again, n more at the
    most. A repeated one then stays. A blank one does not: the model went on with a separator or a
    link, so it is asked without stops, and what it writes behind those marks is read.

    Args:
        prompt: The exact prompt.
        n: How many completions, from 1 to 1,000.
        stop: What ends a completion; None reads it off the prompt, an empty list lets it run on.
        start: Words that every completion begins with; part of the result.
        sampling: How tokens are drawn; options leave the rest to the pattern and the defaults.
        seed: Makes the completions reproducible.
        model: The base model, by name or itself; None for the one that is configured.
        notify: Called with everything that the model says on the way, but for the words themselves,
            which are given whole: an answer that breaks off is asked for again.
        budget: Bounds what it may cost; None for the month's budget alone.

    Returns:
        Exactly n completions, each with the start words before it.

    Raises:
        InputError: The prompt is empty, n is out of range, a stop is empty.
        PromptTooLongError: The prompt does not fit into the model's context.
        ModelError: The model failed, or wrote nothing where an example should stand.
    """
    n = _require_prompt(prompt, start, n)
    pattern = _seen(prompt) if stop is None else None
    ask = partial(
        metered(open_model(model), budget, refills=n if pattern else 0).complete,
        prompt + start,
        sampling=SamplingOptions.of(sampling).complete(
            pattern.max_tokens if pattern else RUN_ON_TOKENS
        ),
        stop=pattern.stop if pattern else _require_stops(stop or ()),
        reproducible=seed is not None,
    )

    def take(text: str) -> str:
        text = without_control_words(text, prompt=prompt)
        return pattern.read(start + text) if pattern else start + text

    first = first_seed(seed)
    texts: dict[int, str] = {}
    left, wave = 2 * n, 0
    while again := _wanting(texts, n, choosy=pattern is not None)[:left]:
        try:
            others = await _texts(ask(n=len(again), seed=wave_seed(first, wave)), notify)
        except ModelError:
            if len(texts) < n:
                raise
            break  # what there is has a blemish, and is worth more than an error
        if wave and not others:
            break
        texts |= {again[at]: take(text) for at, text in others.items()}
        left, wave = left - len(again), wave + 1
    if pattern and (blank := [index for index, text in texts.items() if not text.strip()]):
        others = await _texts(ask(n=len(blank), stop=(), seed=wave_seed(first, wave)), notify)
        texts |= {blank[at]: take(_behind_marks(text, pattern)) for at, text in others.items()}
    _require_all(texts, n, choosy=pattern is not None)
    return [texts[index] for index in range(n)]


def piped_prompt(words: str) -> str:
    """Take what came through a pipe as a prompt: without the line end that `echo` adds.

    A base model would go on with a new line there. One line end is left out, unless the prompt is
    seen to be a list that needs it: whose separator, label or link ends in it (a rule, an empty
    line, "a poem:" above its poem), or which is no list without it (one example a line).

    Args:
        words: All that came.
    """
    if not words.endswith("\n"):
        return words
    kept, bare = _seen(words), words[:-1]
    if kept is None:
        return bare
    ending = kept.link or kept.prefix or kept.separator
    if (ending.endswith("\n") and ending != "\n") or _seen(bare) is None:
        return words
    return bare


async def next_token(
    prompt: str, *, k: int = 10, model: str | BaseModel | None = None
) -> tuple[TokenLogprob, ...]:
    """Give the k likeliest next tokens after a prompt, likeliest first.

    Args:
        prompt: The exact prompt.
        k: How many tokens, at least 1; by default 10.
        model: The base model, by its name or itself; None for the one that is configured.

    Raises:
        InputError: The prompt is empty, or k is below 1.
    """
    _require_prompt(prompt, "", 1)
    k = as_whole(k, "k")
    if k < 1:
        raise InputError(f"There are no {k} next tokens.", hint="Ask for 1 or more.")
    return await metered(open_model(model), None).next_token(prompt, k=k)


async def logprobs(
    prompt: str, continuations: Sequence[str], *, model: str | BaseModel | None = None
) -> tuple[Score, ...]:
    """Give the log-probabilities of given continuations of a prompt, in their order.

    Args:
        prompt: The exact prompt; "" gives how likely the texts are at the beginning.
        continuations: The texts to score, each after the prompt; none give no scores.
        model: The base model, by its name or itself; None for the one that is configured.

    Raises:
        InputError: A text has a lone surrogate, or is no text.
        PromptTooLongError: The prompt and a text do not fit into the model's context.
        EngineError: The model gives no log-probabilities.
    """
    require_unicode(as_words(prompt, "The prompt"), "The prompt")
    continuations = as_list(continuations, "The continuations")
    for number, text in enumerate(continuations, start=1):
        name = f"Continuation {number}"
        require_unicode(as_words(text, name), name)
    return await metered(open_model(model), None).logprobs(prompt, continuations)


async def embed(
    texts: Iterable[str | Text], *, model: str | BaseModel | None = None
) -> NDArray[np.float32]:
    """Give an embedding of each text: texts that are alike lie near each other.

    Args:
        texts: The texts, any number of them, none of them empty.
        model: The base model, by its name or itself; None for the one that is configured.

    Raises:
        InputError: A text is empty, has a lone surrogate, or is no text.
        EngineError: The model gives no embeddings.
    """
    contents = []
    for number, text in enumerate(as_list(texts, "The texts"), start=1):
        name = f"Text {number}"
        content = text.content if isinstance(text, Text) else as_words(text, name)
        require_unicode(content, name)
        if not content:
            raise InputError(f"{name} is empty.", hint="Leave it out: nothing is like nothing.")
        contents.append(content)
    return await require_embeddings(metered(open_model(model), None)).embed(contents)


async def _texts(
    events: AsyncGenerator[Event], notify: Callable[[Event], None] | None
) -> dict[int, str]:
    """Collect the completions of one call, by their indices."""
    texts: dict[int, str] = {}
    with without_reader():
        async with aclosing(events):
            async for event in events:
                if notify is not None and not isinstance(event, Piece):
                    notify(event)
                if isinstance(event, Completion):
                    texts[event.index] = event.text
    return texts


def _wanting(texts: dict[int, str], n: int, *, choosy: bool) -> list[int]:
    """Give the indices for which there is no text, or, if choosy, a blank or a repeated one."""
    seen: set[str] = set()
    wanting = []
    for index in range(n):
        text = texts.get(index)
        if text is None or (choosy and (not text.strip() or text in seen)):
            wanting.append(index)
        elif choosy:
            seen.add(text)
    return wanting


def _behind_marks(text: str, pattern: Pattern) -> str:
    """Take the stops off the beginning of what a model wrote, and the blanks between them."""
    before = None
    while text != before:
        before, text = text, text.lstrip()
        for stop in pattern.stop:
            text = text.removeprefix(stop.strip() or stop)
    return text


def _require_all(texts: dict[int, str], n: int, *, choosy: bool) -> None:
    """Refuse to give fewer than n completions, or, if choosy, a blank one."""
    if len(texts) < n:
        raise EngineError(
            f"The model gave {len(texts)} of {n} completions.", hint="Try again, or ask for fewer."
        )
    if choosy and (blank := sum(not text.strip() for text in texts.values())):
        raise EngineError(
            f"The model wrote nothing in {blank} of {n} completions.",
            hint="Try again, add an example to the prompt, or say where to stop yourself.",
        )


def _seen(prompt: str) -> Pattern | None:
    try:
        return infer_pattern(prompt)
    except NoPatternError:
        return None


def _require_prompt(prompt: str, start: str, n: int) -> int:
    """Check what is asked for; give how many."""
    n = as_whole(n, "responses")
    if not 1 <= n <= MOST_OFFSPRING:
        raise InputError(
            f"There cannot be {n:,} responses.", hint=f"Ask for 1 to {MOST_OFFSPRING:,}."
        )
    if not as_words(prompt, "The prompt"):
        raise InputError(
            "The prompt is empty.", hint="Give the beginning of something, such as |cat|dog|."
        )
    require_unicode(prompt, "The prompt")
    require_unicode(as_words(start, "The start"), "The start")
    return n


def _require_stops(stops: Sequence[str]) -> tuple[str, ...]:
    stops = [as_words(stop, "A stop") for stop in as_list(stops, "The stops")]
    if not all(stops):
        raise InputError(
            "A stop is empty.",
            hint="It would end every completion at once; give stop=[] to let it run on.",
        )
    for stop in stops:
        require_unicode(stop, "A stop")
    return tuple(stops)


INSTRUCT: Final = "instruct"
"""What the configuration calls the instruct model that is used when none is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """What two kinds of models made of one prompt.

    Attributes:
        prompt: The prompt.
        base_model: The name of the base model.
        base: How it went on.
        instruct_model: What the instruct model was called; empty if there was none.
        instruct: What it answered; empty if it did not.
        trouble: Why it did not answer.
    """

    prompt: str
    base_model: str
    base: tuple[str, ...]
    instruct_model: str
    instruct: tuple[str, ...]
    trouble: FlourishingError | None

    def as_dict(self) -> dict[str, object]:
        """Give all of it as JSON takes it."""
        trouble = self.trouble and {"message": str(self.trouble), "hint": self.trouble.hint}
        return {
            "prompt": self.prompt,
            "base": {"model": self.base_model, "completions": list(self.base)},
            "instruct": {"model": self.instruct_model, "answers": list(self.instruct)},
            "trouble": trouble,
        }


async def contrast(
    prompt: str,
    *,
    base: str | BaseModel | None = None,
    instruct_model: str | None = None,
    n: int = 1,
    sampling: SamplingOptions | None = None,
    seed: int | None = None,
    notify: Callable[[str | Waiting], None] | None = None,
    budget: Budget | None = None,
) -> Contrast:
    """Give the same prompt to a base model and to an instruct model.

    Args:
        prompt: The exact prompt.
        base: The base model, by name or itself; None for the one that is configured.
        instruct_model: A name in the configuration, or an address; None for the model that the
            configuration calls "instruct".
        n: How many of each.
        sampling: How tokens are drawn; of the instruct model only as far as the two have it in
            common.
        seed: The same seed gives the same, where the models keep to it.
        notify: Called with what a person should know beforehand, and with waits.
        budget: Bounds what both may cost together; None for the month's budget alone.

    Raises:
        InputError: The prompt is empty, or n is out of range.
        ModelError: The base model failed.
    """
    import asyncio  # here, since these cost more to import than all the rest of us

    from flourishing.models.instruct import MOST_TOKENS, instruct

    opened = open_model(base)
    drawn = sampling or SamplingOptions()

    async def foil() -> list[str]:
        return await instruct(
            prompt,
            model=_named(instruct_model),
            n=n,
            max_tokens=MOST_TOKENS if drawn.max_tokens is None else drawn.max_tokens,
            temperature=drawn.temperature,
            seed=seed,
            notify=notify,
            budget=budget,
        )

    def heard(event: Event) -> None:
        if notify is not None and isinstance(event, Notice | Waiting):
            notify(event.words if isinstance(event, Notice) else event)

    asked = asyncio.create_task(foil())
    try:
        written = await complete(
            prompt, n, sampling=sampling, seed=seed, model=opened, notify=heard, budget=budget
        )
    except BaseException:
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        raise
    (answered,) = await asyncio.gather(asked, return_exceptions=True)
    trouble = answered if isinstance(answered, FlourishingError) else None
    if isinstance(answered, BaseException) and trouble is None:
        raise answered
    return Contrast(
        prompt=prompt,
        base_model=opened.name,
        base=tuple(written),
        instruct_model=instruct_model or ("" if _is_unnamed(trouble) else INSTRUCT),
        instruct=() if isinstance(answered, BaseException) else tuple(answered),
        trouble=trouble,
    )


def _is_unnamed(trouble: FlourishingError | None) -> bool:
    return isinstance(trouble, NoInstructModelError)


def _named(model: str | None) -> str:
    if model is not None:
        return model
    if INSTRUCT in named_models():
        return INSTRUCT
    raise NoInstructModelError(
        "There is no instruct model to set beside it.",
        hint="Name one: --instruct https://host/v1#model-id (its key in FLOURISHING_API_KEY), or "
        f"describe one as [models.{INSTRUCT}] in {config_path()}, with endpoint, model and "
        "key_env.",
    )
