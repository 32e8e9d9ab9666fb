"""scikit-learn's own tests of its searches, with ours in their place.

All apply but that of arrays of other libraries (the array API), which our network does not take.
Their estimators are not ours, so what they test is that nothing of scikit-learn's behaviour is lost
on the way; that the answers are the same with ours is for test_search.
"""

from itertools import count
from types import SimpleNamespace

import pytest
from sklearn_searches import OURS, halving_by_samples  # noqa: F401

from sklearn.model_selection.tests.test_search import *  # noqa: F403 # isort: skip

globals().pop("test_array_api_search_cv_classifier", None)
pytestmark = pytest.mark.filterwarnings("default")  # theirs warn


@pytest.fixture(autouse=True)
def a_clock_by_hand(monkeypatch):
    """Some of theirs want fits that take less than a second, which a busy machine does not grant."""
    clock = SimpleNamespace(time=count(0.0, 0.001).__next__)
    monkeypatch.setattr("sklearn.model_selection._validation.time", clock)


def test_it_is_ours_that_are_tested():
    assert GridSearchCV is OURS["GridSearchCV"]  # noqa: F405
