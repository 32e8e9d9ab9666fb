"""Oracles: what the names stand for, and files whose loading would leave a trace."""

import importlib
import io
import json
import os
import zipfile
from functools import partial

import numpy as np
import pytest
from scipy.interpolate import BSpline
from scipy.sparse import csr_matrix
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, SplineTransformer

from skdigits import TwoLayerNNClassifier, load_model, save_model
from skdigits.files.splines import Spline
from skdigits.files.trust import NAMES

skops_io = pytest.importorskip("skops.io")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X = np.random.default_rng(0).normal(size=(20, 3))


@pytest.fixture(scope="module")
def model():
    steps = FunctionTransformer(), TwoLayerNNClassifier(2, maxiter=3)
    return make_pipeline(*steps).fit(X, np.arange(20) % 2)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_name_is_what_it_says(name):
    module, _, own = name.rpartition(".")
    found = getattr(importlib.import_module(module), own)
    if NAMES[name] == "FunctionNode":
        assert not isinstance(found, type)
        # By this name skops writes it.
        assert f"{found.__module__}.{found.__name__}" == name
    else:
        assert isinstance(found, type)


def test_functions_of_numpy_compute(tmp_path):
    """They neither leave files nor change what they are given."""
    for name in (
        name for name in NAMES if name.startswith("numpy.") and NAMES[name] == "FunctionNode"
    ):
        given = X.copy()
        arguments = (0.0, 1.0) if name == "numpy.clip" else ()
        getattr(np, name.removeprefix("numpy."))(given, *arguments)
        np.testing.assert_array_equal(given, X)


# --- schemas as a stranger might write them -------------------------------------------------------


def node(kind, name, **content):
    module, _, own = name.rpartition(".")
    return {"__class__": own, "__module__": module, "__loader__": kind, **content}


def text(value):
    return node("JsonNode", "builtins.str", content=json.dumps(value), is_json=True)


def several(*values, name="builtins.tuple", kind="TupleNode"):
    return node(kind, name, content=list(values))


def archive(schema, protocol=2):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        schema = schema | {"protocol": protocol, "_skops_version": "0.13"}
        file.writestr("schema.json", json.dumps(schema))
    return buffer.getvalue()


def with_keys(**content):
    types = several(
        *(node("TypeNode", "builtins.str") for _ in content), kind="ListNode", name="builtins.list"
    )
    return node("DictNode", "builtins.dict", content=content, key_types=types)


