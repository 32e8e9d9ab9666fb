"""How much memory does a search of many large networks take?

20 lambdas on 10 splits, networks of 250000 weights (2490 features, 100 hidden units, float64: 2 MiB
each, 382 MiB all 200), 200 random rows, maxiter=3, n_jobs=None, no refit. The most memory that the
process had above what it had after a small search, of scikit-learn's GridSearchCV and of ours; the
best mean score over the splits; seconds. Each in a process of its own.

    python benchmarks/bench_search_memory.py
"""

import json
import resource
import subprocess
import sys
import warnings

import numpy as np
from common import progress, seconds, where
from sklearn.model_selection import GridSearchCV, KFold

from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier

SEARCHES = {search.__name__: search for search in (GridSearchCV, BatchedGridSearchCV)}


def peak():
    """MiB that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(name):
    """Print MiB, score and seconds of a search, as JSON."""
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, 2490)), rng.integers(0, 10, 200)
    model = TwoLayerNNClassifier(100, maxiter=3, random_state=0)
    options = {"cv": KFold(10), "refit": False}
    SEARCHES[name](model, {"reg_lambda": [1.0]}, **options | {"cv": KFold(2)}).fit(X[:20], y[:20])
    before = peak()
    search = SEARCHES[name](model, {"reg_lambda": np.logspace(-2, 2, 20).tolist()}, **options)
    took, _ = seconds(search.fit, X, y)
    score = search.cv_results_["mean_test_score"].max()
    print(json.dumps([peak() - before, score, took]))


def main():
    print(where())
    print(f"\n{'':24}{'memory':>12}{'best score':>12}{'seconds':>9}")
    for name in SEARCHES:
        progress(name)
        command = [sys.executable, "-W", "ignore", __file__, name]
        out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        memory, score, took = json.loads(out.splitlines()[-1])
        print(f"{name:24}{memory:8.0f} MiB{score:12.4f}{took:9.1f}", flush=True)


if __name__ == "__main__":
    run(sys.argv[1]) if sys.argv[1:] else main()
