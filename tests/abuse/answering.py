"""Candidates that leave, cannot be read, answer oddly or forge an answer, and what they leave behind."""

from making import Cases

from evoengine.sandbox.attacks import FORGE

CASES = Cases()
case, attempt = CASES.case, CASES.attempt

# Exits.
case("exit-code", "exit", "import os\ndef f():\n    os._exit(97)")
case("exit-sys", "exit", "import sys\ndef f():\n    sys.exit('done')")
case("exit-import", "exit", "import sys\nsys.exit(0)")
case("exit-import-os", "exit", "import os\nos._exit(95)")
case("exit-raise", "exit", "def f():\n    raise SystemExit")
case("exit-keyboard", "error", "def f():\n    raise KeyboardInterrupt")
case("exit-generator", "error", "def f():\n    raise GeneratorExit")
case("exit-atexit", "ok", "import atexit\natexit.register(lambda: print('never'))\ndef f():\n    return 1")
case("exit-kill", "crash", "import os\ndef f():\n    os.kill(os.getpid(), 9)")
case(
    "exit-term",
    "crash exit timeout no_result",
    "import os\ndef f():\n    os.kill(os.getpid(), 15)\n    while True: pass",
)
case("exit-illegal", "crash", "import signal, os\ndef f():\n    os.kill(os.getpid(), signal.SIGILL)")
case(
    "exit-thread",
    "exit",
    "import threading, os, time\ndef f():\n    threading.Thread(target=os._exit, args=(1,)).start(); time.sleep(5)",
)
case("exit-xcpu", "cpu_limit", "import os, signal\ndef f():\n    os.kill(os.getpid(), signal.SIGXCPU)")
case(
    "exit-sys-killed",
    "crash forbidden",
    "import os, signal\ndef f():\n    os.kill(os.getpid(), signal.SIGSYS)",
)

# Sources.
case("source-null", "invalid_source", "def f(): return 1\0")
case("source-bom", "ok invalid_source", "\ufeffdef f(): return 1")
case("source-bidi", "ok", "def f(): return '\u202e1'")
case(
    "source-huge", "ok invalid_source memory_limit timeout", "x = [" + "1," * 300_000 + "]\ndef f(): return 1"
)
case("source-too-huge", "invalid_source", "#" * (5 << 20))
case("source-nested-unary", "invalid_source crash timeout memory_limit", "x = " + "-" * 100_000 + "1")
case("source-attributes", "invalid_source error crash ok", "def f(): return x" + ".a" * 50_000)
case("source-encoding", "ok invalid_source", "# coding: rot13\ndef f(): return 1")
case("source-future", "invalid_source", "from __future__ import barry\ndef f(): return 1")
case("source-entry-value", "error", "f = 5")
case("source-arity", "error", "def f(a): return a")
case("source-import", "error", "import not_there")
case("source-raise", "error", "raise ValueError('at import')")
case("source-empty", "error", "")
case("source-main", "ok", "def f(): return 1\nif __name__ == '__main__': raise SystemExit(1)")

