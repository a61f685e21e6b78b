"""Imported by the process that workers are forked from, and by no other: what is the same for all of them."""

import gc

import autograder.grading.worker  # noqa: F401  # what workers import
from autograder.learner.eager import leave_compiler_out
from autograder.submission.recognise import own_marks

leave_compiler_out()
own_marks()
gc.freeze()  # what all share is looked at by none, which would copy it
