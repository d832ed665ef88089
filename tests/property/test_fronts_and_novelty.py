import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evoengine import archives
from tests.property import front_checks, novelty_checks

CHECKS = front_checks.CHECKS + novelty_checks.CHECKS


@pytest.mark.parametrize(
    ("check", "name", "strategies"), CHECKS, ids=[f"{name}-{check.__name__}" for check, name, _ in CHECKS]
)
def test_an_archive_keeps_to_its_rules(check, name, strategies):
    @settings(max_examples=80, deadline=None)
    @given(st.tuples(*strategies))
    def run(drawn):
        check(getattr(archives, name), *drawn)

    run()