# Results.
case("result-inf", "ok", "def f(): return [float('inf'), -float('inf')]")
case("result-huge-int", "bad_result", "def f(): return 10 ** 5000")
case("result-bool", "ok", "def f(): return True")
case("result-none", "ok", "def f(): return None")
case("result-object", "bad_result", "def f(): return object()")
case("result-set", "bad_result", "def f(): return {1, 2}")
case("result-complex", "bad_result", "def f(): return 1j")
case("result-bytes", "bad_result", "def f(): return b'x'")
case("result-generator", "bad_result", "def f(): yield 1")
case("result-surrogate", "bad_result error", "def f(): return '\\ud800'")
case(
    "result-float-subclass",
    "ok",
    "class F(float):\n    def __repr__(self): return '1e99'\n    __eq__ = lambda s, o: True\ndef f(): return F(1.5)",
)
case(
    "result-str-subclass", "ok", "class S(str):\n    def __len__(self): return 10**9\ndef f(): return S('x')"
)
case("result-odd-equality", "bad_result", "class A:\n    __eq__ = lambda s, o: True\ndef f(): return A()")
case("result-string-array", "bad_result", "import numpy as np\ndef f(): return np.array(['x'])")
case("result-structured-array", "bad_result", "import numpy as np\ndef f(): return np.zeros(2, 'i4,f4')")
case(
    "result-array-subclass",
    "ok",
    "import numpy as np\nclass A(np.ndarray):\n    def sum(self): return 99\ndef f(): return np.ones(3).view(A)",
)
case("result-text-large", "output_limit", "def f(): return 'x' * (10 << 20)")
case("result-deep", "bad_result", "def f():\n    a = []\n    for _ in range(200): a = [a]\n    return a")
case("result-keys", "ok bad_result", "def f(): return {1: 2, None: 3}")
case("result-key-tuple", "bad_result", "def f(): return {(1, 2): 3}")
case("result-placeholder", "bad_result", "def f(): return {'\\0array': ['<f8', [10**9]]}")
case("result-closed", "no_result error exit", "import os, time\ndef f():\n    os.close(4); time.sleep(60)")
case(
    "result-closed-all",
    "no_result error exit",
    "import os, time\ndef f():\n    os.closerange(0, 64); time.sleep(60)",
)
case(
    "forged-garbage",
    "bad_result output_limit timeout",
    FORGE + "def f(): os.write(4, os.urandom(64)); return 1",
)
case(
    "forged-length",
    "output_limit",
    FORGE + "def f(): os.write(4, struct.pack('<cI', b'V', 0xffffffff)); return 1",
)
case("forged-short", "bad_result timeout", FORGE + "def f(): put(b'V', b''); return 1")
case("forged-kind", "bad_result", FORGE + "def f(): put(b'k', b'\\1\\0\\0\\0' + b'1'); os._exit(0)")
case("forged-failure", "exit bad_result error", FORGE + "def f(): put(b'S', b'\\2\\0\\0\\0{}'); os._exit(97)")
case(
    "forged-array-object",
    "bad_result",
    FORGE
    + "def f():\n    t = b'{\"\\\\u0000array\": [\"|O\", [1]]}'\n    put(b'V', struct.pack('<I', len(t)) + t + b'x' * 8); os._exit(0)",
)
case(
    "forged-array-shape",
    "bad_result",
    FORGE
    + "def f():\n    t = b'{\"\\\\u0000array\": [\"<f8\", [-1]]}'\n    put(b'V', struct.pack('<I', len(t)) + t + b'x' * 8); os._exit(0)",
)
case("forged-packed", "bad_result", FORGE + "def f(): put(b'P', b'\\1Q' + b'\\xff' * 8); os._exit(0)")
case(
    "forged-pickle",
    "bad_result",
    FORGE + "def f():\n    import pickle\n    put(b'V', pickle.dumps(1)); os._exit(0)",
)
case("forged-blame", "exit", "import os\nos.write(2, b'OSError: confinement not completed')\nos._exit(97)")

# Persistence: `run.py` looks at the next candidate.
case("persist-time", "ok", "import time\ntime.time = time.perf_counter = lambda: 0.0\ndef f(): return 1")
case(
    "persist-json",
    "ok error bad_result exit",
    "import json\njson.dumps = lambda *a, **k: '1'\njson.loads = lambda *a, **k: [1]\ndef f(): return 1",
)
case("persist-random", "ok", "import random\nrandom.seed(99)\ndef f(): return 1")
case(
    "persist-serve",
    "ok error exit no_result timeout bad_result",
    "import sys, gc\nfor m in list(gc.get_objects()):\n    if type(m).__name__ == 'Served': m._call = lambda body: None\ndef f(): return 1",
)
case(
    "persist-memory-of-interpreter",
    "ok crash",
    "import ctypes\ndef f():\n    ctypes.memset(id(7) + 24, 9, 1)\n    return 1",
)
