"""Patterns: how examples become a prompt, and how a completion is read back.

- `Pattern`: the form itself, as data (`form.py`).
- `PATTERNS`: the built-in ones, by name (`form.py`).
- `infer_pattern`: reads one off a raw prompt (`inference.py`).
"""

from flourishing.patterns.form import PATTERNS, Item, Pattern
from flourishing.patterns.inference import infer_pattern

__all__ = ["PATTERNS", "Item", "Pattern", "infer_pattern"]
