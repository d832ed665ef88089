"""What candidates try, beyond the short form that is shipped; `Attack` says what is expected of each."""

from evoengine.sandbox import attacks, syscalls
from evoengine.sandbox.attacks import BLIND, CONFINED, EVERY, FORGE, Attack
from evoengine.sandbox.forgeries import FORGERIES

CASES: list[Attack] = [*attacks.ATTACKS, *FORGERIES]


def case(name: str, kinds: str, source: str, levels: frozenset[str] = EVERY) -> None:
    CASES.append(attacks.case(name, kinds, source, levels))


def attempt(name: str, body: str, levels: frozenset[str] = CONFINED, kinds: str = "ok forbidden") -> None:
    CASES.append(attacks.attempt(name, body, levels, kinds))


_ELSEWHERE = {
    "rt_sigqueueinfo": (129, 138),
    "open_by_handle_at": (304, 265),
    "pidfd_open": (434, 434),
    "shmget": (29, 194),
    "vfork": (58, 435),
    "x32": (0x40000000 + 39, 0x40000000 + 39),
}


def native(name: str, arguments: str = "") -> str:
    column = 0 if syscalls.MACHINE == "x86_64" else 1
    number = _ELSEWHERE[name][column] if name in _ELSEWHERE else None
    return attacks.native(name, arguments, number)


# Endless loops.
case("loop-import", "timeout", "while True: pass")
case(
    "loop-numpy",
    "timeout",
    "import numpy as np\ndef f():\n    a = np.ones((1500, 1500))\n    while True: a = a @ a",
)
case("loop-regex", "timeout", "import re\ndef f():\n    return re.match(r'(a+)+$', 'a' * 60 + 'b')")
case("loop-power", "timeout", "def f():\n    return 7 ** (10 ** 9)")
case("loop-sleep", "timeout", "import time\ndef f():\n    time.sleep(1000)")
case("loop-stdin", "error", "def f():\n    return input()")
case("loop-pause", "timeout", "import signal\ndef f():\n    signal.pause()")
case(
    "loop-timer",
    "timeout ok",
    "import signal\nsignal.signal(signal.SIGALRM, lambda *_: None)\nsignal.setitimer(signal.ITIMER_REAL, .001, .001)\n"
    "def f():\n    while True: pass",
)
case("loop-lock", "timeout", "import threading\ndef f():\n    l = threading.Lock(); l.acquire(); l.acquire()")
case(
    "loop-str",
    "timeout",
    "class E(Exception):\n    def __str__(self):\n        while True: pass\ndef f(): raise E",
)
case(
    "loop-gc",
    "timeout",
    "import gc\ndef f():\n    gc.callbacks.append(lambda *_: f())\n    while True: gc.collect()",
)
case("loop-map-lie", "timeout", "import sys\nsys.setswitchinterval(1000)\ndef f():\n    while True: pass")

# Memory.
case(
    "memory-list",
    "memory_limit timeout",
    "def f():\n    a = []\n    while True: a.append(bytearray(1 << 20))",
)
case("memory-int", "memory_limit timeout", "def f():\n    return 1 << (1 << 36)")
case("memory-numpy", "memory_limit", "import numpy as np\ndef f():\n    return np.ones(1 << 36)")
case(
    "memory-mmap",
    "error memory_limit",
    "import mmap\ndef f():\n    m = mmap.mmap(-1, 1 << 34, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n    return len(m)",
)
case(
    "memory-recursion-deep",
    "crash error memory_limit timeout",
    "import sys\nsys.setrecursionlimit(10**9)\ndef f():\n    return f()",
)
case(
    "memory-recursion-c",
    "crash error memory_limit timeout",
    "import sys\nsys.setrecursionlimit(10**9)\ndef f():\n    x = []\n    for _ in range(10**6): x = [x]\n    return repr(x) and 1",
)
case(
    "memory-caught",
    "ok memory_limit exit timeout",
    "def f():\n    a = []\n    while True:\n        try:\n            while True: a.append(bytearray(1 << 20))\n        except MemoryError:\n            a.clear(); return 1",
)
case(
    "memory-held",
    "memory_limit exit crash timeout",
    "a = []\ndef f():\n    while True: a.append(bytearray(1 << 12))",
)

