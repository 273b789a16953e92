"""llama.cpp's server on a loopback port until standard input ends: `llama_server.py GGUF KEY`.

It prints its address. The engine opens this listener in any case; here it is let speak.
"""

from __future__ import annotations

import os
import sys


def serve(weights: str, key: str) -> None:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = weights
    params.verbosity = -1
    params.n_ctx = 16_384
    params.n_parallel = 4
    params.kv_unified = True
    params.n_batch = params.n_ubatch = 128
    params.swa_full = True
    params.warmup = False
    params.api_keys = [key]
    params.n_threads_http = 8
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = os.cpu_count() or 1
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)  # at once, whatever it is writing


if __name__ == "__main__":
    serve(*sys.argv[1:3])
