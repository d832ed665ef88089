"""Every kind of badly formed edit, over HTTP: refused, fed back, counted by its kind, and never a candidate."""

import json

from command import call
from small import write_problem
from test_cli import place

from evoengine.operators.replies import FAULTS
from evoengine.testing.model_server import ModelServer
from tests.unit.test_text_edits import BAD, PROGRAM

__all__ = ["place"]

REPLIES = [reply for reply, _ in BAD.values()]


def test_a_search_survives_every_kind_of_bad_edit(place):
    problem = write_problem(place / "p", seed=PROGRAM, evaluator="def evaluate(trial):\n    return 1.0\n")
    with ModelServer(lambda request, index: REPLIES[request.number % len(REPLIES)]) as server:
        search = ["--model", f"{server.url}#small", "--recipe", "islands", "--slots", "1"]
        search += ["--set", 'params.operators=["edit"]']
        calls = str(len(REPLIES) + 1)
        code, _, err = call("run", str(problem), *search, "--budget-calls", calls, "--out", "runs/first")
        assert code == 0, err
        asked = [request.body["messages"] for request in server.requests]
    assert len(asked) > len(REPLIES), "each kind was given"
    stats = json.loads(call("stats", "--json")[1])
    reasons = {row["reason"] for row in stats["abandoned"]}
    assert {"bad_edit", "no_code", "empty", "truncated"} <= reasons <= set(FAULTS)
    assert stats["models"][0]["calls"] == len(asked)
    assert json.loads(call("status", "--json")[1])["statuses"] == {"ok": 1}
    told_again = [messages[-1]["content"] for messages in asked if len(messages) == 4]
    assert len(told_again) >= 10, "what a model can mend is said to it"
    assert call("verify")[0] == 0
