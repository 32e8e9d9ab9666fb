"""Digits in the files that people have: each is read as the same digits, or refused with a remedy.

Oracle: the arrays that the files were written from, by pandas, NumPy, SciPy, h5py and Pillow.
"""

import bz2
import gzip
import lzma
import struct
import zipfile

import numpy as np
import pandas as pd
import pytest
import scipy.io
from sklearn.datasets import dump_svmlight_file, load_digits

from skdigits.datasets import load_digits_images

SMALL = load_digits()
Y = SMALL.target[:40]
# 28 x 28 with an empty edge, as MNIST's are.
IMAGES = np.pad(np.kron(SMALL.images[:40], np.ones((3, 3))), ((0, 0), (2, 2), (2, 2)))
IMAGES = np.rint(IMAGES * 255 / 16).astype(np.uint8)
ROWS = IMAGES.reshape(40, 784)
PIXELS = [f"pixel{k}" for k in range(784)]


def check(path, *, labels=True, order="C", images=IMAGES, **options):
    digits = load_digits_images(path, **options)
    np.testing.assert_allclose(digits.images, images / 255, atol=1e-6)
    shape = digits.image_shape if order == "C" else digits.image_shape[::-1]
    assert digits.image_order == order
    rows = digits.data.reshape(-1, *shape)
    np.testing.assert_array_equal(rows if order == "C" else rows.transpose(0, 2, 1), digits.images)
    if labels:
        np.testing.assert_array_equal(digits.target, Y)
    else:
        assert digits.target is None
    return digits


# --- tables ---------------------------------------------------------------------------------------


def table(label="label", at=0, index=False, **to_csv):
    frame = pd.DataFrame(ROWS, columns=PIXELS)
    frame.insert(at, label, Y)
    return frame.to_csv(index=index, **to_csv).encode()


