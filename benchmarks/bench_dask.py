"""How much does a batched search gain from the processes of a local Dask cluster?

200 candidates x 5 folds (random lambdas from 0.1 to 30, 25 hidden units, maxiter 50) on
scikit-learn's digits, 1797 x 64, float32: in one process of one thread, in joblib's own 2
processes, and on clusters of 2 and 4 processes of one thread each, all started before. Medians of
interleaved rounds. The best is to divide the seconds by the processes, or by the cores where there
are fewer.

    python benchmarks/bench_dask.py
"""

import os
import statistics
import time
import warnings

import joblib
from common import progress, where
from distributed import Client, LocalCluster
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits

from skdigits import BatchedRandomizedSearchCV, TwoLayerNNClassifier

ROUNDS = 3
PLACES = {"one process": 1, "joblib": 2, "Dask": 2, "Dask, 4": 4}


def search(n_iter=200):
    """Not fitted yet."""
    return BatchedRandomizedSearchCV(
        TwoLayerNNClassifier(maxiter=50, dtype="float32", random_state=0),
        {"reg_lambda": loguniform(0.1, 30)},
        n_iter=n_iter,
        cv=5,
        n_jobs=-1,
        refit=False,
        random_state=0,
    )


def timed(X, y, **parameters):
    """Seconds of a search."""
    begin = time.perf_counter()
    search().set_params(**parameters).fit(X, y)
    return time.perf_counter() - begin


def seconds(place, X, y):
    """Those of a search there."""
    n = PLACES[place]
    if n == 1:
        with threadpool_limits(1):
            return timed(X, y, n_jobs=1)
    if place == "joblib":
        search(4 * n).set_params(n_jobs=n).fit(X[:200], y[:200])  # so that workers have begun
        return timed(X, y, n_jobs=n)
    cluster = LocalCluster(
        n_workers=n, threads_per_worker=1, dashboard_address=None, silence_logs=50
    )
    with cluster, Client(cluster), joblib.parallel_config("dask"):
        search(4 * n).fit(X[:200], y[:200])
        return timed(X, y)


def main():
    warnings.simplefilter("ignore")
    print(where())
    X, y = load_digits(return_X_y=True)
    found = {place: [] for place in PLACES}
    for _ in range(ROUNDS):
        for place, took in found.items():
            progress(place)
            took.append(seconds(place, X / 16, y))
    medians = {place: statistics.median(took) for place, took in found.items()}
    print(f"\n{'':12}{'processes':>10}{'seconds':>9}{'speed':>8}{'of the best':>13}")
    for place, n in PLACES.items():
        speed = medians["one process"] / medians[place]
        best = speed / min(n, os.cpu_count())
        print(f"{place.split(',')[0]:12}{n:10}{medians[place]:9.1f}{speed:7.2f}x{best:13.0%}")


if __name__ == "__main__":
    main()
