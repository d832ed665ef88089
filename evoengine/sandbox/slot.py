"""The program that a slot runs: ``python -s -P -B slot.py DESCRIPTOR``.

It stands in for the packages above it, so that a slot holds these few modules and not the whole engine.
"""

import sys
from pathlib import Path
from types import ModuleType


def main() -> None:
    """Serve on the inherited socket until its other end closes."""
    here = Path(__file__).resolve().parent
    for name, folder in (("evoengine", here.parent), ("evoengine.sandbox", here)):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    from evoengine.sandbox import server  # noqa: PLC0415 - only now does it come without the engine

    for name in [name for name in sys.modules if name.partition(".")[0] == "evoengine"]:
        del sys.modules[name]
    server.serve(int(sys.argv[1]))


if __name__ == "__main__":
    main()
