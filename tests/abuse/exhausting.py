"""Candidates that use up time, memory, processes, descriptors or disk."""

from making import Cases, native

from evoengine.sandbox.attacks import CONFINED

CASES = Cases()
case, attempt = CASES.case, CASES.attempt

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
