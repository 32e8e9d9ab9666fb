"""Oracles: the members asked one by one, scikit-learn's metrics and splitters, weights for rows."""

import pickle
import warnings

import numpy as np
import pytest
import sklearn
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris, make_moons
from sklearn.metrics import get_scorer, log_loss, make_scorer, roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    LeaveOneOut,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from skdigits import Objective, TwoLayerNNClassifier, TwoLayerNNClassifierCV
from skdigits.committee import PathProgress, training

AUC = make_scorer(roc_auc_score, response_method="predict_proba")
QUICK = {
    "hidden_units": 5,
    "maxiter": 20,
    "first_maxiter": 20,
    "step_maxiter": 5,
    "random_state": 0,
}


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


@pytest.fixture(scope="module")
def fitted(iris):
    return TwoLayerNNClassifierCV(5, random_state=0).fit(*iris)


# --- what it is --------------------------------------------------------------------------------


SETTINGS = [
    # float32 rounds at 1.2e-7, and a check compares predictions to 1e-7.
    {"dtype": "float64", "activation": "relu", "n_repeats": 2, "cv": 2},
    # All that random rows teach is in a few iterations; more only take time.
    {"output_activation": "sigmoid", "dtype": "float64", "average": False, "hidden_units": [3, 5],
     "scoring": "accuracy", "cv": 2, "class_weight": "balanced"},
]  # fmt: skip


@pytest.mark.filterwarnings(
    "ignore:cv=.* asks for more folds",
    "ignore:the class .* has . rows",
    "ignore:the class .* is judged in split",
    "ignore:the committee says the same",  # of random rows there is nothing to say
)
@parametrize_with_checks(
    [
        TwoLayerNNClassifierCV(
            maxiter=10, first_maxiter=10, step_maxiter=2, reg_lambdas=4
        ).set_params(**each)
        for each in SETTINGS
    ]
)
def test_scikit_learn_check(estimator, check):
    check(estimator)


def test_parameters_are_validated():
    check_param_validation("TwoLayerNNClassifierCV", TwoLayerNNClassifierCV())


def test_it_says_the_mean_of_what_its_members_say(fitted, iris):
    X, _ = iris
    assert len(fitted.estimators_) == 5
    assert all(type(member) is TwoLayerNNClassifier for member in fitted.estimators_)
    expected = np.mean([member.predict_proba(X) for member in fitted.estimators_], axis=0)
    np.testing.assert_allclose(fitted.predict_proba(X), expected, rtol=1e-12)
    np.testing.assert_allclose(fitted.predict_log_proba(X), np.log(expected), atol=1e-12)
    np.testing.assert_array_equal(fitted.predict(X), expected.argmax(axis=1))
    np.testing.assert_allclose(np.exp(fitted.decision_function(X)), expected, rtol=1e-12)


def test_members_are_what_fits_on_all_rows_of_the_chosen_lambda_come_to(iris):
    X, y = iris
    model = TwoLayerNNClassifierCV(
        3, reg_lambdas=[1.0, 3.0], maxiter=2000, tol=1e-7, dtype="float64", random_state=0
    ).fit(X, y)
    for member in model.estimators_:
        (V1, V2), (b1, b2) = member.coefs_, member.intercepts_
        objective = Objective(
            X, np.eye(3)[y], hidden_units=3, reg_lambda=model.reg_lambda_,
            feature_scale=member.feature_scale_,
        )  # fmt: skip
        cost, gradient = objective.cost_gradient(objective.pack(V1.T, b1, V2.T, b2))
        assert member.loss_ == pytest.approx(cost, rel=1e-10)
        assert np.abs(gradient).max() < 0.01
        again = TwoLayerNNClassifier(
            3, reg_lambda=model.reg_lambda_, tol=1e-7, warm_start=True, maxiter=3000
        )
        vars(again).update({k: v for k, v in vars(member).items() if k.endswith("_")})
        again._multilabel = False
        assert again.fit(X, y).loss_ == pytest.approx(member.loss_, abs=1e-6)


