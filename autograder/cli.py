"""The command line: `python -m autograder COMMAND`. Each command imports only the rooms it needs."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from autograder.console import complain, one_line, shown_path, writable
from autograder.errors import FAILED, FINE, WRONG_USE, CourseError

#: What `bench` measures.
SECTIONS = ("imports", "checks", "lessons", "alone", "grading", "growth", "course", "class")
#: When students see a test's result, in Gradescope's words.
VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")
WHEN_HIDDEN = "when students see the hidden tests' results (default: %(default)s)"
TRUST = "run submissions with your own rights where they cannot be shut in"


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 fine, 1 something failed its check, 2 wrong use."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    options.rest = rest
    if rest and options.command != "lab":
        parser.error(f"unknown: {' '.join(rest)}. See python -m autograder {options.command} --help.")
    try:
        return options.run(options)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("autograder."):
            return _complain(f"`{options.command}` needs the instructor's copy of the course; this is the learners'.")
        return _complain(
            f"the package {error.name!r} is missing here. Run `make lab` once: it installs all that is needed."
        )
    except CourseError as error:
        return _complain(str(error), error.exit_code)
    except OSError as error:
        return _complain(
            f"{error.filename}: {error.strerror}. Make it readable and writable, or work in a copy of the course."
        )
    except KeyboardInterrupt:
        return _complain("interrupted; what was finished is kept.")


def _lab(options: argparse.Namespace) -> int:
    """Open JupyterLab on the lessons."""
    from autograder.learner.lab import command, environment

    return subprocess.call(command(options.rest, instructor=options.instructor), env=environment())


def _build(options: argparse.Namespace) -> int:
    """Build the notebooks, or check that what is committed is current."""
    from autograder.build.builder import build, stale, strays
    from autograder.build.overwriting import SomebodysWork
    from autograder.build.text import stale_text

    lessons, status = _lessons(options.lessons), FINE
    for name in lessons:
        if options.check:
            for problem in stale(name):
                status = _complain(problem, FAILED)
            continue
        try:
            for line in build(name, force=options.force, execute=options.execute) or [f"{name} is current"]:
                print(line, flush=True)
        except SomebodysWork as error:
            status = _complain(str(error), FAILED)
    for problem in [*(() if options.lessons else strays()), *(line for name in lessons for line in stale_text(name))]:
        status = _complain(problem, FAILED)
    if options.check and status == FINE:
        print(f"{len(lessons)} lessons: all that is built is current.")
    return status


def _new(options: argparse.Namespace) -> int:
    """Begin an exercise: its folder, its probes and the lesson's cells."""
    from autograder.build.new import new_exercise

    [lesson] = _lessons([options.lesson])
    for path in new_exercise(options.exercise, lesson, options.after):
        print(f"wrote {os.path.relpath(path)}")
    print(f"It works as it is. Next: python -m autograder build {lesson}")
    return FINE


def _bundle(options: argparse.Namespace) -> int:
    """Make the learners' zip."""
    from autograder.build.bundle import bundle

    path, count = bundle(Path(options.output), force=options.force)
    print(f"wrote {path}: {count} files, {path.stat().st_size / 1e6:.1f} MB")
    return FINE


def _check(options: argparse.Namespace) -> int:
    """Tell learners how far they are, or what grading will make of a notebook that is to be handed in."""
    from autograder.submission.fresh import FreshProcess

    with FreshProcess() as fresh:  # while that starts
        from autograder import stored
        from autograder.submission.readiness import details, find_notebooks, look_over, progress

        status, asked = FINE, options.lessons or stored.lessons()
        for number, (lesson, path) in enumerate([found for word in asked for found in find_notebooks(word)]):
            ready = look_over(lesson, path, None if number else fresh)
            print(writable(details(ready) if options.submit else progress(ready)), flush=True)
            status = status if ready.is_ready else FAILED
    return status


