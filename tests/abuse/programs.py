"""What programs try in a slot that allows processes: the attacks that are to fail there too, and some of their own."""

from dataclasses import replace

from cases import CASES

from evoengine.sandbox.attacks import Attack, attempt, case

ALLOWED = {
    # To start processes is what such a slot is for,
    *("process-fork", "process-fork-flood", "process-spawn", "process-posix-spawn", "process-system", "process-vfork"),
    *("process-multiprocessing", "others-setsid"),
    # and the first process of the namespace does not notice what is sent to it.
    "others-kill-first",
}  # fmt: skip
_FAMILIES = {"memory", "process", "files", "secret", "others", "network"}
_LOOPS = {"loop", "loop-ignoring-signals", "loop-stop", "loop-thread-left"}
ANY = "ok exit crash timeout cpu_limit memory_limit output_limit disk_limit no_result"


def _own(name: str, body: str, kinds: str = ANY) -> Attack:
    """Make a program's attack. On a busy machine its interpreter may take all the time there is to start."""
    return case(
        f"program-{name}",
        f"{kinds} timeout",
        "import os, signal, subprocess, sys, time\ndef f():\n" + _indent(body),
    )


def _indent(body: str) -> str:
    return "".join(f"    {line}\n" for line in body.strip("\n").splitlines())


FORK_AND_SETSID = """
if os.fork() == 0:
    os.setsid()
    for number in (1, 2, 3, 15): signal.signal(number, signal.SIG_IGN)
    if os.fork() == 0:
        while True:
            open('left', 'a').write('x')
            time.sleep(0.001)
    os._exit(0)
return 1
"""
PROGRAMS = [
    *(
        replace(attack, kinds=frozenset(ANY.split()))
        for attack in CASES
        if "full" in attack.levels
        and attack.name not in ALLOWED
        and (attack.name.partition("-")[0] in _FAMILIES or attack.name in _LOOPS)
    ),
    _own("fork-bomb", "while True:\n    try: os.fork()\n    except OSError: pass", ""),
    _own("fork-many", "n = 0\ntry:\n    while n < 500:\n        if os.fork() == 0: time.sleep(9)\n        n += 1\n"
         "except OSError: pass\nreturn {'got': n > 64}", "ok"),
    _own("zombies", "for _ in range(40):\n    if os.fork() == 0: os._exit(0)\nreturn 1", "ok"),
    _own("daemon", FORK_AND_SETSID, "ok"),
    _own("holding-output", "if os.fork() == 0: time.sleep(60)\nprint('x', flush=True)\nos._exit(3)", "exit"),
    _own("stop-runner", "os.kill(os.getppid(), signal.SIGSTOP)\ntime.sleep(60)", ""),
    _own("kill-runner", "os.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)", "crash"),
    _own("kill-all", "os.system('kill -9 -1')", "crash no_result"),
    _own("signal-storm", "for _ in range(2000):\n    for n in (15, 17, 10): os.kill(1, n)\nreturn 1", "ok exit"),
    _own("fill", "for n in range(6):\n    if os.fork() == 0:\n        os.execlp('dd', 'dd', 'if=/dev/zero', f'of=f{n}', 'bs=1M')\n"
         "for _ in range(6): os.wait()\nreturn {'got': sum(os.stat(f'f{n}').st_size for n in range(6)) > 64 << 20}"),
    _own("inodes", "n = 0\ntry:\n    while n < 9000: open(f'n{n}', 'w').close(); n += 1\nexcept OSError: pass\n"
         "return {'got': n > 4000}", "ok"),
    _own("locked-scratch", "os.mkdir('d'); os.chmod('d', 0); os.chmod('.', 0)\nreturn 1", "ok"),
    _own("set-uid", "open('x', 'w').write('#!/bin/sh\\nid -u')\nos.chmod('x', 0o4755)\n"
         "return {'got': subprocess.run(['./x'], capture_output=True).stdout.strip() == b'0'}", "ok"),
    _own("forge", "got = False\nfor n in range(3, 64):\n    try: os.write(n, b'V\\3\\0\\0\\0abc'); got = True\n"
         "    except OSError: pass\nreturn {'got': got}", "ok"),
    _own("limits", "import resource as r\nlimit = f'{r.RLIM_INFINITY}'\n"
         "done = subprocess.run(['sh', '-c', 'ulimit -v unlimited && ulimit -u 9999'], capture_output=True)\n"
         "return {'got': done.returncode == 0}", "ok"),
    attempt("program-runner-memory", "open(f'/proc/{os.getppid()}/mem', 'r+b').read(1)"),
]  # fmt: skip
