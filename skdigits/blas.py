"""SciPy's own BLAS at one thread while its optimizer runs, NumPy's untouched.

The wheels of NumPy and SciPy each load an OpenBLAS of their own. Since SciPy 1.15 L-BFGS-B calls
SciPy's with all threads on vectors too short to gain from them, and its idle threads then spin
against NumPy's (benchmarks/bench_blas_threads.py). Where the two share one BLAS (conda, Debian)
nothing is limited, because the limit would slow the matrix products down.
"""

import threading
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import scipy
import scipy.linalg  # loads SciPy's BLAS, so that it can be found
from threadpoolctl import ThreadpoolController


@cache
def _scipy_blas():
    """A controller of the BLAS that only SciPy's wheel uses; of nothing where there is none."""
    controller = ThreadpoolController()
    package = Path(scipy.__file__).parent
    # Where wheels keep their libraries: beside the package, or within it on macOS.
    folders = {package.with_name("scipy.libs"), package / ".dylibs"}
    paths = [lib["filepath"] for lib in controller.info() if lib["user_api"] == "blas"]
    return controller.select(filepath=[p for p in paths if Path(p).parent in folders])


# OpenBLAS's limit belongs to the process, and threadpoolctl lets one thread at a time set it. Of
# several fits at once one holds the limit for all and takes it off when it leaves; the others are
# then merely slower until the next fit begins.
_holder = threading.Lock()


@contextmanager
def scipy_blas_single_threaded():
    """Hold SciPy's BLAS at one thread; restored on every way out."""
    if not _holder.acquire(blocking=False):
        yield
        return
    try:
        with _scipy_blas().limit(limits=1):
            yield
    finally:
        _holder.release()
