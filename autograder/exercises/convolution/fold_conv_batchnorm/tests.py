"""Hidden tests of fold_conv_batchnorm."""

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.convolution.fold_conv_batchnorm import exercise


def torch_fold(weight, bias, gamma, beta, running_mean, running_var, eps):
    from torch.nn.utils.fusion import fuse_conv_bn_weights

    bias = None if bias is None else tensor(bias)
    statistics = (tensor(running_mean), tensor(running_var), eps, tensor(gamma), tensor(beta))
    return tuple(made.detach().numpy() for made in fuse_conv_bn_weights(tensor(weight), bias, *statistics))


bank = Bank(
    exercise,
    parts=[
        Part(
            "folded weight and bias",
            2,
            ("four filters of 3 by 2 by 5", "all sizes equal", "filters of one channel"),
        ),
        Part("no bias, and eps from 1e-5 to 1", 1, ("no bias", "eps from 1e-5 to 1")),
    ],
    oracle=torch_fold,
)