def test_the_score_is_that_of_rows_that_networks_have_not_seen(iris):
    X, y = iris
    w = np.random.default_rng(0).random(150)
    model = TwoLayerNNClassifierCV(**QUICK).fit(X, y, sample_weight=w)
    rng = np.random.RandomState(0)
    splitter = StratifiedKFold(5, shuffle=True, random_state=rng.randint(2**31 - 1))
    p = model.oof_predict_proba_
    losses = [log_loss(y[k], p[k], sample_weight=w[k]) for _, k in splitter.split(X, y)]
    assert model.best_score_ == pytest.approx(-np.mean(losses), rel=1e-5)
    assert model.best_score_ == model.scores_.mean(axis=1).max()
    chosen = model.reg_lambdas_.tolist().index(model.reg_lambda_)
    assert model.scores_.shape == (len(model.reg_lambdas_), 5)
    assert model.scores_.mean(axis=1).argmax() == chosen
    np.testing.assert_allclose(model.oof_predict_proba_.sum(axis=1), 1)


def test_networks_of_a_fold_have_not_seen_its_labels(iris):
    """Other labels in a fold leave its network, and so what it says of the fold, as it was."""
    X, y = iris
    folds = [(np.flatnonzero(np.arange(150) % 3 != k), np.arange(k, 150, 3)) for k in range(3)]
    parameters = QUICK | {"reg_lambdas": [3.0], "cv": folds, "dtype": "float64"}
    parameters |= {
        "maxiter": 3000,
        "first_maxiter": 3000,
        "tol": 1e-8,
    }  # they share an optimizer until they are at rest
    before = TwoLayerNNClassifierCV(**parameters).fit(X, y)
    shuffled = y.copy()
    shuffled[folds[0][1]] = np.roll(y[folds[0][1]], 17)
    after = TwoLayerNNClassifierCV(**parameters).fit(X, shuffled)
    same = np.isclose(before.oof_predict_proba_, after.oof_predict_proba_, atol=1e-4).all(axis=1)
    assert same[folds[0][1]].all()
    assert not same[folds[1][1]].any()


def test_it_is_no_worse_than_a_network_with_a_guessed_lambda():
    X, y = make_moons(400, noise=0.35, random_state=0)
    X_test, y_test = make_moons(2000, noise=0.35, random_state=1)
    for units in (1.0, [1e6, 1e-3]):
        model = TwoLayerNNClassifierCV(random_state=0).fit(X * units, y)
        for reg_lambda in (0.01, 1.0, 30.0):
            guess = TwoLayerNNClassifier(reg_lambda=reg_lambda, random_state=0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                guess.fit(X * units, y)
            ours, theirs = (
                log_loss(y_test, each.predict_proba(X_test * units)) for each in (model, guess)
            )
            assert ours < theirs + 0.005


def test_the_same_seed_gives_the_same_bits_with_any_number_of_threads():
    rng = np.random.default_rng(0)
    X, y = rng.random((1500, 60)), rng.integers(3, size=1500)
    fits = [
        TwoLayerNNClassifierCV(
            **QUICK | {"hidden_units": 25, "n_jobs": n, "reg_lambdas": [0.1, 1.0]}
        ).fit(X, y)
        for n in (1, 2, -1, None)
    ]
    for other in fits[1:]:
        np.testing.assert_array_equal(other.scores_, fits[0].scores_)
        np.testing.assert_array_equal(other.predict_proba(X), fits[0].predict_proba(X))


# --- what it takes -------------------------------------------------------------------------------


def test_sparse_rows_are_dense_ones(iris):
    X, y = load_breast_cancer(return_X_y=True)
    X = np.where(np.median(X, axis=0) > X, 0, X)
    dense, thin = (
        TwoLayerNNClassifierCV(**QUICK | {"dtype": "float64"}).fit(rows, y)
        for rows in (X, sparse.csr_array(X))
    )
    np.testing.assert_allclose(dense.scores_, thin.scores_, rtol=1e-6)
    np.testing.assert_allclose(
        dense.predict_proba(X), thin.predict_proba(sparse.csr_array(X)), atol=1e-6
    )


@pytest.mark.parametrize("classes", [["no", "yes"], [-1.0, 7.0], [False, True]])
def test_labels_of_all_kinds(classes):
    X, codes = make_moons(60, random_state=0)
    y = np.array(classes)[codes]
    model = TwoLayerNNClassifierCV(**QUICK).fit(X, y)
    assert model.classes_.tolist() == classes
    assert set(model.predict(X)) <= set(classes)
    assert model.estimators_[0].classes_.tolist() == classes
    assert ((model.decision_function(X) > 0) == (model.predict(X) == classes[1])).all()


@pytest.mark.parametrize("weights", [None, [{0: 1, 1: 3}, {}, {}]])
def test_several_labels_a_row(weights):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 4))
    Y = (X[:, :3] + 0.3 * rng.normal(size=(90, 3)) > 0).astype(int)
    for rows in (Y, sparse.csr_array(Y)):
        model = TwoLayerNNClassifierCV(
            **QUICK | {"output_activation": "sigmoid", "class_weight": weights, "maxiter": 60}
        ).fit(X, rows)
        assert model.predict(X).shape == model.oof_predict_proba_.shape == (90, 3)
        assert model.score(X, Y) > 0.5
        p = np.mean([member.predict_proba(X) for member in model.estimators_], axis=0)
        np.testing.assert_allclose(model.predict_proba(X), p)
        np.testing.assert_array_equal(model.predict(X), p > 0.5)


