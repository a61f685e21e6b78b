"""What is known of a class's work before any of it is graded: who, which file, when, until when there was time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from autograder.collecting.collect import Collected, collect
from autograder.collecting.people import HandIn, Person, load_hand_ins
from autograder.collecting.roster import Roster
from autograder.collecting.times import with_times
from autograder.console import listed
from autograder.grading.class_list import class_list, due_date, extensions, handed_in_path
from autograder.grading.classroom import Classroom
from autograder.grading.intake import refuse_part, safe_id
from autograder.grading.receipts import collected_times
from autograder.grading.standing import Row


@dataclass(frozen=True)
class Understood:
    """A class's work, and what is told of it.

    Attributes:
        collected: the work.
        roster: who is in the class.
        due: when the lesson is due, in UTC; None if nobody has said.
        extensions: student -> how much more time than the class.
        remarks: sentences on the whole.
        before: ids of those of whom more is known from the download that their work came in.
    """

    collected: Collected
    roster: Roster
    due: datetime | None
    extensions: Mapping[str, timedelta]
    remarks: tuple[str, ...]
    before: frozenset[str] = frozenset()

    @property
    def news(self) -> list[HandIn]:
        """The files of which nothing better is known yet."""
        return [hand_in for hand_in in self.hand_ins if hand_in.person.id not in self.before]

    @property
    def hand_ins(self) -> list[HandIn]:
        """The files that count, of students as the gradebook calls them; late by our own times, where there are any."""
        return [self._hand_in(student.hand_in) for student in self.collected.students if student.hand_in]

    @property
    def rows(self) -> dict[str, Row]:
        """Student, as the gradebook has it -> what is to be recorded besides the work."""
        found = {}
        for hand_in in self.hand_ins:
            more = self.roster.extensions.get(hand_in.person.id)
            extension = more.after(self.due) if more and self.due else None
            told = (_names(hand_in.person), hand_in.handed_in, extension)
            found[hand_in.person.id] = Row(hand_in.person.id, None, (), *told)
        return found

    def seconds_late(self, hand_in: HandIn | None) -> float | None:
        """By how many seconds; None if nothing tells."""
        if not (hand_in and hand_in.handed_in and self.due):
            return None
        more = self.extensions.get(safe_id(hand_in.person.id), timedelta())
        return max(0.0, (hand_in.handed_in - self.due - more).total_seconds())

    def _hand_in(self, hand_in: HandIn) -> HandIn:
        seconds = self.seconds_late(hand_in)
        late = hand_in.late if seconds is None else seconds > 0
        return replace(hand_in, person=replace(hand_in.person, id=safe_id(hand_in.person.id)), late=late)


@contextlib.contextmanager
def understand(
    lesson: str,
    folder: Path,
    classroom: Classroom,
    handed_in: Mapping[str, datetime] | None = None,
    roster: Roster | None = None,
    due: datetime | None = None,
) -> Iterator[Understood]:
    """Collect a class's work, and put what the teacher says to it; nothing is written.

    Args:
        handed_in, roster, due: as in `grade_folder`.

    Raises:
        SubmissionsError, RosterError: as in `grade_and_print`.
    """
    refuse_part(folder, classroom)
    roster = roster or class_list(lesson, classroom)
    due = due or due_date(lesson, classroom)
    more = extensions(lesson, classroom, roster, due)
    with collect(folder, lesson, roster) as collected:
        before: set[str] = set()
        if is_collected(folder, classroom):
            collected, _ = with_times(collected, collected_times(lesson, classroom))
            before = set(load_hand_ins(handed_in_path(lesson, classroom)))
        collected, remarks = with_times(collected, handed_in or {})
        told = (*collected.remarks, *remarks, *_about(collected))
        yield Understood(collected, roster, due, more, told, frozenset(before))


def is_collected(folder: Path, classroom: Classroom) -> bool:
    """Whether a folder is the classroom's own, into which `nbgrader collect` collects."""
    return folder.resolve() == classroom.collected.resolve()


def never_there(collected: Collected, lesson: str, classroom: Classroom) -> list[Person]:
    """Who of the class is not in what was collected, and did not hand in before either."""
    before = load_hand_ins(handed_in_path(lesson, classroom))
    return [person for person in collected.missing if person.id not in before]


def _names(person: Person) -> dict[str, str]:
    """What nbgrader keeps of a person. The number in the system is one that stays."""
    first, _, last = person.name.rpartition(" ")
    number = next((person.ids[name] for name in ("canvas", "blackboard", "sakai", "sid") if name in person.ids), "")
    return {"first_name": first, "last_name": last, "email": person.email, "lms_user_id": number}


def _about(collected: Collected) -> list[str]:
    """Sentences on what is nobody's, and who is missing."""
    told = [f"Not used, since nobody's: {listed(collected.nobodys)}"] if collected.nobodys else []
    missing = [person.id for person in collected.missing]
    return told + ([f"In the roster and not there: {listed(missing)}"] if missing else [])
