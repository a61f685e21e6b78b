"""The oracle of fold_conv_batchnorm: a second right answer, independent of the solution."""

from autograder.exercises.oracles import tensor


def fold_conv_batchnorm(weight, bias, gamma, beta, running_mean, running_var, eps):
    from torch.nn.utils.fusion import fuse_conv_bn_weights

    bias = None if bias is None else tensor(bias)
    statistics = (tensor(running_mean), tensor(running_var), eps, tensor(gamma), tensor(beta))
    return tuple(made.detach().numpy() for made in fuse_conv_bn_weights(tensor(weight), bias, *statistics))
