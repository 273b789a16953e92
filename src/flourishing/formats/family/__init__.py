"""Families: texts and what they came from, to walk (`graph`) and to look at (`page`)."""

from __future__ import annotations

from flourishing.formats.family.graph import Edge, Family, Role
from flourishing.formats.family.page import to_html

__all__ = ["Edge", "Family", "Role", "to_html"]
