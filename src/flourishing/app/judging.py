"""Judging texts with a base model, and checking a judge by texts that a person has labelled.

A model that gives typed decisions is asked for these. Of any other, the log-probabilities of the
answers are taken, each text by itself: its prompt is the judge's examples, which the model has read
before, and the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from flourishing.arguments import as_list, as_words
from flourishing.core.text import Text, require_unicode
from flourishing.core.words import quantity
from flourishing.errors import InputError
from flourishing.models import BaseModel, open_model
from flourishing.models.cost import Budget, metered
from flourishing.models.protocol import WithDecisions
from flourishing.selection.judge import CONTENT_FREE, EACH, Judge, as_labelled, offsets_of
from flourishing.selection.judgement import JudgeCheck, Judgement
from flourishing.sync import side_by_side


async def judge_texts(
    texts: Iterable[str | Text], judge: Judge, *, model: str | BaseModel | None = None
) -> tuple[Judgement, ...]:
    """Give what a judge says of texts.

    Args:
        texts: The texts, any number of them, none of them blank.
        judge: The judge, checked or not.
        model: The base model, by its name or itself; None for the one that is configured.

    Raises:
        InputError: A text is blank, has a lone surrogate, or is no text.
        PromptTooLongError: The examples and a text do not fit into the model's context.
        EngineError: The model gives no log-probabilities.
    """
    contents = []
    for number, text in enumerate(as_list(texts, "The texts"), start=1):
        name = f"Text {number}"
        content = text.content if isinstance(text, Text) else as_words(text, name)
        require_unicode(content, name)
        if not content.strip():
            raise InputError(f"{name} is blank.", hint="Leave it out: there is nothing to judge.")
        contents.append(content)
    opened = metered(open_model(model), None)
    if judge.check is not None and judge.check.model != opened.name:
        judge = replace(judge, check=None)
    if not contents:
        return ()
    if (decided := await _decided(contents, judge, opened)) is not None:
        return decided
    logprobs, free = await _logprobs(contents, judge, opened)
    return tuple(judge.judge(each, free) for each in logprobs)


async def check_judge(
    judge: Judge,
    labelled: Iterable[tuple[str | Text, str]],
    *,
    model: str | BaseModel | None = None,
    each: int = EACH,
    seed: int = 0,
    budget: Budget | None = None,
) -> Judge:
    """Find out how far a judge agrees with labelled texts, and give it with what was found.

    Args:
        judge: The judge. Where it has no examples, some of the labelled texts become its examples.
        labelled: Texts with their right answers; those that are examples are left out.
        model: The base model, by its name or itself; None for the one that is configured.
        each: How many labelled texts of each answer become examples where the judge has none, at
            least 1; by default 4. At most half of those with an answer are taken.
        seed: The same seed draws the same examples; by default 0.
        budget: Bounds what it may cost; None for the month's budget alone.

    Raises:
        InputError: A label is none of the answers, or no text is left to check with.
        EngineError: The model gives no log-probabilities.
    """
    pairs = as_labelled(labelled, judge.answers, "Labelled text")
    opened = metered(open_model(model), budget)
    if not judge.examples and not await _decides(opened):
        judge = judge.with_examples(pairs, each=each, seed=seed)
    shown = {text for text, _ in judge.examples}
    unseen = [pair for pair in dict.fromkeys(pairs) if pair[0] not in shown]
    if not unseen:
        raise InputError(
            f"Of {quantity(len(pairs), 'labelled text')}, none is left to check the judge with.",
            hint="Label texts that are not among its examples; with about 40, the answer is clear.",
        )
    return replace(judge, check=await _checked(replace(judge, check=None), unseen, opened))


async def _checked(judge: Judge, pairs: Sequence[tuple[str, str]], model: BaseModel) -> JudgeCheck:
    texts, right = [text for text, _ in pairs], tuple(answer for _, answer in pairs)
    about = JudgeCheck(model=model.name, chosen=judge.chosen, right=right, judgements=())
    if (decided := await _decided(texts, judge, model)) is not None:
        return replace(about, judgements=decided)
    logprobs, free = await _logprobs(texts, judge, model)
    content_free = tuple(judge.judge(each, free) for each in logprobs)
    offsets = offsets_of(logprobs, right, judge.answers)
    judgements = content_free
    if offsets is not None:
        judgements = tuple(
            judge.judge(each, [offsets_of(logprobs, right, judge.answers, without=at) or offsets])
            for at, each in enumerate(logprobs)
        )
    return replace(about, judgements=judgements, content_free=content_free, offsets=offsets)


async def _decides(model: BaseModel) -> bool:
    return isinstance(model, WithDecisions) and await model.decides()


async def _decided(
    texts: Sequence[str], judge: Judge, model: BaseModel
) -> tuple[Judgement, ...] | None:
    """Judge by typed decisions; None where the model gives none."""
    if not isinstance(model, WithDecisions) or not await model.decides():
        return None
    deciding = model

    async def decision(text: str) -> Judgement:
        return judge.judgement(await deciding.decide(judge.question, judge.answers, text))

    return tuple(await side_by_side(decision, texts))


async def _logprobs(
    texts: Sequence[str], judge: Judge, model: BaseModel
) -> tuple[list[list[float]], list[Sequence[float]]]:
    """Give the log-probabilities of the answers after each text, and what they are set against."""

    async def logprobs(text: str) -> list[float]:
        scores = await model.logprobs(judge.ask(text), judge.continuations)
        return [score.logprob for score in scores]

    # What all prompts begin with is read once, by itself; then it is remembered.
    await model.logprobs(judge.prompt, [])
    free: list[Sequence[float]] = []
    if judge.check is not None and judge.check.offsets is not None:
        free.append(judge.check.offsets)
    else:
        free += await side_by_side(logprobs, CONTENT_FREE)
    return await side_by_side(logprobs, texts), free
