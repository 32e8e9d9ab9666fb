"""Oracles: the same predictions, and code that would leave a trace if it ran."""

import io
import json
import os
import pickle
import zipfile

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdigits import TwoLayerNNClassifier, load_model, save_model

pytest.importorskip("skops")


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("labels", [np.array([0, 1, 2]), np.array(["ada", "bob", "cy"])])
@pytest.mark.parametrize("in_pipeline", [False, True])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_there_and_back(tmp_path, iris, dtype, labels, in_pipeline):
    X, y = iris[0], labels[iris[1]]
    model = TwoLayerNNClassifier(3, dtype=dtype, maxiter=20, random_state=0)
    if in_pipeline:
        model = make_pipeline(StandardScaler(), model)
    model.fit(X, y)
    save_model(model, tmp_path / "model.skops")
    back = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(back.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(back.predict(X), model.predict(X))
    assert repr(back) == repr(model)
    net = model[-1] if in_pipeline else model
    read = back[-1] if in_pipeline else back
    assert vars(net).keys() == vars(read).keys()
    assert read.loss_curve_ == net.loss_curve_
    assert read.optimize_result_ == net.optimize_result_


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "MODEL.CSV"])
def test_a_name_of_another_kind_of_file_is_refused(tmp_path, iris, name):
    with pytest.raises(ValueError, match=f"{name}: not saved: .* name it .skops or .npz"):
        save_model(TwoLayerNNClassifier(2, maxiter=2).fit(*iris), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_an_unfitted_model_is_not_saved(tmp_path):
    with pytest.raises(NotFittedError):
        save_model(TwoLayerNNClassifier(), tmp_path / "model.skops")
    assert not (tmp_path / "model.skops").exists()


def test_a_model_that_could_not_be_loaded_is_not_saved(tmp_path, iris):
    class Mine(TwoLayerNNClassifier):
        pass

    with pytest.raises(ValueError, match="the model .a Mine.: load_model would refuse .*Mine"):
        save_model(Mine(3, tol=10).fit(*iris), tmp_path / "model.skops")
    assert not (tmp_path / "model.skops").exists()


class Hostile:
    """Leaves a file behind when it is unpickled."""

    def __reduce__(self):
        return os.system, ("touch hostile-code-ran",)


def archive(schema, **members):
    """A skops archive as a stranger might write it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("schema.json", json.dumps(schema))
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def a_call_of(module, name):
    """A schema whose loading would call a function."""
    return {
        "__class__": name,
        "__module__": module,
        "__loader__": "ReduceNode",
        "__id__": 1,
        "constructor": {
            "__class__": name, "__module__": module, "__loader__": "TypeNode", "__id__": 2,
        },
        "content": {
            "args": {
                "__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode", "__id__": 3,
                "content": [
                    {
                        "__class__": "str", "__module__": "builtins", "__loader__": "JsonNode",
                        "__id__": 4, "content": '"touch hostile-code-ran"', "is_json": True,
                    }
                ],
            }
        },
        "protocol": 2,
        "_skops_version": "0.13",
    }  # fmt: skip


HOSTILE = {
    "a pickle": lambda: pickle.dumps(Hostile()),
    "a call of os.system": lambda: archive(a_call_of("os", "system")),
    "a call of posix.system": lambda: archive(a_call_of("posix", "system")),
    "a function": lambda: archive({
        "__class__": "function", "__module__": "builtins", "__loader__": "FunctionNode", "__id__": 1,
        "content": {"module_path": "os", "function": "system"}, "protocol": 2, "_skops_version": "0.13",
    }),
    "an object array": lambda: archive(
        {
            "__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode", "__id__": 1,
            "type": "numpy", "file": "a.npy", "protocol": 2, "_skops_version": "0.13",
        },
        **{"a.npy": pickled_array()},
    ),
    "no schema": lambda: archive({}),
    "nothing": lambda: b"",
    "a cut archive": lambda: archive({"x": 1})[:40],
}  # fmt: skip


def pickled_array():
    buffer = io.BytesIO()
    np.save(buffer, np.array([Hostile()], dtype=object), allow_pickle=True)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_runs_nothing(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.skops"
    path.write_bytes(HOSTILE[kind]())
    with pytest.raises(ValueError, match="model.skops: "):
        load_model(path)
    assert os.listdir(tmp_path) == ["model.skops"]


def test_the_hostile_object_is_hostile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pickle.loads(pickle.dumps(Hostile()))
    assert os.listdir(tmp_path) == ["hostile-code-ran"]


@pytest.mark.parametrize("ending", ["skops", "npz"])
def test_what_cannot_be_read_is_an_error_of_the_system(tmp_path, ending):
    with pytest.raises(FileNotFoundError, match="gone"):
        load_model(tmp_path / f"gone.{ending}")
    (tmp_path / f"folder.{ending}").mkdir()
    with pytest.raises(OSError, match="folder"):
        load_model(tmp_path / f"folder.{ending}")


def packed(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


JUNK = {
    "empty": (b"", "found an empty file"),
    "text": (b"a,b\n1,2\n", "found no archive, for it begins with b'a,b"),
    "a picture": (
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        "found no archive, for it begins with b'.*PNG",
    ),
    "a pickle": (pickle.dumps({"a": 1}), "found a pickle, which is not loaded"),
    "a cut archive": (packed(a="x" * 100)[:60], "found an archive that is cut or damaged"),
    "an empty archive": (packed(), "found "),
    "an archive of other things": (packed(a="x", b="y"), "found .*a.*b"),
    "an archive in an archive": (packed(a=packed(b="x")), "found .*a"),
    "a schema that is no JSON": (packed(**{"schema.json": "{"}), "found "),
    "a schema of another kind": (packed(**{"schema.json": "[1, 2]"}), ""),
    "a schema without end": (packed(**{"schema.json": "[" * 100_000}), "found "),
}


@pytest.mark.parametrize("ending", ["skops", "npz"])
@pytest.mark.parametrize("kind", JUNK)
def test_junk_is_a_value_error_that_says_what_was_found(tmp_path, kind, ending):
    content, found = JUNK[kind]
    path = tmp_path / f"junk.{ending}"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"junk.{ending}: .*{found}"):
        load_model(path)


@pytest.mark.parametrize("ending", ["skops", "npz"])
def test_a_refused_model_leaves_the_file_that_is_there(tmp_path, iris, ending):
    path = tmp_path / f"model.{ending}"
    model = TwoLayerNNClassifier(3, tol=10).fit(*iris)
    save_model(model, path)
    good = path.read_bytes()
    model.set_params(reg_lambda=-1) if ending == "npz" else setattr(model, "own", Hostile())
    with pytest.raises(ValueError, match=f"model.{ending}: "):
        save_model(model, path)
    assert path.read_bytes() == good
    assert os.listdir(tmp_path) == [path.name]
