"""The models of a run, as tables of a configuration file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Literal, Self

from evoengine.config.checking import Table
from evoengine.errors import ConfigError
from evoengine.llm import ModelSpec, Price, edit_format, parse_model
from evoengine.recipes import parameters

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


class PriceTable(Table):
    """US dollars per million tokens, as `Price`."""

    input: float
    output: float
    cached_input: float | None = None


class ModelTable(Table):
    """One of ``[[models]]``: the fields of `ModelSpec`, each of which may be left out but `name`.

    Without a `base_url`, `name` is what ``--model`` takes, and what is left out is as there.
    """

    name: str
    base_url: str | None = None
    api_key_env: str | None = None
    weight: float | None = None
    price: PriceTable | None = None
    temperatures: list[float] | None = None
    max_tokens: int | None = None
    extra_body: dict[str, Any] | None = None
    concurrency: int | None = None
    timeout: float | None = None
    reasoning: bool | None = None
    edit_format: Literal["edit", "rewrite"] | None = None
    roles: list[Literal["mutate", "reflect", "judge", "task", "embed"]] | None = None

    @classmethod
    def of(cls, spec: ModelSpec) -> Self:
        """Give the table that says all of a model, whatever the environment."""
        fields = asdict(spec) | {"temperatures": list(spec.temperatures), "roles": list(spec.roles)}
        return cls.model_validate(fields)

    def spec(self, environment: Mapping[str, str] | None = None) -> ModelSpec:
        """Give the model. Raises `ConfigError`, which never repeats what may be a key."""
        if self.api_key_env and not _VARIABLE.fullmatch(self.api_key_env):
            raise ConfigError(
                f"model {self.name}: api_key_env names no environment variable",
                cure='write the name of the variable, such as "OPENAI_API_KEY", and never the key itself',
            )
        known = (
            parse_model(self.name, environment)
            if self.base_url is None
            else ModelSpec(self.name, self.base_url)
        )
        given: dict[str, Any] = self.model_dump(exclude_none=True, exclude={"name", "base_url"})
        if self.price is not None:
            given["price"] = Price(**given["price"])
        given |= {key: tuple(given[key]) for key in ("temperatures", "roles") if key in given}
        return replace(known, **given)


def model_operators(recipe: str, specs: Sequence[ModelSpec]) -> tuple[str, ...] | None:
    """Give the operators that suit a recipe where there are models, or None if it takes none.

    They are the recipe's own, or one that asks for a better offspring and one that asks for another
    approach. Whole rewrites take the place of edits where not every model can write edits.
    """
    known = parameters(recipe)
    if "operators" not in known:
        return None
    wanted = edit_format(specs)
    own = tuple(known["operators"]) or (wanted, "explore")
    return own if wanted == "edit" else tuple("rewrite" if name == "edit" else name for name in own)


def model_params(recipe: str, specs: Sequence[ModelSpec]) -> dict[str, Any]:
    """Give the parameters of a recipe that follow from its models: its operators, and the form of their replies."""
    operators = model_operators(recipe, specs)
    params: dict[str, Any] = {} if operators is None else {"operators": list(operators)}
    if "edit_format" in parameters(recipe):
        params["edit_format"] = edit_format(specs)
    return params