def test_one_class():
    model = TwoLayerNNClassifierCV(**QUICK).fit(np.arange(20.0)[:, np.newaxis], np.full(20, "a"))
    assert (model.predict([[3.0]]) == "a").all()


def test_precision_follows_the_rows(iris):
    X, y = iris
    for dtype in (np.float32, np.float64):
        model = TwoLayerNNClassifierCV(**QUICK).fit(X.astype(dtype), y)
        assert model.estimators_[0].coefs_[0].dtype == dtype
        assert model.predict_proba(X.astype(dtype)).dtype == dtype


def test_class_weights_are_weights_of_rows(iris):
    X, y = iris
    by_class, by_row = (
        TwoLayerNNClassifierCV(**QUICK, class_weight=each) for each in ({0: 1, 1: 5, 2: 1}, None)
    )
    by_class.fit(X, y)
    by_row.fit(X, y, sample_weight=np.array([1.0, 5, 1])[y])
    np.testing.assert_array_equal(by_class.scores_, by_row.scores_)


@pytest.mark.parametrize("scale", [1 / 150, 1e-6, 1e5])
def test_light_and_heavy_weights_get_lambdas_alike(iris, scale):
    X, y = iris
    parameters = QUICK | {"maxiter": 100, "first_maxiter": 100, "step_maxiter": 30}
    usual = TwoLayerNNClassifierCV(**parameters).fit(X, y)
    light = TwoLayerNNClassifierCV(**parameters).fit(X, y, sample_weight=np.full(150, scale))
    assert light.reg_lambda_ == pytest.approx(usual.reg_lambda_ * scale, rel=0.01)
    assert light.best_score_ == pytest.approx(usual.best_score_, abs=0.01)


# --- choices -------------------------------------------------------------------------------------


def test_hidden_units_are_chosen_too():
    X, y = make_moons(200, noise=0.1, random_state=0)
    model = TwoLayerNNClassifierCV([1, 8], random_state=0).fit(X, y)
    assert model.hidden_units_ == 8  # one unit draws a straight line
    assert model.scores_.shape == (2, len(model.reg_lambdas_), 5)
    assert np.nanmax(model.scores_[1].mean(axis=1)) > np.nanmax(model.scores_[0].mean(axis=1)) + 0.1
    assert model.estimators_[0].hidden_units == 8


@pytest.mark.parametrize("scoring", ["roc_auc", "neg_log_loss", AUC])
def test_scores_are_those_of_scikit_learn(scoring):
    X, y = load_breast_cancer(return_X_y=True)
    w = np.random.default_rng(0).random(len(y))
    model = TwoLayerNNClassifierCV(**QUICK, scoring=scoring, reg_lambdas=[1.0, 10.0])
    model.fit(X, y, sample_weight=w)
    assert (model.scores_ <= 1).all()
    assert model.scores_.shape == (2, 5)
    if scoring == "neg_log_loss":
        own = TwoLayerNNClassifierCV(**QUICK, reg_lambdas=[1.0, 10.0]).fit(X, y, sample_weight=w)
        np.testing.assert_allclose(model.scores_, own.scores_, rtol=1e-4)
    else:
        own = TwoLayerNNClassifierCV(
            **QUICK, reg_lambdas=[model.reg_lambda_], cv=[(np.arange(300), np.arange(300, len(y)))],
            scoring=scoring,
        ).fit(X, y, sample_weight=w)  # fmt: skip
        held = slice(300, None)
        expected = roc_auc_score(y[held], own.oof_predict_proba_[held, 1], sample_weight=w[held])
        assert own.best_score_ == pytest.approx(expected, rel=1e-6)


