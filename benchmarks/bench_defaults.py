"""What do the defaults give on tables as they come, unscaled?

Five-fold log-loss and accuracy out of the box, and the seconds of the five fits, on wine, breast
cancer, iris, 8 x 8 and 20 x 20 digits, against scikit-learn's classifiers with their defaults.

    python benchmarks/bench_defaults.py
"""

import sys
import warnings

from common import data_file, progress, seconds, where
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.neural_network import MLPClassifier

from skdigits import TwoLayerNNClassifier
from skdigits.datasets import load_digits_images

TABLES = {
    "wine": load_wine,
    "breast cancer": load_breast_cancer,
    "iris": load_iris,
    "8 x 8 digits": load_digits,
}
CLASSIFIERS = {
    "skdigits": TwoLayerNNClassifier(random_state=0),
    "skdigits, plain": TwoLayerNNClassifier(coordinates="plain", random_state=0),
    "MLPClassifier adam": MLPClassifier(random_state=0),
    "MLPClassifier lbfgs": MLPClassifier(solver="lbfgs", random_state=0),
    "LogisticRegression": LogisticRegression(),
    "HistGradientBoosting": HistGradientBoostingClassifier(random_state=0),
}
SCORING = ["neg_log_loss", "accuracy"]
FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)


def tables():
    """(name, X, y) of each table."""
    for name, load in TABLES.items():
        yield name, *load(return_X_y=True)
    path = data_file("digits5000.mat")
    if path is not None and "--small" not in sys.argv:
        digits = load_digits_images(path)
        yield "20 x 20 digits", digits.data, digits.target


def validate(classifier, X, y):
    return cross_validate(classifier, X, y, cv=FOLDS, scoring=SCORING)


def main():
    warnings.simplefilter("ignore")  # a default that does not converge is judged by its figures
    print(where())
    for name, X, y in tables():
        print(f"\n{name + f' {X.shape}':24}{'log-loss':>10}{'accuracy':>10}{'seconds':>9}")
        for peer, classifier in CLASSIFIERS.items():
            progress(f"{name} {peer}")
            took, scores = seconds(validate, classifier, X, y)
            loss, accuracy = (scores[f"test_{key}"].mean() for key in SCORING)
            print(f"{peer:24}{-loss:10.3f}{accuracy:10.1%}{took:9.1f}", flush=True)


if __name__ == "__main__":
    main()
