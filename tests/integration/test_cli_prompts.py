"""Prompt problems from the command line, as a new user meets them."""

import json

import pytest
from command import call
from test_cli import place

from evoengine.api import search
from evoengine.testing.model_server import ModelServer

__all__ = ["place"]

TALKS = """\
name = "talks"
evaluator = "prompts:Prompts"
args = { data = "talks.jsonl", metric = "numeric", train = 2, validation = 1, test = 1, dialogue = true }
cases = ["train-0", "train-1", "validation-0"]

[genome]
files = ["prompt.md"]

[[objectives]]
name = "accuracy"
"""


def test_a_new_prompt_problem_is_checked_searched_and_tested(place):
    code, _, err = call("new", "sums", "--template", "prompt")
    assert code == 0
    assert "evoengine check ./sums --model MODEL" in err
    code, out, _ = call("check", "./sums", "--model", "simulated:")
    assert code == 0
    assert out.startswith("ok   seed 0: ok, fitness ")
    code, out, err = call("run", "./sums", "--model", "simulated:", "--recipe", "reevo", "--candidates", "30")
    assert code == 0, err
    assert "a simulation, no model" in err
    models = json.loads(call("show", "best", "--json")[1])
    assert "simulated" in models["model"]
    code, out, err = call("rescore", "--top", "1", "--repeats", "1")
    assert code == 0
    assert "test accuracy 0." in err
    assert "(Wilson), 12 cases" in err
    assert call("verify")[0] == 0


def test_without_a_model_the_cure_is_named(place):
    for command in (["check", "prompt_counting"], ["run", "prompt_counting", "--candidates", "2"]):
        code, _, err = call(*command)
        assert code != 0
        assert " model" in err
        assert "give --model" in err


def chat(request, index):
    """Add up what the user said so far, if told to remember; or write the prompt that says so."""
    first, *_ = messages = request.body["messages"]
    if first["role"] == "system":
        return "Better:\n```markdown prompt.md\nRemember it.\n```"
    said = [int(m["content"].split()[-1]) for m in messages if m["role"] == "user"]
    return f"ANSWER: {sum(said) if 'Remember' in first['content'] else said[-1]}"


def test_dialogues_are_held_with_a_served_model_counted_and_paid_once(place):
    (place / "talks").mkdir()
    (place / "talks" / "problem.toml").write_text(TALKS)
    (place / "talks" / "prompt.md").write_text("Add up.\n")
    rows = [{"turns": [f"Add {n}", "And 10", "And 100"], "answer": 110 + n} for n in range(1, 5)]
    (place / "talks" / "talks.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with ModelServer(chat) as server:
        run = search(
            place / "talks",
            out=place / "run",
            recipe="best_of_n",
            model=[f"{server.url}#small"],
            candidates=2,
            slots=1,
        )
        tasks = [r.body["messages"] for r in server.requests if r.body["messages"][0]["role"] == "user"]
        assert [m["role"] for m in tasks[-1]] == ["user", "assistant", "user", "assistant", "user"]
        assert len(tasks) == 2 * 3 * 3, "two prompts, three cases of three turns"
        assert (run.best.evaluation.fitness, run.best.candidate.genome) == (
            1.0,
            {"prompt.md": "Remember it.\n"},
        )
        assert run.usage().calls == len(server.requests)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('train = "2"', "args.train = '2': input should be a valid integer"),
        ('steps = "prompt.md"', "args.steps = 'prompt.md': input should be a valid array"),
        ('steps = ["none.md"]', "args.steps names 'none.md', which is no text of the genome: prompt.md"),
        ('scored = "turn_9"', "args.scored = 'turn_9': a case has no such reply"),
        ('data = "none.jsonl"', "none.jsonl: cannot be read"),
    ],
)
def test_a_wrong_argument_ends_a_check_and_a_run_alike(place, wrong, said):
    (place / "talks").mkdir()
    key = wrong.partition(" ")[0]
    args = {"data": '"talks.jsonl"', "train": 2, "validation": 1, "test": 1, "dialogue": "true"}
    kept = "".join(f"{name} = {value}\n" for name, value in args.items() if name != key)
    head, _, tail = TALKS.partition("args")
    table = f"[args]\n{kept}{wrong}\n"
    (place / "talks" / "problem.toml").write_text(f"{head}{tail.partition(chr(10))[2]}\n{table}")
    (place / "talks" / "prompt.md").write_text("Add up.\n")
    rows = [{"turns": [f"Add {n}"], "answer": n} for n in range(4)]
    (place / "talks" / "talks.jsonl").write_text("\n".join(map(json.dumps, rows)))
    for command in (["check", "./talks"], ["run", "./talks", "--candidates", "2"]):
        code, _, err = call(*command, "--model", "simulated:")
        assert code == 2, err
        assert err.count("problem.toml: ") == 1
        assert said in err
        assert "  cure: " in err
        assert "Traceback" not in err


def test_a_wrong_argument_is_named_with_its_file_and_cure(place):
    (place / "talks").mkdir()
    (place / "talks" / "problem.toml").write_text(TALKS.replace("numeric", "numerical"))
    (place / "talks" / "talks.jsonl").write_text("")
    (place / "talks" / "prompt.md").write_text("")
    code, _, err = call("check", "./talks")
    assert code == 2
    assert "problem.toml: args.metric = 'numerical'" in err
    assert "choose one of exact" in err
    assert "Traceback" not in err
