"""Templates and their strict renderer.

A template is a text with ``{{ name }}`` in the place of each variable. It is read by paragraphs, which
blank lines part: one that comes out empty is left out. A value is put in as it is, whatever it holds.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from evoengine.errors import ConfigError

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_PARTING = re.compile(r"\n\s*\n")


def packaged() -> Mapping[str, str]:
    """Give the templates that come with evoengine, by name."""
    return dict(_packaged())


@cache
def _packaged() -> Mapping[str, str]:
    folder = files("evoengine.prompts") / "templates"
    found = sorted(folder.iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".md"): file.read_text("utf-8") for file in found}


def variables(template: str) -> frozenset[str]:
    """Give the names of the variables of a template's text."""
    return frozenset(_VARIABLE.findall(template))


def check_templates(templates: Mapping[str, str]) -> None:
    """Make sure that templates may take the place of the packaged ones of the same names.

    Each must use exactly the variables of the one that it replaces. Raises `ConfigError`.
    """
    for name, text in templates.items():
        if name not in _packaged():
            raise ConfigError(
                f"prompts/{name}.md: no template is called {name!r}",
                cure=f"choose one of {', '.join(_packaged())}",
            )
        _check(name, text, variables(_packaged()[name]))


def render(name: str, values: Mapping[str, str], templates: Mapping[str, str]) -> str:
    """Give a template with its variables' values in their places, without blank lines at either end.

    Parameters
    ----------
    name
        Of the template: one of `templates`, or else a packaged one.
    values
        Exactly the variables that it uses.
    templates
        Those that replace packaged ones.

    Raises
    ------
    ConfigError
        The template uses a variable that is not given, lacks one that is, or has a stray ``{{``; or there
        is no such template. The message names the template and the variable.
    """
    template = templates[name] if name in templates else _packaged().get(name)
    if template is None:
        raise ConfigError(f"no template is called {name!r}", cure=f"there are {', '.join(_packaged())}")
    _check(name, template, frozenset(values))
    paragraphs = _PARTING.split(template.strip())
    filled = (_VARIABLE.sub(lambda match: values[match[1]], paragraph) for paragraph in paragraphs)
    return "\n\n".join(text for text in (paragraph.strip("\n") for paragraph in filled) if text)


def _check(name: str, template: str, allowed: frozenset[str]) -> None:
    used = variables(template)
    where = f"prompts/{name}.md"
    if unknown := sorted(used - allowed):
        raise ConfigError(
            f"{where}: there is no variable {unknown[0]!r}",
            cure=f"it has {', '.join(sorted(allowed)) or 'none'}",
        )
    if unused := sorted(allowed - used):
        raise ConfigError(
            f"{where}: the variable {unused[0]!r} is not used",
            cure=f"put {{{{ {unused[0]} }}}} where it belongs",
        )
    if "{{" in _VARIABLE.sub("", template):
        raise ConfigError(f"{where}: '{{{{' begins no variable", cure="write {{ name }}, or a single brace")
