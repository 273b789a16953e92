"""koboldcpp, through its `/v1/completions`, as of its source (1.76, October 2024).

It ignores `n` and gives one completion, writes the word "null" as the finish reason of every piece
but the last, and reports no token counts in a stream and made-up ones (100 and 100) otherwise. Its
defaults are not neutral: top_k 100, top_p 0.92. Its own tokenizer counts at
`/api/extra/tokencount`; a prompt that is too long is cut at its beginning without a word, so that
prompts are counted before they are sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from flourishing.models.endpoint.chunks import Chunk, Part, whole_number
from flourishing.models.endpoint.openai import OpenAI, Tokenizer, read_choices

if TYPE_CHECKING:
    from flourishing.models.endpoint.server import Server

_NOT_YET: Final = "null"
"""The finish reason of a completion that goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KoboldCpp(OpenAI):
    """The dialect of koboldcpp."""

    def read(self, found: dict[str, Any]) -> Chunk:
        chunk = read_choices(found, self._part)
        parts = tuple(map(_without_null, chunk.parts))
        return replace(chunk, parts=parts, counts=None)  # its counts are made up

    async def discover(self, server: Server) -> None:
        """Ask how many tokens its context really has; its list of models does not say.

        Args:
            server: The server; its capabilities are filled in.
        """
        url = f"{server.address.root}/api/extra/true_max_context_length"
        answer = await server.ask_if_possible(url)
        found = whole_number(answer.get("value")) if isinstance(answer, dict) else None
        server.capabilities.context = found or server.capabilities.context


def _without_null(part: Part) -> Part:
    return replace(part, finish=None) if part.finish == _NOT_YET else part


KOBOLDCPP: Final = KoboldCpp(
    program="koboldcpp",
    gives_several=False,
    tokenizer=Tokenizer("/api/extra/tokencount", "prompt", "value"),
    further_settings=frozenset({"dry", "xtc"}),
)
