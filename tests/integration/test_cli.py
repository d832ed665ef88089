"""The real command, as a process of its own where it searches, with real runs of small budgets."""

import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path

import pytest
from command import call

COMMAND = [sys.executable, "-c", "from evoengine.cli import main; main()"]
HEAVY = (
    "numpy",
    "pydantic",
    "openai",
    "sqlite_utils",
    "rich",
    "asyncio",
    "sqlite3",
    "evoengine.config",
    "evoengine.api",
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of its own, with no settings from outside."""
    for name in list(os.environ):
        if name.startswith("EVOENGINE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def spawn(*args):
    """Call the command as a process; give what `call` gives."""
    done = subprocess.run([*COMMAND, *args], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def make_toy(place, *, evaluate=None, seed=None):
    assert call("new", "toy")[0] == 0
    if evaluate:
        (place / "toy" / "evaluate.py").write_text(evaluate)
    if seed:
        (place / "toy" / "main.py").write_text(seed)


def test_help_imports_nothing_heavy():
    code = f"""
import sys
before = set(sys.modules)
sys.argv = ["evoengine", "--help"]
from evoengine.cli import main
try:
    main()
except SystemExit as error:
    assert error.code == 0
print([name for name in {HEAVY!r} if name in sys.modules.keys() - before], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Prepare and check" in done.stdout
    assert done.stderr.strip() == "[]"


def test_a_new_problem_runs_at_once_and_can_be_looked_at(place):
    make_toy(place)
    code, out, _ = call("check", "./toy")
    assert code == 0
    assert out.count("ok  ") == 8
    code, out, err = spawn(
        "run", "./toy", "--candidates", "20", "--seed", "1", "--slots", "1", "--order", "proposal"
    )
    assert code == 0, err
    name = out.strip()
    assert (place / "runs" / name / "run.db").is_file()
    for line in (
        "ok  problem toy",
        "2 of 2 identical",
        "ok  isolation",
        "ok  recipe adaptive, seed 1, until candidates 20",
    ):
        assert line in err
    status = json.loads(call("status", "--json")[1])
    assert (status["name"], status["state"], status["reason"], status["candidates"]) == (
        name,
        "done",
        "candidates",
        20,
    )
    assert status["fitness"] > 0.1437
    shown = json.loads(call("show", "best", "--json")[1])
    assert shown["fitness"] == status["fitness"]
    assert "def place" in shown["source"]["main.py"]
    assert call("verify")[0] == 0
    assert "cells" in call("archive")[1]

    code, out, err = spawn("resume", "--add-candidates", "5", "--slots", "2", "--json")
    assert code == 0
    assert json.loads(out)["candidates"] == 25
    assert call("verify")[0] == 0
    code, _, err = call("resume")
    assert code == 0
    assert "--add-candidates N goes on" in err
    assert call("resume", "--add-hours", "0.00001")[0] == 0
    assert call("resume", "--slots", "0")[0] == 2

    (place / "toy" / "statement.md").write_text("Another one.")
    assert "have changed since the run began" in call("resume")[2]


def test_the_vector_template_runs(place):
    assert call("new", "vec", "--template", "vector")[0] == 0
    assert call("check", "./vec", "--json")[0] == 0
    code, out, _ = call("run", "./vec", "--candidates", "30", "--slots", "1", "--json", "--out", "here")
    assert code == 0
    body = json.loads(out)
    assert body["folder"] == "here"
    assert body["value"] == -body["fitness"]
    assert "cells" in call("archive", "here")[1]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["run", "circle_pakcing"], 2, "did you mean 'circle_packing'?"),
        (["run"], 2, "no problem is named"),
        (["run", "./toy", "--set", "candidats=3"], 2, "did you mean 'candidates'?"),
        (["run", "./toy", "--recipe", "nope"], 2, "no recipe is called 'nope'"),
        (["run", "./toy", "--isolation", "weak"], 2, "--isolation"),
        (["status", "nope"], 2, "no run 'nope'"),
        (["status", "./damaged"], 2, "run.db"),
        (["resume"], 2, "holds none"),
    ],
)
def test_a_mistake_is_refused_at_once(place, args, code, said):
    make_toy(place)
    (place / "damaged").mkdir()
    (place / "damaged" / "run.db").write_text("no database at all" * 100)
    found, out, err = spawn(*args) if args == ["run"] else call(*args)
    assert (found, out) == (code, "")
    assert said in err


