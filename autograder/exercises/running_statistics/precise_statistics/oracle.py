"""The oracle of precise_statistics: a second right answer, independent of the solution."""

import torch


def precise_statistics(model, loader):
    """Independent: hooks that are given by torch's own layers, statistics put together by the law of total variance."""
    layers = [layer for layer in model.modules() if isinstance(layer, torch.nn.BatchNorm1d)]
    kept, momenta, mode = {layer: [] for layer in layers}, [layer.momentum for layer in layers], model.training
    model.train()
    for layer in layers:
        layer.momentum = 1.0  # each batch leaves exactly its own statistics
    for x in loader:
        with torch.no_grad():
            model(x)
        for layer in layers:
            kept[layer].append((len(x), layer.running_mean.clone(), layer.running_var.clone()))
    for layer, momentum in zip(layers, momenta):
        layer.momentum = momentum
        rows = sum(n for n, _, _ in kept[layer])
        mean = sum(n * m for n, m, _ in kept[layer]) / rows
        squares = sum((n - 1) * v + n * (m - mean) ** 2 for n, m, v in kept[layer])
        layer.running_mean.copy_(mean)
        layer.running_var.copy_(squares / (rows - 1))
    model.train(mode)