def _audit(options: argparse.Namespace) -> int:
    """Judge every known mistake, every accepted style, and answers that nobody wrote, with every check."""
    from autograder.audit.audit import ALL, BANK, THOROUGH, as_json, audit, summary
    from autograder.audit.kill_table import print_row, print_summary, store

    if options.processors:
        return _audit_processors(options)
    rows, scope = [], THOROUGH if options.thorough else BANK if options.bank else ALL
    for row in audit(_exercises(options.lessons), options.jobs, scope, shut_in=not options.in_process):
        rows.append(row)
        if not options.json:
            print_row(row)
    if options.json:
        print(json.dumps(as_json(rows), indent=1))
    else:
        print_summary(rows)
    if not options.lessons:
        store(rows)
    return FINE if summary(rows)["passed"] else FAILED


def _audit_processors(options: argparse.Namespace) -> int:
    """Say whether the build and the audit are the same on other processors, as far as this one can show that."""
    from autograder.audit.processors import compare_processors, sensitive, settings

    status, asked = FINE, _exercises(options.lessons) if options.lessons else sensitive()
    print(f"audited: {', '.join(asked)}", flush=True)
    for setting, apart in compare_processors(asked, options.jobs):
        print(f"{setting.name}: {f'{len(apart)} differences' if apart else 'the same'}", flush=True)
        for line in apart:
            status = _complain(f"{setting.name}: {line}", FAILED)
    for setting in settings():
        if not setting.runs:
            print(f"{setting.name}: skipped, this processor cannot show it")
        elif setting.is_own:
            print(f"{setting.name}: so this processor computes, and the others are compared with it")
    return status


def _try(options: argparse.Namespace) -> int:
    """Grade a plain Python file against one exercise."""
    from autograder.grading.attempt import attempt

    result = attempt(options.exercise, Path(options.file), options.trust_submissions)
    if options.json:
        print(json.dumps(result, indent=1, ensure_ascii=False))
    else:
        for part in result["parts"]:
            print(f"{'✓' if part['passed'] else '✗'} {part['name']}: {part['points']:g} of {part['max_points']:g}")
            if part["message"]:
                print(*(f"    {one_line(line)}" for line in part["message"].splitlines()), sep="\n")
        print(f"{result['exercise']}: {result['points']:g} of {result['max_points']:g} points")
    return FINE if result["points"] == result["max_points"] else FAILED


def _grade(options: argparse.Namespace) -> int:
    """Grade a class's submissions of one lesson."""
    if not (options.dry_run or options.cluster):
        _begin_judging(options.lesson, options.submissions or "")
    from autograder.grading.grade import grade_and_print

    passed = grade_and_print(
        options.lesson,
        options.submissions,
        options.jobs,
        options.trust_submissions,
        options.times,
        options.roster,
        options.due,
        options.dry_run,
        options.cluster,
    )
    return FINE if passed else FAILED


def _begin_judging(lesson: str, submissions: str = "") -> None:
    from autograder.grading.starting import begin
    from autograder.lessons import find_lesson

    begin(find_lesson(lesson), submissions)


def _regrade(options: argparse.Namespace) -> int:
    """Grade again what was graded, where a test has changed, and print what that changes."""
    if not options.cluster:
        _begin_judging(options.lesson)
    from autograder.grading.grade import regrade_and_print

    given = options.lesson, options.jobs, options.trust_submissions, options.cluster
    return FINE if regrade_and_print(*given) else FAILED


def _report(options: argparse.Namespace) -> int:
    """Write the page that a teacher reads first: of one lesson, or of the whole course."""
    from autograder.reports.report import Asked, report_and_print

    asked = (options.lesson, options.classroom, options.output, options.json, options.anonymous)
    report_and_print(Asked(*asked))
    return FINE


def _export(options: argparse.Namespace) -> int:
    """Write grades, feedback or anonymous answers to a file that other systems read."""
    from autograder.lessons import find_lesson
    from autograder.reports.export import Order, export_and_print

    names = tuple(dict.fromkeys(map(find_lesson, options.lessons)))
    order = (options.feedback, options.worksheet, options.column, options.output, options.force, options.classroom)
    export_and_print(Order(options.kind, names, *order))
    return FINE


