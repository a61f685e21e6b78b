"""The oracle of BatchNorm1d: a second right answer, independent of the solution."""

import torch


class BatchNorm1d(torch.nn.BatchNorm1d):
    """torch's own layer, which refuses before it counts."""

    def forward(self, x):
        if len(x) < 2 and (self.training or not self.track_running_stats):
            raise ValueError("a batch of one")
        return super().forward(x)
