"""The oracle of update_running: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def update_running(running_mean, running_var, x, momentum):
    mean, var = tensor(running_mean).clone(), tensor(running_var).clone()
    torch.nn.functional.batch_norm(tensor(x), mean, var, training=True, momentum=momentum)
    return mean.numpy(), var.numpy()
