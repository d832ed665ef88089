"""What `--model` means, and what a model costs."""

import json

import pytest

from evoengine.errors import ConfigError
from evoengine.llm import ModelSpec, Price, edit_format, parse_model
from evoengine.llm.specs import OPENAI_URL, VLLM_URL, Tokens


@pytest.mark.parametrize(
    ("text", "name", "base_url", "key", "reasoning"),
    [
        ("gpt-4.1-mini", "gpt-4.1-mini", OPENAI_URL, "OPENAI_API_KEY", False),
        ("gpt-5-mini", "gpt-5-mini", OPENAI_URL, "OPENAI_API_KEY", True),
        ("http://gpu:8000/v1#org/model-7b", "org/model-7b", "http://gpu:8000/v1", "", False),
        ("http://gpu:8000/v1/", "", "http://gpu:8000/v1", "", False),
        (f"{OPENAI_URL}#gpt-4.1", "gpt-4.1", OPENAI_URL, "OPENAI_API_KEY", False),
        ("vllm:http://gpu:8000", "", "http://gpu:8000/v1", "", False),
        ("vllm:http://gpu:8000/#m", "m", "http://gpu:8000/v1", "", False),
        ("vllm:http://gpu/deep/v1#m", "m", "http://gpu/deep/v1", "", False),
        ("vllm:org/model-7b", "org/model-7b", VLLM_URL, "", False),
    ],
)
def test_models_by_name_and_address(text, name, base_url, key, reasoning):
    spec = parse_model(text, {})
    assert (spec.name, spec.base_url, spec.api_key_env, spec.reasoning) == (name, base_url, key, reasoning)
    assert (spec.price, spec.price_text) == (None, "unknown")


def test_another_endpoint_from_the_environment_gets_the_key_and_no_other_one_does():
    environment = {"OPENAI_BASE_URL": "https://gateway.example/v1/", "OPENAI_API_KEY": "sk-1"}
    assert parse_model("m", environment).base_url == "https://gateway.example/v1"
    assert parse_model("https://gateway.example/v1#m", environment).api_key_env == "OPENAI_API_KEY"
    assert parse_model("https://elsewhere.example/v1#m", environment).api_key_env == ""
    assert parse_model(f"{OPENAI_URL}#m", environment).api_key_env == ""


def test_files(tmp_path):
    script, weights = tmp_path / "answers.jsonl", tmp_path / "tiny-q4.gguf"
    script.touch()
    weights.touch()
    scripted, local = parse_model(f"scripted:{script}"), parse_model(str(weights))
    assert (scripted.name, scripted.base_url) == ("answers.jsonl", f"scripted:{script}")
    assert (local.name, local.base_url) == ("tiny-q4", f"gguf:{weights}")
    assert scripted.price == local.price == Price(0, 0)
    assert (scripted.edit_format, local.edit_format) == ("edit", "rewrite")
    assert edit_format([scripted]) == "edit"
    assert edit_format([scripted, local]) == edit_format([]) == "rewrite"
    for text in (f"scripted:{tmp_path}/none.py", f"{tmp_path}/none.gguf"):
        with pytest.raises(ConfigError, match="there is no file"):
            parse_model(text)


@pytest.mark.parametrize(
    "text", ["", " ", "./model.bin", "/models/x", "~/x", "answers.py", "a.jsonl", "ftp://host/v1"]
)
def test_what_names_no_model_is_refused_with_the_forms(text):
    with pytest.raises(ConfigError) as caught:
        parse_model(text, {})
    assert "scripted:FILE" in caught.value.cure


@pytest.mark.parametrize("url", ["http://me:secret@host/v1", "http://host/v1?key=secret"])
def test_a_secret_in_an_address_is_refused_and_not_repeated(url):
    with pytest.raises(ConfigError, match="model m: base_url at host") as caught:
        ModelSpec("m", url)
    assert "secret" not in str(caught.value) + caught.value.cure
    assert "api_key_env" in caught.value.cure


@pytest.mark.parametrize(
    "fields",
    [
        {"weight": 0},
        {"max_tokens": 0},
        {"concurrency": 0},
        {"timeout": 0},
        {"temperatures": (0.5, -1)},
        {"edit_format": "diff"},
        {"roles": ()},
        {"roles": ("mutate", "sing")},
    ],
    ids=str,
)
def test_wrong_settings_name_the_model_and_the_key(fields):
    with pytest.raises(ConfigError, match=f"model m: {next(iter(fields))} = "):
        ModelSpec("m", **fields)


def test_a_specification_goes_into_the_log_as_plain_data():
    spec = ModelSpec("m", price=Price(1, 2), extra_body={"top_p": 1}, api_key_env="A_KEY")
    body = json.loads(json.dumps(spec.to_body()))
    assert (body["name"], body["price"]["output"], body["api_key_env"]) == ("m", 2, "A_KEY")


def test_prices():
    tokens = Tokens(prompt=1_000_000, output=500_000, cached=400_000)
    assert Price(2.0, 8.0).dollars(tokens) == pytest.approx(2.0 + 4.0)
    assert Price(2.0, 8.0, 0.5).dollars(tokens) == pytest.approx(1.2 + 0.2 + 4.0)
    assert str(Price(2.0, 8.0)) == "$2 in, $8 out per million tokens"
    assert (
        ModelSpec("m", price=Price(2.0, 8.0, 0.5)).price_text
        == "$2 ($0.5 cached) in, $8 out per million tokens"
    )
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ConfigError, match="price output"):
            Price(1.0, wrong)
