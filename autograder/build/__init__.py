"""From a lesson's text to the instructor's notebook, the learners' notebook and the learners' zip."""
