"""Make the examples of docs/compare.md from real runs: ``python -m benchmarks.compare [FOLDER]`` (some minutes).

Without FOLDER it rewrites the page and its picture. With one, it goes on with the runs there.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
COMPARE = (
    "compare circle_packing --recipes map_elites,islands,best_of_n --seeds 8 --budget-evaluations 150"
    " --target 1.5"
)
REPLAY = "compare --replay runs/example/map_elites-0 --recipes islands,hill_climb,best_of_n,random_search"


def run(command: str, folder: Path, *options: str) -> str:
    """Give what a command prints."""
    line = [sys.executable, "-m", "evoengine", *command.split(), *options]
    return subprocess.run(line, cwd=folder, stdout=subprocess.PIPE, text=True, check=True).stdout


def replaced(page: str, name: str, command: str, output: str) -> str:
    """Put a command and its output between the page's marks of that name."""
    block = f"<!-- {name} -->\n```\n$ evoengine {command}\n{output.rstrip()}\n```\n<!-- end -->"
    found, count = re.subn(rf"<!-- {name} -->\n.*?<!-- end -->", lambda _: block, page, flags=re.DOTALL)
    assert count == 1, name
    return found


def main() -> None:
    """Run both examples and put what they print into the page."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else scratch)
        folder.mkdir(parents=True, exist_ok=True)
        compared = run(COMPARE, folder, "--out", "runs/example", "-o", str(DOCS / "compare.svg"))
        policies = run(REPLAY, folder)
    page = (DOCS / "compare.md").read_text("utf-8")
    page = replaced(page, "compare", COMPARE, compared)
    page = replaced(page, "replay", REPLAY, policies)
    (DOCS / "compare.md").write_text(page, "utf-8")


if __name__ == "__main__":
    main()
