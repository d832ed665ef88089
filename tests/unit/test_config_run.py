import pytest

from evoengine.config import RunConfig, read_run_config, resolve, write_run_config
from evoengine.config.run import DEFAULT_CANDIDATES
from evoengine.errors import ConfigError


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config" / "evoengine").mkdir(parents=True)
    return tmp_path


def settle(home, environment=None, **sources):
    return resolve(
        environment={"XDG_CONFIG_HOME": str(home / "config"), **(environment or {})}, folder=home, **sources
    )


def test_the_defaults_limit_a_run(home):
    config, origins = settle(home)
    assert config.candidates == DEFAULT_CANDIDATES
    assert (config.slots, config.executor) == (None, "local")
    assert set(origins.values()) == {"default"}
    assert settle(home, sets=["seconds=3"])[0].candidates is None


def test_later_sources_win_and_are_named(home):
    (home / "config/evoengine/config.toml").write_text(
        "seed = 1\nslots = 1\nwindow = 1\ntarget = 1\nhours = 1\n"
    )
    (home / "evoengine.toml").write_text(
        "slots = 2\nwindow = 2\ntarget = 2\ncandidates = 2\n[params]\na = 1\nb = 1\n"
    )
    (home / "run.toml").write_text("window = 3\ntarget = 3\ncandidates = 3\n")
    environment = {
        "EVOENGINE_TARGET": "4",
        "EVOENGINE_CANDIDATES": "4",
        "EVOENGINE_PARAMS__B": "x",
        "OTHER": "1",
    }
    flags = {"evaluations": 6, "order": None}
    config, origins = settle(home, environment, sets=["candidates=5", "evaluations=5"], flags=flags)
    given = (config.seed, config.slots, config.window, config.target, config.candidates, config.evaluations)
    assert given == (1, 2, 3, 4, 5, 6)
    assert config.seconds == 3600
    assert config.params == {"a": 1, "b": "x"}
    assert origins["seed"] == str(home / "config/evoengine/config.toml")
    assert origins["slots"] == origins["params.a"] == str(home / "evoengine.toml")
    assert origins["window"] == str(home / "run.toml")
    assert origins["target"] == "EVOENGINE_TARGET"
    assert origins["params.b"] == "EVOENGINE_PARAMS__B"
    assert origins["candidates"] == "--set candidates=5"
    assert origins["evaluations"] == "--evaluations"
    assert origins["order"] == "default"


def test_the_user_file_lies_under_home_without_xdg(home):
    (home / ".config/evoengine").mkdir(parents=True)
    (home / ".config/evoengine/config.toml").write_text("seed = 9\n")
    assert resolve(environment={"HOME": str(home)})[0].seed == 9


@pytest.mark.parametrize(
    ("sources", "message", "cure"),
    [
        (
            {"sets": ["candidats=1"]},
            "--set candidats=1: unknown key 'candidats'",
            "did you mean 'candidates'?",
        ),
        (
            {"environment": {"EVOENGINE_SEDE": "1"}},
            "EVOENGINE_SEDE: unknown key 'sede'",
            "did you mean 'seed'?",
        ),
        (
            {"flags": {"candidates": 0}},
            "--candidates: candidates = 0: input should be greater than 0",
            "mend",
        ),
        ({"sets": ["seed"]}, "--set seed: not of the form key=value", "--set params.islands=4"),
        ({"sets": ["a..b=1"]}, "not of the form", "write"),
        ({"sets": ["params=3"]}, "--set params=3: params = 3: input should be a valid dictionary", ""),
        ({"sets": ["seed.x=3"]}, "--set seed.x=3: seed = {'x': 3}", ""),
        ({"sets": ["hours=soon"]}, "--set hours=soon: hours = 'soon'", "as a number"),
        ({"flags": {"order": "random"}}, "--order: order = 'random'", ""),
    ],
)
def test_a_mistake_names_its_origin(home, sources, message, cure):
    with pytest.raises(ConfigError) as caught:
        settle(home, **sources)
    assert message in str(caught.value)
    assert cure in caught.value.cure


def test_hours_and_seconds_in_one_file_are_refused(home):
    (home / "run.toml").write_text("hours = 1\nseconds = 5\n")
    with pytest.raises(ConfigError, match="without `seconds`"):
        settle(home)


def test_the_settings_of_a_run_are_read_back(tmp_path):
    config = RunConfig(
        problem="/x/y",
        params={"a": [1, 2], "deep": {"b": "c"}},
        seconds=1.5,
        overrides={"args": {"k": 3}},
        slots=3,
    )
    path = tmp_path / "run.toml"
    write_run_config(config, path)
    assert read_run_config(path) == config
    path.write_text("problm = 1\n")
    with pytest.raises(ConfigError, match=r"run\.toml: unknown key 'problm'"):
        read_run_config(path)
