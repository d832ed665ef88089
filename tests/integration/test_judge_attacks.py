"""How far a judge is moved by texts that speak to it can be measured without a model too."""

import re

from benchmarks import judge_attacks


def test_the_simulated_judge_is_asked_in_each_form_about_each_kind_of_line(capsys):
    judge_attacks.main()
    said = capsys.readouterr().out
    assert "a simulation, no model" in said
    assert "4 poems, 288 answers, 0 of them unreadable" in said
    rows = re.findall(r"^\| (\w+) \| ([a-z ]+) \| (0\.\d+) \|", said, re.MULTILINE)
    assert [(form, kind) for form, kind, _ in rows] == [
        (form, kind) for form in judge_attacks.FORMS for kind in judge_attacks.LINES
    ]
    assert "asks for nothing, 0 of 3; speaks to the judge, 6 of 6; praises, 0 of 3" in said
