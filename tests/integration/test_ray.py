"""Evaluators across a real Ray: a head and two nodes on this machine, and what may happen to them."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

ray = pytest.importorskip("ray", reason="Ray is not installed: make ray")

from ray.cluster_utils import Cluster  # noqa: E402

from evoengine.api import open_run, search  # noqa: E402
from evoengine.config import LoadedProblem, load_problem  # noqa: E402
from evoengine.errors import ConfigError, EvaluatorError  # noqa: E402
from evoengine.executors import RayExecutor, fleet, worker  # noqa: E402
from evoengine.ports import Task  # noqa: E402
from evoengine.replay import canonical  # noqa: E402
from evoengine.resources import Resources  # noqa: E402
from evoengine.stores import SQLiteStore  # noqa: E402
from evoengine.testing.executors import ExecutorContract, program, task, write_problem  # noqa: E402

# Ray's own warnings and unclosed files are Ray's.
pytestmark = pytest.mark.filterwarnings("ignore")

STORE = 80_000_000
SETTINGS = {
    "recipe": "islands",
    "params": {"islands": 2, "migrate_every": 5, "operators": ["perturb", "mutate", "crossover"]},
    "candidates": 40,
    "seed": 11,
    "order": "proposal",
}
RESOURCES = Resources()


def head(**more):
    return {"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False, **more}


@pytest.fixture(scope="module")
def cluster():
    made = Cluster(initialize_head=True, head_node_args=head())
    for _ in range(2):
        made.add_node(num_cpus=1, object_store_memory=STORE)
    # Connected once for all tests: an executor leaves a connection alone that is not its own.
    ray.init(address=made.address, logging_level="ERROR", log_to_driver=False)
    yield made
    ray.shutdown()
    made.shutdown()


def executor(folder, **more):
    loaded = folder if isinstance(folder, LoadedProblem) else write_problem(folder)
    return RayExecutor(loaded.package(), address="", **{"resources": RESOURCES, "task_seconds": 30.0, **more})


def use(made, work):
    async def used():
        await made.start()
        try:
            return await work(made)
        finally:
            await made.close()

    return asyncio.run(used())


async def evaluated(made, values, seconds=0.0):
    return await asyncio.gather(*(made.evaluate(task(value, seconds)) for value in values))


async def processes(made):
    """Give the actor's and the evaluator's process of every worker."""
    handles = [remote.actor._handle for remote in made._fleet.ready]
    return [
        await handle.__ray_call__.remote(lambda self: (os.getpid(), self._host._process.pid))
        for handle in handles
    ]


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is waited for is Ray's
            await asyncio.sleep(0.1)


@pytest.mark.usefixtures("cluster")
class TestRayExecutor(ExecutorContract):
    slots = 2

    def make(self, folder):
        return executor(folder)


def log(out):
    store = SQLiteStore(out / "run.db", read_only=True)
    try:
        return canonical(store.events())
    finally:
        store.close()


def test_a_run_in_proposal_order_equals_that_on_one_machine(cluster, tmp_path):
    search("circle_packing", out=tmp_path / "local", slots=2, **SETTINGS)
    there = search(
        "circle_packing", out=tmp_path / "ray", executor="ray", ray_address=cluster.address, **SETTINGS
    )
    assert (there.stopped, there.statuses["ok"] > 10) == ("candidates", True)
    assert log(tmp_path / "ray") == log(tmp_path / "local")


@pytest.mark.usefixtures("cluster")
def test_short_evaluations_go_in_batches_and_long_ones_singly(tmp_path):
    async def work(made):
        assert made._backlog.size == 1
        await evaluated(made, range(12))
        assert 8 <= made._backlog.size <= 64
        assert made.wanted == 2 * 2 * made._backlog.size
        assert [e.fitness for e in await evaluated(made, range(40))] == [float(n) for n in range(13)] + [
            None
        ] + [float(n) for n in range(14, 40)]
        await evaluated(made, [1] * 4, 1.0)
        assert made._backlog.size == 1

    use(executor(tmp_path), work)


def test_a_search_tells_every_candidate_once_though_an_actor_is_killed(cluster, tmp_path):
    killed = []

    def kill(known, verdict):
        if known.candidate.proposal == 10:
            named = [p for p in Path("/proc").glob("[0-9]*") if b"ray::PlacedWorker" in cmdline(p)]
            killed.append(named[0].name)
            os.kill(int(named[0].name), signal.SIGKILL)

    out = tmp_path / "run"
    settings = SETTINGS | {"order": "completion"}
    run = search("circle_packing", out=out, executor="ray", observers=[kill], **settings)
    assert (run.stopped, len(killed)) == ("candidates", 1)
    store = SQLiteStore(out / "run.db", read_only=True)
    told = [event.proposal for event in store.events(("told", "abandoned"))]
    store.close()
    assert len(told) == len(set(told)) >= 40
    assert [known.candidate.id for known in run if "were lost over it" in known.evaluation.feedback] == []


def descendants(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in descendants(int(child)))]


def cmdline(process):
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


KILLER = '''
import os, signal
from pathlib import Path


def evaluate(trial):
    """Do to the processes what the candidate says, and count how often."""
    text = trial.text("main.py")
    if "KILL" in text:
        with Path("MARK").open("a") as file:
            file.write("x")
        os.kill(os.getppid() if "PARENT" in text else os.getpid(), signal.SIGKILL)
    return float(trial.call("value"))
'''


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("whom", ["PARENT", "ITSELF"])
def test_a_candidate_with_which_workers_die_twice_has_crashed(tmp_path, whom):
    mark = tmp_path / "mark"
    write_problem(tmp_path)
    (tmp_path / "problem.toml").write_text(
        'name = "n"\nevaluator = "./evaluate.py"\n[genome]\nfiles = ["main.py"]\n'
    )
    (tmp_path / "evaluate.py").write_text(KILLER.replace("MARK", str(mark)))
    mark.touch()

    async def work(made):
        await evaluated(made, range(12))
        bad = Task({"main.py": f"# KILL {whom}\n{program(1)}"})
        found = await asyncio.gather(
            *(made.evaluate(task(n)) for n in range(10)), made.evaluate(bad), evaluated(made, range(10))
        )
        assert [e.fitness for e in found[:10]] == [float(n) for n in range(10)]
        assert (found[10].status, found[10].fitness) == ("crash", None)
        assert [e.status for e in found[11]] == ["ok"] * 10
        assert mark.read_text() == "xx"

    use(executor(load_problem(tmp_path)), work)


def test_actors_follow_the_nodes_that_join_and_leave(cluster, tmp_path):
    async def work(made):
        assert made.slots == 2
        more = cluster.add_node(num_cpus=1, object_store_memory=STORE)
        await until(lambda: made.slots == 3)
        assert [e.fitness for e in await evaluated(made, range(9), 0.1)] == [float(n) for n in range(9)]
        cluster.remove_node(more)
        await evaluated(made, range(9), 0.1)
        await until(lambda: made.slots == 2)

    use(executor(tmp_path), work)


def test_workers_that_are_asked_for_are_waited_for_until_there_is_a_node(cluster, tmp_path, monkeypatch):
    wanting = {"resources": Resources(custom={"tpu": 1.0}), "most": 2}

    async def work(made):
        starting = asyncio.ensure_future(made.start())
        # What an autoscaler sees: both wait, though there is no node for either.
        await until(lambda: len(made._fleet._starting) == 2)
        joined = cluster.add_node(num_cpus=1, resources={"tpu": 1}, object_store_memory=STORE)
        await starting
        assert (made.slots, [e.fitness for e in await evaluated(made, range(3))]) == (1, [0.0, 1.0, 2.0])
        await made.close()
        cluster.remove_node(joined)

    asyncio.run(work(executor(tmp_path, **wanting)))
    monkeypatch.setattr(fleet, "NEW_NODE_SECONDS", 1.0)
    with pytest.raises(
        EvaluatorError, match=r"for 1 s the Ray cluster has had no room .* needs CPU 1, tpu 1"
    ):
        use(executor(tmp_path, **wanting), work)


@pytest.mark.usefixtures("cluster")
def test_a_stuck_worker_is_given_up_and_its_task_done_elsewhere(tmp_path):
    made = executor(tmp_path)
    made._call_seconds = 3.0

    async def work(made):
        (pid, _), _ = await processes(made)
        os.kill(pid, signal.SIGSTOP)
        assert [e.fitness for e in await evaluated(made, range(6))] == [float(n) for n in range(6)]

    use(made, work)


@pytest.mark.usefixtures("cluster")
def test_an_exclusive_problem_has_one_whole_node_and_more_slots_are_bounded(tmp_path):
    async def work(made):
        assert made.slots == 1
        [remote] = made._fleet.ready
        assert remote.actor.node in {one["NodeID"] for one in ray.nodes() if one["Alive"]}
        # Those of other nodes stay free; what an actor before had is given back in a while.
        await until(lambda: ray.available_resources().get("CPU") == 1.0)
        return (await evaluated(made, [4]))[0].fitness

    assert use(executor(tmp_path, exclusive=True, most=1), work) == 4.0


@pytest.mark.usefixtures("cluster")
def test_what_does_not_fit_or_agree_is_said_at_the_start(tmp_path, monkeypatch):
    async def nothing(made):
        raise AssertionError

    loaded = write_problem(tmp_path)
    with pytest.raises(ConfigError, match="needs CPU 64, GPU 1, tpu 2"):
        use(executor(loaded, resources=Resources(64.0, 1.0, custom={"tpu": 2.0})), nothing)
    with pytest.raises(ConfigError, match="the problem has other files"):
        use(RayExecutor(replace(loaded.package(), content="0"), resources=RESOURCES, task_seconds=1), nothing)
    monkeypatch.setattr(fleet, "versions", lambda: {**worker.versions(), "Python": "2.7"})
    with pytest.raises(ConfigError, match=r"has Python 3.*, and this is 2\.7"):
        use(executor(loaded), nothing)
    monkeypatch.undo()
    (tmp_path / "evaluate.py").write_text("import absent_module\n")
    with pytest.raises(EvaluatorError, match="absent_module"):
        use(executor(load_problem(tmp_path)), nothing)


def test_killed_actors_processes_and_nodes_lose_nothing(cluster, tmp_path):
    node = cluster.add_node(num_cpus=1, object_store_memory=STORE)

    async def work(made):
        assert made.slots == 3
        working = asyncio.ensure_future(evaluated(made, range(50, 110), 0.2))
        await asyncio.sleep(0.5)
        pairs = await processes(made)
        os.kill(pairs[0][0], signal.SIGKILL)
        os.kill(pairs[1][1], signal.SIGKILL)
        await asyncio.sleep(1.0)
        cluster.remove_node(node, allow_graceful=False)
        evaluations = await working
        assert [(e.status, e.fitness) for e in evaluations] == [("ok", float(n)) for n in range(50, 110)]
        assert [e.fitness for e in await evaluated(made, range(5))] == [0.0, 1.0, 2.0, 3.0, 4.0]

    use(executor(tmp_path), work)


SEARCH = """
import sys
from evoengine.executors import cluster
from evoengine.api import search
from evoengine.errors import EvaluatorError

