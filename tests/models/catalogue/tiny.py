"""A real GGUF file of a hundred kilobytes: a llama of one layer, with weights drawn by chance.

It knows bytes and writes nonsense of printable ASCII, for which there is a font, but llama.cpp
loads it and it breeds: enough to see that what was pulled is what was offered.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType

_WIDTH, _HEADS, _INNER = 32, 2, 64
_SPECIAL = (b"<unk>", b"<s>", b"</s>")
_WRITTEN = (ord("\n"), *range(ord(" "), ord("~") + 1))


def write_tiny_model(path: Path, *, seed: int = 0) -> None:
    """Write a tiny model; another seed gives another one of the same size."""
    tokens = [*_SPECIAL, *(f"<0x{byte:02X}>".encode() for byte in range(256))]
    special = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL]
    writer = GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(16_384)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(_INNER)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_rope_dimension_count(_WIDTH // _HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([*special, *([TokenType.BYTE] * 256)])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    draw = np.random.default_rng(seed)
    shapes = {
        "token_embd": (len(tokens), _WIDTH),
        "output": (len(tokens), _WIDTH),
        **{f"blk.0.attn_{each}": (_WIDTH, _WIDTH) for each in ("q", "k", "v", "output")},
        "blk.0.ffn_gate": (_INNER, _WIDTH),
        "blk.0.ffn_up": (_INNER, _WIDTH),
        "blk.0.ffn_down": (_WIDTH, _INNER),
    }
    weights = {name: draw.normal(0, 0.3, shape) for name, shape in shapes.items()}
    _forbid_bytes(weights)
    for name, values in weights.items():
        writer.add_tensor(f"{name}.weight", values.astype(np.float32))
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(f"{name}.weight", np.ones(_WIDTH, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _forbid_bytes(weights: dict[str, np.ndarray]) -> None:
    """Make the first number of each state a constant, by which all other bytes are unlikely."""
    weights["token_embd"][:, 0] = 3
    weights["blk.0.attn_output"][0] = 0
    weights["blk.0.ffn_down"][0] = 0
    weights["output"][:, 0] = -40
    written = [*range(len(_SPECIAL)), *(len(_SPECIAL) + byte for byte in _WRITTEN)]
    weights["output"][written, 0] = 0
