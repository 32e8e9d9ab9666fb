"""Oracles: the same bits as the model's own, NumPy alone, and files damaged in every way."""

import io
import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris, make_multilabel_classification
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdigits import TwoLayerNNClassifier, load_model, save_model
from skdigits.commands.cli import main

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:early_stopping=True kept"),  # y is random
    pytest.mark.filterwarnings("ignore:the network says the same"),
]
with_files = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def saved(model, path):
    save_model(model, path)
    return load_model(path)


def assert_same(back, model, X):
    for name in ("predict", "predict_proba", "decision_function", "predict_log_proba"):
        expected, found = getattr(model, name)(X), getattr(back, name)(X)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    assert repr(back) == repr(model)
    assert vars(back).keys() == vars(model).keys()
    for name in ("loss_", "loss_curve_", "n_iter_", "optimize_result_", "sample_loss_curves_"):
        assert getattr(back, name) == getattr(model, name)


KINDS = {
    "ints": np.array([-3, 0, 70]),
    "small ints": np.array([1, 2, 3], dtype=np.uint8),
    "floats": np.array([-1.0, 2.0, 5.0]),
    "bools": np.array([False, True]),
    "strings": np.array(["ada", "bøb", "\N{SNOWMAN}"]),
    "objects": np.array(["ada", "bob", "cy"], dtype=object),
    "several": None,
}