def test_rows_that_say_nothing(iris):
    _, y = iris
    with pytest.warns(UserWarning, match="the committee says the same for every row"):
        model = TwoLayerNNClassifierCV(**QUICK | {"maxiter": 200}).fit(np.ones((150, 2)), y)
    assert np.ptp(model.predict_proba(np.random.default_rng(0).normal(size=(9, 2)))) < 0.05


def test_one_number_weighs_all_rows(iris):
    X, y = iris
    for scoring in (None, "neg_log_loss"):
        found = [
            TwoLayerNNClassifierCV(**QUICK, scoring=scoring).fit(X, y, sample_weight=w)
            for w in (2.0, np.full(150, 2.0))
        ]
        np.testing.assert_allclose(found[0].scores_, found[1].scores_)


def test_a_score_that_is_no_number():
    X, y = make_moons(20, random_state=0)
    with pytest.warns(), pytest.raises(ValueError, match="scoring='roc_auc' gives no number"):
        TwoLayerNNClassifierCV(**QUICK, scoring="roc_auc", cv=LeaveOneOut()).fit(X, y)


def test_one_network_alone(iris):
    X, y = iris
    together = TwoLayerNNClassifierCV(**QUICK).fit(X, y)
    alone = TwoLayerNNClassifierCV(**QUICK, average=False).fit(X, y)
    (member,) = alone.estimators_
    assert member.loss_ == min(each.loss_ for each in together.estimators_)
    np.testing.assert_array_equal(alone.predict_proba(X), member.predict_proba(X))
    np.testing.assert_array_equal(alone.decision_function(X), member.decision_function(X))


def test_rows_that_are_never_held_out(iris):
    X, y = iris
    splits = ShuffleSplit(3, test_size=0.2, random_state=0)
    model = TwoLayerNNClassifierCV(**QUICK, cv=splits).fit(X, y)
    held = np.unique(np.concatenate([test for _, test in splits.split(X)]))
    assert np.array_equal(np.flatnonzero(~np.isnan(model.oof_predict_proba_[:, 0])), held)


def test_repeats_average_more(iris):
    X, y = iris
    model = TwoLayerNNClassifierCV(**QUICK | {"maxiter": 5}, n_repeats=5).fit(X, y)
    assert model.scores_.shape[1] == 25
    assert len(model.estimators_) == 20
    assert not np.isnan(model.oof_predict_proba_).any()


def test_groups():
    rng = np.random.default_rng(0)
    X, y, groups = rng.normal(size=(60, 3)), np.tile([0, 1], 30), np.repeat(np.arange(12), 5)
    splitter = StratifiedGroupKFold(3)
    model = TwoLayerNNClassifierCV(**QUICK, cv=splitter).fit(X, y, groups=groups)
    by_hand = list(splitter.split(X, y, groups))
    expected = TwoLayerNNClassifierCV(**QUICK, cv=by_hand).fit(X, y)
    np.testing.assert_array_equal(model.scores_, expected.scores_)
    with pytest.raises(ValueError, match="fit got flavour, which goes nowhere"):
        model.fit(X, y, flavour=groups)


def test_metadata_routing(iris):
    X, y = iris
    groups, w = np.repeat(np.arange(30), 5), np.random.default_rng(0).random(150)
    splitter = StratifiedGroupKFold(3)
    with sklearn.config_context(enable_metadata_routing=True):
        scorer = get_scorer("neg_log_loss").set_score_request(sample_weight=True)
        model = TwoLayerNNClassifierCV(**QUICK, cv=splitter, scoring=scorer)
        model.set_fit_request(sample_weight=True)
        routed = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model).fit(
            X, y, groups=groups, sample_weight=w
        )[-1]
    folds = list(splitter.split(X, y, groups))
    expected = TwoLayerNNClassifierCV(**QUICK, cv=folds).fit(
        StandardScaler().fit_transform(X), y, sample_weight=w
    )
    np.testing.assert_allclose(routed.scores_, expected.scores_, rtol=1e-4)


