"""How a child imports the files of its genome, which exist nowhere but in memory."""

from importlib import machinery
from types import ModuleType
from typing import Any, cast


class GenomeFinder:
    """Imports the files of a genome from memory."""

    def __init__(self, files: dict[str, str]) -> None:
        self._texts = files
        self._files: dict[str, str] = {}
        self._packages: set[str] = set()
        for name in files:
            if not name.endswith(".py"):
                continue
            parts = name.removesuffix(".py").split("/")
            if parts[-1] == "__init__" and len(parts) > 1:
                parts.pop()
                self._packages.add(".".join(parts))
            self._packages.update(".".join(parts[:depth]) for depth in range(1, len(parts)))
            self._files[".".join(parts)] = name

    def find_spec(self, fullname: str, path: object, target: object = None) -> machinery.ModuleSpec | None:
        """Find a module among the genome's files and the folders they are in."""
        del path, target
        if fullname not in self._files and fullname not in self._packages:
            return None
        origin = self._files.get(fullname)
        loader = cast("Any", self)  # which has the methods of one that importing calls
        return machinery.ModuleSpec(fullname, loader, origin=origin, is_package=fullname in self._packages)

    def create_module(self, spec: machinery.ModuleSpec) -> None:
        """Leave it to the import system."""
        del spec

    def get_source(self, fullname: str) -> str:
        """Give a module's text, for tracebacks and `inspect`."""
        return self._texts[self._files[fullname]] if fullname in self._files else ""

    def exec_module(self, module: ModuleType) -> None:
        """Execute a module's file in it."""
        name = module.__name__
        code = compile(self.get_source(name), self._files.get(name, name), "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 - running the candidate is this file's purpose


class MainLoader:
    """Gives the main file's text, for tracebacks and `inspect`."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_source(self, fullname: str) -> str:
        """Give the text of the one module there is."""
        del fullname
        return self._text