TABLES = {
    "kaggle.csv": table(),
    "label last.csv": table(at=784),
    "the middle.csv": table("class", 300),
    "index.csv": table(index=True),
    "index of a name.csv": table(index=True, index_label="id"),
    "no names.csv": table(header=False),
    "no names, label last.csv": table(at=784, header=False),
    "counted names.csv": pd.DataFrame(np.column_stack([Y, ROWS])).to_csv(index=False).encode(),
    "semicolons.csv": table(sep=";"),
    "tabs.tsv": table(sep="\t"),
    "spaces.txt": table(sep=" ", header=False),
    "aligned.txt": b"\n".join(b"  " + b"   ".join(b"%3d" % v for v in (y, *row)) for y, row in zip(Y, ROWS, strict=True)),
    "quoted.csv": table(quoting=1),
    "counted names and an index.csv": pd.DataFrame(np.column_stack([Y, ROWS])).to_csv().encode(),
    "bom.csv": "\ufeff".encode() + table(),
    "windows.csv": table(lineterminator="\r\n"),
    "blank lines.csv": b"\n" + table().replace(b"\n", b"\n\n"),
    "capitals.csv": table("Label"),
    "separators at the ends.csv": table().replace(b"\n", b",\n"),
    "at all ends but the first.csv": table().replace(b"\n", b",\n").replace(b",\n", b"\n", 1),
    "and no names.csv": table(header=False).replace(b"\n", b",\n"),
    "decimal commas.csv": pd.DataFrame(np.column_stack([Y, ROWS / 255])).to_csv(
        sep=";", decimal=",", header=False, index=False
    ).encode(),
    "late decimal commas.tsv": b"255,0".join(table(sep="\t").rsplit(b"255", 1)),
    "one-hot.csv": pd.DataFrame(np.column_stack([ROWS, np.eye(10, dtype=int)[Y]])).to_csv(
        header=False, index=False
    ).encode(),
    "packed.csv.gz": gzip.compress(table()),
    "packed.csv.bz2": bz2.compress(table()),
    "packed.csv.xz": lzma.compress(table()),
    "floats.csv": table().replace(b",255,", b",255.0,"),
    "one float, late.csv": b"255.0".join(table().rsplit(b"255", 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_tables(tmp_path, name):
    (tmp_path / name).write_bytes(TABLES[name])
    check(tmp_path / name)


def test_a_zip_of_one_table(tmp_path):
    with zipfile.ZipFile(tmp_path / "train.csv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train.csv", table())
        archive.writestr("__MACOSX/._train.csv", b"\0")
    check(tmp_path / "train.csv.zip")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("train.csv", table())
        archive.writestr("test.csv", table())
    with pytest.raises(ValueError, match="a zip of one file.*found .*train.csv.*test.csv"):
        load_digits_images(tmp_path / "two.zip")


def test_as_numpy_writes_names(tmp_path):
    path = tmp_path / "digits.csv"
    rows = np.column_stack([Y, ROWS])
    np.savetxt(path, rows, fmt="%d", delimiter=",", header=",".join(["label", *PIXELS]))
    check(path)


@pytest.mark.parametrize("name", ["optdigits.tra", "optdigits.tes", "optdigits.data"])
def test_ucis_digits(tmp_path, name):
    rows = np.column_stack([SMALL.data, SMALL.target]).astype(int)
    np.savetxt(tmp_path / name, rows, fmt="%d", delimiter=",")
    digits = load_digits_images(tmp_path / name)
    np.testing.assert_allclose(digits.data, SMALL.data / 16)
    np.testing.assert_array_equal(digits.target, SMALL.target)
    assert "labels from the last column; full ink 16" in digits.DESCR


def test_a_column_that_tells_the_split(tmp_path):
    split = np.where(np.arange(40) % 4 == 0, "test", "train")
    frame = pd.DataFrame(ROWS, columns=PIXELS)
    frame.insert(0, "split", split)
    frame["label"] = Y
    path = tmp_path / "digits.csv"
    frame.to_csv(path, index=False)
    for name in ("train", "test"):
        digits = load_digits_images(path, split=name)
        np.testing.assert_array_equal(digits.target, Y[split == name])
        np.testing.assert_allclose(digits.images, IMAGES[split == name] / 255, atol=1e-6)
    (tmp_path / "one.csv").write_bytes(table())
    with pytest.raises(ValueError, match="tells a test set apart, found split='test'"):
        load_digits_images(tmp_path / "one.csv", split="test")


def test_which_column_is_the_label_can_be_said(tmp_path):
    path = tmp_path / "both.csv"
    rows = np.column_stack([Y, ROWS])
    rows[:, -1] = Y[::-1]  # the last pixel could be it as well
    np.savetxt(path, rows, fmt="%d", delimiter=",")
    with pytest.raises(ValueError, match=r"found 785 columns, the first with 0, 1, 2, .*by label="):
        load_digits_images(path)
    np.testing.assert_array_equal(load_digits_images(path, label="first").target, Y)
    np.testing.assert_array_equal(load_digits_images(path, label="last").target, Y[::-1])
    two = tmp_path / "two.csv"
    two.write_bytes(table().replace(b"pixel5,", b"digit,", 1))
    with pytest.raises(ValueError, match="one column of labels, found 'label', 'digit'"):
        load_digits_images(two)
    with pytest.raises(
        ValueError, match=r"label='klass' is no column; there are 'label', 'pixel0'"
    ):
        load_digits_images(two, label="klass")
    other = tmp_path / "other.csv"
    other.write_bytes(table("which"))
    np.testing.assert_array_equal(load_digits_images(other, label="which").target, Y)


@pytest.mark.parametrize("at", [0, 1, 300, 783, 784])
def test_a_label_is_found_among_numbered_pixels(tmp_path, at):
    path = tmp_path / "digits.csv"
    path.write_bytes(table("kind", at))
    assert "the column 'kind'" in check(path).DESCR
    small = pd.DataFrame(SMALL.data[:400].astype(int), columns=PIXELS[:64])
    small.insert(min(at, 64), "answer", SMALL.target[:400])  # the last pixel has few values too
    small.to_csv(path, index=False)
    np.testing.assert_array_equal(load_digits_images(path).target, SMALL.target[:400])


def test_columns_that_are_no_labels_by_their_names(tmp_path):
    path = tmp_path / "digits.csv"
    path.write_bytes(table("fold"))
    with pytest.raises(ValueError, match="expected a column of labels, found 'fold'; say which"):
        load_digits_images(path)
    frame = pd.DataFrame(ROWS, columns=PIXELS).assign(label=Y, fold=1)
    frame.to_csv(path, index=False)
    with pytest.raises(ValueError, match=r"k \* k pixels, found 785 columns, 'fold' among them"):
        load_digits_images(path)
    named = pd.DataFrame(ONE_HOT, columns=[f"is{k}" for k in range(10)])
    pd.concat([pd.DataFrame(ROWS, columns=PIXELS), named], axis=1).to_csv(path, index=False)
    check(path)


def test_a_comment_before_a_table(tmp_path):
    path = tmp_path / "digits.csv"
    path.write_bytes(b"# of 2024\n# by hand\n" + table())
    check(path)
    path.write_bytes(b"# of 2024\n" + table().replace(b"\n3,0,", b"\n3,ink,"))
    with pytest.raises(ValueError, match="'ink' in line 6, .*labels 0 to 9"):
        load_digits_images(path)


@pytest.mark.parametrize("text", ["a" * 200_000, '[{"a": 1}]' * 20_000, "x" * 2**21])
def test_text_that_is_one_long_line(tmp_path, text):
    (tmp_path / "long.txt").write_text(text)
    with pytest.raises(ValueError, match="long.txt: "):
        load_digits_images(tmp_path / "long.txt")


def test_pixels_alone(tmp_path):
    path = tmp_path / "test.csv"
    pd.DataFrame(ROWS, columns=PIXELS).to_csv(path, index=False)
    check(path, labels=False)
    path.write_bytes(table())
    with pytest.raises(ValueError, match=r"k \* k pixels"):
        load_digits_images(path, label="none")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((b"\n0,0,", b"\n0,,"), r"a missing cell in line 2, column 2 \(pixel0\); fill or drop"),
        ((b"\n0,0,", b"\n0,nan,"), r"a missing cell in line 2, column 2 \(pixel0\)"),
        ((b"\n0,0,", b"\n0,NA,"), r"a missing cell in line 2, column 2 \(pixel0\)"),
        ((b"\n3,0,", b"\n3,ink,"), r"'ink' in line 5, column 2 \(pixel0\)"),
        ((b"\n3,0,", b"\n3,"), "785 cells a line, found 784 in line 5"),
        ((b"\n3,0,", b"\n3,0,0,"), "785 cells a line, found 786 in line 5"),
        ((b"\n3,0,", b"\n3,-1,"), "pixels from -1 to 255; say .*intensity="),
        ((b"\n3,0,", b"\n30,0,"), r"labels 0 to 9 .*found 30"),
        ((b"\n3,0,", b"\n3,inf,"), "finite pixels"),
    ],
)
def test_a_wrong_cell_is_named_by_its_place(tmp_path, change, message):
    content = table(header=True)
    assert change[0] in content
    path = tmp_path / "wrong.csv"
    path.write_bytes(content.replace(*change, 1))
    with pytest.raises(ValueError, match=f"wrong.csv: .*{message}"):
        load_digits_images(path)


def test_places_count_blank_lines(tmp_path):
    path = tmp_path / "blank.csv"
    path.write_bytes(b"\n\n" + table().replace(b"\n3,0,", b"\n3,ink,"))
    with pytest.raises(ValueError, match="'ink' in line 7, column 2"):
        load_digits_images(path)


@pytest.mark.parametrize("names", [b"", b"label," + ",".join(PIXELS).encode() + b"\n"])
def test_a_missing_last_cell_is_no_end_of_a_line(tmp_path, names):
    path = tmp_path / "gap.csv"
    path.write_bytes(names + table(header=False).replace(b",0\n", b",\n", 1))
    with pytest.raises(
        ValueError, match=rf"a missing cell in line {2 if names else 1}, column 785"
    ):
        load_digits_images(path)


def test_a_first_row_with_a_gap_is_no_header(tmp_path):
    path = tmp_path / "gap.csv"
    path.write_bytes(table(header=False).replace(b"0,0,", b"0,,", 1))
    with pytest.raises(ValueError, match="a missing cell in line 1, column 2"):
        load_digits_images(path)


def test_other_formats_of_tables(tmp_path):
    rows = ROWS.astype(float)
    dump_svmlight_file(rows, Y, str(tmp_path / "digits.libsvm"), zero_based=False)
    check(tmp_path / "digits.libsvm")
    (tmp_path / "digits.bz2").write_bytes(bz2.compress((tmp_path / "digits.libsvm").read_bytes()))
    check(tmp_path / "digits.bz2")
    head = "".join(f"@attribute {name} numeric\n" for name in PIXELS)
    head = f"% digits\n@relation d\n{head}@attribute class {{0,1,2,3,4,5,6,7,8,9}}\n@data\n"
    lines = [",".join(map(str, [*row, y])) for row, y in zip(ROWS, Y, strict=True)]
    (tmp_path / "digits.arff").write_text(head + "\n".join(lines) + "\n")
    check(tmp_path / "digits.arff")


@pytest.mark.parametrize("side", [16, 28])
def test_labels_of_libsvm_from_1_to_10(tmp_path, side):
    """In LIBSVM's USPS they stand for 0 to 9, elsewhere 10 for 0, as in MATLAB."""
    path = tmp_path / "digits.libsvm"
    rows, y = np.tile(SMALL.data[:20], 13)[:, : side * side], np.arange(20) % 10
    rows[:, 0] = 0
    dump_svmlight_file(rows / 16, y + 1, str(path), zero_based=False)
    digits = load_digits_images(path)
    np.testing.assert_array_equal(digits.target, y if side == 16 else (y + 1) % 10)
    assert ("labels from 1 for 0 to 10 for 9" in digits.DESCR) == (side == 16)


# --- arrays ---------------------------------------------------------------------------------------

F_ROWS = IMAGES.transpose(0, 2, 1).reshape(40, 784)
ONE_HOT = np.eye(10, dtype=int)[Y]
ARRAYS = {
    "X, y": {"X": ROWS, "y": Y},
    "keras": {"x_train": IMAGES, "y_train": Y, "x_test": IMAGES[:5], "y_test": Y[:5]},
    "X_train": {"X_train": ROWS, "y_train": Y},
    "trainX": {"trainX": ROWS, "trainY": Y[None]},
    "train_images": {"train_images": IMAGES, "train_labels": Y},
    "data, label": {"data": ROWS, "label": Y},
    "images, labels": {"images": IMAGES, "labels": Y.astype(np.uint8)},
    "by place": {"arr_0": ROWS, "arr_1": Y},
    "channels": {"images": IMAGES[..., None], "labels": Y},
    "channels first": {"images": IMAGES[:, None], "labels": Y},
    "columns": {"data": ROWS.T, "labels": Y},
    "stacked": {"images": np.moveaxis(IMAGES, 0, 2), "labels": Y},
    "one-hot": {"X": ROWS, "y": ONE_HOT},
    "text labels": {"X": ROWS, "y": Y.astype(str)},
    "floats": {"X": ROWS / 255, "y": Y.astype(float)},
    "float bytes": {"X": ROWS.astype(float), "y": Y},
    "labels of another name": {"X": ROWS, "truth": Y, "writer": np.arange(40)},
    "an array a digit": {
        **{f"train{k}": ROWS[k == Y] for k in range(10)},
        **{f"test{k}": ROWS[k == Y][:1] for k in range(10)},
    },
    "shorts": {"X": ROWS.astype(np.uint16) * 257, "y": Y},
}


@pytest.mark.parametrize("name", ARRAYS)
def test_npz(tmp_path, name):
    np.savez(tmp_path / "digits.npz", **ARRAYS[name])
    if name == "an array a digit":
        at = np.argsort(Y, kind="stable")
        digits = load_digits_images(tmp_path / "digits.npz")
        np.testing.assert_array_equal(digits.target, Y[at])
        np.testing.assert_allclose(digits.images, IMAGES[at] / 255, atol=1e-6)
        test = load_digits_images(tmp_path / "digits.npz", split="test")
        np.testing.assert_array_equal(test.target, range(10))
        return
    check(tmp_path / "digits.npz")


def test_labels_that_are_not_found_are_told_of(tmp_path):
    path = tmp_path / "digits.npz"
    np.savez(path, X=ROWS, writer=np.arange(40), name=Y[:5])
    digits = check(path, labels=False)
    assert "X of digits.npz, no labels among writer, name" in digits.DESCR
    np.savez(path, X=ROWS, one=Y, other=Y)
    assert "no labels among one, other" in check(path, labels=False).DESCR
    check(path, label="one")


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("kind", ["npz", "csv", "mat"])
def test_the_order_is_seen_by_the_digits(tmp_path, kind, labels):
    """Whoever exports a .mat of columns, or brings rows into one, says nothing of it."""
    n = len(SMALL.data) if not labels else 100
    upright = SMALL.images[:n]
    path, right = tmp_path / f"digits.{kind}", "C" if kind == "mat" else "F"
    turned = upright.transpose(0, 2, 1) if right == "F" else upright
    rows, y = turned.reshape(n, 64), SMALL.target[:n]
    if kind == "npz":
        np.savez(path, X=rows, **({"y": y} if labels else {}))
    elif kind == "mat":
        scipy.io.savemat(path, {"X": rows} | ({"y": y[:, None]} if labels else {}))
    else:
        table = np.column_stack([y, rows]) if labels else rows
        np.savetxt(path, table, fmt="%d", delimiter=",")
    options = {"label": "first" if labels else "none"} if kind == "csv" else {}
    digits = load_digits_images(path, **options)
    assert digits.image_order == right
    assert f"{'row by row' if right == 'C' else 'column by column'}, as they look" in digits.DESCR
    np.testing.assert_allclose(digits.images, upright / 16, atol=1e-6)
    other = "F" if right == "C" else "C"
    assert load_digits_images(path, image_order=other, **options).image_order == other


def test_an_order_is_not_seen_in_what_are_no_digits(tmp_path):
    rng = np.random.default_rng(0)
    for images in (rng.random((300, 8, 8)), np.zeros((300, 8, 8)), np.tile(np.eye(8), (300, 1, 1))):
        np.savez(tmp_path / "noise.npz", images=images)
        assert load_digits_images(tmp_path / "noise.npz").image_order == "C"


def test_what_an_interpolation_leaves_is_no_ink(tmp_path):
    rows = SMALL.data[:40] / 16
    np.savez(tmp_path / "digits.npz", X=rows + 1e-17 * (rows == 0), y=Y)
    assert load_digits_images(tmp_path / "digits.npz").data[:, 0].max() == 0


def test_images_that_are_none(tmp_path):
    np.savez(tmp_path / "usps_all.npz", data=np.zeros((256, 1100, 10), np.uint8))
    with pytest.raises(ValueError, match="images about as wide as high, found 1100 x 10"):
        load_digits_images(tmp_path / "usps_all.npz")


def test_images_that_lie_on_their_sides(tmp_path):
    upright = IMAGES[:, :, 4:24]
    np.savez(tmp_path / "digits.npz", images=upright.transpose(0, 2, 1), labels=Y)
    digits = load_digits_images(tmp_path / "digits.npz", image_order="F")
    assert digits.image_shape == (28, 20)
    np.testing.assert_allclose(digits.images, upright / 255, atol=1e-6)


def test_the_test_set(tmp_path):
    np.savez(tmp_path / "mnist.npz", **ARRAYS["keras"])
    digits = load_digits_images(tmp_path / "mnist.npz", split="test")
    np.testing.assert_array_equal(digits.target, Y[:5])
    np.savez(tmp_path / "one.npz", X=ROWS, y=Y)
    with pytest.raises(ValueError, match="of a test set, found X"):
        load_digits_images(tmp_path / "one.npz", split="test")
    with pytest.raises(ValueError, match="source='digits' has no test set"):
        load_digits_images(split="test")


def test_npy(tmp_path):
    np.save(tmp_path / "images.npy", IMAGES)
    check(tmp_path / "images.npy", labels=False)
    np.save(tmp_path / "table.npy", np.column_stack([ROWS, Y]))
    check(tmp_path / "table.npy")


COURSE = {"X": F_ROWS / 255, "y": np.where(Y == 0, 10, Y)[:, None]}
EMNIST = {
    "dataset": {
        "train": {"images": F_ROWS, "labels": Y[:, None], "writers": Y[:, None]},
        "test": {"images": F_ROWS[:5], "labels": Y[:5, None], "writers": Y[:5, None]},
        "mapping": np.column_stack([np.arange(10), np.arange(48, 58)]),
    }
}


@pytest.mark.parametrize("packed", [False, True])
def test_mat(tmp_path, packed):
    path = tmp_path / "digits.mat"
    for arrays, order in (
        (COURSE, "F"),
        ({"X": F_ROWS, "y": Y[:, None]}, "F"),  # of bytes, which used to be never scaled
        (EMNIST, "F"),
        ({"data": ROWS.T, "label": Y[None].astype(float), "mldata_descr_ordering": "x"}, "C"),
        ({"images": IMAGES, "labels": Y}, "C"),
    ):
        scipy.io.savemat(path, arrays, do_compression=packed)
        check(path, order=order)
    scipy.io.savemat(path, EMNIST, do_compression=packed)
    test = load_digits_images(path, split="test")
    np.testing.assert_allclose(test.images, IMAGES[:5] / 255, atol=1e-6)
    scipy.io.savemat(path, {"X": ROWS, "y": Y[:, None]}, do_compression=packed)
    check(path, image_order="C")


def test_mat_of_version_73(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "digits.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["X"], file["y"] = COURSE["X"].T, COURSE["y"].T
    with open(path, "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
    check(path, order="F")
    with h5py.File(tmp_path / "usps.h5", "w") as file:
        file["train/data"], file["train/target"] = ROWS / 255, Y
        file["test/data"], file["test/target"] = ROWS[:5] / 255, Y[:5]
    check(tmp_path / "usps.h5")
    assert len(load_digits_images(tmp_path / "usps.h5", split="test").data) == 5


# --- IDX and pictures -----------------------------------------------------------------------------


def idx(array, kind=8):
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    kinds = {8: ">u1", 11: ">i2", 12: ">i4", 14: ">f8"}
    return struct.pack(">HBB", 0, kind, array.ndim) + shape + array.astype(kinds[kind]).tobytes()


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
        ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"),
        ("emnist-digits-train-images-idx3-ubyte", "emnist-digits-train-labels-idx1-ubyte"),
        ("images", "labels"),
        ("Train-Images.idx3-ubyte", "train-labels-idx1-ubyte.GZ"),
        ("my.images.bin", "my.labels.bin"),
    ],
)
def test_idx(tmp_path, monkeypatch, images, labels):
    for name, array in ((images, IMAGES), (labels, Y)):
        content = idx(array)
        packed = gzip.compress(content) if name.lower().endswith(".gz") else content
        (tmp_path / name).write_bytes(packed)
    check(tmp_path / images)
    with pytest.raises(ValueError, match="found labels; give the file of the images"):
        load_digits_images(tmp_path / labels)
    (tmp_path / "there").mkdir()
    (tmp_path / labels).rename(tmp_path / "there" / labels)
    check(tmp_path / images, labels=False)
    monkeypatch.setenv("SKDIGITS_DATA", str(tmp_path / "there"))
    check(tmp_path / images)


@pytest.mark.parametrize("kind", [8, 11, 12, 14])
def test_idx_of_other_numbers(tmp_path, kind):
    (tmp_path / "qmnist-train-images-idx3-ubyte").write_bytes(idx(IMAGES, kind))
    eight = np.column_stack([Y, *[np.arange(40)] * 7])  # the class, the writer and others
    (tmp_path / "qmnist-train-labels-idx2-int").write_bytes(idx(eight, 12))
    check(tmp_path / "qmnist-train-images-idx3-ubyte")


def test_idx_of_the_test_set(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(IMAGES))
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx(IMAGES[:5]))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx(Y[:5]))
    test = load_digits_images(tmp_path / "train-images-idx3-ubyte", split="test")
    np.testing.assert_array_equal(test.target, Y[:5])


