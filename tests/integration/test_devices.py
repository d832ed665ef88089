"""Candidates with devices: real nodes under the names that NVIDIA's have, for there is no GPU where this runs."""

import errno
import gc
import json
import subprocess
import sys
from pathlib import Path

import pytest

from evoengine.config import load_problem
from evoengine.errors import CandidateFailure, ConfigError, SandboxError
from evoengine.evaluation import as_evaluator, run_trial
from evoengine.ports import Task
from evoengine.problem import Limits, Problem
from evoengine.sandbox import describe, devices, open_sandbox
from evoengine.sandbox.abuse import Ground
from evoengine.sandbox.attacks import ATTACKS

FULL = pytest.mark.skipif(describe(preload=()).level != "full", reason="isolation full cannot be had")
NODES = ("nvidiactl", "nvidia-uvm", "nvidia0", "nvidia-uvm-tools")
LIMITS = Limits(wall_seconds=10.0, memory_mb=256)
CANDIDATE = """
import ctypes, os, threading

def written(node):
    file = os.open(node, os.O_RDWR)
    try:
        return os.write(file, b"x")
    except OSError as error:
        return error.errno

def named():
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    path = f"/proc/self/task/{thread.native_id}/comm"
    file = os.open(path, os.O_RDWR)
    os.write(file, b"cuda")
    os.close(file)
    with open(path) as file:
        name = file.read()
    over.set()
    return name

def processes():
    return sorted(int(name) for name in os.listdir("/proc") if name.isdigit()), os.getpid()

def refused(*paths):
    found = {}
    for path in paths:
        try:
            os.close(os.open(path, os.O_RDWR))
        except OSError as error:
            found[path] = error.errno
    return found

def reserve(gigabytes):
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    flags = 0x4022  # private, anonymous, without reserve
    at = libc.mmap(None, ctypes.c_size_t(gigabytes << 30), 0, flags, -1, ctypes.c_long(0))
    return at != ctypes.c_void_p(-1).value

def use(megabytes):
    return len(bytearray(megabytes << 20))

def variable(name):
    return os.environ.get(name)
"""


def place(folder, nodes=NODES):
    """Put device nodes into a folder, as they are in a root directory; each says that it is full when written to."""
    (folder / "dev").mkdir()
    for name in nodes:
        (folder / "dev" / name).symlink_to("/dev/full")


@pytest.fixture
def gpu(tmp_path, monkeypatch):
    """Have the devices of a folder stand for those of this machine; give the path of the first."""
    place(tmp_path)
    real = devices.find
    monkeypatch.setattr(devices, "find", lambda names: real(names, tmp_path))
    return str(tmp_path / "dev" / NODES[0])


