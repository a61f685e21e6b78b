"""Grade students' notebooks with otter-grader, whose Python need not have this course: archive, then folders."""

import json
import sys
from pathlib import Path

from otter.api import grade_submission  # type: ignore[import-not-found]

archive, *students = sys.argv[1:]
for student in map(Path, students):
    found = grade_submission(str(student / "student.ipynb"), archive, quiet=True)
    (student / "results.json").write_text(json.dumps({"points": found.total}), encoding="utf-8")