@pytest.mark.parametrize("cv", [None, 3, "splits", StratifiedKFold(3)])
@pytest.mark.parametrize("scoring", [None, "neg_log_loss"])
def test_metadata_routing_with_nothing_to_route(iris, cv, scoring):
    X, y = iris
    cv = list(StratifiedKFold(3).split(X, y)) if cv == "splits" else cv
    parameters = QUICK | {"cv": cv, "scoring": scoring}
    with sklearn.config_context(enable_metadata_routing=True):
        routed = TwoLayerNNClassifierCV(**parameters).fit(X, y)
    plain = TwoLayerNNClassifierCV(**parameters).fit(X, y)
    np.testing.assert_array_equal(routed.scores_, plain.scores_)


def test_a_fold_of_no_weight_says_nothing(iris):
    X, y = iris
    order = np.random.default_rng(0).permutation(150)
    w = np.ones(150)
    w[order[:50]] = 0
    folds = [(np.setdiff1d(order, part), part) for part in np.split(order, 3)]
    for scoring in (None, "accuracy"):
        model = TwoLayerNNClassifierCV(**QUICK, cv=folds, scoring=scoring)
        model.fit(X, y, sample_weight=w)
        assert np.isnan(model.scores_[:, 0]).all()
        assert not np.isnan(model.scores_[:, 1:]).any()


def test_a_lambda_without_a_score_is_not_chosen(iris):
    def late(model, X, y):
        return np.nan if model.reg_lambda > 5 else model.score(X, y)

    model = TwoLayerNNClassifierCV(**QUICK, scoring=late, reg_lambdas=[0.1, 1.0, 10.0]).fit(*iris)
    assert model.reg_lambda_ < 5
    assert np.isnan(model.scores_[2]).all()


def test_a_mean_over_fewer_folds_is_not_compared(iris):
    calls = []

    def but_for_a_fold(model, X, y):
        calls.append(model.reg_lambda)
        if model.reg_lambda > 5:  # the worst folds say nothing, the best says 1
            return 1.0 if calls.count(model.reg_lambda) == 1 else np.nan
        return model.score(X, y)

    model = TwoLayerNNClassifierCV(**QUICK, scoring=but_for_a_fold, reg_lambdas=[0.1, 1.0, 10.0])
    model.fit(*iris)
    assert np.isnan(model.scores_[2]).sum() == 4
    assert model.reg_lambda_ < 5


def test_where_scores_are_equal_the_log_loss_decides(iris):
    X, y = iris[0][:100], iris[1][:100]  # which a line tells apart
    by_auc, by_loss = (
        TwoLayerNNClassifierCV(**QUICK, scoring=scoring, reg_lambdas=[0.1, 1.0, 30.0]).fit(X, y)
        for scoring in ("roc_auc", None)
    )
    assert (by_auc.scores_ == 1).all()
    assert by_auc.reg_lambda_ == by_loss.reg_lambda_


def test_rows_that_are_drawn_twice_count_twice(iris):
    X, y = iris
    twice = np.concatenate([np.arange(0, 150, 2), np.arange(0, 150, 4)])
    w = np.where(np.arange(150) % 4 == 0, 2.0, 1.0)
    odd = np.arange(1, 150, 2)
    parameters = QUICK | {"first_maxiter": 2000, "reg_lambdas": [3.0], "dtype": "float64"}

    def score(train, w=None):
        model = TwoLayerNNClassifierCV(**parameters, cv=[(train, odd)])
        return model.fit(X, y, sample_weight=w).best_score_

    # The units of the features, which are those of all rows, differ a little.
    assert score(twice) == pytest.approx(score(np.arange(0, 150, 2), w), rel=0.01)
    assert score(twice) != pytest.approx(score(np.arange(0, 150, 2)), rel=0.02)


def test_a_class_that_is_judged_unlearned_is_told_of(iris):
    with pytest.warns(UserWarning, match="the class 0 is judged in split 0 of cv, whose training"):
        TwoLayerNNClassifierCV(**QUICK, cv=KFold(3), reg_lambdas=[0.1]).fit(*iris)


