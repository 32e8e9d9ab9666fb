"""Files that were changed at random, read in a process of their own: what comes out, and what must.

`Fuzzed(name).run(n, seed)` is called in that process, for a reader that crashes ends it. The changes
are hypothesis's: of bytes; and, since most of those only break a checksum, of what is within: a
member of an archive, an item of its JSON, the header and the numbers of an array.
"""

import copy
import gzip
import io
import json
import signal
import struct
import sys
import warnings
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import scipy.io
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from process_memory import peak
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

from skdigits import (
    BatchedGridSearchCV,
    TwoLayerNNClassifier,
    TwoLayerNNClassifierCV,
    load_model,
    save_model,
)
from skdigits.datasets import load_digits_images
from skdigits.searching.fit_files import FitFiles

MOST_SECONDS = 5  # of the processor, for one file
MOST_MEMORY = 2**30  # of the whole process
BATCH = 2000  # files after which hypothesis forgets what it tried

# --- changes of bytes -----------------------------------------------------------------------------

NUMBERS = st.sampled_from([0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1])


@st.composite
def changed_bytes(draw, content):
    """A few changes: a byte, a number, a piece left out, said twice, put elsewhere; or an end."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        n = draw(st.integers(1, 40))
        kind = draw(st.integers(0, 6))
        if kind == 0:
            content[at : at + 1] = bytes([draw(st.integers(0, 255))])
        elif kind == 1:
            order = draw(st.sampled_from(["<I", ">I", "<H", "<Q"]))
            number = draw(NUMBERS) & (2 ** (8 * struct.calcsize(order)) - 1)
            content[at : at + struct.calcsize(order)] = struct.pack(order, number)
        elif kind == 2:
            del content[at : at + n]
        elif kind == 3:
            content[at:at] = content[at : at + n]
        elif kind == 4:
            to = draw(st.integers(0, max(len(content) - 1, 0)))
            content[to : to + n] = content[at : at + n]
        elif kind == 5:
            content[at:at] = draw(st.binary(max_size=20))
        else:
            del content[at:]
    return bytes(content)


# --- changes of values ----------------------------------------------------------------------------

VALUES = st.sampled_from(
    [None, True, False, 0, 1, -1, 7, 2**70, 0.5, -0.0, 1e308, float("nan"), float("inf"), "", "x",
     "numpy", "softmax", "sigmoid", "relu", [], [1], {}, {"a": 1}, [[[]]], 10**400]
)  # fmt: skip


def _places(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from _places(value[key], (*path, key))


def _at(value, path):
    for key in path:
        value = value[key]
    return value


@st.composite
def changed_json(draw, text):
    """An item in another's place, another value in its, or none."""
    value = json.loads(text)
    for _ in range(draw(st.integers(1, 2))):
        places = [path for path in _places(value) if path]
        if not places:
            break
        *holder, key = draw(st.sampled_from(places))
        within = _at(value, holder)
        kind = draw(st.integers(0, 3))
        if kind == 0 and isinstance(within, dict):
            within[draw(st.sampled_from(["x", "", "__class__"]))] = within.pop(key)
        elif kind == 1:
            del within[key]
        elif kind == 2:
            within[key] = copy.deepcopy(_at(value, draw(st.sampled_from(places))))
        else:
            within[key] = draw(VALUES)
    return json.dumps(value, default=str)


DTYPES = [
    "<f8",
    "<f4",
    ">f8",
    "<i8",
    "|u1",
    "|b1",
    "<U3",
    "<c16",
    "|O",
    "<M8[s]",
    "|V8",
    "|S0",
    "<U0",
]
SIZES = st.sampled_from([0, 1, 2, 3, 10, 64, 1000, 2**31, 2**40, 2**62, -1])


