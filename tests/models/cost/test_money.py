"""What tokens cost, and how money is shown."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.models import Usage, open_model
from flourishing.models.cost import Money, Prices, cost_of, most_cost, most_usage, prices_of
from tests.models.cost.served import PRICED, PRICES, Served

AMOUNTS = st.decimals(0, 10_000, places=6)
USAGES = st.builds(
    Usage, st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7), st.none(), st.none()
)


def test_each_kind_of_token_has_its_price() -> None:
    assert cost_of(Usage(1_000_000, 200_000, 300_000), PRICES) == Money(Decimal("3.9"), "USD")


def test_more_remembered_than_read_is_not_paid_back() -> None:
    assert cost_of(Usage(1_000_000, 2_000_000, 0), PRICES).amount == Decimal("0.5")


def test_prices_are_those_that_were_written() -> None:
    told = replace(PRICED, input_price=0.1, output_price=0.2, cached_price=None, currency="EUR")
    assert Prices.of(told) == Prices(Decimal("0.1"), Decimal("0.2"), Decimal("0.1"), "EUR")


def test_half_a_price_is_none() -> None:
    assert Prices.of(replace(PRICED, input_price=None)) is None
    assert Prices.of(replace(PRICED, output_price=None)) is None


def test_models_on_this_machine_have_no_prices() -> None:
    assert prices_of(open_model("echo")) is None
    assert prices_of(Served(["wolf"])) == PRICES


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.text(max_size=5))
def test_prices_are_read_back_as_they_were(
    read: Decimal, wrote: Decimal, cached: Decimal, currency: str
) -> None:
    prices = Prices(read, wrote, cached, currency)
    assert Prices.from_dict(prices.as_dict()) == prices


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "0.00"),
        ("12.345", "12.35"),
        ("1200", "1200.00"),
        ("0.1", "0.10"),
        ("0.0123", "0.012"),
        ("0.00000456", "0.0000046"),
    ],
)
def test_money_is_shown_with_the_digits_that_count(amount: str, shown: str) -> None:
    assert str(Money(Decimal(amount), "USD")) == f"{shown} USD"


def test_a_bound_is_rounded_up() -> None:
    assert Money(Decimal("0.5001"), "USD").shown(ROUND_UP) == "0.51 USD"


@pytest.mark.parametrize("cached", ["0.5", "3"])
@given(usage=USAGES, n=st.integers(1, 50), max_tokens=st.integers(1, 500))
def test_no_call_costs_more_than_the_most(
    cached: str, usage: Usage, n: int, max_tokens: int
) -> None:
    prices = replace(PRICES, cached=Decimal(cached))
    prompt = usage.prompt // n
    real = Usage(prompt * n, usage.cached, n * max_tokens)
    most = most_usage(Usage(prompt, 0, max_tokens), n)
    assert cost_of(real, prices).amount <= most_cost(most, prices).amount