cluster.HEAD_SECONDS = 3.0
try:
    search("circle_packing", out=sys.argv[1], executor="ray", ray_address=sys.argv[2], recipe="hill_climb",
           candidates=400, seed=1, params={"operators": ["perturb"]},
           observers=[lambda known, verdict: print(known.candidate.id, flush=True)])
except EvaluatorError as error:
    sys.exit(f"{error}; {error.cure}")
"""


def test_the_death_of_the_head_ends_the_run_with_a_message_and_it_is_resumed_without(tmp_path):
    out = tmp_path / "run"
    head_node = subprocess.Popen(
        [sys.executable, "-c", CLUSTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    address = head_node.stdout.readline().strip()
    family = descendants(head_node.pid)
    engine = subprocess.Popen(
        [sys.executable, "-c", SEARCH, out, address],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for _ in range(20):
            engine.stdout.readline()
        head_node.stdin.write("kill\n")
        head_node.stdin.flush()
        _, said = engine.communicate()
    finally:
        engine.kill()
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    assert "the head of the Ray cluster no longer answers" in said
    assert "evoengine resume" in said
    before = open_run(out)
    assert (before.stopped, 20 <= before.candidates < 400) == ("EvaluatorError", True)
    before.close()
    command = [sys.executable, "-m", "evoengine", "resume", out, "--executor", "local", "--json"]
    resumed = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert (resumed["state"], resumed["candidates"]) == ("done", 400)


CLUSTER = """
from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 80000000,
                                                        "include_dashboard": False})
print(cluster.address, flush=True)
input()
cluster.head_node.kill_gcs_server(check_alive=False)
cluster.head_node.kill_raylet(check_alive=False)
import time
time.sleep(1)
cluster.shutdown()
"""
