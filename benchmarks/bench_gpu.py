"""Arrays of torch on a device against NumPy on the processor: when does the device pay?

MNIST (digits side by side where it is not at hand), 50000 x 784 float32, and 200000 x 1000 made
rows of 10 classes: seconds of 20 iterations from the same weights and the cost that they reach, of
our fit on NumPy's arrays, of the same on torch's tensors on the device, and of torch.optim.LBFGS
with our cost written for autograd (plain coordinates, strong Wolfe line search, 20 iterations);
and scikit-learn's LogisticRegression on the device, a floor, for it has no hidden layer. Then
seconds by rows. The device is the GPU where torch has one, else the processor: then no row is a
GPU's, NumPy computes with the tensors, which lie in its memory, and a row of its own shows how long
torch takes with them itself, as it would on a device.

    python benchmarks/bench_gpu.py
"""

import os

os.environ["SCIPY_ARRAY_API"] = "1"  # before SciPy is imported, as scikit-learn wants it

import statistics
import time
import warnings

import numpy as np
import sklearn
import torch
from common import many_rows, progress, where
from sklearn.linear_model import LogisticRegression

from skdigits import TwoLayerNNClassifier
from skdigits.network import arrays_of

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
ITERATIONS, ROUNDS = 20, 3


def generated(n, features):
    """Rows whose class is the greatest of ten of their features, and noise."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, features)).astype(np.float32)
    return X, (X[:, :10] + 0.5 * rng.normal(size=(n, 10))).argmax(axis=1)


def model(units):
    """Ours, with the best output layer left out, so that all evaluate the same."""
    how = {"maxiter": ITERATIONS, "variable_projection": False, "random_state": 0}
    return TwoLayerNNClassifier(units, **how)


def on_numpy(X, y, units):
    """(seconds, cost) of our fit."""
    begin = time.perf_counter()
    fitted = model(units).fit(X, y)
    return time.perf_counter() - begin, fitted.loss_


def on_device(X, y, units):
    """The same of tensors; bringing the rows there is not counted."""
    rows, labels = torch.asarray(X, device=DEVICE), torch.asarray(y, device=DEVICE)
    with sklearn.config_context(array_api_dispatch=True):
        begin = time.perf_counter()
        fitted = model(units).fit(rows, labels)
        return time.perf_counter() - begin, fitted.loss_


def by_torch(X, y, units):
    """The same, computed by torch on the processor as it would be on a device."""
    torchs = arrays_of(torch.zeros(1))
    torchs.on_host = False
    try:
        return on_device(X, y, units)
    finally:
        torchs.on_host = True


def torch_lbfgs(X, y, units):
    """The same of torch's optimizer."""
    rows, labels = torch.asarray(X, device=DEVICE), torch.asarray(y, device=DEVICE)
    network = torch.nn.Sequential(
        torch.nn.Linear(X.shape[1], units), torch.nn.Sigmoid(), torch.nn.Linear(units, 10)
    ).to(DEVICE)
    optimizer = torch.optim.LBFGS(
        network.parameters(), max_iter=ITERATIONS, line_search_fn="strong_wolfe"
    )

    def cost():
        loss = torch.nn.functional.cross_entropy(network(rows), labels)
        penalty = (network[0].weight ** 2).sum() + (network[2].weight ** 2).sum()
        return loss + penalty / (2 * len(rows))

    def closure():
        optimizer.zero_grad()
        value = cost()
        value.backward()
        return value

    begin = time.perf_counter()
    optimizer.step(closure)
    took = time.perf_counter() - begin
    with torch.no_grad():
        return took, float(cost())


def logistic(X, y, units):
    """The same of scikit-learn's LogisticRegression, which minimises the sum of the losses."""
    rows, labels = torch.asarray(X, device=DEVICE), torch.asarray(y, device=DEVICE)
    with sklearn.config_context(array_api_dispatch=True):
        begin = time.perf_counter()
        LogisticRegression(C=1.0, max_iter=ITERATIONS).fit(rows, labels)
        return time.perf_counter() - begin, np.nan


WAYS = {
    "ours, NumPy": on_numpy,
    f"ours, torch on {DEVICE}": on_device,
    **({"ours, computed by torch": by_torch} if DEVICE == "cpu" else {}),
    f"torch.optim.LBFGS on {DEVICE}": torch_lbfgs,
    f"LogisticRegression on {DEVICE}": logistic,
}


def compare(name, X, y, units, ways, rounds=ROUNDS):
    """Print seconds and cost of each way."""
    found = {way: [] for way in ways}
    for _ in range(rounds):
        for way, each in found.items():
            progress(f"{name}, {units} units, {way}")
            each.append(WAYS[way](X, y, units))
    print(f"\n{f'{name}, {units} units':44}{'seconds':>9}{'to ours':>9}{'cost':>9}")
    first = None
    for way, each in found.items():
        seconds = statistics.median(seconds for seconds, _ in each)
        first = first or seconds
        cost = each[0][1]
        shown = "" if np.isnan(cost) else f"{cost:9.4f}"
        print(f"  {way:42}{seconds:9.2f}{seconds / first:8.2f}x{shown}")


def main():
    warnings.simplefilter("ignore")
    print(f"{where()}, {torch.get_num_threads()} threads of torch")
    if DEVICE == "cpu":
        print("no GPU: torch's tensors are on the processor")
    X, y = many_rows()
    X, y = X[:50000], y[:50000]
    compare("50000 x 784", X, y, 100, WAYS)
    compare("50000 x 784", X, y, 1000, list(WAYS)[:-1], rounds=1)
    compare("200000 x 1000", *generated(200_000, 1000), 100, WAYS, rounds=1)
    for n in (1000, 5000, 20000):
        compare(f"{n} x 784", X[:n], y[:n], 100, list(WAYS)[: 3 if DEVICE == "cpu" else 2])


if __name__ == "__main__":
    main()