# Processes.
attempt("process-spawn", "import subprocess; subprocess.run(['/bin/true'])")
attempt("process-posix-spawn", "os.posix_spawn('/bin/true', ['true'], {})")
attempt("process-system", "if os.system('true') != 0: raise OSError('refused')")
attempt(
    "process-multiprocessing",
    "import multiprocessing as m\np = m.get_context('fork').Process(target=print); p.start(); p.join()",
)
attempt("process-vfork", native("vfork"))
attempt("process-clone3", native("clone3", "0, 0"))
attempt("process-fexecve", "os.execve(os.open('/bin/true', os.O_RDONLY), ['true'], {})")
attempt(
    "process-thread-flood",
    "import threading, time\nthreading.stack_size(65536)\nn = 0\ntry:\n"
    "    while n < 200: threading.Thread(target=time.sleep, args=(9,), daemon=True).start(); n += 1\n"
    "except RuntimeError: pass\nreturn n > 64",
    frozenset({"full"}),
)
case(
    "process-orphan",
    "ok",
    "import os, time\ndef f():\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0: time.sleep(300)\n        os._exit(0)\n    return 1",
    frozenset({"subprocess"}),
)
case(
    "process-orphan-holding",
    "exit no_result",
    "import os, time\ndef f():\n    if os.fork() == 0: time.sleep(300)\n    os._exit(3)",
    frozenset({"subprocess"}),
)
case(
    "process-zombies",
    "ok",
    "import os\ndef f():\n    for _ in range(20):\n        if os.fork() == 0: os._exit(0)\n    return 1",
    frozenset({"subprocess"}),
)

# Descriptors and disk.
case("files-pipes", "error", "import os\ndef f():\n    while True: os.pipe()")
case(
    "files-output-raw",
    "error disk_limit output_limit",
    "import os\ndef f():\n    while True: os.write(1, b'x' * 65536)",
)
case("files-output-much", "ok", "def f():\n    print('x' * (1 << 20)); return 1")
case(
    "files-output-sparse",
    "ok error",
    "import os\ndef f():\n    os.lseek(1, 1 << 23, 0); os.write(1, b'x'); return 1",
)
case(
    "files-sparse",
    "error ok disk_limit",
    "def f():\n    with open('big', 'wb') as b: b.truncate(1 << 40)",
    CONFINED,
)
case(
    "files-deep",
    "error disk_limit timeout",
    "import os\ndef f():\n    while True: os.mkdir('d'); os.chdir('d')",
    CONFINED,
)
case(
    "files-rename",
    "ok error",
    "import os\ndef f():\n    open('a', 'w').close(); os.rename('a', 'b'); return 1",
    CONFINED,
)
attempt("files-write-tmp", "open('/tmp/evoengine-abuse', 'w').write('x')")
attempt("files-write-usr", "open('/usr/evoengine-abuse', 'w').write('x')")
attempt("files-write-shm", "open('/dev/shm/evoengine-abuse', 'w').write('x')")
attempt("files-dot-dot", "open('../../../../../../{beside}', 'w').write('x')")
attempt("files-append-interpreter", "open(os.__file__, 'a').write('#')")
attempt("files-hardlink", "os.link('{secret}', 'link'); open('link').read()")
attempt("files-mknod", "os.mknod('node', 0o60666, os.makedev(8, 0))")
attempt("files-chmod", "os.chmod('{secret}', 0)")
attempt("files-unlink", "os.unlink('{secret}')")
attempt("files-utime", "os.utime('{secret}')")
attempt("files-chroot", "os.chroot('/')")
attempt("files-semaphore", "import multiprocessing as m\nm.Semaphore()")
attempt("files-sysv", native("shmget", "77, 4096, 0o1666"))

