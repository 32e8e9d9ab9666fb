"""The small neural network for scikit-learn: one hidden layer, one regularized cost."""

from skdigits.classifier import TwoLayerNNClassifier
from skdigits.classifier_cv import TwoLayerNNClassifierCV
from skdigits.files import load_model, save_model
from skdigits.network import Objective
from skdigits.searching import (
    BatchedGridSearchCV,
    BatchedHalvingGridSearchCV,
    BatchedHalvingRandomSearchCV,
    BatchedRandomizedSearchCV,
)

__all__ = [
    "BatchedGridSearchCV",
    "BatchedHalvingGridSearchCV",
    "BatchedHalvingRandomSearchCV",
    "BatchedRandomizedSearchCV",
    "Objective",
    "TwoLayerNNClassifier",
    "TwoLayerNNClassifierCV",
    "load_model",
    "save_model",
]
__version__ = "0.1.0.dev0"
