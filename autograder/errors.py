"""What the course tells a person who has to do something: one base for all such errors.

CourseError
├─ lessons        LessonError; UnknownLesson in lesson_names, StoredError in stored
├─ exercises      BankError
├─ build          BundleError, CannotRun, ReleaseError, SomebodysWork
├─ submission     NoSuchFile, Refused (and collecting's Missing)
├─ sandbox        IsolationError
├─ collecting     RosterError, SubmissionsError, TimesError
├─ grading        AttemptError, GradebookError, GradingError
└─ reports        ExportError, ReportError, SimilarError

Each stands in the room that raises it. The message names the file or the word, says what is wrong, and what to do next.
"""

from __future__ import annotations

#: Exit codes of commands: all fine; something failed its check; wrong use, or a state that the person must change.
FINE, FAILED, WRONG_USE = 0, 1, 2


class CourseError(Exception):
    """Something that the person at the keyboard can put right.

    Attributes:
        exit_code: of a command that ends with it.
    """

    exit_code = WRONG_USE
