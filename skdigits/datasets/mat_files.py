"""Numeric matrices in MATLAB's files of version 5 to 7, from strangers; also within structs.

Read by ourselves: scipy's reader uses a number of the file as an index into a table of its own, so
that one changed byte ends the process. Here every number is looked at before it is believed, and
nothing is unpacked before it is asked for.

References
----------
The MathWorks. MAT-File Format, "Level 5 MAT-File Format".
"""

import struct
import zlib
from contextlib import contextmanager
from functools import partial
from math import prod
from typing import NamedTuple

import numpy as np

from skdigits.files import Unexpected

HEADER = 128  # bytes of text, a version and the mark of the byte order
VERSION = 1  # of the format: 0x0100
COMPRESSED, MATRIX = 15, 14
# The types of data, by their numbers in a file, as dtypes.
TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
INT8, INT32, UINT32 = 1, 5, 6
STRUCT = 2
# The classes of matrices: those of numbers as dtypes, those of other things in words.
NUMBERS = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8",
           15: "u8"}  # fmt: skip
OTHERS = {1: "cells", STRUCT: "a struct", 3: "an object", 4: "text", 5: "a sparse matrix",
          16: "a function", 17: "an opaque object", 18: "an object"}  # fmt: skip
COMPLEX = 0x0800  # the bit of an array's flags
MOST_DIMENSIONS, LONGEST_NAME, MOST_FIELDS, DEEPEST = 32, 255, 100, 5
SKIPPED = 2**20  # bytes at a time


class Matrix(NamedTuple):
    """What a file says of a matrix."""

    kind: str  # a dtype, or words
    shape: tuple
    read: callable  # read(): the array, for numbers only


def matrices(path, content, limit):
    """{name: Matrix} of the bytes of a file; path is the name for errors, limit a Limit.

    Those within structs have names such as dataset.train.images; what stands before them there is
    unpacked, and thrown away, to find them. Nothing else is.
    """
    if content[124:128] in (b"\x00\x02IM", b"\x02\x00MI"):
        expected = "a MATLAB file of version 5 to 7 (in MATLAB: save -v7)"
        raise Unexpected(path, expected, "version 7.3")
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if order is None or struct.unpack(f"{order}H", content[124:126])[0] >> 8 != VERSION:
        raise Unexpected(path, "a MATLAB file of version 5 to 7", _beginning(content))
    found, at = {}, HEADER
    with _whole(path, "a MATLAB file of whole matrices"):
        while at < len(content):
            kind, size = struct.unpack_from(f"{order}II", content, at)
            begin, end = at + 8, at + 8 + size
            if end > len(content):
                raise ValueError(f"an element of {size} bytes at {at} in {len(content)} bytes")
            part = memoryview(content)[begin:end]
            source = _Plain(part)
            if kind == COMPRESSED:
                source = _Inflated(part)
                kind, size = struct.unpack(f"{order}II", source.read(8))
            if kind != MATRIX:
                raise ValueError(f"an element of type {kind} where a matrix should be")
            _Walk(path, order, limit, found).matrix(source, size, "", last=True)
            at = end
    return found


@contextmanager
def _whole(path, what):
    """What is wrong within a file is Unexpected."""
    try:
        yield
    except Unexpected:
        raise
    except (ValueError, EOFError, struct.error, zlib.error) as error:
        raise Unexpected(path, what, str(error)) from error


def _beginning(content):
    return f"a file that begins with {content[:8]!r}" if content else "an empty file"


class _Plain:
    """Bytes to read, one after another."""

    def __init__(self, content):
        self._content, self.at = content, 0

    def read(self, n):
        part = self._content[self.at : self.at + n]
        if len(part) < n:
            raise EOFError(f"{len(part)} bytes where {n} should be")
        self.at += n
        return bytes(part)

    def skip(self, n):
        """Go on by so many bytes."""
        self.at += n

    def again(self, at):
        """The same bytes from another place on."""
        source = type(self)(self._content)
        source.skip(at)
        return source


