"""The README promises nothing that does not happen: its example is run, and its commands exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_example_prints_what_the_readme_says(tmp_path):
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    [output] = re.findall(r"prints\n\n```\n(.*?)```", README, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip() == output.rstrip()


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^evoengine (\w+)", README, re.MULTILINE))))
def test_every_command_that_it_names_exists(command):
    done = subprocess.run(
        [sys.executable, "-m", "evoengine", command, "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_every_link_leads_somewhere(target):
    assert target.startswith("https://") or (ROOT / target).exists()


def test_the_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
