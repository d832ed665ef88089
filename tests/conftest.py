"""What holds for all tests."""

from evoengine.executors import local

# Evaluator processes get a chosen environment; with this in it, coverage measures them too.
local.PASSED_ON += ("COVERAGE_PROCESS_CONFIG",)
