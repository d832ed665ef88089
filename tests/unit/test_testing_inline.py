import numpy as np
import pytest

from evoengine.errors import CandidateFailure
from evoengine.ports import Sandbox, TrialUsage
from evoengine.problem import Limits
from evoengine.testing.inline import InlineSandbox


def session(source):
    sandbox: Sandbox = InlineSandbox()
    return sandbox.open({"main.py": source}, "main.py", Limits())


def result(expression):
    return session(f"import numpy as np\ndef f(*args):\n    return {expression}\n").call("f", (1, [2.5]))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("args", [1, [2.5]]),
        ("{1: (2, None)}", {"1": [2, None]}),
        ("type('Liar', (float,), {})(0.5)", 0.5),
        ("np.float32(0.5)", 0.5),
        ("[True, 'text']", [True, "text"]),
    ],
)
def test_results_are_plain(expression, value):
    found = result(expression)
    assert found == value
    assert type(found) is type(value)


def test_arrays_are_copied_as_plain_arrays():
    source = "import numpy as np\nkept = np.zeros(2)\ndef f(x):\n    x += 1\n    return [kept]\ndef g():\n    return kept"
    given = np.zeros(2)
    opened = session(source)
    (first,) = opened.call("f", (given,))
    first += 5
    assert given.tolist() == [0.0, 0.0]
    assert opened.call("g", ()).tolist() == [0.0, 0.0]
    assert type(result("np.zeros(2).view(type('Liar', (np.ndarray,), {}))")) is np.ndarray


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("def f(:", "invalid_source"),
        ("x = '\0'", "invalid_source"),
        ("1 / 0", "error"),
        ("def g(): pass", "error"),
        ("f = 3", "error"),
        ("def f(*_): raise SystemExit(3)", "exit"),
        ("def f(*_): return {1, 2}", "bad_result"),
        ("import numpy as np\ndef f(*_): return np.array([None])", "bad_result"),
    ],
)
def test_failures_have_their_status(source, status):
    with pytest.raises(CandidateFailure) as caught:
        session(source).call("f", ())
    assert caught.value.status == status
    assert caught.value.feedback


def test_a_traceback_names_the_candidate_s_line():
    with pytest.raises(CandidateFailure, match="ZeroDivisionError") as caught:
        session("def f():\n    return 1 / 0").call("f", ())
    assert 'File "main.py", line 2' in caught.value.feedback


def test_map_keeps_state_and_fresh_does_not():
    opened = session("calls = []\ndef f(x):\n    calls.append(x)\n    return len(calls)")
    assert opened.map("f", [(1,), (2,), (3,)]) == [1, 2, 3]
    assert opened.map("f", [(1,), (2,)], fresh=True) == [1, 1]
    assert opened.drive("f")(9) == 4


def test_it_says_what_it_is_and_measures_nothing():
    sandbox = InlineSandbox()
    assert sandbox.level == "inline"
    assert session("").finish() == TrialUsage()
    sandbox.close()
    sandbox.close()


def test_batches_are_arrays_where_the_values_are_of_one_kind():
    step = session("def f(x, y):\n    return x + y").drive("f")
    found = step.batch(np.arange(3.0), [1.0, 2.0, 3.0])
    assert (type(found), found.tolist()) == (np.ndarray, [1.0, 3.0, 5.0])
    assert step.batch(["a", 1], ["b", 2]) == ["ab", 3]
    with pytest.raises(ValueError, match="one length"):
        step.batch([1], [])


def test_a_harness_sees_the_candidate_and_returns_plain_data():
    opened = session("def f(x):\n    return (x, 1)")
    harness = "def simulate(candidate, n):\n    return [candidate.f(i) for i in range(n)]"
    assert opened.simulate(harness, (2,)) == [[0, 1], [1, 1]]
    with pytest.raises(CandidateFailure) as caught:
        opened.simulate("def simulate(candidate):\n    return candidate.g()", ())
    assert caught.value.status == "error"
