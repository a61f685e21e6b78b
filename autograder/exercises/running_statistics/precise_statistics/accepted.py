"""Right answers to precise_statistics in other styles."""

import torch


def counts_means_and_squares_batch_by_batch(model, loader):
    norms = [part for part in model.modules() if hasattr(part, "running_var")]
    seen = {norm: [] for norm in norms}
    handles = [norm.register_forward_pre_hook(lambda norm, args: seen[norm].append(args[0])) for norm in norms]
    before = model.training
    model.train(True)
    with torch.inference_mode():
        for batch in loader:
            model(batch)
    model.train(mode=before)
    for handle in handles:
        handle.remove()
    for norm, batches in seen.items():
        count, mean, squares = 0, torch.zeros_like(norm.running_mean), torch.zeros_like(norm.running_var)
        for batch in batches:
            total, step = count + len(batch), batch.mean(0) - mean
            squares = squares + batch.var(0, correction=0) * len(batch) + step**2 * count * len(batch) / total
            mean = mean + step * len(batch) / total
            count = total
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(squares / (count - 1))


def new_tensors_as_buffers_the_model_comes_back(model, loader):
    norms = [part for part in model.modules() if getattr(part, "running_mean", None) is not None]
    rows = {norm: [] for norm in norms}
    hooks = [norm.register_forward_pre_hook(lambda norm, args: rows[norm].append(args[0].detach())) for norm in norms]
    flag = model.training
    if not flag:
        model.train()
    for batch in loader:
        model(batch)
    if not flag:
        model.eval()
    for hook in hooks:
        hook.remove()
    for norm in norms:
        norm.running_var, norm.running_mean = torch.var_mean(torch.vstack(rows[norm]), dim=0)
    return model
