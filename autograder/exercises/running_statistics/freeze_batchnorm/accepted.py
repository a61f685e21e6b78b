"""Right answers to freeze_batchnorm in other styles."""


def with_apply(model):
    def freeze(part):
        if hasattr(part, "running_mean") and part.running_mean is not None:
            part.train(False)
            for parameter in part.parameters():
                parameter.requires_grad_(False)

    model.apply(freeze)


def weight_and_bias_by_name_the_model_comes_back(model):
    for _, part in model.named_modules():
        if getattr(part, "running_var", None) is None:
            continue
        part.eval()
        for name in ("weight", "bias"):
            if getattr(part, name) is not None:
                getattr(part, name).requires_grad = False
    return model


def children_of_children(model):
    if getattr(model, "running_mean", None) is not None:
        model.eval().requires_grad_(False)
    for part in model.children():
        children_of_children(part)
