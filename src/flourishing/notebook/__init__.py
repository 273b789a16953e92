"""Flourishing at a Python prompt: the calls of the post, each a plain function."""

from flourishing.app.render import look
from flourishing.core import markup
from flourishing.kinds import find_pattern
from flourishing.notebook.breeding import (
    breed,
    choose,
    echoes,
    format_poems,
    format_refinements,
    open_garden,
    refine,
    share,
    worsen,
)
from flourishing.notebook.completing import (
    base_model,
    check_judge,
    embed,
    image,
    instruct,
    judge_texts,
    logprobs,
    measure_prompts,
    next_token,
)
from flourishing.notebook.evolving import evolve, measure, measures

markup.show_looks(look)

__all__ = [
    "base_model",
    "breed",
    "check_judge",
    "choose",
    "echoes",
    "embed",
    "evolve",
    "find_pattern",
    "format_poems",
    "format_refinements",
    "image",
    "instruct",
    "judge_texts",
    "logprobs",
    "measure",
    "measure_prompts",
    "measures",
    "next_token",
    "open_garden",
    "refine",
    "share",
    "worsen",
]
