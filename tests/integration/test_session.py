"""One process's work on a run."""

import asyncio
import signal
import time

import pytest
from small import EVALUATOR, SEED, count, start, wait_for, write_problem

from evoengine import session as session_module
from evoengine.api import open_run, resume
from evoengine.config import RunConfig, load_problem
from evoengine.errors import ConfigError, EvaluatorError, StoreFullError, StoreLockedError
from evoengine.problem import Problem
from evoengine.session import Session

PERTURB = {"operators": ["perturb"]}


def make(problem, out, **settings):
    loaded = load_problem(problem)
    settings = {"recipe": "hill_climb", "params": PERTURB, "candidates": 5, "slots": 1} | settings
    return Session(out, loaded, RunConfig(problem=loaded.spec, **settings))


def preflight(session):
    async def work():
        async with session:
            return await session.preflight()

    return asyncio.run(work())


def test_the_preflight_tells_the_seed_and_whether_it_is_scored_the_same_twice(tmp_path):
    checked = preflight(make(write_problem(tmp_path / "p"), tmp_path / "run"))
    assert (checked.evaluation.status, checked.evaluation.fitness, checked.identical) == ("ok", -6.25, True)
    assert checked.evaluation.isolation
    assert [known.candidate.id for known in open_run(tmp_path / "run")] == ["seed-0"]


def test_the_preflight_notices_a_noisy_evaluator(tmp_path):
    noisy = EVALUATOR.replace("- 3.0", "- time.monotonic()")
    assert (
        preflight(make(write_problem(tmp_path / "p", evaluator=noisy), tmp_path / "run")).identical is False
    )


def test_a_slow_seed_is_not_evaluated_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(session_module, "RECHECK_SECONDS", -1.0)
    assert preflight(make(write_problem(tmp_path / "p"), tmp_path / "run")).identical is None


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {"evaluator": "def evaluate(trial):\n    raise KeyError('mine')\n"},
            r"(?s)as evaluator_error:.*KeyError: 'mine'",
        ),
        (
            {"seed": "def value():\n    raise KeyError('mine')\n"},
            r"(?s)the seed of parabola itself ends as error:.*KeyError: 'mine'",
        ),
        ({"seed": "def value(:\n"}, "as invalid_source"),
    ],
)
def test_a_broken_seed_or_evaluator_is_found_before_the_search(tmp_path, files, words):
    with pytest.raises(EvaluatorError, match=words) as raised:
        preflight(make(write_problem(tmp_path / "p", **files), tmp_path / "run"))
    assert "evoengine check" in raised.value.cure


def test_one_valid_seed_among_several_is_enough(tmp_path):
    problem = write_problem(tmp_path / "p", seed="def value(:\n")
    (problem / "other.py").write_text(SEED)
    toml = problem / "problem.toml"
    toml.write_text(toml.read_text().replace('["main.py"]', '["main.py"]\nseeds = [["other.py"]]'))
    checked = preflight(make(problem, tmp_path / "run"))
    assert checked.evaluation.status == "invalid_source"
    assert open_run(tmp_path / "run").best.candidate.id == "seed-1"


def test_a_run_is_worked_on_by_one_process_at_a_time(tmp_path):
    problem = write_problem(tmp_path / "p")
    first = make(problem, tmp_path / "run")
    with pytest.raises(StoreLockedError):
        make(problem, tmp_path / "run")
    first.store.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    problem = write_problem(tmp_path / "p")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFullError, match="file/run: cannot be written"):
        make(problem, tmp_path / "file" / "run")


def test_evaluator_processes_that_do_not_start_let_go_of_the_run(tmp_path):
    problem = write_problem(tmp_path / "p", evaluator="import absent_module\n")
    session = make(problem, tmp_path / "run")
    with pytest.raises(EvaluatorError, match="absent_module"):
        preflight(session)
    make(problem, tmp_path / "run").store.close()


@pytest.mark.parametrize(
    "change", [{"recipe": "map_elites"}, {"seed": 3}, {"params": {}}, {"order": "proposal"}]
)
def test_the_log_of_another_search_is_not_gone_on_with(tmp_path, change):
    problem = write_problem(tmp_path / "p")
    make(problem, tmp_path / "run").store.close()
    with pytest.raises(ConfigError, match=f"holds a run with {next(iter(change))} = "):
        make(problem, tmp_path / "run", **change)
    make(problem, tmp_path / "run", params={"operators": ("perturb",)}).store.close()


def test_a_log_that_cannot_be_folded_is_let_go_of(tmp_path):
    problem = write_problem(tmp_path / "p")
    session = make(problem, tmp_path / "run")
    session.store.append("dreamt", None, 0.0, {}, {})
    session.store.close()
    for _ in range(2):
        with pytest.raises(ValueError, match="unknown kind 'dreamt'"):
            make(problem, tmp_path / "run")


def test_changed_files_are_noticed(tmp_path):
    problem = write_problem(tmp_path / "p")
    session = make(problem, tmp_path / "run")
    assert not session.changed
    session.store.close()
    (problem / "main.py").write_text(SEED.replace("0.5", "0.75"))
    session = make(problem, tmp_path / "run")
    assert session.changed
    session.store.close()


def test_a_problem_built_in_python_needs_an_evaluator(tmp_path):
    problem = Problem("built", ({"main.py": SEED},), main="main.py")
    with pytest.raises(ConfigError, match="needs an evaluator"):
        Session(tmp_path / "run", problem, RunConfig(recipe="hill_climb"))
    assert not (tmp_path / "run").exists()


def test_limits_are_changed_by_name_and_logged_when_they_differ(tmp_path):
    session = make(write_problem(tmp_path / "p"), tmp_path / "run")

    async def work():
        assert session.extend(candidates=5).candidates == 5
        assert session.extend(seconds=60.0).to_body() == {"candidates": 5, "seconds": 60.0}
        for wrong, words in (
            ({"patience": 3}, "patience"),
            ({"candidates": -3}, "-3"),
            ({"seconds": "long"}, "budget"),
        ):
            with pytest.raises(ConfigError, match=words):
                session.extend(**wrong)

    asyncio.run(work())
    session.store.close()
    assert open_run(tmp_path / "run").budget == {"candidates": 5, "seconds": 60.0}
    assert count(tmp_path / "run", "steered") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_finishes_what_is_in_flight_and_resume_goes_on(tmp_path, number):
    problem, out = write_problem(tmp_path / "p", seconds=0.02), tmp_path / "run"
    process = start(problem, out)
    wait_for(process, out, "told", 3)
    process.send_signal(number)
    output, errors = process.communicate()
    assert (output, process.returncode) == ("interrupted\n", 0), errors
    run = open_run(out)
    told = run.candidates
    assert told == count(out, "asked")
    assert run.stopped == "interrupted"
    run.close()
    resumed = resume(out, candidates=told + 2)
    assert (resumed.stopped, resumed.candidates) == ("candidates", told + 2)
    assert count(out, "seeded") == 1


def test_the_second_signal_drops_what_is_in_flight(tmp_path):
    problem, out = write_problem(tmp_path / "p", seconds=40.0), tmp_path / "run"
    process = start(problem, out)
    wait_for(process, out, "asked", 1)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None, "the first signal waits for what is in flight"
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate()
    assert (output, process.returncode) == ("interrupted\n", 0), errors
    assert (count(out, "told"), count(out, "asked")) == (0, 2)
    write_problem(problem)
    resumed = resume(out, candidates=2)
    assert (resumed.stopped, resumed.candidates) == ("candidates", 2)
    assert [known.candidate.proposal for known in resumed] == [-1, 0, 1]
