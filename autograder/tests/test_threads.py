"""One thread, whatever was imported first."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "order",
    ["import numpy, torch, autograder.learner", "import numpy, autograder.learner, torch"],
    ids=["loaded before", "loaded after"],
)
def test_numpy_and_torch_use_one_thread_whenever_they_are_loaded(order):
    code = f"{order}\nfrom threadpoolctl import threadpool_info as info\n"
    code += "print({pool['num_threads'] for pool in info()}, torch.get_num_threads())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "{1} 1\n"
