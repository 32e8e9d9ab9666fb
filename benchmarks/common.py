"""What the benchmarks share: the data, the peers, the line that says where it ran."""

import contextlib
import importlib.metadata
import os
import platform
import sys
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from skdigits.datasets import load_digits_images
from skdigits.plotting.axes import CHOSEN, LINES, MARKERS

warnings.filterwarnings("ignore", category=ConvergenceWarning)  # costs reached are shown instead
TORCH = find_spec("torch") is not None


def where():
    """Versions and machine."""
    names = ["skdigits", "scikit-learn", "numpy", "scipy", *(["torch"] if TORCH else [])]
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    return f"{versions}, Python {platform.python_version()}, {os.cpu_count()} cores"


def data_file(name):
    """A file in the folder SKDIGITS_DATA, or None."""
    path = Path(os.environ.get("SKDIGITS_DATA", "")) / name
    return path if "SKDIGITS_DATA" in os.environ and path.exists() else None


def experiment_rows(dtype):
    """(X, y) of the experiment's training rows: 75% of the digits."""
    digits = load_digits_images(data_file("digits5000.mat") or "digits")
    X, _, y, _ = train_test_split(digits.data, digits.target, test_size=0.25, random_state=0)
    return np.ascontiguousarray(X, dtype=dtype), y


def mnist_rows():
    """(X, y) of MNIST's training images, float32 in [0, 1], or None where they are not at hand."""
    path = data_file("mnist_train.npz")
    if path is None:
        return None
    with np.load(path) as arrays:
        return (arrays["X"] / 255).astype(np.float32), arrays["y"].astype(int)


def many_rows():
    """60000 rows of 784 features and their labels: MNIST's, else 8 x 8 digits side by side."""
    found = mnist_rows()
    if found is not None:
        return found
    X, y = load_digits(return_X_y=True)
    repeated = np.resize(X / 16, (60000, 64))
    return np.tile(repeated, 13)[:, :784].astype(np.float32), np.resize(y, 60000)


def seconds(function, *arguments):
    """(wall seconds, result) of a call."""
    begin = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - begin, result


class Reached(Exception):
    """Ends a run of torch's optimizer."""


def torch_lbfgs(X, y, hidden_units, reg_lambda, seed, threads, *, maxiter=400, target=-np.inf):
    """[(seconds, cost)] of the evaluations of torch.optim.LBFGS with strong Wolfe; the module."""
    import torch

    torch.set_num_threads(threads)
    module, loss = torch_network(X, y, hidden_units, reg_lambda, seed)
    optimizer = torch.optim.LBFGS(
        module.parameters(),
        max_iter=maxiter,
        max_eval=10**6,
        tolerance_grad=0,
        tolerance_change=0,
        history_size=10,
        line_search_fn="strong_wolfe",
    )
    seen = []
    begin = time.perf_counter()

    def closure():
        optimizer.zero_grad()
        cost = loss(slice(None))
        cost.backward()
        seen.append((time.perf_counter() - begin, cost.item()))
        if seen[-1][1] <= target:
            raise Reached
        return cost

    with contextlib.suppress(Reached):
        optimizer.step(closure)
    return seen, module


def torch_network(X, y, hidden_units, reg_lambda, seed):
    """(module, loss(rows)) of the same network and cost in torch."""
    import torch

    torch.manual_seed(seed)
    A, t = torch.from_numpy(X), torch.from_numpy(np.searchsorted(np.unique(y), y))
    module = torch.nn.Sequential(
        torch.nn.Linear(X.shape[1], hidden_units),
        torch.nn.Sigmoid(),
        torch.nn.Linear(hidden_units, len(np.unique(y))),
    ).to(A.dtype)
    weights = [module[0].weight, module[2].weight]

    def loss(rows):
        penalty = reg_lambda / (2 * len(X)) * sum((W * W).sum() for W in weights)
        return torch.nn.functional.cross_entropy(module(A[rows]), t[rows]) + penalty

    return module, loss


def progress(text):
    """Say on stderr what is going on."""
    print(text, file=sys.stderr, flush=True)


# --- pictures -------------------------------------------------------------------------------------

PEER = "#5b6c7d"
OTHERS = (PEER, *LINES[1:4])


def bare(axes):
    """Axes as those of the displays: two spines, and powers of ten as the numbers they are."""
    from matplotlib.ticker import FuncFormatter

    axes.spines[["top", "right"]].set_visible(False)
    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_scale() == "log":
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))


def line_style(k, ours):
    """The style of line k: ours are wide and blue, others thin, each with a colour and a marker."""
    if ours:
        return {"color": CHOSEN, "lw": 2.5, "ls": ("-", "--", ":")[k % 3]}
    return {"color": OTHERS[k % len(OTHERS)], "lw": 1.2, "marker": MARKERS[k % len(MARKERS)]}
