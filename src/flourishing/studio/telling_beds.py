"""Beds as they stand, as it is said over the wire."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from flourishing.garden import Bed, Garden
from flourishing.kinds import kind_of
from flourishing.studio.bodies_beds import BedBody, BedSummary, ChainBody, SettingsBody
from flourishing.studio.telling import tell_brood, tell_chain, tell_found, tell_kind
from flourishing.workshop import tending

_LAST: Final = 3
_A_FEW: Final = 20
_MANY: Final = 1_000
"""So many acts that were undone are looked behind, for one that was not."""


def tell_bed(garden: Garden, bed: Bed) -> BedBody:
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
    wanted = {*bed.parents, *bed.chain, *filter(None, bed.shown), *later}
    texts = garden.texts(sorted(garden.present(wanted)))
    told = {text.id: text for text in tell_found(garden, texts)}
    brood = garden.brood(bed.brood) if bed.brood is not None else None
    settings = _settings(bed)
    done, redo = _turns(garden, bed)
    return BedBody(
        id=bed.id,
        name=bed.name,
        at=bed.at,
        pattern=bed.pattern,
        kind=tell_kind(kind_of(bed.pattern, bed.kind)),
        start=bed.start,
        n=bed.n,
        settings=settings,
        parents=[told[id] for id in bed.parents],
        brood=None if brood is None else tell_brood(brood, garden.costs.brood(brood.id)),
        shown=[told.get(id) for id in bed.shown],
        chain=[told[id] for id in bed.chain],
        later=[told[id] for id in later if id in told and id not in bed.chain],
        examples=_examples(garden, bed),
        running=None,
        undo=done,
        redo=redo,
        revision=revision,
    )


def _settings(bed: Bed) -> SettingsBody:
    """Give what is set in a bed, as far as this version knows it."""
    examples = bed.settings.examples and tending.example_choice(bed)
    known = replace(bed.settings, unknown={}, later=(), examples=examples)
    return SettingsBody.model_validate(known.as_dict())


def _examples(garden: Garden, bed: Bed) -> list[ChainBody]:
    if not bed.chain:
        return []
    chains = tending.examples(garden, bed)
    yields = garden.shelves.yields_of_chains(chains)
    return [
        tell_chain(chain, offspring=of.offspring, kept=of.kept)
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


def tell_summary(garden: Garden, bed: Bed, broods: int) -> BedSummary:
    """Give a bed in the list of beds."""
    acts = garden.acts(bed, limit=1)
    shown = [id for id in bed.shown if id][:_LAST]
    return BedSummary(
        id=bed.id,
        name=bed.name,
        at=bed.at,
        changed=acts[0].at if acts else bed.at,
        parents=len(bed.parents),
        broods=broods,
        last=[each.content for each in garden.texts(shown or list(bed.parents)[-_LAST:])],
        refining=bool(bed.chain),
        away=bed.away,
        kind=tell_kind(kind_of(bed.pattern, bed.kind)),
    )