def test_emnist_is_turned_by_an_option(tmp_path):
    (tmp_path / "emnist-images-idx3-ubyte").write_bytes(idx(IMAGES.transpose(0, 2, 1)))
    check(tmp_path / "emnist-images-idx3-ubyte", labels=False, image_order="F", order="F")


def test_pictures(tmp_path):
    image_module = pytest.importorskip("PIL.Image")
    for part, n in (("train", 40), ("test", 5)):
        for k in range(n):
            folder = tmp_path / part / str(Y[k])
            folder.mkdir(parents=True, exist_ok=True)
            image_module.fromarray(IMAGES[k]).save(folder / f"{k:03}.png")
    order = np.argsort(Y, kind="stable")
    digits = load_digits_images(tmp_path)
    np.testing.assert_array_equal(digits.target, Y[order])
    np.testing.assert_allclose(digits.images, IMAGES[order] / 255, atol=1e-6)
    assert len(load_digits_images(tmp_path, split="test").data) == 5
    assert len(load_digits_images(tmp_path / "test").data) == 5
    one = load_digits_images(tmp_path / "train" / "0" / "000.png")
    np.testing.assert_allclose(one.images[0], IMAGES[0] / 255, atol=1e-6)
    assert one.target is None


def test_what_else_is_in_a_folder_of_pictures(tmp_path):
    image_module = pytest.importorskip("PIL.Image")
    for k in range(12):
        image_module.fromarray(IMAGES[k]).save(tmp_path / f"{k + 1}.png")
    (tmp_path / "README.txt").write_text("digits")
    (tmp_path / ".hidden").write_text("")
    digits = load_digits_images(tmp_path)
    assert digits.filenames == [f"{k + 1}.png" for k in range(12)]  # 10.png after 9.png
    np.testing.assert_allclose(digits.images, IMAGES[:12] / 255, atol=1e-6)
    assert "without README.txt;" in digits.DESCR
    (tmp_path / "3").mkdir()
    with pytest.raises(ValueError, match=r"found both, such as 1.png and 3/"):
        load_digits_images(tmp_path)
    names = tmp_path / "names"
    (names / "three").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"or folders 0 to 9 of pictures .*, found three"):
        load_digits_images(names)
    for name in ("0", "1"):
        (names / name).mkdir()
        image_module.fromarray(IMAGES[int(name)]).save(names / name / "a.png")
    digits = load_digits_images(names)
    assert "without three" in digits.DESCR
    assert [name.replace("\\", "/") for name in digits.filenames] == ["0/a.png", "1/a.png"]
    assert load_digits_images(names, label="none").target is None


