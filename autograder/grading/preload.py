"""Imported by the process that workers are forked from, and by no other: what is the same for all of them."""

import contextlib
import gc
import os

import autograder.grading.marking  # noqa: F401  # what workers import
from autograder.grading.built import read_built
from autograder.grading.starting import LESSON
from autograder.learner.eager import leave_compiler_out
from autograder.submission.recognise import own_marks

leave_compiler_out()
own_marks()
with contextlib.suppress(Exception):  # what is wrong with a lesson is told where it is asked for
    read_built(os.environ[LESSON])
gc.freeze()  # what all share is looked at by none, which would copy it
