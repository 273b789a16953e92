"""Patterns: how examples become a prompt, and how a completion is read back.

- `Pattern`: the form itself, as data (`form.py`).
- `PATTERNS`: the built-in ones, by name (`builtin.py`).
- `Pattern.infer`: reads one off a raw prompt (`inference.py`).
"""

from flourishing.pattern.builtin import PATTERNS
from flourishing.pattern.form import Item, Pattern

__all__ = ["PATTERNS", "Item", "Pattern"]
