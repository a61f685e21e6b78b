"""Right answers to fold_batchnorm in other styles."""

import torch


def a_diagonal_matrix(weight, bias, bn):
    root = torch.rsqrt(bn.running_var + bn.eps)
    slopes = root if bn.weight is None else bn.weight * root
    offset = -slopes * bn.running_mean if bn.bias is None else bn.bias - slopes * bn.running_mean
    return torch.diag(slopes) @ weight, offset if bias is None else offset + slopes * bias


def asking_a_copy_of_the_layer_for_its_answers(weight, bias, bn):
    import copy

    probe = copy.deepcopy(bn).eval()
    zero = torch.zeros_like(bn.running_mean)[None]
    slopes = probe(zero + 1) - probe(zero)
    start = zero if bias is None else bias[None]
    return weight * slopes.T, probe(start)[0]


def row_by_row_as_a_list(weight, bias, bn):
    rows, shifts = [], []
    for j in range(len(weight)):
        factor = 1.0 if bn.weight is None else bn.weight[j].item()
        factor = factor / (bn.running_var[j].item() + bn.eps) ** 0.5
        before = 0.0 if bias is None else bias[j].item()
        after = 0.0 if bn.bias is None else bn.bias[j].item()
        rows.append(weight[j] * factor)
        shifts.append(after + factor * (before - bn.running_mean[j].item()))
    return [torch.stack(rows), torch.tensor(shifts, dtype=weight.dtype)]
