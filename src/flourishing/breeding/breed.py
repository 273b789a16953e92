"""From a request to a brood, as a stream of events.

Several models share a brood: place i is written by model i modulo their number, so that the order
in which offspring are shown says nothing of who wrote them. Each model has a prompt that fits into
its own context, and its own refills; all of them write at the same time. What repeats what another
model wrote is asked for again once all have ended: then the same seed gives the same brood, however
fast each of them is. Where one fails, what the others write stays, and a note says which places are
missing, and why.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TypeAlias

from flourishing import blocking
from flourishing.breeding.brood import BreedingEvent, Brood, joined
from flourishing.breeding.builder import BroodBuilder
from flourishing.breeding.prompt import Items, as_given, fit
from flourishing.breeding.request import BreedRequest
from flourishing.core.flaws import Siblings
from flourishing.core.operation import Operation
from flourishing.core.sampling import first_seed
from flourishing.errors import FlourishingError
from flourishing.kinds import Kind
from flourishing.models import BaseModel
from flourishing.models.cost import metered
from flourishing.models.protocol import Notice, Reading, Usage, further_settings
from flourishing.models.waiting import MergedWaits
from flourishing.patterns import Pattern


async def breed(request: BreedRequest) -> AsyncGenerator[BreedingEvent]:
    """Breed what is asked for, and yield everything as it comes.

    Args:
        request: What is asked for.

    Yields:
        `Waiting` where a server that counts tokens asks for it; `Asked`, of several models one for
        each; `Reading`, `Waiting`, `Notice` (each once), `Piece` and `Arrived` as they come;
        `Again` before a place is filled anew; the `Brood` at the end.

    Raises:
        InputError: There are no parents, n is out of range, or a setting is.
        TextError: A text is blank, or cannot stand in the pattern.
        PromptTooLongError: Not even the last parent or chain fits into the model's context.
        ModelError: The model cannot be found, or it failed before anything came. What had come
            when it failed is kept, and the brood says why there is no more. Of several models, all
            failed so.
    """
    # Patterns, kinds, examples and settings may be files.
    n, _ = request.counts()
    models = await blocking.run(request.models)
    if len(models) == 1:
        share = _Share(replace(request, model=models[0]), models[0], range(n))
        async with aclosing(share.events()) as events:
            async for event in events:
                yield event
        yield share.alone()
        return
    requests = await blocking.run(request.shared_out, models)
    shares = [
        _Share(each, model, range(i, n, len(models)), of_several=True)
        for i, (each, model) in enumerate(zip(requests, models, strict=True))
    ]
    writing = [(share, share.events()) for share in shares]
    while writing:
        async with aclosing(_side_by_side(writing)) as events:
            async for event in events:
                yield event
        writing = _again(shares)
    yield _joined(shares, n)


@dataclass(slots=True)
class _Share:
    """What one model writes of a brood: all of it, or its part of the places.

    Attributes:
        request: What is asked of the model.
        model: The model.
        places: The numbers of its places.
        of_several: Whether other models write the other places.
        builder: What fills its places; None before it is known what is sent.
        error: Why it ended early; None where it did not.
    """

    request: BreedRequest
    model: BaseModel
    places: range
    of_several: bool = False
    builder: BroodBuilder | None = None
    error: FlourishingError | None = None

    @property
    def failure(self) -> FlourishingError | None:
        """Why it ended early, or why every answer broke off; None where neither is so."""
        return self.error or (None if self.builder is None else self.builder.error)

    async def events(self) -> AsyncGenerator[BreedingEvent]:
        """Breed, and yield everything but the brood."""
        request = self.request
        _, refills = request.counts()
        pattern, kind, items, model = await blocking.run(self._prepare, refills)
        start = request.start_words(pattern)
        sampling = kind.sampling_for(request.sampling, pattern, further_settings(model))
        seed = first_seed(request.seed)
        if request.prompt is None:
            most, n = sampling.max_tokens, len(self.places)
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
        if self.of_several:
            asked = replace(asked, model=model.name, places=self.places)
        yield asked
        builder = self.builder = BroodBuilder(
            asked=asked,
            pattern=pattern,
            kind=kind,
            start=start,
            start_spans=request.start_spans,
            model=model,
            sampling=sampling,
            seed=seed,
            reproducible=request.seed is not None,
            share=self.places,
            budget=refills,
        )
        while places := builder.places():
            async with aclosing(builder.fill(places)) as filling:
                async for event in filling:
                    yield event

    def alone(self) -> Brood:
        """Give the brood of which no other model writes a part.

        Raises:
            ModelError: Nothing came, since every answer broke off.
        """
        if self.builder is None:
            raise AssertionError("a share that has ended has what fills its places")
        if self.builder.error is not None:
            raise self.builder.error
        return self.builder.brood()

    def _prepare(self, refills: int) -> tuple[Pattern, Kind, Items, BaseModel]:
        request = self.request.with_kind()
        pattern = request.find_pattern()
        model = metered(self.model, request.budget, refills=refills)
        items = request.items()
        kind = request.find_kind(pattern, items)
        return kind.pattern_after(pattern, items), kind, items, model


_Writing: TypeAlias = tuple[_Share, AsyncGenerator[BreedingEvent]]
"""A share, and the events of what its model writes now."""


def _again(shares: Sequence[_Share]) -> list[_Writing]:
    """Ask again for what repeats offspring of the models before; give nothing once all is done."""
    siblings = Siblings()
    return [
        (share, share.builder.fill(places))
        for share in shares
        if share.builder is not None and share.error is None
        if (places := share.builder.places(siblings))
    ]


async def _side_by_side(writing: Sequence[_Writing]) -> AsyncGenerator[BreedingEvent]:
    """Let several models write at the same time, and yield the events of all."""
    import asyncio  # here, since it costs more to import than all the rest of us

    queue: asyncio.Queue[tuple[_Share, BreedingEvent | None]] = asyncio.Queue()

    async def follow(share: _Share, events: AsyncGenerator[BreedingEvent]) -> None:
        try:
            async with aclosing(events):
                async for event in events:
                    queue.put_nowait((share, event))
        except FlourishingError as error:
            share.error = error
        finally:
            queue.put_nowait((share, None))

    tasks = [asyncio.create_task(follow(*each)) for each in writing]
    read: dict[str, Reading] = {}
    running = len(tasks)
    try:
        while running:
            share, event = await queue.get()
            match event:
                case None:
                    running -= 1
                    if share.error is not None:
                        yield Notice(_failure(share, share.error))
                case Notice(words):
                    yield replace(event, words=f"{share.model.name}: {words}")
                case Reading():
                    read[share.model.name] = event
                    some = read.values()
                    yield Reading(sum(each.read for each in some), sum(each.total for each in some))
                case _:
                    yield event
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _joined(shares: Sequence[_Share], n: int) -> Brood:
    """Make one brood of what the models gave.

    Raises:
        FlourishingError: None of them gave anything; the error of the first.
    """
    siblings = Siblings()
    parts, notes, errors = [], [], []
    for share in shares:
        builder = share.builder
        if (error := share.failure) is not None:
            errors.append(error)
            notes.append(_failure(share, error))
        if builder is None:
            continue
        part = builder.brood(siblings)
        if error is None:
            parts.append((builder.filled, part))
        elif builder.filled or part.usage != Usage():  # the note says all that a person should know
            parts.append((builder.filled, replace(part, notes=())))
    if len(errors) == len(shares):
        raise errors[0]
    return joined(parts, asked=n, notes=notes)[0]


def _failure(share: _Share, error: FlourishingError) -> str:
    many = len(share.places) - (len(share.builder.filled) if share.builder else 0)
    what = "its 1 place is missing" if many == 1 else f"its {many} places are missing"
    return f"{share.model.name}: {what}. {error} {error.hint}"


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
