"""Responses made of what the garden has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from flourishing.app import bed_operations, fresh_parents
from flourishing.app.candidates import TasteReport
from flourishing.app.fresh_parents import Exchange
from flourishing.app.other_words import OtherWords
from flourishing.app.rounds import Round
from flourishing.breeding.brood import Offspring
from flourishing.core.chain import Chain
from flourishing.core.diff import Change, Stretch, stretches, word_diff
from flourishing.core.operation import Operation
from flourishing.core.text import Origin, Source, Text
from flourishing.errors import InputError
from flourishing.garden import Bed, Garden, Stored, StoredBrood
from flourishing.garden.costs import Spent
from flourishing.kinds import Kind, headlines, is_prose, kind_of, medium_of
from flourishing.library import library, names
from flourishing.models.cost import Money
from flourishing.patterns import Pattern
from flourishing.selection import Estimate
from flourishing.studio.schemas.beds import (
    BedBody,
    BedSummary,
    ChainBody,
    EstimateBody,
    ExchangeBody,
    LastBody,
    PatternForm,
    RoundBody,
    SettingsBody,
    TasteBody,
)
from flourishing.studio.schemas.texts import (
    BroodBody,
    CostBody,
    FlawBody,
    KindBody,
    LikelyWordBody,
    MoneyBody,
    OriginBody,
    OtherWordsBody,
    SourceBody,
    TextBody,
)

_WRITTEN: Final = {
    Operation.BREED: "bred",
    Operation.REFINE: "refined",
    Operation.WORSEN: "made worse",
    Operation.IMPORT: "bred",
}
"""How a text that a model wrote came to be, in a few words."""
_MOST_LINES: Final = 3
"""Lines of an example of a kind."""
_LONGEST_LINE: Final = 72
"""Characters of each of these lines."""


def serialize_text(text: Text, garden: Garden | None = None, *, whole: bool = False) -> TextBody:
    """Give a text.

    Args:
        text: The text, of the garden or not yet of it.
        garden: The garden of the text, which knows all its versions, and so who wrote which words;
            None for a text that is in none.
        whole: Also the exact prompt and the raw completion.
    """
    return serialize_texts([text], garden, whole=whole)[0]


def serialize_texts(
    texts: Sequence[Text], garden: Garden | None = None, *, whole: bool = False
) -> list[TextBody]:
    """Give texts, without their prompts unless these are asked for.

    Args:
        texts: The texts.
        garden: As in `serialize_text`.
        whole: As in `serialize_text`.
    """
    written = garden.lineage.stretches(texts) if garden else [stretches(text) for text in texts]
    return [
        _text(text, its, title, whole=whole)
        for text, its, title in zip(texts, written, headlines(texts), strict=True)
    ]


def _text(text: Text, written: Sequence[Stretch], title: str, *, whole: bool) -> TextBody:
    return TextBody(
        id=text.id if isinstance(text, Stored) else 0,
        content=text.content,
        title=_named(text) or title,
        named=_named(text),
        medium=medium_of(text.content),
        prose=text.origin.pattern is None and is_prose(text),
        origin=_origin(text.origin, whole=whole),
        by=written_by(text),
        writer=text.writer,
        brood=text.brood if isinstance(text, Stored) else None,
        flaws=_flaws(text),
        mean_logprob=text.mean_logprob if isinstance(text, Offspring) else None,
        marks=sorted(text.marks) if isinstance(text, Stored) else [],
        tags=list(text.tags) if isinstance(text, Stored) else [],
        spans=list(written),
        changes=_changes(text),
    )


def serialize_kind(kind: Kind) -> KindBody:
    """Give a kind of text.

    Args:
        kind: The kind of text.
    """
    return KindBody.model_validate(kind.as_dict() | {"example": _example(kind.library)})


@lru_cache(maxsize=64)
def _example(name: str) -> str:
    """Give the beginning of the first text of a collection that is shipped."""
    first = next(iter(library(name)), None) if name in names() else None
    if not isinstance(first, Text):
        return ""
    lines = [line for line in first.content.splitlines() if line.strip()]
    shown = [
        line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE].rsplit(' ', 1)[0]} …"
        for line in lines[:_MOST_LINES]
    ]
    if len(lines) > _MOST_LINES and not shown[-1].endswith("…"):
        shown[-1] += " …"
    return "\n".join(shown)


def _flaws(text: Text) -> list[FlawBody]:
    """Give what is wrong with a text: as an offspring, or since it was stored."""
    flaws = text.flaws if isinstance(text, Offspring) else ()
    bodies = [FlawBody(kind=str(flaw.kind), reason=flaw.reason) for flaw in flaws]
    if isinstance(text, Stored) and text.damage:
        bodies.insert(0, FlawBody(kind="damaged", reason=text.damage))
    return bodies


def serialize_brood(brood: StoredBrood, garden: Garden, *, whole: bool = False) -> BroodBody:
    """Give a brood and what it cost.

    Args:
        brood: The brood.
        garden: The garden of the brood.
        whole: Also the exact prompts and the raw completions.
    """
    return serialize_broods([brood], garden, whole=whole)[0]


def serialize_broods(
    broods: Sequence[StoredBrood],
    garden: Garden,
    *,
    whole: bool = False,
    edits: Mapping[int, Stored] = MappingProxyType({}),
) -> list[BroodBody]:
    """Give broods and what each of them cost.

    Args:
        broods: The broods.
        garden: The garden of the broods.
        whole: As in `serialize_brood`.
        edits: Edits that stand in the places of offspring, by the numbers of these.
    """
    costs = garden.costs.broods([brood.id for brood in broods])
    shown = [edits.get(each.id, each) for brood in broods for each in brood]
    texts = iter(serialize_texts(shown, garden, whole=whole))
    return [
        _brood(brood, list(islice(texts, len(brood))), cost=costs[brood.id]) for brood in broods
    ]


def _brood(brood: StoredBrood, offspring: list[TextBody], *, cost: Spent) -> BroodBody:
    return BroodBody(
        id=brood.id,
        operation=brood.operation,
        at=brood.at,
        bed=brood.bed,
        asked=brood.asked,
        start=brood.start,
        pattern=brood.pattern.name,
        model=brood.model,
        models=list(brood.models),
        seed=brood.seed,
        reproducible=brood.reproducible,
        notes=list(brood.notes),
        parents=_ids(brood.parents),
        left_out=_ids(brood.left_out),
        offspring=offspring,
        first=list(brood.first),
        cost=serialize_cost(cost),
    )


def serialize_cost(spent: Spent) -> CostBody:
    """Give what broods cost.

    Args:
        spent: What the broods cost.
    """
    return CostBody(
        broods=spent.broods,
        prompt=spent.usage.prompt,
        cached=spent.usage.cached,
        completion=spent.usage.completion,
        first_token=spent.usage.first_token,
        seconds=spent.usage.seconds,
        money=[_money(each) for each in spent.money],
        kept=spent.kept,
        tokens_each_kept=spent.tokens_each,
        money_each_kept=[_money(each) for each in spent.money_each],
    )


def serialize_chain(
    chain: Chain, garden: Garden | None = None, *, offspring: int = 0, kept: int = 0
) -> ChainBody:
    """Give a chain, and what came of it as an example.

    Args:
        chain: The chain.
        garden: The garden of its versions; None where they are in none.
        offspring: How many offspring it helped to give; by default 0.
        kept: How many of these were kept; by default 0.
    """
    source = chain.source or chain.best.origin.source
    return ChainBody(
        versions=serialize_texts(chain.versions, garden),
        title=str(source or ""),
        offspring=offspring,
        kept=kept,
    )


def written_by(text: Text) -> str:
    """Say in a few words who made a text.

    Args:
        text: The text.
    """
    origin = text.origin
    if origin.source is not None and str(origin.source):
        return str(origin.source)
    if origin.author == "model":
        return f"{_WRITTEN[text.operation]} {'elsewhere' if text.from_elsewhere else 'here'}"
    if text.from_elsewhere:
        return "brought in"
    return "edited by you" if len(origin.parents) == 1 else "written by you"


def _origin(origin: Origin, *, whole: bool) -> OriginBody:
    sampling: dict[str, Any] = origin.sampling.as_dict() if origin.sampling else {}
    return OriginBody(
        author=origin.author,
        at=origin.at,
        parents=_ids(origin.parents),
        examples=origin.examples,
        pattern=origin.pattern.name if origin.pattern else None,
        start=origin.start,
        model=origin.model,
        sampling=sampling or None,
        seed=origin.seed,
        reproducible=origin.reproducible,
        finish=origin.finish,
        source=_source(origin.source) if origin.source else None,
        prompt=origin.prompt if whole else None,
        raw=origin.raw if whole else None,
    )


def _source(source: Source) -> SourceBody:
    """Give a source, without a title that is only a place in a file."""
    return SourceBody(
        author=source.author, title=source.heading, year=source.year, published=source.place
    )


def serialize_words(found: OtherWords) -> OtherWordsBody:
    """Give the likeliest other words in a place of a text.

    Args:
        found: The words.
    """
    return OtherWordsBody(
        text=found.text,
        begin=found.begin,
        word=found.word,
        probability=found.probability,
        others=[LikelyWordBody(text=w.text, probability=w.probability) for w in found.others],
        model=found.model,
    )


def _named(text: Text) -> str:
    """Give what a person called a text; "" for nothing."""
    return text.title if isinstance(text, Stored) else ""


def _ids(texts: Sequence[Text]) -> list[int]:
    return [text.id if isinstance(text, Stored) else 0 for text in texts]


def _changes(text: Text) -> list[Change] | None:
    """Say what an edit or a refinement changed of the version before it."""
    origin = text.origin
    if not text.operation.continues or not origin.parents:
        return None
    if origin.author == "person" and len(origin.parents) > 1:
        return None  # made of several texts, and no edit
    before = origin.parents[-1]
    return list(word_diff(before.content, text.content))


def _money(money: Money) -> MoneyBody:
    return MoneyBody(amount=str(money.amount), currency=money.currency, shown=str(money))


_LAST: Final = 3
_A_FEW: Final = 20
_MANY: Final = 1_000
"""So many acts that were undone are looked behind, for one that was not."""


def serialize_bed(garden: Garden, bed: Bed) -> BedBody:
    """Give a bed as it stands now, whatever was done in it since it was read.

    Args:
        garden: Where the bed is.
        bed: The bed.

    Returns:
        The bed, without the brood that is on its way, which the garden does not know of.
    """
    # First: a page that has this number and an older bed would not hear of the difference.
    revision = garden.beds.revision(bed)
    if bed.id:  # else it only stands in for one, where none can be begun
        bed = garden.beds.get(bed.id)
    later = bed.settings.later
    brood = serialize_brood(garden.brood(bed.brood), garden) if bed.brood is not None else None
    by_id = {text.id: text for text in brood.offspring} if brood else {}
    wanted = {*bed.parents, *bed.chain, *filter(None, bed.shown), *later} - by_id.keys()
    texts = garden.texts(sorted(garden.present(wanted)))
    by_id |= {text.id: text for text in serialize_texts(texts, garden)}
    settings = _settings(bed)
    done, redo = _turns(garden, bed)
    return BedBody(
        id=bed.id,
        name=bed.name,
        at=bed.at,
        pattern=bed.pattern,
        form=_form(bed),
        kind=serialize_kind(kind_of(bed.pattern, bed.kind)),
        start=bed.start,
        n=bed.n,
        settings=settings,
        parents=[by_id[id] for id in bed.parents],
        too_many=fresh_parents.too_many(bed),
        brood=brood,
        shown=[by_id.get(id) for id in bed.shown],
        chain=[by_id[id] for id in bed.chain],
        later=[by_id[id] for id in later if id in by_id and id not in bed.chain],
        examples=_examples(garden, bed),
        running=None,
        undo=done,
        redo=redo,
        revision=revision,
    )


def serialize_exchanges(garden: Garden, exchanges: Sequence[Exchange]) -> list[ExchangeBody]:
    """Give what was suggested to exchange.

    Args:
        garden: Where the texts are.
        exchanges: A parent and what could take its place, each.
    """
    texts = serialize_texts([text for each in exchanges for text in (each.out, each.into)], garden)
    return [
        ExchangeBody(out=out, into=into, share=each.share, reason=each.reason)
        for each, out, into in zip(exchanges, texts[::2], texts[1::2], strict=True)
    ]


def serialize_round(its: Round) -> RoundBody:
    """Give a round of a bed.

    Args:
        its: The round.
    """
    return RoundBody(
        brood=its.brood,
        at=its.at,
        offspring=its.offspring,
        kept=its.kept,
        echo=its.echo,
        echoes=its.echoes,
        monotonous=its.monotonous,
        reason=its.reason,
    )


def serialize_taste(report: TasteReport) -> TasteBody:
    """Give what the marks tell of a taste.

    Args:
        report: What was learned, or why nothing could be.
    """
    taste = report.taste
    half = None if taste is None else taste.opinion.first_half()
    return TasteBody(
        can_tell=taste is not None and taste.can_tell,
        may_choose=taste is not None and taste.may_choose,
        sentence=report.sentence,
        basis="" if taste is None else taste.basis,
        accuracy=None if taste is None else _estimate(taste.accuracy),
        marks={} if taste is None else taste.learned.marks.counts(),
        first_half=_estimate(half),
        position="" if taste is None else taste.position,
    )


def _estimate(estimate: Estimate | None) -> EstimateBody | None:
    return None if estimate is None else EstimateBody(**estimate.as_dict())


def _form(bed: Bed) -> PatternForm | None:
    try:
        form = bed_operations.form_of(bed)
    except InputError:
        return None  # a file that is not there any more
    return None if form.link else _parts(form)


def _settings(bed: Bed) -> SettingsBody:
    """Give what is set in a bed, as far as this version knows it."""
    examples = bed.settings.examples and bed_operations.example_choice(bed)
    known = replace(bed.settings, unknown={}, later=(), examples=examples, own_pattern=None)
    own = bed.settings.own_pattern
    return SettingsBody.model_validate(
        {**known.as_dict(), "own_pattern": None if own is None else _parts(own)}
    )


def _parts(pattern: Pattern) -> PatternForm:
    return PatternForm.model_validate(pattern, from_attributes=True)


def _examples(garden: Garden, bed: Bed) -> list[ChainBody]:
    if not bed.chain:
        return []
    chains = bed_operations.examples(garden, bed)
    yields = garden.shelves.yields_of_chains(chains)
    return [
        serialize_chain(chain, garden, offspring=of.offspring, kept=of.kept)
        for chain, of in zip(chains, yields, strict=True)
    ]


def _turns(garden: Garden, bed: Bed) -> tuple[str | None, str | None]:
    """Say what undoing would take back, and what redoing would do again."""
    acts = garden.acts(bed, limit=_A_FEW)
    if len(acts) == _A_FEW and all(act.undone for act in acts):
        acts = garden.acts(bed, limit=_MANY)
    holding = next((act for act in acts if not act.undone), None)
    after = [act for act in acts if act.undone and (holding is None or act.id > holding.id)]
    return holding.kind if holding else None, after[-1].kind if after else None


def serialize_summary(garden: Garden, bed: Bed, broods: int) -> BedSummary:
    """Give a bed in the list of beds.

    Args:
        garden: The garden of the bed.
        bed: The bed.
        broods: The number of broods of the bed.
    """
    acts = garden.acts(bed, limit=1)
    return BedSummary(
        id=bed.id,
        name=bed.name,
        at=bed.at,
        changed=acts[0].at if acts else bed.at,
        parents=len(bed.parents),
        broods=broods,
        last=[
            LastBody(id=each.id, content=each.content, medium=medium_of(each.content))
            for each in _face(garden, bed)
        ],
        refining=bool(bed.chain),
        away=bed.away,
        kind=serialize_kind(kind_of(bed.pattern, bed.kind)),
    )


def _face(garden: Garden, bed: Bed) -> list[Stored]:
    """Give what stands for a bed: a few of its last offspring, or else of its parents.

    Drafts that were made worse on purpose are no offspring that anybody asked for.
    """
    first = [bed.shown[at] for at in garden.beds.first(bed)]
    texts = garden.texts([id for id in first or bed.shown if id][:_LAST])
    if any(text.operation is Operation.WORSEN for text in texts):
        broods = garden.broods(bed, limit=_A_FEW)
        bred = next((brood for brood in broods if brood.operation is not Operation.WORSEN), ())
        texts = [text for text in bred if "drop" not in text.marks][:_LAST]
    return texts or garden.texts(list(bed.parents)[-_LAST:])
