"""Take some of torch's own operators out of a process: whatever they are called through, only NaN comes back.

`autograder.learner.diagnosis.guard.forbidding` watches for them and tells learners, but stands where their code
runs, which can switch it off. What is done here before that code begins takes more to undo than the exercise to solve.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path


def refuse(names: tuple[str, ...]) -> None:
    """Put NaN in place of the operators with one of these names in theirs."""
    import torch

    def nothing(*args, **kwargs):
        given = next(argument for argument in args if isinstance(argument, torch.Tensor))
        return tuple(torch.full_like(given, torch.nan) for _ in range(3))  # as many as such an operator returns

    named = [
        operator
        for operator in torch._C._dispatch_get_all_op_names()
        if operator.startswith("aten::") and any(name in operator for name in names)
    ]
    for kind in ("CPU", "NestedTensorCPU", "MkldnnCPU"):
        library = torch._C._dispatch_library("IMPL", "aten", kind, "")
        for operator in named:
            if _computes(operator, kind):
                library.impl(operator, kind, nothing)
        # The kernels last as long as this object, and with it they could be taken back: nothing else refers to it.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(library))


def libraries() -> Path | None:
    """The folder without which another Python, in which nothing is refused, cannot load torch."""
    torch = sys.modules.get("torch")
    return Path(str(torch.__file__)).parent / "lib" if torch else None


def _computes(operator: str, kind: str) -> bool:
    """Whether an operator has code of its own for a kind of tensor; the others only call those that have."""
    from torch._C import _dispatch_has_kernel_for_dispatch_key as has_code

    return has_code(operator, kind) or (kind == "CPU" and has_code(operator, "CompositeExplicitAutograd"))
