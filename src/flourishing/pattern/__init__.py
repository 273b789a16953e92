"""Patterns: how examples become a prompt, and how a completion is read back.

- `Pattern`: the form itself, as data (`form.py`).
- `PATTERNS`: the built-in ones, by name (`builtin.py`).
- `infer_pattern`: reads one off a raw prompt (`inference.py`, `marks.py`).
"""

from flourishing.pattern.builtin import PATTERNS
from flourishing.pattern.form import Item, Pattern
from flourishing.pattern.inference import infer_pattern

__all__ = ["PATTERNS", "Item", "Pattern", "infer_pattern"]
