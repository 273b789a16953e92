"""Money, the prices of tokens, what a call costs, and the record of what was spent.

Money is a `Decimal`: a month is the sum of thousands of small amounts and is compared with a bound,
and floats would let the sum drift, and 0.1 + 0.2 pass 0.3. Prices come from a person's
configuration as they wrote them there, so 0.1 is 0.1.

A month's budget has to count what no garden knows: completions at a prompt, calls from Python,
broods that were broken off, and gardens that were emptied since. So the month is read from the
ledger, which has one line for each call to a model that has prices, whatever the call was for.

A call is written down before it is made, at the most that it can cost, and once more when it is
known what it came to; of the lines of one call, the last one counts. So what is broken off, by
Ctrl-C or by `kill -9`, counts at its most without anybody's doing, and what several processes
have under way counts for each of them: whoever writes reads the month under the same lock.

Each month (of UTC) has a file of its own, to which lines are only ever added; a line that was torn
by a crash is left out. There are no prompts in it, no texts and no keys.
"""

from __future__ import annotations

import json
import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final, Self

from flourishing.errors import StorageError
from flourishing.files import make_folder, open_private
from flourishing.models.protocol import BaseModel, Usage
from flourishing.settings import NamedModel

_MILLION: Final = 1_000_000
_LENGTHS: Final = ("max_tokens", "max_completion_tokens", "max_new_tokens")
_SMALL: Final = Decimal("0.1")
"""Money below this is shown with two digits that count, else with two places."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of money.

    Attributes:
        amount: How much.
        currency: Of what, as the configuration calls it.
    """

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return self.shown()

    def shown(self, rounding: str = ROUND_HALF_UP) -> str:
        """Give the amount for a person: two places, or two digits where that would be little.

        Args:
            rounding: How it is rounded, by the names of `decimal`; half up by default.
        """
        places = -2 if not self.amount or self.amount >= _SMALL else self.amount.adjusted() - 1
        return f"{self.amount.quantize(Decimal(1).scaleb(places), rounding):f} {self.currency}"

    def as_dict(self) -> dict[str, object]:
        """Give it as plain data for JSON."""
        return {"amount": float(self.amount), "currency": self.currency}


@dataclass(frozen=True, slots=True)
class Prices:
    """What a server takes for a million tokens.

    Attributes:
        input: For tokens of prompts.
        output: For tokens of completions.
        cached: For tokens of prompts that the server remembered.
        currency: What the money is.
    """

    input: Decimal
    output: Decimal
    cached: Decimal
    currency: str = "USD"

    @classmethod
    def of(cls, model: NamedModel) -> Self | None:
        """Give the prices that a person set for a model; None unless both were set.

        Args:
            model: How a person has described the model.
        """
        if model.input_price is None or model.output_price is None:
            return None
        read = Decimal(str(model.input_price))
        cached = read if model.cached_price is None else Decimal(str(model.cached_price))
        return cls(read, Decimal(str(model.output_price)), cached, model.currency)

    def as_dict(self) -> dict[str, str]:
        """Give the prices as plain data for JSON: as words, which lose nothing."""
        amounts = {"input": self.input, "output": self.output, "cached": self.cached}
        return {**{name: str(each) for name, each in amounts.items()}, "currency": self.currency}

    @classmethod
    def from_dict(cls, stored: Mapping[str, str]) -> Self:
        """Read prices from what `as_dict` gave.

        Args:
            stored: The prices as plain data.
        """
        read, output, cached = (Decimal(stored[name]) for name in ("input", "output", "cached"))
        return cls(read, output, cached, stored["currency"])


def described(model: BaseModel) -> NamedModel | None:
    """Give how a person has described a model; None for one on this machine, which is free.

    Args:
        model: The model.
    """
    found = getattr(model, "settings", None)
    return found if isinstance(found, NamedModel) else None


def prices_of(model: BaseModel) -> Prices | None:
    """Give the prices of a model; None for one on this machine, or where nobody set any.

    Args:
        model: The model.
    """
    found = described(model)
    return None if found is None else Prices.of(found)


def cost_of(usage: Usage, prices: Prices) -> Money:
    """Give what a call cost.

    Args:
        usage: The tokens of the call.
        prices: The prices of the model.
    """
    cached = min(usage.cached, usage.prompt)
    amount = (
        (usage.prompt - cached) * prices.input
        + cached * prices.cached
        + usage.completion * prices.output
    )
    return Money(amount / _MILLION, prices.currency)


def most_cost(usage: Usage, prices: Prices) -> Money:
    """Give the most that so many tokens can cost, however many of them the server remembers.

    Args:
        usage: The tokens of the call.
        prices: The prices of the model.
    """
    remembered = usage.prompt if prices.cached > prices.input else 0
    return cost_of(replace(usage, cached=remembered), prices)


def most_written(settings: NamedModel, max_tokens: int) -> int:
    """Give the most tokens of a completion, where what is passed on as it is asks for more.

    Args:
        settings: How a person has described the model.
        max_tokens: The most tokens that are asked for.
    """
    asked = (settings.extra_body.get(name) for name in _LENGTHS)
    return max([max_tokens, *(each for each in asked if isinstance(each, int))])