@st.composite
def changed_array(draw, content):
    """Another header over the same numbers, other numbers, another shape or dtype."""
    array = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    kind = draw(st.integers(0, 4))
    if kind == 0:
        shape = list(array.shape) or [1]
        shape[draw(st.integers(0, len(shape) - 1))] = draw(SIZES)
        header = {"descr": draw(st.sampled_from([array.dtype.str, *DTYPES])), "shape": tuple(shape)}
        file = io.BytesIO()
        np.lib.format.write_array_header_1_0(file, header | {"fortran_order": draw(st.booleans())})
        return file.getvalue() + array.tobytes()
    array = array.copy()
    if kind == 1 and array.size and array.dtype.kind in "iuf":
        of_floats = [np.nan, np.inf, -np.inf, 1e308, 1e-310, -1.0, 0.0]
        value = draw(st.sampled_from(of_floats if array.dtype.kind == "f" else [0, 1, 255]))
        with np.errstate(over="ignore"):
            array.flat[draw(st.integers(0, array.size - 1))] = value
    elif kind == 2:
        array = np.atleast_1d(array)[: draw(st.integers(0, 3))]
    elif kind == 3:
        array = array.T if draw(st.booleans()) else array[np.newaxis]
    elif array.dtype.kind in "iufb":
        with np.errstate(invalid="ignore", over="ignore"):
            array = array.astype(draw(st.sampled_from(["<f4", "<f8", "<i8", "|u1", "<U3", "<c16"])))
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@st.composite
def changed_archive(draw, content):
    """A member changed within, left out, said twice or by another's name; the checksums are right."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = draw(st.sampled_from(list(members)))
    kind = draw(st.integers(0, 9))
    if kind == 0:
        del members[name]
    elif kind == 1:
        members[draw(st.sampled_from([*members, "x", "../x.npy", "schema.json"]))] = members[name]
    else:
        members[name] = draw(changed_member(name, members[name]))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", draw(st.sampled_from([0, 0, zipfile.ZIP_DEFLATED]))) as archive:
        for each, data in members.items():
            archive.writestr(each, data)
    return file.getvalue()


def changed_member(name, content):
    """The strategy for what a member of an archive holds."""
    if name.endswith(".json"):
        return changed_json(content).map(str.encode)
    if not content.startswith(b"\x93NUMPY"):
        return changed_bytes(content)
    array = np.load(io.BytesIO(content))
    if array.dtype.kind == "U" and array.ndim == 0:  # JSON in an array
        return changed_json(str(array)).map(_as_member) | changed_array(content)
    return changed_array(content) | changed_bytes(content)


def _as_member(text):
    file = io.BytesIO()
    np.save(file, np.array(text))
    return file.getvalue()


@st.composite
def changed_text(draw, content):
    """Cells and lines of a table changed."""
    lines = [line.split(",") for line in content.decode().splitlines()]
    line = draw(st.sampled_from(lines))
    at = draw(st.integers(0, len(line) - 1))
    cells = [
        "",
        "x",
        "nan",
        "inf",
        "-1",
        "1e400",
        "1e39",
        "11",
        "#",
        '"',
        "\x00",
        "\ufeff",
        "ü",
        "1 2",
    ]
    kind = draw(st.integers(0, 3))
    if kind == 0:
        line[at] = draw(st.sampled_from(cells))
    elif kind == 1:
        del line[at]
    elif kind == 2:
        line *= 2
    else:
        lines.insert(0, draw(st.lists(st.sampled_from(cells), max_size=4)))
    end = draw(st.sampled_from(["\n", "\r\n", "\r", ",\n"]))
    return end.join(map(",".join, lines)).encode()


# --- files to change, readers, and what must be true of what they read ----------------------------


def _saved(folder, models, suffix):
    contents = []
    for k, model in enumerate(models):
        path = folder / f"seed{k}{suffix}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            save_model(model, path)
        contents.append(path.read_bytes())
    return contents


def _networks():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 3)), np.arange(30) % 3
    one = TwoLayerNNClassifier(2, maxiter=2, random_state=0)
    words = np.array(["a", "b", "c"], dtype=object)[y]
    many = TwoLayerNNClassifier(2, output_activation="sigmoid", maxiter=1, random_state=0)
    committee = TwoLayerNNClassifierCV(
        2, reg_lambdas=[0.1, 1.0], cv=2, maxiter=2, first_maxiter=2, step_maxiter=1, random_state=0
    )
    return (
        X,
        y,
        [
            clone(one).fit(X, y),
            clone(one).fit(X.astype(np.float32), words),
            many.fit(X, np.stack([y > 0, y > 1], axis=1).astype(int)),
            committee.fit(X, y),
        ],
    )


def _pipelines():
    X, y, networks = _networks()
    steps = [StandardScaler()], [SplineTransformer(3)], [OneHotEncoder(handle_unknown="ignore")]
    last = clone(networks[0])
    return [
        *networks,
        make_pipeline(*steps[0], last).fit(X, y),
        make_pipeline(*steps[1], clone(last)).fit(X, y),
        make_pipeline(*steps[2], clone(last)).fit(np.round(X), y),
    ]


def check_model(model):
    """A network says probabilities, or, of a Pipeline, an earlier step says what it cannot do."""
    X = np.random.default_rng(1).normal(size=(4, model.n_features_in_))
    if not isinstance(model, TwoLayerNNClassifier | TwoLayerNNClassifierCV):
        try:
            p = model.predict_proba(X)
        except Exception:
            return  # a scaler of another shape: scikit-learn's own checks, at its own time
    else:
        repr(model)
        clone(model)
        p = model.predict_proba(X)
        assert len(model.predict(X)) == 4
    assert p.shape[0] == 4
    assert np.isfinite(p).all()
    assert (p >= 0).all()
    assert (p <= 1).all()


def check_digits(digits):
    """Finite pixels, and a digit for each image."""
    assert digits.data.dtype == np.float32
    assert np.isfinite(digits.data).all()
    assert digits.images.shape == (len(digits.data), *digits.image_shape)
    if digits.target is not None:
        assert digits.target.shape == (len(digits.data),)
        assert np.isin(digits.target, np.arange(10)).all()


def _images():
    return np.random.default_rng(0).integers(0, 255, (6, 4, 4)).astype(np.uint8), np.arange(6)


def _mat(folder):
    X, y = _images()
    contents = []
    for pixels, compressed in (X.reshape(6, 16) / 255, False), (X.reshape(6, 16), True):
        file = io.BytesIO()
        scipy.io.savemat(file, {"X": pixels, "y": y[:, None]}, do_compression=compressed)
        contents.append(file.getvalue())
    return contents


def _npz(folder):
    X, y = _images()
    contents = []
    for save in np.savez, np.savez_compressed:
        file = io.BytesIO()
        save(file, X=X, y=y)
        contents.append(file.getvalue())
    return contents


def _idx(folder):
    X, _ = _images()
    return [struct.pack(">4i", 2051, *X.shape) + X.tobytes()]


def _csv(folder):
    X, y = _images()
    rows = [",".join(map(str, [label, *row.ravel()])) for label, row in zip(y, X, strict=True)]
    return [
        "\n".join(rows).encode(),
        "\n".join([",".join(["label", *"abcdefghijklmnop"]), *rows]).encode(),
    ]


class Search:
    """A search one of whose files is changed."""

    def __init__(self, folder):
        rng = np.random.default_rng(0)
        self._rows = rng.normal(size=(24, 2)), np.arange(24) % 2
        model = TwoLayerNNClassifier(1, random_state=0)
        self._search = BatchedGridSearchCV(
            model,
            {"maxiter": [1, 2]},
            cv=StratifiedKFold(2),
            refit=False,
            cache_dir=folder / "fits",
        )
        recall, asked = FitFiles.recall, []

        def watched(*arguments):
            asked.append(arguments)
            return recall(*arguments)

        FitFiles.recall = watched
        self.fit()
        FitFiles.recall = recall
        files, *self._which = asked[0]
        self._files, self.file = files, files._path(*self._which[:2])
        self._left = self._paths()

    def fit(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return self._search.fit(*self._rows).cv_results_["mean_test_score"]

    def load(self, path):
        """The scores of a search that finds this file in place of one of its own.

        A file that is told of is refused: its fit would be made again.
        """
        self.file.write_bytes(path.read_bytes())
        with warnings.catch_warnings(record=True) as told:
            warnings.filterwarnings("always", ".* is damaged, so its fit is made again")
            found = self._files.recall(*self._which)
        if told:
            assert found is None
            assert str(self.file) in str(told[0].message)
            raise ValueError(f"{path}: {told[0].message}")
        return self.fit()

    def check(self, scores):
        """Numbers, though others than before where the file is that of a fit with other weights."""
        assert np.isfinite(scores).all()
        assert self._left == self._paths()  # nothing half written

    def _paths(self):
        return sorted(self.file.parents[1].rglob("*"))


class Content:
    """Of a file; a failure shows how long it is, and the file stays where it was read."""

    def __init__(self, data):
        self.data = data

    def __repr__(self):
        return f"Content({len(self.data)} bytes)"


class Format:
    """How a kind of file is made, changed, read and checked."""

    def __init__(self, suffix, make, changes, load, check):
        self.suffix, self.make, self.changes = suffix, make, changes
        self.load, self.check = load, check


MODEL, DIGITS = (load_model, check_model), (load_digits_images, check_digits)
ARCHIVE = (changed_archive, changed_archive, changed_archive, changed_bytes)
FORMATS = {
    "model .npz": Format(".npz", lambda f: _saved(f, _networks()[2], ".npz"), ARCHIVE, *MODEL),
    "model .skops": Format(".skops", lambda f: _saved(f, _pipelines(), ".skops"), ARCHIVE, *MODEL),
    "digits .mat": Format(".mat", _mat, (changed_bytes,), *DIGITS),
    "digits .npz": Format(".npz", _npz, ARCHIVE, *DIGITS),
    "digits .csv": Format(".csv", _csv, (changed_text, changed_text, changed_bytes), *DIGITS),
    "digits IDX": Format("-idx3-ubyte", _idx, (changed_bytes,), *DIGITS),
    "digits IDX.gz": Format(
        "-idx3-ubyte.gz",
        lambda f: [gzip.compress(each, mtime=0) for each in _idx(f)],
        (changed_bytes, lambda c: changed_bytes(gzip.decompress(c)).map(gzip.compress)),
        *DIGITS,
    ),
    "fit of a search": Format(".npz", None, ARCHIVE, None, None),
}


def run(name, n, at, folder):
    """Read n changed files of a kind; print as JSON how many were read and refused."""
    kind, folder = FORMATS[name], Path(folder)
    warnings.simplefilter("error")
    load, check = kind.load, kind.check
    if name == "fit of a search":
        search = Search(folder)
        load, check = search.load, search.check
        seeds = [search.file.read_bytes()]
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            seeds = kind.make(folder)
    path, told = folder / f"changed{kind.suffix}", Counter()
    changed = st.one_of(change(content) for content in seeds for change in kind.changes)
    changed = changed.map(Content)

    def read(content):
        path.write_bytes(content.data)
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)  # past that SIGPROF ends the process
        try:
            found = load(path)
        except ValueError as error:
            if str(path) not in str(error):
                raise AssertionError(f"an error without the file's name: {error!r}") from error
            told["refused"] += 1
        else:
            check(found)
            told["read"] += 1
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    for first in range(0, n, BATCH):
        some = settings(
            max_examples=min(BATCH, n - first),
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        seed(at + first)(some(given(changed)(read)))()
    assert peak() < MOST_MEMORY, f"{peak()} bytes"
    print(json.dumps({"inputs": told.total(), **told, "peak_mib": peak() >> 20}))


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
