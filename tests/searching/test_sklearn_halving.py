"""scikit-learn's own tests of its halving searches, with ours in their place.

Theirs halve by samples unless told; so do ours here. See test_sklearn_search.
"""

from unittest import mock

import pytest
import sklearn.model_selection
from sklearn.experimental import enable_halving_search_cv  # noqa: F401

from skdigits import BatchedHalvingGridSearchCV, BatchedHalvingRandomSearchCV

OURS = {
    "HalvingGridSearchCV": BatchedHalvingGridSearchCV,
    "HalvingRandomSearchCV": BatchedHalvingRandomSearchCV,
}

with mock.patch.multiple(sklearn.model_selection, **OURS):
    pytest.importorskip("sklearn.model_selection.tests.test_successive_halving")
    from sklearn.model_selection.tests.test_successive_halving import *  # noqa: F403

pytestmark = pytest.mark.filterwarnings("default")  # theirs warn


@pytest.fixture(autouse=True)
def halving_by_samples(monkeypatch):
    for kind in OURS.values():
        monkeypatch.setitem(kind.__init__.__kwdefaults__, "resource", "n_samples")


def test_it_is_ours_that_are_tested():
    assert HalvingGridSearchCV is BatchedHalvingGridSearchCV  # noqa: F405