def test_an_evaluator_that_raises_stops_before_the_first_candidate(place):
    make_toy(place, evaluate="def evaluate(trial):\n    raise ValueError('my own mistake')\n")
    code, out, err = spawn("run", "./toy")
    assert (code, out) == (3, "")
    assert "ValueError: my own mistake" in err
    assert "cure:" in err
    code, out, err = call("check", "./toy")
    assert code == 3
    assert "BAD  seed 0: evaluator_error" in out
    assert "my own mistake" in err


def test_an_evaluator_that_believes_anything_fails_its_check(place):
    make_toy(place, evaluate="def evaluate(trial):\n    trial.call('place', 7)\n    return 1.0, 2\n")
    assert call("check", "./toy")[0] == 3
    source = (
        "import random\nfrom evoengine import Score\n"
        "def evaluate(trial):\n    trial.call('place', 7)\n    return Score(random.random(), measures={'mean_radius': 0.3})\n"
    )
    (place / "toy" / "evaluate.py").write_text(source)
    code, out, _ = call("check", "./toy")
    assert code == 3
    assert "not the same each time; say noisy = true" in out
    assert "BAD  lying candidate (nan): ok" in out


def test_when_every_candidate_fails_the_causes_are_grouped_and_the_exit_code_is_5(place):
    evaluate = (
        "from evoengine import Invalid, Score\n"
        "def evaluate(trial):\n"
        "    if trial.text('main.py') != SEED:\n"
        "        raise Invalid('only the seed will do')\n"
        "    return Score(1.0, measures={'mean_radius': 0.3})\n"
        "from pathlib import Path\nSEED = (Path(__file__).parent / 'main.py').read_text()\n"
    )
    make_toy(place, evaluate=evaluate)
    code, _, err = spawn("run", "./toy", "--candidates", "12", "--slots", "1")
    assert code == 5
    assert re.search(r"none of the 12 candidates is valid:\n  \d+x invalid: only the seed will do", err)


def test_a_fitness_that_is_required_and_missed_is_exit_code_5(place):
    make_toy(place)
    code, _, err = call("run", "./toy", "--candidates", "3", "--slots", "1", "--require-fitness", "5")
    assert code == 5
    assert "below the required 5" in err


def start(*args, **options):
    return subprocess.Popen(
        [*COMMAND, *args], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options
    )


def wait_for_candidates(place, n):
    while True:
        code, out, _ = call("status", "--json")
        if code == 0 and json.loads(out)["candidates"] >= n:
            return json.loads(out)
        time.sleep(0.1)


def test_ctrl_c_finishes_and_resume_goes_on(place):
    make_toy(place)
    process = start("run", "./toy", "--candidates", "100000", "--slots", "1")
    assert wait_for_candidates(place, 3)["state"] == "running"
    code, _, err = call("resume")
    assert code == 2
    assert "another process is running this search" in err
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130
    assert f"`evoengine resume {out.strip()}` goes on" in err
    before = json.loads(call("status", "--json")[1])
    assert before["state"] == "interrupted"
    assert call("verify")[0] == 0
    after = json.loads(call("resume", "--add-hours", "0.0008", "--json")[1])
    assert after["candidates"] > before["candidates"]


def test_a_killed_run_says_so_and_goes_on(place):
    make_toy(place)
    process = start("run", "./toy", "--candidates", "100000", "--slots", "1")
    wait_for_candidates(place, 3)
    process.kill()
    process.communicate()
    code, out, err = call("status")
    assert code == 0
    assert "killed" in out
    assert "evoengine resume" in err
    assert call("resume", "--add-hours", "0.0008")[0] == 0
    assert call("verify")[0] == 0


def test_on_a_terminal_of_80_columns_there_is_a_panel(place):
    make_toy(place)
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    environment |= {"TERM": "xterm", "NO_COLOR": "1"}
    process = subprocess.Popen(
        [*COMMAND, "run", "./toy", "--seconds", "2", "--slots", "1"],
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=environment,
    )
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # that is how the other side's end is told
        while True:
            seen += os.read(ours, 65536)
    os.close(ours)
    assert process.wait() == 0
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.decode())
    panel = [line for line in re.split(r"[\r\n]+", text) if line.startswith(("╭", "│", "╰"))]
    assert any("running" in line for line in panel)
    assert {len(line) for line in panel} == {80}
    assert "\x1b[3" not in seen.decode()


def test_the_demo_ends_and_compares_with_what_is_known(place):
    code, out, err = spawn("demo", "--seconds", "3")
    assert code == 0, err
    assert out.startswith("circle_packing-")
    for line in (
        "seed        0.959764217",
        "best known  2.63598308",
        "strict: verified in exact arithmetic",
        "evoengine diff best seed",
    ):
        assert line in err
