"""Oracle: which candidates a search asks one by one to fit themselves."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.decomposition import KernelPCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from skdigits import BatchedGridSearchCV, BatchedRandomizedSearchCV, TwoLayerNNClassifier

X, Y = load_iris(return_X_y=True)
X, Y = X[::5], Y[::5]
MODEL = TwoLayerNNClassifier(2, maxiter=3, random_state=0)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Mine(TwoLayerNNClassifier):
    pass


class MyPipeline(Pipeline):
    pass


KERNEL = Pipeline([("kernel", KernelPCA(2, kernel="precomputed")), ("net", MODEL)])
LAMBDAS = {"reg_lambda": [1.0, 10.0]}
OF_NET = {"net__reg_lambda": [1.0, 10.0]}
LOST = [
    (Mine(2, maxiter=3), LAMBDAS, "2 of 2.*Mine is a subclass.*search over a TwoLayerNNClass"),
    (MyPipeline([("net", MODEL)]), OF_NET, "2 of 2.*MyPipeline is a subclass"),
    (Pipeline([("net", Mine(2, maxiter=3))]), OF_NET, "Mine is a subclass"),
    (
        LogisticRegression(),
        {"C": [1.0, 2.0]},
        "LogisticRegression is not a TwoLayerNNClassifier or",
    ),
    (MODEL, {"early_stopping": [False, True]}, "1 of 2 .*early_stopping=True .*set early_stopping"),
    (
        MODEL,
        {"progressive_sampling": [(0.5,)]},
        "1 of 1 .*sampling=.0.5,. .* progressive_sampling=N",
    ),
    (
        MODEL,
        {"progressive_sampling": [(0.5,), None], "early_stopping": [False, True]},
        "3 of 4 candidates.*progressive_sampling.*Others: .*early_stopping",
    ),
    (KERNEL, OF_NET, "X is a kernel"),
]


@pytest.mark.parametrize("asked", [{"warm_path": True}, {"cache_dir": "folder"}])
@pytest.mark.parametrize(("model", "grid", "message"), LOST, ids=lambda thing: str(thing)[:40])
def test_what_was_asked_for_and_cannot_be_had_is_said_before_any_fit(
    model, grid, message, asked, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    rows = X @ X.T if model is KERNEL else X
    fitted = []
    monkeypatch.setattr(
        "skdigits.classifier.plan_fit", lambda *_: fitted.append(1) or 1 / 0, raising=True
    )
    search = BatchedGridSearchCV(model, grid, cv=2, **asked)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match=message) as caught:
            search.fit(rows, Y)
    assert next(iter(asked)) in str(caught.value)
    assert not fitted


def test_the_warning_is_at_the_line_that_calls_fit():
    search = BatchedRandomizedSearchCV(Mine(2, maxiter=3), LAMBDAS, n_iter=1, cv=2, warm_path=True)
    with pytest.warns(UserWarning, match="is a subclass") as caught:
        search.fit(X, Y)
    assert caught[0].filename == __file__


def test_fit_parameters_that_fits_together_do_not_know():
    search = BatchedGridSearchCV(MODEL, LAMBDAS, cv=2, warm_path=True)
    with pytest.warns(UserWarning, match="fit is given X_val, y_val, .* sample_weight alone"):
        search.fit(X, Y, X_val=X[:9], y_val=Y[:9])
    assert not search.cv_results_["warm"].any()


@pytest.mark.parametrize("asked", [{}, {"warm_path": True}])
def test_nothing_is_said_where_nothing_is_lost(asked):
    BatchedGridSearchCV(MODEL, LAMBDAS, cv=2, **asked).fit(X, Y, sample_weight=np.ones(len(Y)))
    if not asked:  # slower than could be, but right
        BatchedGridSearchCV(make_pipeline(Mine(2, maxiter=3)), {}, cv=2, **asked).fit(X, Y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
def test_what_is_wrong_is_left_to_its_own_message():
    BatchedGridSearchCV(MODEL, {"maxiter": [3, -1]}, cv=2, warm_path=True).fit(X, Y)
    with pytest.raises(ValueError, match="Invalid parameter 'hidden'"):
        BatchedGridSearchCV(MODEL, {"hidden": [3]}, cv=2, warm_path=True).fit(X, Y)
