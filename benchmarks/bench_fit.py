"""How long until the cost at which MLPClassifier(solver="lbfgs") ends after 200 iterations?

The same softmax cost (alpha is lambda) on the experiment's training rows. The cost to reach is the
median of MLPClassifier's over the seeds; its own seconds are those of its fits. Ours are whole
fits, as they come but for tol, stopped at the first iteration that is there (found by a fit before,
not timed); torch's are its optimizer's alone. Medians over three seeds, peers interleaved; "-" did
not get there. Ratios are to ours.

    python benchmarks/bench_fit.py
"""

import itertools

import numpy as np
from common import TORCH, experiment_rows, progress, seconds, torch_lbfgs, where
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from skdigits import TwoLayerNNClassifier

SEEDS = range(3)
MOST = 500  # iterations that ours may take


def mlp(X, y, hidden, reg_lambda, seed):
    return MLPClassifier(
        (hidden,), activation="logistic", solver="lbfgs", alpha=reg_lambda, max_iter=200,
        max_fun=10**6, random_state=seed,
    ).fit(X, y)  # fmt: skip


def ours(X, y, hidden, reg_lambda, seed, maxiter):
    return TwoLayerNNClassifier(
        hidden,
        reg_lambda=reg_lambda,
        standardize=False,
        maxiter=maxiter,
        tol=1e-7,
        random_state=seed,
    ).fit(X, y)


def cell(dtype, hidden, reg_lambda):
    """(cost to reach, {peer: median seconds})."""
    X, y = experiment_rows(dtype)
    problem = (X, y, hidden, reg_lambda)
    times = {}

    def note(peer, value):
        times.setdefault(peer, []).append(value)

    costs = []
    for seed in SEEDS:
        took, model = seconds(mlp, *problem, seed)
        note("MLPClassifier", took)
        costs.append(model.loss_)
    target = float(np.median(costs))
    for seed in SEEDS:
        curve = np.array(ours(*problem, seed, MOST).loss_curve_)
        there = np.flatnonzero(curve <= target)
        needed = int(there[0]) + 1 if there.size else None
        note("iterations", needed or np.inf)
        note("skdigits", seconds(ours, *problem, seed, needed)[0] if needed else np.inf)
        with threadpool_limits(1):
            note("MLP, 1 thread", seconds(mlp, *problem, seed)[0])
            note(
                "skdigits, 1 thread", seconds(ours, *problem, seed, needed)[0] if needed else np.inf
            )
        for threads in (1, 2) if TORCH else ():
            seen, _ = torch_lbfgs(*problem, seed, threads, target=target)
            note(f"torch, {threads}", seen[-1][0] if seen[-1][1] <= target else np.inf)
    found = {peer: float(np.median(values)) for peer, values in times.items()}
    found["torch LBFGS"] = min(found.pop("torch, 1", np.inf), found.pop("torch, 2", np.inf))
    return target, found


PEERS = ("MLPClassifier", "MLP, 1 thread", "torch LBFGS", "skdigits, 1 thread", "skdigits")


def main():
    print(where())
    print(f"\n{'':24}{'cost':>9}{'iterations':>12}" + "".join(f"{peer:>20}" for peer in PEERS))
    ratios = {peer: [] for peer in PEERS}
    for dtype, hidden, reg_lambda in itertools.product(
        ("float32", "float64"), (10, 25, 100), (3.0, 0.3)
    ):
        progress(f"{dtype} {hidden} {reg_lambda}")
        cost, found = cell(dtype, hidden, reg_lambda)
        for peer in PEERS:
            ratios[peer].append(found[peer] / found["skdigits"])
        texts = [
            f"{found[peer]:.2f} s {ratios[peer][-1]:6.1f}x" if np.isfinite(found[peer]) else "-"
            for peer in PEERS
        ]
        name = f"{dtype}, {hidden}, lambda {reg_lambda}"
        print(
            f"{name:24}{cost:9.5f}{found['iterations']:12.0f}" + "".join(f"{t:>20}" for t in texts),
            flush=True,
        )
    medians = [f"{np.median(ratios[peer]):.1f}x" for peer in PEERS]
    print(f"{'median':24}{'':21}" + "".join(f"{text:>20}" for text in medians))


if __name__ == "__main__":
    main()