@st.composite
def fits(draw):
    """(model, X, y) of any kind."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    output = "sigmoid" if kind == "several" else draw(st.sampled_from(["softmax", "sigmoid"]))
    if kind == "several":
        X, y = make_multilabel_classification(
            40, 5, n_classes=draw(st.integers(2, 4)), random_state=0
        )
    else:
        labels = KINDS[kind][: draw(st.integers(2, 3))]
        rng = np.random.default_rng(draw(st.integers(0, 99)))
        X, y = rng.normal(size=(30, draw(st.integers(1, 4)))), labels[np.arange(30) % len(labels)]
    model = TwoLayerNNClassifier(
        draw(st.integers(1, 5)),
        reg_lambda=draw(st.floats(0, 1e3)),
        output_activation=output,
        activation=draw(st.sampled_from(["logistic", "tanh", "relu"])),
        dtype=draw(st.sampled_from([None, "float32", "float64"])),
        progressive_sampling=draw(st.sampled_from([None, (0.3, 0.6)])),
        early_stopping=draw(st.booleans()),
        maxiter=4,
        random_state=draw(st.integers(0, 2**32 - 1)),
    )
    return model, X, y


@given(fits())
@settings(with_files, max_examples=settings().max_examples // 3)
def test_there_and_back(tmp_path, fit):
    model, X, y = fit
    back = saved(model.fit(X, y), tmp_path / "model.npz")
    assert_same(back, model, X)
    # It goes on as the model does: fitted again from anew, and from its weights.
    for settings_ in ({}, {"warm_start": True}):
        again = [twin.set_params(**settings_).fit(X, y) for twin in (back, model)]
        np.testing.assert_array_equal(*(twin.coefs_[0] for twin in again))
    np.testing.assert_array_equal(clone(back).fit(X, y).coefs_[1], clone(model).fit(X, y).coefs_[1])


def test_parameters_are_the_same_objects_in_all_but_identity(tmp_path, iris):
    given_ = {
        "class_weight": {0: 1.0, 1: 2.5, np.int64(2): np.float32(0.1)},
        "solver_options": {"maxiter": 3, "maxcor": np.int64(4)},
        "progressive_sampling": (0.2, np.float64(0.4)),
        "tol": 0.1 + 0.2,
        "verbose": False,
    }
    model = TwoLayerNNClassifier(3, **given_).fit(*iris)
    back = saved(model, tmp_path / "model.npz")
    assert back.get_params() == model.get_params()
    assert type(back.progressive_sampling) is tuple
    assert back.class_weight.keys() == {0, 1, 2}


def test_column_names_are_kept(tmp_path):
    X, y = load_iris(return_X_y=True, as_frame=True)
    model = TwoLayerNNClassifier(3, maxiter=3).fit(X, y)
    back = saved(model, tmp_path / "model.npz")
    assert back.feature_names_in_.tolist() == X.columns.tolist()
    with pytest.raises(ValueError, match="feature names"):
        back.predict(X.rename(columns=str.upper))


def test_classes_of_pandas_strings(tmp_path, iris):
    y = pd.Series(np.array(["ada", "bob", "cy"])[iris[1]], dtype=object)
    model = TwoLayerNNClassifier(3, maxiter=3).fit(iris[0], y)
    assert_same(saved(model, tmp_path / "model.npz"), model, iris[0])


def test_what_is_not_kept_is_told(tmp_path, iris):
    model = TwoLayerNNClassifier(3, maxiter=3, random_state=np.random.RandomState(0)).fit(*iris)
    with pytest.warns(
        UserWarning, match="model.npz does not keep random_state=RandomState"
    ) as told:
        save_model(model, tmp_path / "model.npz")
    assert told[0].filename == __file__
    assert load_model(tmp_path / "model.npz").random_state is None


def test_numpy_alone_can_predict_with_it(tmp_path, iris):
    X, y = iris
    model = TwoLayerNNClassifier(3, maxiter=30, random_state=0).fit(X, y)
    save_model(model, tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as a:
        hidden = 1 / (1 + np.exp(-(X @ a["coef_0"] + a["intercept_0"])))
        scores = hidden @ a["coef_1"] + a["intercept_1"]
        assert json.loads(str(a["about"]))["fitted"]["activation_"] == "logistic"
        np.testing.assert_array_equal(a["classes"][scores.argmax(axis=1)], model.predict(X))
    np.testing.assert_allclose(scores, model.decision_function(X), rtol=1e-12)


def test_skops_is_not_needed(tmp_path, iris, monkeypatch):
    monkeypatch.setitem(sys.modules, "skops", None)
    monkeypatch.setitem(sys.modules, "skops.io", None)
    model = TwoLayerNNClassifier(3, maxiter=3).fit(*iris)
    assert_same(saved(model, str(tmp_path / "MODEL.NPZ")), model, iris[0])
    with pytest.raises(ImportError, match="not named .npz need skops"):
        save_model(model, tmp_path / "model.skops")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda X, y: make_pipeline(StandardScaler(), TwoLayerNNClassifier(3, tol=9)).fit(X, y), "alone, got a Pipeline; save the model to a file named .skops"),
        (lambda X, y: type("Mine", (TwoLayerNNClassifier,), {})(3, tol=9).fit(X, y), "alone, got a Mine"),
        (lambda X, y: TwoLayerNNClassifier(3, tol=9).fit(X, np.array(["a", "b", "c\0"], dtype=object)[y]), "strings that do not end in NUL"),
        (lambda X, y: TwoLayerNNClassifier(3, tol=9).fit(X, y).set_params(reg_lambda=-1), "parameters in their ranges, found The 'reg_lambda'"),
    ],
)  # fmt: skip
def test_what_could_not_be_loaded_is_not_saved(tmp_path, iris, make, message):
    model = make(*iris)
    with pytest.raises(ValueError, match=f"model.npz: .*{message}"):
        save_model(model, tmp_path / "model.npz")
    assert not (tmp_path / "model.npz").exists()


def test_an_unfitted_model_is_not_saved(tmp_path):
    with pytest.raises(NotFittedError):
        save_model(TwoLayerNNClassifier(), tmp_path / "model.npz")


def test_the_command_predicts_with_it(tmp_path, capsys):
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    model = TwoLayerNNClassifier(5, maxiter=20, random_state=0).fit(X, y)
    save_model(model, tmp_path / "model.npz")
    arguments = ["predict", str(tmp_path / "model.npz"), "digits", "--json", "--out", str(tmp_path)]
    assert main(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["predictions"] == model.predict(X).tolist()
    (tmp_path / "model.npz").write_bytes(b"PK")
    assert main(arguments) == 2
    assert "model.npz: expected a model that save_model wrote" in capsys.readouterr().err


# --- files of strangers ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory, iris):
    """(model, the arrays of its file, its bytes)."""
    path = tmp_path_factory.mktemp("small") / "model.npz"
    model = TwoLayerNNClassifier(2, maxiter=3, random_state=0).fit(*iris)
    save_model(model, path)
    with np.load(path) as arrays:
        return model, dict(arrays), path.read_bytes()


def about(**changes):
    """A change of what `about` tells; a name may be that of something fitted."""

    def change(arrays):
        told = json.loads(str(arrays["about"]))
        for name, value in changes.items():
            (told["fitted"] if name in told["fitted"] else told)[name] = value
        return arrays | {"about": np.array(json.dumps(told))}

    return change


def changed(name, function):
    return lambda arrays: arrays | {name: function(arrays[name])}


def without(name):
    return lambda arrays: {key: value for key, value in arrays.items() if key != name}


HOSTILE = {
    "an array too many": (lambda a: a | {"more": np.zeros(3)}, "the arrays about, .*'more'"),
    "an array too few": (without("classes"), "the arrays about, classes"),
    "pickled weights": (changed("coef_0", lambda c: c.astype(object)), "coef_0 of kind f .*found object"),
    "pickled classes": (changed("classes", lambda c: c.astype(object)), "classes of kind biufU .*found object"),
    "a record": (changed("classes", lambda c: np.zeros(3, dtype="i4,O")), "classes of kind biufU"),
    "float16": (lambda a: a | {k: v.astype(np.float16) for k, v in a.items() if v.dtype.kind == "f"}, "float32 or float64, found .'float16"),
    "two dtypes": (changed("coef_1", lambda c: c.astype(np.float32)), "one dtype, .*'float32', 'float64'"),
    "three dimensions": (changed("coef_0", lambda c: c[None]), "coef_0 of kind f in 2 dimensions"),
    "shapes that do not fit": (changed("coef_1", lambda c: c[:1]), "shapes that fit together"),
    "a bias too few": (changed("intercept_0", lambda c: c[:1]), "shapes that fit together"),
    "no features": (changed("coef_0", lambda c: c[:0]), "shapes that fit together"),
    "a class too few": (changed("classes", lambda c: c[:2]), "as many classes as outputs, 3, found 2"),
    "not finite": (changed("coef_1", lambda c: c * np.nan), "finite numbers in coef_1"),
    "infinite": (changed("intercept_0", lambda c: c + np.inf), "finite numbers in intercept_0"),
    "classes out of order": (changed("classes", lambda c: c[::-1]), "classes in increasing order"),
    "classes twice": (changed("classes", lambda c: c * 0), "classes in increasing order"),
    "no class": (changed("classes", lambda c: np.array([0, 1, np.nan])), "classes in increasing order"),
    "no characters": (changed("classes", lambda c: np.array([1, 2, 2**31], dtype=np.uint32).view("U1")), "characters in classes, found the number 2147483648"),
    "no text": (changed("about", lambda c: np.array([1, 2**31], dtype=np.uint32).view("U2")[0:1].reshape(())), "characters in about, found the number 2147483648"),
    "no JSON": (changed("about", lambda c: np.array("{")), "found JSONDecodeError"),
    "a list": (changed("about", lambda c: np.array("[]")), "about to tell format, .*found list"),
    "deep JSON": (changed("about", lambda c: np.array("[" * 100_000)), "found RecursionError"),
    "a later format": (about(format=3), "tell format as save_model does, found 3"),
    "more told": (about(more=1), "about to tell format, "),
    "several labels with softmax": (about(multilabel=True), "labels 0 to n_outputs - 1 with sigmoid"),
    "an unknown activation": (about(activation_="__import__('os')"), "tell activation_ as"),
    "an activation that is none": (about(output_activation_=[{}]), "tell output_activation_ as"),
    "no count": (about(n_iter_=True), "tell n_iter_ as"),
    "no numbers": (about(loss_curve_=["a"]), "tell loss_curve_ as"),
    "no outcome": (about(optimize_result_={"x": 1}), "tell optimize_result_ as"),
    "a parameter too many": (about(parameters={"coefs_": 1}), "parameters of a TwoLayerNNClassifier, found .'coefs_'"),
    "a parameter out of range": (about(parameters={"hidden_units": -1}), "'hidden_units' parameter"),
    "an unknown solver": (about(parameters={"solver": "evil"}), "solver must be one of"),
    "fractions of text": (about(parameters={"progressive_sampling": ["a"]}), "progressive_sampling must be"),
    "a factor of nothing": (about(parameters={"class_weight": {"dict": [[0, float("nan")]]}}), "class_weight must be finite"),
    "a factor of text": (about(parameters={"class_weight": {"dict": [[0, "a"]]}}), "class_weight must be finite"),
    "more units than can be": (about(parameters={"hidden_units": 10**400}), "hidden_units must be a number of 64 bits"),
    "a parameter of no type": (about(parameters={"solver_options": {"call": []}}), "unknown kind 'call'"),
    "a dict of lists": (about(parameters={"class_weight": {"dict": [[[], 1]]}}), "found TypeError"),
    "names too few": (about(feature_names=["a"]), "4 feature names, found 1"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_file_that_is_not_ours_is_refused(tmp_path, small, kind):
    change, message = HOSTILE[kind]
    np.savez(tmp_path / "model.npz", **change(small[1]))
    with pytest.raises(ValueError, match=f"model.npz: expected .*{message}"):
        load_model(tmp_path / "model.npz")


def test_a_file_that_is_rewritten_as_it_was_is_not_refused(tmp_path, small, iris):
    # So the changes above are why the others are; and other machines' byte order does no harm.
    for order in ("<", ">"):
        arrays = {name: a.astype(a.dtype.newbyteorder(order)) for name, a in small[1].items()}
        np.savez(tmp_path / "model.npz", **arrays)
        assert_same(load_model(tmp_path / "model.npz"), small[0], iris[0])


def header(shape, dtype="<f8"):
    content = io.BytesIO()
    declared = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(content, declared)
    return content.getvalue()


def with_member(path, arrays, name, content, compression=zipfile.ZIP_STORED):
    np.savez(path, **without(name)(arrays))
    with zipfile.ZipFile(path, "a", compression) as archive:
        archive.writestr(f"{name}.npy", content)


@pytest.mark.parametrize("shape", [(10**9, 2), (2**62, 2**62), (-4, 2), (0, 2**62), (4, 2)])
def test_a_size_that_is_not_there_is_not_read(tmp_path, small, shape):
    with_member(tmp_path / "model.npz", small[1], "coef_0", header(shape))
    with pytest.raises(
        ValueError, match=r"model.npz: expected (coef_0|weights of two|a model.*EOF)"
    ):
        load_model(tmp_path / "model.npz")


def test_a_bomb_is_not_unpacked(tmp_path, small):
    zeros = header((10**6, 2)) + bytes(16 * 10**6)
    path = tmp_path / "model.npz"
    with_member(path, small[1], "coef_0", zeros, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 10**5
    with pytest.raises(ValueError, match="coef_0 uncompressed, as large as the file says"):
        load_model(path)


def test_many_classes_of_no_characters(tmp_path, small):
    with_member(tmp_path / "model.npz", small[1], "classes", header((10**12,), "<U0"))
    with pytest.raises(ValueError, match="as many classes as outputs, 3, found 1000000000000"):
        load_model(tmp_path / "model.npz")


def test_an_array_twice(tmp_path, small):
    path = tmp_path / "model.npz"
    path.write_bytes(small[2])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("coef_0", archive.read("coef_0.npy"))
    with pytest.raises(ValueError, match="each array once"):
        load_model(path)


def loads_as_it_was_or_not_at_all(path, content, model, X):
    path.write_bytes(content)
    try:
        back = load_model(path)
    except (ValueError, OSError):
        return
    assert_same(back, model, X)


@given(st.data())
@with_files
def test_damage_raises_nothing_else(tmp_path, small, iris, data):
    model, _, content = small
    content = bytearray(content)
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(content))))
    loads_as_it_was_or_not_at_all(tmp_path / "model.npz", bytes(content[:cut]), model, iris[0])


def test_every_header_byte_may_be_flipped(tmp_path, small, iris):
    # Of the central directory and of the members' headers, where no checksum watches.
    model, _, content = small
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        places = [*range(archive.start_dir, len(content))]
        for info in archive.infolist():
            places += range(info.header_offset, info.header_offset + 50)
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        loads_as_it_was_or_not_at_all(tmp_path / "model.npz", bytes(damaged), model, iris[0])


def loads_or_is_refused(path):
    try:
        back = load_model(path)
    except ValueError:
        return
    assert back.predict(np.zeros((1, back.n_features_in_))).shape[0] == 1


@given(st.data())
@with_files
def test_damage_that_checksums_do_not_see(tmp_path, small, data):
    name = data.draw(st.sampled_from(sorted(small[1])))
    with zipfile.ZipFile(io.BytesIO(small[2])) as archive:
        content = bytearray(archive.read(f"{name}.npy"))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "model.npz"
    with_member(path, small[1], name, bytes(content[: data.draw(st.integers(1, len(content)))]))
    loads_or_is_refused(path)
    with_member(path, small[1], name, bytes(content))
    loads_or_is_refused(path)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.data())
@with_files
def test_json_of_any_kind(tmp_path, small, data):
    told = json.loads(str(small[1]["about"]))
    place = (
        told[data.draw(st.sampled_from(["fitted", "parameters"]))]
        if data.draw(st.booleans())
        else told
    )
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(anything)
    np.savez(tmp_path / "model.npz", **small[1] | {"about": np.array(json.dumps(told))})
    loads_or_is_refused(tmp_path / "model.npz")


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="gone"):
        load_model(tmp_path / "gone.npz")
    Path(tmp_path / "folder.npz").mkdir()
    with pytest.raises((OSError, ValueError), match="folder.npz"):
        load_model(tmp_path / "folder.npz")
