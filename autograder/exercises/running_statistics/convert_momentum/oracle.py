"""The oracle of convert_momentum: a second right answer, independent of the solution."""


def convert_momentum(value, source, target):
    """Independent: by way of the weight that the old value keeps."""
    kept = {"paper": lambda k: (k - 1) / (k + 1), "pytorch": lambda m: 1 - m}.get(source, lambda m: m)(value)
    return {"paper": (1 + kept) / (1 - kept), "pytorch": 1 - kept}.get(target, kept)
