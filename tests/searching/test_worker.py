"""Oracle: scikit-learn's own search over the same Pipelines."""

from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier
from skdigits.searching.planning import make_plan

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
X, Y = X[20:], Y[20:]  # 30, 50 and 50 of a class
MODEL = TwoLayerNNClassifier(3, maxiter=8, random_state=0)
GRID = {"net__reg_lambda": [0.1, 1.0], "net__maxiter": [4, 8]}


def assert_as_plain(model, grid, **options):
    common = {"cv": 2, "scoring": "neg_log_loss", "return_train_score": True}
    ours = BatchedGridSearchCV(model, grid, **common, **options).fit(X, Y)
    plain = GridSearchCV(model, grid, **common).fit(X, Y)
    for name in ("split0_test_score", "split1_test_score", "split1_train_score"):
        np.testing.assert_allclose(ours.cv_results_[name], plain.cv_results_[name], atol=1e-6)
    np.testing.assert_allclose(ours.predict_proba(X), plain.predict_proba(X), atol=1e-6)
    assert type(ours.best_estimator_) is type(model)
    return ours


def plus(n):
    return FunctionTransformer(lambda X: X + n)


def test_steps_with_functions_that_cannot_be_pickled(tmp_path):
    model = Pipeline([("plus", plus(1)), ("scale", StandardScaler()), ("net", MODEL)])
    grid = GRID | {"plus": [plus(-5), plus(2)]}
    assert make_plan(model, [{}], False).some_together
    assert_as_plain(model, grid, cache_dir=tmp_path)
    files = {path: path.stat().st_mtime_ns for path in Path(tmp_path).rglob("*.npz")}
    assert len(files) in (4, 8)  # rows that are equal but for rounding are told apart
    assert_as_plain(model, grid, cache_dir=tmp_path)
    assert {path: path.stat().st_mtime_ns for path in Path(tmp_path).rglob("*.npz")} == files


class Odd(BaseEstimator):
    """A sampler: it takes every other row of the largest class away."""

    def fit_resample(self, X, y):
        largest = np.flatnonzero(y == np.bincount(y).argmax())
        keep = np.setdiff1d(np.arange(len(y)), largest[::2])
        return X[keep], y[keep]


@pytest.mark.parametrize("backend", ["sequential", "loky"])
def test_pipelines_of_imbalanced_learn(backend, tmp_path):
    imblearn = pytest.importorskip("imblearn")
    pytest.importorskip("imblearn.pipeline")
    pytest.importorskip("imblearn.over_sampling")
    sampler = imblearn.over_sampling.RandomOverSampler(random_state=0)
    for steps in (
        [("scale", StandardScaler()), ("sample", sampler), ("net", MODEL)],
        [("sample", sampler), ("net", MODEL)],
        [("net", MODEL)],
    ):
        model = imblearn.pipeline.Pipeline(steps)
        assert make_plan(model, [{}], False).some_together
        with joblib.parallel_config(backend, n_jobs=2):
            assert_as_plain(model, GRID, cache_dir=tmp_path)
    grid = GRID | {"sample": ["passthrough", sampler, Odd()]}
    model = imblearn.pipeline.Pipeline([("sample", sampler), ("net", MODEL)])
    assert_as_plain(model, grid)
