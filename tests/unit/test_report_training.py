"""A log as training data."""

import asyncio
import json
from collections import Counter
from time import monotonic

import pytest
from test_cli_reading import call

from evoengine.effects import Generate, Generated, Message
from evoengine.engine import Engine
from evoengine.report import Run, training_data
from evoengine.report.training import samples
from evoengine.stores import SQLiteStore
from evoengine.testing.scripted import ScriptedExecutor
from evoengine.testing.toy import PROBLEM, ToyRecipe, evaluate, toy_engine
from evoengine.types import Draft

__all__ = ["call"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "toy-ab12"
    folder.mkdir()
    store = SQLiteStore(folder / "run.db")
    asyncio.run(toy_engine(store, order="proposal", candidates=60, slots=2, seconds=0.0).run())
    store.close()
    opened = Run(folder)
    yield opened
    opened.close()


def candidate(run, child):
    known = run.candidate(child["id"])
    return known.candidate, known.evaluation


def test_every_exchange_is_given_with_what_came_of_it(run):
    lines = list(training_data(run, "jsonl"))
    assert len(lines) == sum("texts" in event.body for event in run.store.events(("replied",)))
    for line in lines:
        for child in line["offspring"]:
            made, evaluation = candidate(run, child)
            assert (made.proposal, list(made.parents)) == (line["proposal"], list(line["parents"]))
            assert made.genome["x.txt"] == line["replies"][0]
            assert (child["status"], child["fitness"]) == (evaluation.status, evaluation.fitness)
        assert line["messages"][0]["role"] == "user"
    assert {line["operator"] for line in lines} == {"reply", "look"}


def test_only_what_made_a_fitter_offspring_is_imitated(run):
    lines = list(training_data(run, "sft"))
    assert lines
    for line in lines:
        made, evaluation = candidate(run, line)
        parent = run.candidate(made.parents[0])
        assert line["gain"] == evaluation.fitness - parent.evaluation.fitness > 0
        assert line["messages"] == [
            {"role": "user", "content": parent.candidate.genome["x.txt"]},
            {"role": "assistant", "content": made.genome["x.txt"]},
        ]
    better = [
        child
        for line in training_data(run, "jsonl")
        for child in line["offspring"]
        if (child["gain"] or 0) > 0
    ]
    assert len(lines) == len(better)


def test_the_author_is_the_reply_with_the_new_lines_and_not_what_was_said_later(tmp_path):
    store = SQLiteStore(tmp_path / "run.db")

    class Talking(ToyRecipe):
        def vary(self, job, library, rng):
            parent = float(library[job.parents[0]].candidate.genome["x.txt"])
            texts = [f"{parent + step}" for step in (0.1, 0.2)]
            if job.proposal == 0:
                yield Generate((Message("user", "write"), Message("user", "|".join(texts))), n=2)
                yield Generate((Message("user", "judge"), Message("user", "yes")), role="judge")
            return [Draft({"x.txt": f"\n {text} \n"}) for text in reversed(texts)]

    class Model:
        async def generate(self, request, *, proposal, step):
            return Generated(tuple(f"Here it is:\n{t}" for t in request.messages[1].content.split("|")), "m")

    executor = ScriptedExecutor(evaluate, slots=2)
    header = {"seed": 7, "order": "proposal", "window": 2, "budget": {"candidates": 4}}
    engine = Engine(PROBLEM, Talking(), store, executor, header=header, clock=monotonic, llm=Model())
    asyncio.run(engine.run())
    store.close()
    run = Run(tmp_path)
    found = list(samples(run))
    assert [sample.offspring.id for sample in found] == ["0-0", "0-1"]
    for sample in found:
        text = run.candidate(sample.offspring.id).candidate.genome["x.txt"].strip()
        assert sample.reply == f"Here it is:\n{text}"
        assert sample.messages[0].content == "write"
    run.close()


def test_a_pair_has_the_same_parents_and_operator_and_the_chosen_one_is_fitter(run):
    lines = list(training_data(run, "dpo"))
    assert lines
    used = Counter()
    for line in lines:
        (chosen, above), (rejected, below) = (candidate(run, child) for child in line["offspring"])
        assert (chosen.parents, chosen.operator) == (rejected.parents, rejected.operator)
        assert below.fitness is None or above.fitness > below.fitness
        assert line["chosen"] == [{"role": "assistant", "content": chosen.genome["x.txt"]}]
        assert line["rejected"] == [{"role": "assistant", "content": rejected.genome["x.txt"]}]
        assert line["prompt"][0]["role"] == "user"
        used.update((chosen.id, rejected.id))
    assert max(used.values()) == 1


def test_the_command_writes_a_line_for_each_to_a_file_or_to_standard_output(run, call, tmp_path):
    code, out, err = call("export", str(run.folder), "--format", "sft")
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines == list(training_data(run, "sft"))
    assert (code, err) == (0, f"{len(lines)} lines of toy-ab12\n")
    call("export", str(run.folder), "--format", "dpo", "-o", "pairs.jsonl")
    pairs = (tmp_path / "pairs.jsonl").read_text().splitlines()
    assert [json.loads(pair) for pair in pairs] == list(training_data(run, "dpo"))
    code, _, err = call("export", str(run.folder), "-o", "no/such/folder.jsonl")
    assert code == 2
    assert "no/such/folder.jsonl: cannot be written" in err
    assert "name another file with -o" in err
