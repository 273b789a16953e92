"""What calls to models cost, and a budget that nothing may exceed.

- `ledger.py`: amounts, prices, what a call costs at the most, and the record of what was spent.
- `budget.py`: what may be spent; sets aside the most that a call can cost before it is made; and
  models whose requests are first checked.

A budget counts the most that can come: every completion at its full length, asked for on its
own with a prompt of its own, nothing remembered. Servers differ too much to hope for less.
"""

from flourishing.models.cost.budget import REFUSALS, Budget, Reservation, metered, open_budget
from flourishing.models.cost.ledger import (
    Entry,
    Ledger,
    Money,
    Prices,
    cost_of,
    most_cost,
    most_usage,
    most_written,
    prices_of,
)

__all__ = [
    "REFUSALS",
    "Budget",
    "Entry",
    "Ledger",
    "Money",
    "Prices",
    "Reservation",
    "cost_of",
    "metered",
    "most_cost",
    "most_usage",
    "most_written",
    "open_budget",
    "prices_of",
]
