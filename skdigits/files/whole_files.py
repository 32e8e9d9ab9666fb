"""A file is written whole or not at all: what stood there stays until the new one is complete."""

import os
import secrets
import shutil
from errno import EACCES
from pathlib import Path


def write_whole(path, content):
    """Write bytes to a file: beside it first, then in its place.

    A link stays a link, an existing file's permissions stay, and a file that may not be written
    is not replaced. A device or a pipe has no place to write beside and nothing to lose.
    """
    target = Path(path).resolve()
    if target.exists() and not target.is_file():
        target.write_bytes(content)
        return
    beside = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(EACCES, os.strerror(EACCES))
        with open(beside, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, beside)
        os.replace(beside, target)
    except OSError as error:  # said of the file that the user knows
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        beside.unlink(missing_ok=True)
