"""Gemma 3, the embedded model's architecture, evaluated by matrix products: it reads many texts.

It is the second way to run the same file, beside llama.cpp's engine, and reads only:

- The prompt goes through the layers once, and is remembered until others come. The texts that
  follow it go through together, each attending to the prompt and to itself.
- The weights of the layers are unpacked once and kept as float32 (400 MB for the embedded model).
  The embedding matrix stays packed in the file, and is unpacked a block of rows at a time.
- Activations are not quantised, as the engine's are, so the log-probability of a token differs from
  the engine's by the engine's rounding: by 0.07 in the mean, by more than 0.3 for one token in a
  hundred, and without a tendency (the mean of the differences is below 0.01). It does not depend on
  what is read beside it, but for the last digits of float32.

The states that it gives are those after the final norm; embeddings are multiplied by the square
root of their width at the input alone. References: Gemma 3 (arXiv 2503.19786); llama.cpp's
`gemma3`, with which it agrees in the order of its operations.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from flourishing.errors import EngineError, ModelFileError
from flourishing.models.gguf import Header
from flourishing.models.matrices import Cores, PackedMatrix

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from flourishing.models.matrices import Floats

    _Pairs: TypeAlias = list[tuple[Floats, Floats]]

_ARCHITECTURE: Final = "gemma3"
_MOST_VALUES: Final = 300_000_000
"""Values of all layers; of a model with more, they would take more than 1.2 GB when unpacked."""
_LOCAL_BASE: Final = 10_000.0
"""Of the rotary embedding in the layers with a sliding window; the file has only the other."""
_PERIOD: Final = 6
"""Each sixth layer attends to everything before, the others to the sliding window."""
_TOKENS: Final = "tokenizer.ggml.tokens"
AT_ONCE: Final = 512
"""Tokens that go through the layers together."""
_REMEMBERED: Final = 2
"""Prompts that are remembered."""
_MOST_REMEMBERED: Final = 16_384
"""Tokens of all prompts that are remembered beside the last one; they take 100 MB and less."""
_MOST_WEIGHTS: Final = 4_000_000
"""Weights of attention that are computed at a time, as far as one query allows: 16 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """The weights of one layer, those that are used together side by side."""

    before: Floats
    qkv: Floats
    query_norm: Floats
    key_norm: Floats
    out: Floats
    after_attention: Floats
    before_inner: Floats
    gate_up: Floats
    down: Floats
    after_inner: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """What was read, and what is needed to read on from there.

    Attributes:
        tokens: All tokens that were read.
        pairs: The keys and values of each layer, as far as it still sees them.
        last: The last state of the last token, as one row.
    """

    tokens: tuple[int, ...]
    pairs: _Pairs
    last: Floats


@dataclass(slots=True, eq=False)
class _Tree:
    """Texts whose common beginnings are there once.

    Attributes:
        tokens: The tokens, each after the one that it follows.
        depths: How many tokens stand before each in its text.
        parents: The place of the token before each; -1 of the first of a text.
        paths: The places of the tokens of each text.
    """

    tokens: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    paths: list[list[int]] = field(default_factory=list)
    _places: dict[tuple[int, int], int] = field(default_factory=dict)

    def add(self, text: Sequence[int]) -> None:
        path, before = [], -1
        for depth, token in enumerate(text):
            place = self._places.setdefault((before, token), len(self.tokens))
            if place == len(self.tokens):
                self.tokens.append(token)
                self.depths.append(depth)
                self.parents.append(before)
            path.append(place)
            before = place
        self.paths.append(path)

    def seen(self) -> NDArray[np.bool_]:
        """Say for each token which of the others stand before it, itself counted."""
        import numpy as np

        seen = np.eye(len(self.tokens), dtype=np.bool_)
        for place, before in enumerate(self.parents):
            if before >= 0:
                seen[place] |= seen[before]
        return seen


def can_read(path: Path) -> bool:
    """Say whether a file is a model that is read here: a small Gemma 3, in one file.

    Args:
        path: The GGUF file.
    """
    header = Header.read(path)
    layers = (prod(each.shape) for name, each in header.tensors.items() if name.startswith("blk."))
    return (
        header.texts.get("general.architecture") == _ARCHITECTURE
        and sum(layers) <= _MOST_VALUES
        and header.numbers.get("split.count", 0) <= 1
        and {"token_embd.weight", "output_norm.weight"} <= header.tensors.keys()
    )


