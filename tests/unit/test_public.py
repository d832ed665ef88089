"""The public names: few, all there, and typed in the stub."""

import re
from pathlib import Path

import evoengine


def test_every_public_name_is_there_and_in_the_stub():
    stub = (Path(evoengine.__file__).with_suffix(".pyi")).read_text("utf-8")
    typed = re.findall(r"as (\w+)$", stub, re.MULTILINE)
    assert sorted(typed) == evoengine.__all__
    assert len(typed) <= 20
    assert all(getattr(evoengine, name) is not None for name in typed)
