"""What one process tells a run that another one works on."""

import asyncio
import json
import sqlite3

import pytest
from small import SEED, start, wait_for, write_problem

from evoengine.api import open_run, resume
from evoengine.config import RunConfig, load_problem
from evoengine.errors import StoreDamagedError
from evoengine.session import Session
from evoengine.stores import STEERING_NAME, SQLiteStore, Steering


def steered(out):
    store = SQLiteStore(out / "run.db", read_only=True)
    try:
        return [event.body for event in store.events(("steered",))]
    finally:
        store.close()


def session(problem, out, candidates):
    loaded = load_problem(problem)
    config = RunConfig(
        problem=loaded.spec,
        recipe="hill_climb",
        params={"operators": ["perturb"]},
        candidates=candidates,
        slots=1,
    )
    return Session(out, loaded, config)


def search(problem, out, candidates):
    async def work():
        async with session(problem, out, candidates) as searching:
            return await searching.run()

    return asyncio.run(work())


def test_rows_are_numbered_and_read_after_a_number(tmp_path):
    steering = Steering(tmp_path / STEERING_NAME)
    assert steering.after(0) == []
    assert [steering.add({"hint": text}) for text in ("a", "b", "ü")] == [1, 2, 3]
    assert steering.after(1) == [(2, {"hint": "b"}), (3, {"hint": "ü"})]
    assert Steering(steering.path).after(3) == []


def test_a_file_that_nobody_wrote_to_yet_holds_nothing(tmp_path):
    sqlite3.connect(tmp_path / STEERING_NAME).close()
    (tmp_path / STEERING_NAME).touch()
    assert Steering(tmp_path / STEERING_NAME).after(0) == []


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / STEERING_NAME).write_bytes(b"no database " * 100)
    with pytest.raises(StoreDamagedError, match=STEERING_NAME):
        Steering(tmp_path / STEERING_NAME).after(0)


def test_a_run_that_goes_on_takes_up_what_another_process_says(tmp_path):
    out = tmp_path / "run"
    process = start(write_problem(tmp_path / "p", seconds=0.02), out)
    try:
        wait_for(process, out, "told", 3)
        steering = Steering(out / STEERING_NAME)
        steering.add({"hint": "Mind the gap."})
        steering.add({"inject": {"main.py": SEED.replace("0.5", "3.0")}})
        wait_for(process, out, "steered", 2)
        told = open_run(out).candidates
        wait_for(process, out, "told", told + 4)
        process.kill()
    finally:
        process.kill()
        process.communicate()
    hint, inject = steered(out)
    assert (hint, inject["number"]) == ({"hint": "Mind the gap.", "number": 1}, 2)
    best = open_run(out).best
    assert (best.candidate.operator, best.evaluation.fitness) == ("inject", 0.0)
    assert dict(best.candidate.genome) == {"main.py": SEED.replace("0.5", "3.0")}


def test_a_row_is_taken_up_once_however_often_the_run_is_resumed(tmp_path):
    out, problem = tmp_path / "run", write_problem(tmp_path / "p")
    assert search(problem, out, 3) == "candidates"
    Steering(out / STEERING_NAME).add({"inject": {"main.py": SEED.replace("0.5", "2.5")}})
    assert not steered(out), "only the process that works on the run writes its log"
    for candidates in (5, 7):
        resume(out, candidates=candidates)
    bodies = [body for body in steered(out) if "inject" in body]
    assert [body["number"] for body in bodies] == [1]
    assert json.dumps(bodies).count("2.5") == 0, "the log names texts by digest"
    assert [known.candidate.operator for known in open_run(out)].count("inject") == 1


def test_a_run_goes_on_to_its_end_beside_a_damaged_file_and_then_says_so(tmp_path):
    out, problem = tmp_path / "run", write_problem(tmp_path / "p", seconds=0.05)

    async def work():
        async with session(problem, out, 30) as searching:
            searching.engine.observers = (
                lambda known, verdict: (out / STEERING_NAME).write_bytes(b"no database " * 100),
            )
            return await searching.run()

    with pytest.raises(StoreDamagedError, match=STEERING_NAME):
        asyncio.run(work())
    assert open_run(out).stopped == "candidates"


def test_what_has_no_known_form_changes_nothing_and_is_passed_over(tmp_path):
    out, problem = tmp_path / "run", write_problem(tmp_path / "p")
    assert search(problem, out, 2) == "candidates"
    steering = Steering(out / STEERING_NAME)
    for row in (
        {"of a later version": 1},
        ["no object"],
        {"hint": 7},
        {"inject": {"main.py": None}},
        {"budget": {"x": 1}},
    ):
        steering.add(row)
    steering.add({"inject": {"other.py": SEED}})
    resume(out, candidates=5)
    assert [body for body in steered(out) if "number" in body][:5] == [{"number": n} for n in range(1, 6)]
    run = open_run(out)
    assert run.stopped == "candidates"
    assert "inject" not in {known.candidate.operator for known in run}
    assert {"operator": "inject", "reason": "frozen", "abandoned": 1} in run.abandoned()


def test_in_a_noisy_problem_an_injected_candidate_has_all_repeats(tmp_path):
    out, problem = tmp_path / "run", write_problem(tmp_path / "p")
    toml = problem / "problem.toml"
    toml.write_text(toml.read_text().replace("[genome]", "noisy = true\nrepeats = 3\n[genome]", 1))
    assert search(problem, out, 1) == "candidates"
    Steering(out / STEERING_NAME).add({"inject": {"main.py": SEED.replace("0.5", "-9.0")}})
    resume(out, candidates=2)
    (found,) = [known for known in open_run(out) if known.candidate.operator == "inject"]
    assert (found.evaluation.repeats, found.evaluation.fitness) == (3, -144.0)