@pytest.mark.parametrize(
    ("split", "says"),
    [
        ((np.ones(100, bool), np.arange(100)), "a mask of cv has shape"),
        ((np.arange(150), np.array([150])), "a split of cv has rows 150 to 150, of 150"),
    ],
)
def test_splits_of_other_rows(iris, split, says):
    with pytest.raises(ValueError, match=says):
        TwoLayerNNClassifierCV(**QUICK, cv=[split]).fit(*iris)


def test_few_rows():
    X, y = np.arange(6.0)[:, np.newaxis], np.array([0, 0, 0, 1, 1, 1])
    with pytest.warns(UserWarning, match="3 are made"):
        model = TwoLayerNNClassifierCV(**QUICK).fit(X, y)
    assert len(model.estimators_) == 3
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"hidden_units": []}, "hidden_units must be"),
        ({"hidden_units": [5, 0]}, r"hidden_units must be .* got \[5, 0\]"),
        ({"reg_lambdas": []}, "reg_lambdas must be"),
        ({"reg_lambdas": [1.0, -1.0]}, r"reg_lambdas must be .* got \[1.0, -1.0\]"),
        ({"reg_lambdas": [np.nan]}, "the values, 0 to 1e50"),
        ({"cv": 1}, "cv"),
        ({"scoring": "beauty"}, "scoring"),
    ],
)
def test_parameters_out_of_range(iris, parameters, says):
    with pytest.raises(ValueError, match=says):
        TwoLayerNNClassifierCV(**QUICK | parameters).fit(*iris)


# --- in the company of scikit-learn ---------------------------------------------------------------


def test_in_searches_and_pipelines(iris):
    X, y = iris
    pipeline = make_pipeline(StandardScaler(), TwoLayerNNClassifierCV(**QUICK))
    assert cross_val_score(pipeline, X, y, cv=3).mean() > 0.8
    search = GridSearchCV(
        TwoLayerNNClassifierCV(**QUICK), {"activation": ["tanh", "relu"]}, cv=2
    ).fit(X, y)
    assert search.best_estimator_.estimators_


def test_it_survives_pickling_and_cloning(fitted, iris):
    X, _ = iris
    back = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(back.predict_proba(X), fitted.predict_proba(X))
    assert not hasattr(clone(fitted), "estimators_")


def test_names_of_columns(iris):
    pd = pytest.importorskip("pandas")
    X, y = iris
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = TwoLayerNNClassifierCV(**QUICK).fit(frame, y)
    assert model.estimators_[0].feature_names_in_.tolist() == list("abcd")
    np.testing.assert_array_equal(
        model.estimators_[0].predict(frame), model.estimators_[0].predict(frame)
    )
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[list("dcba")])


def test_rows_that_are_not_finite_are_refused(fitted, iris):
    X, y = iris
    X = X.copy()
    X[3, 1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        fitted.predict(X)
    with pytest.raises(ValueError, match="NaN"):
        TwoLayerNNClassifierCV(**QUICK).fit(X, y)


# --- Ctrl-C and callbacks -------------------------------------------------------------------------


def interrupt(monkeypatch, when):
    """Press Ctrl-C in the iteration of which when(name, lambda number, iteration) is true."""
    over, look, begun = PathProgress.over, PathProgress.__call__, []

    def begin(self, name, *others):
        begun.append(name)
        return over(self, name, *others)

    def press(self, iterate):
        look(self, iterate)
        if when(begun[-1], len(begun), iterate.iteration):
            raise KeyboardInterrupt

    monkeypatch.setattr(PathProgress, "over", begin)
    monkeypatch.setattr(PathProgress, "__call__", press)


@pytest.mark.parametrize(
    ("when", "n_lambdas", "complete"),
    [
        (lambda name, step, iteration: step == 1 and iteration == 4, 1, False),
        (lambda name, step, iteration: step == 3 and iteration == 2, 2, True),
        (lambda name, step, iteration: name == "committee" and iteration == 3, None, True),
    ],
)
def test_ctrl_c_keeps_what_is_complete(monkeypatch, iris, when, n_lambdas, complete):
    X, y = iris
    whole = TwoLayerNNClassifierCV(**QUICK).fit(X, y)
    interrupt(monkeypatch, when)
    model = TwoLayerNNClassifierCV(**QUICK)
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, y)
    if n_lambdas:
        assert len(model.reg_lambdas_) == n_lambdas
    if complete:
        same = np.isin(whole.reg_lambdas_, model.reg_lambdas_)
        np.testing.assert_array_equal(model.scores_, whole.scores_[same])
    assert len(model.estimators_) == 5
    assert np.isfinite(model.predict_proba(X)).all()
    loss = log_loss(y, model.oof_predict_proba_)
    assert model.best_score_ == pytest.approx(-loss, rel=1e-5)
    assert all(member.optimize_result_.nit > 0 for member in model.estimators_)


