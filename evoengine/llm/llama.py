"""The process of a local model, started as ``python -m evoengine.llm.llama FILE CONCURRENCY``.

Its address goes to standard output; it serves until standard input is closed.
"""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

CONTEXT_TOKENS = 8192
"""Of each call under way."""


def main() -> None:
    """Serve until standard input is closed."""
    weights, concurrency = sys.argv[1:]
    # What llama.cpp prints is for the log; standard output carries the address alone.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    server = _serve(Path(weights), int(concurrency))
    print(json.dumps({"url": server.listening_address}), file=answer, flush=True)
    sys.stdin.read()


def _serve(weights: Path, concurrency: int) -> Any:
    xllamacpp = importlib.import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.model_alias = {weights.stem}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel = concurrency
    params.n_ctx = concurrency * CONTEXT_TOKENS
    threads = len(os.sched_getaffinity(0))
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.warmup = False
    params.use_jinja = True
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
