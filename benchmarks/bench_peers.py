"""The same digits, every library: how good, how soon, and in how many lines?

The experiment's split of digits5000 (without SKDIGITS_DATA, scikit-learn's digits), one network
with 10 and with 25 logistic hidden units, softmax outputs and lambda 3 on the weights as they are,
where a library can say that; below the tables stands what differs. Each with the settings that its
own documentation recommends, in a process of its own whose imports are made before, two cores.
Seconds of the fit, accuracy of the training and the test rows, log-loss of the test rows, the cost
that was reached with lambda 3, and the lines of Python that a user writes for the fit, imports
included, or of R for the fit and the prediction: medians of three seeds, of PyBrain, neurolab and
nnet of one. What is not installed is left out with a line: `pip install torch skorch keras pybrain3
neurolab`, and R with its package nnet.

    python benchmarks/bench_peers.py
"""

import importlib.util
import inspect
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

import numpy as np
from common import CHOSEN, PEER, bare, data_file, progress, where
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from skdigits import Objective
from skdigits.datasets import load_digits_images

SEEDS = (0, 1, 2)
UNITS = (10, 25)
LAMBDA = 3.0

# Each function is what a user writes: it returns a function of rows that gives probabilities, and
# (W1, b1, W2, b2), or None where the network is another.


def skdigits_post(X, y, units, seed):
    """The blog post's: CG, sigmoid outputs, 200 iterations"""
    from skdigits import TwoLayerNNClassifier

    model = TwoLayerNNClassifier(
        units, reg_lambda=LAMBDA, solver="CG", maxiter=200, coordinates="plain",
        standardize=False, output_activation="sigmoid", random_state=seed,
    )  # fmt: skip
    model.fit(X, y)
    return model.predict_proba, None


def skdigits_same(X, y, units, seed):
    """The same cost"""
    from skdigits import TwoLayerNNClassifier

    model = TwoLayerNNClassifier(units, reg_lambda=LAMBDA, standardize=False, random_state=seed)
    model.fit(X, y)
    return model.predict_proba, _as_rows(model.coefs_, model.intercepts_)


def skdigits_default(X, y, units, seed):
    """As it comes: lambda 1, in units of the features' spread"""
    from skdigits import TwoLayerNNClassifier

    model = TwoLayerNNClassifier(units, random_state=seed)
    model.fit(X, y)
    return model.predict_proba, None


def skdigits_cv(X, y, units, seed):
    """Five networks, lambda chosen by cross-validation"""
    from skdigits import TwoLayerNNClassifierCV

    model = TwoLayerNNClassifierCV(units, random_state=seed)
    model.fit(X, y)
    return model.predict_proba, None


def mlp_lbfgs(X, y, units, seed):
    """The same cost"""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        (units,), activation="logistic", solver="lbfgs", alpha=LAMBDA, max_iter=1000,
        max_fun=10**6, random_state=seed,
    )  # fmt: skip
    model.fit(X, y)
    return model.predict_proba, _as_rows(model.coefs_, model.intercepts_)


def mlp_adam(X, y, units, seed):
    """alpha as it divides by the batch; 200 epochs"""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        (units,), activation="logistic", alpha=LAMBDA * 200 / len(X), random_state=seed
    )
    model.fit(X, y)
    return model.predict_proba, _as_rows(model.coefs_, model.intercepts_)


def skorch(X, y, units, seed):
    """Adam with weight decay, a fifth held out to stop by"""
    import torch
    from skorch import NeuralNetClassifier
    from skorch.callbacks import EarlyStopping

    torch.manual_seed(seed)
    module = torch.nn.Sequential(
        torch.nn.Linear(X.shape[1], units), torch.nn.Sigmoid(), torch.nn.Linear(units, 10)
    )
    model = NeuralNetClassifier(
        module, criterion=torch.nn.CrossEntropyLoss, optimizer=torch.optim.Adam, lr=0.01,
        optimizer__weight_decay=LAMBDA / len(X), max_epochs=200, iterator_train__shuffle=True,
        callbacks=[EarlyStopping(patience=10, load_best=True)], verbose=0,
    )  # fmt: skip
    model.fit(X, y.astype("int64"))
    first, _, last = model.module_
    return model.predict_proba, [
        part.detach().numpy() for part in (first.weight, first.bias, last.weight, last.bias)
    ]