def test_strokes_on_nothing(tmp_path):
    """What is clear is paper, whatever colour it would have."""
    image_module = pytest.importorskip("PIL.Image")
    for shade, options in ((255, {}), (0, {"intensity": (255, 0)})):
        clear = np.stack([np.full_like(IMAGES[1], shade)] * 3 + [IMAGES[1]], axis=2)
        image_module.fromarray(clear, "RGBA").save(tmp_path / "clear.png")
        found = load_digits_images(tmp_path / "clear.png", **options)
        np.testing.assert_allclose(found.images[0], IMAGES[1] / 255, atol=0.005)


def test_pictures_cut_out_of_white_paper(tmp_path):
    rows = slice(2, 26)
    np.savez(tmp_path / "digits.npz", X=255 - IMAGES[:, rows, 5:20], y=Y)  # ink up to the edges
    with pytest.raises(ValueError, match="full, as of dark ink on white paper"):
        load_digits_images(tmp_path / "digits.npz")


def test_pictures_of_other_kinds(tmp_path):
    image_module = pytest.importorskip("PIL.Image")
    white = 255 - IMAGES[1]
    clear = np.stack([np.zeros_like(IMAGES[1])] * 3 + [IMAGES[1]], axis=2)  # black ink on nothing
    image_module.fromarray(np.stack([white] * 3, axis=2)).save(tmp_path / "white.png")
    image_module.fromarray(clear, "RGBA").save(tmp_path / "clear.png")
    image_module.fromarray(IMAGES[1].astype(np.uint16) * 257).save(tmp_path / "deep.png")
    for name, options in (
        ("white.png", {"intensity": (255, 0)}),
        ("clear.png", {"intensity": (255, 0)}),
        ("deep.png", {}),
    ):
        found = load_digits_images(tmp_path / name, **options)
        np.testing.assert_allclose(found.images[0], IMAGES[1] / 255, atol=0.005)
    for name in ("white.png", "clear.png"):
        with pytest.raises(ValueError, match=r"dark ink on white paper; say .*intensity="):
            load_digits_images(tmp_path / name)
    image_module.fromarray(IMAGES[1][:14]).save(tmp_path / "deep2.png")
    with pytest.raises(ValueError, match=r"all of one size and depth"):
        load_digits_images(tmp_path)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(ValueError, match="pictures, or folders 0 to 9 of pictures.*found nothing"):
        load_digits_images(tmp_path / "nothing")