def test_ctrl_c_at_the_very_end_keeps_the_committee(monkeypatch, iris):
    X, y = iris
    whole = TwoLayerNNClassifierCV(**QUICK).fit(X, y)
    held_out, pressed = training._Run.held_out, []

    def press(*arguments):
        if not pressed:
            pressed.append(True)
            raise KeyboardInterrupt
        return held_out(*arguments)

    monkeypatch.setattr(training._Run, "held_out", press)
    with pytest.warns(UserWarning, match="interrupted at its end: the committee is complete"):
        model = TwoLayerNNClassifierCV(**QUICK).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), whole.predict_proba(X))
    np.testing.assert_array_equal(model.oof_predict_proba_, whole.oof_predict_proba_)


def test_after_ctrl_c_the_one_that_predicts_is_that_of_the_best_fold(monkeypatch, iris):
    X, y = iris
    splits = list(StratifiedKFold(5, shuffle=True, random_state=1).split(X, y))
    interrupt(monkeypatch, lambda name, step, iteration: step == 3 and iteration == 2)
    model = TwoLayerNNClassifierCV(**QUICK, cv=splits, average=False)
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, y)
    (member,) = model.estimators_
    scores = model.scores_[model.reg_lambdas_ == model.reg_lambda_][0]
    _, test = splits[scores.argmax()]
    loss = log_loss(y[test], member.predict_proba(X[test]))
    assert loss == pytest.approx(-scores.max(), rel=1e-5)


def test_lines_of_progress(iris, capsys):
    TwoLayerNNClassifierCV(**QUICK, reg_lambdas=[0.1, 1.0], verbose=2).fit(*iris)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 20 + 1 + 5 + 1 + 20
    assert lines[0].startswith("lambda 0.1")
    assert "iteration  1/20" in lines[0]
    assert "score -" in lines[20]
    assert lines[-1].startswith("committee")
    assert "iteration 20/20" in lines[-1]


def test_callbacks_see_each_descent_as_a_task(iris):
    pytest.importorskip("sklearn.callback", reason="needs scikit-learn 1.9")
    X, y = iris

    class Recorder:
        def __init__(self, stop=None):
            self.begun, self.ended, self.scores, self.stop = [], [], [], stop

        def setup(self, estimator, context):
            pass

        teardown = setup

        def on_fit_task_begin(self, estimator, context):
            self.begun.append((context.task_name, context.task_id))

        def on_fit_task_end(self, estimator, context, *, X, y, fitted_estimator):
            self.ended.append((context.task_name, context.task_id))
            if fitted_estimator is not None:
                self.scores.append(fitted_estimator.score(X, y))
            return len(self.scores) == self.stop

    parameters = QUICK | {"reg_lambdas": [0.1, 1.0]}
    recorder = Recorder()
    model = TwoLayerNNClassifierCV(**parameters).set_callbacks(recorder).fit(X, y)
    assert sorted(recorder.begun) == sorted(recorder.ended)
    names = [name for name, _ in recorder.begun]
    assert names.count("lambda") == 2
    assert names.count("committee") == 1
    assert recorder.scores[-1] == model.score(X, y)
    plain = TwoLayerNNClassifierCV(**parameters).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), plain.predict_proba(X))
    stopped = Recorder(stop=25)  # in the second lambda
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # asked for, so no warning
        model = TwoLayerNNClassifierCV(**parameters).set_callbacks(stopped).fit(X, y)
    assert model.reg_lambdas_.tolist() == [0.1]
    assert sorted(stopped.begun) == sorted(stopped.ended)
