"""JSON read back, and C compiled, give the probabilities of the model; oracle: the model."""

import ctypes
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from exported_models import MODELS, fitted
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.datasets import load_digits

from skdigits import TwoLayerNNClassifier
from skdigits.export import to_c, to_json
from skdigits.export.texts import _floats, _quoted

CC = shutil.which("cc")
needs_compiler = pytest.mark.skipif(CC is None, reason="needs a C compiler")


def by_hand(found, X):
    """Probabilities by the formula that stands in the JSON, written out for NumPy."""
    activation = {
        "h = 1 / (1 + exp(-a))": expit,
        "h = tanh(a)": np.tanh,
        "h = max(a, 0)": lambda a: np.maximum(a, 0),
    }[found["formula"][1]]
    outputs = {
        "p = exp(z - max z) / sum exp(z - max z)": lambda z: _shares(
            np.exp(z - z.max(axis=1, keepdims=True))
        ),
        "p = [1 - s, s], s = 1 / (1 + exp(-z))": lambda z: np.hstack([1 - expit(z), expit(z)]),
        "p = 1 / (1 + exp(-z)), of each label by itself": expit,
        "s = 1 / (1 + exp(-z)), p = s / sum s": lambda z: _shares(expit(z)),
    }[found["formula"][3]]
    total = 0
    for network in found["networks"]:
        W1, b1, W2, b2 = (np.array(network[name]) for name in ("W1", "b1", "W2", "b2"))
        total = total + outputs(activation(X @ W1 + b1) @ W2 + b2)
    return total / len(found["networks"])


def _shares(s):
    return s / s.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", MODELS)
def test_json_has_the_formula_and_its_numbers(name, dtype):
    model, X = fitted(name, dtype)
    found = json.loads(to_json(model))
    p = by_hand(found, X)
    np.testing.assert_allclose(p, model.predict_proba(X), atol=1e-5 if dtype == "float32" else 1e-9)
    assert found["classes"] == model.classes_.tolist()
    assert found["features"] is None
    member = getattr(model, "estimators_", [model])[0]
    W1 = np.array(found["networks"][0]["W1"], dtype=found["dtype"])
    np.testing.assert_array_equal(W1, member.coefs_[0])


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_floats_have_the_digits_that_read_as_the_same(value):
    (number,) = _floats(np.array([value], dtype=np.float32))
    assert np.float32(json.loads(json.dumps(number))) == np.float32(value)


# --- C ---------------------------------------------------------------------------------------------


def compiled(text, folder, name="model"):
    """The library that a C compiler makes of a file, with all warnings as errors."""
    source, library = folder / f"{name}.c", folder / f"{name}.so"
    source.write_text(text)
    strict = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Wshadow"]
    subprocess.run(
        [CC, *strict, "-O1", "-shared", "-fPIC", source, "-o", library, "-lm"], check=True
    )
    return ctypes.CDLL(str(library))


def probabilities(library, X, n_classes, prefix=""):
    found = np.empty((len(X), n_classes), dtype=X.dtype)
    function = getattr(library, f"{prefix}predict_proba")
    for x, p in zip(X, found, strict=True):
        function(x.ctypes.data_as(ctypes.c_void_p), p.ctypes.data_as(ctypes.c_void_p))
    return found


@needs_compiler
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", MODELS)
def test_c_computes_the_probabilities(name, dtype, tmp_path):
    model, X = fitted(name, dtype)
    library = compiled(to_c(model), tmp_path)
    X = np.ascontiguousarray(X, dtype=getattr(model, "estimators_", [model])[0].coefs_[0].dtype)
    p = probabilities(library, X, len(model.classes_))
    exact = model.predict_proba(X)
    np.testing.assert_allclose(p, exact, atol=1e-5 if X.dtype == np.float32 else 1e-9)
    texts = (ctypes.c_char_p * len(model.classes_)).in_dll(library, "classes")
    assert [text.decode() for text in texts] == [str(each) for each in model.classes_.tolist()]
    if MODELS[name][1].ndim == 1:
        for x, row in zip(X, p, strict=True):
            assert library.predict(x.ctypes.data_as(ctypes.c_void_p)) == row.argmax()


@needs_compiler
def test_c_does_not_overflow(tmp_path):
    for name in ("softmax", "two, sigmoid", "normalized"):
        model, X = fitted(name)
        far = 1e6 * X
        p = probabilities(compiled(to_c(model), tmp_path, name[:3]), far, len(model.classes_))
        np.testing.assert_allclose(p, model.predict_proba(far), atol=1e-9)


@needs_compiler
def test_two_models_in_one_program(tmp_path):
    (one, X), (other, _) = fitted("softmax"), fitted("two, softmax")
    text = to_c(one, prefix="iris_") + to_c(other, prefix="virginica_")
    library = compiled(text, tmp_path)
    for model, prefix in ((one, "iris_"), (other, "virginica_")):
        p = probabilities(library, X, len(model.classes_), prefix)
        np.testing.assert_allclose(p, model.predict_proba(X), atol=1e-9)


@needs_compiler
def test_the_program_of_the_guide(tmp_path):
    X, y = load_digits(return_X_y=True)
    model = TwoLayerNNClassifier(random_state=0).fit((X / 16).astype("float32"), y)
    (tmp_path / "digits.c").write_text(to_c(model))
    page = Path(__file__).parents[2] / "docs" / "export.md"
    (program,) = re.findall(r"```c\n(.*?)```", page.read_text(), flags=re.DOTALL)
    (tmp_path / "main.c").write_text(program)
    command = [CC, "-std=c99", "-Wall", "-Werror", "main.c", "-o", "main", "-lm"]
    subprocess.run(command, cwd=tmp_path, check=True)
    for x in X[:20] / 16:
        pixels = " ".join(map(str, x))
        done = subprocess.run(
            [tmp_path / "main"], input=pixels, capture_output=True, text=True, check=True
        )
        p = model.predict_proba(x[np.newaxis])[0]
        assert done.stdout == f"{p.argmax()} {p.max():.4f}\n"


@pytest.mark.parametrize("prefix", ["1st", "a-b", "a b", "x;"])
def test_a_prefix_is_an_identifier(prefix):
    with pytest.raises(ValueError, match="prefix must be letters"):
        to_c(fitted("softmax")[0], prefix=prefix)


def test_strings_of_c():
    assert _quoted('a"b\\c?') == r'"a\042b\134c\077"'
    assert _quoted("é1") == r'"\303\2511"'
