"""On a machine where nothing but limits can be had, a run starts only where that is accepted."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GROUND = ROOT / "tests" / "abuse" / "ground.py"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="features of the kernel are taken away")


def evoengine(*arguments):
    """Call the command line as an ordinary user, with namespaces, Landlock and seccomp refused by the kernel."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        return subprocess.run(
            [sys.executable, str(GROUND), "bare", "-m", "evoengine", *arguments],
            cwd=folder,
            env={"HOME": folder, "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )


def test_a_run_is_refused_with_every_cause_and_what_to_do():
    done = evoengine("run", "circle_packing", "--candidates", "3")
    assert done.returncode == 3
    assert "isolation: subprocess (full refused at namespaces: EPERM" in done.stderr
    assert "landlock refused at Landlock" in done.stderr
    assert "seccomp refused at seccomp: EINVAL" in done.stderr
    assert "cure: allow unprivileged user namespaces" in done.stderr
    assert "CONFIG_SECCOMP_FILTER" in done.stderr
    assert done.stderr.rstrip().endswith("or accept it: --isolation none")
    assert "Traceback" not in done.stderr


def test_a_run_starts_where_that_is_accepted():
    done = evoengine("run", "circle_packing", "--candidates", "3", "--isolation", "none")
    assert done.returncode == 0, done.stderr
    assert "candidates 3/3" in done.stdout + done.stderr


def test_what_runs_programs_is_refused_below_full():
    done = evoengine("check", "sort_c")
    assert done.returncode == 3
    assert "processes = true: isolation 'full' cannot be had" in done.stderr