def _similar(options: argparse.Namespace) -> int:
    """Name pairs of submissions that share more than the exercises explain, to be looked at by a person."""
    from autograder.lessons import find_lesson
    from autograder.reports.similar import similar_and_print

    similar_and_print(find_lesson(options.lesson), options.classroom, options.json)
    return FINE


def _feedback(options: argparse.Namespace) -> int:
    """Write the students' pages again, with points and comments that were set by hand."""
    from autograder.grading.classroom import Classroom
    from autograder.grading.pages import write_pages

    [lesson] = _lessons([options.lesson])
    classroom = Classroom.of_the_course()
    pages = write_pages(lesson, classroom)
    print(f"{len(pages)} pages: {shown_path(classroom.root / 'feedback')}/<student>/{lesson}/{lesson}.html")
    return FINE


def _gradescope(options: argparse.Namespace) -> int:
    """Make a lesson's autograder archive for Gradescope."""
    from autograder.grading.gradescope.archive import write_archive

    output = Path(options.output or f"gradescope-{options.lesson}.zip")
    count = write_archive(options.lesson, output, options.hidden, force=options.force)
    print(f"wrote {output}: {count} files, {output.stat().st_size / 1e6:.1f} MB")
    return FINE


def _jobs(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError("must be a whole number above 0")
    return int(text)


def _section(text: str) -> str:
    if text not in SECTIONS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(SECTIONS)}")
    return text


def _doctor(options: argparse.Namespace) -> int:
    """Say whether strangers' code can be shut in on this machine."""
    from autograder.sandbox.isolation import NAMESPACES, try_sandbox

    found = try_sandbox()
    if found.name == NAMESPACES:
        print("✓ Submissions are shut in: own namespaces, read-only system, no network, limits on time and memory.")
        return FINE
    print(f"✗ Submissions cannot be shut in: {found.reason}.")
    print("  `grade` refuses to run them, unless --trust-submissions is given.")
    return FAILED


def _bench(options: argparse.Namespace) -> int:
    """Measure how long the checks, the lessons and the grading take, beside other tools."""
    from autograder.bench.bench import bench

    bench(options.sections, options.students)
    return FINE


def _lessons(asked: list[str]) -> list[str]:
    """Full names of lessons, in order: those asked for by their name or by that of an exercise; all if none is."""
    from autograder.lessons import find_lesson, lesson_names, lesson_of, names_exercise

    found = {lesson_of(word).name if names_exercise(word) else find_lesson(word) for word in asked}
    return [name for name in lesson_names() if name in found or not asked]


def _exercises(asked: list[str]) -> list[str]:
    """The exercises asked for, by name or by the name of their lesson; all if none is."""
    from autograder.lessons import find_exercises, lesson_names

    return list(dict.fromkeys(name for word in asked or lesson_names() for name in find_exercises(word)))


