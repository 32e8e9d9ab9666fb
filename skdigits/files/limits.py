"""How much a file may become in memory, from what it declares, before anything is unpacked.

A file of a megabyte can declare, and unpack to, gigabytes: deflate makes a thousand of one. Digits
that are mostly paper unpack to 30 times their file.
"""

from typing import NamedTuple

from skdigits.files.npz_files import Unexpected

MAX_RATIO, FREE = 100, 2**26  # times its size; bytes that any file may become
MAX_BYTES = 2**32  # twenty times MNIST as float32
ADVICE = "; if you trust the file, allow it by max_bytes=N"


class Limit(NamedTuple):
    """What a file of so many bytes may become; max_bytes, if given, is all that limits it."""

    path: object  # for errors
    file_size: int
    max_bytes: int | None = None

    def check(self, what, n_bytes, in_memory=None):
        """Refuse what would unpack to n_bytes, or take more in memory than in the file's form."""
        in_memory = max(n_bytes, in_memory or 0)
        if self.max_bytes is not None:
            bounds = [(in_memory, self.max_bytes)]
        else:
            bounds = [(n_bytes, max(FREE, MAX_RATIO * self.file_size)), (in_memory, MAX_BYTES)]
        for found, most in bounds:
            if found > most:
                raise Unexpected(
                    self.path,
                    f"{what} of at most {most} bytes",
                    f"{found} in a file of {self.file_size}{ADVICE}",
                )


def check_max_bytes(max_bytes):
    """The argument of the public functions."""
    wrong = max_bytes is not None and (type(max_bytes) is not int or max_bytes < 1)
    if wrong:
        raise ValueError(f"max_bytes must be None or a number of bytes, got {max_bytes!r}")
