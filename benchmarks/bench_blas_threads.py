"""What does holding SciPy's BLAS at one thread during `minimize` gain?

Milliseconds per L-BFGS-B iteration on 3750 x 400 rows, 25 hidden units, with all BLAS pools as
they come, with only SciPy's at one thread (what `optimize.minimize` does), and with all at one.
Medians of interleaved runs of 50 iterations; the cost reached must be the same.

    python benchmarks/bench_blas_threads.py
"""

import contextlib
import os
import statistics
import time
from unittest import mock

import numpy as np
import scipy
from threadpoolctl import threadpool_limits

from skdigits import Objective, optimize

REPEATS, ITERATIONS = 7, 50


@contextlib.contextmanager
def untouched():
    """SciPy's BLAS as it comes: minimize without its limit."""
    with mock.patch.object(optimize, "scipy_blas_single_threaded", contextlib.nullcontext):
        yield


SETTINGS = {
    "all pools as they come": untouched,
    "SciPy's at one thread (ours)": contextlib.nullcontext,
    "all pools at one thread": lambda: threadpool_limits(1, user_api="blas"),
}


def run(setting, objective, theta):
    """(ms per iteration, cost)."""
    with SETTINGS[setting]():
        begin = time.perf_counter()
        result = optimize.minimize(
            objective.cost_gradient, theta, maxiter=ITERATIONS, tol=0, solver_options={"ftol": 0}
        )
        seconds = time.perf_counter() - begin
    return 1e3 * seconds / result.nit, result.fun


def main():
    """Print a table a dtype."""
    print(f"numpy {np.__version__}, scipy {scipy.__version__}, {os.cpu_count()} cores")
    rng = np.random.default_rng(0)
    Y = np.eye(10)[rng.integers(10, size=3750)]
    for dtype in (np.float64, np.float32):
        X = rng.random((3750, 400)).astype(dtype)
        objective = Objective(X, Y, hidden_units=25)
        theta = objective.initial_parameters(0)
        seen = {setting: [] for setting in SETTINGS}
        for _ in range(REPEATS + 1):  # the first warms up
            for setting, runs in seen.items():
                runs.append(run(setting, objective, theta))
        print(f"\n{np.dtype(dtype).name:30}{'ms / iteration':>16}{'cost':>10}")
        for setting, runs in seen.items():
            times, costs = zip(*runs[1:], strict=True)
            print(f"{setting:30}{statistics.median(times):16.2f}{costs[-1]:10.5f}")


if __name__ == "__main__":
    main()