class Gemma3:
    """A Gemma 3 that reads: tokens go in, and their last states come out.

    Args:
        path: A GGUF file of which `can_read` says yes.

    Attributes:
        head: The matrix that turns a state into logits; in most files the embeddings'.
        cores: What its products are computed on; whoever reads does so within `cores.busy()`.

    Raises:
        ModelFileError: The file ends too early, or is packed in a way that is not known.
    """

    def __init__(self, path: Path) -> None:
        import numpy as np  # here, since importing us must not load it

        self.cores = Cores()
        header = Header.read(path, lists=(_TOKENS,))
        numbers = {
            key.removeprefix("gemma3."): value
            for key, value in header.numbers.items()
            if key.startswith("gemma3.")
        }
        self._header = header
        self._heads = int(numbers["attention.head_count"])
        self._key_heads = int(numbers["attention.head_count_kv"])
        self._size = int(numbers["attention.key_length"])
        self._window = int(numbers["attention.sliding_window"])
        self._epsilon = numbers["attention.layer_norm_rms_epsilon"]
        self._bases = (_LOCAL_BASE, numbers["rope.freq_base"])
        self._stretch = numbers.get("rope.scaling.factor", 1.0)
        self._scale = numbers["embedding_length"] ** 0.5
        self._remembered: list[Past] = []
        try:
            self._bytes: NDArray[np.uint8] = np.memmap(path, np.uint8, "r")
            self._embeddings = self._packed("token_embd.weight")
            tied = "output.weight" not in header.tensors
            self.head = self._embeddings if tied else self._packed("output.weight")
            self._norm = self._matrix("output_norm.weight")
            self._layers = [self._layer(at) for at in range(int(numbers["block_count"]))]
        except (OSError, ValueError, KeyError, NotImplementedError) as error:
            raise ModelFileError(
                f"The weights in {path} cannot be read: {error}.",
                hint="Download the file again, or use the embedded model.",
            ) from error

    def text_of(self, token: int) -> str:
        """Give a token as text; what is only part of a character becomes a replacement mark.

        Args:
            token: The token's id.
        """
        word = self._header.lists[_TOKENS][token]
        if len(word) == 6 and word.startswith("<0x") and word.endswith(">"):
            return bytes([int(word[3:5], 16)]).decode("utf-8", "replace")
        return word.replace("\u2581", " ")

    # Through the layers.

    def read_prompt(self, prompt: Sequence[int], stopped: threading.Event) -> Past:
        """Read a prompt, or what is new of it after one that is remembered.

        The last two are, and one that was read on from counts as used again: so a beginning that
        many prompts share is read once, if it was read by itself before.

        Args:
            prompt: The tokens, at least one.
            stopped: Set by the caller to stop at the next layer.
        """
        nothing = Past((), [], self._embeddings.take_none())
        begun = [
            each for each in self._remembered if tuple(prompt[: len(each.tokens)]) == each.tokens
        ]
        before = max(begun, key=lambda each: len(each.tokens), default=nothing)
        past = self._read_on(before, prompt[len(before.tokens) :], stopped)[0]
        others = [each for each in self._remembered if each is not before]
        used = [before] if 0 < len(before.tokens) < len(past.tokens) else []
        kept = [*others, *used][1 - _REMEMBERED :]
        fits = sum(len(each.tokens) for each in kept) <= _MOST_REMEMBERED
        self._remembered = [*kept, past] if fits else [past]
        return past

    def _read_on(
        self, past: Past, tokens: Sequence[int], stopped: threading.Event
    ) -> tuple[Past, Floats]:
        """Read one sequence on, some tokens at a time; give the past with it, and its states."""
        import numpy as np

        found = [past.last[:0]]
        for begin in range(0, len(tokens), AT_ONCE):
            part = tokens[begin : begin + AT_ONCE]
            tree = _Tree()
            tree.add(part)
            states, new = self._through(past, tree, stopped)
            past = self._longer(past, part, states, new)
            found.append(states)
        return past, np.concatenate(found)

    def _longer(self, past: Past, tokens: Sequence[int], states: Floats, new: _Pairs) -> Past:
        """Give a past with tokens behind it; of a sliding window, what can still be seen."""
        import numpy as np

        pairs = []
        for at, (keys, values) in enumerate(new):
            if past.pairs:
                keys = np.concatenate([past.pairs[at][0], keys])
                values = np.concatenate([past.pairs[at][1], values])
            seen = 0 if _sees_all(at) else max(0, len(keys) - self._window + 1)
            pairs.append((keys[seen:], values[seen:]))
        return Past((*past.tokens, *tokens), pairs, states[-1:])

    def read_texts(
        self, past: Past, texts: Sequence[Sequence[int]], stopped: threading.Event
    ) -> Iterator[tuple[Floats, list[list[int]]]]:
        """Read texts that all follow one past; what several of them begin with is read once.

        Args:
            past: What stands before each text.
            texts: The tokens of each text.
            stopped: Set by the caller to stop at the next layer.

        Yields:
            States, one a row, and for each of the next texts the rows of its tokens.
        """
        for tree in _trees(texts):
            if len(tree.paths) == 1 or not tree.tokens:
                yield self._read_on(past, tree.tokens, stopped)[1], tree.paths
            else:
                yield self._through(past, tree, stopped)[0], tree.paths

    def _through(self, past: Past, tree: _Tree, stopped: threading.Event) -> tuple[Floats, _Pairs]:
        """Give the states of texts that all follow one past, and their keys and values."""
        import numpy as np

        times = self.cores.times
        tokens = np.array(tree.tokens, np.int64)
        begin = len(past.tokens)
        own = begin + np.array(tree.depths, np.int64)
        seen = tree.seen()
        angles = [self._angles(own, each) for each in (False, True)]
        x = self._embeddings.take(tokens) * np.float32(self._scale)
        pairs: _Pairs = []
        for at, layer in enumerate(self._layers):
            if stopped.is_set():
                raise stopped_error()
            q, k, v = self._heads_of(self._normed(x, layer.before), layer, angles[_sees_all(at)])
            pairs.append((k, v))
            if past.pairs:
                k = np.concatenate([past.pairs[at][0], k])
                v = np.concatenate([past.pairs[at][1], v])
            shared = len(k) - len(own)
            apart = own[:, None] - np.concatenate([np.arange(begin - shared, begin), own])
            hidden = (apart < 0) | (apart >= (self._window if not _sees_all(at) else 2**62))
            hidden[:, shared:] |= ~seen
            x += self._normed(times(_attend(q, k, v, hidden), layer.out), layer.after_attention)
            inner = times(self._normed(x, layer.before_inner), layer.gate_up)
            gate, up = np.split(inner, 2, axis=1)
            x += self._normed(times(_gelu(gate) * up, layer.down), layer.after_inner)
        return self._normed(x, self._norm), pairs

    def _heads_of(
        self, x: Floats, layer: _Layer, angles: tuple[Floats, Floats]
    ) -> tuple[Floats, Floats, Floats]:
        """Give the queries, keys and values of all heads, turned by their positions."""
        import numpy as np

        all_heads = self.cores.times(x, layer.qkv).reshape(len(x), -1, self._size)
        ends = (self._heads, self._heads + self._key_heads)
        q, k, v = np.split(all_heads, ends, axis=1)
        q = _turned(self._normed(q, layer.query_norm), *angles)
        k = _turned(self._normed(k, layer.key_norm), *angles)
        return q * np.float32(self._size**-0.5), k, v

    def _angles(self, positions: NDArray[np.int64], whole: bool) -> tuple[Floats, Floats]:
        """Give cosine and sine of the rotary embedding for each position."""
        import numpy as np

        steps = self._bases[whole] ** (-np.arange(0, self._size, 2) / self._size)
        if whole:
            steps = steps / self._stretch
        angles = positions[:, None, None] * steps
        return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)

    def _normed(self, x: Floats, weight: Floats) -> Floats:
        import numpy as np

        mean = np.einsum("...i,...i->...", x, x)[..., None] / np.float32(x.shape[-1])
        normed: Floats = x * (weight / np.sqrt(mean + np.float32(self._epsilon)))
        return normed

    # From the file.

    def _layer(self, at: int) -> _Layer:
        import numpy as np

        def of(*names: str) -> Floats:
            parts = [self._matrix(f"blk.{at}.{name}.weight") for name in names]
            return np.concatenate(parts) if len(parts) > 1 else parts[0]

        return _Layer(
            before=of("attn_norm"),
            qkv=of("attn_q", "attn_k", "attn_v"),
            query_norm=of("attn_q_norm"),
            key_norm=of("attn_k_norm"),
            out=of("attn_output"),
            after_attention=of("post_attention_norm"),
            before_inner=of("ffn_norm"),
            gate_up=of("ffn_gate", "ffn_up"),
            down=of("ffn_down"),
            after_inner=of("post_ffw_norm"),
        )

    def _packed(self, name: str) -> PackedMatrix:
        from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

        stored = self._header.tensors[name]
        kind = GGMLQuantizationType(stored.kind)
        values, size = GGML_QUANT_SIZES[kind]
        rows, columns = stored.shape if len(stored.shape) > 1 else (1, *stored.shape)
        width = columns // values * size
        packed = self._bytes[stored.offset : stored.offset + rows * width]
        return PackedMatrix(packed.reshape(rows, width), kind)

    def _matrix(self, name: str) -> Floats:
        packed = self._packed(name)
        return packed.unpack().reshape(self._header.tensors[name].shape)


