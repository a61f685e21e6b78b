"""The oracle of usable_step: a second right answer, independent of the solution."""


def usable_step(steps, losses):
    """Step after step, until one cannot be trusted."""
    longest = 0.0
    for step, loss in zip(steps.tolist(), losses.tolist(), strict=True):
        if not loss < 1:
            break
        longest = step
    return longest
