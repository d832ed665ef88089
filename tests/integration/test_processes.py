"""Problems whose candidates are programs: commands in the sandbox, and the shipped one in C."""

import contextlib
import re
import shutil
from pathlib import Path

import pytest

from evoengine.config import load_problem
from evoengine.errors import CandidateFailure, SandboxError
from evoengine.evaluation import as_evaluator, run_trial
from evoengine.ports import Task
from evoengine.problem import Limits, Problem
from evoengine.sandbox import Slot, describe, open_sandbox
from evoengine.sandbox.abuse import ProgramGround
from evoengine.sandbox.attacks import attempt, case
from evoengine.testing.inline import InlineSandbox

PROBLEM = Problem("words", ({"main.txt": "b\na\n", "sub/more.txt": "c\n"},), main="main.txt", processes=True)
LIMITS = Limits(wall_seconds=10.0)
FULL = pytest.mark.skipif(
    describe(preload=()).level != "full", reason="isolation full cannot be had, which processes need"
)
WITH_CC = pytest.mark.skipif(shutil.which("cc", path="/usr/bin:/bin") is None, reason="there is no cc here")
SORT_C = Path(__file__).parents[2] / "problems" / "sort_c"
ATTACKS = sorted(SORT_C.glob("attacks/*.c"))


@pytest.fixture(scope="module")
def slot():
    slot = open_sandbox(preload=(), processes=True)
    yield slot
    slot.close()


@pytest.fixture
def session(slot):
    session = slot.open(PROBLEM.seeds[0], "", LIMITS)
    yield session
    session.finish()


def sh(session, script, *, stdin="", seconds=None, **files):
    return session.run(["sh", "-c", script], files, stdin, seconds)


@FULL
def test_a_command_sees_the_files_by_name_and_its_result_is_data(slot):
    def evaluate(trial):
        ran = trial.run(["sort", "{main.txt}", "{sub/more.txt}", "{scratch}/extra"], files={"extra": "d\n"})
        assert (ran.status, ran.output, ran.errors) == (0, "a\nb\nc\nd\n", "")
        assert 0.0 < ran.wall_seconds < 10.0
        return float(len(trial.run(["cat"], stdin="12345").output))

    evaluation = run_trial(as_evaluator(evaluate), PROBLEM, slot, Task(PROBLEM.seeds[0]))
    assert (evaluation.fitness, evaluation.isolation) == (5.0, "full"), evaluation.feedback


@FULL
def test_exit_codes_signals_and_absent_programs_are_told_apart(session):
    assert sh(session, "exit 3").status == 3
    assert sh(session, "ulimit -c 0; kill -9 $$").status == -9
    ran = session.run(["absent"], {}, "", None)
    assert (ran.status, ran.errors) == (127, "absent: No such file or directory\n")


@FULL
def test_what_a_command_leaves_running_is_killed_and_does_not_hold_it_up(session):
    ran = sh(session, "(sleep 0.3; echo late > late) & echo now")
    assert (ran.output, ran.wall_seconds < 0.3) == ("now\n", True)
    assert sh(session, "sleep 0.5; ls").output == "main.txt\nsub\n"


@FULL
def test_scratch_is_bounded_and_empty_for_the_next_trial(slot):
    session = slot.open(PROBLEM.seeds[0], "", LIMITS)
    script = "i=0; while [ $i -lt 20 ]; do head -c 8000000 /dev/zero > f$i || exit 4; i=$((i+1)); done"
    assert sh(session, script).status == 4
    session.finish()
    session = slot.open(PROBLEM.seeds[0], "", LIMITS)
    assert sh(session, "ls").output == "main.txt\nsub\n"
    session.finish()


@FULL
def test_a_slow_command_is_a_timeout_of_the_trial(session):
    with pytest.raises(CandidateFailure) as caught:
        sh(session, "sleep 20", seconds=0.2)
    assert caught.value.status == "timeout"
    with pytest.raises(CandidateFailure):
        sh(session, "true")


@FULL
def test_what_all_processes_of_a_command_used_is_counted(slot):
    session = slot.open(PROBLEM.seeds[0], "", Limits(wall_seconds=0.5))
    with pytest.raises(CandidateFailure):
        sh(session, "(while :; do :; done) & while :; do :; done")
    assert session.finish().cpu_seconds > 0.1


