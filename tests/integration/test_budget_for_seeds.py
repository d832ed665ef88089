"""A budget that does not reach for the seeds ends the run before it begins; with more it goes on."""

import json

from command import call


def test_it_says_so_and_goes_on_from_what_was_paid(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    limits = ("--candidates", "3", "--budget-calls", "5")
    code, _, err = call("run", "prompt_boolean", "--model", "simulated:", *limits, "--out", "poor")
    assert code == 1
    assert "the budget of calls is spent" in err
    assert "raise it and resume the run" in err
    assert "failed (BudgetReachedError)" in call("status", "poor")[1]
    code, _, err = call("resume", "poor", "--budget-calls", "+2000")
    assert code == 0, err
    status = json.loads(call("status", "poor", "--json")[1])
    assert status["candidates"] >= 3
    assert call("verify", "poor")[0] == 0
