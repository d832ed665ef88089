"""The models of a run, as tables of a configuration file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Literal, Self, cast

from evoengine.config.checking import Table
from evoengine.errors import ConfigError
from evoengine.llm import ModelSpec, Price, edit_format, parse_model
from evoengine.operators.arms import Arm
from evoengine.operators.model_operators import MODEL_OPERATORS
from evoengine.recipes import RECIPES, parameters

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


def model_operators(recipe: str, specs: Sequence[ModelSpec], given: Sequence[str] = ()) -> list[str] | None:
    """Give the arms that a recipe chooses among where there are models, or None if it takes no operators.

    They are made of the operators given, or of the recipe's own, or of those that it names
    for models. Where the models that mutate all have the same weight, each
    operator that asks one is joined with each of them and with each of its temperatures, so that the
    recipe learns which is worth its price. Where weights differ the pool draws by them, and no arm names
    a model. Whole rewrites take the place of edits for a model that cannot write edits.
    """
    known = parameters(recipe)
    if "operators" not in known:
        return None
    names = tuple(given) or tuple(known["operators"]) or RECIPES[recipe].with_model
    asked = [spec for spec in specs if "mutate" in spec.roles]
    if len({spec.weight for spec in asked}) > 1 or not all(spec.name for spec in asked):
        wanted = edit_format(specs)
        return [wanted if name == "edit" else name for name in names]
    arms = [arm.name for name in map(str, names) for arm in _joined(name, asked)]
    return list(dict.fromkeys(arms))


def model_params(
    recipe: str, specs: Sequence[ModelSpec], given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Give a recipe's parameters with those that follow from its models: its arms, and the form of their replies."""
    params = dict(given or {})
    operators = params.get("operators", ())
    if isinstance(operators, list | tuple):  # anything else is for the recipe to refuse
        arms = model_operators(recipe, specs, cast("Sequence[str]", operators))
        params |= {} if arms is None else {"operators": arms}
    if "edit_format" in parameters(recipe):
        params.setdefault("edit_format", edit_format(specs))
    return params


def _joined(name: str, specs: Sequence[ModelSpec]) -> Iterator[Arm]:
    """Give the arms of one operator, or of one that is an arm already."""
    arm = Arm.parse(name)
    if arm != Arm(name) or name not in MODEL_OPERATORS or not specs:
        yield arm
        return
    several = len({spec.name for spec in specs}) > 1
    for spec in specs:
        operator = spec.edit_format if name == "edit" else name
        temperatures = spec.temperatures if len(spec.temperatures) > 1 and not spec.reasoning else (None,)
        for temperature in temperatures:
            yield Arm(operator, spec.name if several else "", temperature)
