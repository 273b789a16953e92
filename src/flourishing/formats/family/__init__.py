"""Families: texts and what they came from.

`graph` is walked and laid out, `cards` says what is shown of each text, `page` is looked at.
"""

from __future__ import annotations

from flourishing.formats.family.graph import Edge, Family, Role
from flourishing.formats.family.page import to_html

__all__ = ["Edge", "Family", "Role", "to_html"]
