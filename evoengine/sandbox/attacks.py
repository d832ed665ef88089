"""What candidates try, in a short form that any machine can be put through (`evoengine doctor --abuse`).

Each attack is a source whose ``f()`` is called, and the statuses that may come of it. ``ok`` alone says nothing about
harm done: `evoengine.sandbox.abuse` checks after each that there was none. A returned ``{"got": x}`` claims that it
succeeded, and is a failure wherever x is true. ``{secret}``, ``{host}`` and ``{beside}`` stand for a held-out file, the
host's process and a file to be made outside.
"""

from dataclasses import dataclass

from evoengine.sandbox import syscalls

CONFINED = frozenset({"seccomp", "landlock", "full"})
BLIND = frozenset({"landlock", "full"})
EVERY = CONFINED | {"subprocess"}


@dataclass(frozen=True, slots=True)
class Attack:
    """One candidate that means harm.

    Attributes
    ----------
    name
        Its family and what it does, with a hyphen between.
    kinds
        The statuses that may come of it.
    levels
        Where it is to fail; elsewhere it is not tried.
    simulated
        Its ``take`` plays in the harness of `evoengine.sandbox.forgeries`, instead of a call of ``f``.
    """

    name: str
    source: str
    kinds: frozenset[str]
    levels: frozenset[str]
    simulated: bool = False


def case(
    name: str, kinds: str, source: str, levels: frozenset[str] = EVERY, *, simulated: bool = False
) -> Attack:
    """Make an attack of a whole source."""
    return Attack(name, source.strip("\n") + "\n", frozenset(kinds.split()), levels, simulated)


def attempt(name: str, body: str, levels: frozenset[str] = CONFINED, kinds: str = "ok forbidden") -> Attack:
    """Make an attack that claims success by returning, and failure by raising."""
    lines = "\n".join(f"        {line}" for line in body.strip("\n").splitlines())
    source = (
        "import os, sys\n"
        f"def attack():\n    if True:\n{lines}\n    return True\n"
        "def f():\n    try:\n        return {'got': attack()}\n"
        "    except (OSError, ImportError, AttributeError, ValueError, RuntimeError) as error:\n"
        "        return {'got': False, 'why': type(error).__name__}\n"
    )
    return case(name, kinds, source, levels)


def native(name: str, arguments: str = "", number: int | None = None) -> str:
    """Give the body of an attack by a system call, which succeeds where the result is not -1.

    On a machine where no call has the name, one that does not exist is made.
    """
    if number is None:
        number = syscalls.NUMBERS.get(name, -1)
    call = f"{number}, {arguments}" if arguments else str(number)
    return (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        f"result = libc.syscall({call})\nif result == -1:\n    raise OSError(ctypes.get_errno(), 'refused')"
    )


FORGE = "import os, struct\ndef put(kind, body): os.write(4, struct.pack('<cI', kind, len(body)) + body)\n"
"""Lets a candidate write frames of its own where its answers go."""

