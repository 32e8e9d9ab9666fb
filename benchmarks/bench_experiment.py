"""How does the experiment compare with MLPClassifier(solver="lbfgs") at the same cost?

The blog post's network (10 hidden units, lambda 3, 200 iterations) and one of 25 units, sigmoid
outputs, on 75% of the digits, five seeds of split and weights. MLPClassifier gets the labels as an
indicator, which gives it the same sum of binary cross-entropies; its alpha is our lambda. Seconds
are medians, accuracies and costs means over the seeds; the fits of a seed follow one another.

    python benchmarks/bench_experiment.py [SOURCE]     # default: digits5000.mat, else digits
"""

import statistics
import sys

import numpy as np
from common import data_file, seconds, where
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from skdigits import TwoLayerNNClassifier
from skdigits.datasets import load_digits_images

SEEDS = range(5)
LAMBDA, MAXITER = 3.0, 200


def ours(solver, dtype):
    """(hidden, seed) -> our estimator."""
    return lambda hidden, seed: TwoLayerNNClassifier(
        hidden,
        reg_lambda=LAMBDA,
        standardize=False,  # the same cost
        maxiter=MAXITER,
        solver=solver,
        coordinates="plain" if solver == "CG" else "scaled",
        output_activation="sigmoid",
        dtype=dtype,
        random_state=seed,
    )


def mlp(hidden, seed):
    """MLPClassifier at the same cost; its default max_fun would end the fit early."""
    return MLPClassifier(
        (hidden,),
        activation="logistic",
        solver="lbfgs",
        alpha=LAMBDA,
        max_iter=MAXITER,
        max_fun=10**6,
        random_state=seed,
    )


# name: (estimator, dtype of the rows, fits indicators, BLAS threads or None for all)
COMPETITORS = {
    "skdigits CG (the post's)": (ours("CG", "float64"), np.float64, False, None),
    "skdigits CG, float32": (ours("CG", "float32"), np.float32, False, None),
    "skdigits L-BFGS-B": (ours("L-BFGS-B", "float64"), np.float64, False, None),
    "skdigits L-BFGS-B, float32": (ours("L-BFGS-B", "float32"), np.float32, False, None),
    "MLPClassifier lbfgs": (mlp, np.float64, True, None),
    "MLPClassifier lbfgs, float32": (mlp, np.float32, True, None),
    "MLPClassifier lbfgs, one BLAS thread": (mlp, np.float64, True, 1),
}


def run(name, hidden, seed, digits):
    """(seconds, cost, training accuracy, test accuracy)."""
    make, dtype, indicator, threads = COMPETITORS[name]
    X, y = digits.data.astype(dtype), digits.target
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.25, random_state=seed)
    target = np.eye(10, dtype=int)[y] if indicator else y
    model = make(hidden, seed)
    with threadpool_limits(threads):
        taken, _ = seconds(model.fit, X, target)
    scores = [
        np.mean(model.predict_proba(rows).argmax(axis=1) == labels)
        for rows, labels in ((X, y), (X_test, y_test))
    ]
    return taken, model.loss_, *scores


def main():
    """Print a table a network."""
    default = data_file("digits5000.mat") or "digits"
    digits = load_digits_images(sys.argv[1] if len(sys.argv) > 1 else default)
    print(f"{digits.DESCR}\nlambda {LAMBDA:g}, {MAXITER} iterations, seeds {list(SEEDS)}")
    print(where())
    for hidden in (10, 25):
        for name in COMPETITORS:
            run(name, hidden, 0, digits)  # warm up
        results = {name: [] for name in COMPETITORS}
        for seed in SEEDS:
            for name, rows in results.items():
                rows.append(run(name, hidden, seed, digits))
        print(f"\n{hidden} hidden units")
        print(f"{'':38}{'seconds':>8}{'cost':>9}{'training':>10}{'test':>8}")
        for name, rows in results.items():
            times, *rest = zip(*rows, strict=True)
            cost, training, test = map(statistics.fmean, rest)
            median = statistics.median(times)
            print(f"{name:38}{median:8.2f}{cost:9.4f}{training:10.1%}{test:8.1%}")


if __name__ == "__main__":
    main()
