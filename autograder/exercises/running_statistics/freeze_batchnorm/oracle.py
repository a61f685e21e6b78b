"""The oracle of freeze_batchnorm: a second right answer, independent of the solution."""

import torch


def freeze_batchnorm(model):
    """Independent: found by their class, and told one by one what they may do."""
    for norm in filter(lambda part: isinstance(part, torch.nn.BatchNorm1d), model.modules()):
        norm.training = False
        for parameter in norm.parameters():
            parameter.requires_grad = False
