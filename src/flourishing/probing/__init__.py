"""Probing a server: what it honours of what it is asked, found out once, on purpose and cheaply.

A server's documentation says what it takes, seldom what it ignores in silence. So it is asked, in
a dozen requests of a few tokens, in ways of which the answer gives away whether it was heard:

- `requests.py`: single requests, of which the answer is seen as it came.
- `probe.py`: what is asked, and what follows from the answers.
- `nature.py`: whether it answers like a base model.
- `cost.py`: what all that costs at most.

What is found is kept by `models.probed`, from where the endpoint has it at its next start.
"""

from flourishing.probing.cost import Cost, most_cost
from flourishing.probing.probe import probe

__all__ = ["Cost", "most_cost", "probe"]
