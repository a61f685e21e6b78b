"""One thread for linear algebra: faster for a course's small matrices, and far faster beside another busy program."""

from __future__ import annotations

import os
import sys

from threadpoolctl import threadpool_limits


def use_one_thread() -> None:
    """Limit NumPy's and torch's threads in this process, whether they are loaded already or come later."""
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    threadpool_limits(1)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
