"""What a file is, by what stands in it, and what is packed in it; names tell little."""

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from contextlib import contextmanager

from skdigits.files import Unexpected, said

HEAD = 4096  # bytes that tell
PACKED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
PICTURES = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    b"RIFF",
    b"P5\n",
    b"P2\n",
)
HDF = b"\x89HDF\r\n\x1a\n"
# Of IDX: the dtype by the third byte of the file.
IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
LIBSVM = re.compile(rb"\s*[-+.\deE]+(\s+\d+:[-+.\deEnaif]+)+(\s|$)")  # of a line's beginning
# What a file is taken for that is none of digits: what it is, and what helps.
STRANGERS = (
    (re.compile(rb"\s*(<!doctype html|<html|<\?xml)", re.I),
     "a web page, not the file that a link to it names: download it again, by its raw address"),
    (re.compile(rb"version https://git-lfs"),
     "a pointer of Git LFS, not the file itself: run `git lfs pull`"),
    (re.compile(rb"# Created by Octave"),
     "text of Octave: save it by `save -v7`"),
    (re.compile(rb"\x80[\x02-\x05]|\x80\x04|\(lp|c__builtin__|ccopy_reg"),
     "a pickle, which is not loaded, for that would run what its author wrote into it: where you "
     "trust it, load it yourself and write its arrays by numpy.savez(FILE, X=..., y=...)"),
    (re.compile(rb"[\0-\x34]\0{3}.{8}[\0\1]\0{3}.\0{3}[A-Za-z]\w*\0", re.S),
     "MATLAB's version 4: save it by `save -v7`"),
    (re.compile(rb"%PDF"), "a PDF"),
    (re.compile(rb"SQLite format|PAR1|ARROW1"), "a table of another kind: write it as .csv"),
    (re.compile(rb"\xff\xfe|\xfe\xff"), "text in UTF-16: save it in UTF-8"),
)  # fmt: skip


def kind_of(head):
    """The kind of a file by its first bytes: a word, for `image_files`."""
    if not head:
        return "empty"
    if head.startswith(tuple(PACKED)):
        return "packed"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    if HDF in (head[: len(HDF)], head[512 : 512 + len(HDF)]):  # MATLAB's begin with text
        return "hdf5"
    if head[126:128] in (b"IM", b"MI") or head.startswith(b"MATLAB"):
        return "mat"
    if head[:2] == b"\0\0" and len(head) > 3 and head[2] in IDX_TYPES and 1 <= head[3] <= 4:
        return "idx"
    if head.startswith(PICTURES):
        return "picture"
    if any(form.match(head) for form, _ in STRANGERS):
        return "stranger"
    line = next(filter(bytes.strip, head.splitlines()), b"")
    if re.match(rb"\s*(%|@relation)", line, re.I):
        return "arff"
    return "libsvm" if LIBSVM.match(line) else "text"


def stranger(path, head):
    """The error for a file that is something else."""
    found = next(words for form, words in STRANGERS if form.match(head))
    return Unexpected(path, "digits", found)


def beginning(stream, kind):
    """What is found where nothing that is known begins, in words."""
    if kind == "packed twice":
        return "an archive within another (.npz are archives): unpack the outer one"
    head = stream.read(8)
    return f"a file that begins with {head!r}" if head else "an empty file"


class Limited(io.RawIOBase):
    """A stream that is read for as long as a Limit allows what comes out of it."""

    def __init__(self, stream, limit):
        self._stream, self._limit, self._read = stream, limit, 0

    def readable(self):
        return True

    def readinto(self, buffer):
        """Read on, for io."""
        try:
            part = self._stream.read(len(buffer))
        except OSError as error:
            if error.errno is not None:  # of the disk, not of what is packed
                raise
            raise EOFError(said(error)) from error
        self._read += len(part)
        self._limit.check("content", self._read)
        buffer[: len(part)] = part
        return len(part)


@contextmanager
def opened(path, limit):
    """(stream, kind) of what a file holds, unpacked if it is packed.

    What is wrong with the packing is Unexpected. A zip that is no .npz is taken for its one file.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
            file.seek(0)
            kind = kind_of(head)
            if kind == "zip":
                with zipfile.ZipFile(file) as archive:
                    members = [info for info in archive.infolist() if _counts(info)]
                    if any(info.filename.endswith(".npy") for info in members):
                        file.seek(0)
                        yield file, "npz"
                        return
                    if len(members) != 1:
                        names = [info.filename for info in members]
                        raise Unexpected(path, "a zip of one file, or an .npz of arrays", names)
                    limit.check(members[0].filename, members[0].file_size)
                    with archive.open(members[0]) as inner:
                        yield _peeked(inner, limit)
            elif kind == "packed":
                unpack = next(way for mark, way in PACKED.items() if head.startswith(mark))
                with unpack(file) as inner:
                    yield _peeked(inner, limit)
            else:
                yield file, kind
    except Unexpected:
        raise
    except (gzip.BadGzipFile, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError) as error:
        raise Unexpected(path, "a packed file that is whole", said(error)) from error
    except (NotImplementedError, RuntimeError) as error:  # other packing, or a password
        raise Unexpected(path, "a zip that can be unpacked", said(error)) from error


def _counts(info):
    return not info.filename.startswith("__MACOSX/") and not info.filename.endswith("/")


def _peeked(inner, limit):
    stream = io.BufferedReader(Limited(inner, limit), HEAD)
    kind = kind_of(stream.peek(HEAD)[:HEAD])
    return stream, "packed twice" if kind in ("packed", "zip") else kind
