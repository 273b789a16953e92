"""Where the loop stands: kept by round, and what each round says again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flourishing.app.rounds import Round, rounds
from flourishing.core.chain import Chain
from flourishing.errors import InputError
from flourishing.garden import Garden
from tests.garden.broods import bred, refined
from tests.garden.new import new_garden

GULL = "a gull over the grey harbour at dawn"


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with Garden(new_garden(tmp_path / "garden.db")) as garden:
        yield garden


def test_each_round_says_how_many_were_kept_and_how_much_it_repeats(garden: Garden) -> None:
    bed = garden.beds.open("sea")
    first = garden.save(bred([GULL], ["salt on the window pane", "two", "three"]), bed=bed)
    garden.keep(first[0], first[1], bed=bed)
    second = garden.save(bred([GULL], [f"so {GULL}", "rain on the roof of tin"]), bed=bed)
    garden.edit(second[1], "rain on the roof", bed=garden.beds.get(bed.id))
    garden.save(refined(Chain.of([GULL]), ["better"]), bed=bed)
    one, other = rounds(garden, bed)
    assert (one.brood, one.offspring, one.kept, one.echo, one.reason) == (first.id, 3, 2, 0.0, "")
    assert (other.brood, other.kept) == (second.id, 1)  # an edit is kept
    assert other.echo == pytest.approx((8 / 9) / 2)
    assert other.reason == "44% of its words stand in its parents already"


def test_only_the_last_rounds_are_looked_at(garden: Garden) -> None:
    bed = garden.beds.open("sea")
    saved = [garden.save(bred([GULL], [f"{number}"]), bed=bed).id for number in range(4)]
    assert [each.brood for each in rounds(garden, bed, most=2)] == saved[-2:]
    assert rounds(garden, garden.beds.open("new")) == []
    with pytest.raises(InputError, match="101 rounds"):
        rounds(garden, bed, most=101)


def test_words_that_code_shares_with_its_parents_are_no_echo(garden: Garden) -> None:
    parent = "def pixel(x, y):\n    return hsv(0.1, 0.5, sin(9*x))"
    offspring = "def pixel(x, y):\n    return hsv(0.1, 0.5, sin(9*y))"
    for kind, share in (("picture", 0.0), ("text", 1.0)):
        bed = garden.beds.begin(kind, kind=kind)
        garden.save(bred([parent], [f"{offspring} # {kind}"]), bed=bed)
        (told,) = rounds(garden, bed)
        assert told.echo == pytest.approx(share, abs=0.5)
        assert (told.reason == "") is (share == 0.0)


def test_a_round_that_is_known_is_not_read_again_until_its_brood_is_another(
    garden: Garden,
) -> None:
    bed = garden.beds.open("sea")
    first = garden.save(bred([GULL], ["one", "two"]), bed=bed)
    garden.save(refined(Chain.of([GULL]), ["better"]), bed=bed)
    known: dict[tuple[int, int, bool], Round | None] = {}
    assert rounds(garden, bed, known=known) == rounds(garden, bed)
    known = {each: found and replace(found, echoes=7) for each, found in known.items()}
    garden.keep(first[0], bed=bed)
    second = garden.save(bred([GULL], ["three"]), bed=bed)
    one, other = rounds(garden, bed, known=known)
    assert (one.echoes, one.kept) == (7, 1)
    assert (other.brood, other.echoes) == (second.id, 0)
    garden.put_away(first[1])
    garden.empty()
    assert [each.offspring for each in rounds(garden, bed, known=known)] == [1, 1]
    assert rounds(garden, bed, known=known) == rounds(garden, bed)
