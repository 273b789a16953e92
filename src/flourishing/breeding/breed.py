"""From a request to a brood, as a stream of events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from flourishing import blocking
from flourishing.breeding.brood import BreedingEvent, Brood
from flourishing.breeding.builder import BroodBuilder
from flourishing.breeding.prompt import Items, as_given, fit
from flourishing.breeding.request import BreedRequest
from flourishing.core.operation import Operation
from flourishing.core.sampling import first_seed
from flourishing.kinds import Kind
from flourishing.models import BaseModel, open_model
from flourishing.models.cost import metered
from flourishing.models.protocol import further_settings
from flourishing.models.waiting import MergedWaits
from flourishing.patterns import Pattern


async def breed(request: BreedRequest) -> AsyncGenerator[BreedingEvent]:
    """Breed what is asked for, and yield everything as it comes.

    Args:
        request: What is asked for.

    Yields:
        `Waiting` where a server that counts tokens asks for it; `Asked`; `Reading`, `Waiting`,
        `Notice` (each once), `Piece` and `Arrived` as they come; `Again` before a place is filled
        anew; the `Brood` at the end.

    Raises:
        InputError: There are no parents, n is out of range, or a setting is.
        TextError: A text is blank, or cannot stand in the pattern.
        PromptTooLongError: Not even the last parent or chain fits into the model's context.
        ModelError: The model cannot be found, or it failed before anything came. What had come
            when it failed is kept, and the brood says why there is no more.
    """
    # Patterns, kinds, examples and settings may be files.
    n, refills = request.counts()
    pattern, kind, items, model = await blocking.run(_prepare, request, refills)
    start = request.start_words(pattern)
    sampling = kind.sampling_for(request.sampling, pattern, further_settings(model))
    seed = first_seed(request.seed)
    if request.prompt is None:
        most = sampling.max_tokens
        fitting = MergedWaits(
            fit(items, pattern=pattern, model=model, start=start, n=n, max_tokens=most)
        )
        async with aclosing(fitting.waits()) as waits:
            async for waiting in waits:
                yield waiting
        asked = fitting.result()
        # Counting tokens has found out what a server is.
        sampling = kind.sampling_for(request.sampling, pattern, further_settings(model))
    else:
        asked = as_given(items, request.prompt)
        start = start if request.prompt.endswith(start.rstrip(" ")) else ""
    refining = asked.chain is not None and request.operation is Operation.BREED
    # What is bred from chains are versions.
    asked = replace(asked, operation=Operation.REFINE if refining else request.operation)
    yield asked
    builder = BroodBuilder(
        asked=asked,
        pattern=pattern,
        kind=kind,
        start=start,
        start_spans=request.start_spans,
        model=model,
        sampling=sampling,
        seed=seed,
        reproducible=request.seed is not None,
        n=n,
        budget=refills,
    )
    while places := builder.places():
        async with aclosing(builder.fill(places)) as filling:
            async for event in filling:
                yield event
    yield builder.brood()


def _prepare(request: BreedRequest, refills: int) -> tuple[Pattern, Kind, Items, BaseModel]:
    request = request.with_kind()
    pattern = request.find_pattern()
    model = metered(open_model(request.model), request.budget, refills=refills)
    kind, items = request.find_kind(pattern), request.items()
    return kind.pattern_after(pattern, items), kind, items, model


async def finished(
    events: AsyncGenerator[BreedingEvent], notify: Callable[[BreedingEvent], None] | None = None
) -> Brood:
    """Wait for the brood at the end of a breeding.

    Args:
        events: What breeding yields.
        notify: Called with everything before the end.
    """
    async with aclosing(events):
        async for event in events:
            if notify is not None:
                notify(event)
            if isinstance(event, Brood):
                return event
    raise AssertionError("a breeding ends with its brood")
