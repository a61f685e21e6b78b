"""A figure with sliders, drawn by the learner's own function.

Where no front end listens that shows widgets (graders, the builder, a script), the figure of the start values is drawn.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from autograder.learner import record
from autograder.learner.diagnosis.answer import not_done
from autograder.learner.experiment import STUB

#: A slider's (low, high, step), or the values to choose from.
Control = tuple[float, float, float] | Sequence[Any]


def explore(draw: Callable[..., object], start: Mapping[str, Any] | None = None, **controls: Control) -> None:
    """Draw a figure, and draw it again whenever one of its controls is moved.

    Tab goes from control to control, the arrow keys move them; without widgets, edit `start` and run the cell again.

    Args:
        draw: called with a value for each control; it draws with matplotlib.
        start: values to begin with, by control; the middle of a slider and the first of a list are what is not given.
        controls: name -> (low, high, step) for a slider, or a list of values to choose from.

    Raises:
        ValueError: `start` names no control, or a value that its control cannot take.
    """
    values = {name: _middle(control) for name, control in controls.items()} | dict(start or {})
    for name, value in values.items():
        if name not in controls:
            raise ValueError(f"start names {name!r}; the controls are {', '.join(controls)}.")
        if not _can_take(controls[name], value):
            raise ValueError(f"{name} cannot be {value!r}: it is one of {controls[name]!r}.")
    if _shows_widgets():
        _show(draw, values, controls)
    else:
        _draw(draw, values)


def _middle(control: Control) -> Any:
    if not isinstance(control, tuple):
        return control[0]
    low, high, step = control
    return low + step * (round((high - low) / step) // 2)


def _can_take(control: Control, value: Any) -> bool:
    return control[0] <= value <= control[1] if isinstance(control, tuple) else value in control


def _shows_widgets() -> bool:
    """Whether this cell runs in a notebook that somebody has open, and not to be stored by the course's authors."""
    if not record.is_kept() or not importlib.util.find_spec("ipywidgets"):
        return False
    # Jupyter's server names the notebook to its kernel, VS Code in the kernel's variables; nbclient does neither.
    return "JPY_SESSION_NAME" in os.environ or "__vsc_ipynb_file__" in vars(sys.modules["__main__"])


def _show(draw: Callable[..., object], values: dict[str, Any], controls: dict[str, Control]) -> None:
    import ipywidgets
    from IPython.display import display

    longest = max(map(len, controls), default=0)
    style = {"description_width": f"{longest}ch"}  # one width for all: the sliders begin at one line
    made = {name: _widget(name, control, values[name], style) for name, control in controls.items()}
    # interactive_output calls again with all values, puts what is drawn in the place of what was, and sizes nothing.
    figure = ipywidgets.interactive_output(lambda **moved: _draw(draw, moved), made)
    shown = ipywidgets.VBox([*made.values(), figure])._repr_mimebundle_()
    # What stands here when the notebook is opened again, or where nothing shows widgets.
    display(shown | {"text/plain": "Run this cell to draw the figure and its controls."}, raw=True)


def _widget(name: str, control: Control, value: Any, style: dict[str, str]):
    """A slider that tells its value when it is let go (a figure takes longer than a step), or a list."""
    import ipywidgets

    if not isinstance(control, tuple):
        return ipywidgets.SelectionSlider(options=control, value=value, description=name, style=style)
    low, high, step = control
    whole = all(isinstance(each, int) for each in (*control, value))
    slider = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
    decimals = max(-int(Decimal(str(each)).as_tuple().exponent) for each in control)
    facts = {} if whole else {"readout_format": f".{decimals}f"}
    return slider(
        value=value, min=low, max=high, step=step, description=name, continuous_update=False, style=style, **facts
    )


def _draw(draw: Callable[..., object], values: dict[str, Any]) -> None:
    """Draw and show one figure; what stops the drawing is told in a line."""
    import matplotlib.pyplot as plt

    try:
        draw(**values)
    except Exception as error:
        plt.close("all")
        if isinstance(error, NotImplementedError) and str(error).startswith(STUB):
            missing = not_done(error)
            print(f"Nothing to draw yet: this figure needs your {f'`{missing}`' if missing else 'answers above'}.")
        else:
            told = ", ".join(f"{name}={value!r}" for name, value in values.items())
            print(f"Nothing drawn for {told}: {type(error).__name__}: {error}")
        return
    plt.show()
