"""nbgrader reads this file when it is run in this folder; the course's own commands read it too."""

import os
import shutil
import sys
import sysconfig
from pathlib import Path

from autograder.lessons import STUB

c = get_config()  # noqa: F821  (nbgrader defines it)
c.CourseDirectory.course_id = "batchnorm"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
# nbgrader makes the gradebook, but not the folder it lies in.
Path(c.CourseDirectory.root, "autograder", "classroom").mkdir(exist_ok=True)
c.CourseDirectory.source_directory = "solutions"
# Not "notebooks": what nbgrader replaces, it deletes first, and what learners work on is there.
for step in ("release", "submitted", "autograded", "feedback"):
    c.CourseDirectory[f"{step}_directory"] = f"autograder/classroom/{step}"
c.CourseDirectory.db_url = f"sqlite:///{c.CourseDirectory.root}/autograder/classroom/gradebook.db"
# To make a gradebook nbgrader calls the program `alembic`, which is not found where no environment is activated.
if not shutil.which("alembic"):
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), sysconfig.get_path("scripts")])
c.ClearSolutions.code_stub = {"python": STUB}
# The questions of a lesson are answered in the instructor's notebook, and open in the learners'. Whoever only reads
# these settings does not wait for what does that.
if "nbgrader.converters" in sys.modules:
    from autograder.build.open_questions import OpenQuestions

    c.GenerateAssignment.preprocessors.prepend([OpenQuestions])
c.ExecutePreprocessor.timeout = 120
c.Execute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]
# nbgrader gives no points to a cell that wrote on stderr, but a warning is not a wrong answer: leave it out.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"[\s\S]"
c.HTMLExporter.exclude_anchor_links = True
