"""Open the questions that the instructor's notebook answers, when nbgrader makes the learners' notebook of it."""

from __future__ import annotations

import re

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

#: How the ids of cells begin that answer a question, and how such a cell ends.
ANSWERING = ("quiz-", "derive-")
ANSWER = re.compile(r'answer=".*"\)\Z')
OPEN = 'answer="?")'


class OpenQuestions(NbGraderPreprocessor):
    """What `nbgrader_config.py` has nbgrader do first with each notebook that it releases."""

    def preprocess_cell(self, cell: NotebookNode, resources: dict, _: int) -> tuple[NotebookNode, dict]:
        """Take the answer out of a cell."""
        if cell.get("id", "").startswith(ANSWERING):
            cell.source = ANSWER.sub(OPEN, cell.source)
        return cell, resources
