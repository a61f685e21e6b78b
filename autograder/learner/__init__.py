"""What learners call from the notebooks."""

from autograder.learner.check import CheckFailed, check, checking
from autograder.learner.check_setup import check_setup
from autograder.learner.data import load_digits, load_mnist, load_wine, split
from autograder.learner.experiment import closest, needs, predict, verdict
from autograder.learner.explore import explore
from autograder.learner.figures import use_course_style
from autograder.learner.missing_names import tell_missing_names
from autograder.learner.progress import score_so_far
from autograder.learner.quiz import derive, quiz
from autograder.learner.threads import use_one_thread

__all__ = [
    "CheckFailed",
    "check",
    "check_setup",
    "checking",
    "closest",
    "derive",
    "explore",
    "load_digits",
    "load_mnist",
    "load_wine",
    "needs",
    "predict",
    "quiz",
    "score_so_far",
    "split",
    "use_course_style",
    "verdict",
]

use_one_thread()
tell_missing_names()
