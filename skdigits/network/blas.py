"""Every BLAS of the process at one thread, because the threads are ours (see `blocks`).

The wheels of NumPy and SciPy each load an OpenBLAS of their own. Left alone, SciPy's runs
L-BFGS-B's short vectors on all cores and its idle threads spin against NumPy's; and NumPy's gains
less from a second core, on products as narrow as a small network's, than two halves of the rows do
(benchmarks/bench_blas_threads.py).
"""

import threading
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import joblib
import scipy
import scipy.linalg  # loads SciPy's BLAS, so that it can be found
import threadpoolctl


@contextmanager
def single_threaded_blas():
    """Hold BLAS at one thread, restored on every way out; as: the threads that it gave up.

    Fits that overlap in several threads share one limit: the first sets it, the last takes it off,
    from those libraries that it was set on. A limit of another thread's, of two threads or more,
    does not stand in the way, for one is no more than it allows. Ctrl-C may come in any line; what
    is half done is undone.
    """
    held = object()
    try:
        _limit.enter(held)
        yield _limit.threads
    finally:
        try:
            _limit.leave(held)
        finally:  # where Ctrl-C has interrupted that; else there is nothing left to do
            _limit.leave(held)


@contextmanager
def at_most_threads(n):
    """Give BLAS, and with it our threads, no more than n; None: as many as before."""
    if n is None:
        yield
        return
    with threadpoolctl.threadpool_limits(n, user_api="blas"):
        yield


class _Limit:
    """The state of the one limit that a process can have."""

    def __init__(self):
        self.threads = 1
        self._lock = threading.Lock()
        self._holders = set()
        self._changed = []  # (library, its threads before)

    def enter(self, held):
        """Set the limit, also where another thread has since taken off one of its own."""
        with self._lock:
            self._holders.add(held)
            first = len(self._holders) == 1
            if first or any(library.num_threads > 1 for library in _libraries()):
                before = _numpy_threads() if first else self.threads
                self._set()
                # Where BLAS threads on, none are ours.
                self.threads = before if _numpy_threads() == 1 else 1

    def leave(self, held):
        """Take it off, if nobody else holds it."""
        with self._lock:
            self._holders.discard(held)
            if not self._holders:
                self._restore()

    def _set(self):
        for library in _libraries():
            count = library.num_threads
            if count > 1:
                self._changed.append((library, count))  # before it is, so that it can be undone
                _command(library, 1)
                if library.num_threads != 1:
                    self._changed.pop()

    def _restore(self):
        while self._changed:
            library, count = self._changed[-1]
            if library.num_threads == 1:  # nobody has set another since
                _command(library, count)
            self._changed.pop()


def _command(library, n):
    """Set its threads, whoever set them before, and leave nobody in command.

    threadpoolctl >= 3.8 lets only the thread that set a limit on OpenBLAS change it, unless told;
    a fit beside a limit of two threads then took 4 times longer on 2 cores (a report: 47 times).
    """
    _forget_commander(force=True)
    try:
        library.set_num_threads(n)
    finally:
        _forget_commander(force=True)


_limit = _Limit()
_forget_commander = getattr(
    threadpoolctl.OpenBLASController, "clear_controlling_thread", lambda force: None
)


@cache
def _libraries():
    """Controllers of all BLAS libraries of the process."""
    return threadpoolctl.ThreadpoolController().select(user_api="blas").lib_controllers


def _numpy_threads():
    """How many threads NumPy's BLAS may use now; 1 where there is none that can be limited."""
    package = Path(scipy.__file__).parent
    # Where wheels keep their libraries: beside the package, or within it on macOS.
    of_scipy = {package.with_name("scipy.libs"), package / ".dylibs"}
    counts = [
        library.num_threads
        for library in _libraries()
        if Path(library.filepath).parent not in of_scipy
    ]
    return min(max(counts, default=1), _cores())


@cache
def _cores():
    return joblib.cpu_count()  # knows a container's quota, which OpenBLAS does not
