"""Evolution: texts that are good and differ, found by a model within a budget.

- `measure`: `Measure`, a number for each text; `catalogue`: those that ship. They are `language` of
  words (`pronunciation`: how these sound), `rendered` of pictures and sounds, `by_model` with a
  model's numbers, and `own`: a person's own, in TOML files.
- `archives`: what is kept: the best text of each cell, or texts that are far from each other.
- `history`: all that may stand in an archive, so that what a person drops can leave it.
- `emitters`: which texts stand in the next prompt.
- `steering`: which texts a person inside wants in it, or not.
- `plan`: what a run is asked for; `run`: what it comes to, and its events.
- `evaluation`: measuring beside the writing; `placement`: what becomes of each text; `evolve`: the
  loop; `opening`: new runs, and those to go on with or to look at.
"""

from flourishing.evolution.catalogue import measure, measures
from flourishing.evolution.measure import Measure
from flourishing.evolution.plan import RunBudget
from flourishing.evolution.run import Evaluated, Run, Step

__all__ = ["Evaluated", "Measure", "Run", "RunBudget", "Step", "measure", "measures"]
