"""What do threads over lanes of rows gain over BLAS's own threads?

Milliseconds per L-BFGS-B iteration on 3750 x 400 rows, 10, 25 and 100 hidden units, over all
weights: with BLAS's threads and all pools as they come; with SciPy's pool at one thread; with one
thread in all; and with ours, a thread a lane. Medians of interleaved runs of 50 iterations.

    python benchmarks/bench_blas_threads.py
"""

import contextlib
import statistics
from pathlib import Path
from unittest import mock

import numpy as np
import scipy
from common import seconds, where
from threadpoolctl import ThreadpoolController, threadpool_limits

from skdigits import Objective
from skdigits.fitting import optimize
from skdigits.network import blocks

REPEATS, ITERATIONS, UNITS = 7, 50, (10, 25, 100)


@contextlib.contextmanager
def blas_threads(limits):
    """Our hold on BLAS undone, other limits in its place."""
    with (
        mock.patch.object(optimize, "single_threaded_blas", contextlib.nullcontext),
        mock.patch.object(blocks, "single_threaded_blas", return_value=contextlib.nullcontext(1)),
        threadpool_limits(limits),
    ):
        yield


def scipys():
    """{path: 1} of the BLAS that SciPy's wheel brings."""
    folder = Path(scipy.__file__).parent.with_name("scipy.libs")
    libraries = ThreadpoolController().info()
    return {lib["filepath"]: 1 for lib in libraries if Path(lib["filepath"]).parent == folder}


SETTINGS = {
    "BLAS's, all pools as they come": lambda: blas_threads(None),
    "BLAS's, SciPy's pool at one": lambda: blas_threads(scipys()),
    "none": lambda: threadpool_limits(1),
    "ours": contextlib.nullcontext,
}


def run(setting, X, Y, units):
    """ms per iteration."""
    with SETTINGS[setting](), mock.patch.object(blocks, "LANES", lanes_of(setting)):
        objective = Objective(X, Y, hidden_units=units)
        took, result = seconds(
            lambda: optimize.minimize(
                objective.cost_gradient,
                objective.initial_parameters(0),
                maxiter=ITERATIONS,
                tol=0,
                solver_options={"ftol": 0},
            )
        )
    return 1e3 * took / result.nit


def lanes_of(setting):
    """One lane for BLAS's threads, else as they are."""
    return ((1, 0),) if setting.startswith("BLAS") else blocks.LANES


def main():
    """Print a table a dtype."""
    print(where())
    rng = np.random.default_rng(0)
    Y = np.eye(10)[rng.integers(10, size=3750)]
    for dtype in (np.float64, np.float32):
        X = rng.random((3750, 400)).astype(dtype)
        print(f"\nthreads, {np.dtype(dtype).name:24}" + "".join(f"{u:>6} units" for u in UNITS))
        medians = {setting: [] for setting in SETTINGS}
        for units in UNITS:
            seen = {setting: [] for setting in SETTINGS}
            for _ in range(REPEATS + 1):  # the first warms up
                for setting, runs in seen.items():
                    runs.append(run(setting, X, Y, units))
            for setting, runs in seen.items():
                medians[setting].append(statistics.median(runs[1:]))
        for setting, values in medians.items():
            print(f"{setting:33}" + "".join(f"{value:9.2f} ms" for value in values))


if __name__ == "__main__":
    main()
