"""The oracle of make_generator: a second right answer, independent of the solution."""

from torch import nn


def make_generator(noise_size, channels):
    sizes = [noise_size, *channels]
    strides = [(1, 0)] + [(2, 1)] * (len(channels) - 1)
    net = nn.Sequential()
    for c_in, c_out, (stride, padding) in zip(sizes[:-1], sizes[1:], strides):
        net.append(nn.ConvTranspose2d(c_in, c_out, (4, 4), (stride, stride), (padding, padding), bias=False))
        net.append(nn.BatchNorm2d(c_out))
        net.append(nn.ReLU())
    net[-3] = nn.ConvTranspose2d(sizes[-2], sizes[-1], 4, *strides[-1])
    net[-2] = nn.Tanh()
    return net[:-1]
