"""Oracles: the same bits as the committee's own, and files that are not as they should be."""

import json

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import make_scorer, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdigits import TwoLayerNNClassifierCV, load_model, save_model

QUICK = {"maxiter": 10, "first_maxiter": 10, "step_maxiter": 3, "random_state": 0, "cv": 3}
SETTINGS = {
    "usual": {"hidden_units": 4},
    "several sizes": {"hidden_units": [2, 4]},
    "one alone": {"hidden_units": 4, "average": False},
    "sigmoid": {"hidden_units": 4, "output_activation": "sigmoid", "reg_lambdas": [0.1, 1.0]},
}


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


@pytest.mark.parametrize("ending", ["npz", "skops"])
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_there_and_back(tmp_path, iris, setting, ending, dtype):
    X, y = iris[0].astype(dtype), np.array(["ada", "bob", "cy"], dtype=object)[iris[1]]
    model = TwoLayerNNClassifierCV(**QUICK | SETTINGS[setting]).fit(X, y)
    path = tmp_path / f"model.{ending}"
    save_model(model, path)
    back = load_model(path)
    assert repr(back) == repr(model)
    for name in ("predict", "predict_proba", "decision_function", "predict_log_proba"):
        np.testing.assert_array_equal(getattr(back, name)(X), getattr(model, name)(X))
    for name in ("scores_", "reg_lambdas_", "oof_predict_proba_"):
        np.testing.assert_array_equal(getattr(back, name), getattr(model, name))
    for name in ("reg_lambda_", "hidden_units_", "best_score_", "n_iter_", "n_features_in_"):
        assert getattr(back, name) == getattr(model, name)
    assert {name for name in vars(model) if name.endswith("_")} <= vars(back).keys()
    for ours, theirs in zip(back.estimators_, model.estimators_, strict=True):
        assert repr(ours) == repr(theirs)
        assert vars(ours).keys() == vars(theirs).keys()
        np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
        assert ours.loss_curve_ == theirs.loss_curve_


def test_in_a_pipeline_with_a_splitter(tmp_path, iris):
    X, y = iris
    model = TwoLayerNNClassifierCV(4, **QUICK | {"cv": StratifiedGroupKFold(3)})
    pipeline = make_pipeline(StandardScaler(), model).fit(
        X, y, twolayernnclassifiercv__groups=np.arange(150) // 5
    )
    save_model(pipeline, tmp_path / "model.skops")
    back = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(back.predict_proba(X), pipeline.predict_proba(X))


def test_what_is_not_kept_is_told(tmp_path, iris):
    scoring = make_scorer(roc_auc_score, response_method="predict_proba", multi_class="ovr")
    model = TwoLayerNNClassifierCV(4, **QUICK, scoring=scoring).fit(*iris)
    with pytest.warns(UserWarning, match="does not keep scoring="):
        save_model(model, tmp_path / "model.npz")
    assert load_model(tmp_path / "model.npz").scoring is None


def told(change):
    def changed(arrays):
        about = json.loads(str(arrays["about"]))
        change(about)
        return arrays | {"about": np.array(json.dumps(about))}

    return changed


HOSTILE = {
    "weights that are no numbers": (lambda a: a | {"coef_1": a["coef_1"] * np.nan}, "finite numbers in coef_1"),
    "a member too few": (lambda a: a | {name: a[name][:2] for name in a if name.startswith(("coef", "intercept"))}, "3 members"),
    "members of other sizes": (lambda a: a | {"coef_1": a["coef_1"][:2]}, "shapes that fit"),
    "no members": (lambda a: a | {name: a[name][:0] for name in a if name.startswith(("coef", "intercept"))}, "shapes that fit"),
    "a lambda too few": (lambda a: a | {"reg_lambdas": a["reg_lambdas"][:1]}, "scores of each lambda"),
    "a class too few": (lambda a: a | {"classes": a["classes"][:2]}, "as many classes"),
    "probabilities of more classes": (lambda a: a | {"oof_predict_proba": np.zeros((150, 4))}, "probabilities of each class"),
    "of one network": (lambda a: {n: a[n] for n in a if n != "scores"}, "the arrays about"),
    "no lambda": (told(lambda about: about["fitted"].pop("reg_lambda_")), "to tell reg_lambda_"),
    "members that tell nothing": (told(lambda about: about["members"].update(fitted=[{}] * 3)), "to tell activation_"),
    "members of their own minds": (told(lambda about: about["members"]["fitted"][1].update(activation_="relu")), "same activations"),
    "members out of range": (told(lambda about: about["members"]["parameters"].update(hidden_units=0)), "parameters in their ranges"),
    "out of range": (told(lambda about: about["parameters"].update(n_repeats=0)), "parameters in their ranges"),
    "a parameter too many": (told(lambda about: about["parameters"].update(solver="CG")), "parameters of a TwoLayerNNClassifierCV"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_file_that_is_not_ours_is_refused(tmp_path, iris, kind):
    path = tmp_path / "model.npz"
    save_model(TwoLayerNNClassifierCV(3, **QUICK).fit(*iris), path)
    with np.load(path) as archive:
        arrays = dict(archive)
    np.savez(path, **arrays)
    load_model(path)
    change, message = HOSTILE[kind]
    np.savez(path, **change(arrays))
    with pytest.raises(ValueError, match=f"model.npz: expected .*{message}"):
        load_model(path)
