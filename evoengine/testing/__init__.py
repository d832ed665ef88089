"""Shipped contract suites and scripted parts, for tests of what you add."""
