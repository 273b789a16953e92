"""Evolution: texts that are good and differ, found by a model within a budget.

- `measure`: `Measure`, a number for each text; `catalogue`: those that ship. They are `language` of
  words, `rendered` of pictures and sounds, `by_model` with a model's numbers, and `own`: a person's
  own, in TOML files.
- `archives`: what is kept: the best text of each cell, or texts that are far from each other.
"""

from flourishing.evolution.catalogue import measure, measures
from flourishing.evolution.measure import Measure

__all__ = ["Measure", "measure", "measures"]
