"""The small neural network for scikit-learn: one hidden layer, one regularized cost."""

from skdigits.classifier import TwoLayerNNClassifier
from skdigits.objective import Objective
from skdigits.persistence import load_model, save_model

__all__ = ["Objective", "TwoLayerNNClassifier", "load_model", "save_model"]
__version__ = "0.1.0.dev0"
