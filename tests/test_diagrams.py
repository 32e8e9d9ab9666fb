"""What a notebook shows of an estimator: its diagram, which links to our own documentation."""

import re
import tomllib
from html import escape
from pathlib import Path

import pytest
import sklearn
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdigits import (
    BatchedGridSearchCV,
    BatchedHalvingGridSearchCV,
    BatchedRandomizedSearchCV,
    TwoLayerNNClassifier,
)
from skdigits._sklearn import DOCUMENTATION

ESTIMATORS = [
    TwoLayerNNClassifier(3, tol=1),
    BatchedGridSearchCV(TwoLayerNNClassifier(3, tol=1), {"reg_lambda": [1, 2]}, cv=2),
    BatchedHalvingGridSearchCV(TwoLayerNNClassifier(3, tol=1), {"reg_lambda": [1, 2]}, cv=2),
    BatchedRandomizedSearchCV(
        TwoLayerNNClassifier(3, tol=1), {"reg_lambda": loguniform(1, 2)}, n_iter=2, cv=2
    ),
]


def test_the_address_is_that_of_the_metadata():
    settings = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text())
    assert settings["project"]["urls"]["Documentation"] == DOCUMENTATION


def page(estimator):
    """The page that docs/ makes for a class."""
    return f"{DOCUMENTATION}generated/skdigits.{type(estimator).__name__}.html"


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_diagrams_link_to_our_pages(estimator):
    fitted = sklearn.clone(estimator).fit(*load_iris(return_X_y=True))
    for shown in (estimator, fitted, make_pipeline(StandardScaler(), estimator)):
        pages = set(re.findall(r'href="(https?://[^"#]*)', shown._repr_html_()))
        ours = {page(estimator), page(TwoLayerNNClassifier())}
        assert {each for each in pages if "skdigits" in each} == ours
        assert {each.split("/")[2] for each in pages - ours} <= {"scikit-learn.org"}


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_parameters_and_attributes_link_to_where_they_are_described(estimator):
    fitted = sklearn.clone(estimator).fit(*load_iris(return_X_y=True))
    html = fitted._repr_html_()
    if "Fitted attributes" not in html:
        pytest.skip("this scikit-learn's diagrams show no attributes")
    attributes = [name for name in vars(fitted) if name.endswith("_") and name[0] != "_"]
    for name in [*estimator.get_params(deep=False), *attributes]:
        (kind,) = re.findall(rf"^    {name} : (.*)$", type(estimator).__doc__, re.MULTILINE)
        assert f'href="{page(estimator)}#:~:text={name},-' in html
        assert f"{name}: {escape(kind)}<br>" in html


def test_subclasses_of_others_do_not_link_to_our_pages():
    class Mine(TwoLayerNNClassifier):
        """Documented elsewhere."""

    assert DOCUMENTATION not in Mine()._repr_html_()