# Secrets.
attempt(
    "secret-openat", "os.open('secret', 0, dir_fd=os.open(os.path.dirname('{secret}'), os.O_PATH))", BLIND
)
attempt("secret-list", "os.listdir(os.path.dirname('{secret}'))", BLIND)
attempt("secret-passwd", "open('/etc/passwd').read()", BLIND)
attempt("secret-home", "os.listdir('/root')", BLIND)
attempt("secret-proc-mem", "open('/proc/{host}/mem', 'rb').read(1)")
attempt("secret-proc-slot", "open(f'/proc/{os.getppid()}/mem', 'rb').read(1)")
attempt("secret-proc-1", "open('/proc/1/environ').read()", BLIND)
attempt("secret-descriptors", "return [n for n in range(5, 64) if not isinstance(_stat(n), OSError)]", EVERY)
CASES[-1] = Attack(
    CASES[-1].name,
    "def _stat(n):\n    try: return os.fstat(n)\n    except OSError as e: return e\n" + CASES[-1].source,
    CASES[-1].kinds,
    EVERY,
)
attempt("secret-engine", "import evoengine\nreturn hasattr(evoengine, '__version__')", BLIND)
attempt(
    "secret-frames",
    "import inspect\nreturn any(chr(104) + 'eld out' in str(s.frame.f_locals)[:20000] for s in inspect.stack())",
    EVERY,
)
attempt("secret-handle", native("open_by_handle_at", "-100, 0, 0"))
attempt("secret-core", "import resource\nresource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20))", EVERY)

# Attacks on others.
attempt("others-kill-parent", "os.kill(os.getppid(), 9) if os.getppid() else os.kill({host}, 9)")
attempt("others-kill-all", "os.kill(-1, 9)")
attempt("others-kill-group", "os.killpg(os.getpgid({host}), 0)")
attempt("others-kill-first", "os.kill(1, 9)")
attempt("others-sigqueue", native("rt_sigqueueinfo", "{host}, 0, 0"))
attempt("others-tkill", native("tkill", "{host}, 9"))
attempt("others-own-signal-number", "import fcntl\nr, w = os.pipe()\nfcntl.fcntl(r, 10, 9)")
attempt("others-pidfd", native("pidfd_open", "{host}, 0"))
for name, arguments in {
    "process_vm_readv": "{host}, 0, 0, 0, 0, 0",
    "unshare": "0x10000000",
    "keyctl": "0, -3, 0",
    "io_uring_setup": "4, 0",
    "bpf": "0, 0, 0",
    "userfaultfd": "0",
    "perf_event_open": "0, 0, -1, -1, 0",
    "setns": "0, 0",
    "kcmp": "{host}, 1, 0, 0, 0",
}.items():
    attempt(f"others-{name}", native(name, arguments), kinds="forbidden")
attempt("others-x32", native("x32"), kinds="forbidden")
case(
    "others-int80",
    "forbidden crash",
    "import ctypes, mmap\ndef f():\n    m = mmap.mmap(-1, 4096, prot=7)\n"
    "    m.write(bytes.fromhex('b814000000cd80c3'))\n"
    "    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))()",
    CONFINED,
)
attempt("others-umount", native("umount2", "0, 2"))
attempt("others-capset", native("capset", "0, 0"))
attempt("others-seccomp", native("seccomp", "1, 0, 0"))
attempt("others-landlock", native("landlock_restrict_self", "0, 0"))
attempt("others-dumpable", native("prctl", "4, 1, 0, 0, 0"))
attempt("others-no-pdeathsig", native("prctl", "1, 0, 0, 0, 0"))
attempt("others-setuid", "os.setuid(0)")
attempt("others-nice", "os.nice(-5)", EVERY)
attempt("others-affinity", "os.sched_setaffinity({host}, {0})")
attempt("others-setsid", "os.setsid()")
attempt("others-raise-cpu", "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (10**6, 10**6))", EVERY)
attempt("others-limit-of-host", "import resource\nresource.prlimit({host}, resource.RLIMIT_NOFILE, (5, 5))")

# Network.
for name, arguments in {
    "udp": "2, 2",
    "tcp6": "10, 1",
    "unix": "1, 1",
    "unix-datagram": "1, 2",
    "netlink": "16, 3",
    "vsock": "40, 1",
    "packet": "17, 3",
}.items():
    attempt(f"network-{name}", f"import socket; socket.socket({arguments})")
attempt("network-loopback", "import socket; socket.create_connection(('127.0.0.1', 22), 1)")
attempt("network-pair-datagram", "import socket; socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)")
case(
    "network-pair-stream",
    "ok",
    "import socket\ndef f():\n    a, b = socket.socketpair(); a.send(b'x'); return len(b.recv(1))",
)

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
