"""Which lambda, how many hidden units, and who predicts?

The rows are cut into folds (`folds`). Networks that each leave a fold out descend together (`team`)
along a path of lambdas (`path`); how well they tell the rows that they have not seen (`judges`)
chooses one. Networks that have seen all rows (`training`) predict together (`voting`). It knows no
estimator: members are made by who asks.
"""

from skdigits.committee.planning import plan_committee
from skdigits.committee.telling import PathProgress
from skdigits.committee.training import SAYS_NOTHING, train
from skdigits.committee.voting import (
    ask,
    mean_log_probabilities,
    mean_probabilities,
    mean_scores,
)

__all__ = [
    "SAYS_NOTHING",
    "PathProgress",
    "ask",
    "mean_log_probabilities",
    "mean_probabilities",
    "mean_scores",
    "plan_committee",
    "train",
]
