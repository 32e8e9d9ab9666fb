"""Oracle: scikit-learn's own searches, whose scorers see an ordinary fitted estimator.

Networks are counted, as scorers see them, to know that they are forgotten.
"""

import gc
import io
import pickle
import tempfile
import time
import weakref
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier, load_model, save_model
from skdigits.searching.scoring import portable, scores_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_digits(return_X_y=True)
X, Y = X[:120] / 16, Y[:120]
MODEL = TwoLayerNNClassifier(3, random_state=0)
PIPELINE = make_pipeline(StandardScaler(), MODEL)
THREE = Y % 3  # classes of which there are enough rows to hold some out


def both(model, grid, X=X, y=Y, params=None, **options):
    """What a batched search and scikit-learn's found; their scores are the same."""
    options = {"cv": 2, "refit": False, "error_score": "raise"} | options
    ours, plain = (
        kind(clone(model), grid, **options).fit(X, y, **(params or {})).cv_results_
        for kind in (BatchedGridSearchCV, GridSearchCV)
    )
    assert list(ours) == list(plain)
    for name in plain:
        if name.startswith(("split", "mean_test", "mean_train")):
            np.testing.assert_allclose(ours[name], plain[name], rtol=0, atol=1e-6)
    return ours, plain


def maxiter(model):
    return next(name for name in model.get_params() if name.endswith("maxiter"))


# --- what a scorer sees -----------------------------------------------------------------------------


def pickled(model, X):
    return pickle.loads(pickle.dumps(model)).predict(X)


def dumped(model, X):
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file).predict(X)


def saved(model, X):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.skops"
        save_model(model, path)
        return load_model(path).predict(X)


def fitted_again(model, X):
    other = clone(model)
    assert other.get_params().keys() == model.get_params().keys()
    assert not hasattr(other, "classes_")
    return (
        other.set_params(**{maxiter(model): 2}).fit(X[::2], np.arange(len(X[::2])) % 3).predict(X)
    )