def _complain(message: str, status: int = WRONG_USE) -> int:
    complain(message)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m autograder", description="Build, check and grade the batch normalization course."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Callable, *examples: str) -> argparse.ArgumentParser:
        epilog = "examples:\n" + "\n".join(f"  python -m autograder {example}" for example in examples)
        made = commands.add_parser(
            name,
            help=run.__doc__,
            description=run.__doc__,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(run=run)
        return made

    made = command("lab", _lab, "lab", "lab --no-browser --port=9000    (options are handed to JupyterLab)")
    made.add_argument("--instructor", action="store_true", help="with nbgrader's menus, all kernels and all files")

    made = command("build", _build, "build", "build 03_forward", "build --check", "build 03_forward --force")
    made.add_argument(
        "lessons", nargs="*", metavar="LESSON|EXERCISE", help="for instance 03_forward; all lessons if none is given"
    )
    made.add_argument("--check", action="store_true", help="change nothing; fail and name what is out of date")
    made.add_argument("--force", action="store_true", help="replace notebooks that somebody changed, keeping a copy")
    made.add_argument("--execute", action="store_true", help="run the notebooks even if their cells have not changed")

    made = command("new", _new, "new clip --lesson 03", "new clip --lesson 03 --after batch_statistics")
    made.add_argument("exercise", help="its function's name")
    made.add_argument("--lesson", required=True, help="the lesson that gets it")
    made.add_argument("--after", default="", metavar="EXERCISE", help="where in the lesson (default: behind the last)")

    made = command("bundle", _bundle, "bundle", "bundle --output handout.zip")
    made.add_argument("--output", default="batchnorm-course.zip", help="the zip to write (default: %(default)s)")
    made.add_argument("--force", action="store_true", help="replace the zip if it is there")

    made = command("check", _check, "check", "check 03_forward", "check --submit 03_forward", "check --submit my.ipynb")
    made.add_argument(
        "lessons", nargs="*", metavar="LESSON", help="or a notebook, or a folder of them; all lessons if none is given"
    )
    made.add_argument("--submit", action="store_true", help="say all that grading will say of the notebook itself")

    made = command(
        "audit",
        _audit,
        "audit",
        "audit 03_forward",
        "audit batchnorm_forward",
        "audit --json",
        "audit --bank",
        "audit --thorough",
        "audit --processors",
    )
    made.add_argument("lessons", nargs="*", metavar="LESSON|EXERCISE", help="all lessons if none is given")
    scope = made.add_mutually_exclusive_group()
    scope.add_argument("--bank", action="store_true", help="only what is written in the banks, and nothing generated")
    scope.add_argument("--thorough", action="store_true", help="all that is generated, and not some for each exercise")
    told = "say whether other processors, as far as this one can show them, judge the same"
    made.add_argument("--processors", action="store_true", help=told)
    told = "run no answer as a student's, in a process of its own; the arithmetic is the same"
    made.add_argument("--in-process", action="store_true", help=told)
    made.add_argument("--jobs", type=_jobs, default=os.cpu_count(), help="exercises at a time (default: %(default)s)")
    made.add_argument("--json", action="store_true", help="print the table for programs")

    made = command("try", _try, "try batchnorm_forward my_forward.py", "try center answer.py --json")
    made.add_argument("exercise", help="for instance batchnorm_forward")
    made.add_argument("file", help="a Python file that defines it")
    made.add_argument("--trust-submissions", action="store_true", help=TRUST)
    made.add_argument("--json", action="store_true", help="print the result for programs")

    made = command(
        "grade", _grade,
        "grade 03_forward", "grade 03_forward --submissions ~/class/week3", "grade 03 --submissions moodle.zip",
        "grade 03 --submissions moodle.zip --dry-run", "grade 03 --submissions w3.zip --due 2026-02-01T12:00+01:00",
        "grade 03 --collected", "grade 03 --submissions w3.zip --cluster tcp://head:8786",
    )  # fmt: skip
    source = made.add_mutually_exclusive_group()
    source.add_argument(
        "--collected",
        dest="submissions",
        action="store_const",
        const=str(Path(__file__).parent / "classroom" / "submitted"),
        help="grade what `nbgrader collect` has collected",
    )
    source.add_argument(
        "--submissions",
        metavar="DIR|ARCHIVE",
        help="holds <student>/<lesson>/<lesson>.ipynb, or is what a system gave: Moodle, Canvas, Blackboard, "
        "Gradescope, Sakai, Brightspace, nbgrader, GitHub Classroom; packed or unpacked; without it, a sample class",
    )
    made.add_argument(
        "--times", metavar="FILE.csv", help="when each handed in: columns student, handed_in (2026-01-31T12:00+01:00)"
    )
    told = "who is in the class: id, name, email, section, extension (default: autograder/classroom/roster.csv)"
    made.add_argument("--roster", metavar="FILE.csv", help=told)
    made.add_argument("--due", metavar="TIME", help="when it is due, as 2026-02-01T12:00+01:00; the gradebook keeps it")
    made.add_argument("--dry-run", action="store_true", help="say what would be graded and why; write nothing")
    grading = [made, command("regrade", _regrade, "regrade 03_forward")]
    for made in grading:
        made.add_argument("lesson", help="for instance 03_forward")
        made.add_argument("--jobs", type=_jobs, default=os.cpu_count(), help="judged at a time (default: %(default)s)")
        made.add_argument("--trust-submissions", action="store_true", help=TRUST)
        told = "judge on the workers of this Dask scheduler, such as tcp://head:8786; see autograder/grading/cluster.md"
        made.add_argument("--cluster", default="", metavar="ADDRESS", help=told)

    made = command(
        "report", _report, "report 03_forward", "report    (all lessons)", "report 03 --json", "report 03 --anonymous"
    )
    made.add_argument("lesson", nargs="?", default="", help="for instance 03_forward; without it, the course")
    made.add_argument("--classroom", default="", metavar="DIR", help="where the class was graded")
    told = "the file to write (default: in the classroom's folder `reports`)"
    made.add_argument("--output", default="", metavar="FILE", help=told)
    made.add_argument("--json", action="store_true", help="the figures for programs, and no page")
    made.add_argument("--anonymous", action="store_true", help="without names, answers and notes: fit to be shown")

    made = command(
        "export",
        _export,
        "export 03_forward --csv",
        "export 03_forward --moodle --worksheet Grades-Forward.csv",
        "export 03_forward --moodle --feedback",
        'export 03_forward --canvas --worksheet gradebook.csv --column "Forward (4711)"',
        "export --csv --output course.csv    (all lessons)",
        "export --anonymous",
    )
    made.add_argument("lessons", nargs="*", metavar="LESSON", help="all that were graded if none is given")
    kinds = made.add_mutually_exclusive_group(required=True)
    for kind, told in {
        "csv": "a table for people and programs",
        "moodle": "a grading worksheet",
        "canvas": "a gradebook to import",
        "blackboard": "a gradebook to upload; needs --worksheet",
        "sakai": "grades.csv; needs --worksheet",
        "brightspace": "grades to import; needs --worksheet",
        "gradescope": "such a table as Gradescope gives; it imports none itself",
        "anonymous": "answers and verdicts for research, without what tells whose they are",
    }.items():
        kinds.add_argument(f"--{kind}", action="store_const", const=kind, dest="kind", help=told)
    made.add_argument("--worksheet", default="", metavar="FILE", help="that system's own file, to be filled in")
    made.add_argument("--column", default="", metavar="NAME", help="the column of that file which the points go into")
    made.add_argument("--feedback", action="store_true", help="the feedback pages, as Moodle and Canvas take them back")
    made.add_argument(
        "--output", default="", metavar="FILE", help="the file to write (default: called after the lesson)"
    )
    made.add_argument("--force", action="store_true", help="replace the file if it is there")
    made.add_argument("--classroom", default="", metavar="DIR", help="where the class was graded")

    made = command("similar", _similar, "similar 03_forward", "similar 03_forward --json")
    made.add_argument("lesson", help="for instance 03_forward")
    made.add_argument("--classroom", default="", metavar="DIR", help="where the class was graded")
    made.add_argument("--json", action="store_true", help="print the pairs for programs")

    made = command("feedback", _feedback, "feedback 03_forward")
    made.add_argument("lesson", help="for instance 03_forward")

    made = command("gradescope", _gradescope, "gradescope 03_forward", "gradescope 03_forward --hidden after_published")
    made.add_argument("lesson", help="for instance 03_forward")
    made.add_argument("--output", metavar="FILE.zip", help="the zip to write (default: gradescope-LESSON.zip)")
    made.add_argument("--hidden", choices=VISIBILITIES, default=VISIBILITIES[1], help=WHEN_HIDDEN)
    made.add_argument("--force", action="store_true", help="replace the zip if it is there")

    command("doctor", _doctor, "doctor")

    made = command("bench", _bench, "bench", "bench grading growth", "bench class --students 300")
    told = f"of {', '.join(SECTIONS)}; all but `class` if none is given"
    made.add_argument("sections", nargs="*", type=_section, metavar="SECTION", help=told)
    made.add_argument("--students", type=_jobs, default=0, help="how many `class` makes and grades (default: 10,000)")
    return parser
