"""Oracles: class counts, nesting, the cost of all rows itself, and a fit without samples."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.utils import check_random_state

from skdigits import Objective, TwoLayerNNClassifier
from skdigits.fitting import sampling
from skdigits.fitting.sampling import check_fractions, nested_samples


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X / 16, y


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=80),
    st.lists(st.floats(0.01, 0.99), min_size=1, max_size=3, unique=True).map(sorted),
    st.integers(0, 99),
)
def test_samples_are_nested_stratified_and_of_the_size_asked_for(codes, fractions, seed):
    codes = np.array(codes)
    samples = nested_samples(codes, fractions, check_random_state(seed))
    for fraction, sample in zip(fractions, samples, strict=True):
        assert len(sample) == max(1, round(fraction * len(codes)))
        assert (np.diff(sample) > 0).all()
        for code in np.unique(codes):
            expected = len(sample) * (codes == code).mean()
            assert abs((codes[sample] == code).sum() - expected) < 3
    for small, large in pairwise(samples):
        assert set(small) <= set(large)


def test_each_class_is_in_a_tenth_of_the_digits_in_its_proportion(digits):
    (sample,) = nested_samples(digits[1], (0.1,), check_random_state(0))
    counts = np.bincount(digits[1][sample])
    assert np.abs(counts - 0.1 * np.bincount(digits[1])).max() <= 1


def test_auto_leaves_small_data_alone():
    assert check_fractions("auto", 19999) == ()
    assert check_fractions("auto", 20000) == (0.1, 0.3)
    assert check_fractions(None, 10**6) == ()


@pytest.mark.parametrize("wrong", [(0.3, 0.1), (0.1, 0.1), (0.0, 0.5), [1.0], ["a"], (np.nan,)])
def test_wrong_fractions_are_refused(digits, wrong):
    with pytest.raises(ValueError, match="progressive_sampling must be None, 'auto' or increasing"):
        TwoLayerNNClassifier(progressive_sampling=wrong).fit(*digits)


@pytest.mark.parametrize("projection", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_fit_ends_on_all_rows(digits, projection, weighted):
    X, y = digits
    w = np.random.default_rng(0).choice([0.0, 1.0, 2.0], size=len(y)) if weighted else None
    options = {"variable_projection": projection, "maxiter": 1000, "random_state": 0}
    whole = TwoLayerNNClassifier(8, **options).fit(X, y, sample_weight=w)
    model = TwoLayerNNClassifier(8, progressive_sampling=(0.2, 0.5), **options)
    model.fit(X, y, sample_weight=w)
    objective = Objective(
        X,
        (y[:, None] == range(10)).astype(float),
        hidden_units=8,
        sample_weight=w,
        feature_scale=model.feature_scale_,
    )
    W1, W2 = (C.T for C in model.coefs_)
    cost, _ = objective.cost_gradient(
        objective.pack(W1, model.intercepts_[0], W2, model.intercepts_[1])
    )
    assert model.loss_ == pytest.approx(cost, rel=1e-12)
    assert model.loss_ == pytest.approx(whole.loss_, rel=0.1)  # as good a minimum, not the same
    assert model.n_iter_ == len(model.loss_curve_)
    assert model.loss_curve_[0] < 0.5 * whole.loss_curve_[0]
    assert len(model.sample_loss_curves_) == 2
    assert whole.sample_loss_curves_ == []
    again = TwoLayerNNClassifier(8, progressive_sampling=(0.2, 0.5), **options)
    np.testing.assert_array_equal(again.fit(X, y, sample_weight=w).coefs_[0], model.coefs_[0])


def test_a_samples_cost_has_the_penalty_of_all_rows(digits, monkeypatch):
    X, y = digits
    seen = []
    original = sampling.Objective

    def spy(X, Y, **options):
        seen.append((len(X), options["reg_lambda"]))
        return original(X, Y, **options)

    monkeypatch.setattr(sampling, "Objective", spy)
    TwoLayerNNClassifier(3, reg_lambda=2.0, progressive_sampling=[0.25], random_state=0).fit(X, y)
    ((rows, reg_lambda),) = seen
    assert rows == 449
    assert reg_lambda / rows == pytest.approx(2.0 / len(y))


def test_several_labels_and_starts(digits):
    X, y = digits
    Y = np.stack([y % 2, y > 4], axis=1).astype(int)
    model = TwoLayerNNClassifier(
        5, output_activation="sigmoid", progressive_sampling=(0.3,), n_init=2, maxiter=1000
    ).fit(X, Y)
    assert model.score(X, Y) > 0.9
    assert len(model.init_losses_) == 2


def test_ctrl_c_on_a_sample_leaves_a_fitted_estimator(digits, monkeypatch):
    def stop(curve, told, limit, iterate):
        curve.append(iterate.cost)
        if iterate.iteration == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(sampling, "_look", stop)
    model = TwoLayerNNClassifier(5, progressive_sampling=(0.3, 0.6), random_state=0)
    with pytest.warns(UserWarning, match="interrupted; the weights"):
        model.fit(*digits)
    assert [len(curve) for curve in model.sample_loss_curves_] == [3]
    assert model.n_iter_ == 0
    assert model.score(*digits) > 0.3
    assert np.isfinite(model.loss_)


def test_given_weights_are_not_lost_to_a_sample(digits):
    X, y = digits
    options = {"maxiter": 1000, "warm_start": True, "random_state": 0}
    model = TwoLayerNNClassifier(5, progressive_sampling=(0.1, 0.3), **options).fit(X, y)
    loss = model.loss_
    model.fit(X, y)
    assert model.n_iter_ == 0
    assert model.loss_ == pytest.approx(loss, rel=1e-12)
    assert model.sample_loss_curves_ == []


def test_ctrl_c_in_a_later_start_is_told(digits, monkeypatch):
    begun = []

    def stop(curve, told, limit, iterate):
        curve.append(iterate.cost)
        begun.append(iterate.iteration)
        if begun.count(1) == 2:
            raise KeyboardInterrupt
        raise StopIteration

    monkeypatch.setattr(sampling, "_look", stop)
    model = TwoLayerNNClassifier(
        3, progressive_sampling=(0.5,), n_init=3, maxiter=500, random_state=0
    )
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(*digits)
    assert len(model.init_losses_) == 2
    assert model.loss_ == min(model.init_losses_)
