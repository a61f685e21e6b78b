"""Test the tests: every known mistake and every right answer against every check, in the graders' own way."""
