"""What the garden has, as it is said over the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from flourishing.authorship import spans
from flourishing.brood import Offspring
from flourishing.chain import Chain
from flourishing.cost import Money
from flourishing.diff import Change, word_diff
from flourishing.garden import Garden, Stored, StoredBrood
from flourishing.garden.costs import Spent
from flourishing.kinds import Kind, headline
from flourishing.operation import Operation
from flourishing.studio.bodies import (
    BroodBody,
    CostBody,
    FlawBody,
    KindBody,
    MoneyBody,
    OriginBody,
    SourceBody,
    TextBody,
)
from flourishing.studio.bodies_beds import ChainBody
from flourishing.text import Origin, Source, Span, Text

_WRITTEN: Final = {
    Operation.BREED: "bred here",
    Operation.REFINE: "refined here",
    Operation.WORSEN: "made worse here",
    Operation.IMPORT: "bred here",
}
"""How a text that a model wrote came to be, in a few words."""


def tell_text(text: Text, *, whole: bool = False, stretches: Sequence[Span] = ()) -> TextBody:
    """Give a text.

    Args:
        text: The text, of the garden or not yet of it.
        whole: Also the exact prompt and the raw completion.
        stretches: Who wrote which part of it, where its whole lineage was looked at.
    """
    return TextBody(
        id=text.id if isinstance(text, Stored) else 0,
        content=text.content,
        title=headline(text),
        origin=_origin(text.origin, whole=whole),
        by=written_by(text),
        brood=text.brood if isinstance(text, Stored) else None,
        flaws=_flaws(text),
        marks=sorted(text.marks) if isinstance(text, Stored) else [],
        tags=list(text.tags) if isinstance(text, Stored) else [],
        spans=_spans(text, stretches),
        changes=_changes(text),
    )


def tell_kind(kind: Kind) -> KindBody:
    """Give a kind of text."""
    return KindBody.model_validate(kind.as_dict())


def _flaws(text: Text) -> list[FlawBody]:
    """Give what is wrong with a text: as an offspring, or since it was stored."""
    flaws = text.flaws if isinstance(text, Offspring) else ()
    told = [FlawBody(kind=str(flaw.kind), reason=flaw.reason) for flaw in flaws]
    if isinstance(text, Stored) and text.damage:
        told.insert(0, FlawBody(kind="damaged", reason=text.damage))
    return told


def tell_texts(texts: Sequence[Text]) -> list[TextBody]:
    """Give texts, without their prompts."""
    return [tell_text(text) for text in texts]


def tell_found(garden: Garden, texts: Sequence[Stored]) -> list[TextBody]:
    """Give texts, also of edits of edits who wrote which part, which a text alone does not tell."""
    return [
        tell_text(each, stretches=garden.lineage.spans(each.id) if _is_late_edit(each) else ())
        for each in texts
    ]


def tell_brood(
    brood: StoredBrood,
    spent: Spent,
    *,
    whole: bool = False,
    edits: Mapping[int, Stored] = MappingProxyType({}),
) -> BroodBody:
    """Give a brood and what it cost.

    Args:
        brood: The brood.
        spent: What it cost.
        whole: Also the exact prompts and the raw completions.
        edits: Edits that stand in the places of offspring, by the numbers of these.
    """
    return BroodBody(
        id=brood.id,
        kind=brood.operation,
        at=brood.at,
        bed=brood.bed,
        asked=brood.asked,
        start=brood.start,
        pattern=brood.pattern.name,
        model=brood.model,
        seed=brood.seed,
        reproducible=brood.reproducible,
        notes=list(brood.notes),
        parents=_ids(brood.parents),
        left_out=_ids(brood.left_out),
        offspring=[tell_text(edits.get(each.id, each), whole=whole) for each in brood],
        cost=tell_cost(spent),
    )


def tell_cost(spent: Spent) -> CostBody:
    """Give what broods cost."""
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


def tell_chain(chain: Chain, *, offspring: int = 0, kept: int = 0) -> ChainBody:
    """Give a chain, and what came of it as an example."""
    source = chain.source or chain.best.origin.source
    return ChainBody(
        versions=tell_texts(chain.versions),
        title=str(source or ""),
        offspring=offspring,
        kept=kept,
    )


def written_by(text: Text) -> str:
    """Say in a few words who made a text."""
    origin = text.origin
    if origin.source is not None and str(origin.source):
        return str(origin.source)
    if origin.author == "model":
        return _WRITTEN[text.operation]
    return "edited by you" if len(origin.parents) == 1 else "written by you"


def _origin(origin: Origin, *, whole: bool) -> OriginBody:
    told: dict[str, Any] = origin.sampling.as_dict() if origin.sampling else {}
    return OriginBody(
        author=origin.author,
        at=origin.at,
        parents=_ids(origin.parents),
        examples=origin.examples,
        pattern=origin.pattern.name if origin.pattern else None,
        start=origin.start,
        model=origin.model,
        sampling=told or None,
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


def _is_late_edit(text: Stored) -> bool:
    authors = [each.origin.author for each in (text, *text.origin.parents)]
    return authors == ["person", "person"]


def _spans(text: Text, stretches: Sequence[Span]) -> list[Span]:
    """Say who of the two wrote which stretch; a published text is neither's."""
    if text.origin.source is not None:
        return []
    return list(stretches or spans(text))


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
