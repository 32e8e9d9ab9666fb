"""Do the fast coordinates, and the penalty in own units, find networks as good as plain ones?

Centred inputs overfit sooner where lambda is too weak, so the best of lambda 1, 3 and 10 is
compared. 50000 MNIST digits (without SKDIGITS_DATA, scikit-learn's digits side by side), float32,
100 hidden units, at most 200 iterations, three seeds, the last 10000 digits held out: log-loss and
accuracy on these, means over the seeds; the median of seconds.

    python benchmarks/bench_coordinates.py
"""

import statistics
import time

import numpy as np
from common import many_rows, progress, where
from sklearn.metrics import log_loss

from skdigits import TwoLayerNNClassifier

LAMBDAS, SEEDS, HELD_OUT = (1.0, 3.0, 10.0), (0, 1, 2), 10000
WAYS = {
    "scaled, own units": {},
    "plain, units of X": {"standardize": False, "coordinates": "plain"},
}


def main():
    X, y = many_rows()
    X, X_test, y, y_test = X[:-HELD_OUT], X[-HELD_OUT:], y[:-HELD_OUT], y[-HELD_OUT:]
    print(f"{where()}; {len(X)} x {X.shape[1]} rows\n")
    print(f"{'':22}" + "".join(f"{f'lambda {each:g}':>22}" for each in LAMBDAS) + f"{'best':>9}")
    for name, settings in WAYS.items():
        cells, losses = [], []
        for reg_lambda in LAMBDAS:
            found = []
            for seed in SEEDS:
                progress(f"{name}, lambda {reg_lambda:g}, seed {seed}")
                model = TwoLayerNNClassifier(
                    100, reg_lambda=reg_lambda, maxiter=200, random_state=seed, **settings
                )
                begin = time.perf_counter()
                model.fit(X, y)
                took = time.perf_counter() - begin
                p = model.predict_proba(X_test)
                right = (model.classes_[p.argmax(axis=1)] == y_test).mean()
                found.append((log_loss(y_test, p), right, took))
            loss, right, took = zip(*found, strict=True)
            losses.append(np.mean(loss))
            cells.append(f"{losses[-1]:10.4f}{np.mean(right):7.1%}{statistics.median(took):4.0f}s")
        print(f"{name:22}{''.join(cells)}{min(losses):9.4f}", flush=True)


if __name__ == "__main__":
    main()