TRACE = "trace = open('imported', 'w').close()"
STATE = with_keys(bit_generator=text("test"), state=text("x"))
HOSTILE = {
    "a trusted function called": node(
        "ConstructorFromReduceNode", "numpy.mean", content=several(text([1, 2]))
    ),
    "a trusted function in a list's place": several(text(1), kind="ListNode", name="numpy.sum"),
    "a trusted function in a dict's place": node(
        "DictNode", "numpy.nan_to_num", content={}, key_types=several(kind="ListNode", name="builtins.list")
    ),
    "a trusted type called": node(
        "ConstructorFromReduceNode", "functools.partial", content=several(node("FunctionNode", "os.system"))
    ),
    "a partial of what is not trusted": node(
        "PartialNode", "functools.partial",
        content={
            "func": node("FunctionNode", "os.system"), "args": several(text("touch hostile-code-ran")),
            "kwds": with_keys(), "namespace": text(None),
        },
    ),
    "a loss of a stranger's module": node(
        "LossNode", "stranger.Loss", content=with_keys(), __reduce__={"args": several()}
    ),
    "a tree by another name": node(
        "TreeNode", "sklearn.tree._tree.Tree", content=with_keys(), __reduce__={"args": several()}
    ),
    "a method": node(
        "MethodNode", "skdigits.classifier.TwoLayerNNClassifier",
        content={"func": "fit", "obj": node("ObjectNode", "skdigits.classifier.TwoLayerNNClassifier", content=with_keys())},
    ),
    "a caller of methods": node("OperatorFuncNode", "operator.methodcaller", attrs=several(text("fit"))),
    "a generator by any name": node(
        "RandomGeneratorNode", "numpy.random.Generator", content={"bit_generator": STATE, "seed_seq": with_keys()}
    ),
    "a BSpline, which checks nothing": node("ObjectNode", "scipy.interpolate._bsplines.BSpline", content=with_keys(k=text(10**6))),
    "a Spline that goes round its checks": node("ObjectNode", "skdigits.files.splines.Spline", content=with_keys(k=text(10**6))),
    "no names": {"__loader__": "ObjectNode"},
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_crafted_file_is_refused_and_runs_nothing(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "stranger.py").write_text(TRACE)
    (tmp_path / "model.skops").write_bytes(archive(HOSTILE[kind]))
    with pytest.raises(ValueError, match="model.skops: "):
        load_model("model.skops")
    # Nor where it hides in an honest node.
    hidden = with_keys(func=HOSTILE[kind])
    step = node(
        "ObjectNode",
        "sklearn.preprocessing._function_transformer.FunctionTransformer",
        content=hidden,
    )
    (tmp_path / "model.skops").write_bytes(archive(step))
    with pytest.raises(ValueError, match="model.skops: "):
        load_model("model.skops")
    assert sorted(os.listdir()) == ["model.skops", "stranger.py"]


def test_files_of_older_protocols_are_refused(tmp_path):
    old = node(
        "FunctionNode", "builtins.function", content={"module_path": "os", "function": "system"}
    )
    for protocol in (0, 1, -1, "2", None):
        (tmp_path / "model.skops").write_bytes(archive(old, protocol))
        with pytest.raises(ValueError, match="model.skops: "):
            load_model(tmp_path / "model.skops")


@pytest.mark.parametrize(
    "function", [os.system, np.load, np.savetxt, eval, partial(os.system, "true")]
)
def test_a_strangers_function_is_not_there_to_be_called(tmp_path, model, function):
    model[0].func = function
    path = tmp_path / "model.skops"
    path.write_bytes(skops_io.dumps(model))
    with pytest.raises(
        ValueError, match=r"model\.skops: not loaded, it holds types that are not trusted"
    ):
        load_model(path)
    model[0].func = None
    path.write_bytes(skops_io.dumps(model))
    assert load_model(path).predict(X).tolist() == model.predict(X).tolist()


# --- splines and sparse matrices, whose compiled code believes sizes ------------------------------


def test_a_spline_is_a_bspline(tmp_path):
    t, c = np.arange(9.0), np.random.default_rng(0).normal(size=(5, 2))
    grid = np.linspace(-1, 10, 50)
    for extrapolate in (True, False, "periodic"):
        expected = BSpline(t, c, 3, extrapolate)
        spline = Spline(t, c, 3, extrapolate)
        again = skops_io.loads(skops_io.dumps(spline), trusted=list(NAMES))
        for each in (spline, again):
            np.testing.assert_array_equal(each(grid), expected(grid))
            assert each.extrapolate == expected.extrapolate
            assert each.t.dtype == each.c.dtype == float


@pytest.mark.parametrize(
    ("knots", "shape", "degree"),
    [(9, (5,), 10**6), (9, (5,), -1), (9, (4,), 3), (7, (5,), 3), (0, (0,), 0), (9, (), 3)],
)
def test_a_spline_of_sizes_that_do_not_fit_is_none(knots, shape, degree):
    with pytest.raises((TypeError, ValueError)):
        Spline(np.arange(float(knots)), np.ones(shape), degree, True)


def test_a_crafted_spline_is_refused(tmp_path):
    splines = SplineTransformer(), TwoLayerNNClassifier(2, maxiter=3)
    path = tmp_path / "model.skops"
    save_model(make_pipeline(*splines).fit(X, np.arange(20) % 2), path)
    model = load_model(path)
    model[0].bsplines_[0].k = 10**6
    path.write_bytes(skops_io.dumps(model))
    with pytest.raises(ValueError, match=r"model\.skops: expected .* a spline of degree 1000000"):
        load_model(path)


@pytest.mark.parametrize("index", [-5, 10**6])
def test_a_crafted_sparse_matrix_is_refused(tmp_path, model, index):
    path = tmp_path / "model.skops"
    matrix = csr_matrix(np.eye(3))
    model[0].kw_args = {"matrix": matrix}
    save_model(model, path)
    kept = load_model(path)[0].kw_args["matrix"]
    assert (kept != matrix).nnz == 0
    matrix.indices[0] = index
    path.write_bytes(skops_io.dumps(model))
    with pytest.raises(ValueError, match=r"model\.skops: expected a model that save_model wrote"):
        load_model(path)
    model[0].kw_args = None