USES = [pickled, dumped, saved, fitted_again]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("model", [MODEL, PIPELINE], ids=["alone", "pipeline"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_scorer_may_do_with_the_model_what_it_likes(use, model, early_stopping):
    def scorer(estimator, X, y):
        assert type(estimator) is type(model)
        assert isinstance(estimator, type(model))
        assert repr(estimator) == repr(clone(estimator))
        if isinstance(estimator, Pipeline):
            assert type(estimator[-1]) is TwoLayerNNClassifier
        return float(np.mean(use(estimator, X)))

    grid = {
        maxiter(model): [2, 4],
        maxiter(model).replace("maxiter", "early_stopping"): [early_stopping],
    }
    both(model, grid, y=THREE, scoring=scorer, return_train_score=True)


def test_a_scorer_sees_the_attributes_of_an_ordinary_fit():
    seen = []

    def scorer(estimator, X, y):
        seen.append(vars(estimator).keys())
        return estimator.n_iter_

    both(MODEL, {"maxiter": [2, 4]}, scoring=scorer)
    assert len(seen) == 8
    assert all(keys == seen[-1] for keys in seen)


@pytest.mark.parametrize("kind", ["one", "several", "dict of one callable"])
@pytest.mark.parametrize("fails_on", [2, 4])
def test_scorers_that_fail(kind, fails_on):
    def scorer(estimator, X, y):
        if estimator.n_iter_ == fails_on:
            raise ZeroDivisionError("by hand")
        score = estimator.score(X, y)
        return {"own": score} if kind == "dict of one callable" else score

    scoring = {"bad": scorer, "good": "accuracy"} if kind == "several" else scorer
    options = {"scoring": scoring, "cv": 2, "refit": False, "return_train_score": True}
    grid = {"maxiter": [2, 4]}
    if kind == "dict of one callable":
        for search in (BatchedGridSearchCV, GridSearchCV):  # scikit-learn cannot know its name
            with pytest.raises(ZeroDivisionError, match="by hand"):
                search(MODEL, grid, error_score="raise", **options).fit(X, Y)
        return
    with pytest.warns(UserWarning, match="by hand"), pytest.warns(UserWarning, match="non-finite"):
        both(MODEL, grid, error_score=np.nan, **options)
    with pytest.warns(UserWarning, match="by hand"):
        both(MODEL, grid, error_score=-1.0, **options)
    for search in (BatchedGridSearchCV, GridSearchCV):
        with pytest.raises(ZeroDivisionError, match="by hand"):
            search(MODEL, grid, error_score="raise", **options).fit(X, Y)


def test_scores_that_are_no_numbers_are_refused_as_ever():
    for search in (BatchedGridSearchCV, GridSearchCV):
        with pytest.raises(ValueError, match="scoring must return a number, got many"):
            search(MODEL, {"maxiter": [2]}, scoring=lambda *_: "many", cv=2).fit(X, Y)


def test_times_are_those_of_fit_and_score():
    def scorer(estimator, X, y):
        time.sleep(0.01)
        return 1.0

    scores = scores_of(MODEL, scorer, [(X, Y, {})] * 2)
    assert [score.value for score in scores] == [1.0, 1.0]
    assert all(score.seconds >= 0.01 for score in scores)
    found = BatchedGridSearchCV(MODEL, {"maxiter": [2]}, cv=2, refit=False).fit(X, Y).cv_results_
    assert found["mean_score_time"] > 0


def test_ctrl_c_in_a_scorer_ends_the_search():
    def scorer(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        BatchedGridSearchCV(MODEL, {"maxiter": [2, 3]}, scoring=scorer, cv=2).fit(X, Y)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_row_weights_reach_the_scorers(n_jobs):
    w = np.random.default_rng(0).choice([0.0, 1.0, 3.0], size=len(Y))
    for routing in (False, True):
        with sklearn.config_context(enable_metadata_routing=routing):
            model, scoring = clone(MODEL), ["accuracy", "neg_log_loss"]
            if routing:
                model.set_fit_request(sample_weight=True)
                scoring = {
                    name: get_scorer(name).set_score_request(sample_weight=name == "accuracy")
                    for name in scoring
                }
            options = {"scoring": scoring, "n_jobs": n_jobs, "return_train_score": True}
            both(model, {"maxiter": [3, 6]}, params={"sample_weight": w}, **options)


def test_a_scorer_without_row_weights_is_told_of_once():
    def scorer(estimator, X, y):
        return estimator.score(X, y)

    for search in (BatchedGridSearchCV, GridSearchCV):
        with pytest.warns(UserWarning, match="does not support sample_weight") as caught:
            search(MODEL, {"maxiter": [2]}, scoring=scorer, cv=2).fit(X, Y, sample_weight=Y + 1.0)
        assert sum("does not support" in str(warning.message) for warning in caught) == 1


def test_an_error_that_cannot_be_sent_says_the_same():
    class Local(Exception):
        pass

    found = portable(Local("the matter"))
    assert "Local: the matter" in str(pickle.loads(pickle.dumps(found)))
    assert portable(None) is None


# --- labels and rows of all kinds -------------------------------------------------------------------

MASK = np.arange(len(Y)) % 7 == 0
NAMES = np.array(["zero", "one", "two"])
PAIRS = np.c_[Y % 2, Y > 4, Y % 3 == 0].astype(int)
LABELS = {
    "list": Y.tolist(),
    "list of str": NAMES[Y % 3].tolist(),
    "object strings": NAMES[Y % 3].astype(object),
    "series": pd.Series(Y, index=np.arange(len(Y))[::-1]),
    "series of strings": pd.Series(NAMES[Y % 3]),
    "categorical": pd.Series(pd.Categorical(NAMES[Y % 3])),
    "nullable int": pd.Series(Y, dtype="Int64"),
    "nullable string": pd.Series(NAMES[Y % 3], dtype="string"),
    "bool": Y > 4,
    "nullable bool": pd.Series(Y > 4, dtype="boolean"),
    "float": Y.astype(float),
    "column": Y[:, None],
    "masked, nothing of it": np.ma.array(Y),
    "masked": np.ma.array(Y, mask=MASK),
    "masked strings": np.ma.array(NAMES[Y % 3], mask=MASK),
    "indicator": PAIRS,
    "indicator frame": pd.DataFrame(PAIRS),
    "sparse indicator": sparse.csr_array(PAIRS),
    "read-only": np.frombuffer(Y.tobytes(), Y.dtype),
}


def polars_labels(y):
    return pytest.importorskip("polars").Series("label", y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
@pytest.mark.parametrize("name", [*LABELS, "polars"])
def test_labels(name):
    y = polars_labels(NAMES[Y % 3]) if name == "polars" else LABELS[name]
    model = clone(MODEL)
    options = {"cv": KFold(3, shuffle=True, random_state=0)}
    if "indicator" in name:
        model.set_params(output_activation="sigmoid")
    searches = [
        kind(model, {"maxiter": [3, 6]}, error_score="raise", **options)
        for kind in (BatchedGridSearchCV, GridSearchCV)
    ]
    try:
        expected = searches[1].fit(X, y).cv_results_["mean_test_score"]
    except Exception as error:  # what scikit-learn's search cannot do, nor can ours
        with pytest.raises(type(error)):
            searches[0].fit(X, y)
        return
    found = searches[0].fit(X, y)
    np.testing.assert_allclose(found.cv_results_["mean_test_score"], expected, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(found.predict(X), searches[1].predict(X))


@pytest.mark.parametrize("validation", ["longer", "as long as X"])
def test_rows_to_validate_on_are_cut_as_scikit_learn_cuts_them(validation):
    # scikit-learn cuts every parameter of fit that has as many rows as X by the folds.
    many = len(X) if validation == "as long as X" else len(X) + 7
    held_out = np.random.default_rng(0).permutation(np.resize(np.arange(len(X)), many))
    params = {"X_val": X[held_out], "y_val": Y[held_out]}
    lengths = []

    def scorer(estimator, *_):
        lengths.append(len(estimator.validation_loss_curve_))
        return estimator.validation_loss_curve_[-1]

    both(MODEL, {"maxiter": [3, 6]}, params=params, scoring=scorer)
    assert len(lengths) == 2 * 4
    # By hand.
    train, _ = next(KFold(2).split(X))
    found = BatchedGridSearchCV(MODEL, {"maxiter": [3]}, cv=KFold(2), scoring=scorer, refit=False)
    score = found.fit(X, Y, **params).cv_results_["split0_test_score"][0]
    rows = train if validation == "as long as X" else slice(None)
    cut = {name: values[rows] for name, values in params.items()}
    model = clone(MODEL).set_params(maxiter=3).fit(X[train], Y[train], **cut)
    assert score == pytest.approx(model.validation_loss_curve_[-1], abs=1e-9)


def test_groups_of_all_kinds():
    groups = np.arange(len(Y)) // 5
    for each in (groups, groups.tolist(), pd.Series(groups), np.array(list(map(str, groups)))):
        both(MODEL, {"maxiter": [3, 6]}, params={"groups": each}, cv=GroupKFold(3))


# --- what has been scored is forgotten -----------------------------------------------------------------


def counting(alive, most):
    """A scorer that notes how many networks there are when it sees one more."""

    def scorer(estimator, X, y):
        last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
        alive.add(last.coefs_[0])
        most.append(len(alive))
        return 0.0

    return scorer


class Alive:
    """Arrays, as long as somebody else keeps them."""

    def __init__(self):
        self._references = []

    def add(self, array):
        self._references.append(weakref.ref(array))

    def __len__(self):
        return sum(reference() is not None for reference in self._references)


@pytest.mark.parametrize("search", [BatchedGridSearchCV, GridSearchCV])
@pytest.mark.parametrize("model", [MODEL, PIPELINE], ids=["alone", "pipeline"])
@pytest.mark.parametrize("more", [{}, {"early_stopping": [True]}, {"n_init": [2]}])
def test_no_more_networks_are_kept_than_one_that_is_scored_and_the_next(search, model, more):
    alive, most = Alive(), []
    grid = {"tol": [10.0**-k for k in range(3, 9)], "maxiter": [2]} | more
    grid = {maxiter(model).replace("maxiter", name): values for name, values in grid.items()}
    scoring = counting(alive, most)
    search(model, grid, scoring=scoring, cv=3, refit=False).fit(X, THREE)
    assert len(most) == 3 * len(grid[maxiter(model).replace("maxiter", "tol")])
    assert max(most) <= 2
    gc.collect()
    assert len(alive) == 0
