"""A budget that closes in time, also where several spend at once."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from flourishing import app, settings, sync
from flourishing.core.sampling import Sampling, SamplingOptions
from flourishing.errors import (
    AuthError,
    EngineError,
    InputError,
    ModelError,
    StorageError,
    TooSlowError,
    UnreachableError,
)
from flourishing.models import Usage
from flourishing.models.cost import Budget, Ledger, Money, metered, open_budget
from tests.conftest import ScriptedModel
from tests.models.cost.served import PRICED, PRICES, Served, breed, budget, folder, month, most

CENT = Decimal("0.00000001")


def wait_for(model: Served, budget: Budget) -> Any:
    """Give the coroutine of a completion."""
    return app.complete(
        "a cat", stop=[], sampling=SamplingOptions(max_tokens=10), model=model, budget=budget
    )


def one() -> Decimal:
    """Give the most that such a completion can cost."""
    return Decimal(5 * 1 + 10 * 10) / 1_000_000


class TestSpending:
    def test_what_may_be_spent_to_the_last_of_it_is_spent(self) -> None:
        model = Served(["wolf", "owl"])
        assert len(breed(model, budget(most(2)))) == 2

    def test_what_might_pass_is_not_asked_for(self) -> None:
        model, bounded = Served(["wolf", "owl"]), budget(most(2) - CENT)
        with pytest.raises(InputError, match="--spend") as refusal:
            breed(model, bounded)
        assert model.calls == []
        assert "Raise --spend to 0.00024 or more" in refusal.value.hint
        assert bounded.spent == {}
        assert month() == 0

    @pytest.mark.parametrize("bound", ["spend", "monthly"])
    def test_refills_that_may_be_asked_for_count_from_the_beginning(self, bound: str) -> None:
        model, whole = Served(["wolf", "owl"]), most(2) + most(1)
        with pytest.raises(InputError):
            breed(model, budget(**{bound: whole - CENT}), refills=1)
        assert len(breed(model, budget(**{bound: whole}), refills=1)) == 2

    def test_broods_of_a_session_add_up(self) -> None:
        model, bounded = Served(["wolf", "owl", "elk", "hen"]), budget(most(2) + most(2) / 2)
        brood = breed(model, bounded)
        assert bounded.spent == {"USD": Decimal(2 * len(brood.prompt) + 200) / 1_000_000}
        with pytest.raises(InputError, match="are spent"):
            breed(model, bounded)
        assert len(model.calls) == 1


class TestMonth:
    def test_its_bound_is_what_is_left_of_it_whoever_spent_the_rest(self) -> None:
        model = Served(["wolf", "owl", "elk", "hen", "fox", "bee"])
        breed(model, budget())
        left = month() + most(2)
        with pytest.raises(InputError, match="month's budget") as refusal:
            breed(model, budget(monthly=left - CENT))
        assert str(settings.config_path()) in refusal.value.hint
        assert len(model.calls) == 1
        assert len(breed(model, budget(monthly=left))) == 2

    def test_what_was_refused_is_not_in_it(self) -> None:
        bounded = budget(monthly=Decimal(0))
        with pytest.raises(InputError):
            breed(Served(["wolf", "owl"]), bounded)
        assert month() == 0
        assert bounded.spent == {"USD": 0}

    def test_what_one_came_to_is_in_it_once(self) -> None:
        bounded = budget(monthly=Decimal(1))
        breed(Served(["wolf", "owl"]), bounded)
        assert month() == bounded.spent["USD"] < most(2)

    def test_others_who_spend_meanwhile_close_the_purse_for_refills(self) -> None:
        class Meanwhile(Ledger):
            def enter(self, entry: Any, check: Any = None) -> None:
                Ledger.enter(self, entry, check)
                if entry.known:
                    dear = replace(entry, call="other", money=Money(Decimal(100), "USD"))
                    Ledger(folder()).enter(dear)

        model = Served(["wolf", "wolf", "owl"])
        brood = breed(model, Budget(Meanwhile(folder()), monthly=Decimal(1)), refills=2)
        assert [each.content for each in brood] == ["wolf", "wolf"]
        assert any("were not asked for again" in note for note in brood.notes)
        assert len(model.calls) == 1

    def test_it_is_kept_though_there_is_no_bound_yet(self) -> None:
        breed(Served(["wolf", "owl"]), budget())
        assert month() > 0

    def test_another_currency_is_another_bound(self) -> None:
        euros = Served(["wolf", "owl"], settings=replace(PRICED, currency="EUR"))
        breed(Served(["wolf", "owl"]), budget())
        assert len(breed(euros, budget(monthly=most(2)))) == 2
        assert month("EUR") == month("USD")

    def test_a_budget_that_cannot_be_kept_is_an_error(self) -> None:
        folder().parent.mkdir()
        folder().write_text("a file in its place")
        model, bounded = Served(["wolf", "owl"]), budget(monthly=Decimal(1))
        with pytest.raises(StorageError):
            breed(model, bounded)
        assert model.calls == []
        assert bounded.spent == {"USD": 0}

    def test_without_a_budget_it_is_a_note(self) -> None:
        folder().parent.mkdir()
        folder().write_text("a file in its place")
        brood = breed(Served(["wolf", "owl"]), budget(Decimal(1)))
        assert [("cannot be written down" in note) for note in brood.notes] == [True]


class TestTogether:
    @pytest.mark.parametrize("bound", ["spend", "monthly"])
    def test_calls_at_once_cannot_pass_a_bound_that_each_of_them_keeps_to(self, bound: str) -> None:
        model = Served(["wolf"])
        amount = 3 * one() + one() / 2
        bounded = budget(**{bound: amount})

        async def ten() -> list[object]:
            calls = (wait_for(model, bounded) for _ in range(10))
            return list(await asyncio.gather(*calls, return_exceptions=True))

        came = sync.run(ten())
        assert sum(isinstance(each, InputError) for each in came) == 7
        assert len(model.calls) == 3
        assert month() == bounded.spent["USD"] == 3 * one() <= amount

    def test_purses_of_several_processes_keep_to_one_budget(self) -> None:
        model = Served(["wolf"])

        async def ten() -> list[object]:
            calls = (wait_for(model, budget(monthly=3 * one())) for _ in range(10))
            return list(await asyncio.gather(*calls, return_exceptions=True))

        assert sum(isinstance(each, InputError) for each in sync.run(ten())) == 7
        assert len(model.calls) == 3


class TestBrokenOff:
    def test_what_fails_without_a_word_of_its_cost_counts_at_its_most(self) -> None:
        bounded = budget(Decimal(1))
        with pytest.raises(EngineError):
            breed(Served([EngineError("It broke.", hint="Try again.")]), bounded)
        assert bounded.spent == {"USD": most(2)}
        assert month() == most(2)

    def test_so_does_what_is_let_go_of(self) -> None:
        bounded = budget()

        async def begin() -> None:
            model = metered(Served(["wolf"]), bounded)
            asked = model.complete("a cat", n=1, sampling=Sampling(max_tokens=10), stop=(), seed=1)
            async with aclosing(asked) as events:
                async for _ in events:
                    return

        sync.run(begin())
        assert month() == bounded.spent["USD"] == one()

    @pytest.mark.parametrize("kind", [AuthError, InputError, UnreachableError])
    def test_what_came_to_no_request_costs_nothing(self, kind: type[ModelError]) -> None:
        bounded = budget()
        with pytest.raises(kind):
            breed(Served([kind("No.", hint="None.")]), bounded)
        assert month() == bounded.spent["USD"] == 0

    def test_a_server_that_was_too_slow_may_be_writing_on(self) -> None:
        @dataclass(slots=True)
        class Slow(Served):
            async def complete(self, *_: Any, **__: Any) -> Any:
                yield Usage(5, 0, 1)
                raise TooSlowError("It is slow.", hint="Wait.")

        with pytest.raises(TooSlowError):
            sync.run(wait_for(Slow([]), budget()))
        assert month() == one()


class TestScores:
    def test_the_next_token_and_log_probabilities_are_paid_for(self) -> None:
        model = metered(Served([]), budget())
        sync.run(model.next_token("a cat", k=3))
        assert month() == Decimal(5 + 10) / 1_000_000
        sync.run(model.logprobs("a cat", [" sat", " ran off"]))
        assert month() == Decimal(5 + 10 + (9 + 10) + (13 + 10)) / 1_000_000

    def test_they_are_refused_where_they_might_pass(self) -> None:
        model = metered(Served([]), budget(monthly=Decimal(0)))
        with pytest.raises(InputError):
            sync.run(model.next_token("a cat", k=3))
        with pytest.raises(InputError):
            sync.run(model.logprobs("a cat", [" sat"]))
        assert month() == 0


def test_a_length_that_is_passed_on_as_it_is_counts() -> None:
    longer = Served(["wolf"], settings=replace(PRICED, extra_body={"max_tokens": 1000}))
    with pytest.raises(InputError):
        sync.run(wait_for(longer, budget(Decimal("0.01"))))
    sync.run(wait_for(longer, budget(Decimal("0.010005"))))


class TestUnpriced:
    def test_a_model_without_prices_is_not_bounded_and_says_so_once(self) -> None:
        model = Served(["wolf", "owl", "elk", "hen"], settings=replace(PRICED, output_price=None))
        bounded = budget(Decimal(0))
        first, second = breed(model, bounded), breed(model, bounded)
        assert [("not bounded" in note) for note in first.notes] == [True]
        assert second.notes == ()
        assert not folder().exists()

    def test_nothing_is_said_where_nothing_is_bounded(self) -> None:
        model = Served(["wolf", "owl"], settings=replace(PRICED, input_price=None))
        assert breed(model, budget()).notes == ()

    def test_a_model_on_this_machine_is_free(self) -> None:
        brood = breed(ScriptedModel(["wolf", "owl"]), budget(Decimal(0), Decimal(0)))
        assert (len(brood), brood.notes) == (2, ())
        assert not folder().exists()


class TestOfTheConfiguration:
    def test_what_names_no_amount_shares_the_purse_of_the_process(self) -> None:
        assert open_budget() is open_budget()
        assert open_budget(Decimal(1)) is not open_budget(Decimal(1))

    def test_the_budget_holds_for_both(self) -> None:
        configure("budget = 0.0001")
        for bounded in (open_budget(), open_budget(Decimal(1))):
            with pytest.raises(InputError, match="month's budget"):
                sync.run(bounded.reserve("m", PRICES, Usage(1000)))

    def test_another_budget_is_heeded_at_once(self) -> None:
        configure("budget = 0.0001")
        before = open_budget()
        configure("budget = 1")
        assert open_budget() is not before
        sync.run(open_budget().reserve("m", PRICES, Usage(1000)))
        assert month() == Decimal("0.001")


def configure(content: str) -> None:
    path = settings.config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
