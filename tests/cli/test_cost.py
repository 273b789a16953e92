"""What is said of cost, and what is refused for it, on a server that has its prices."""

from __future__ import annotations

import re
from collections.abc import Generator

import pytest

from flourishing import settings
from flourishing.cli.show import show_cost
from flourishing.garden import open_garden
from flourishing.garden.costs import Spent
from tests.cli.conftest import PROMPT, Ask, Open, Refuse, interrupt, leave, say
from tests.models.cost.served import month
from tests.models.server import Server

FAR = ("cat", "elephant", "rabbit", "--model", "far", "--seed", 1)
CHEAP = ("--refills", 0, "--max-tokens", 8)


@pytest.fixture(scope="module")
def server() -> Generator[Server]:
    server = Server().start()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def configured(server: Server) -> None:
    """Name the good server, at a cent for a token in and a dollar for one out."""
    configure(server)


def configure(server: Server, *, more: str = "", prices: str = "", behaviour: str = "good") -> None:
    prices = prices or "input_price = 10_000\noutput_price = 1_000_000\ncached_price = 0.1"
    path = settings.config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    table = f'[models.far]\nendpoint = "{server.base(behaviour)}"\nmodel = "babble"\n{prices}\n'
    path.write_text(f"{more}\n{table}", encoding="utf-8")


def money(words: str) -> list[str]:
    return re.findall(r"([\d.]+) USD", words)


