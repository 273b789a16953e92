"""What was spent: one line for each call to a model that has prices, whatever the call was for.

A month's budget has to count what no garden knows: completions at a prompt, calls from Python,
broods that were broken off, and gardens that were emptied since. So the month is read from here.

A call is written down before it is made, at the most that it can cost, and once more when it is
known what it came to; of the lines of one call, the last one counts. So what is broken off, by
Ctrl-C or by `kill -9`, counts at its most without anybody's doing, and what several processes
have under way counts for each of them: whoever writes looks at the month in the same breath, and a
lock lets one write at a time.

Each month (of UTC) has a file of its own, to which lines are only ever added; a line that was torn
by a crash is left out. There are no prompts in it, no texts and no keys.
"""

from __future__ import annotations

import json
import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from flourishing.cost.money import Money
from flourishing.errors import StorageError
from flourishing.files import make_folder, open_private
from flourishing.models.protocol import Usage

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