def most_usage(one: Usage, n: int) -> Usage:
    """Give the most tokens that n completions of one prompt can take.

    Args:
        one: What one takes: the prompt, and the completion at its full length.
        n: How many.
    """
    # A server asked for n at once may give none of them, and is then asked for each.
    prompts = n + (1 if n > 1 else 0)
    return Usage(prompt=prompts * one.prompt, completion=n * one.completion)


_PATIENCE: Final = 30.0
"""Seconds for which others may hold the lock, which they need for milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One call, as it is written down.

    Attributes:
        call: What it is called here; the same in all lines of one call.
        at: When it was made. It belongs to the month of that.
        model: What was asked, as texts name it.
        usage: Its tokens.
        money: What they cost.
        known: Whether it came to that; otherwise it is the most that it can come to.
    """

    call: str
    at: datetime
    model: str
    usage: Usage
    money: Money
    known: bool

    def line(self) -> bytes:
        """Give it as a line of the ledger."""
        values = {
            "call": self.call,
            "at": self.at.astimezone(UTC).isoformat(),
            "model": self.model,
            "prompt": self.usage.prompt,
            "cached": self.usage.cached,
            "completion": self.usage.completion,
            "money": str(self.money.amount),
            "currency": self.money.currency,
            "known": self.known,
        }
        return json.dumps(values).encode() + b"\n"


class Ledger:
    """The record of what was spent; any number of processes may share it.

    Args:
        folder: Where it is; made when something is first written down.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._months: dict[str, _Month] = {}

    def spent(self, currency: str, *, at: datetime | None = None) -> Decimal:
        """Give what the calls of a calendar month have cost, those under way at their most.

        Args:
            currency: In which currency; what cost another one does not count.
            at: Some time in that month, which is one of UTC; None for now.

        Raises:
            StorageError: It cannot be read.
        """
        with self._readable():
            return self._month(at or datetime.now(UTC)).spent(currency)

    def enter(self, entry: Entry, check: Callable[[Decimal], None] | None = None) -> None:
        """Write a call down; it is on the disk when this returns.

        Args:
            entry: The call.
            check: Called with what was spent in its month and currency before, while nobody else
                can write; what it raises keeps the call out.

        Raises:
            StorageError: It cannot be written down.
        """
        month = self._month(entry.at)
        with self._readable(), self._alone():
            if check is not None:
                check(month.spent(entry.money.currency))
            month.add(entry.line())

    def _month(self, at: datetime) -> _Month:
        name = f"{at.astimezone(UTC):%Y-%m}.jsonl"
        return self._months.setdefault(name, _Month(self._folder / name))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        from filelock import FileLock, Timeout  # here, since most breed for nothing

        make_folder(self._folder)
        lock = FileLock(self._folder / "lock", timeout=_PATIENCE, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            raise OSError(f"another process holds {self._folder / 'lock'}") from None
        except NotImplementedError as error:
            raise OSError("its disk has no locks") from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(
                f"What is spent cannot be written down in {self._folder}: "
                f"{error.strerror or error}.",
                hint="Make room, or see that you may write there; or set FLOURISHING_DATA to "
                "another folder.",
            ) from error


@dataclass(slots=True)
class _Month:
    """The file of one month, of which each line is read once."""

    path: Path
    _at: int = 0
    _calls: dict[str, Money] = field(default_factory=dict)
    _sums: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    _reading: threading.Lock = field(default_factory=threading.Lock)

    def spent(self, currency: str) -> Decimal:
        with self._reading:
            self._read()
            return self._sums.get(currency, Decimal(0))

    def add(self, line: bytes) -> None:
        with open(self.path, "a+b", opener=open_private) as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    line = b"\n" + line  # the line before was torn
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def _read(self) -> None:
        try:
            with self.path.open("rb") as file:
                if file.seek(0, os.SEEK_END) < self._at:
                    self._forget()  # somebody has put another in its place
                file.seek(self._at)
                new = file.read()
        except FileNotFoundError:
            self._forget()
            return
        whole = new[: new.rfind(b"\n") + 1]
        self._at += len(whole)
        for line in whole.split(b"\n"):
            if (found := _read_line(line)) is not None:
                call, money = found
                if (before := self._calls.get(call)) is not None:
                    self._sums[before.currency] -= before.amount
                self._calls[call] = money
                self._sums[money.currency] += money.amount

    def _forget(self) -> None:
        self._at = 0
        self._calls.clear()
        self._sums.clear()


def _read_line(line: bytes) -> tuple[str, Money] | None:
    """Give the call of a line and what it cost; None where the line is damaged."""
    try:
        found: Any = json.loads(line)
        call, amount, currency = found["call"], Decimal(found["money"]), found["currency"]
    except (ValueError, ArithmeticError, LookupError, TypeError, RecursionError):
        return None
    if not isinstance(call, str) or not isinstance(currency, str) or not amount.is_finite():
        return None
    return (call, Money(amount, currency)) if amount >= 0 else None
