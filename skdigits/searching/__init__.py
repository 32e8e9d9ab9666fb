"""Why is a search fast?

Fits on the same rows pause where they ask for an evaluation (`lockstep`), and one pass over the
rows answers all that wait (`together`); scikit-learn's own search then recalls them (`recall`).
"""

from skdigits.searching.halving_search import (
    BatchedHalvingGridSearchCV,
    BatchedHalvingRandomSearchCV,
)
from skdigits.searching.search import BatchedGridSearchCV, BatchedRandomizedSearchCV

__all__ = [
    "BatchedGridSearchCV",
    "BatchedHalvingGridSearchCV",
    "BatchedHalvingRandomSearchCV",
    "BatchedRandomizedSearchCV",
]
