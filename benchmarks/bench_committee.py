"""How good, and how soon, is a committee on digits?

The experiment's split of digits5000 (without SKDIGITS_DATA, scikit-learn's digits), float32, two
cores. Log-loss and accuracy of the held-out rows, means of three seeds: one network with lambda 1,
TwoLayerNNClassifierCV, of 25 and of 50 hidden units; and GridSearchCV(n_jobs=2) over MLPClassifier
with the grid of bench_search, which chooses by accuracy as it does unless told, and below by
log-loss. Seconds of whole fits: medians of interleaved rounds, the search's workers started before.

    python benchmarks/bench_committee.py
"""

import statistics
import time
import warnings

import numpy as np
from bench_search import LAMBDAS, MAXITERS, UNITS
from common import data_file, progress, where
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier

from skdigits import TwoLayerNNClassifier, TwoLayerNNClassifierCV
from skdigits.datasets import load_digits_images

ROUNDS, SEEDS = 2, (0, 1, 2)


def search(seed):
    """What people do by hand."""
    model = MLPClassifier(activation="logistic", solver="lbfgs", max_fun=10**6, random_state=seed)
    grid = {
        "hidden_layer_sizes": [(units,) for units in UNITS],
        "alpha": LAMBDAS,
        "max_iter": MAXITERS,
    }
    scoring = ["accuracy", "neg_log_loss"]
    return GridSearchCV(model, grid, cv=3, n_jobs=2, scoring=scoring, refit="accuracy")


MODELS = {
    "one network, 25": lambda seed: TwoLayerNNClassifier(25, random_state=seed),
    "one network, 50": lambda seed: TwoLayerNNClassifier(50, random_state=seed),
    "committee, 25": lambda seed: TwoLayerNNClassifierCV(25, random_state=seed),
    "committee, 50": lambda seed: TwoLayerNNClassifierCV(50, random_state=seed),
}
SEARCH, BY_LOSS = "GridSearchCV, MLPClassifier", "  by log-loss"


def judged(model, X, y):
    """(log-loss, accuracy)."""
    p = model.predict_proba(X)
    return log_loss(y, p), (model.classes_[p.argmax(axis=1)] == y).mean()


def main():
    warnings.simplefilter("ignore")
    digits = load_digits_images(data_file("digits5000.mat") or "digits")
    X, X_test, y, y_test = train_test_split(
        digits.data.astype(np.float32), digits.target, test_size=0.25, random_state=0
    )
    search(0).set_params(param_grid={"max_iter": [1]}).fit(X[:100], y[:100])
    found = {name: [] for name in (*MODELS, SEARCH, BY_LOSS)}
    for k in range(max(ROUNDS, len(SEEDS))):
        for name, make in {**MODELS, SEARCH: search}.items():
            if name == SEARCH and k >= ROUNDS:
                continue
            progress(f"{name}, {k}")
            model = make(k)
            begin = time.perf_counter()
            model.fit(X, y)
            took = time.perf_counter() - begin
            found[name].append((took, *judged(model, X_test, y_test)))
            if name == SEARCH:
                results = model.cv_results_
                best = results["params"][results["rank_test_neg_log_loss"].argmin()]
                other = model.estimator.set_params(**best).fit(X, y)
                found[BY_LOSS].append((took, *judged(other, X_test, y_test)))
    print(f"{where()}; {digits.DESCR}\n\n{'':30}seconds   log-loss   accuracy")
    for name, runs in found.items():
        took, loss, accuracy = zip(*runs, strict=True)
        print(
            f"{name:30}{statistics.median(took):7.1f}{np.mean(loss):11.4f}{np.mean(accuracy):11.1%}"
        )
    ratio = statistics.median(run[0] for run in found[SEARCH]) / statistics.median(
        run[0] for run in found["committee, 25"]
    )
    print(f"\nthe search took {ratio:.1f} times as long as the committee of 25 units")


if __name__ == "__main__":
    main()
