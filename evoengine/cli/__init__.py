"""The command line: ``evoengine COMMAND``. Nothing heavy is imported before a command is chosen."""

from evoengine.cli.app import main

__all__ = ["main"]
