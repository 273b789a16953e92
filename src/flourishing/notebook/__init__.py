"""Flourishing at a Python prompt: the calls of the post, each a plain function."""

from flourishing.kinds import find_pattern
from flourishing.notebook.breeding import breed, format_poems, format_refinements, refine, worsen
from flourishing.notebook.completing import base_model, logprobs, next_token
from flourishing.notebook.gardening import choose, echoes, open_garden
from flourishing.notebook.instruct import instruct

__all__ = [
    "base_model",
    "breed",
    "choose",
    "echoes",
    "find_pattern",
    "format_poems",
    "format_refinements",
    "instruct",
    "logprobs",
    "next_token",
    "open_garden",
    "refine",
    "worsen",
]