@FULL
@pytest.mark.parametrize(
    "script",
    [
        "kill -9 $PPID",
        "kill -9 -1",
        "while :; do sh -c 'sleep 9' & done",
        "setsid sleep 60 & kill -STOP $PPID",
    ],
)
def test_whatever_a_command_does_to_processes_the_next_trial_is_served(slot, script):
    pid = slot.pid
    session = slot.open(PROBLEM.seeds[0], "", Limits(wall_seconds=1.0))
    with contextlib.suppress(CandidateFailure):
        sh(session, script)
    session.finish()
    session = slot.open(PROBLEM.seeds[0], "", LIMITS)
    assert sh(session, "echo served").output == "served\n"
    session.finish()
    assert slot.pid == pid


@FULL
def test_a_command_has_no_network_no_host_and_no_way_out(session):
    assert sh(session, "cat /etc/passwd; ls /proc /home; touch /usr/x; true").output == ""
    python = "import socket; socket.socket()"
    assert session.run(["sh", "-c", f"exec /usr/bin/env python3 -c '{python}'"], {}, "", None).status
    assert sh(session, "env").output.count("TMPDIR=/scratch/own") == 1


@FULL
def test_a_word_that_names_no_file_is_the_evaluators_mistake(slot):
    evaluation = run_trial(
        as_evaluator(lambda trial: float(trial.run(["cat", "{absent.c}"]).status)),
        PROBLEM,
        slot,
        Task(PROBLEM.seeds[0]),
    )
    assert evaluation.status == "evaluator_error"
    assert "{absent.c} in a command is neither {scratch} nor one of main.txt" in evaluation.feedback


def test_commands_need_the_key_and_a_sandbox_that_runs_them():
    task = Task(PROBLEM.seeds[0])
    evaluator = as_evaluator(lambda trial: float(trial.run(["true"]).status))
    plain = Problem("plain", PROBLEM.seeds, main="main.txt")
    assert "processes = true" in run_trial(evaluator, plain, InlineSandbox(), task).feedback
    slot = Slot((), "subprocess")
    evaluation = run_trial(evaluator, PROBLEM, slot, task)
    slot.close()
    assert evaluation.status == "sandbox_failure"
    assert "runs no commands" in evaluation.feedback


def test_below_full_it_is_refused_with_the_cause():
    with pytest.raises(
        SandboxError, match="processes = true needs the isolation level 'full', not 'landlock'"
    ):
        open_sandbox(level="landlock", processes=True)


@FULL
@WITH_CC
def test_the_program_in_c_sorts(slot):
    loaded = load_problem("sort_c")
    evaluation = run_trial(loaded.evaluator(), loaded.problem, slot, Task(loaded.problem.seeds[0]))
    assert evaluation.status == "ok", evaluation.feedback
    assert 0.0 < evaluation.objectives["milliseconds"] < 5000.0
    assert float(evaluation.artifacts["spread"]) >= 0.0


@FULL
@WITH_CC
@pytest.mark.parametrize("path", ATTACKS, ids=[path.stem for path in ATTACKS])
def test_no_cheat_in_c_pays(path, slot):
    head = re.match(r"// tries: .+\n// expect: (invalid|failure)\n", path.read_text())
    assert head, f"{path} does not begin with what it tries and what is expected"
    loaded = load_problem("sort_c", overrides={"args": {"integers": 1000}, "limits": {"wall_seconds": 2}})
    evaluation = run_trial(loaded.evaluator(), loaded.problem, slot, Task({"main.c": path.read_text()}))
    assert evaluation.fitness is None
    if head[1] == "invalid":
        assert evaluation.status == "invalid", evaluation
    else:
        assert evaluation.status not in {"ok", "evaluator_error", "sandbox_failure"}, evaluation
    assert f"`{path.stem}`" in (SORT_C / "README.md").read_text()


@FULL
def test_attacks_by_programs_are_judged_by_what_they_did():
    slot = open_sandbox(preload=(), processes=True)
    ground = ProgramGround(slot, lambda: slot.pid)
    innocent = attempt("program-nothing", "raise OSError")
    naive = attempt("program-naive", "return True")
    silent = case("program-silent", "exit", "import sys\ndef f(): sys.exit(3)")
    endless = case("program-endless", "ok", "def f():\n    while True: pass")
    outcomes = [ground.run(attack) for attack in (innocent, naive, silent, endless)]
    ground.close()
    assert [outcome.status for outcome in outcomes] == ["ok", "ok", "exit", "timeout"]
    assert [bool(outcome.wrong) for outcome in outcomes] == [False, True, False, True]
    assert outcomes[1].wrong == ("the attack succeeded",)
