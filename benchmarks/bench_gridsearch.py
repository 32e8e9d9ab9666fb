"""How long does a plain GridSearchCV(n_jobs=2) take, over ours and over MLPClassifier?

36 candidates (hidden 10, 25, 50; lambda 0.3, 1, 3, 10; maxiter 50, 100, 200), 3 folds, float32, on
all 5000 digits; the same grid and folds for both, scored by accuracy. Then the same fits of ours in
one process: the CPU seconds of the workers against those.

    python benchmarks/bench_gridsearch.py
"""

import os
import resource

import numpy as np
from common import data_file, progress, seconds, where
from joblib import parallel_config
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neural_network import MLPClassifier

from skdigits import TwoLayerNNClassifier
from skdigits.datasets import load_digits_images

HIDDEN, LAMBDAS, MAXITERS = [10, 25, 50], [0.3, 1.0, 3.0, 10.0], [50, 100, 200]
FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)
os.environ["PYTHONWARNINGS"] = "ignore"  # of the workers too: maxiter ends most of these fits

SEARCHES = {
    "skdigits": (
        TwoLayerNNClassifier(standardize=False, random_state=0),
        {"hidden_units": HIDDEN, "reg_lambda": LAMBDAS, "maxiter": MAXITERS},
    ),
    "MLPClassifier": (
        MLPClassifier(activation="logistic", solver="lbfgs", max_fun=10**6, random_state=0),
        {"hidden_layer_sizes": [(h,) for h in HIDDEN], "alpha": LAMBDAS, "max_iter": MAXITERS},
    ),
}


def cpu_seconds():
    """Of this process and of the workers that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def search(name, X, y, n_jobs):
    estimator, grid = SEARCHES[name]
    found = GridSearchCV(estimator, grid, cv=FOLDS, n_jobs=n_jobs, refit=False)
    return found.fit(X, y)


def main():
    digits = load_digits_images(data_file("digits5000.mat") or "digits")
    X, y = digits.data.astype(np.float32), digits.target
    print(where())
    print(f"\n{'GridSearchCV':24}{'seconds':>9}{'ratio':>8}{'CPU s':>9}{'best score':>12}")
    times = {}
    for name, backend, n_jobs in [
        ("skdigits", "loky", 2),
        ("MLPClassifier", "loky", 2),
        ("skdigits", "threading", 2),
        ("skdigits", "loky", 1),
    ]:
        progress(f"{name} {backend} {n_jobs}")
        before = cpu_seconds()
        with parallel_config(backend):
            took, found = seconds(search, name, X, y, n_jobs)
        if backend == "loky" and n_jobs > 1:  # workers' CPU time counts when they have ended
            from joblib.externals.loky import get_reusable_executor

            get_reusable_executor().shutdown(wait=True)
        cpu = cpu_seconds() - before
        times.setdefault("first", took)
        label = f"{name}, {n_jobs} {backend}" if n_jobs > 1 else f"{name}, one process"
        ratio = took / times["first"]
        print(f"{label:24}{took:9.1f}{ratio:7.1f}x{cpu:9.1f}{found.best_score_:12.4f}", flush=True)


if __name__ == "__main__":
    main()
