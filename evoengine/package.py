"""A problem's files in one piece, so that another machine can load them."""

import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from evoengine.errors import ConfigError

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The date of every file in a package: equal files make equal packages."""


@dataclass(frozen=True, slots=True)
class Package:
    """Files with the way to load the problem among them.

    Attributes
    ----------
    data
        A zip archive.
    digest
        Of `data`, hexadecimal.
    spec
        What `load_problem` takes, relative to where the files are unpacked.
    overrides
        For `load_problem` too.
    evaluator
        The file that takes the place of ``overrides["evaluator"]``, relative too; empty for none.
    content
        The loaded problem's own digest, which must be the same wherever it is loaded.
    """

    data: bytes
    digest: str
    spec: str
    content: str
    overrides: Mapping[str, Any] = field(default_factory=dict[str, Any])
    evaluator: str = ""

    def placed(self, folder: Path) -> tuple[str, dict[str, Any]]:
        """Give the spec and the overrides for files that were unpacked into a folder."""
        replaced = {"evaluator": str(folder / self.evaluator)} if self.evaluator else {}
        return str(folder / self.spec), {**self.overrides, **replaced}


def digest(data: bytes) -> str:
    """Give the digest of an archive."""
    return blake2b(data, digest_size=16).hexdigest()


def pack(files: Mapping[str, Path]) -> bytes:
    """Put files into an archive under the names given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpack(data: bytes, expected: str, above: Path | None = None) -> Path:
    """Unpack an archive, once on each machine; give the folder.

    Parameters
    ----------
    expected
        The archive's digest.
    above
        The folder that holds unpacked ones; by default one of this user's own for temporary files.

    Raises
    ------
    ConfigError
        The archive is not the one expected, or the folder above belongs to somebody else.
    """
    if digest(data) != expected:
        raise ConfigError("the problem's files arrived damaged", cure="run again; look at the node's memory")
    above = above or Path(tempfile.gettempdir(), f"evoengine-{os.getuid()}")
    above.mkdir(mode=0o700, exist_ok=True)
    if above.stat().st_uid != os.getuid():
        raise ConfigError(f"{above} belongs to another user", cure="remove it, or set TMPDIR on this node")
    folder = above / expected
    if folder.is_dir():
        return folder
    beside = Path(tempfile.mkdtemp(dir=above))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(beside)
    try:
        beside.rename(folder)
    except OSError:
        # Another process was first.
        if not folder.is_dir():
            raise
        shutil.rmtree(beside)
    return folder
