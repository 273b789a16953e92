"""The patterns that ship: those of the post, and those its last paragraph names."""

from __future__ import annotations

from typing import Final

from flourishing.patterns.form import Pattern

RULE: Final = "\n---\n"
"""A line of dashes, which the post puts between poems."""


def _titled(name: str, label: str, max_tokens: int, description: str) -> Pattern:
    return Pattern(
        name=name,
        prefix=label + ":\n",
        separator=RULE,
        # A small model now and then forgets the rule, and goes on with the next label.
        stop=("\n---", f"\n{label}:"),
        max_tokens=max_tokens,
        description=description,
    )


def _chained(name: str, word: str, description: str) -> Pattern:
    label = "a poem:"
    return Pattern(
        name=name,
        prefix=f"{label}\n",
        link=f"\n\n{word}:\n",
        separator=RULE,
        # A model that does not end the example goes on with a version after the next one, or with
        # the next poem; a small one now and then forgets the empty line, or the rule.
        stop=("\n---", f"\n\n{word}:", f"\n{word}:\n", f"\n{label}"),
        max_tokens=160,
        description=description,
    )


PATTERNS: Final[dict[str, Pattern]] = {
    pattern.name: pattern
    for pattern in (
        Pattern(
            name="list",
            header="|",
            separator="|",
            stop=("|", "\n"),
            max_tokens=24,
            description="Words or short phrases between bars: |cat|elephant|rabbit|",
        ),
        _titled("poems", "a poem", 160, "Poems of any shape, each under its label, with rules."),
        _titled("quotes", "a quote", 80, "Quotes and aphorisms, each under its label."),
        _titled("stories", "a very short story", 400, "Flash fiction, each under its label."),
        Pattern(
            name="lines",
            separator="\n",
            max_tokens=48,
            description="One text a line, and nothing else.",
        ),
        Pattern(
            name="prompts",
            prefix="Prompt: ",
            separator="\n",
            max_tokens=80,
            description="Prompts for other models, one a line, each after its label.",
        ),
        Pattern(
            name="mapping",
            link=":",
            separator=", ",
            stop=(",", ":", "\n"),
            max_tokens=24,
            description="Pairs, the last one open: alaska:juneau, ohio:columbus, kansas:",
        ),
        Pattern(
            name="sequence",
            link=":",
            separator=",",
            stop=(",", ":", "\n"),
            max_tokens=24,
            description="Sequences, the last one open: 1:2:3,z:y:x,ice:water:",
        ),
        _chained(
            "refinements", "better", "Versions of poems from worst to best, the last one open."
        ),
        _chained("worsenings", "worse", "Versions of poems from best to worst, the last one open."),
        Pattern(
            name="functions",
            separator="\n\n\n",
            start="def",
            stop=("\n\n\n", "\ndef ", "\nclass ", "\n@", "\nif __name__", "\nimport ", "\nfrom "),
            max_tokens=300,
            description="Python functions, two blank lines apart.",
        ),
    )
}
"""The built-in patterns by name."""
