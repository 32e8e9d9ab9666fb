"""The small neural network for scikit-learn: one hidden layer, one regularized cost."""

from skdigits.objective import Objective

__all__ = ["Objective"]
__version__ = "0.1.0.dev0"
