"""Evaluators across a real Ray, and what may happen to them: actors, processes, nodes and the head are killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from family import descendants
from ray_nodes import SETTINGS, STORE, cluster, evaluated, executor, processes, use

from evoengine.api import open_run, search
from evoengine.config import load_problem
from evoengine.ports import Task
from evoengine.stores import SQLiteStore
from evoengine.testing.executors import program, task, write_problem

__all__ = ["cluster"]

# Ray's own warnings and unclosed files are Ray's.
pytestmark = pytest.mark.filterwarnings("ignore")


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


@pytest.mark.usefixtures("cluster")
def test_a_stuck_worker_is_given_up_and_its_task_done_elsewhere(tmp_path):
    made = executor(tmp_path)
    made._call_seconds = 3.0

    async def work(made):
        (pid, _), _ = await processes(made)
        os.kill(pid, signal.SIGSTOP)
        assert [e.fitness for e in await evaluated(made, range(6))] == [float(n) for n in range(6)]

    use(made, work)


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
