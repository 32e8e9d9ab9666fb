"""How do one evaluation and a fit grow with rows, features and hidden units?

From the middle (10000 rows, 784 features, 100 units, float32) one size at a time. Seconds of one
evaluation of cost and gradient; its GFLOP/s, four a row, feature and unit and so for the output
layer; the share of the rate at which NumPy alone does its two products with X, W1 X' and D X, with
all BLAS threads, in turns; seconds of a fit of 50 iterations of all weights; the most memory
that the fit had above X. MNIST's rows, averaged down or repeated, else tiled 8 x 8 digits. Writes
bench_scaling.png.

    python benchmarks/bench_scaling.py
"""

import statistics
import time
import tracemalloc
from pathlib import Path

import numpy as np
from common import CHOSEN, PEER, bare, many_rows, progress, seconds, where

from skdigits import Objective, TwoLayerNNClassifier
from skdigits.network.blas import single_threaded_blas

ROUNDS = 5
MIDDLE = {"rows": 10000, "features": 784, "units": 100}
SIZES = {
    "rows": [1000, 5000, 10000, 20000, 60000],
    "features": [64, 196, 784],
    "units": [10, 30, 100, 300, 1000],
}


def cut(X, y, rows, features):
    """The first rows, their images averaged down to as many features."""
    X = X[:rows]
    side, step = int(features**0.5), 28 // int(features**0.5)
    if step > 1:
        border = (28 - side * step) // 2
        images = X.reshape(-1, 28, 28)[:, border : 28 - border, border : 28 - border]
        X = images.reshape(-1, side, step, side, step).mean(axis=(2, 4)).reshape(rows, -1)
    return np.ascontiguousarray(X), y[:rows]


def measure(X, y, units):
    """(evaluation seconds, seconds of its products by NumPy, fit seconds, MiB above X)."""
    n_classes = len(np.unique(y))
    objective = Objective(X, (y[:, None] == np.unique(y)), hidden_units=units)
    theta = objective.initial_parameters(0)
    W = np.ascontiguousarray(objective.unpack(theta)[0], dtype=X.dtype)
    D = np.empty((units, len(X)), dtype=X.dtype)
    repeats = int(np.clip(3e9 / (len(X) * X.shape[1] * units), 2, 20))
    evaluations, products = [], []
    for _ in range(ROUNDS):
        time.sleep(0.2)  # BLAS's threads go on spinning for a while
        with single_threaded_blas():  # as a fit holds it
            objective.cost_gradient(theta)
            evaluations += [seconds(objective.cost_gradient, theta)[0] for _ in range(repeats)]
        products_with(W, D, X)
        products += [seconds(products_with, W, D, X)[0] for _ in range(repeats)]
    del D, objective
    model = TwoLayerNNClassifier(
        units, maxiter=50, tol=0, variable_projection=False, random_state=0
    )
    fit, _ = seconds(model.fit, X, y)
    tracemalloc.start()
    model.set_params(maxiter=8).fit(X, y)
    memory = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    work = 4 * len(X) * units * (X.shape[1] + n_classes)
    return statistics.median(evaluations), statistics.median(products), fit, memory, work


def products_with(W, D, X):
    """The two products of an evaluation with X."""
    np.matmul(W, X.T, out=D)
    return D @ X


def main():
    X_all, y_all = many_rows()
    print(where())
    results = {}
    for what, sizes in SIZES.items():
        print(
            f"\n{what:>8}{'evaluation':>12}{'GFLOP/s':>9}{'of GEMM':>9}{'a row':>10}{'fit':>9}"
            f"{'above X':>10}"
        )
        for size in sizes:
            progress(f"{what} {size}")
            sizes_now = MIDDLE | {what: size}
            X, y = cut(X_all, y_all, sizes_now["rows"], sizes_now["features"])
            evaluation, product, fit, memory, work = measure(X, y, sizes_now["units"])
            results.setdefault(what, []).append((size, evaluation, product, fit))
            share = product / evaluation * work / (4 * X.size * sizes_now["units"])
            print(
                f"{size:8}{evaluation * 1e3:9.2f} ms{work / evaluation / 1e9:9.0f}{share:9.0%}"
                f"{evaluation / len(X) * 1e6:7.2f} us{fit:7.2f} s{memory:6.1f} MiB",
                flush=True,
            )
    n_classes = len(np.unique(y_all))
    peaks = []
    for maxiter in (0, 5):
        tracemalloc.start()
        if maxiter:
            model = TwoLayerNNClassifier(300, maxiter=maxiter, variable_projection=False)
            model.fit(X_all, y_all)
        else:
            objective = Objective(X_all, y_all[:, None] == np.unique(y_all), hidden_units=300)
            objective.cost_gradient(objective.initial_parameters(0))
        peaks.append(tracemalloc.get_traced_memory()[1] / 2**20)
        tracemalloc.stop()
    history = 8 * 15 * (300 * (784 + 1) + n_classes * 301) / 2**20
    print(
        f"\n60000 x 784, 300 units, above X: an objective and its evaluation {peaks[0]:.0f} MiB, a "
        f"fit {peaks[1]:.0f} MiB,\nof which {history:.0f} are L-BFGS-B's history of 5 corrections"
    )
    draw(results, Path(__file__).with_suffix(".png"))


def draw(results, path):
    """Seconds against each size, both logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    for axes, (what, found) in zip(panels, results.items(), strict=True):
        sizes, evaluations, products, fits = np.array(found).T
        axes.loglog(sizes, fits, "-", color=CHOSEN, marker="o", label="a fit of 50 iterations")
        axes.loglog(sizes, evaluations, "--", color=CHOSEN, marker="s", label="one evaluation")
        axes.loglog(sizes, products, ":", color=PEER, marker="D", label="its two products, NumPy")
        axes.set(xlabel=what, title=f"growing {what}")
        bare(axes)
        axes.set_xticks(sizes, [_short(size) for size in sizes], fontsize=8)
        axes.minorticks_off()
    figure.axes[0].set_ylabel("seconds")
    figure.axes[0].legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=150)


def _short(size):
    return f"{size / 1000:g}k" if size >= 1000 else f"{size:g}"


if __name__ == "__main__":
    main()
