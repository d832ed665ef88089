"""Candidates that reach for secrets, for others and for the network."""

from making import Cases, native

from evoengine.sandbox.attacks import BLIND, CONFINED, EVERY, Attack

CASES = Cases()
case, attempt = CASES.case, CASES.attempt

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
