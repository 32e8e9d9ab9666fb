"""How does a batched search grow with the number of candidates?

Random lambdas from 0.1 to 30 (25 hidden units, maxiter 100), 3 folds, n_jobs=2,
float32, on the experiment's training rows; each search in a process of its own whose workers have
been started. Seconds in all and a fit, and the memory of the parent and of both workers together.
The last is a search of 1000 fits.

    python benchmarks/bench_search_scaling.py
"""

import json
import resource
import subprocess
import sys
import time
import warnings

from common import experiment_rows, progress, where
from scipy.stats import loguniform

from skdigits import BatchedRandomizedSearchCV, TwoLayerNNClassifier

CANDIDATES = [4, 8, 16, 32, 64, 128, 256, 334]


def run(n_candidates):
    """Print seconds and MiB of a search, as JSON."""
    warnings.simplefilter("ignore")
    X, y = experiment_rows("float32")
    model = TwoLayerNNClassifier(maxiter=100, random_state=0)
    distributions = {"reg_lambda": loguniform(0.1, 30)}
    options = {"cv": 3, "n_jobs": 2, "refit": False, "random_state": 0}
    BatchedRandomizedSearchCV(model, distributions, n_iter=2, **options).fit(X[:100], y[:100])
    begin = time.perf_counter()
    BatchedRandomizedSearchCV(model, distributions, n_iter=n_candidates, **options).fit(X, y)
    seconds = time.perf_counter() - begin
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown()  # what a worker took is known when it has ended
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kib += 2 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({"seconds": seconds, "MiB": kib / 1024}))


def main():
    print(where())
    print(f"\n{'candidates':>10}{'fits':>7}{'seconds':>10}{'a fit':>10}{'memory':>12}")
    for n in CANDIDATES:
        progress(f"{n} candidates")
        command = [sys.executable, "-W", "ignore", __file__, str(n)]
        out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        found = json.loads(out.splitlines()[-1])
        seconds = found["seconds"]
        print(
            f"{n:10}{3 * n:7}{seconds:10.2f}{seconds / 3 / n * 1e3:7.0f} ms{found['MiB']:8.0f} MiB",
            flush=True,
        )


if __name__ == "__main__":
    run(int(sys.argv[1])) if sys.argv[1:] else main()