@pytest.fixture
def session(gpu, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    slot = open_sandbox(preload=(), devices=("nvidia",))
    assert slot.level == "full+nvidia"
    session = slot.open({"main.py": CANDIDATE}, "main.py", LIMITS)
    yield session
    session.finish()
    slot.close()


@FULL
def test_a_device_is_open_to_candidates_of_a_problem_that_asks_for_it_and_to_no_others(gpu, session):
    assert session.call("written", [gpu]) == errno.ENOSPC
    plain = open_sandbox(preload=())
    other = plain.open({"main.py": CANDIDATE}, "main.py", LIMITS)
    nodes = [gpu, "/dev/full", "/proc/self/comm"]
    assert other.call("refused", nodes) == dict.fromkeys(nodes, errno.ENOENT)
    assert other.call("variable", ["CUDA_VISIBLE_DEVICES"]) is None
    other.finish()
    plain.close()


@FULL
def test_threads_can_be_named_as_cuda_names_them_and_nothing_else_of_proc_be_changed(session):
    assert session.call("named", []) == "cuda\n"
    seen, own = session.call("processes", [])
    assert seen == [1, own]
    others = ["/proc/1/mem", "/proc/1/environ", "/proc/1/oom_score_adj", "/proc/sys/kernel/core_pattern"]
    assert session.call("refused", others) == dict.fromkeys(others, errno.EACCES)


@FULL
def test_address_space_is_not_bounded_and_memory_is(session):
    assert session.call("reserve", [1024])
    assert session.call("variable", ["CUDA_VISIBLE_DEVICES"]) == "1"
    with pytest.raises(CandidateFailure) as failed:
        session.call("use", [300])
    assert failed.value.status == "memory_limit"


@FULL
def test_attacks_fail_as_ever_though_a_device_is_open(gpu):
    gc.collect()  # what earlier tests left open is not closed while descriptors are counted
    ground = Ground(slot := open_sandbox(devices=("nvidia",)), lambda: slot.pid)
    # Address space is what it may have as much of as it likes.
    tried = [attack for attack in ATTACKS if attack.name != "others-raise-memory"]
    # How fast a candidate is ended is not what a device could change, and depends on the machine's load.
    wrong = [
        (outcome.name, what)
        for outcome in ground.try_all(tried)
        for what in outcome.wrong
        if not what.startswith("it took")
    ]
    ground.close()
    assert (len(tried) > 40, wrong) == (True, [])


@FULL
def test_an_evaluation_records_that_a_device_was_open(gpu):
    problem = Problem("toy", ({"main.py": "def f():\n    return 3\n"},), main="main.py", devices=("nvidia",))
    slot = open_sandbox(preload=(), at_least="full", devices=problem.devices)
    evaluation = run_trial(as_evaluator(lambda trial: trial.call("f")), problem, slot, Task(problem.seeds[0]))
    slot.close()
    assert (evaluation.fitness, evaluation.isolation) == (3.0, "full+nvidia")


@FULL
def test_a_slot_for_commands_opens_devices_too(gpu):
    slot = open_sandbox(preload=(), processes=True, devices=("nvidia",))
    session = slot.open({"main.txt": ""}, "", LIMITS)
    ran = session.run(["sh", "-c", f"cat /proc/self/comm > {gpu}; cat /proc/self/comm"], {}, "", None)
    assert ("No space left" in ran.errors, ran.output) == (True, "cat\n")
    slot.close()


@FULL
def test_a_device_that_not_every_user_may_use_is_an_error_with_its_cure_or_is_used_unconfined(
    gpu, monkeypatch
):
    node = next((path for path in ("/dev/kvm", "/dev/tty0", "/dev/hwrng") if _closed(path)), None)
    if node is None:
        pytest.skip("every device here is for everyone")
    closed = devices.Devices(("nvidia",), (node,))
    monkeypatch.setattr(devices, "find", lambda names: closed)
    with pytest.raises(
        SandboxError, match=rf"devices = \['nvidia'\]: .*the devices: EACCES for {node}"
    ) as said:
        open_sandbox(preload=(), devices=("nvidia",), at_least="seccomp")
    assert "0666" in said.value.cure
    assert said.value.cure.endswith("or accept candidates that nothing confines: --isolation none")
    slot = open_sandbox(preload=(), devices=("nvidia",), at_least="subprocess")
    assert slot.level == "subprocess+nvidia"
    slot.close()


def _closed(path):
    return Path(path).exists() and not Path(path).stat().st_mode & 0o007


def test_levels_between_full_and_none_open_no_devices(gpu):
    with pytest.raises(SandboxError, match=r"devices = \['nvidia'\] needs the isolation level 'full', not"):
        open_sandbox(preload=(), level="landlock", devices=("nvidia",))
    with pytest.raises(SandboxError, match=r"processes = true and devices = \['nvidia'\] needs"):
        open_sandbox(preload=(), level="subprocess", processes=True, devices=("nvidia",))


def test_the_nodes_of_a_kind_are_found_and_what_is_no_device_or_not_for_everyone_is_left_out(tmp_path):
    place(tmp_path, ["nvidiactl", "nvidia-uvm", "nvidia0", "nvidia1", "nvidia-modeset"])
    (tmp_path / "dev" / "nvidia2").write_text("")
    (tmp_path / "dev" / "nvidia-caps").mkdir()
    (tmp_path / "run" / "opengl-driver").mkdir(parents=True)
    found = devices.find(["nvidia"], tmp_path)
    assert [Path(node).name for node in found.nodes] == ["nvidiactl", "nvidia-uvm", "nvidia0", "nvidia1"]
    assert found.trees == (str(tmp_path / "run" / "opengl-driver"),)
    assert devices.present(tmp_path) == "nvidia (nvidiactl, nvidia-uvm, nvidia0, nvidia1)"


@pytest.mark.parametrize("absent", NODES[:3])
def test_a_machine_without_the_device_is_told_so(tmp_path, absent):
    place(tmp_path, [name for name in NODES if name != absent])
    with pytest.raises(ConfigError, match=f"this machine has no device {tmp_path}/dev/{absent[:6]}") as said:
        devices.find(["nvidia"], tmp_path)
    assert "nvidia-modprobe" in said.value.cure
    assert devices.present(tmp_path) == "none that a problem can open to candidates"


def test_a_kind_that_there_is_not_is_named():
    with pytest.raises(ConfigError, match="no kind of devices 'tpu'") as said:
        open_sandbox(preload=(), devices=("tpu",))
    assert said.value.cure == "name one of nvidia"


def write_problem(folder, line):
    text = f'name = "toy"\nevaluator = "./evaluate.py"\n{line}\n[genome]\nfiles = ["main.py"]\n'
    (folder / "problem.toml").write_text(text)
    (folder / "main.py").write_text("def f():\n    return 3\n")
    (folder / "evaluate.py").write_text("def evaluate(trial):\n    return trial.call('f')\n")


def test_the_key_of_the_problem_file_is_checked(tmp_path):
    write_problem(tmp_path, 'devices = ["nvidia"]')
    assert load_problem(tmp_path).problem.devices == ("nvidia",)
    write_problem(tmp_path, 'devices = ["tpu"]')
    with pytest.raises(ConfigError, match=r"problem\.toml: devices"):
        load_problem(tmp_path)
    write_problem(tmp_path, 'devices = ["nvidia", "nvidia"]')
    with pytest.raises(ConfigError, match="devices: the name 'nvidia' is given twice"):
        load_problem(tmp_path)


@pytest.mark.skipif(Path("/dev/nvidiactl").exists(), reason="here is a GPU")
def test_a_run_of_a_problem_whose_device_is_not_here_ends_before_it_begins(tmp_path):
    write_problem(tmp_path, 'devices = ["nvidia"]')
    command = [sys.executable, "-m", "evoengine"]
    options = ["run", tmp_path, "--candidates", "2", "--out", tmp_path / "run"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "this machine has no device /dev/nvidiactl" in done.stderr
    said = subprocess.run([*command, "doctor", "--json"], capture_output=True, text=True, check=True)
    assert json.loads(said.stdout)["devices"] == "none that a problem can open to candidates"