# --- intensities ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pixels", "intensity", "message"),
    [
        (ROWS - 100.0, None, "pixels from -100 to 155; say"),
        ((ROWS - 33.0) / 78, None, "some of them fractions; say"),
        (ROWS // 16, None, "0 to 15, which no pixel format that is known reaches; say"),
        (255 - ROWS, None, "dark ink on white paper; say"),
        (ROWS * 16.0, None, "0 to 4080, which no pixel format"),
        (ROWS, "bytes", r"intensity must be None, what full ink is, or a pair"),
        (ROWS, (1, 1), "intensity must tell ink from paper"),
        (ROWS, (0, np.nan), "intensity must be None"),
    ],
)
def test_what_cannot_be_told_of_intensities(tmp_path, pixels, intensity, message):
    np.savez(tmp_path / "digits.npz", X=pixels, y=Y)
    with pytest.raises(ValueError, match=message):
        load_digits_images(tmp_path / "digits.npz", intensity=intensity)


@pytest.mark.parametrize(
    ("pixels", "intensity"),
    [
        (ROWS - 100.0, (-100, 155)),
        (ROWS / 127.5 - 1, (-1, 1)),
        (255 - ROWS, (255, 0)),
        (ROWS * 16.0, 4080),
        ((ROWS / 255 - 0.13) / 0.31, (-0.13 / 0.31, 0.87 / 0.31)),
    ],
)
def test_intensities_that_are_told(tmp_path, pixels, intensity):
    np.savez(tmp_path / "digits.npz", X=pixels, y=Y)
    check(tmp_path / "digits.npz", intensity=intensity)


