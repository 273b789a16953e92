"""What things cost, and a purse that closes in time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import ROUND_UP, Decimal
from itertools import chain, repeat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing import bridge, settings, workshop
from flourishing.brood import Brood
from flourishing.cost import Money, Prices, Purse, cost_of, most_cost, prices_of
from flourishing.errors import EngineError, InputError
from flourishing.models import Event, Usage, open_model
from flourishing.sampling import Sampling
from flourishing.settings import NamedModel
from tests.conftest import ScriptedModel

PRICES = Prices(Decimal(1), Decimal(10), Decimal("0.5"))
PRICED = NamedModel(
    endpoint="https://host/v1", model="m", input_price=1, output_price=10, cached_price=0.5
)
AMOUNTS = st.decimals(0, 10_000, places=6)
USAGES = st.builds(
    Usage, st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7), st.none(), st.none()
)


@dataclass(slots=True)
class Served(ScriptedModel):
    """The scripted model as if it were behind an address, by its own counts of tokens."""

    settings: NamedModel = field(default=PRICED)

    async def complete(
        self,
        prompt: str,
        *,
        n: int,
        sampling: Sampling,
        stop: Sequence[str],
        seed: int,
        reproducible: bool = False,
    ) -> AsyncGenerator[Event]:
        events = ScriptedModel.complete(
            self, prompt, n=n, sampling=sampling, stop=stop, seed=seed, reproducible=reproducible
        )
        async with aclosing(events):
            async for event in events:
                # As dear as it can be.
                yield Usage(n * len(prompt), 0, n * 10) if isinstance(event, Usage) else event


def breed(model: ScriptedModel, purse: Purse, n: int = 2, refills: int = 0) -> Brood:
    events = workshop.breed(
        ["a cat", "a dog"],
        n,
        pattern="list",
        draw=workshop.Draw(max_tokens=10),
        refills=refills,
        model=model,
        purse=purse,
    )
    return bridge.run(workshop.finished(events))


def most(n: int, refills: int = 0) -> Decimal:
    return most_cost(len("|a cat|a dog|"), n, 10, refills, PRICES).amount


class TestMoney:
    def test_each_kind_of_token_has_its_price(self) -> None:
        assert cost_of(Usage(1_000_000, 200_000, 300_000), PRICES) == Money(Decimal("3.9"), "USD")

    def test_more_remembered_than_read_is_not_paid_back(self) -> None:
        assert cost_of(Usage(1_000_000, 2_000_000, 0), PRICES).amount == Decimal("0.5")

    def test_prices_are_those_that_were_written(self) -> None:
        told = replace(PRICED, input_price=0.1, output_price=0.2, cached_price=None, currency="EUR")
        assert Prices.of(told) == Prices(Decimal("0.1"), Decimal("0.2"), Decimal("0.1"), "EUR")

    def test_half_a_price_is_none(self) -> None:
        assert Prices.of(replace(PRICED, input_price=None)) is None
        assert Prices.of(replace(PRICED, output_price=None)) is None

    def test_models_on_this_machine_have_no_prices(self) -> None:
        assert prices_of(open_model("echo")) is None
        assert prices_of(Served(["wolf"])) == PRICES

    @given(AMOUNTS, AMOUNTS, AMOUNTS, st.text(max_size=5))
    def test_prices_are_read_back_as_they_were(
        self, read: Decimal, wrote: Decimal, cached: Decimal, currency: str
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
    def test_money_is_shown_with_the_digits_that_count(self, amount: str, shown: str) -> None:
        assert str(Money(Decimal(amount), "USD")) == f"{shown} USD"

    def test_a_bound_is_rounded_up(self) -> None:
        assert Money(Decimal("0.5001"), "USD").shown(ROUND_UP) == "0.51 USD"

    @given(USAGES, st.integers(1, 50), st.integers(0, 50), st.integers(1, 500))
    def test_no_brood_costs_more_than_the_most(
        self, usage: Usage, n: int, refills: int, max_tokens: int
    ) -> None:
        prompt = usage.prompt // (n + refills)
        real = Usage(prompt * (n + refills), usage.cached, (n + refills) * max_tokens)
        assert (
            cost_of(real, PRICES).amount <= most_cost(prompt, n, max_tokens, refills, PRICES).amount
        )


class TestSpending:
    def test_what_may_be_spent_to_the_last_of_it_is_spent(self) -> None:
        model = Served(["wolf", "owl"])
        assert len(breed(model, Purse(spend=most(2)))) == 2

    def test_what_might_pass_is_not_asked_for(self) -> None:
        model = Served(["wolf", "owl"])
        purse = Purse(spend=most(2) - Decimal("0.00000001"))
        with pytest.raises(InputError, match="--spend") as refusal:
            breed(model, purse)
        assert model.calls == []
        assert "Raise --spend to 0.00024 or more" in refusal.value.hint
        assert purse.spent == {}

    def test_refills_that_may_be_asked_for_count_from_the_beginning(self) -> None:
        model = Served(["wolf", "owl"])
        with pytest.raises(InputError):
            breed(model, Purse(spend=most(2)), refills=1)
        assert len(breed(model, Purse(spend=most(2, 1)), refills=1)) == 2

    def test_broods_of_a_session_add_up(self) -> None:
        model, purse = Served(["wolf", "owl", "elk", "hen"]), Purse(spend=most(2) + most(2) / 2)
        brood = breed(model, purse)
        assert purse.spent == {"USD": Decimal(2 * len(brood.prompt) + 200) / 1_000_000}
        with pytest.raises(InputError, match="are spent"):
            breed(model, purse)
        assert len(model.calls) == 1

    def test_the_bound_of_a_month_is_what_is_left_of_it(self) -> None:
        asked: list[str] = []

        def month(currency: str) -> Decimal:
            asked.append(currency)
            return Decimal(5)

        model = Served(["wolf", "owl"])
        with pytest.raises(InputError, match="month's budget") as refusal:
            breed(model, Purse(budget=Decimal(5), month=month))
        assert str(settings.config_path()) in refusal.value.hint
        assert asked == ["USD"]
        assert len(breed(model, Purse(budget=Decimal(5) + most(2), month=month))) == 2

    def test_what_was_spent_and_not_saved_counts_for_the_month(self) -> None:
        model = Served(["wolf", "owl", "elk", "hen"])
        purse = Purse(budget=most(2) + most(2) / 2)
        breed(model, purse)
        with pytest.raises(InputError, match="month's budget"):
            breed(model, purse)

    def test_what_was_saved_counts_once(self) -> None:
        saved = [Decimal(0)]
        model = Served(["wolf", "owl", "elk", "hen"])
        purse = Purse(budget=2 * most(2), month=lambda _: saved[0])
        breed(model, purse)
        saved[0] += purse.spent["USD"]
        assert len(breed(model, purse)) == 2

    def test_others_who_spend_meanwhile_close_the_purse_for_refills(self) -> None:
        saved = chain([Decimal(0)], repeat(Decimal(100)))
        model = Served(["wolf", "wolf", "owl"])
        brood = breed(model, Purse(budget=Decimal(1), month=lambda _: next(saved)), refills=2)
        assert [each.content for each in brood] == ["wolf", "wolf"]
        assert any("were not asked for again" in note for note in brood.notes)
        assert len(model.calls) == 1

    def test_a_brood_that_breaks_off_is_paid_in_full(self) -> None:
        purse = Purse(spend=Decimal(1))
        with pytest.raises(EngineError):
            breed(Served([EngineError("It broke.", hint="Try again.")]), purse)
        assert purse.spent == {"USD": most(2)}


class TestUnpriced:
    def test_a_model_without_prices_is_not_bounded_and_says_so_once(self) -> None:
        model = Served(["wolf", "owl", "elk", "hen"], settings=replace(PRICED, output_price=None))
        purse = Purse(spend=Decimal(0))
        first, second = breed(model, purse), breed(model, purse)
        assert [("not bounded" in note) for note in first.notes] == [True]
        assert second.notes == ()

    def test_nothing_is_said_where_nothing_is_bounded(self) -> None:
        model = Served(["wolf", "owl"], settings=replace(PRICED, input_price=None))
        assert breed(model, Purse()).notes == ()

    def test_a_model_on_this_machine_is_free(self) -> None:
        brood = breed(ScriptedModel(["wolf", "owl"]), Purse(spend=Decimal(0), budget=Decimal(0)))
        assert (len(brood), brood.notes) == (2, ())


class TestBudget:
    @pytest.mark.parametrize(("written", "read"), [("5", 5.0), ("0.25", 0.25), ("0", 0.0)])
    def test_it_stands_in_the_configuration(self, written: str, read: float) -> None:
        configure(f"budget = {written}")
        assert settings.monthly_budget() == read

    def test_there_need_be_none(self) -> None:
        assert settings.monthly_budget() is None

    @pytest.mark.parametrize("written", ["-1", "nan", "inf", "true", '"5"'])
    def test_what_is_no_amount_is_refused(self, written: str) -> None:
        configure(f"budget = {written}")
        with pytest.raises(InputError, match="budget") as refusal:
            settings.monthly_budget()
        assert refusal.value.hint


def configure(content: str) -> Path:
    path = settings.config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path