def keras(X, y, units, seed):
    """Adam, an l2 on both kernels, a tenth held out to stop by; on torch"""
    import keras

    keras.utils.set_random_seed(seed)
    l2 = keras.regularizers.L2(LAMBDA / 2 / len(X))
    model = keras.Sequential(
        [
            keras.layers.Input((X.shape[1],)),
            keras.layers.Dense(units, activation="sigmoid", kernel_regularizer=l2),
            keras.layers.Dense(10, activation="softmax", kernel_regularizer=l2),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    stop = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    model.fit(X, y, epochs=200, validation_split=0.1, callbacks=[stop], verbose=0)
    W1, b1, W2, b2 = model.get_weights()
    return lambda rows: model.predict(rows, verbose=0), [W1.T, b1, W2.T, b2]


def torch_lbfgs(X, y, units, seed):
    """The same cost, full batch, strong Wolfe"""
    import torch

    torch.manual_seed(seed)
    first, last = torch.nn.Linear(X.shape[1], units), torch.nn.Linear(units, 10)
    module = torch.nn.Sequential(first, torch.nn.Sigmoid(), last)
    rows, labels = torch.from_numpy(X), torch.from_numpy(y.astype("int64"))
    optimizer = torch.optim.LBFGS(
        module.parameters(), max_iter=1000, history_size=10, line_search_fn="strong_wolfe"
    )

    def closure():
        optimizer.zero_grad()
        penalty = (first.weight**2).sum() + (last.weight**2).sum()
        cost = torch.nn.functional.cross_entropy(module(rows), labels)
        cost = cost + LAMBDA / 2 / len(X) * penalty
        cost.backward()
        return cost

    optimizer.step(closure)
    return lambda new: torch.softmax(module(torch.from_numpy(new)), dim=1).detach().numpy(), [
        part.detach().numpy() for part in (first.weight, first.bias, last.weight, last.bias)
    ]


def pybrain(X, y, units, seed):
    """Its tutorial's: backpropagation row by row, 20 epochs, weight decay 0.01"""
    from pybrain3.datasets import SupervisedDataSet
    from pybrain3.structure import SigmoidLayer, SoftmaxLayer
    from pybrain3.supervised.trainers import BackpropTrainer
    from pybrain3.tools.shortcuts import buildNetwork

    data = SupervisedDataSet(X.shape[1], 10)
    for x, label in zip(X, y, strict=True):
        data.addSample(x, np.eye(10)[label])
    network = buildNetwork(
        X.shape[1], units, 10, bias=True, hiddenclass=SigmoidLayer, outclass=SoftmaxLayer
    )
    BackpropTrainer(network, dataset=data, momentum=0.1, weightdecay=0.01).trainEpochs(20)
    return lambda rows: np.array([network.activate(x) for x in rows]), None


def neurolab(X, y, units, seed):
    """Squared error, no penalty, resilient backpropagation, 300 epochs"""
    import neurolab as nl

    sigmoid = nl.trans.LogSig()
    network = nl.net.newff([[0, 1]] * X.shape[1], [units, 10], [sigmoid, sigmoid])
    network.trainf = nl.train.train_rprop
    network.train(X, np.eye(10)[y], epochs=300, show=0, goal=1e-6)

    def probabilities(rows):
        p = network.sim(rows)
        return p / p.sum(axis=1, keepdims=True)

    return probabilities, None


NNET = """
library(nnet)
set.seed(seed)
model <- nnet(X, class.ind(y), size = units, softmax = TRUE, decay = lambda / 2,
              maxit = 200, MaxNWts = 1e6, trace = FALSE)
p <- predict(model, X_new)
"""


def nnet(X, y, units, seed):
    """BFGS, 200 iterations, biases penalised too"""
    with tempfile.TemporaryDirectory() as folder:
        for name, array in (("X", X), ("new", np.concatenate([X, NEW]))):
            np.asarray(array, dtype=float).ravel(order="F").tofile(f"{folder}/{name}")
        y.astype(np.int32).tofile(f"{folder}/y")
        read = (
            f"seed <- {seed}; units <- {units}; lambda <- {LAMBDA}; n <- {len(X)}\n"
            f"X <- matrix(readBin('{folder}/X', 'double', {X.size}), n)\n"
            f"y <- factor(readBin('{folder}/y', 'integer', n))\n"
            f"n_all <- n + {len(NEW)}\n"
            f"X_new <- matrix(readBin('{folder}/new', 'double', n_all * {X.shape[1]}), n_all)\n"
        )
        timed = NNET.replace("model <-", "begin <- proc.time()[['elapsed']]\nmodel <-").replace(
            "p <-", "seconds <- proc.time()[['elapsed']] - begin\np <-"
        )
        save = f"writeBin(c(seconds, model$wts, as.vector(p)), '{folder}/out')\n"
        Path(folder, "run.R").write_text(read + timed + save)
        subprocess.run(["Rscript", f"{folder}/run.R"], check=True, capture_output=True)
        found = np.fromfile(f"{folder}/out")
    wts = units * (X.shape[1] + 1) + 10 * (units + 1)
    hidden, output = np.split(found[1 : 1 + wts], [units * (X.shape[1] + 1)])
    hidden, output = hidden.reshape(units, -1), output.reshape(10, -1)
    p = found[1 + wts :].reshape(10, -1).T
    nnet.seconds = found[0]
    return lambda rows: p[: len(X)] if len(rows) == len(X) else p[len(X) :], [
        hidden[:, 1:], hidden[:, 0], output[:, 1:], output[:, 0]
    ]  # fmt: skip


def _as_rows(coefs, intercepts):
    return [coefs[0].T, intercepts[0], coefs[1].T, intercepts[1]]


# name: (function, what it needs, whether it is too slow for three seeds)
PEERS = {
    "skdigits, the post's": (skdigits_post, None, False),
    "skdigits": (skdigits_same, None, False),
    "skdigits, defaults": (skdigits_default, None, False),
    "skdigits, committee": (skdigits_cv, None, False),
    "MLPClassifier, lbfgs": (mlp_lbfgs, None, False),
    "MLPClassifier, adam": (mlp_adam, None, False),
    "torch.optim.LBFGS": (torch_lbfgs, "torch", False),
    "skorch": (skorch, "skorch", False),
    "Keras": (keras, "keras", False),
    "R's nnet": (nnet, "Rscript", True),
    "PyBrain": (pybrain, "pybrain3", True),
    "neurolab": (neurolab, "neurolab", True),
}


def is_there(need):
    """Whether a module, or the command Rscript, is installed."""
    if need == "Rscript":
        return shutil.which(need) is not None
    return need is None or importlib.util.find_spec(need) is not None


def restore_old_names():
    """Put back what NumPy and SciPy have lost since 2010, for PyBrain and neurolab."""
    import numpy.random
    import scipy

    old = {
        "Inf": np.inf, "Infinity": np.inf, "NaN": np.nan, "float": float, "int": int,
        "float_": np.float64, "mat": np.asmatrix, "product": np.prod, "alltrue": np.all,
        "asfarray": lambda a, dtype=float: np.asarray(a, dtype),
    }  # fmt: skip
    for name, value in old.items():
        if not hasattr(np, name):
            setattr(np, name, value)
    for name in (*dir(np), "mat"):
        if not name.startswith("_") and not hasattr(scipy, name):
            setattr(scipy, name, getattr(np, name))
    for name in ("rand", "randn"):
        setattr(scipy, name, getattr(numpy.random, name))
    scipy.random = sys.modules["scipy.random"] = numpy.random


def split():
    """X, X_test, y, y_test of the experiment; what they are."""
    digits = load_digits_images(data_file("digits5000.mat") or "digits")
    X = np.ascontiguousarray(digits.data, dtype=np.float32)
    parts = train_test_split(X, digits.target.astype(int), test_size=0.25, random_state=0)
    return parts, digits.DESCR


def run(name, units, seed):
    """Print what a fit took and gave, as JSON."""
    global NEW
    warnings.simplefilter("ignore")
    fit, need, _ = PEERS[name]
    if need in ("pybrain3", "neurolab"):
        restore_old_names()
    np.random.seed(seed)  # noqa: NPY002 - which PyBrain and neurolab draw from
    (X, X_test, y, y_test), _ = split()
    NEW = X_test
    first = np.concatenate([np.flatnonzero(y == label)[:10] for label in range(10)])
    if need != "Rscript":
        fit(X[first], y[first], 2, seed)  # imports, threads
    begin = time.perf_counter()
    probabilities, weights = fit(X, y, units, seed)
    took = time.perf_counter() - begin
    p, p_test = (np.asarray(probabilities(rows), dtype=float) for rows in (X, X_test))
    cost = None
    if weights is not None:
        objective = Objective(X, np.eye(10)[y], hidden_units=units, reg_lambda=LAMBDA)
        cost = objective.cost_gradient(objective.pack(*weights))[0]
    found = {
        "seconds": getattr(fit, "seconds", took),
        "training": float((p.argmax(axis=1) == y).mean()),
        "test": float((p_test.argmax(axis=1) == y_test).mean()),
        "log_loss": log_loss(y_test, p_test / p_test.sum(axis=1, keepdims=True)),
        "cost": cost,
    }
    print(json.dumps(found))


def lines_of(fit):
    """Lines that a user writes: those of the function, without its head, docstring and return."""
    if fit is nnet:
        return len(NNET.strip().splitlines())
    lines = [line.strip() for line in inspect.getsource(fit).splitlines()]
    body = [line for line in lines if line and not line.startswith('"""')]
    end = max(k for k, line in enumerate(body) if line.startswith("return"))
    extraction = ("W1, b1, W2, b2", "first, _, last")  # of weights for the cost
    return sum(not line.startswith(extraction) for line in body[1:end])


def measure(name, units):
    """Medians over the seeds."""
    fit, _, slow = PEERS[name]
    runs = []
    for seed in SEEDS[: 1 if slow else None]:
        progress(f"{name}, {units} units, seed {seed}")
        command = [sys.executable, "-W", "ignore", __file__, name, str(units), str(seed)]
        out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        runs.append(json.loads(out.splitlines()[-1]))
    found = {
        key: None if runs[0][key] is None else statistics.median(run[key] for run in runs)
        for key in runs[0]
    }
    return found | {"lines": lines_of(fit)}


def draw(found):
    """Errors on the test rows against seconds; the numbers are those of the names beside."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 7), layout="constrained")
    for ax, units in zip(figure.subplots(2, 1, sharex=True), UNITS, strict=True):
        for number, (name, each) in enumerate(found[units].items(), 1):
            x, y = each["seconds"], 100 * (1 - each["test"])
            color = CHOSEN if name.startswith("skdigits") else PEER
            ax.plot(x, y, "o", color=color, ms=15, mec="white", label=f"{number:2}  {name}")
            ax.annotate(
                number, (x, y), color="white", fontsize=8, weight="bold", ha="center", va="center"
            )
        ax.set(xscale="log", yscale="log", title=f"{units} hidden units")
        ax.set_ylabel("wrong on the test rows (%)")
        bare(ax)
        ax.yaxis.set_minor_formatter(lambda value, _: f"{value:g}" if value % 2 == 0 else "")
        ax.tick_params(axis="y", which="minor", labelsize="medium")
    ax.set_xlabel("seconds (both axes are logarithmic)")
    names = ax.get_legend_handles_labels()
    figure.legend(
        *names, loc="outside right center", frameon=False, handlelength=0.0, markerscale=0
    )
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=120)


def main():
    _, about = split()
    there = [name for name, (_, need, _) in PEERS.items() if is_there(need)]
    print(f"{where()}\n{about}")
    for name in PEERS.keys() - set(there):
        print(f"left out, not installed: {name}")
    found = {}
    for units in UNITS:
        found[units] = {name: measure(name, units) for name in there}
        print(
            f"\n{f'{units} hidden units':24}{'seconds':>8}{'training':>10}{'test':>8}"
            f"{'log-loss':>10}{'cost':>9}{'lines':>7}"
        )
        for name, each in found[units].items():
            cost = "-" if each["cost"] is None else f"{each['cost']:.4f}"
            print(
                f"{name:24}{each['seconds']:8.1f}{each['training']:10.1%}{each['test']:8.1%}"
                f"{each['log_loss']:10.3f}{cost:>9}{each['lines']:7}",
                flush=True,
            )
    print("\nwhat differs")
    for name in there:
        print(f"  {name:22}{PEERS[name][0].__doc__}")
    draw(found)


if __name__ == "__main__":
    if sys.argv[1:]:
        run(sys.argv[1], *map(int, sys.argv[2:]))
    else:
        main()
