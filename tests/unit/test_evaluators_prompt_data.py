"""Cases of prompts: drawn from a seed or read from files, dealt out, and told apart."""

import pytest

from evaluators import prompt_tasks
from evaluators.prompt_data import Case, Cases, read_cases
from evaluators.prompts import Prompts
from evoengine.errors import ConfigError
from evoengine.llm.simulated_tasks import QUESTIONS, find_question, solve
from evoengine.rng import stream


def test_long_answers_count_as_quotations_too():
    cases = [Case({"question": f"Recite {n}."}, f"a{n} b{n} c{n} d{n} e{n} f{n} g{n} h{n}") for n in range(4)]
    data = Cases(cases, (2, 1, 1), 0)
    assert data.quoted(f"so: {data['test-0'].answer}!")
    assert not data.quoted(data["train-0"].answer)


@pytest.mark.parametrize("task", list(QUESTIONS))
def test_generated_cases_follow_from_the_seed_differ_and_have_the_right_answer(task):
    generate = getattr(prompt_tasks, task)
    cases = [generate(stream(3, n, "case")) for n in range(200)]
    assert cases == [generate(stream(3, n, "case")) for n in range(200)]
    asked = ["\n".join(text for _, text in case.named()) for case in cases]
    assert len(set(asked)) > 190
    for case, said in zip(cases, asked, strict=True):
        found = find_question(said)
        assert found is not None
        assert (found[0], solve(*found)) == (task, case.answer)
        assert not case.choices or case.answer in case.choices


def test_splits_share_no_case_and_follow_from_the_seed():
    one, same, other = (Cases(prompt_tasks.sorting, (20, 20, 20), seed) for seed in (1, 1, 2))
    names = [name for split in ("train", "validation", "test") for name in one.names(split)]
    assert len({one[name].inputs["question"] for name in names}) == 60
    assert all(one[name] == same[name] for name in names)
    assert any(one[name] != other[name] for name in names)
    listed = [Case({"q": str(n)}, str(n)) for n in range(6)]
    dealt = Cases(listed, (2, 2, 2), 0)
    assert {dealt[name].answer for name in dealt._cases} == set("012345")


def test_too_few_cases_are_an_error():
    with pytest.raises(ConfigError, match="there are 1 different cases for splits of 3"):
        Cases([Case({"q": "a"}, "b")], (1, 1, 1), 0)
    with pytest.raises(ConfigError, match="fewer than 3 different"):
        Cases(lambda rng: Case({"q": "a"}, "b"), (1, 1, 1), 0)


def test_cases_are_read_from_files(tmp_path):
    lines = tmp_path / "c.jsonl"
    lines.write_text('{"q": "a", "n": 1, "answer": 2, "choices": [1, 2]}\n\n{"q": "b", "answer": "x"}\n')
    assert read_cases(lines) == [Case({"q": "a", "n": "1"}, "2", ("1", "2")), Case({"q": "b"}, "x")]
    table = tmp_path / "c.csv"
    table.write_text('q,answer\n"a, b",c\nd,e\nf,g\n')
    assert read_cases(table)[0] == Case({"q": "a, b"}, "c")
    assert Prompts("c.csv", 1, 1, 1, folder=tmp_path).data["test-0"].answer in {"c", "e", "g"}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("c.txt", "", "jsonl and .csv"),
        ("c.jsonl", "[1]", "line 1: no JSON object"),
        ("c.jsonl", "{", "line 1: no JSON object"),
        ("c.jsonl", '{"q": "a"}', "line 1: a case has 'answer'"),
        ("c.jsonl", '{"q": "a", "answer": 1, "choices": [2, 3]}', "line 1: 'answer' is none of the choices"),
        ("c.csv", "answer\nx\n", "line 2: a case has"),
        ("c.csv", "q,answer\na,b\nc\n", "line 3: its fields are not those of the header"),
        ("c.csv", "q,answer\na,b,c\n", "line 2: its fields are not those of the header"),
        ("c.csv", "q,answer\n\udcff,b\n", "can't decode byte 0xff"),
    ],
)
def test_wrong_files_are_refused_by_name_and_line(tmp_path, name, text, message):
    (tmp_path / name).write_text(text, "utf-8", "surrogateescape")
    with pytest.raises(ConfigError, match=message):
        read_cases(tmp_path / name)


def test_a_question_that_stands_in_a_file_twice_is_dealt_once_and_a_byte_order_mark_names_nothing(tmp_path):
    (tmp_path / "c.csv").write_text("q,answer\na,1\nb,1\nb,1\nb,1\n", "utf-8-sig")
    with pytest.raises(ConfigError, match="there are 2 different cases"):
        Prompts("c.csv", 1, 1, 1, folder=tmp_path)
    data = Prompts("c.csv", 1, 0, 1, folder=tmp_path).data
    assert {case.inputs["q"] for case in data} == {"a", "b"}
