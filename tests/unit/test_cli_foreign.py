"""`evoengine run --evaluator`, as typed."""

import json

import pytest
from test_cli_reading import call

from evoengine.sandbox import describe

__all__ = ["call"]

FULL = pytest.mark.skipif(
    describe(preload=()).level != "full", reason="isolation full cannot be had, which processes need"
)
RUN = ("--candidates", "1", "--slots", "1", "--recipe", "hill_climb", "--set", "params.operators=['perturb']")


@FULL
def test_a_program_with_a_foreign_evaluator(call, tmp_path):
    (tmp_path / "seed.py").write_text("def value():\n    return 0.5\n")
    (tmp_path / "evaluator.py").write_text(
        "import runpy\ndef evaluate(path):\n    return {'score': runpy.run_path(path)['value']()}\n"
    )
    code, out, err = call("run", "--evaluator", "evaluator.py", "seed.py", *RUN)
    assert code == 0, err
    assert "warning: scoring: untrusted" in err
    assert "(seed-0, scoring: untrusted" in err or "-0, scoring: untrusted" in err
    assert "scoring: untrusted" in call("top", out.strip())[1]
    assert "scoring: untrusted" in call("show", "best")[1]
    assert json.loads(call("show", "best", "--json")[1])["scoring"] == "untrusted"


def test_a_problem_has_an_evaluator_already(call, tmp_path):
    (tmp_path / "evaluator.py").write_text("")
    code, _, err = call("run", "--evaluator", "evaluator.py", "circle_packing", *RUN)
    assert code == 2
    assert "is no program but a problem" in err