def _trees(texts: Sequence[Sequence[int]]) -> Iterator[_Tree]:
    """Give texts in their order, as many in a tree as go through the layers together."""
    tree = _Tree()
    for text in texts:
        if tree.paths and len(tree.tokens) + len(text) > AT_ONCE:
            yield tree
            tree = _Tree()
        tree.add(text)
    if tree.paths:
        yield tree


def _sees_all(layer: int) -> bool:
    """Whether a layer attends to everything before, and not to a sliding window alone."""
    return layer % _PERIOD == _PERIOD - 1


def _attend(q: Floats, k: Floats, v: Floats, hidden: NDArray[np.bool_]) -> Floats:
    """Mix the values by softmax over those keys that are not hidden from a query."""
    import numpy as np

    rows, heads, size = q.shape
    shared = k.shape[1]
    keys, values = k.transpose(1, 2, 0), v.transpose(1, 0, 2)
    mixed = np.empty((rows, heads, size), np.float32)
    step = max(1, _MOST_WEIGHTS // (heads * len(k)))
    for begin in range(0, rows, step):
        part = slice(begin, begin + step)
        # The heads that share keys become rows of one product.
        asking = q[part].reshape(-1, shared, heads // shared, size).transpose(1, 2, 0, 3)
        weights = asking.reshape(shared, -1, size) @ keys
        weights = weights.reshape(shared, heads // shared, -1, len(k))
        np.copyto(weights, np.float32(-np.inf), where=hidden[part])
        weights -= weights.max(axis=-1, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(axis=-1, keepdims=True)
        found = weights.reshape(shared, -1, len(k)) @ values
        found = found.reshape(shared, heads // shared, -1, size).transpose(2, 0, 1, 3)
        mixed[part] = found.reshape(-1, heads, size)
    return mixed.reshape(rows, -1)


def _turned(x: Floats, cosine: Floats, sine: Floats) -> Floats:
    import numpy as np

    left, right = np.split(x, 2, axis=-1)
    return np.concatenate([left * cosine - right * sine, right * cosine + left * sine], axis=-1)


def _gelu(x: Floats) -> Floats:
    """Give the Gaussian error linear unit, by its usual approximation with tanh."""
    import numpy as np

    inner = x * (np.float32(0.7978845608) + np.float32(0.0356774081) * x * x)
    tanh: Floats = np.tanh(inner)
    gelu: Floats = np.float32(0.5) * x * (np.float32(1) + tanh)
    return gelu


def stopped_error() -> EngineError:
    """Give the error of a reading that its caller has stopped."""
    return EngineError("The reading was stopped.", hint="Ask again.")
