"""The former location of `guild.extend.optimizer`, which optimizers of users import."""

from guild.extend.optimizer import PREV_TRIALS, Optimizer, Trial, count_in_batch

__all__ = ["PREV_TRIALS", "Optimizer", "Trial", "count_in_batch"]
