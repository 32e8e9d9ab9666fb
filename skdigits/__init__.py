"""The small neural network for scikit-learn: one hidden layer, one regularized cost."""

from skdigits.classifier import TwoLayerNNClassifier
from skdigits.objective import Objective

__all__ = ["Objective", "TwoLayerNNClassifier"]
__version__ = "0.1.0.dev0"
