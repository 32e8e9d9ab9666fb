"""Oracles: files written by other code here, scikit-learn's own copy, and the real MNIST."""

import gzip
import os
import struct

import numpy as np
import pytest
import scipy.io
import scipy.sparse
import sklearn.datasets
from sklearn.utils import Bunch

from skdigits.datasets import load_digits_images, reduce_to_20


@pytest.fixture(autouse=True)
def no_data_folder(request, monkeypatch):
    if "shared_file" not in request.fixturenames:
        monkeypatch.delenv("SKDIGITS_DATA", raising=False)


@pytest.fixture
def small():
    """Twelve 3 x 3 images, bytes, with their labels."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (12, 3, 3), dtype=np.uint8), np.arange(12) % 10


def idx_bytes(array):
    """An array in MNIST's format."""
    return struct.pack(f">I{array.ndim}I", 2048 + array.ndim, *array.shape) + array.tobytes()


def write_idx(folder, images, labels, suffix=""):
    opener = gzip.open if suffix else open
    for name, array in (("images-idx3", images), ("labels-idx1", labels.astype(np.uint8))):
        with opener(folder / f"train-{name}-ubyte{suffix}", "wb") as file:
            file.write(idx_bytes(array))
    return folder / f"train-images-idx3-ubyte{suffix}"


def test_the_embedded_digits():
    digits = load_digits_images()
    theirs = sklearn.datasets.load_digits()
    np.testing.assert_array_equal(digits.data * 16, theirs.data)
    np.testing.assert_array_equal(digits.images * 16, theirs.images)
    np.testing.assert_array_equal(digits.target, theirs.target)
    assert digits.data.dtype == np.float32
    assert digits.target.dtype == int
    assert (digits.image_shape, digits.image_order) == ((8, 8), "C")
    assert (digits.data.min(), digits.data.max()) == (0, 1)


def test_the_courses_matlab_file(tmp_path, small):
    images, labels = small
    columns = images.transpose(0, 2, 1).reshape(12, 9) / 200 - 0.1  # overshoots [0, 1]
    y = np.where(labels == 0, 10, labels).astype(np.uint8)[:, None]
    for compressed in (False, True):
        scipy.io.savemat(
            tmp_path / "ex4data1.mat", {"X": columns, "y": y}, do_compression=compressed
        )
        digits = load_digits_images(tmp_path / "ex4data1.mat")
        np.testing.assert_array_equal(digits.data, columns.astype(np.float32))  # as it is
        np.testing.assert_allclose(digits.images, images / 200 - 0.1, rtol=1e-6)
        np.testing.assert_array_equal(digits.target, labels)
        assert digits.image_order == "F"


@pytest.mark.parametrize("names", [("X", "y"), ("x_train", "y_train"), ("images", "labels")])
@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("as_float", [False, True])
def test_npz(tmp_path, small, names, flat, as_float):
    images, labels = small
    held = images.reshape(12, 9) if flat else images
    held = held / np.float32(255) if as_float else held
    np.savez_compressed(tmp_path / "a.npz", **dict(zip(names, (held, labels), strict=True)))
    digits = load_digits_images(str(tmp_path / "a.npz"))
    np.testing.assert_allclose(digits.images, images / 255, rtol=1e-6)
    np.testing.assert_array_equal(digits.target, labels)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx(tmp_path, small, suffix):
    images, labels = small
    path = write_idx(tmp_path, images, labels, suffix)
    digits = load_digits_images(path)
    np.testing.assert_allclose(digits.images, images / 255, rtol=1e-6)
    np.testing.assert_array_equal(digits.target, labels)
    (tmp_path / f"train-labels-idx1-ubyte{suffix}").unlink()
    assert load_digits_images(path).target is None


