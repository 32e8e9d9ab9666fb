"""How long until the cost that torch's LBFGS reaches in 200 iterations, on 50000 x 784 digits?

MNIST's training images, 100 hidden units, lambda 1, the last 10000 images held out, float32. Ours
are whole fits stopped at the first iteration that is there; the others run as they come (Adam for
30 seconds at most) and are read off their curves of cost against seconds, the cost over all rows
evaluated off the clock. Writes bench_mnist.png.

    python benchmarks/bench_mnist.py
"""

import contextlib
import io
import re
import time
import warnings
from pathlib import Path

import numpy as np
from common import (
    TORCH,
    bare,
    line_style,
    mnist_rows,
    progress,
    seconds,
    torch_lbfgs,
    torch_network,
    where,
)
from sklearn.neural_network import MLPClassifier

from skdigits import Objective, TwoLayerNNClassifier

HIDDEN, LAMBDA, SEED = 100, 1.0, 0
ADAM_EPOCHS, ADAM_SECONDS = 40, 30


def main():
    X, y = mnist_rows()
    X, X_test, y, y_test = X[:50000], X[50000:], y[:50000], y[50000:]
    Y = (y[:, None] == np.arange(10)).astype(np.float32)
    objective = Objective(X, Y, hidden_units=HIDDEN, reg_lambda=LAMBDA)
    print(where())
    curves, accuracies = {}, {}

    def cost(W1, b1, W2, b2):
        return objective.cost_gradient(objective.pack(W1, b1, W2, b2))[0]

    progress("torch LBFGS")
    if TORCH:
        import torch

        X_torch = torch.from_numpy(X_test)

        def torch_accuracy(module):
            return float((module(X_torch).argmax(dim=1).numpy() == y_test).mean())

        seen, module = torch_lbfgs(X, y, HIDDEN, LAMBDA, SEED, torch.get_num_threads(), maxiter=200)
        curves["torch LBFGS, 200"] = seen
        accuracies["torch LBFGS, 200"] = torch_accuracy(module)
        progress("torch Adam")
        curves["torch Adam"], module = torch_adam(X, y)
        accuracies["torch Adam"] = torch_accuracy(module)
    progress("MLPClassifier adam")
    curves["MLPClassifier adam"], model = mlp_adam(X, y, cost)
    accuracies["MLPClassifier adam"] = model.score(X_test, y_test)
    progress("MLPClassifier lbfgs")
    model = MLPClassifier(
        (HIDDEN,), activation="logistic", solver="lbfgs", alpha=LAMBDA, max_iter=200,
        max_fun=10**6, random_state=SEED,
    )  # fmt: skip
    took, _ = seconds(model.fit, X, y)
    curves["MLPClassifier lbfgs, 200"] = [(took, model.loss_)]  # it keeps no curve for lbfgs
    accuracies["MLPClassifier lbfgs, 200"] = model.score(X_test, y_test)
    target = curves.get("torch LBFGS, 200", curves["MLPClassifier lbfgs, 200"])[-1][1]
    for name, settings in {
        "skdigits": {},
        "skdigits, no projection": {"variable_projection": False},
        "skdigits, growing rows": {"progressive_sampling": "auto"},
    }.items():
        progress(name)
        curves[name], model = ours(X, y, target, settings)
        accuracies[name] = model.score(X_test, y_test)

    print(f"\nseconds to a cost of {target:.5f}, and where each ended\n")
    print(f"{'':26}{'seconds':>9}{'ratio':>8}{'ended at':>10}{'after':>9}{'held out':>10}")
    first = {name: reached(curve, target) for name, curve in curves.items()}
    for name, curve in curves.items():
        there = first[name]
        reach = f"{there:9.1f}{there / first['skdigits']:7.1f}x" if there else f"{'-':>9}{'':8}"
        ended, after = curve[-1][1], curve[-1][0]
        print(f"{name:26}{reach}{ended:10.5f}{after:7.1f} s{accuracies[name]:10.2%}")
    draw(curves, target, Path(__file__).with_suffix(".png"))


def reached(curve, target):
    """The seconds at which a curve is there, or None."""
    return next((t for t, cost in curve if cost <= target * (1 + 1e-6)), None)


class Stamps(io.StringIO):
    """Notes (seconds, cost) of the lines on all rows (verbose=2); presses Ctrl-C at the target."""

    def __init__(self, target):
        self.begin, self.target, self.seen = time.perf_counter(), target, []

    def write(self, text):
        found = not text.startswith("sample") and re.search(r"cost (\S+)", text)
        if found:
            self.seen.append((time.perf_counter() - self.begin, float(found[1])))
            if self.seen[-1][1] <= self.target:
                self.target = -np.inf  # once: the line of the end comes after the fit
                raise KeyboardInterrupt


def ours(X, y, target, settings):
    """[(seconds, cost)] of a fit, the set-up and iterations on fewer rows included; the model."""
    model = TwoLayerNNClassifier(
        HIDDEN,
        reg_lambda=LAMBDA,
        standardize=False,
        tol=1e-7,
        maxiter=300,
        random_state=SEED,
        verbose=2,
        **settings,
    )
    stamps = Stamps(target)
    with contextlib.redirect_stdout(stamps), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the fit was interrupted")
        model.fit(X, y)
    return stamps.seen, model


def mlp_adam(X, y, cost):
    """MLPClassifier's adam with its defaults but for alpha, an epoch at a time."""
    # Its adam divides the penalty by the size of the batch, 200, not by the number of rows.
    alpha = LAMBDA * 200 / len(X)
    model = MLPClassifier((HIDDEN,), activation="logistic", alpha=alpha, random_state=SEED)
    spent, curve = 0.0, []
    for _ in range(ADAM_EPOCHS):
        took, _ = seconds(lambda: model.partial_fit(X, y, classes=np.arange(10)))
        spent += took
        (C1, C2), (b1, b2) = model.coefs_, model.intercepts_
        curve.append((spent, cost(C1.T, b1, C2.T, b2)))
        if spent > ADAM_SECONDS:
            break
    return curve, model


def torch_adam(X, y):
    """torch's Adam with its defaults, batches of 200."""
    import torch

    module, loss = torch_network(X, y, HIDDEN, LAMBDA, SEED)
    optimizer = torch.optim.Adam(module.parameters())
    rng = np.random.default_rng(SEED)
    spent, curve = 0.0, []
    for _ in range(ADAM_EPOCHS):
        begin = time.perf_counter()
        for batch in np.array_split(rng.permutation(len(X)), len(X) // 200):
            optimizer.zero_grad()
            loss(torch.from_numpy(batch)).backward()
            optimizer.step()
        spent += time.perf_counter() - begin
        curve.append((spent, loss(slice(None)).item()))
        if spent > ADAM_SECONDS:
            break
    return curve, module


def draw(curves, target, path):
    """Cost against seconds, both logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    drawn = {True: 0, False: 0}
    for name, curve in curves.items():
        times, costs = np.array(curve).T
        ours = name.startswith("skdigits")
        style = line_style(drawn[ours], ours)
        drawn[ours] += 1
        some = 0.2 if len(curve) > 1 else None
        axes.plot(times, np.minimum.accumulate(costs), label=name, markevery=some, **style)
    axes.axhline(target, color="0.6", lw=0.8, ls=":")
    axes.set(xscale="log", yscale="log", ylim=(0.8 * target, 3))
    axes.set(xlabel="seconds", ylabel="cost over all 50000 rows")
    axes.legend(frameon=False)
    bare(axes)
    axes.set_title("100 hidden units on MNIST, lambda 1", loc="left")
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
