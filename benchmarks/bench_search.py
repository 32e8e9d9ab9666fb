"""How long does a search over hidden units, lambda and maxiter take, batched and fit by fit?

36 candidates (hidden 10, 25, 50; lambda 0.3, 1, 3, 10; maxiter 50, 100, 200), 3 folds, n_jobs=2, on
the experiment's training rows: scikit-learn's GridSearchCV over MLPClassifier and over ours,
BatchedGridSearchCV; halving of the 12 networks by log-loss, up to maxiter 200, and up to 50 with
variable projection, which "auto" leaves off for networks this small; the warm path with maxiter 50
alone, and with 30 and projection. Medians of interleaved runs, each in a process of its own whose
workers have been started; the best mean score and log-loss over the folds; the most memory that the
parent and a worker had. Below, how far the batched scores are from scikit-learn's over our
estimator.

    python benchmarks/bench_search.py
"""

import json
import resource
import statistics
import subprocess
import sys
import time
import warnings

import numpy as np
from common import experiment_rows, progress, where
from joblib import Parallel, delayed
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier

from skdigits import BatchedGridSearchCV, BatchedHalvingGridSearchCV, TwoLayerNNClassifier

ROUNDS = 3
UNITS, LAMBDAS, MAXITERS = [10, 25, 50], [0.3, 1.0, 3.0, 10.0], [50, 100, 200]
OPTIONS = {"cv": 3, "n_jobs": 2, "scoring": ["accuracy", "neg_log_loss"], "refit": False}


def mlp():
    """GridSearchCV over MLPClassifier with the same cost and no limit of evaluations."""
    model = MLPClassifier(activation="logistic", solver="lbfgs", max_fun=10**6, random_state=0)
    grid = {
        "hidden_layer_sizes": [(units,) for units in UNITS],
        "alpha": LAMBDAS,
        "max_iter": MAXITERS,
    }
    return GridSearchCV(model, grid, **OPTIONS)


def ours(search, maxiters=MAXITERS, projection="auto", **options):
    """A search over our estimator."""
    model = TwoLayerNNClassifier(standardize=False, random_state=0, variable_projection=projection)
    grid = {"hidden_units": UNITS, "reg_lambda": LAMBDAS, "maxiter": maxiters}
    return search(model, grid, **OPTIONS, **options)


def halving(projection="auto", top=200, **options):
    """A halving search by log-loss, whose largest maxiter is the grid's."""
    model = TwoLayerNNClassifier(
        maxiter=top, standardize=False, random_state=0, variable_projection=projection
    )
    grid = {"hidden_units": UNITS, "reg_lambda": LAMBDAS}
    options = OPTIONS | {"scoring": OPTIONS["scoring"][1], "return_train_score": False} | options
    return BatchedHalvingGridSearchCV(model, grid, **options)


SEARCHES = {
    "GridSearchCV, MLPClassifier": mlp,
    "GridSearchCV, skdigits": lambda: ours(GridSearchCV),
    "batched": lambda: ours(BatchedGridSearchCV),
    "halving": halving,
    "halving, 50, projected": lambda: halving(True, 50),
    "warm path, maxiter 50": lambda: ours(BatchedGridSearchCV, [50], warm_path=True),
    "warm path, 30, projected": lambda: ours(BatchedGridSearchCV, [30], True, warm_path=True),
}


def _ready(seconds):
    import skdigits  # noqa: F401

    time.sleep(seconds)  # so that each worker gets one


def run(name, dtype):
    """Print what one search took and found, as JSON."""
    warnings.simplefilter("ignore")
    X, y = experiment_rows(dtype)
    search = SEARCHES[name]()
    small = SEARCHES[name]()
    grid = {key: values[:1] for key, values in small.param_grid.items()}
    small.set_params(param_grid=grid).fit(X[:100], y[:100])
    # A batched search this small has started no workers.
    Parallel(n_jobs=2)(delayed(_ready)(second) for second in (1, 1))
    begin = time.perf_counter()
    search.fit(X, y)
    seconds = time.perf_counter() - begin
    kib = [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown()  # what a worker took is known when it has ended
    kib.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    results, one = search.cv_results_, search.scoring if isinstance(search.scoring, str) else None
    nothing = np.full(len(results["params"]), np.nan)  # of a score that a search has not looked at
    scores = [
        [
            results.get(f"split{k}_test_{'score' if score == one else score}", nothing).tolist()
            for k in range(3)
        ]
        for score in OPTIONS["scoring"]
    ]
    print(json.dumps({"seconds": seconds, "MiB": [k / 1024 for k in kib], "scores": scores}))


def main():
    print(where())
    for dtype in ("float32", "float64"):
        runs = {name: [] for name in SEARCHES}
        for _ in range(ROUNDS):
            for name, found in runs.items():
                progress(f"{dtype}, {name}")
                command = [sys.executable, "-W", "ignore", __file__, name, dtype]
                out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
                found.append(json.loads(out.splitlines()[-1]))
        seconds = {
            name: statistics.median(each["seconds"] for each in found)
            for name, found in runs.items()
        }
        print(
            f"\n{dtype:32}{'seconds':>9}{'to MLP':>9}{'to ours':>9}{'accuracy':>10}{'log-loss':>10}"
            f"{'parent':>10}{'worker':>10}"
        )
        for name, found in runs.items():
            accuracy, log_loss = np.array(found[0]["scores"]).mean(axis=1).max(axis=1)
            parent, worker = np.max([each["MiB"] for each in found], axis=0)
            ratios = [t / seconds[name] for t in list(seconds.values())[:2]]
            print(
                f"{name:32}{seconds[name]:9.1f}{ratios[0]:8.1f}x{ratios[1]:8.1f}x"
                f"{'-' if np.isnan(accuracy) else f'{accuracy:.4f}':>10}"
                f"{-log_loss:10.4f}{parent:6.0f} MiB{worker:6.0f} MiB"
            )
        plain, batched = (np.array(runs[name][0]["scores"]) for name in list(SEARCHES)[1:3])
        apart = np.abs(plain - batched).mean(axis=(1, 2))
        best = np.abs(plain.mean(axis=1).max(axis=1) - batched.mean(axis=1).max(axis=1))
        print(
            f"batched and GridSearchCV, skdigits, differ by {apart[0]:.4f} in accuracy and "
            f"{apart[1]:.4f} in log-loss in the mean,\nthe best by {best[0]:.4f} and {best[1]:.4f}",
            flush=True,
        )


if __name__ == "__main__":
    run(*sys.argv[1:]) if sys.argv[1:] else main()
