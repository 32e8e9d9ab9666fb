"""Oracles: a model that loads predicts probabilities; all others are refused by their file's name."""

import copy

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdigits import TwoLayerNNClassifier, TwoLayerNNClassifierCV, load_model

skops = pytest.importorskip("skops.io")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, Y = load_iris(return_X_y=True)


def network():
    return TwoLayerNNClassifier(3, tol=0.1, random_state=0).fit(X, Y)


def committee():
    return TwoLayerNNClassifierCV(3, maxiter=3, first_maxiter=3, step_maxiter=1, cv=2).fit(X, Y)


MODELS = {
    "network": network(),
    "committee": committee(),
    "pipeline": make_pipeline(StandardScaler(), network()),
}
MODELS["pipeline"][0].fit(X)


def network_in(model):
    """A network within, which may be spoiled."""
    if isinstance(model, TwoLayerNNClassifierCV):
        return model.estimators_[1]
    return model[-1] if hasattr(model, "steps") else model


def written(model, path):
    """The file that somebody else may write of whatever he likes."""
    path.write_bytes(skops.dumps(model))
    return path


def put(name, value):
    def change(found):
        setattr(found, name, value(getattr(found, name)) if callable(value) else value)

    return change


SPOILED = {
    "weights that are no numbers": (put("coefs_", lambda c: [c[0] * np.nan, c[1]]), "finite numbers"),
    "text for weights": (put("coefs_", lambda c: [c[0].astype(str), c[1]]), "one dtype"),
    "no arrays": (put("coefs_", [1, 2]), "arrays of two layers"),
    "three layers": (put("coefs_", lambda c: [*c, c[1]]), "arrays of two layers"),
    "shapes that do not fit": (put("coefs_", lambda c: [c[0][:, :2], c[1]]), "shapes that fit"),
    "other biases": (put("intercepts_", lambda b: [b[0], b[0][:1]]), "shapes that fit"),
    "two dtypes": (put("intercepts_", lambda b: [b[0].astype("f4"), b[1]]), "one dtype"),
    "whole numbers": (put("coefs_", lambda c: [a.astype(int) for a in c]), "one dtype"),
    "ten sevens": (put("classes_", np.full(10, 7)), "classes in increasing order"),
    "one class three times": (put("classes_", np.full(3, 7)), "classes in increasing order"),
    "no classes": (put("classes_", None), "with classes_"),
    "an unknown activation": (put("activation_", "evil"), "with activation_"),
    "an unknown output": (put("output_activation_", 3), "with output_activation_"),
    "other features": (put("n_features_in_", 5), "with n_features_in_"),
    "several labels": (put("_multilabel", True), "labels 0 to n_outputs"),
    "a scale of zero": (put("feature_scale_", np.zeros(4)), "positive, finite"),
    "a short scale": (put("feature_scale_", np.ones(3)), "feature_scale_ of 4"),
    "too many names": (put("feature_names_in_", np.array(list("abcde"), dtype=object)), "4 feature names"),
    "a parameter out of range": (put("hidden_units", -1), "parameters in their ranges"),
    "a solver that is none": (put("solver", 3), "parameters in their ranges"),
    "a parameter too few": (lambda found: delattr(found, "tol"), r"with all parameters, found none \['tol'\]"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SPOILED)
@pytest.mark.parametrize("model", MODELS)
def test_a_network_that_no_fit_has_left_is_refused(tmp_path, model, kind):
    change, message = SPOILED[kind]
    spoiled = copy.deepcopy(MODELS[model])
    found = network_in(spoiled)
    change(found)
    path = written(spoiled, tmp_path / "model.skops")
    with pytest.raises(ValueError, match=f"model.skops: expected .*{message}"):
        load_model(path)


@pytest.mark.parametrize("model", MODELS)
def test_what_a_fit_has_left_is_loaded(tmp_path, model):
    back = load_model(written(MODELS[model], tmp_path / "model.skops"))
    np.testing.assert_array_equal(back.predict_proba(X), MODELS[model].predict_proba(X))


def test_networks_that_are_not_fitted_may_be_within(tmp_path):
    voting = VotingClassifier([("a", TwoLayerNNClassifier(3, maxiter=3))], voting="soft").fit(X, Y)
    back = load_model(written(voting, tmp_path / "model.skops"))
    np.testing.assert_array_equal(back.predict_proba(X), voting.predict_proba(X))
    voting.estimators_[0].coefs_[0][0, 0] = np.inf
    with pytest.raises(ValueError, match=r"model.skops: expected finite numbers in coef_0"):
        load_model(written(voting, tmp_path / "model.skops"))


COMMITTEES = {
    "nobody": (put("estimators_", []), "a committee of networks"),
    "strangers": (put("estimators_", [StandardScaler()]), "a committee of fitted networks"),
    "unfitted": (put("estimators_", [TwoLayerNNClassifier()]), "a committee of fitted networks"),
    "other classes": (put("classes_", np.arange(3) + 1), "its members' classes"),
    "other features": (put("n_features_in_", 3), "its members' features"),
    "another size": (
        put("estimators_", lambda e: [e[0], TwoLayerNNClassifier(2, maxiter=2).fit(X, Y)]),
        "members of one kind",
    ),
    "another mind": (
        put("estimators_", lambda e: [e[0], TwoLayerNNClassifier(3, maxiter=2).fit(X, Y + 1)]),
        "members that know the same",
    ),
}


@pytest.mark.parametrize("kind", COMMITTEES)
def test_a_committee_that_no_fit_has_left_is_refused(tmp_path, kind):
    change, message = COMMITTEES[kind]
    spoiled = copy.deepcopy(MODELS["committee"])
    change(spoiled)
    with pytest.raises(ValueError, match=f"model.skops: expected .*{message}"):
        load_model(written(spoiled, tmp_path / "model.skops"))


JUNK = [None, 0, -1, 7, 1e300, "x", [], [1, "a"], {"a": 1}, np.zeros(3), np.full((2, 2), np.nan),
        np.array(["a", "b", "c"]), np.arange(3), np.zeros((0, 4)), True]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(MODELS)), st.data())
def test_any_attribute_may_be_anything(tmp_path, model, data):
    spoiled = copy.deepcopy(MODELS[model])
    found = network_in(spoiled)
    name = data.draw(st.sampled_from(sorted(vars(found))))
    if name in ("coefs_", "intercepts_") and data.draw(st.booleans()):
        layers = list(getattr(found, name))
        layers[data.draw(st.integers(0, 1))] = data.draw(st.sampled_from(JUNK))
        value = layers
    else:
        value = data.draw(st.sampled_from(JUNK))
    setattr(found, name, value)
    path = written(spoiled, tmp_path / "model.skops")
    try:
        back = load_model(path)
    except ValueError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017
    else:
        p = back.predict_proba(X)
        assert p.shape == (150, 3)
        assert np.isfinite(p).all()
        assert set(back.predict(X)) <= set(back.classes_)