@pytest.mark.parametrize("header", ["", "label", "target at the end"])
@pytest.mark.parametrize("labelled", [True, False])
def test_csv(tmp_path, small, header, labelled):
    images, labels = small
    pixels = images.reshape(12, 9)
    names = [f"pixel{k}" for k in range(9)]
    table = pixels
    if labelled and header == "target at the end":
        table, names = np.c_[pixels, labels], [*names, "Target"]
    elif labelled:
        table, names = np.c_[labels, pixels], ["label", *names]
    path = tmp_path / "digits.csv"
    np.savetxt(
        path, table, fmt="%d", delimiter=",", header=",".join(names) if header else "", comments=""
    )
    digits = load_digits_images(path)
    np.testing.assert_allclose(digits.images, images / 255, rtol=1e-6)
    if labelled:
        np.testing.assert_array_equal(digits.target, labels)
    else:
        assert digits.target is None


def test_csv_as_spreadsheets_write_it(tmp_path, small):
    table = np.c_[small[1], small[0].reshape(12, 9)]
    for header in ("", "label," + ",".join(map(str, range(9)))):
        with (tmp_path / "bom.csv").open("w", encoding="utf-8-sig") as file:
            np.savetxt(file, table, fmt="%d", delimiter=",", header=header, comments="")
        np.testing.assert_array_equal(load_digits_images(tmp_path / "bom.csv").target, small[1])


def test_an_idx_file_of_another_name_has_no_labels(tmp_path, small):
    (tmp_path / "d.idx").write_bytes(idx_bytes(small[0]))
    (tmp_path / "d.idx.gz").write_bytes(gzip.compress(idx_bytes(small[0])))
    assert load_digits_images(tmp_path / "d.idx").target is None


def test_csv_of_8_by_8_images_goes_to_16(tmp_path):
    theirs = sklearn.datasets.load_digits()
    np.savetxt(tmp_path / "d.csv", np.c_[theirs.target, theirs.data], fmt="%d", delimiter=",")
    np.testing.assert_array_equal(
        load_digits_images(tmp_path / "d.csv").data, load_digits_images().data
    )


def test_the_data_folder_comes_before_the_network(tmp_path, monkeypatch, small):
    monkeypatch.setenv("SKDIGITS_DATA", str(tmp_path))
    write_idx(tmp_path, *small, ".gz")
    np.testing.assert_array_equal(load_digits_images("mnist").target, small[1])
    name = "train-images-idx3-ubyte.gz"  # a relative path is looked for there too
    np.testing.assert_array_equal(load_digits_images(name).target, small[1])


@pytest.mark.parametrize("source", ["mnist", "mnist5000"])
def test_without_a_network_the_error_says_what_to_do(tmp_path, monkeypatch, source):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))  # an empty cache
    with (
        pytest.warns(UserWarning, match="network"),
        pytest.raises(OSError, match="source='digits'.*SKDIGITS_DATA"),
    ):
        load_digits_images(source)


def test_mnist_and_its_reduction_from_openml(monkeypatch):
    # OpenML itself is out of reach of tests: its documented answer, 70000 rows and string labels.
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (70000, 784)).astype(np.float64)
    y = np.array([str(k % 10) for k in range(70000)], dtype=object)
    monkeypatch.setattr(sklearn.datasets, "fetch_openml", lambda *a, **k: Bunch(data=X, target=y))
    mnist = load_digits_images("mnist")
    assert mnist.data.shape == (60000, 784)
    np.testing.assert_allclose(mnist.data[5], X[5] / 255, rtol=1e-6)
    digits = load_digits_images("mnist5000")
    np.testing.assert_array_equal(np.bincount(digits.target), np.full(10, 500))
    assert (digits.image_shape, digits.image_order) == ((20, 20), "F")
    np.testing.assert_array_equal(digits.data, load_digits_images("mnist5000").data)


def test_the_reduction_equals_pillows_bicubic_resize():
    image_module = pytest.importorskip("PIL.Image")
    images = np.random.default_rng(0).random((3, 28, 28))
    for image, reduced in zip(images, reduce_to_20(images), strict=True):
        theirs = image_module.fromarray(image.astype(np.float32))
        theirs = theirs.resize((20, 20), image_module.Resampling.BICUBIC)
        np.testing.assert_allclose(reduced, np.asarray(theirs), atol=1e-5)