def test_8_x_8_of_bytes_and_of_uci(tmp_path):
    for rows in (SMALL.data.astype(np.uint8), np.rint(SMALL.data / 16 * 255).astype(np.uint8)):
        np.savez(tmp_path / "small.npz", X=rows, y=SMALL.target)
        data = load_digits_images(tmp_path / "small.npz").data
        np.testing.assert_allclose(data, SMALL.data / 16, atol=0.002)


# --- what is something else -----------------------------------------------------------------------


STRANGERS = {
    "train.csv": (b"<!DOCTYPE html><html>", "a web page, not the file that a link to it names"),
    "train.npz": (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
    "ex4.mat": (b"# Created by Octave 8.4\n# name: X\n", "text of Octave: save it by"),
    "mnist.pkl": (b"\x80\x04\x95\x00", "a pickle, which is not loaded.*numpy.savez"),
    "mnist.pkl.gz": (gzip.compress(b"\x80\x03}q\x00."), "a pickle, which is not loaded"),
    "digits.parquet": (b"PAR1\x15\x04", "a table of another kind: write it as .csv"),
    "digits.csv": ("label\n1".encode("utf-16"), "text in UTF-16: save it in UTF-8"),
    "digits.bin": (bytes(range(128, 200)), "expected text in UTF-8"),
    "digits.gz": (gzip.compress(table())[:-100], "a packed file that is whole"),
    "damaged.bz2": (b"BZh91AY&SY" + bytes(40), "a packed file that is whole"),
    "damaged.xz": (lzma.compress(table())[:50], "a packed file that is whole"),
    "damaged.gz": (b"\x1f\x8b\x08" + bytes(40), "a packed file that is whole"),
    "damaged.zip": (b"PK\x03\x04" + bytes(40), "a packed file that is whole"),
    "twice.gz": (gzip.compress(gzip.compress(table())), "an archive within another"),
    "old.mat": (
        struct.pack("<5i", 0, 40, 784, 0, 2) + b"X\0" + bytes(40 * 784 * 8),
        "version 4: save it by",
    ),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_other_files_are_named(tmp_path, name):
    content, message = STRANGERS[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        load_digits_images(tmp_path / name)
    assert name in str(caught.value)


def test_mnist5000_from_too_few_or_unlabelled(tmp_path, monkeypatch):
    monkeypatch.setenv("SKDIGITS_DATA", str(tmp_path))
    np.savez(tmp_path / "mnist_train.npz", X=ROWS, y=Y)
    with pytest.raises(ValueError, match="500 images a class: MNIST's file has 3 of the digit"):
        load_digits_images("mnist5000")
    np.savez(tmp_path / "mnist_train.npz", X=ROWS)
    with pytest.raises(ValueError, match="MNIST's file has no labels"):
        load_digits_images("mnist5000")


@pytest.mark.parametrize("options", [{"image_order": "A"}, {"split": "valid"}])
def test_options_out_of_their_ranges(options):
    ((name, value),) = options.items()
    with pytest.raises(ValueError, match=f"{name} must be .*got {value!r}"):
        load_digits_images(**options)


def test_labels_with_both_names_of_zero(tmp_path):
    np.savez(tmp_path / "digits.npz", X=ROWS[:2], y=[0, 10])
    with pytest.raises(ValueError, match="labels with 0 or with 10 for it, found both"):
        load_digits_images(tmp_path / "digits.npz")


# --- what a stranger found ------------------------------------------------------------------------


def test_a_column_that_counts_the_rows_is_no_label(tmp_path):
    path = tmp_path / "indexed.csv"
    pd.DataFrame(ROWS[:10]).to_csv(path, header=False)
    with pytest.raises(ValueError, match="by label=COLUMN"):
        load_digits_images(path)


def test_a_row_too_long_is_named_beside_a_column_of_texts_too(tmp_path):
    frame = pd.DataFrame(ROWS, columns=PIXELS)
    frame["label"], frame["split"] = Y, "train"
    lines = frame.to_csv(index=False).splitlines()
    lines[5] = "0," + lines[5]
    path = tmp_path / "digits.csv"
    path.write_text("\n".join(lines))
    with pytest.raises(ValueError, match="786 cells a line, found 787 in line 6"):
        load_digits_images(path)


def test_the_labels_among_arrays_can_be_said(tmp_path):
    path = tmp_path / "digits.npz"
    np.savez(path, X=ROWS, y=Y, y_pred=Y[::-1])
    check(path)
    check(path, labels=False, label="none")
    np.testing.assert_array_equal(load_digits_images(path, label="y_pred").target, Y[::-1])
    with pytest.raises(ValueError, match="label='z' is no array; there are X"):
        load_digits_images(path, label="z")


def test_libsvms_indices_from_0(tmp_path):
    rows = ROWS.astype(float)
    rows[0, 0] = 255  # or nothing tells
    dump_svmlight_file(rows, Y, str(tmp_path / "digits.svm"), zero_based=True)
    digits = load_digits_images(tmp_path / "digits.svm")
    np.testing.assert_allclose(digits.data, rows / 255, atol=1e-6)
    assert "indices from 0" in digits.DESCR


def test_pictures_as_cameras_and_scientists_have_them(tmp_path):
    image_module = pytest.importorskip("PIL.Image")
    exif = image_module.Exif()
    exif[0x112] = 6  # to be turned by a quarter
    turned = image_module.fromarray(np.rot90(IMAGES[1]))
    turned.save(tmp_path / "phone.png", exif=exif)
    image_module.fromarray((IMAGES[1] / 255).astype(np.float32)).save(tmp_path / "floats.tif")
    for name in ("phone.png", "floats.tif"):
        found = load_digits_images(tmp_path / name)
        np.testing.assert_allclose(found.images[0], IMAGES[1] / 255, atol=1e-6)


def test_an_intensity_of_other_pixels(tmp_path):
    np.savez(tmp_path / "digits.npz", X=ROWS, y=Y)
    with pytest.raises(ValueError, match=r"found ink from 0 to 255 .*by intensity=\(0, 1\)"):
        load_digits_images(tmp_path / "digits.npz", intensity=1)


@pytest.mark.parametrize("source", [None, 5, ROWS])
def test_what_is_no_path(source):
    with pytest.raises(ValueError, match="source must be a name or a path, got"):
        load_digits_images(source)
