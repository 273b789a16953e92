"""What is known of a server: what it is, and what it turned out to do.

It is found out by the way, kept as long as the process, and there to be read or filled by whoever
probes a server on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Program = Literal["llamacpp", "vllm", "sglang", "koboldcpp", "tabbyapi", "textgen", "ollama"]


@dataclass(slots=True)
class Learnt:
    """What is known of a server; None is always: not known yet.

    Attributes:
        asked: Whether it has been asked what it is.
        program: Which program it is, where that makes a difference.
        context: The most tokens of a prompt and its completion.
        honours_n: Whether one request gives several completions.
        greedy_alone: Whether it gives one completion at a time at temperature 0, as vLLM does.
        most_n: The most completions of one request.
        broke_together: How many answers with several completions broke off.
        cumulative: Whether each piece of its stream holds all of the text so far.
        honours_seed: Whether the same seed gives the same text.
        echoes: Whether it repeats the prompt before it continues it, though nobody asked.
        scores_echo: Whether it gives the log-probabilities of a given text (`echo`).
        most_logprobs: The most likeliest tokens that it gives.
        refuses: Fields that it does not take, and that are left out since.
        tokenizer_fails: Whether its tokenizer did not answer, so that tokens are estimated.
    """

    asked: bool = False
    program: Program | None = None
    context: int | None = None
    honours_n: bool | None = None
    greedy_alone: bool = False
    most_n: int | None = None
    broke_together: int = 0
    cumulative: bool | None = None
    honours_seed: bool | None = None
    echoes: bool | None = None
    scores_echo: bool | None = None
    most_logprobs: int | None = None
    refuses: set[str] = field(default_factory=set)
    tokenizer_fails: bool = False

    @property
    def ignores_seed(self) -> bool:
        """Whether it is known that a seed is of no use."""
        return self.honours_seed is False or "seed" in self.refuses

    def heard_echo(self, echoed: bool | None) -> None:
        """Remember whether a text began with the prompt; once it did not, servers never do."""
        if echoed is not None and self.echoes is not False:
            self.echoes = echoed
