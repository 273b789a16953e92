"""Experiments that show what breeding is worth, each by one command.

`python benchmarks/evidence NAME --budget small|full` runs one of them and appends what came,
row by row, to `benchmarks/evidence/results/NAME-BUDGET.jsonl`; begun again, it goes on where it
stopped. `--report` draws the plot and prints the tables from the rows alone. `docs/evidence.md`
says what was found. Needs the extra `evidence`.
"""

import argparse
from functools import partial

import archive
import climb
import crossover
import diversity
import gate
import refinement
import sampling
import simulated_marks

_EXPERIMENTS = {
    "archive": archive.main,
    "climb": climb.main,
    "crossover": crossover.main,
    "diversity": diversity.main,
    "gate": gate.main,
    "judged": partial(archive.main, name="judged"),
    "marks": simulated_marks.main,
    "pictures": partial(archive.main, name="pictures"),
    "prompts": partial(archive.main, name="prompts"),
    "refinement": refinement.main,
    "sampling": sampling.main,
}


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python benchmarks/evidence", description=__doc__)
    parser.add_argument("experiment", choices=_EXPERIMENTS)
    parser.add_argument("--budget", choices=("small", "full"), default="small")
    parser.add_argument("--arm", action="append", default=[], help="one arm; may be repeated")
    parser.add_argument("--model", help="the base model; the configured one by default")
    parser.add_argument("--report", action="store_true", help="only report what is there")
    asked = parser.parse_args()
    run = _EXPERIMENTS[asked.experiment]
    run(asked.budget, asked.arm, asked.model, only_report=asked.report)


_main()
