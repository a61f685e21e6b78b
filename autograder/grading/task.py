"""What has to be known to grade one submission, and what comes of it: plain data, which go from process to process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from traitlets.config import Config

from autograder.grading.intake import HandedIn, Submission
from autograder.grading.results import Result
from autograder.grading.standing import Row, Standing


@dataclass(frozen=True)
class Task:
    """What has to be known to grade one submission.

    Attributes:
        handed: the file.
        secret: the classroom's, which decides on the hidden tests' data.
        before: what the gradebook has; of nobody's work, if it has nothing.
        is_recorded: whether it has anything.
        content: of the file, where it is not to be read from its path.
        kept: the text of the verdicts that were kept of the student; "" if there are none that count.
        same: the file is what those verdicts are on. None if that has to be found out.
        told: of the student and the work, to be recorded besides the points.
        late_rule: nbgrader's settings of what is taken for being late; None if nothing is.
        about: what the download told of the student, for the page.
    """

    handed: HandedIn
    secret: str
    before: Standing
    is_recorded: bool = False
    content: bytes | None = None
    kept: str = ""
    same: bool | None = False
    told: Row = field(default_factory=lambda: Row("", None))
    late_rule: Config | None = None
    about: Mapping = field(default_factory=dict)


@dataclass(frozen=True)
class Marked:
    """What became of one submission.

    Attributes:
        submission: as it was taken in.
        failed: why it could be read and not graded, or "".
        result: the student's line; None if it was refused or failed, and then the rest is empty.
        row: for the gradebook.
        notebook: the text of the copy that the classroom keeps.
        graded: the text of the graded notebook; "" if nothing was judged.
        page: the student's page.
        kept: the text of the verdicts that are to be kept.
    """

    submission: Submission
    failed: str = ""
    result: Result | None = None
    row: Row | None = None
    notebook: str = ""
    graded: str = ""
    page: str = ""
    kept: str = ""
