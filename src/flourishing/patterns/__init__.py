"""Patterns: how examples become a prompt, and how a completion is read back.

- `Pattern`: the form itself, as data (`form.py`).
- `PATTERNS`: the built-in ones, by name (`builtin.py`).
- `infer_pattern`: reads one off a raw prompt (`inference.py`, `marks.py`).
"""

from flourishing.patterns.builtin import PATTERNS
from flourishing.patterns.form import Item, Pattern
from flourishing.patterns.inference import infer_pattern

__all__ = ["PATTERNS", "Item", "Pattern", "infer_pattern"]