ATTACKS: tuple[Attack, ...] = (
    case("loop", "timeout", "def f():\n    while True: pass"),
    case("loop-c", "timeout", "def f():\n    return sum(range(10**12))"),
    case(
        "loop-ignoring-signals",
        "timeout",
        "import signal\nfor n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n    except Exception: pass\n"
        "def f():\n    while True: pass",
    ),
    case(
        "loop-catching",
        "timeout",
        "def f():\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
    ),
    case(
        "loop-stop",
        "timeout",
        "import os, signal\ndef f():\n    os.kill(os.getpid(), signal.SIGSTOP)\n    return 1",
    ),
    case(
        "loop-thread-left",
        "ok",
        "import threading\ndef g():\n    while True: pass\ndef f():\n    threading.Thread(target=g).start()\n    return 1",
    ),
    case("memory-string", "memory_limit", "def f():\n    return 'x' * (1 << 36)"),
    case(
        "memory-numpy-many",
        "memory_limit timeout",
        "import numpy as np\ndef f():\n    a = []\n    while True: a.append(np.ones(1 << 18))",
    ),
    case(
        "memory-mmap-shared",
        "error memory_limit timeout",
        "import mmap\ndef f():\n    a = []\n    while True:\n        m = mmap.mmap(-1, 1 << 24); m.write(b'x' * (1 << 24)); a.append(m)",
    ),
    case("memory-recursion", "error", "def f():\n    return f()"),
    attempt("memory-memfd", "fd = os.memfd_create('x')\nos.ftruncate(fd, 1 << 30)"),
    attempt("process-fork", "if os.fork() == 0: os._exit(0)"),
    attempt("process-fork-flood", "for _ in range(200):\n    if os.fork() == 0: os._exit(0)"),
    attempt("process-exec", "os.execv('/bin/true', ['true'])"),
    case(
        "process-threads",
        "ok error timeout memory_limit",
        "import threading, time\ndef f():\n    n = 0\n    try:\n        while n < 3000:\n            threading.Thread(target=time.sleep, args=(60,), daemon=True).start(); n += 1\n    except RuntimeError: pass\n    return n",
    ),
    case(
        "files-descriptors",
        "ok error",
        "import os\ndef f():\n    n = 0\n    try:\n        while n < 10000: os.dup(0); n += 1\n    except OSError: pass\n    return n",
    ),
    case("files-output-flood", "output_limit timeout", "def f():\n    while True: print('x' * 65536)"),
    case(
        "files-fill",
        "error disk_limit",
        "def f():\n    with open('big', 'wb') as b:\n        while True: b.write(b'x' * 65536)",
        CONFINED,
    ),
    case(
        "files-inodes",
        "error disk_limit",
        "def f():\n    for n in range(10**6): open(f'n{n}', 'w').close()",
        CONFINED,
    ),
    case(
        "files-residue",
        "ok error",
        "import os\ndef f():\n    os.mkdir('left'); open('left/x', 'w').write('x'); os.chmod('left', 0); return 1",
        CONFINED,
    ),
    attempt("files-write-outside", "open('{beside}', 'w').write('x')"),
    attempt("files-symlink", "os.symlink('{secret}', 'link'); open('link').read()", BLIND),
    attempt(
        "files-shared-memory",
        "from multiprocessing import shared_memory as s\ns.SharedMemory('evoengine-abuse', True, 4096)",
    ),
    attempt("secret-read", "open('{secret}').read()", BLIND),
    attempt("secret-proc-parent", "open('/proc/{host}/environ').read()", BLIND),
    attempt(
        "secret-environment",
        "assert not [k for k in os.environ if 'KEY' in k or 'TOKEN' in k or 'SECRET' in k]\nreturn False",
        EVERY,
    ),
    attempt(
        "secret-objects",
        "import gc\nreturn any(chr(104) + 'eld out' in repr(o)[:2000] for o in gc.get_objects() if isinstance(o, (str, bytes, list, dict)))",
        EVERY,
        "ok error",
    ),
    attempt("others-kill-host", "os.kill({host}, 0)"),
    attempt("others-own-signal", "import fcntl\nr, w = os.pipe()\nfcntl.fcntl(r, fcntl.F_SETOWN, {host})"),
    attempt(
        "others-raise-memory", "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))", EVERY
    ),
    attempt("others-ptrace", native("ptrace", "16, {host}, 0, 0"), kinds="forbidden"),
    attempt("others-mount", native("mount", "0, 0, 0, 0, 0"), kinds="forbidden"),
    attempt("network-tcp", "import socket; socket.socket(2, 1)"),
    attempt("network-dns", "import socket\nif not socket.getaddrinfo('example.com', 80): raise OSError"),
    attempt(
        "network-pair-address", "import socket\na, b = socket.socketpair()\na.sendto(b'x', '\\0evoengine')"
    ),
    case("exit-os", "exit", "import os\ndef f():\n    os._exit(0)"),
    case("exit-segfault", "crash", "import ctypes\ndef f():\n    ctypes.string_at(0)"),
    case("exit-abort", "crash", "import os\ndef f():\n    os.abort()"),
    case("source-syntax", "invalid_source", "def f(:"),
    case("source-surrogate", "invalid_source", "def f(): return '\ud800'"),
    case("source-nested", "invalid_source", "x = " + "(" * 5000 + ")" * 5000),
    case("source-no-entry", "error", "x = 1"),
    case("result-nan", "ok", "def f(): return float('nan')"),
    case("result-object-array", "bad_result", "import numpy as np\ndef f(): return np.array([object()])"),
    case("result-array-large", "output_limit", "import numpy as np\ndef f(): return np.zeros(2 << 20)"),
    case("result-recursive", "bad_result", "def f():\n    a = []; a.append(a); return a"),
    case("forged-double", "bad_result ok", FORGE + "def f(): put(b'V', b'\\1\\0\\0\\0' + b'1'); return 2"),
    case(
        "forged-array",
        "bad_result",
        FORGE
        + "def f():\n    t = b'{\"\\\\u0000array\": [\"<f8\", [1000000]]}'\n    put(b'V', struct.pack('<I', len(t)) + t + b'x' * 8); os._exit(0)",
    ),
    case(
        "forged-handshake",
        "exit error",
        "import os\ndef f():\n    try: os.write(5, b'k')\n    finally: os._exit(97)",
    ),
    case("persist-numpy", "ok", "import numpy\nnumpy.sum = numpy.dot = lambda *a: 42\ndef f(): return 1"),
    case("persist-builtins", "ok timeout", "import builtins\nbuiltins.len = lambda x: 42\ndef f(): return 1"),
    case(
        "persist-modules",
        "ok",
        "import sys\nsys.modules['math'] = None\nsys.path.insert(0, '/tmp')\ndef f(): return 1",
    ),
)
