"""scikit-learn's own tests of its searches, imported with ours in their place."""

from contextlib import ExitStack, contextmanager
from unittest import mock

import pytest
import sklearn.model_selection
from sklearn.experimental import enable_halving_search_cv  # noqa: F401

from skdigits import (
    BatchedGridSearchCV,
    BatchedHalvingGridSearchCV,
    BatchedHalvingRandomSearchCV,
    BatchedRandomizedSearchCV,
)

OURS = {
    "GridSearchCV": BatchedGridSearchCV,
    "RandomizedSearchCV": BatchedRandomizedSearchCV,
    "HalvingGridSearchCV": BatchedHalvingGridSearchCV,
    "HalvingRandomSearchCV": BatchedHalvingRandomSearchCV,
}

HALVING = BatchedHalvingGridSearchCV, BatchedHalvingRandomSearchCV


@contextmanager
def by_samples():
    """Halve by samples unless told, as scikit-learn's searches do."""
    with ExitStack() as stack:
        for kind in HALVING:
            defaults = {"resource": "n_samples"}
            stack.enter_context(mock.patch.dict(kind.__init__.__kwdefaults__, defaults))
        yield


with by_samples(), mock.patch.multiple(sklearn.model_selection, **OURS):
    # One imports the other: both at once.
    pytest.importorskip("sklearn.model_selection.tests.test_search")
    pytest.importorskip("sklearn.model_selection.tests.test_successive_halving")


@pytest.fixture(autouse=True)
def halving_by_samples():
    """In all tests of a module that imports this."""
    with by_samples():
        yield
