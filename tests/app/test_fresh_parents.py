"""Other parents in place of those that the last broods repeat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from flourishing import sync
from flourishing.app.fresh_parents import MOST_PARENTS, Exchange, exchange, suggest, too_many
from flourishing.errors import EngineError, InputError
from flourishing.garden import AsyncGarden, Bed, Garden, Stored, open_garden
from flourishing.library import library
from tests.conftest import ScriptedModel
from tests.garden.broods import bred
from tests.garden.new import new_garden
from tests.marks import first_cases

PARENTS = (
    "the harbour lamps are lit again and the boats come in",
    "a crow walks over the frozen field at noon",
    "my mother folds the letters into the drawer",
    "green rain falls upon the roofs of the town",
)
COPY = "tonight the harbour lamps are lit again and the boats go out"


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with open_garden(new_garden(tmp_path / "garden.db")) as garden:
        yield garden


def tended(garden: Garden, *broods: Sequence[str]) -> tuple[Bed, list[Stored]]:
    parents = garden.add(*PARENTS)
    bed = garden.beds.begin("b", parents=[text.id for text in parents], kind="poem")
    for offspring in broods:
        garden.save(bred(parents, offspring), bed=bed)
    return garden.beds.get(bed.id), parents


def suggested(garden: Garden, bed: Bed) -> list[Exchange]:
    return sync.run(suggest(AsyncGarden(garden), bed, model="echo"))


def test_a_parent_that_comes_back_is_exchanged_for_a_text_of_the_library(garden: Garden) -> None:
    bed, parents = tended(garden, ["snow"], [COPY, "an apple in the grass", "a door of glass"])
    (found,) = suggested(garden, bed)
    assert found.out.id == parents[0].id
    assert found.share > 0.1
    assert "stand in runs taken from it" in found.reason
    assert found.into.content in {text.content for text in library("imagists").texts}
    assert garden.beds.get(bed.id) == bed  # nothing is exchanged by itself
    after = exchange(garden, bed, {found.out.id: found.into.id})
    assert after.parents == (found.into.id, *(text.id for text in parents[1:]))
    garden.undo(after)
    assert garden.beds.get(bed.id).parents == bed.parents
    assert suggested(garden, bed)[0].into.id == found.into.id


def test_what_was_picked_from_the_last_brood_is_no_echo_of_itself(garden: Garden) -> None:
    bed, parents = tended(garden)
    brood = garden.save(bred(parents, ["a red kite over the wide salt marsh", "snow"]), bed=bed)
    bed = garden.beds.add_parents(garden.beds.get(bed.id), [brood[0].id])
    assert suggested(garden, bed) == []


def test_pinned_parents_stay(garden: Garden) -> None:
    bed, parents = tended(garden, [COPY])
    garden.pin(parents[0])
    assert suggested(garden, bed) == []


@pytest.mark.parametrize("broods", [(), (["an apple", "a door"],), ([COPY], ["x"], ["y"])])
def test_where_the_last_broods_repeat_nothing_nothing_is_suggested(
    garden: Garden, broods: tuple[list[str], ...]
) -> None:
    bed, _ = tended(garden, *broods)
    assert suggested(garden, bed) == []


def test_at_most_half_are_exchanged_those_that_come_back_most_first(garden: Garden) -> None:
    bed, parents = tended(garden, [f"{PARENTS[1]} {PARENTS[2]} {PARENTS[3]} {COPY}", PARENTS[3]])
    found = suggested(garden, bed)
    assert found[0].out.id == parents[3].id
    assert len(found) == len({each.into.id for each in found}) == 2
    assert not {each.into.content for each in found} & set(PARENTS)
    after = exchange(garden, bed, {each.out.id: each.into.id for each in found})
    assert len(after.parents) == 4


@pytest.mark.parametrize(
    ("gone", "come", "words"),
    first_cases(
        2,
        [
            ([4], [5], "is no parent of"),
            ([0], [1], "a parent twice"),
            ([0, 1], [4, 4], "a parent twice"),
            ([0], [4711], "4712"),
            ([3], [4], "is pinned"),
        ],
    ),
)
def test_what_cannot_be_exchanged_is_refused_and_the_parents_stay(
    garden: Garden, gone: list[int], come: list[int], words: str
) -> None:
    bed, parents = tended(garden)
    garden.pin(parents[3])
    garden.add("another text", "and one more")
    with pytest.raises(InputError, match=words):
        exchange(
            garden, bed, dict(zip([id + 1 for id in gone], [id + 1 for id in come], strict=True))
        )
    assert garden.beds.get(bed.id) == bed


def test_a_model_without_embeddings_says_so(garden: Garden) -> None:
    bed, _ = tended(garden, [COPY])
    with pytest.raises(EngineError, match="scripted"):
        sync.run(suggest(AsyncGarden(garden), bed, model=ScriptedModel(["x"])))


def test_many_parents_are_named_and_not_refused(garden: Garden) -> None:
    bed, _ = tended(garden)
    assert too_many(bed) == ""
    more = garden.add(*(f"text {number}" for number in range(MOST_PARENTS)))
    bed = garden.beds.add_parents(bed, [text.id for text in more])
    assert str(MOST_PARENTS + 4) in too_many(bed)
