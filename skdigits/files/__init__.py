"""What is read from disk, on trust or not?

Models in files that are safe to load, and NumPy archives from strangers.
"""

from skdigits.files.limits import Limit, check_max_bytes
from skdigits.files.npz_files import Unexpected, open_npz, read_header, said
from skdigits.files.persistence import load_model, save_model

__all__ = [
    "Limit",
    "Unexpected",
    "check_max_bytes",
    "load_model",
    "open_npz",
    "read_header",
    "said",
    "save_model",
]
