"""What broods, beds and kept texts have cost."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from flourishing import settings
from flourishing.breeding.brood import Brood
from flourishing.core.text import Text
from flourishing.garden import Garden
from flourishing.models import Usage
from flourishing.models.cost import Money, Prices
from tests.garden.broods import bred

PRICES = Prices(Decimal(1), Decimal(10), Decimal("0.5"))
DEARER = Prices(Decimal(100), Decimal(1000), Decimal(100))
EUROS = Prices(Decimal(1), Decimal(10), Decimal(1), "EUR")
USAGE = Usage(1_000, 500, 200, first_token=0.5, seconds=4.0)
COST = Decimal("0.00275")


def costly(usage: Usage = USAGE) -> Brood:
    return replace(bred(), usage=usage)


def dollars(amount: Decimal) -> tuple[Money, ...]:
    return (Money(amount, "USD"),)


def test_a_brood_costs_what_its_prices_said(garden: Garden) -> None:
    saved = garden.save(costly(), prices=PRICES)
    spent = garden.costs.brood(saved.id)
    assert (spent.broods, spent.usage, spent.money) == (1, USAGE, dollars(COST))


def test_the_usage_is_read_back_without_the_prices(garden: Garden) -> None:
    saved = garden.save(costly(), prices=PRICES)
    assert saved.usage == garden.brood(saved.id).usage == USAGE


def test_a_garden_with_prices_is_sound(garden: Garden) -> None:
    garden.save(costly(), prices=PRICES)
    assert garden.verify() == []


def test_a_brood_without_prices_has_its_tokens(garden: Garden) -> None:
    spent = garden.costs.brood(garden.save(costly()).id)
    assert (spent.usage, spent.money) == (USAGE, ())


def test_a_later_price_changes_nothing(garden: Garden) -> None:
    brood = costly()
    saved = garden.save(brood, prices=PRICES)
    assert garden.save(brood, prices=DEARER).id == saved.id
    assert garden.costs.brood(saved.id).money == dollars(COST)
    unpriced = costly()
    again = garden.save(unpriced).id
    garden.save(unpriced, prices=DEARER)
    assert garden.costs.brood(again).money == ()


def test_prices_are_looked_up_where_nobody_gives_them(garden: Garden) -> None:
    path = settings.config_path()
    path.parent.mkdir(parents=True)
    table = 'endpoint = "https://host"\nmodel = "m"\ninput_price = 1\noutput_price = 10\n'
    path.write_text(f"[models.far]\n{table}cached_price = 0.5\n", encoding="utf-8")
    saved = garden.save(replace(costly(), model="https://host/v1#m"))
    assert garden.costs.brood(saved.id).money == dollars(COST)
    other = garden.save(replace(costly(), model="https://host/v1#other"))
    assert garden.costs.brood(other.id).money == ()
    path.write_text("[models.far]\nbroken", encoding="utf-8")
    assert garden.save(replace(costly(), model="https://host/v1#m")).id > other.id


def test_a_bed_costs_what_was_bred_in_it(garden: Garden) -> None:
    one, two = garden.beds.open("one"), garden.beds.open("two")
    garden.save(costly(), bed=one, prices=PRICES)
    garden.save(costly(replace(USAGE, first_token=1.5)), bed=one, prices=PRICES)
    last = garden.save(costly(), bed=two, prices=EUROS)
    garden.keep(last[0], last[1])
    spent = garden.costs.total(one)
    assert (spent.broods, spent.money, spent.kept) == (2, dollars(2 * COST), 0)
    assert spent.usage == Usage(2_000, 1_000, 400, first_token=1.0, seconds=8.0)
    assert garden.costs.beds() == {one.id: spent, two.id: garden.costs.total(two)}
    assert garden.costs.total(two).kept == 2


def test_money_is_added_up_by_currency(garden: Garden) -> None:
    for prices in (PRICES, EUROS, PRICES):
        garden.save(costly(), prices=prices)
    assert garden.costs.total().money == (Money(Decimal("0.003"), "EUR"), *dollars(2 * COST))


def test_a_kept_text_bears_its_share_of_all_that_was_bred(garden: Garden) -> None:
    saved = garden.save(costly(), prices=PRICES)
    garden.save(costly(), prices=PRICES)
    assert garden.costs.total().money_each == ()
    assert garden.costs.total().tokens_each is None
    garden.keep(saved[0], saved[1])
    spent = garden.costs.total()
    assert spent.money_each == dollars(COST)
    assert (spent.kept, spent.tokens, spent.tokens_each) == (2, 2_400, 1_200)
    assert garden.costs.brood(saved.id).money_each == dollars(COST / 2)


def test_a_text_and_its_edits_are_one_kept_text(garden: Garden) -> None:
    saved = garden.save(costly(), prices=PRICES)
    garden.keep(saved[0])
    edit = garden.edit(garden.edit(saved[0], "by hand"), "by hand again")
    assert "keep" in edit.marks
    assert garden.costs.total().kept == garden.costs.brood(saved.id).kept == 1
    garden.edit(saved[1], "another")
    assert garden.costs.total().kept == garden.costs.brood(saved.id).kept == 2


def test_broods_cost_together_what_each_costs_alone(garden: Garden) -> None:
    one, other = (garden.save(costly(), prices=PRICES) for _ in range(2))
    garden.keep(one[0])
    garden.keep(garden.edit(other[0], "by hand"))
    garden.keep(other[1])
    spent = garden.costs.broods([one.id, other.id])
    assert spent == {each.id: garden.costs.brood(each.id) for each in (one, other)}
    assert [each.kept for each in spent.values()] == [1, 2]


def test_what_was_not_bred_here_is_not_among_the_kept(garden: Garden) -> None:
    saved = garden.save(costly(), prices=PRICES)
    elsewhere = bred(offspring=("far away",))
    garden.add(Text("mine"), elsewhere[0])
    assert garden.costs.total().kept == 0
    garden.keep(saved[0])
    garden.put_away(saved[0])
    assert garden.costs.total().kept == 0


@pytest.mark.parametrize("kept", [False, True])
def test_it_is_all_plain_data(garden: Garden, kept: bool) -> None:
    saved = garden.save(costly(), prices=PRICES)
    if kept:
        garden.keep(saved[0])
    money = [{"amount": 0.00275, "currency": "USD"}]
    assert garden.costs.total().as_dict() == {
        "broods": 1,
        "usage": {
            "prompt": 1_000,
            "cached": 500,
            "completion": 200,
            "first_token": 0.5,
            "seconds": 4.0,
        },
        "money": money,
        "kept": int(kept),
        "tokens_each_kept": 1_200 if kept else None,
        "money_each_kept": money if kept else [],
    }