class _Inflated(_Plain):
    """The same of deflated bytes; no more is unpacked than is read or skipped."""

    def __init__(self, content):
        super().__init__(content)
        self._inflate, self._waiting = zlib.decompressobj(), content

    def read(self, n):
        parts, left = [], n
        while left:
            part = self._inflate.decompress(self._waiting, left)
            self._waiting = self._inflate.unconsumed_tail
            if not part:
                raise EOFError(f"{n - left} bytes where {n} should be")
            parts.append(part)
            left -= len(part)
        self.at += n
        return b"".join(parts)

    def skip(self, n):
        """Go on by so many bytes."""
        while n > 0:
            self.read(min(n, SKIPPED))
            n -= SKIPPED


def _tag(source, order):
    """(type, number of bytes, the bytes themselves if they stand within the tag)."""
    first, second = source.read(4), source.read(4)
    (word,) = struct.unpack(f"{order}I", first)
    if word >> 16:
        if word >> 16 > 4:
            raise ValueError(f"{word >> 16} bytes in a tag, which holds 4")
        return word & 0xFFFF, word >> 16, second[: word >> 16]
    return word, struct.unpack(f"{order}I", second)[0], None


def _element(source, order, wanted, most):
    """The data of a small element of a type."""
    kind, size, data = _tag(source, order)
    if kind != wanted or size > most:
        raise ValueError(f"an element of type {kind} and {size} bytes, not {wanted} and {most}")
    return source.read(-(-size // 8) * 8)[:size] if data is None else data


class _Walk(NamedTuple):
    """Through the matrices of an element, which are added to those found."""

    path: object
    order: str
    limit: object
    found: dict

    def matrix(self, source, size, within, last=False):
        """Add a matrix of so many bytes, or those in a struct; last: nothing comes after it.

        within is the name of the struct that it is a field of, with the field's.
        """
        order, end = self.order, source.at + size
        flags, _ = struct.unpack(f"{order}II", _element(source, order, UINT32, 8))
        raw = _element(source, order, INT32, 4 * MOST_DIMENSIONS)
        shape = struct.unpack(f"{order}{len(raw) // 4}i", raw)
        name = _element(source, order, INT8, LONGEST_NAME).decode("latin-1")
        name = within or name
        if len(shape) < 2 or min(shape) < 0:
            raise ValueError(f"{name} of shape {shape}")
        number = flags & 0xFF
        kind = NUMBERS.get(number, OTHERS.get(number))
        if kind is None:
            raise ValueError(f"{name} of the unknown class {number}")
        if flags & COMPLEX:
            kind = "complex numbers"
        if number == STRUCT and prod(shape) == 1:
            self._struct(source, name)
        else:
            at = source.at
            read = partial(self._numbers, source, at, name, kind, shape, size)
            self.found.setdefault(name, Matrix(kind, shape, read))
        if not last:
            self.limit.check(name, end - source.at)
            source.skip(end - source.at)

    def _struct(self, source, name):
        if name.count(".") >= DEEPEST:
            raise ValueError(f"{name} of more than {DEEPEST} structs within one another")
        (length,) = struct.unpack(f"{self.order}i", _element(source, self.order, INT32, 4))
        names = _element(source, self.order, INT8, MOST_FIELDS * LONGEST_NAME)
        if not 0 < length <= LONGEST_NAME:
            raise ValueError(f"{name} with names of {length} characters")
        for at in range(0, len(names), length):
            field = names[at : at + length].split(b"\0")[0].decode("latin-1")
            kind, size = struct.unpack(f"{self.order}II", source.read(8))
            if kind != MATRIX:
                raise ValueError(f"{name}.{field} of type {kind}")
            if size:
                self.matrix(source, size, f"{name}.{field}")

    def _numbers(self, source, at, name, kind, shape, size):
        """The array whose data begin at a place of the source."""
        path, order = self.path, self.order
        with _whole(path, f"{name} whole"):
            source = source.again(at)
            stored, n_bytes, data = _tag(source, order)
            if stored not in TYPES:
                raise Unexpected(path, f"{name} to hold numbers", f"data of type {stored}")
            dtype = np.dtype(order + TYPES[stored])
            expected = prod(shape) * dtype.itemsize
            if n_bytes != expected or n_bytes > size:
                found = f"{n_bytes} bytes for shape {shape} of {dtype.name}"
                raise Unexpected(path, f"{name} of {expected} bytes", found)
            self.limit.check(name, n_bytes)
            data = source.read(n_bytes) if data is None else data
        return np.frombuffer(data, dtype=dtype).reshape(shape, order="F").astype(kind)
