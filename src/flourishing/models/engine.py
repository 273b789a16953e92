"""llama.cpp's server engine inside the process, through xllamacpp.

Everything here blocks, and may be called from many threads at once: the engine decodes the
requests of all callers together. What was measured of it, and what follows:

**The numbers depend on company.** Activations are quantised, so how tokens are batched changes a
logit in its second decimal: by how much of the prompt was remembered, by which slots write
beside, and by where the cache holds what. A seed alone therefore does not give the same texts
twice. A request that must be reproducible runs `alone`: no other request inside, all slots
erased, the prompt read from its beginning, in slot 0. Then it is, to the bit (on one machine).

**Log-probabilities are read along one path**, for the same reason. A sequence of tokens is always
read in blocks of 32 counted from its beginning, and what is left over token by token; so the
log-probability of a token after a sequence is a function of the sequence alone, however one came
to ask for it, and scoring a continuation agrees with asking token by token.

**Prompts go in as token ids**, which the engine's own tokenizer makes without reading "<eos>" and
the like as commands: a poem may contain anything. That call goes through the HTTP listener that
the engine opens on a loopback port; it is closed to others by a key that only this object knows.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from flourishing.errors import EngineError, ModelFileError
from flourishing.models.engine_lock import EngineLock
from flourishing.models.engine_output import UNTOLD, WORD, Chunk, engine_error, next_token
from flourishing.models.gguf import load_error
from flourishing.models.process_end import closed_at_end
from flourishing.models.protocol import TokenLogprob

PARALLEL: Final = 8
"""How many completions are written side by side; more come in waves."""
CONTEXT: Final = 16_384
"""The most tokens that all sequences together may have; a model trained on fewer takes fewer."""
_BATCH: Final = 128
"""Tokens read at a time: as fast as more on a few cores, and a chance to stop after each."""
_BLOCK: Final = 32
"""Tokens read at a time for log-probabilities."""
_CACHE_MIB: Final = 256
"""Room for prompts that have left their slots, to come back to without reading them again."""
_SPINS: Final = "1000"
"""How often a thread of the engine looks for the others before it sleeps; see the class."""


class Engine:
    """A loaded model.

    OpenMP, as the engine has it, lets a thread that waits for another spin; where a second program
    wants a core, it then spins for most of the time (a brood took twenty times as long). Told to
    sleep after a thousand looks, it is as fast alone and keeps going in company. OpenMP reads this
    when it is loaded, so it is set just before; what a person has set goes before it.

    The sliding-window layers keep their whole cache (`swa_full`): without it a prompt of 4,000
    tokens cannot be shared by eight, since cells with several owners are never given free.

    Args:
        weights: A GGUF file.

    Raises:
        ModelFileError: llama.cpp cannot load the file.
    """

    def __init__(self, weights: Path) -> None:
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)
        self._key = secrets.token_urlsafe(32)
        self._lock = EngineLock()
        self._asking = EngineLock()  # apart, since whoever writes asks, too
        self._closing = threading.Event()
        self._control: dict[str, bool] = {}
        with closed_at_end(self):
            self._slots = tempfile.TemporaryDirectory(prefix="flourishing-")
            self._server: Any = self._load(weights)
            self._address = urlsplit(str(self._server.listening_address))
            # Only the engine's own loop answers this. To close it earlier would never return.
            self._ask("POST", "/slots/0?action=erase", {})
        meta = self._ask("GET", "/v1/models")["data"][0]["meta"]
        self.context_length = min(int(meta["n_ctx_train"]), CONTEXT)
        self.vocabulary_size = int(meta["n_vocab"])
        self._letter = self.tokens("a", beginning=False)[-1]

    def _load(self, weights: Path) -> Any:
        import xllamacpp  # here, since loading 100 MB of engine is not part of importing us

        params = xllamacpp.CommonParams()
        params.model.path = str(weights)
        params.verbosity = -1
        params.n_ctx = CONTEXT
        params.n_parallel = PARALLEL
        params.kv_unified = True  # the n completions share the prompt's cells instead of copying
        params.n_batch = params.n_ubatch = _BATCH
        params.special = True  # else a control word is left out silently, and the text goes on
        params.swa_full = True
        params.n_ctx_checkpoints = 0
        params.cache_ram_mib = _CACHE_MIB
        params.warmup = False
        params.ui = False
        params.api_keys = [self._key]
        params.n_threads_http = 2
        params.slot_save_path = self._slots.name + os.sep  # without it slots cannot be erased
        threads = (
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        )
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads or 1
        try:
            return xllamacpp.Server(params)
        except RuntimeError as error:
            self._slots.cleanup()
            why = load_error(weights)
            raise ModelFileError(
                f"llama.cpp cannot load {weights}" + (f": {why}." if why else "."),
                hint="The file is truncated, or of a kind that this version of llama.cpp does not "
                "know. Download it again, or use the embedded model.",
            ) from error

    def close(self) -> None:
        """Stop every request within a step, and free the model.

        Freeing it waits for the threads of its listener and lets no Python thread run meanwhile, so
        nobody may be in the middle of a request to it.
        """
        self._closing.set()
        with self._lock.exclusive(), self._asking.exclusive():
            self._server = None
            self._slots.cleanup()

    # Text and tokens.

    def tokens(self, text: str, *, beginning: bool = True) -> list[int]:
        """Give the token ids of a text, by default with what stands before every prompt.

        Args:
            text: The text.
            beginning: Whether to add what stands before every prompt; True by default.
        """
        body = {"content": text, "add_special": beginning, "parse_special": False}
        return [int(token) for token in self._ask("POST", "/tokenize", body)["tokens"]]

    def is_control(self, word: str) -> bool:
        """Say whether characters are a token of the model's own, and no part of any text.

        Args:
            word: Characters that came as one token, such as "<unused12>" or "<table>".
        """
        if word not in self._control:
            body = {"content": word, "add_special": False, "parse_special": True}
            read = [int(token) for token in self._ask("POST", "/tokenize", body)["tokens"]]
            plain = self.tokens(word, beginning=False)
            own = len(read) == 1 and (plain != read or UNTOLD.fullmatch(word) is not None)
            self._control[word] = own
        return self._control[word]

    # Writing.

    def stream(
        self,
        body: Chunk,
        on_chunk: Callable[[Chunk], None],
        stopped: threading.Event,
        *,
        alone: bool,
    ) -> None:
        """Run one completion request and hand over its chunks as they come.

        Args:
            body: The request, as for llama.cpp's `/v1/completions`.
            on_chunk: Called with each chunk on this thread.
            stopped: Set by the caller to stop at the next step.
            alone: Run with no other request, from an empty cache, so that a seed reproduces.
        """
        if not alone:
            with self._lock.shared():
                self._run(body, on_chunk, stopped.is_set)
            return
        with self._exclusive():
            self._run({**body, "cache_prompt": False, "id_slot": 0}, on_chunk, stopped.is_set)

    def prefill(
        self, prompt: Sequence[int], on_chunk: Callable[[Chunk], None], stopped: threading.Event
    ) -> None:
        """Read a prompt into the cache while nobody else asks, so that writing finds it there.

        Whoever comes waits for the batch that is being read, and then goes first; this goes on
        from there when they have gone. What was read stays in the cache in any case.

        Args:
            prompt: The tokens of the prompt.
            on_chunk: Called with each chunk on this thread.
            stopped: Set by the caller to stop at the next step.
        """
        body: Chunk = {"prompt": list(prompt), "max_tokens": 1, "temperature": 0.0}
        unfinished = True
        while unfinished and not stopped.is_set():
            with self._lock.preemptible() as wanted:
                self._run(body, on_chunk, lambda: stopped.is_set() or wanted.is_set())
                unfinished = wanted.is_set()

    def _run(
        self, body: Chunk, on_chunk: Callable[[Chunk], None], enough: Callable[[], bool]
    ) -> None:
        server = self._require_server()
        body = {**body, "stream": True, "return_progress": True}

        def hand_over(chunk: Chunk) -> bool:
            for choice in chunk.get("choices", ()):
                self._end_at_control_word(choice)
            on_chunk(chunk)
            return self._closing.is_set() or enough()

        if enough():  # while it waited for others
            return
        try:
            server.handle_completions(body, hand_over)
        except RuntimeError as error:
            raise EngineError(f"The engine failed: {error}.", hint="Try again.") from error

    def _end_at_control_word(self, choice: Chunk) -> None:
        """Cut a piece off at a control word, and say that the choice ends there.

        A token comes as one piece; what a model spells out in several, as a parent does, is text.
        """
        piece = choice.get("text") or ""
        for found in WORD.finditer(piece):
            if self.is_control(found[0]):
                choice["text"], choice["control"] = piece[: found.start()], True
                return

    # Log-probabilities.

    def next_token(
        self, prompt: Sequence[int], k: int, stopped: threading.Event
    ) -> list[tuple[int, TokenLogprob]]:
        """Give the k likeliest tokens after a prompt, with their ids, likeliest first.

        Args:
            prompt: The tokens of the prompt.
            k: How many.
            stopped: Set by the caller to stop at the next step.
        """
        found: list[tuple[int, TokenLogprob]] = []
        with self._exclusive():
            for end in self._steps(len(prompt), stopped):
                found = self._read(prompt[:end], top=k if end == len(prompt) else 0)
        return found

    def score(
        self, prompt: Sequence[int], continuation: Sequence[int], stopped: threading.Event
    ) -> list[TokenLogprob]:
        """Give the log-probability of each token of a continuation after all before it.

        Args:
            prompt: The prompt.
            continuation: The continuation, not empty.
            stopped: Set by the caller to stop at the next step.
        """
        tokens = [*prompt, *continuation]
        wanted = range(len(prompt), len(tokens))
        scores: list[TokenLogprob] = []
        for _, group in groupby(wanted, key=lambda end: end // _BLOCK):
            ends = set(group)
            with self._exclusive():
                for end in self._steps(max(ends), stopped):
                    forced = tokens[end] if end in ends else None
                    read = self._read(tokens[:end], forced=forced)
                    scores += [token for _, token in read]
        return scores

    def _read(
        self, tokens: Sequence[int], *, top: int = 0, forced: int | None = None
    ) -> list[tuple[int, TokenLogprob]]:
        """Read tokens, of which all but the last block are remembered, and look at what is next.

        Args:
            tokens: All tokens from the beginning.
            top: Give this many of the likeliest next tokens.
            forced: Give this next token alone: a grammar that admits nothing else makes the
                engine choose it, and the log-probability is taken before the grammar. Without it
                the engine chooses a letter: it reports nothing where it chooses the end of a text
                or part of a character.
        """
        body: Chunk = {"prompt": list(tokens), "max_tokens": 1, "id_slot": 0, "temperature": 1.0}
        if forced is not None or top:
            chosen = self._letter if forced is None else forced
            body |= {"logprobs": top or 1, "grammar": f"root ::= <[{chosen}]>"}
        answer: Chunk = self._require_server().handle_completions(body)
        if "choices" not in answer:
            raise engine_error(answer)
        if forced is None and not top:
            return []
        content = answer["choices"][0]["logprobs"]["content"][0]
        return [
            next_token(each)
            for each in ([content] if forced is not None else content["top_logprobs"])
        ]

    def _steps(self, length: int, stopped: threading.Event) -> Iterator[int]:
        """Give where reading pauses on the way through `length` tokens: blocks, then each token."""
        whole = length // _BLOCK * _BLOCK
        for end in (*range(_BLOCK, whole + 1, _BLOCK), *range(whole + 1, length + 1)):
            if stopped.is_set() or self._closing.is_set():
                raise EngineError("The reading was stopped.", hint="Ask again.")
            yield end

    # The engine itself.

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        with self._lock.exclusive():
            self._require_server()
            for slot in range(PARALLEL):
                self._ask("POST", f"/slots/{slot}?action=erase", {})
            yield

    def _require_server(self) -> Any:
        if self._server is None:
            raise EngineError("The engine has been closed.", hint="Open the model again.")
        return self._server

    def _ask(self, method: str, path: str, body: Chunk | None = None) -> Chunk:
        """Call the engine's own listener on the loopback interface."""
        with self._asking.shared():
            self._require_server()
            return self._answer(method, path, body)

    def _answer(self, method: str, path: str, body: Chunk | None) -> Chunk:
        connection = http.client.HTTPConnection(self._address.hostname or "", self._address.port)
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        try:
            connection.request(
                method, path, json.dumps(body) if body is not None else None, headers
            )
            response = connection.getresponse()
            answer: Chunk = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise EngineError(
                f"The engine did not answer {path}: {error}.", hint="Try again."
            ) from error
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise engine_error(answer)
        return answer
