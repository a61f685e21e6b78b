"""What Python runs at the start of each kernel in the course's room; it does nothing in a terminal's Python."""

import sys

if "ipykernel" in sys.modules:
    import autograder.learner  # it does so itself

    del autograder
del sys