def test_the_reduction_is_the_one_behind_the_5000_digits(shared_file):
    course = load_digits_images(shared_file("digits5000.mat"))
    mnist = load_digits_images(shared_file("mnist_train.npz"))
    assert len(course.data) == 5000
    np.testing.assert_array_equal(np.bincount(course.target), np.full(10, 500))
    for row in range(0, 5000, 1000):
        of_class = mnist.images[mnist.target == course.target[row]]
        distances = np.abs(reduce_to_20(of_class) - course.images[row]).max(axis=(1, 2))
        assert distances.min() < 1e-6
        assert np.sort(distances)[1] > 0.1  # no other image comes near


class Hostile:
    """Runs a command when unpickled."""

    def __reduce__(self):
        return os.system, ("touch hostile-code-ran",)


def npz_with_shape(path, shape):
    """An archive whose header promises far more than it holds."""
    import io
    import zipfile

    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": shape}
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X.npy", header.getvalue() + b"\0" * 10)


def npz_with_members(path, names, content=None):
    import io
    import warnings
    import zipfile

    buffer = io.BytesIO()
    np.save(buffer, IMAGES)
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's, of the same name twice
        for name in names:
            archive.writestr(name, content or buffer.getvalue())


def write(path, content):
    path.write_bytes(content)
    return path


IMAGES = np.zeros((2, 3, 3), dtype=np.uint8)
GOOD_IDX = idx_bytes(IMAGES)

