"""The command line, called in this process, which has loaded everything already."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest

from evoengine.cli.app import main


def call(*args):
    """Call it; give exit code, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["evoengine", *args])
        with pytest.raises(SystemExit) as caught:
            main()
    return caught.value.code, out.getvalue(), err.getvalue()
