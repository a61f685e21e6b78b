"""What the second, independent answers have in common: most of them are torch's."""

import numpy as np
import torch


def tensor(array) -> torch.Tensor:
    """A float64 tensor of an array, whatever its dtype."""
    return torch.as_tensor(np.asarray(array), dtype=torch.float64)
