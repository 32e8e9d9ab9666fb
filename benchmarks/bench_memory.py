"""How much memory does each solver take, and how long is an iteration of BFGS?

The most that a fit over all weights holds beside X, as tracemalloc sees it, in vectors as long as
its weights (of float64): 12 iterations on 64 rows of 2000 features, 100 hidden units, where vectors
are nearly all. BFGS, whose matrices dwarf vectors, on 20 features. trust-krylov reserves room for
all vectors that it might take; memory is touched only as it takes them. Then BFGS's seconds of
processor an iteration, which cost the cube of the number of weights, and its memory in matrices.

    python benchmarks/bench_memory.py
"""

import time
import tracemalloc

import numpy as np
from common import where

from skdigits import TwoLayerNNClassifier

SOLVERS = ("L-BFGS-B", "CG", "Newton-CG", "TNC", "trust-ncg", "trust-krylov", "BFGS")
ROWS, FEATURES, UNITS, OUTPUTS, ITERATIONS = 64, 2000, 100, 4, 12


def rows(n_features):
    """64 random rows and their labels."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(ROWS, n_features)), np.arange(ROWS) % OUTPUTS


def peak(model, X, y):
    """The most bytes that a fit holds beside X, set-up included."""
    tracemalloc.start()
    model.fit(X, y)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def processor(function, *arguments):
    """The seconds of processor that a call takes."""
    begin = time.process_time()
    function(*arguments)
    return time.process_time() - begin


def network(solver, units, maxiter):
    """A classifier over all weights that only maxiter ends."""
    return TwoLayerNNClassifier(
        units, solver=solver, maxiter=maxiter, tol=1e-9, variable_projection=False, random_state=0
    )


def main():
    print(where())
    print(f"\n{'':14}{'weights':>9}{'held beside X':>17}{'vectors':>10}")
    for solver in SOLVERS:
        features, units = (20, 25) if solver == "BFGS" else (FEATURES, UNITS)
        X, y = rows(features)
        network(solver, units, 2).fit(X, y)  # what is loaded and cached once
        most = peak(network(solver, units, ITERATIONS), X, y)
        n = units * (features + 1) + OUTPUTS * (units + 1)
        print(f"{solver:14}{n:9}{most / 2**20:13.1f} MiB{most / (8 * n):10.1f}")
    print(f"\n{'BFGS, weights':>14}{'an iteration':>16}{'held beside X':>17}{'n x n':>8}")
    for units in (10, 20, 40, 80, 120):
        X, y = rows(20)
        n = units * 21 + OUTPUTS * (units + 1)
        short, long = (network("BFGS", units, maxiter) for maxiter in (1, 3))
        took = processor(long.fit, X, y) - processor(short.fit, X, y)
        most = peak(long, X, y)
        print(f"{n:14}{took / 2:14.3f} s{most / 2**20:13.1f} MiB{most / (8 * n * n):8.1f}")


if __name__ == "__main__":
    main()
