"""Probes of convert_momentum."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("convert_momentum", arguments=("value", "source", "target"), returns=("converted",))

exercise.case(value=0.25, source="pytorch", target="pytorch")
exercise.case(value=0.25, source="pytorch", target="keras")
exercise.case(value=0.25, source="pytorch", target="flax")
exercise.case(value=0.75, source="keras", target="pytorch")
exercise.case(value=0.75, source="keras", target="flax")
exercise.case(value=0.75, source="flax", target="pytorch")
exercise.case(value=7, source="paper", target="pytorch")
exercise.case(value=7, source="paper", target="keras")
exercise.case(value=0.25, source="pytorch", target="paper")
exercise.case(value=0.2, source="keras", target="paper")


NAMES = ("paper", "pytorch", "keras", "flax")


def _converted(call, values, source, target):
    told = call.each((value, source, target) for value in values)
    return {
        f"{value:g} from {source} to {target}": found["converted"] for value, found in zip(values, told, strict=True)
    }


@exercise.probe(
    "between the three libraries",
    symptom="A conversion between PyTorch, Keras and Flax is wrong. Where is momentum the weight of the new value?",
)
def convert_libraries(call, rng):
    values = rng.uniform(0.02, 0.45, size=2)
    found = {}
    for source in NAMES[1:]:
        for target in NAMES[1:]:
            found |= _converted(call, values, source, target)
    return found


@exercise.probe(
    "from the paper",
    symptom="A conversion from the paper's number of batches is wrong. Which weight does the new value get then?",
)
def convert_from_paper(call, rng):
    values = np.array([1.0, 2.0, 7.0, float(rng.randint(20, 300))])
    return {key: value for target in NAMES for key, value in _converted(call, values, "paper", target).items()}


@exercise.probe(
    "to the paper",
    symptom="A conversion to the paper's number of batches is wrong. Which number of batches belongs to a weight?",
)
def convert_to_paper(call, rng):
    values = np.append(rng.uniform(0.02, 0.98, size=3), 0.5)
    return {key: value for source in NAMES[1:] for key, value in _converted(call, values, source, "paper").items()}
