import tomllib

import pytest

from evoengine.config import (
    ModelTable,
    RunConfig,
    model_operators,
    model_params,
    read_run_config,
    resolve,
    write_run_config,
)
from evoengine.errors import ConfigError
from evoengine.llm import ModelSpec, Price, parse_model
from evoengine.recipes import RECIPES, parameters

FULL = ModelSpec(
    "m",
    "http://127.0.0.1:8000/v1",
    "MY_KEY",
    weight=2.0,
    price=Price(1.0, 2.0, 0.5),
    temperatures=(0.5, 1.0),
    max_tokens=100,
    extra_body={"top_p": 0.9, "deep": {"a": [1]}},
    concurrency=3,
    timeout=9.0,
    reasoning=True,
    edit_format="rewrite",
    roles=("mutate",),
)


@pytest.mark.parametrize("spec", [FULL, ModelSpec("m"), ModelSpec("", "http://127.0.0.1:1/v1")])
def test_a_model_survives_the_settings_of_its_run(tmp_path, spec):
    config = RunConfig(models=[ModelTable.of(spec), ModelTable.of(ModelSpec("other"))])
    write_run_config(config, tmp_path / "run.toml")
    assert "[[models]]" in (tmp_path / "run.toml").read_text()
    tables = read_run_config(tmp_path / "run.toml").models
    assert [table.spec({}) for table in tables] == [spec, ModelSpec("other")]


def test_a_local_model_survives_too(tmp_path):
    (tmp_path / "weights.gguf").write_bytes(b"")
    spec = parse_model(str(tmp_path / "weights.gguf"))
    assert ModelTable.of(spec).spec({}) == spec


def test_without_an_address_a_name_means_what_it_means_on_the_command_line():
    environment = {"OPENAI_BASE_URL": "http://127.0.0.1:7/v1/"}
    table = ModelTable(name="gpt-5-mini", weight=4)
    spec = table.spec(environment)
    assert spec.base_url == "http://127.0.0.1:7/v1"
    assert spec.api_key_env == "OPENAI_API_KEY"
    assert spec.reasoning
    assert spec.weight == 4
    assert not ModelTable(name="gpt-5-mini", reasoning=False).spec(environment).reasoning
    assert ModelTable(name="m", base_url="http://127.0.0.1:7/v1").spec(environment).api_key_env == ""


@pytest.mark.parametrize("key", ["sk-abc", "abcdef0123456789", "A B"])
def test_a_key_in_the_place_of_its_variable_is_refused_and_not_repeated(key):
    with pytest.raises(ConfigError, match="names no environment variable") as caught:
        ModelTable(name="m", api_key_env=key).spec({})
    assert key not in str(caught.value) + caught.value.cure


def test_mistakes_name_the_file(tmp_path):
    (tmp_path / "evoengine.toml").write_text(
        '[[models]]\nname = "a"\n[[models]]\nname = "b"\ntimout = 3\nprice = { input = "1" }\n'
    )
    with pytest.raises(ConfigError) as caught:
        resolve(folder=tmp_path, environment={"HOME": str(tmp_path)})
    text = str(caught.value)
    assert "evoengine.toml: unknown key 'models[1].timout'" in text
    assert "evoengine.toml: models[1].price.input = '1'" in text
    assert "evoengine.toml: the key 'models[1].price.output' is missing" in text
    assert caught.value.cure == "did you mean 'timeout'?"


def test_any_limit_takes_the_place_of_the_default(tmp_path):
    for limit in ("calls=1", "tokens=1", "dollars=0.5"):
        config = resolve(sets=[limit], folder=tmp_path, environment={"HOME": str(tmp_path)})[0]
        assert config.candidates is None


def test_operators_follow_what_the_models_can_write():
    editor, writer = ModelSpec("e"), ModelSpec("w", edit_format="rewrite")
    assert model_operators("islands", [editor]) == ["edit", "explore"]
    assert model_operators("islands", [editor, writer]) == [
        "edit(e)",
        "rewrite(w)",
        "explore(e)",
        "explore(w)",
    ]
    assert model_operators("alphaevolve", [editor]) == ["edit"]
    assert model_operators("alphaevolve", [writer]) == ["rewrite"]
    assert model_operators("sequential_refine", [editor]) == ["rewrite"]
    assert all(model_operators(recipe, [editor]) for recipe in RECIPES if "operators" in parameters(recipe))


def test_the_form_of_replies_follows_what_the_models_can_write():
    editor, writer = ModelSpec("e"), ModelSpec("w", edit_format="rewrite")
    assert model_params("deepevolve", [editor]) == {"edit_format": "edit"}
    assert model_params("deepevolve", [editor, writer]) == {"edit_format": "rewrite"}
    assert model_params("sequential_refine", [editor]) == {"operators": ["rewrite"]}
    assert model_params("reevo", [editor]) == {}


def test_every_operator_that_asks_is_joined_with_every_model_and_temperature():
    small = ModelSpec("small", temperatures=(0.5, 1.0), edit_format="rewrite")
    thinker = ModelSpec("thinker", temperatures=(0.5, 1.0), reasoning=True)
    judge = ModelSpec("judge", roles=("judge",))
    given = ["edit", "mutate", "explore(small, 0.9)"]
    assert model_operators("islands", [small, thinker, judge], given) == [
        "rewrite(small, 0.5)",
        "rewrite(small, 1)",
        "edit(thinker)",
        "mutate",
        "explore(small, 0.9)",
    ]
    assert model_operators("islands", [small], ["explore"]) == ["explore(0.5)", "explore(1)"]


def test_weights_that_differ_leave_the_choice_to_the_pool():
    often, rarely = ModelSpec("a", weight=3.0), ModelSpec("b", edit_format="rewrite")
    assert model_operators("islands", [often, rarely]) == ["rewrite", "explore"]
    assert model_operators("islands", [ModelSpec("a"), ModelSpec("", "http://h/v1")]) == ["edit", "explore"]


def test_a_list_of_tables_stands_below_the_plain_values_of_its_own(tmp_path):
    config = RunConfig(params={"mixed": [1, 2], "tables": [{"a": 1, "b": {"c": 2}}, {}]})
    write_run_config(config, tmp_path / "run.toml")
    assert tomllib.loads((tmp_path / "run.toml").read_text())["params"] == config.params


def test_a_recipe_without_operators_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr("evoengine.config.models.parameters", lambda name: {"width": 1})
    assert model_operators("bare", [ModelSpec("e")]) is None
