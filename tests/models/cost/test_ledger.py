"""The record of a month: whole in spite of crashes, company and damage, and without secrets.

Also: what tokens cost, and how money is shown.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.errors import InputError, StorageError
from flourishing.models import Usage, open_model
from flourishing.models.cost import (
    Entry,
    Ledger,
    Money,
    Prices,
    cost_of,
    most_cost,
    most_usage,
    prices_of,
)
from tests.models.cost.served import PRICED, PRICES, Served, folder

NOW = datetime(2026, 5, 15, 12, tzinfo=UTC)
AMOUNTS = st.decimals(0, 10_000, places=9)
MANY = """
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from flourishing.models.cost import Entry, Ledger, Money
from flourishing.errors import InputError
from flourishing.models import Usage

def check(spent):
    if spent + 1 > int(sys.argv[3]):
        raise InputError("no more", hint="none")

ledger, wrote = Ledger(Path(sys.argv[1])), 0
for number in range(60):
    entry = Entry(call=f"{sys.argv[2]}-{number}", at=datetime.fromisoformat(sys.argv[4]),
                  model="m", usage=Usage(), money=Money(Decimal(1), "USD"), known=False)
    try:
        ledger.enter(entry, check)
        wrote += 1
    except InputError:
        pass
print(wrote)
"""


def entry(call: str = "one", amount: str = "1", **more: Any) -> Entry:
    given: dict[str, Any] = {
        "at": NOW,
        "model": "m",
        "usage": Usage(7, 2, 3),
        "known": False,
    }
    money = Money(Decimal(amount), more.pop("currency", "USD"))
    return Entry(call=call, money=money, **(given | more))


def file() -> Path:
    return folder() / "2026-05.jsonl"


def spent(currency: str = "USD", at: datetime = NOW) -> Decimal:
    return Ledger(folder()).spent(currency, at=at)


def test_calls_add_up_exactly() -> None:
    ledger = Ledger(folder())
    for number in range(10):
        ledger.enter(entry(str(number), "0.1"))
    assert ledger.spent("USD", at=NOW) == spent() == 1


def test_the_last_line_of_a_call_counts() -> None:
    ledger = Ledger(folder())
    ledger.enter(entry("one", "5"))
    ledger.enter(entry("two", "7"))
    assert ledger.spent("USD", at=NOW) == 12
    ledger.enter(entry("one", "0.25", known=True))
    assert ledger.spent("USD", at=NOW) == spent() == Decimal("7.25")


def test_each_currency_counts_by_itself() -> None:
    Ledger(folder()).enter(entry("one", "5"))
    Ledger(folder()).enter(entry("two", "3", currency="EUR"))
    assert [spent(), spent("EUR"), spent("CHF")] == [Decimal(5), Decimal(3), Decimal(0)]


def test_a_month_is_one_of_the_calendar_in_utc() -> None:
    times = [
        "2025-12-31T23:59:59.999999+00:00",
        "2026-01-01T00:00:00+00:00",
        "2026-02-01T01:00:00+02:00",
        "2026-02-01T00:00:00+00:00",
    ]
    for number, time in enumerate(times):
        Ledger(folder()).enter(entry(str(number), at=datetime.fromisoformat(time)))
    months = {(2025, 11): 0, (2025, 12): 1, (2026, 1): 2, (2026, 2): 1, (2026, 3): 0}
    for (year, month), count in months.items():
        assert spent(at=datetime(year, month, 15, tzinfo=UTC)) == count
    assert spent(at=datetime.fromisoformat("2026-02-01T01:00:00+02:00")) == 2


def test_what_a_check_refuses_is_not_written() -> None:
    def refuse(so_far: Decimal) -> None:
        assert so_far == 5
        raise InputError("No more.", hint="None.")

    ledger = Ledger(folder())
    ledger.enter(entry("one", "5"))
    with pytest.raises(InputError):
        ledger.enter(entry("two", "7"), refuse)
    assert ledger.spent("USD", at=NOW) == spent() == 5


def test_to_look_makes_nothing() -> None:
    assert spent() == 0
    assert not folder().parent.exists()


def test_a_line_that_another_is_writing_counts_once_it_is_whole() -> None:
    Ledger(folder()).enter(entry("one", "5"))
    line, ledger = entry("two", "7").line(), Ledger(folder())
    with file().open("ab", buffering=0) as other:
        other.write(line[:20])
        assert ledger.spent("USD", at=NOW) == 5
        other.write(line[20:])
        assert ledger.spent("USD", at=NOW) == 12


@given(st.lists(AMOUNTS, min_size=1, max_size=5), st.data())
def test_a_crash_in_the_middle_of_a_line_loses_no_other(
    amounts: list[Decimal], data: st.DataObject
) -> None:
    file().unlink(missing_ok=True)
    for number, amount in enumerate(amounts):
        Ledger(folder()).enter(entry(str(number), str(amount)))
    whole = file().read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    file().write_bytes(whole[: data.draw(st.integers(last, len(whole) - 2))])
    assert spent() == sum(amounts[:-1])
    Ledger(folder()).enter(entry("next", "1"))
    assert spent() == sum(amounts[:-1]) + 1


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe",
        b"{}",
        b"[1]",
        b"null",
        b'{"call": "x", "money": "nan", "currency": "USD"}',
        b'{"call": "x", "money": "-1", "currency": "USD"}',
        b'{"call": "x", "money": "much", "currency": "USD"}',
        b'{"call": "x", "money": null, "currency": "USD"}',
        b'{"call": ["x"], "money": "1", "currency": "USD"}',
        b'{"call": "x", "money": "1", "currency": {}}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_line_is_left_out(line: bytes) -> None:
    Ledger(folder()).enter(entry("one", "5"))
    with file().open("ab") as damaged:
        damaged.write(line + b"\n")
    Ledger(folder()).enter(entry("two", "7"))
    assert spent() == 12


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_file_that_was_taken_away_is_read_anew(change: Callable[[Path], Any]) -> None:
    ledger = Ledger(folder())
    ledger.enter(entry("one", "5"))
    assert ledger.spent("USD", at=NOW) == 5
    change(file())
    assert ledger.spent("USD", at=NOW) == 0
    ledger.enter(entry("two", "7"))
    assert ledger.spent("USD", at=NOW) == spent() == 7


@pytest.mark.parametrize("bound", [1000, 100])
def test_several_processes_lose_nothing_and_pass_no_bound(bound: int) -> None:
    words = [[str(folder()), str(number), str(bound), NOW.isoformat()] for number in range(3)]
    running = [
        subprocess.Popen([sys.executable, "-c", MANY, *each], stdout=subprocess.PIPE, text=True)
        for each in words
    ]
    wrote = [int(each.communicate()[0]) for each in running]
    assert sum(wrote) == min(3 * 60, bound) == spent()
    assert len(file().read_bytes().splitlines()) == sum(wrote)


def test_a_line_says_when_what_and_how_much_and_nothing_else() -> None:
    Ledger(folder()).enter(entry(at=NOW + timedelta(hours=1), model="https://host/v1#m"))
    assert file().read_text() == (
        '{"call": "one", "at": "2026-05-15T13:00:00+00:00", "model": "https://host/v1#m", '
        '"prompt": 7, "cached": 2, "completion": 3, "money": "1", "currency": "USD", '
        '"known": false}\n'
    )


def test_where_nothing_can_be_written_it_is_said() -> None:
    folder().parent.mkdir()
    folder().write_text("a file in its place")
    with pytest.raises(StorageError) as refusal:
        Ledger(folder()).enter(entry())
    assert str(folder()) in str(refusal.value)
    assert "FLOURISHING_DATA" in refusal.value.hint
    assert folder().is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="modes are those of POSIX")
def test_what_is_spent_can_be_read_by_its_owner_alone() -> None:
    Ledger(folder()).enter(entry("one", "5"))
    modes = {path.stat().st_mode & 0o777 for path in folder().iterdir()}
    assert modes == {0o600}
    assert folder().stat().st_mode & 0o777 == 0o700


AMOUNTS_OF_MONEY = st.decimals(0, 10_000, places=6)
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


@given(AMOUNTS_OF_MONEY, AMOUNTS_OF_MONEY, AMOUNTS_OF_MONEY, st.text(max_size=5))
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
