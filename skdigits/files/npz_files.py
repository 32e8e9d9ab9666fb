"""NumPy archives from strangers: what they promise is looked at before anything is read.

No pickle is ever loaded, and an error names the file, what was expected and what was found.
"""

import io
import struct
import zipfile
from contextlib import contextmanager
from math import prod
from typing import NamedTuple

import numpy as np

# How the length of a header is written, and what reads it, in each version of the format.
VERSIONS = {
    (1, 0): ("<H", np.lib.format.read_array_header_1_0),
    (2, 0): ("<I", np.lib.format.read_array_header_2_0),
}
MAX_HEADER = 10000  # NumPy itself believes no longer one


class Unexpected(ValueError):
    """A file that is not what it should be."""

    def __init__(self, path, expected, found):
        super().__init__(f"{path}: expected {expected}, found {found}")


def said(error):
    """An error of another library in one line."""
    return f"{type(error).__name__}: {error}"


def check_archive(path, content, what):
    """Say what the bytes of a file are like that is no archive."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        return
    if not content:
        found = "an empty file"
    elif content[:2] == b"PK":
        found = "an archive that is cut or damaged"
    elif content[:1] == b"\x80":
        found = "a pickle, which is not loaded: that would run what its author wrote into it"
    else:
        found = f"no archive, for it begins with {content[:8]!r}"
    raise Unexpected(path, what, found)


class Declared(NamedTuple):
    """What a header says of an array; nothing of its data is read."""

    shape: tuple
    dtype: np.dtype
    stored: bool  # as it is, not compressed
    n_bytes: int  # of the member that should hold it


class Arrays:
    """The arrays of an open archive, by name."""

    def __init__(self, path, archive):
        members = archive.namelist()
        self._archive = archive
        self._members = {member.removesuffix(".npy"): member for member in members}
        if len(self._members) < len(members):
            raise Unexpected(path, "each array once", f"{sorted(members)}")

    @property
    def names(self):
        """Their names."""
        return self._members.keys()

    def declared(self, name):
        """What the header of an array Declared."""
        info = self._archive.getinfo(self._members[name])
        with self._archive.open(info) as member:
            shape, dtype = read_header(member, info.filename)
        stored = info.compress_type == zipfile.ZIP_STORED and info.file_size == info.compress_size
        return Declared(shape, dtype, stored, info.file_size)

    def read(self, name):
        """The array, once what it declared is known to be in order."""
        info = self._archive.getinfo(self._members[name])
        check_member(self._archive, info)
        with self._archive.open(info) as member:
            return np.lib.format.read_array(member, allow_pickle=False)


def read_header(file, name):
    """(shape, dtype) of an array in the format of NumPy, from an open file; name is for errors.

    A header can say that it is 4 GiB long, and NumPy would read it.
    """
    version = np.lib.format.read_magic(file)
    if version not in VERSIONS:
        raise ValueError(f"{name} has the unknown .npy version {version}")
    of_length, reader = VERSIONS[version]
    n_bytes = file.read(struct.calcsize(of_length))
    (length,) = struct.unpack(of_length, n_bytes)
    if length > MAX_HEADER:
        raise ValueError(f"{name} has a header of {length} bytes")
    shape, _, dtype = reader(io.BytesIO(n_bytes + file.read(length)))
    return shape, dtype


def check_member(archive, info):
    """An array must be as large as the member of an archive that should hold it.

    NumPy asks for memory for what the header says before it finds that the data end.
    """
    with archive.open(info) as member:
        shape, dtype = read_header(member, info.filename)
    if not prod(shape) * dtype.itemsize <= info.file_size:
        raise ValueError(f"{info.filename} has {info.file_size} bytes for shape {shape} of {dtype}")


@contextmanager
def open_npz(file, path, what):
    """The Arrays of a file; what goes wrong within, of whatever kind, is Unexpected.

    path is the name for errors, file the same or an open file, what the kind of archive.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            yield Arrays(path, archive)
    except (FileNotFoundError, PermissionError, Unexpected):
        raise
    except Exception as error:  # a damaged archive makes zipfile and NumPy raise many things
        raise Unexpected(path, what, said(error)) from error
