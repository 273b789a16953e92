"""How sure a share is."""

from __future__ import annotations

import pytest

from flourishing.selection.intervals import above_chance, of_pairs, of_share


def test_the_interval_of_a_share_is_that_of_wilson() -> None:
    share = of_share(15, 20)
    assert (share.low, share.high) == pytest.approx((0.5313, 0.8881), abs=1e-4)
    assert of_share(0, 10).low == 0
    assert of_share(10, 10).high == pytest.approx(1)


def test_the_interval_of_pairs_narrows_with_texts_and_ends_within_the_scale() -> None:
    few, many = of_pairs(0.8, 5, 5), of_pairs(0.8, 100, 100)
    assert few.low < many.low < 0.8 < many.high < few.high
    perfect = of_pairs(1.0, 5, 5)
    assert 0.5 < perfect.low < 0.9
    assert perfect.high == pytest.approx(1)


def test_pairs_that_share_texts_count_less_than_pairs_of_their_own() -> None:
    alone, shared = of_share(320, 400), of_pairs(0.8, 20, 20)
    assert shared.high - shared.low > 2 * (alone.high - alone.low)


def test_how_sure_it_is_fits_the_interval() -> None:
    assert above_chance(0.5, 10, 10) == pytest.approx(0.5)
    assert above_chance(0.4, 10, 10) == pytest.approx(1 - above_chance(0.6, 10, 10))
    for good, bad in ((3, 3), (10, 30), (100, 100)):
        for share in (0.55, 0.65, 0.75, 0.9):
            sure = above_chance(share, good, bad) > 0.975  # one side of an interval of 95 %
            assert sure == (of_pairs(share, good, bad).low > 0.5)
