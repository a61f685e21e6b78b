"""What only instructors have: hidden tests, wrong answers, and right answers in other styles."""

from autograder.exercises.hidden import grade

__all__ = ["grade"]
