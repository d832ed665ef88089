"""The strict renderer and the packaged templates."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine.config import load_problem
from evoengine.errors import ConfigError
from evoengine.prompts import check_templates, packaged, render, variables


def test_every_packaged_template_renders_with_its_own_variables_alone():
    for name, text in packaged().items():
        values = {variable: f"<{variable}>" for variable in variables(text)}
        rendered = render(name, values, {})
        assert all(value in rendered for value in values.values())
        assert "{{" not in rendered


def test_packaged_templates_are_texts_with_lines_of_modest_length():
    assert len(packaged()) >= 15
    assert max(len(line) for text in packaged().values() for line in text.splitlines()) <= 110


def test_a_template_of_the_users_takes_the_place_of_a_packaged_one():
    assert render("repair", {"status": "timeout"}, {"repair": "Mend: {{status}}!"}) == "Mend: timeout!"
    assert render("simplify", {}, {"simplify": ""}) == ""


@pytest.mark.parametrize(
    ("template", "message", "cure"),
    [
        ("{{ status }} {{ stauts }}", "prompts/repair.md: there is no variable 'stauts'", "it has status"),
        ("Mend it.", "prompts/repair.md: the variable 'status' is not used", "put {{ status }}"),
        ("{{ status }} {{ sta", "prompts/repair.md: '{{' begins no variable", "write {{ name }}"),
    ],
)
def test_a_wrong_template_is_refused_by_name(template, message, cure):
    for attempt in (
        lambda: render("repair", {"status": "error"}, {"repair": template}),
        lambda: check_templates({"repair": template}),
    ):
        with pytest.raises(ConfigError) as caught:
            attempt()
        assert str(caught.value) == message
        assert caught.value.cure.startswith(cure)


def test_a_template_without_variables_says_that_it_has_none():
    with pytest.raises(ConfigError) as caught:
        render("simplify", {}, {"simplify": "{{ status }}"})
    assert caught.value.cure == "it has none"


def test_an_unknown_template_is_refused():
    with pytest.raises(ConfigError, match="rewirte"):
        check_templates({"rewirte": "x"})
    with pytest.raises(ConfigError, match="rewirte"):
        render("rewirte", {}, {})


def test_right_templates_pass_the_check():
    check_templates(packaged())


def test_empty_paragraphs_are_left_out_and_values_keep_their_blank_lines():
    templates = {"apply": "A\n\n{{ reflection }}\n\n\nB"}
    assert render("apply", {"reflection": ""}, templates) == "A\n\nB"
    assert render("apply", {"reflection": "x\n\n\n\ny"}, templates) == "A\n\nx\n\n\n\ny\n\nB"


def test_a_problems_folder_replaces_templates_by_files_of_the_same_name(tmp_path):
    (tmp_path / "problem.toml").write_text(
        'name = "p"\nevaluator = "./evaluate.py:evaluate"\n[genome]\nfiles = ["seed.py"]\n'
    )
    (tmp_path / "evaluate.py").write_text("def evaluate(trial):\n    return 0.0\n")
    (tmp_path / "seed.py").write_text("x = 1\n")
    assert load_problem(tmp_path).problem.prompts == {}
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "simplify.md").write_text("Cut.\n")
    (tmp_path / "prompts" / "README.txt").write_text("not a template")
    assert load_problem(tmp_path).problem.prompts == {"simplify": "Cut.\n"}
    (tmp_path / "prompts" / "repair.md").write_text("Mend {{ it }}.\n")
    with pytest.raises(ConfigError, match=r"prompts/repair\.md: there is no variable 'it'"):
        load_problem(tmp_path)


@given(st.text())
@settings(max_examples=50)
def test_a_value_is_put_in_as_it_is(value):
    rendered = render("repair", {"status": value}, {"repair": "<{{ status }}>"})
    assert rendered == f"<{value}>"
