"""Commands on files of a genome: their words, filled in on the trusted side, and running them in a child.

The child that runs them executes nothing of the candidate itself, so what it says of a command is true. It
must be in a namespace of processes of its own, for it ends whatever a command left in it.
"""

import contextlib
import functools
import os
import re
import signal
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_NOT_FOUND = 127
_PLACE = re.compile(r"\{([^{}]*)\}")


def fill_in(command: Sequence[str], names: Collection[str], scratch: str) -> list[str]:
    """Put paths in the place of ``{scratch}`` and ``{NAME}``. Raises `ValueError` for a name that is no file's."""

    def path(match: re.Match[str]) -> str:
        name = match[1]
        if name == "scratch":
            return scratch
        if name not in names:
            raise ValueError(f"{match[0]} in a command is neither {{scratch}} nor one of {', '.join(names)}")
        return f"{scratch}/{name}"

    return [_PLACE.sub(path, word) for word in command]


def run(command: Sequence[str], files: Mapping[str, str], stdin: str) -> tuple[int, str, str]:
    """Write files into the working folder, run a command there, and end what it left running.

    Gives its exit code (negative: its signal; 127 as in a shell: there is no such program), its output and
    its errors.
    """
    import subprocess  # noqa: PLC0415 - only a slot for commands pays for it
    import tempfile  # noqa: PLC0415

    scratch = os.getcwd()  # noqa: PTH109 - of use only as a text
    for name, text in files.items():
        path = Path(scratch, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")
    environment: dict[str, Any] = {**os.environ, "HOME": scratch, "TMPDIR": scratch}
    # Nameless files and no pipes: what a command leaves running could hold a pipe open.
    nameless = functools.partial(tempfile.TemporaryFile, dir=scratch)
    with nameless() as given, nameless() as output, nameless() as errors:
        given.write(stdin.encode())
        given.seek(0)
        try:
            done = subprocess.run(
                command, stdin=given, stdout=output, stderr=errors, check=False, env=environment
            )
        except (FileNotFoundError, PermissionError) as error:
            return _NOT_FOUND, "", f"{command[0]}: {error.strerror}\n"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
        return done.returncode, _text(output), _text(errors)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
