"""Right answers to make_generator in other styles."""

import torch
from torch import nn


def the_last_layer_after_the_loop(noise_size, channels):
    sizes, layers = [noise_size, *channels], []
    for index in range(len(channels) - 1):
        shape = {"stride": 2, "padding": 1} if index else {}
        layers.append(nn.ConvTranspose2d(sizes[index], sizes[index + 1], kernel_size=4, bias=False, **shape))
        layers.append(nn.BatchNorm2d(sizes[index + 1]))
        layers.append(nn.ReLU(inplace=True))
    shape = {"stride": 2, "padding": 1} if len(channels) > 1 else {}
    layers.append(nn.ConvTranspose2d(sizes[-2], sizes[-1], kernel_size=4, **shape))
    return nn.Sequential(*layers, nn.Tanh())


def pairs_of_sizes_stride_computed_from_the_index(noise_size, channels):
    channels = list(channels)
    pairs = list(zip([noise_size, *channels[:-1]], channels))
    net = nn.Sequential()
    for k, (c_in, c_out) in enumerate(pairs):
        net.append(nn.ConvTranspose2d(c_in, c_out, 4, min(k, 1) + 1, min(k, 1), bias=k + 1 == len(pairs)))
        if k + 1 < len(pairs):
            net.extend([nn.BatchNorm2d(c_out), nn.ReLU()])
    return net.append(nn.Tanh())


def too_much_built_then_taken_away(noise_size, channels):
    layers = []
    for index, c_out in enumerate(channels):
        c_in = channels[index - 1] if index else noise_size
        layers += [nn.ConvTranspose2d(c_in, c_out, 4, 1 + (index > 0), int(index > 0), bias=False)]
        layers += [nn.BatchNorm2d(c_out), nn.ReLU()]
    del layers[-2:]
    layers[-1].bias = nn.Parameter(torch.zeros(channels[-1]))
    return nn.Sequential(*layers, nn.Tanh())
