"""Files that declare, or unpack to, far more than they hold: refused before anything is unpacked.

Oracle: the peak memory of a process, as Linux counts it.
"""

import gzip
import io
import json
import re
import struct
import zipfile
import zlib

import numpy as np
import pytest
import scipy.io
import skops.io
from processes import run_forked
from sklearn.preprocessing import StandardScaler

from skdigits import TwoLayerNNClassifier, load_model, save_model
from skdigits.datasets import load_digits_images

MANY = 2**28  # bytes; the limit of a small file is a quarter of it
LOAD = """
import sys
from pathlib import Path
from process_memory import count_peak_from_here, peak, resident
from skdigits import load_model
from skdigits.datasets import load_digits_images

load = load_model if sys.argv[1] == "model" else load_digits_images
size = Path(sys.argv[2]).stat().st_size
count_peak_from_here()
before = resident()
try:
    load(sys.argv[2])
except ValueError as error:
    print(error)
    more = peak() - before
    assert more <= 3 * size + 2**26, more
else:
    sys.exit("it was loaded")
"""


def npy(shape, dtype="|u1", data=b""):
    file = io.BytesIO()
    header = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + data


def deflated(head, n_bytes):
    """The head and so many zeros, deflated; the zeros are copies of one part."""
    deflate = zlib.compressobj(wbits=-15)
    head = deflate.compress(head) + deflate.flush(zlib.Z_FULL_FLUSH)
    part = deflate.compress(bytes(2**20)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return head + part * (n_bytes // 2**20) + deflate.flush()


def archive_with(path, name, content, n_bytes, others=()):
    """An archive with a member that is deflated already; zipfile believes what it is told."""
    with zipfile.ZipFile(path, "w") as archive:
        for other, data in others:
            archive.writestr(other, data)
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        offset = archive.fp.tell()
        info.header_offset = offset
        info.compress_size, info.file_size = len(content), n_bytes
        info.CRC = zlib.crc32(zlib.decompress(content, -15)) if n_bytes < 2**20 else 0
        archive.fp.write(info.FileHeader(zip64=False) + content)
        archive.start_dir = archive.fp.tell()
        archive.filelist.append(info)
        archive.NameToInfo[name] = info
        archive._didModify = True


def npz(path):
    head = npy((MANY // 784, 28, 28))
    archive_with(path, "X.npy", deflated(head, MANY), len(head) + MANY)


def npz_of_a_long_header(path):
    head = b"\x93NUMPY\x02\x00" + struct.pack("<I", MANY)
    archive_with(path, "X.npy", deflated(head, MANY), len(head) + MANY)


def mat(path):
    scipy.io.savemat(path, {"X": np.zeros((11000, 784))}, do_compression=True)


def idx(path):
    head = struct.pack(">iIII", 2051, MANY // 784, 28, 28)
    path.write_bytes(gzip.compress(head) + gzip.compress(bytes(MANY // 8)) * 8)


def csv_of_one_row(path):
    path.write_bytes(b"0," * (20 * 10**6) + b"0\n")


def csv_of_many_columns(path):
    path.write_bytes((b"0," * (5 * 10**6) + b"0\n") * 4)


def csv_of_names(path):
    path.write_bytes(b'"a",' * 10**7 + b"\n0\n")


def skops_of(path, change):
    """A file of skops whose schema, and members, change(schema) -> (name, content, n_bytes) makes."""
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(StandardScaler().fit(np.eye(3))))) as archive:
        others = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(others.pop("schema.json"))
    name, content, n_bytes = change(schema)
    others.pop(name, None)
    if name != "schema.json":
        others["schema.json"] = json.dumps(schema)
    archive_with(path, name, content, n_bytes, others.items())


def array_node(schema):
    return schema["content"]["content"]["mean_"]


def skops_of_an_array(path):
    def change(schema):
        head = npy((MANY,))
        return array_node(schema)["file"], deflated(head, MANY), len(head) + MANY

    skops_of(path, change)


def skops_of_one_array_often(path):
    def change(schema):
        head, n_bytes = npy((2**22,)), 2**22
        items = schema["content"]["content"]
        for k in range(MANY // n_bytes):
            items[f"a{k}"] = array_node(schema) | {"__id__": k}
        return array_node(schema)["file"], deflated(head, n_bytes), len(head) + n_bytes

    skops_of(path, change)


def skops_of_an_array_that_is_not_there(path):
    def change(schema):
        head = npy((2**33,))
        return array_node(schema)["file"], zlib.compress(head, wbits=-15), len(head)

    skops_of(path, change)


def skops_of_a_sparse_matrix(path):
    def change(schema):
        inner = path.with_suffix(".inner")
        head = npy((MANY,), "|u1")
        archive_with(inner, "data.npy", deflated(head, MANY), len(head) + MANY)
        node = array_node(schema)
        node |= {"__class__": "csr_matrix", "__module__": "scipy.sparse._csr"}
        node |= {"__loader__": "SparseMatrixNode", "type": "scipy"}
        content = inner.read_bytes()
        return node["file"], zlib.compress(content, wbits=-15), len(content)

    skops_of(path, change)


def skops_of_a_long_schema(path):
    def change(schema):
        text = b"[" + b"[]," * (10 * 2**20) + b"[]]"
        return "schema.json", zlib.compress(text, wbits=-15), len(text)

    skops_of(path, change)


BOMBS = {
    "digits.npz": (npz, "X of at most 67108864 bytes"),
    "header.npz": (npz_of_a_long_header, "a header of 268435456 bytes"),
    "digits.mat": (mat, "images of at most|X of at most"),
    "digits-idx3.gz": (idx, "images of at most"),
    "row.csv": (csv_of_one_row, "rows of less than 1048576 characters"),
    "columns.csv": (csv_of_many_columns, "rows of less than 1048576 characters"),
    "names.csv": (csv_of_names, "rows of less than 1048576 characters"),
    "array.skops": (skops_of_an_array, "arrays of at most 67108864 bytes"),
    "often.skops": (skops_of_one_array_often, "arrays of at most 67108864 bytes"),
    "declared.skops": (skops_of_an_array_that_is_not_there, r"bytes for shape \(8589934592,\)"),
    "sparse.skops": (skops_of_a_sparse_matrix, "arrays of at most 67108864 bytes"),
    "schema.skops": (skops_of_a_long_schema, "a schema of at most 67108864 bytes"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, name):
    make, message = BOMBS[name]
    path = tmp_path / name
    make(path)
    kind = "model" if name.endswith(".skops") else "digits"
    code, out, err = run_forked(LOAD, kind, path)
    assert code == 0, out + err
    assert out.startswith(f"{path}: expected ")
    assert re.search(message, out), out


def test_the_limit_is_an_argument(tmp_path):
    path = tmp_path / "paper.npz"
    n = 2**26 // 784 + 1
    np.savez_compressed(path, X=np.zeros((n, 28, 28), dtype=np.uint8))
    with pytest.raises(ValueError, match="if you trust the file, allow it by max_bytes="):
        load_digits_images(path)
    with pytest.raises(ValueError, match=f"at most {4 * 784 * n - 1} bytes, found {4 * 784 * n}"):
        load_digits_images(path, max_bytes=4 * 784 * n - 1)
    assert load_digits_images(path, max_bytes=4 * 784 * n).data.shape == (n, 784)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_model_of_skops_within_a_limit(tmp_path):
    X = np.random.default_rng(0).normal(size=(20, 50))
    model = TwoLayerNNClassifier(maxiter=1).fit(X, X[:, 0] > 0)
    path = tmp_path / "model.skops"
    save_model(model, path)
    assert load_model(path, max_bytes=2**20).n_features_in_ == 50
    with pytest.raises(ValueError, match="model.skops: expected .* of at most 1000 bytes"):
        load_model(path, max_bytes=1000)


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True, "1"])
def test_a_limit_that_is_none(wrong):
    for load in load_model, load_digits_images:
        with pytest.raises(ValueError, match="max_bytes must be None or a number of bytes, got"):
            load("digits", max_bytes=wrong)