BAD_FILES = {
    "pickle.npz": (lambda p: np.savez(p, X=np.array([Hostile()], dtype=object)), "an array X of numbers, found X .* of object, which is never loaded"),
    "labels.npz": (lambda p: np.savez(p, X=IMAGES, y=np.array([Hostile()] * 2, dtype=object)), "y to hold numbers"),
    "no-x.npz": (lambda p: np.savez(p, Z=IMAGES, W=IMAGES), r"an array X of numbers, found Z \(2, 3, 3\) of uint8, W"),
    "few.npz": (lambda p: np.savez(p, X=IMAGES, y=[1]), "expected 2 labels, one an image, found 1"),
    "eleven.npz": (lambda p: np.savez(p, X=IMAGES, y=[1, 11]), "expected labels 0 to 9.*found 11"),
    "text.npz": (lambda p: np.savez(p, X=IMAGES, y=["a", "b"]), "expected labels 0 to 9 .*found 'a'"),
    "nan.npz": (lambda p: np.savez(p, X=IMAGES * np.nan), "expected finite pixels"),
    "flat.npz": (lambda p: np.savez(p, X=np.zeros((2, 10))), r"k \* k pixels, found an array of shape \(2, 10\)"),
    "bomb.npz": (lambda p: npz_with_shape(p, (10**9, 28, 28)), "at most 67108864 bytes, found 784000000000 in a file of 246; .*max_bytes="),
    "short.npz": (lambda p: npz_with_shape(p, (10, 28, 28)), "an .npz archive of arrays, found"),
    "empty.npz": (lambda p: write(p, b""), "expected digits .*found an empty file"),
    "cut.npz": (lambda p: (np.savez(p, X=IMAGES), write(p, p.read_bytes()[:-30])), "a packed file that is whole, found BadZipFile"),
    "no-x.mat": (lambda p: scipy.io.savemat(p, {"Z": IMAGES, "W": IMAGES}), "an array X of numbers, found Z"),
    "cell.mat": (lambda p: scipy.io.savemat(p, {"X": np.array([["a", 1]], dtype=object)}), r"an array X of numbers, found X \(1, 2\) of cells"),
    "colours.npz": (lambda p: np.savez(p, X=np.zeros((5, 8, 8, 3))), "X in shades of grey, found shape .*average the colours"),
    "sparse.mat": (lambda p: scipy.io.savemat(p, {"X": scipy.sparse.csc_array(np.eye(4))}), "an array X of numbers, found X .* of a sparse matrix"),
    "sparse-y.mat": (lambda p: scipy.io.savemat(p, {"X": np.eye(4), "y": scipy.sparse.csc_array(np.eye(4))}), "y to hold numbers"),
    "twice.npz": (lambda p: npz_with_members(p, ["X.npy", "X.npy"]), "each array once"),
    "folder.npz": (lambda p: npz_with_members(p, ["sub/X.npy", "sub/Z.npy"]), "expected an array X of numbers, found sub/X"),
    "header.npz": (lambda p: npz_with_members(p, ["X.npy"], b"\x93NUMPY\x01\x00\x10\x00{'descr': '|u1', ("), "an .npz archive of arrays"),
    "text.mat": (lambda p: write(p, b"no MATLAB file at all" * 20), "a row an image, found only 'no MATLAB file"),
    "empty.mat": (lambda p: write(p, b""), "found an empty file"),
    "hdf5.mat": (lambda p: write(p, b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + b"\0" * 600), "save -v7.*found version 7.3"),
    "cut.mat": (lambda p: (scipy.io.savemat(p, {"X": np.ones((50, 400))}), write(p, p.read_bytes()[:5000])), "a MATLAB file"),
    "magic-idx3-ubyte": (lambda p: write(p, b"\x00\x00\x08\x01" + GOOD_IDX[4:]), "2 bytes after the header, as it says, found more"),
    "cut-idx3-ubyte": (lambda p: write(p, GOOD_IDX[:-1]), "18 bytes after the header, as it says, found 17"),
    "long-idx3-ubyte": (lambda p: write(p, GOOD_IDX + b"\0"), "18 bytes after the header, as it says, found more"),
    "head-idx3-ubyte": (lambda p: write(p, GOOD_IDX[:9]), "ends within its header"),
    "huge-idx3-ubyte": (lambda p: write(p, GOOD_IDX[:4] + b"\xff" * 12), "images of at most .* bytes"),
    "none-idx3-ubyte": (lambda p: write(p, GOOD_IDX[:4] + b"\0" * 12), "1 or more pixels"),
    "not-idx3.gz": (lambda p: write(p, b"not gzip"), "a row an image, found only 'not gzip'"),
    "cut-idx3.gz": (lambda p: write(p, gzip.compress(GOOD_IDX)[:-9]), "a packed file that is whole, found EOFError"),
    "words.csv": (lambda p: write(p, b"label,a\n1,x\n"), "a number in each cell, found 'x' in line 2"),
    "ragged.csv": (lambda p: write(p, b"1,2,3,4,5\n1,2\n"), "5 cells a line, found 2 in line 2"),
    "binary.csv": (lambda p: write(p, b"\xff\xfe\x00"), "text in UTF-16"),
    "columns.csv": (lambda p: write(p, b"1,2,3\n1,2,3\n"), r"k \* k columns of pixels, or one more.* found 3 columns"),
    "huge.npz": (lambda p: np.savez(p, X=IMAGES + 1e300), "pixels from 1e.300 to 1e.300, which no pixel format"),
    "huge.mat": (lambda p: scipy.io.savemat(p, {"X": np.full((3, 4), 1e300)}), "pixels from 1e.300"),
    "huge.csv": (lambda p: write(p, b"1,0,0,0,1e300\n2,0,0,0,0\n"), "expected finite pixels"),
    "empty.csv": (lambda p: write(p, b""), "found an empty file"),
    "blank.csv": (lambda p: write(p, b"label,a\n\n \n"), "a row an image, found only 'label,a'"),
    "comment.csv": (lambda p: write(p, b"label,a\n# nothing\n"), "2 cells a line, found 1 in line 2"),
    "digits.txt": (lambda p: write(p, b"1"), r"columns of k \* k pixels, found 1 columns"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_are_named(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    make, message = BAD_FILES[name]
    with np.errstate(invalid="ignore"):
        make(tmp_path / name)
    with pytest.raises(ValueError, match=message) as caught:
        load_digits_images(tmp_path / name)
    assert name in str(caught.value)
    assert not (tmp_path / "hostile-code-ran").exists()


def test_labels_that_do_not_fit_their_images(tmp_path, small):
    path = write_idx(tmp_path, small[0], small[1][:5])
    with pytest.raises(ValueError, match="labels-idx1-ubyte: expected 12 labels for train-images"):
        load_digits_images(path)


def test_an_unknown_source_is_named():
    with pytest.raises(
        ValueError,
        match="source must be 'digits', 'mnist', 'mnist5000' or a file that exists, got 'mnits'",
    ):
        load_digits_images("mnits")
