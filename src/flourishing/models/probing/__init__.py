"""Probing a server: what it honours of what it is asked, found out once, on purpose and cheaply.

A server's documentation says what it takes, seldom what it ignores in silence. So it is asked, in
a dozen requests of a few tokens, in ways of which the answer shows whether it was honoured:

- `probe.py`: what is asked, and what follows from the answers.
- `requests.py`: the single requests: the prompts, what all of them cost at most, and how an answer
  shows that a model is a base model.

What is found is kept by `models.probe_results`, from where the endpoint has it at its next start.
"""

from flourishing.models.probing.probe import probe
from flourishing.models.probing.requests import Cost, most_cost

__all__ = ["Cost", "most_cost", "probe"]
