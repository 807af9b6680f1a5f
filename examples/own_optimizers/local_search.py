"""An optimizer as a Python class: steps around the best trial so far."""

from guild.extend.optimizer import Optimizer
from guild.extend.search_space import Categorical, is_integer
from guild.flags.flagdef import FlagDef


class LocalSearch(Optimizer):
    """Change every flag of the best trial by a random step."""

    description = "Steps around the best trial so far."
    options = (
        FlagDef(
            "step",
            default=0.1,
            type="float",
            description="Standard deviation of a step, as a fraction of the flag's range",
            min=0,
        ),
    )

    def __init__(self, step=0.1):
        self.step = step

    def suggest(self, space, history, rng):
        done = [trial for trial in history if trial.is_observed and space.point(trial.flags)]
        if not done:
            start = {name: draw(dimension, rng) for name, dimension in space.dimensions.items()}
            return {**start, **space.initial}
        best = min(done, key=lambda trial: trial.objective).flags
        return {
            name: near(best[name], dimension, self.step, rng)
            for name, dimension in space.dimensions.items()
        }


def draw(dimension, rng):
    if isinstance(dimension, Categorical):
        return dimension.values[rng.randint(len(dimension.values))]
    return whole(dimension, rng.uniform(dimension.low, dimension.high))


def near(value, dimension, step, rng):
    if isinstance(dimension, Categorical):
        return value if rng.random_sample() > 0.2 else draw(dimension, rng)
    moved = value + rng.normal(0, step * (dimension.high - dimension.low))
    return whole(dimension, min(max(moved, dimension.low), dimension.high))


def whole(dimension, value):
    return round(value) if is_integer(dimension) else float(value)
