"""scikit-learn's own tests of its halving searches, with ours in their place.

Theirs halve by samples unless told; so do ours here. See test_sklearn_search.
"""

import pytest
from sklearn_searches import OURS, halving_by_samples  # noqa: F401

from sklearn.model_selection.tests.test_successive_halving import *  # noqa: F403 # isort: skip

pytestmark = pytest.mark.filterwarnings("default")  # theirs warn


def test_it_is_ours_that_are_tested():
    assert HalvingGridSearchCV is OURS["HalvingGridSearchCV"]  # noqa: F405
