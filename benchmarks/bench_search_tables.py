"""On which tables does a batched search pay?

Two grids over iris, wine, breast cancer, 8 x 8 and 20 x 20 digits, 3 folds: 12 candidates (6
lambdas, 10 or 25 hidden units, maxiter=100), and 36 that have maxiter 25, 50 and 100 besides.
CPU seconds of scikit-learn's GridSearchCV and of ours, one thread each, no refit: medians of three
interleaved runs. A busy machine disturbs CPU seconds less than
wall-clock ones. Then how far the best mean accuracies over the folds are apart.

    python benchmarks/bench_search_tables.py
"""

import os

os.environ |= {"LOKY_MAX_CPU_COUNT": "1", "OPENBLAS_NUM_THREADS": "1"}  # read at import

import statistics
import time
import warnings

import numpy as np
from common import data_file, progress, where
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.model_selection import GridSearchCV

from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier
from skdigits.datasets import load_digits_images

ROUNDS = 3
GRID = {"reg_lambda": np.logspace(-1, 1.5, 6).tolist(), "hidden_units": [10, 25]}
GRIDS = {"12 candidates": GRID, "36, with maxiter": GRID | {"maxiter": [25, 50, 100]}}
TABLES = {
    "iris": load_iris,
    "wine": load_wine,
    "breast cancer": load_breast_cancer,
    "8 x 8 digits": load_digits,
}


def tables():
    """(name, X, y) of each table."""
    for name, load in TABLES.items():
        yield name, *load(return_X_y=True)
    path = data_file("digits5000.mat")
    if path is not None:
        digits = load_digits_images(path)
        yield "20 x 20 digits", digits.data, digits.target


def run(kind, grid, X, y):
    """(CPU seconds, best mean score) of a search."""
    search = kind(TwoLayerNNClassifier(maxiter=100, random_state=0), grid, cv=3, refit=False)
    begin = time.process_time()
    search.fit(X, y)
    return time.process_time() - begin, search.cv_results_["mean_test_score"].max()


def main():
    warnings.simplefilter("ignore")
    print(where())
    kinds = GridSearchCV, BatchedGridSearchCV
    for grid_name, grid in GRIDS.items():
        print(f"\n{grid_name:30}{'GridSearchCV':>14}{'batched':>11}{'ratio':>8}{'apart':>9}")
        for name, X, y in tables():
            found = {kind: [] for kind in kinds}
            for _ in range(ROUNDS):
                for kind in kinds:
                    progress(f"{grid_name}, {name}, {kind.__name__}")
                    found[kind].append(run(kind, grid, X, y))
            plain, batched = (statistics.median(t for t, _ in found[kind]) for kind in kinds)
            apart = abs(found[kinds[0]][0][1] - found[kinds[1]][0][1])
            about = f"{name} {X.shape}"
            print(
                f"{about:30}{plain:12.2f} s{batched:9.2f} s{plain / batched:7.2f}x{apart:9.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
