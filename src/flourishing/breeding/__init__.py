"""Breeding: parents make a prompt, and the base model's completions are their offspring.

- `BreedRequest`: what is asked for, the same from every face (`request.py`).
- `breed`: from a request to a brood, with its events, of one model or of several that share the
  places (`breed.py`); `finished` waits for the end.
- `items.py`: texts and chains as callers give them; `prompt.py`: as many as there is room for.
- `builder.py`: the places of a brood, filled again where what came is flawed.

Language Model Crossover (Meyerson et al. 2023, arXiv:2302.12170) showed that a base model given a
few parents in a row acts as a crossover; that the best should stand last, where a base model
looks most, is from its experiment on the order of parents.

Refinement is breeding with chains for parents. The examples stand first, each from worst to best,
and the chain under work last, left open at its end: so that from one version to the next, the
prompt only grows at its end, and a model that remembers its beginning need not read it again.
Worsening is the same turned round. Good poems are easier to find than bad versions of them, and
the worse versions of a good one make it an example for refining.
"""

from flourishing.breeding.breed import breed, finished
from flourishing.breeding.prompt import Examples, Parent, Parents, Versions
from flourishing.breeding.request import (
    EXAMPLES,
    BreedRequest,
    Models,
    as_models,
    examples_for,
)

__all__ = [
    "EXAMPLES",
    "BreedRequest",
    "Examples",
    "Models",
    "Parent",
    "Parents",
    "Versions",
    "as_models",
    "breed",
    "examples_for",
    "finished",
]
