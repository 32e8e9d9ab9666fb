"""Oracles: scipy's reader of the same files, and files changed in every way."""

import io
import struct
import zlib

import numpy as np
import pytest
import scipy.io
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from skdigits.datasets import load_digits_images
from skdigits.datasets.mat_files import matrices
from skdigits.files import Limit

LIMIT = Limit("x.mat", 2**20)

DTYPES = ["f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]


def saved(held, compressed=False):
    content = io.BytesIO()
    scipy.io.savemat(content, held, do_compression=compressed)
    return content.getvalue()


@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,20}", fullmatch=True),
        st.sampled_from(DTYPES).flatmap(
            lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=2, max_dims=3, max_side=6))
        ),
        min_size=1,
        max_size=3,
    ),
    st.booleans(),
)
def test_what_scipy_reads(held, compressed):
    content = saved(held, compressed)
    found, expected = matrices("x.mat", content, LIMIT), scipy.io.loadmat(io.BytesIO(content))
    assert found.keys() == {name for name in expected if not name.startswith("__")}
    for name, matrix in found.items():
        array = matrix.read()
        assert (matrix.kind, matrix.shape) == (array.dtype.str[1:], array.shape)
        assert array.dtype == expected[name].dtype
        np.testing.assert_array_equal(array, expected[name])


def test_numbers_that_matlab_stores_in_fewer_bytes():
    """MATLAB stores a double matrix of small integers as bytes; scipy writes none such."""

    def element(kind, data):
        return struct.pack("<II", kind, len(data)) + data.ljust(-(-len(data) // 8) * 8, b"\0")

    values = bytes(range(12))
    matrix = element(6, struct.pack("<II", 6, 0)) + element(5, struct.pack("<ii", 3, 4))
    matrix += struct.pack("<HH4s", 1, 1, b"X") + element(2, values)
    content = b"MATLAB".ljust(124) + b"\x00\x01IM" + element(14, matrix)
    X = matrices("x.mat", content, LIMIT)["X"].read()
    np.testing.assert_array_equal(X, np.arange(12.0).reshape(3, 4, order="F"))
    assert X.dtype == np.float64
    np.testing.assert_array_equal(scipy.io.loadmat(io.BytesIO(content))["X"], X)


def test_what_is_no_matrix_of_numbers_is_named():
    held = {
        "cells": np.array([["a", 1]], dtype=object),
        "a struct": np.array([[(1.0,), (2.0,)]], dtype=[("field", "O")]),
        "text": "abc",
        "a sparse matrix": scipy.sparse.csc_array(np.eye(3)),
        "complex numbers": np.eye(2) * 1j,
    }
    names = {f"v{k}": value for k, value in enumerate(held.values())}
    found = matrices("x.mat", saved(names), LIMIT)
    assert [matrix.kind for matrix in found.values()] == list(held)


def test_the_byte_that_ends_scipys_process(tmp_path):
    """A type of 255 where that of X's numbers is 9: an index far outside of scipy's table."""
    content = bytearray(saved({"X": np.zeros((20, 64)), "y": np.zeros((20, 1))}))
    at = content.index(struct.pack("<II", 9, 20 * 64 * 8))
    content[at : at + 4] = struct.pack("<I", 255)
    path = tmp_path / "x.mat"
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match="x.mat: expected X to hold numbers, found data of type 255"
    ):
        load_digits_images(path)


SMALL = {"X": np.arange(128.0).reshape(2, 64), "y": np.array([[1], [2]], dtype=np.uint8)}


def assert_refused_or_read(content):
    """Whatever is in a file, it is read or refused by name, with no more than its size held."""
    try:
        found = matrices("x.mat", content, LIMIT)
        arrays = [matrix.read() for matrix in found.values() if matrix.kind[1:].isdigit()]
        assert sum(array.nbytes for array in arrays) <= 8 * max(len(content), 2**16)
    except ValueError as error:
        assert str(error).startswith("x.mat: expected ")  # noqa: PT017


@settings(max_examples=5 * settings().max_examples)
@given(st.data())
def test_damage_raises_nothing_else(data):
    content = bytearray(saved(SMALL, data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(["byte", "word", "cut", "twice"])):
            case "byte":
                content[at] = data.draw(st.integers(0, 255))
            case "word":
                word = data.draw(st.sampled_from([0, 1, 255, 2**16, 2**31 - 1, 2**31, 2**32 - 1]))
                content[at : at + 4] = struct.pack("<I", word)
            case "cut":
                del content[at:]
            case "twice":
                content[at:at] = content[at : at + 64]
        if not content:
            break
    assert_refused_or_read(bytes(content))


def test_every_byte_of_the_headers_may_be_any():
    content = saved({"X": SMALL["X"]})
    for at in range(124, 200):
        for value in (0, 1, 5, 9, 14, 15, 127, 128, 255):
            assert_refused_or_read(content[:at] + bytes([value]) + content[at + 1 :])


def test_damage_within_what_is_deflated():
    content = saved({"X": SMALL["X"]}, compressed=True)
    (size,) = struct.unpack_from("<I", content, 132)
    inner = zlib.decompress(content[136 : 136 + size])
    for at in range(72):
        for value in (0, 1, 9, 15, 255):
            packed = zlib.compress(inner[:at] + bytes([value]) + inner[at + 1 :])
            assert_refused_or_read(content[:128] + struct.pack("<II", 15, len(packed)) + packed)