class TestTold:
    def test_after_a_brood(self, ask: Ask) -> None:
        done = ask("breed", *FAR, "-n", 2, *CHEAP)
        with open_garden() as garden:
            (brood,) = garden.broods()
            usage, spent = brood.usage, garden.costs.brood(brood.id)
        assert f"{usage.prompt} tokens in, {usage.completion} out, the first after" in done.err
        assert f" a second, {spent.money[0]}." in done.err
        assert float(spent.money[0].amount) == usage.prompt / 100 + usage.completion
        assert "tokens" not in done.out

    def test_after_a_refinement(self, ask: Ask) -> None:
        done = ask("refine", "a dove", "--model", "far", "-n", 1, *CHEAP)
        assert money(done.err)

    @pytest.mark.slow
    def test_of_the_model_that_was_named_where_several_have_one_address(
        self, server: Server, ask: Ask
    ) -> None:
        twin = f'[models.near]\nendpoint = "{server.base("good")}"\nmodel = "babble"\n'
        configure(server, more=twin + "input_price = 0\noutput_price = 0")
        amounts = [
            ask("breed", "cat", "-n", 1, "--model", name, *CHEAP, "--json").json["money"]
            for name in ("near", "far")
        ]
        assert amounts[0] == [{"amount": 0.0, "currency": "USD"}]
        assert amounts[1][0]["amount"] > 0

    def test_of_one_that_was_stopped_that_it_is_not_known(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        show_cost(Spent(broods=1))
        assert capsys.readouterr().err == "What it cost is not known.\n"

    def test_of_a_model_on_this_machine_without_money(self, ask: Ask) -> None:
        done = ask("breed", "cat", "dog", "-n", 2, "--model", "echo")
        assert "tokens in" in done.err
        assert not money(done.err)

    def test_as_json(self, ask: Ask) -> None:
        brood = ask("breed", *FAR, "-n", 2, *CHEAP, "--json").json
        amount = brood["usage"]["prompt"] / 100 + brood["usage"]["completion"]
        assert brood["money"] == [{"amount": pytest.approx(amount), "currency": "USD"}]

    @pytest.mark.slow
    def test_of_a_text_with_what_a_kept_one_cost(self, ask: Ask) -> None:
        brood = ask("breed", *FAR, "-n", 2, *CHEAP, "--json").json
        number = brood["offspring"][0]["id"]
        assert "None of it kept." in ask("garden", "show", number).out
        ask("garden", "keep", number, brood["offspring"][1]["id"])
        shown = " ".join(ask("garden", "show", number).out.split())
        whole, each = map(float, money(shown))
        assert "2 of it kept, for" in shown
        assert each == pytest.approx(whole / 2, abs=0.01)
        told = ask("garden", "show", number, "--json").json["cost"]
        assert told["money"] == brood["money"]
        assert told["kept"] == 2
        assert "Its brood" not in ask("garden", "show", 1).out

    @pytest.mark.slow
    def test_of_a_bed_and_of_the_garden(self, ask: Ask) -> None:
        ask("breed", *FAR, "-n", 2, *CHEAP, "--bed", "one")
        ask("breed", *FAR, "-n", 2, *CHEAP)
        (bed,) = ask("garden", "beds", "--json").json
        one = ask("garden", "cost", "--bed", "one", "--json").json
        both = ask("garden", "cost", "--json").json
        assert bed["cost"] == one
        assert (one["broods"], both["broods"]) == (1, 2)
        assert both["money"][0]["amount"] == pytest.approx(2 * one["money"][0]["amount"])
        listed = ask("garden", "beds").out
        assert money(listed) == [f"{one['money'][0]['amount']:.2f}"]
        ask("garden", "keep", 4)
        shown = ask("garden", "cost").out
        assert f"1 kept, for {both['usage']['prompt'] + both['usage']['completion']}" in shown
        assert len(money(shown)) == 2

    def test_of_an_empty_garden(self, ask: Ask) -> None:
        open_garden().close()
        assert ask("garden", "cost").out.splitlines()[-1].strip() == "0 kept"

    def test_of_a_bed_that_is_none(self, refuse: Refuse) -> None:
        open_garden().close()
        assert "There is no bed 'two'" in refuse("garden", "cost", "--bed", "two")

    @pytest.mark.slow
    def test_in_a_session(self, terminal: Open) -> None:
        session = terminal("cat", "dog", "--model", "far", "-n", "2", "--max-tokens", "8")
        first = money(say(session, ""))
        assert len(first) == 1
        assert money(say(session, "w")) == first
        assert money(leave(session)) == first


class TestRefused:
    def test_what_may_cost_more_than_may_be_spent(
        self, server: Server, refuse: Refuse, ask: Ask
    ) -> None:
        asked = len(server.completions("good"))
        # 21 letters in, for 2 offspring that may come on their own after all, and 16 letters out.
        said = refuse("breed", *FAR, "-n", 2, *CHEAP, "--spend", "16.62")
        assert "0.00 USD of the 16.62 USD of --spend are spent" in said
        assert "Raise --spend to 16.63 or more" in said
        assert len(server.completions("good")) == asked
        ask("breed", *FAR, "-n", 2, *CHEAP, "--spend", "16.63")
        assert len(server.completions("good")) == asked + 1

    def test_a_refinement_too(self, refuse: Refuse) -> None:
        assert "--spend" in refuse("refine", "a dove", "--model", "far", "--spend", "0.01")

    @pytest.mark.slow
    def test_what_may_pass_the_months_budget(
        self, server: Server, refuse: Refuse, ask: Ask
    ) -> None:
        configure(server, more="budget = 20")
        ask("breed", *FAR, "-n", 2, *CHEAP)
        said = refuse("breed", *FAR, "-n", 2, *CHEAP)
        assert "of the 20.00 USD of the month's budget are spent" in said
        assert str(settings.config_path()) in said
        ask("garden", "cost")
        ask("breed", "cat", "--model", "echo", "-n", 1)

    @pytest.mark.slow
    def test_what_was_stopped_counts_for_the_month(
        self, server: Server, terminal: Open, refuse: Refuse
    ) -> None:
        configure(server, behaviour="stalls")
        session = terminal("cat", "dog", "--model", "far", "-n", "2", "--max-tokens", "8")
        session.sendline("")
        session.expect("1 of 2 so far")
        interrupt(session, r"\n" + PROMPT)
        leave(session)
        assert month() > 16  # the most that two of eight tokens cost
        configure(server, more="budget = 20")
        assert "of the month's budget are spent" in refuse("complete", "1 2", "--model", "far")

    @pytest.mark.slow
    def test_what_is_in_an_emptied_garden_counts_for_the_month(
        self, server: Server, ask: Ask, refuse: Refuse
    ) -> None:
        configure(server, more="budget = 20")
        ask("breed", *FAR, "-n", 2, *CHEAP)
        (settings.data_path() / "garden.db").unlink()
        assert "of the month's budget are spent" in refuse("breed", *FAR, "-n", 2, *CHEAP)

    def test_a_prompt_is_shown_for_nothing(self, ask: Ask) -> None:
        assert ask("breed", *FAR, "--spend", 0, "--show-prompt").out == "|cat|elephant|rabbit|\n"

    def test_no_prices_no_bound(self, server: Server, ask: Ask) -> None:
        configure(server, prices="input_price = 1")
        done = ask("breed", *FAR, "-n", 2, *CHEAP, "--spend", 0)
        assert "not bounded" in done.err

    @pytest.mark.parametrize("amount", ["-1", "nan", "inf", "much", ""])
    def test_what_is_no_amount(self, refuse: Refuse, amount: str) -> None:
        assert "no amount of money" in refuse("breed", *FAR, "--spend", amount)

    @pytest.mark.slow
    def test_a_session_stops_before_it(self, terminal: Open) -> None:
        words = ("--model", "far", "-n", "1", "--max-tokens", "8", "--spend", "17")
        session = terminal("cat", "dog", *words)
        assert "tokens in" in say(session, "")
        for _ in range(20):
            if "Raise --spend" in (shown := say(session, "")):
                break
        assert "Raise --spend" in shown
        leave(session)
        with open_garden() as garden:
            assert garden.costs.total().money[0].amount <= 17
