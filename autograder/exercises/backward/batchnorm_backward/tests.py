"""Hidden tests of batchnorm_backward."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.backward.batchnorm_backward import exercise
from autograder.learner.probes.backward.inputs import BIG_EPS, CONSTANT, NARROW, SINGLE, SQUARE, TALL, WIDE

FRESH = (TALL, WIDE, SQUARE)


EDGES = (BIG_EPS, CONSTANT, NARROW)


def backward_oracle(dout, cache):
    x, gamma = tensor(cache["x"]).requires_grad_(), tensor(cache["gamma"]).requires_grad_()
    beta = torch.zeros_like(gamma, requires_grad=True)
    # below torch.nn.functional, which refuses a batch of one
    torch.batch_norm(x, gamma, beta, None, None, True, 0.1, cache["eps"], False).backward(tensor(dout))
    return x.grad.numpy(), gamma.grad.numpy(), beta.grad.numpy()


bank = Bank(
    exercise,
    parts=[
        Part("fresh batches", 3, FRESH),
        Part("eps, constant and narrow columns, one row", 2, (*EDGES, SINGLE)),
        Part("a second call", 1, ("called twice",)),
    ],
    oracle=backward_oracle,
)
