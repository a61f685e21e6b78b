"""The course's own package: what learners call, what builds the notebooks, and what grades them.

Rooms (each may import only what stands to its right):
`cli` -> `grading`, `build` -> `exercises` -> `lessons`, `learner`.
`learner` imports no other room: it is the only one that learners get.
"""

__version__ = "0.1.0"
