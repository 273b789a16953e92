"""The base model that ships, Gemma 3 270M, in three files of which the prompt chooses one.

They differ in their vocabularies alone (`vocabulary.py`), and the smaller one is, the faster it
writes:

- a prompt in English, or in a formula or program, is continued by the file with what English uses;
- any other prompt in Latin letters by the one with all that Latin letters need;
- all else by the whole one.

**English is what the English file spells as the others do**, but for one token in a hundred
(`MOST_LACKING`). Names and rare words are below that in English prose and verse, and above it in
nearly all of what is written in other languages: `docs/performance.md` has the shares. In a prompt
of fewer than a hundred tokens, none may be lacking.

The choice depends on the text alone, so a seed always meets the same file. It is made with the
English file, which is the one that `load` loads; each other is loaded with the first prompt that
needs it, and they share no memory. Where a smaller file cannot be made, the next one writes, and a
notice says why.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flourishing.core.sampling import Sampling
from flourishing.errors import ModelFileError, StorageError
from flourishing.models.embedded import EmbeddedModel, in_thread, require_some
from flourishing.models.protocol import Completion, Event, Notice, Reading, Score, TokenLogprob
from flourishing.models.vocabulary import (
    ENGLISH,
    LATIN,
    LackingTokens,
    is_latin,
    reduced_weights,
)
from flourishing.models.weights import EMBEDDED_NAME, embedded_weights

if TYPE_CHECKING:
    from flourishing.models.matrices import Floats

MOST_LACKING: Final = 0.01
"""Of a text's tokens, the share that English may lack where the English file is used."""
SLOWER: Final = "A faster file of the embedded model is not used, and it writes slower. {} {}"
"""The notice where a smaller file cannot be had, with the reason and its remedy."""


class PackagedModel:
    """The model that ships; its weights are joined, and reduced, into a cache folder when needed.

    Args:
        cache: The folder in which the weights are kept.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self.english = EmbeddedModel(ENGLISH.name, self._find_english)
        self.latin = EmbeddedModel(LATIN.name, lambda: reduced_weights(LATIN, cache))
        self.whole = EmbeddedModel(EMBEDDED_NAME, lambda: embedded_weights(cache))
        self._lacking: LackingTokens
        self._found: dict[EmbeddedModel, bool] = {}
        self._finding = threading.Lock()
        self._warning = ""

    @property
    def name(self) -> str:
        return EMBEDDED_NAME

    @property
    def ready(self) -> bool:
        """Whether one of its files has been loaded."""
        return any(model.ready for model in (self.english, self.latin, self.whole))

    @property
    def further_settings(self) -> frozenset[str]:
        return self.whole.further_settings

    async def load(self) -> None:
        """Load the file that is used most, or wait until it is loaded.

        Raises:
            ModelError: It cannot be found, joined or loaded.
        """
        await (await self.model_for("")).load()

    async def prompt_room(self, n: int, max_tokens: int) -> int:
        return await (await self.model_for("")).prompt_room(n, max_tokens)

    async def count_tokens(self, text: str) -> int:
        model, tokens = await self._choose(text)
        # A long text takes long to tokenize, and is counted many times where not all parents fit.
        return len(tokens[0]) if model is self.english else await model.count_tokens(text)

    async def complete(
        self,
        prompt: str,
        *,
        n: int,
        sampling: Sampling,
        stop: Sequence[str],
        seed: int,
        reproducible: bool = False,
    ) -> AsyncGenerator[Event]:
        model = await self.model_for(prompt)
        if self._warning:  # once; after that it is known
            words, self._warning = self._warning, ""
            yield Notice(words)
        events = model.complete(
            prompt, n=n, sampling=sampling, stop=stop, seed=seed, reproducible=reproducible
        )
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Completion) and model is not self.whole:
                    event = replace(event, model=model.name)
                yield event

    async def file_for(self, prompt: str) -> str:
        return (await self.model_for(prompt)).name

    async def prefill(self, prompt: str) -> AsyncGenerator[Reading]:
        readings = (await self.model_for(prompt)).prefill(prompt)
        async with aclosing(readings):
            async for reading in readings:
                yield reading

    async def next_token(self, prompt: str, *, k: int) -> tuple[TokenLogprob, ...]:
        return await (await self.model_for(prompt)).next_token(prompt, k=k)

    async def logprobs(self, prompt: str, continuations: Sequence[str]) -> tuple[Score, ...]:
        model = await self.model_for(prompt, *continuations)
        return await model.logprobs(prompt, continuations)

    async def embed(self, texts: Sequence[str]) -> Floats:
        """Give the mean of the last states of each text's tokens, as `EmbeddedModel.embed` does.

        Each text is read by the file that would continue it, whatever others are asked for.

        Args:
            texts: The texts, none of them empty.
        """
        import numpy as np

        places: dict[EmbeddedModel, list[int]] = {}
        for at, text in enumerate(texts):
            require_some(text, at)
            places.setdefault(await self.model_for(text), []).append(at)
        if not places:
            return await (await self.model_for("")).embed(texts)
        found = [await model.embed([texts[at] for at in own]) for model, own in places.items()]
        order = np.argsort(np.concatenate(list(places.values())))
        return np.concatenate(found)[order]

    async def model_for(self, *texts: str) -> EmbeddedModel:
        """Give the model whose file spells texts as the whole one does, and has the fewest tokens.

        Args:
            texts: The texts, which are looked at together.
        """
        return (await self._choose(*texts))[0]

    async def _choose(self, *texts: str) -> tuple[EmbeddedModel, list[list[int]]]:
        """Give the model for texts, with their tokens where that is the English one."""
        if not all(map(is_latin, texts)):
            return self.whole, []
        if await self._has(self.english):
            tokens = [await self.english.tokens(text) for text in texts]
            lacking = sum(map(self._lacking.count, tokens))
            if lacking <= MOST_LACKING * sum(map(len, tokens)):
                return self.english, tokens
        return self.latin if await self._has(self.latin) else self.whole, []

    async def _has(self, model: EmbeddedModel) -> bool:
        """Say whether the file of a model is there or could be made; if not, note why."""
        if model not in self._found:
            await in_thread(partial(self._find, model))
        return self._found[model]

    def _find(self, model: EmbeddedModel) -> None:
        with self._finding:
            if model in self._found:
                return
            try:
                model.locate()
            except (ModelFileError, StorageError) as error:
                self._found[model] = False
                self._warning = self._warning or SLOWER.format(error, error.hint)
            else:
                self._found[model] = True

    def _find_english(self) -> Path:
        """Give the path of the English file, once it is known what English lacks."""
        self._lacking = LackingTokens(embedded_weights(self._cache))
        return reduced_weights(ENGLISH, self._cache)
