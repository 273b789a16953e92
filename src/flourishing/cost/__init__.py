"""What calls to models cost, and a purse that closes before more is spent than it may be.

- `money.py`: amounts, prices, and what a call costs at the most.
- `ledger.py`: what was spent this month, for whatever it was, one line for each call.
- `purse.py`: what may be spent; sets aside the most that a call can cost before it is made.
- `watched.py`: a model that asks a purse before it asks its server.

A purse reckons with the most that can come: every completion at its full length, asked for on its
own with a prompt of its own, nothing remembered. Servers differ too much to hope for less.
"""

from flourishing.cost.ledger import Entry, Ledger
from flourishing.cost.money import (
    Money,
    Prices,
    cost_of,
    most_cost,
    most_usage,
    most_written,
    prices_of,
)
from flourishing.cost.purse import REFUSALS, Purse, Reserved, open_purse
from flourishing.cost.watched import watched

__all__ = [
    "REFUSALS",
    "Entry",
    "Ledger",
    "Money",
    "Prices",
    "Purse",
    "Reserved",
    "cost_of",
    "most_cost",
    "most_usage",
    "most_written",
    "open_purse",
    "prices_of",
    "watched",
]
