"""Right answers to BatchNorm1d in other styles."""

import torch


class LerpInPlaceNoHelperMethod(torch.nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        if affine:
            self.weight = torch.nn.Parameter(torch.ones(num_features))
            self.bias = torch.nn.Parameter(torch.zeros(num_features))
        else:
            self.register_parameter("weight", None)
            self.register_parameter("bias", None)
        statistics = [torch.zeros(num_features), torch.ones(num_features), torch.tensor(0, dtype=torch.long)]
        names = ["running_mean", "running_var", "num_batches_tracked"]
        for name, start in zip(names, statistics):
            self.register_buffer(name, start if track_running_stats else None)

    def forward(self, x):
        if self.training or self.running_mean is None:
            n = x.shape[0]
            if n == 1:
                raise ValueError("one row has no variance")
            mean = x.mean(0)
            centred = x - mean
            var = centred.square().mean(0)
            if self.training and self.running_mean is not None:
                self.num_batches_tracked.add_(1)
                share = self.momentum if self.momentum is not None else 1.0 / self.num_batches_tracked.item()
                self.running_mean.lerp_(mean.detach(), share)
                self.running_var.lerp_(var.detach() * n / (n - 1), share)
        else:
            centred, var = x - self.running_mean, self.running_var
        out = centred * torch.rsqrt(var + self.eps)
        return out if self.weight is None else torch.addcmul(self.bias, self.weight, out)


class MulAndAddStatisticsByEinsumAndMatrixProducts(torch.nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        for name, value in (("weight", 1.0), ("bias", 0.0)):
            made = torch.nn.Parameter(torch.full((num_features,), value)) if affine else None
            self.register_parameter(name, made)
        self.tracks = track_running_stats
        empty = None
        self.register_buffer("num_batches_tracked", torch.zeros((), dtype=torch.int64) if self.tracks else empty)
        self.register_buffer("running_var", torch.ones(num_features) if self.tracks else empty)
        self.register_buffer("running_mean", torch.zeros(num_features) if self.tracks else empty)

    def forward(self, x):
        use_batch = self.training or not self.tracks
        if use_batch and not len(x) > 1:
            raise ValueError(f"{len(x)} row")
        if use_batch:
            average = torch.full((1, len(x)), 1 / len(x), dtype=x.dtype)
            centred = x - average @ x
            var = torch.einsum("nd,nd->d", centred, centred) / len(x)
            if self.training and self.tracks:
                self.remember(x)
        else:
            centred, var = x - self.running_mean[None, :], self.running_var
        x_hat = centred / (var + self.eps) ** 0.5
        return x_hat * self.weight + self.bias if self.weight is not None else x_hat

    @torch.no_grad()
    def remember(self, x):
        self.num_batches_tracked += 1
        factor = 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum
        for buffer, value in ((self.running_mean, x.mean(0)), (self.running_var, x.var(0))):
            buffer.mul_(1 - factor)
            buffer.add_(factor * value)


class OneFormulaForBothModesBuffersBySlice(torch.nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True):
        super().__init__()
        self.eps, self.momentum, self.affine, self.track = eps, momentum, affine, track_running_stats
        self.weight = self.bias = None
        if affine:
            self.weight, self.bias = (torch.nn.Parameter(make(num_features)) for make in (torch.ones, torch.zeros))
        self.register_buffer("running_mean", None)
        self.register_buffer("running_var", None)
        self.register_buffer("num_batches_tracked", None)
        if track_running_stats:
            self.running_mean, self.running_var = torch.zeros(num_features), torch.ones(num_features)
            self.num_batches_tracked = torch.tensor(0)

    def forward(self, x):
        if not self.training and self.track:
            mean, spread = self.running_mean, self.running_var
        else:
            if x.size(0) < 2:
                raise ValueError("more rows, please")
            spread, mean = torch.var_mean(x, dim=0, correction=0)
            if self.track:
                self.num_batches_tracked += 1
                new = torch.stack([mean, spread * len(x) / (len(x) - 1)]).detach()
                m = self.momentum
                if m is None:
                    m = 1 / self.num_batches_tracked
                self.running_mean[:] = self.running_mean + m * (new[0] - self.running_mean)
                self.running_var[:] = self.running_var + m * (new[1] - self.running_var)
        gamma, beta = (self.weight, self.bias) if self.affine else (1.0, 0.0)
        scale = gamma / torch.sqrt(spread + self.eps)
        return scale * (x - mean) + beta


class TrainingInFloat64InsideOutputInTheTypeOfX(torch.nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = torch.nn.Parameter(torch.ones(num_features)) if affine else None
        self.bias = torch.nn.Parameter(torch.zeros(num_features)) if affine else None
        for name, value in {"running_mean": torch.zeros, "running_var": torch.ones}.items():
            self.register_buffer(name, value(num_features) if track_running_stats else None)
        self.register_buffer("num_batches_tracked", torch.tensor(0) if track_running_stats else None)

    def forward(self, x):
        wide = x.double()
        mean, var = self.running_mean, self.running_var
        if self.training or mean is None:
            if len(wide) == 1:
                raise ValueError("a single row")
            mean = wide.sum(0) / len(wide)
            var = (wide**2).sum(0) / len(wide) - mean**2
            if self.training and self.running_mean is not None:
                with torch.no_grad():
                    self.num_batches_tracked += 1
                    part = 1 / self.num_batches_tracked if self.momentum is None else self.momentum
                    unbiased = var * len(wide) / (len(wide) - 1)
                    self.running_mean.copy_(part * mean + (1 - part) * self.running_mean)
                    self.running_var.copy_(part * unbiased + (1 - part) * self.running_var)
        out = (wide - mean) / (var + self.eps).sqrt()
        if self.weight is not None:
            out = out * self.weight + self.bias
        return out.to(x.dtype)
