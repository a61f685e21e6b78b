"""Right answers to train_epoch in other styles."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional


def losses_in_a_list_gradients_cleared_by_hand(model, batches, rate):
    model.train(True)
    measured, sizes = [], []
    for x, y in batches:
        if x.size(0) > 1:
            model.zero_grad()
            loss = nn.CrossEntropyLoss()(model(x), y)
            loss.backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.sub_(parameter.grad, alpha=rate)
            measured.append(loss.item())
            sizes.append(len(x))
    return np.average(measured, weights=sizes)


def log_softmax_written_out_a_tensor_comes_back(model, batches, rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    model.train()
    used = [(x, y) for x, y in batches if len(y) != 1]
    total = 0
    for x, y in used:
        optimizer.zero_grad(set_to_none=False)
        logits = model(x)
        each = torch.logsumexp(logits, dim=1) - logits[torch.arange(len(y)), y]
        each.mean().backward()
        optimizer.step()
        total = total + each.sum().detach()
    return total / sum(len(y) for _, y in used)


def cleared_before_and_after(model, batches, rate):
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    optimizer.zero_grad()
    model.train()
    total, count = 0.0, 0
    for x, y in batches:
        if len(x) == 1:
            continue
        loss = functional.nll_loss(functional.log_softmax(model(x), dim=1), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        total, count = total + float(loss) * len(x), count + len(x)
    return total / count
