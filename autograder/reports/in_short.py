"""What a report says first, in sentences that name nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

#: An exercise whose discrimination is below this, the whole interval of it, tells little of who is strong.
POOR = 0.2


def lesson_in_short(report: Mapping) -> list[str]:
    """A lesson's report in some sentences, the most important ones first."""
    return [*_handed_in(report["counts"]), *_points(report), *_exercises(report["exercises"]), *_trouble(report)]


def course_in_short(report: Mapping) -> list[str]:
    """The course's report in some sentences."""
    lessons = [lesson for lesson in report["lessons"] if lesson["spread"]["n"]]
    lines = [f"{counted(len(lessons), 'lesson')} graded, of {counted(len(report['students']), 'student')}."]
    if lessons:
        hardest, newest = min(lessons, key=lambda lesson: lesson["spread"]["median"]), lessons[-1]
        lines.append(f"Hardest: {hardest['title']}, median {percent(hardest['spread']['median'])} of its points.")
        lines.append(f"Newest: {newest['title']}. {' '.join(_handed_in(newest))}")
    lines.append(f"{counted(len(report['help']['students']), 'student')} may need help.")
    if report["returning"]:
        first = report["returning"][0]
        lines.append(f"What comes back most: {first['name']}, with {counted(len(first['students']), 'student')}.")
    return lines


def _handed_in(counts: Mapping) -> Iterator[str]:
    told = {
        "graded": "graded",
        "not_graded": "handed in and not graded",
        "not_handed_in": "not handed in",
        "late": "late",
    }
    found = [f"{counts[key]:,} {words}" for key, words in told.items() if counts[key] or key == "graded"]
    yield f"{', '.join(found)}."


def _points(report: Mapping) -> Iterator[str]:
    spread, most = report["points"]["spread"], report["max_points"]
    if spread["n"]:
        low, high = number(spread["lower_quartile"]), number(spread["upper_quartile"])
        full = report["points"]["histogram"][-1]["students"] if report["points"]["histogram"] else 0
        yield (
            f"Median {number(spread['median'])} of {number(most)} points; half of the class has {low} to {high}; "
            f"{counted(full, 'student')} have all of them."
        )


def _exercises(exercises: Sequence[Mapping]) -> Iterator[str]:
    graded = [exercise for exercise in exercises if exercise["share"] is not None]
    if graded:
        hardest = min(graded, key=lambda exercise: exercise["share"])
        not_done = f"; {hardest['not_done']:,} left it undone" if hardest["not_done"] else ""
        yield f"Hardest: {hardest['name']}, {percent(hardest['share'])} of its points{not_done}."
    if poor := [exercise["name"] for exercise in graded if is_poor(exercise)]:
        yield f"Tells little of who is strong in the rest: {', '.join(poor)}."


def _trouble(report: Mapping) -> Iterator[str]:
    if report["mistakes"]:
        first = report["mistakes"][0]
        names, count = " / ".join(first["names"]), counted(len(first["students"]), "student")
        yield f"The most frequent mistake: {names} in {first['exercise']}, made by {count}."
    yield f"{counted(len(report['help']['students']), 'student')} may need help."
    if old := sum(version["students"] for version in report["judged"]["versions"] if not version["current"]):
        yield f"{counted(old, 'student')} judged with other tests or packages than today's: `regrade` looks again."


def is_poor(item: Mapping) -> bool:
    """Whether an item's whole interval of discrimination is low."""
    high = item["discrimination"]["high"]
    return high is not None and high < POOR


def counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def number(value: float) -> str:
    """Points, as people write them."""
    return f"{round(value, 2):g}"


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"
