"""Numbers at the ends of what floats hold: a network without NaN, or an error that says what to do.

Warnings are errors here as everywhere: none of NumPy's comes out of a fit or a prediction.
"""

import numpy as np
import pytest
import scipy.sparse

from skdigits import TwoLayerNNClassifier, TwoLayerNNClassifierCV

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:the (network|committee) says the same"),
]

N = 40
LABELS = np.arange(N) * 7 % 5 % 2
LARGEST, LARGEST_32 = (float(np.finfo(dtype).max) for dtype in (np.float64, np.float32))


def normal(seed=0, n_features=4):
    return np.random.default_rng(seed).normal(size=(N, n_features))


def sparse(factor):
    X = scipy.sparse.random(N, 20, density=0.1, format="csr", random_state=0)
    return scipy.sparse.csr_array(X * factor)


def with_one_cell(value):
    X = normal()
    X[7, 1] = value
    return X


TABLES = {
    "subnormal": normal() * 1e-310,
    "the least": (normal() > 0) * 5e-324,
    "tiny": normal() * 1e-300,
    "huge": normal() * 1e300,
    "near the largest": np.sign(normal()) * LARGEST / 1e4,
    "all": normal() * [1e-310, 1, 1e300, 1e-150],
    "one cell": with_one_cell(1e308),
    "constant": np.ones((N, 4)),
    "zero": np.zeros((N, 4)),
    "float32, near the largest": (np.sign(normal()) * LARGEST_32 / 1e4).astype(np.float32),
    "float32, subnormal": (normal() * 1e-42).astype(np.float32),
    "large integers": np.random.default_rng(0).integers(-(2**62), 2**62, (N, 4)),
    "sparse, subnormal": sparse(1e-310),
    "sparse, huge": sparse(1e307),
}
WAYS = {
    "by default": TwoLayerNNClassifier(3, maxiter=15, random_state=0),
    "projected": TwoLayerNNClassifier(3, maxiter=15, variable_projection=True, random_state=0),
    "several": TwoLayerNNClassifier(3, maxiter=5, n_init=2, activation="tanh", random_state=0),
    "early": TwoLayerNNClassifier(3, maxiter=5, early_stopping=True, random_state=0),
    "a committee": TwoLayerNNClassifierCV(
        3, reg_lambdas=[0.0, 1.0], cv=2, maxiter=5, first_maxiter=5, step_maxiter=5, random_state=0
    ),
}


@pytest.mark.filterwarnings("ignore:early_stopping=True kept the random weights")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TABLES)
def test_no_nan_and_no_warning(name, way):
    X = TABLES[name]
    p = WAYS[way].fit(X, LABELS).predict_proba(X)
    assert np.isfinite(p).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("X", [np.sign(normal()) * LARGEST, np.full((N, 4), LARGEST)])
def test_where_sums_of_features_overflow_the_error_says_what_to_do(X, way):
    try:
        p = WAYS[way].fit(X, LABELS).predict_proba(X)
    except ValueError as error:
        assert "scale the inputs" in str(error)  # noqa: PT017 - or no error, as good
    else:
        assert np.isfinite(p).all()


def test_subnormal_features_beside_others_are_as_good_as_none():
    X, beside = normal(1), normal(2, 1) * 1e-310
    y = X[:, 0] > 0
    model = TwoLayerNNClassifier(3, maxiter=50, random_state=0)
    assert model.fit(np.hstack([X, beside]), y).score(np.hstack([X, beside]), y) > 0.9


@pytest.mark.parametrize(
    ("arguments", "parameters", "message"),
    [
        ({"sample_weight": np.full(N, 1e308)}, {}, "sample_weight must be finite"),
        (
            {"sample_weight": np.full(N, 1e-308)},
            {},
            "sum to 1e-50 to 1e.50 .* got 4e-307: multiply",
        ),
        (
            {},
            {"class_weight": {0: 1e308, 1: 1e308}},
            "weights .* got inf: multiply sample_weight or",
        ),
        (
            {},
            {"reg_lambda": 1e300},
            r"'reg_lambda' .* in the range \[0.0, 1e\+50\] or a pair of such. Got 1e\+300",
        ),
    ],
)
def test_what_cannot_be_divided_by_is_named(arguments, parameters, message):
    with pytest.raises(ValueError, match=message):
        TwoLayerNNClassifier(3, **parameters).fit(normal(), LABELS, **arguments)


def test_rows_that_weigh_next_to_nothing():
    X, y = normal(), LABELS.copy()
    y[:] = 0
    y[3] = 1
    model = TwoLayerNNClassifier(3, maxiter=15, random_state=0, class_weight={0: 1e-308, 1: 1})
    assert model.fit(X, y).predict_proba(X)[3, 1] > 0.5
