"""onnxruntime gives the probabilities of the model; oracle: the model."""

import subprocess
import sys

import numpy as np
import pytest
from exported_models import MODELS, fitted
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skdigits import TwoLayerNNClassifier, TwoLayerNNClassifierCV
from skdigits.export import register_skl2onnx, to_onnx


def run(onnx_model, X):
    """(label, probabilities) by onnxruntime."""
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(
        onnx_model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    assert [each.name for each in session.get_outputs()] == ["label", "probabilities"]
    return session.run(None, {"X": X})


@pytest.fixture(autouse=True)
def _onnx():
    pytest.importorskip("onnx")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", MODELS)
def test_onnxruntime_says_the_same(name, dtype):
    model, X = fitted(name, "float64")
    X = X.astype(dtype)
    label, p = run(to_onnx(model, dtype=dtype), X)
    assert p.dtype == dtype
    exact = model.predict_proba(X)
    np.testing.assert_allclose(p, exact, atol=1e-6 if dtype == "float32" else 1e-12)
    several = MODELS[name][1].ndim == 2
    sure = np.abs(exact - 0.5).min(axis=1) > 1e-4 if several else _lead(exact) > 1e-4
    assert sure.mean() > 0.9
    assert label.shape == (exact.shape if several else (len(X),))
    np.testing.assert_array_equal(label[sure], model.predict(X)[sure])


def _lead(p):
    best = np.sort(p, axis=1)
    return best[:, -1] - best[:, -2]


def test_the_file_says_what_it_is():
    onnx_model = to_onnx(fitted("softmax", "float32")[0])
    assert [(each.domain, each.version) for each in onnx_model.opset_import] == [("", 18)]
    assert onnx_model.producer_name == "skdigits"
    (tensor,) = onnx_model.graph.input
    assert tensor.name == "X"
    assert tensor.type.tensor_type.elem_type == 1  # float32, as the weights are
    assert [d.dim_value for d in tensor.type.tensor_type.shape.dim] == [0, 4]


@pytest.mark.parametrize("kind", [TwoLayerNNClassifier, TwoLayerNNClassifierCV])
@pytest.mark.parametrize("dtype", [None, "float32", "float64"])
def test_a_pipeline_is_one_graph(kind, dtype):
    pytest.importorskip("skl2onnx")
    X, y = load_iris(return_X_y=True)
    names = np.array(["a", "b", "c"])[y]
    model = make_pipeline(StandardScaler(), MinMaxScaler(), kind(5, random_state=0)).fit(X, names)
    X = X.astype(dtype or "float32")
    label, p = run(to_onnx(model, dtype=dtype), X)
    np.testing.assert_allclose(
        p, model.predict_proba(X), atol=1e-12 if dtype == "float64" else 2e-6
    )
    assert (label == model.predict(X)).mean() > 0.99


@pytest.mark.parametrize("name", MODELS)
def test_skl2onnx_knows_our_classifiers(name):
    skl2onnx = pytest.importorskip("skl2onnx")
    model, X = fitted(name)
    register_skl2onnx()
    register_skl2onnx()
    onnx_model = skl2onnx.to_onnx(model, X[:1], options={"zipmap": False})
    label, p = run(onnx_model, X)
    exact = model.predict_proba(X)
    np.testing.assert_allclose(p, exact, atol=1e-12)
    np.testing.assert_array_equal(label[:50], model.predict(X)[:50])


def test_skl2onnx_takes_integers():
    skl2onnx = pytest.importorskip("skl2onnx")
    model, X = fitted("softmax")
    whole = X.astype(np.int64)
    register_skl2onnx()
    _, p = run(skl2onnx.to_onnx(model, whole[:1], options={"zipmap": False}), whole)
    np.testing.assert_allclose(p, model.predict_proba(whole), atol=1e-6)


def test_bad_input_is_refused():
    model, _ = fitted("softmax")
    with pytest.raises(ValueError, match="dtype must be 'float32', 'float64' or None, got 'half'"):
        to_onnx(model, dtype="half")
    X, y = load_iris(return_X_y=True)
    other = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    for wrong in (other, other[-1]):
        with pytest.raises(ValueError, match="must be a TwoLayerNNClassifier.*LogisticRegression"):
            to_onnx(wrong)


def test_without_onnx_an_error_says_what_to_install():
    code = """
import sys
sys.modules["onnx"] = sys.modules["skl2onnx"] = None
from sklearn.datasets import load_iris
from skdigits import TwoLayerNNClassifier
from skdigits.export import register_skl2onnx, to_onnx
model = TwoLayerNNClassifier(2, random_state=0).fit(*load_iris(return_X_y=True))
for call in (lambda: to_onnx(model), register_skl2onnx):
    try:
        call()
    except ImportError as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        f"this export needs {name}, which the extra 'onnx' brings: pip install {name}"
        for name in ("onnx", "skl2onnx")
    ]
