"""``python -m evoengine`` is the command ``evoengine``."""

import sys

from evoengine.cli import main

if __name__ == "__main__":
    sys.exit(main())
