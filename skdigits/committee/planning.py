"""A committee before its first iteration: all is checked, all that is random is drawn."""

from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from skdigits.committee.folds import make_splits
from skdigits.committee.judges import LogLoss, Scorer
from skdigits.committee.path import spaced
from skdigits.fitting import Labels, Rows, balance, fitted_attributes, training_rows
from skdigits.fitting import labels as labelling
from skdigits.network import (
    Layout,
    center_and_scale,
    initial_parameters,
    make_coordinates,
    share_rows,
    single_threaded_blas,
)

MEMBERS = 20  # of a committee at most, however many folds: more hardly change what it says


class Members(NamedTuple):
    """Makes estimators of networks as they are trained: in own units."""

    labels: Labels
    units: tuple  # (centre, scale) of each feature
    activation: str
    dtype: np.dtype
    make: callable  # make(hidden_units, reg_lambda): the estimator before its fit

    def __call__(self, layout, x, reg_lambda):
        """The fitted estimator of weights x (layout.size,)."""
        coordinates = make_coordinates("scaled", layout, *self.units, self.activation)
        theta = coordinates.to_theta(x)
        member = self.make(layout.hidden_units, float(reg_lambda))
        vars(member).update(
            fitted_attributes(theta, layout, self.labels, self.activation, self.dtype),
            feature_scale_=self.units[1],
            n_features_in_=layout.n_features,
        )
        return member


class CommitteePlan(NamedTuple):
    """What the training of a committee is made of."""

    X: object  # as they were given, checked
    y: np.ndarray
    rows: Rows
    labels: Labels
    shared: object  # SharedRows
    network: dict  # activation and output_activation
    splits: list  # (rows to learn from, rows to be judged on)
    judge: callable  # see `judges`
    scoring: object  # what it was made of
    lambdas: np.ndarray  # increasing
    factor: float | None  # between lambdas beyond these; None: there are none
    layouts: list  # one for each number of hidden units
    starts: list  # of each layout the weights (n_splits, size) that its path begins at
    fresh: list  # of each layout those (members, size) of the committee
    members: Members
    maxiter: int
    first_maxiter: int
    step_maxiter: int
    tol: float
    average: bool
    told: list  # Warnings

    @property
    def weights(self):
        """Those of the rows for a network that sees all, as an `Ensemble` takes them."""
        return np.ones(len(self.rows.codes)) if self.rows.w is None else self.rows.w.T

    @property
    def training_weights(self):
        """Those (n_splits, ...) for the network of each split."""
        w = np.zeros((len(self.splits), *self.weights.shape))
        for k, (train, _) in enumerate(self.splits):
            w[k][..., train] = self.weights[..., train]
        return w

    @property
    def judged(self):
        """How much the score of each split counts in a mean: the weight of the rows judged."""
        w = self.rows.mean_weight
        return np.array(
            [len(test) if w is None else w[test].sum() for _, test in self.splits], dtype=float
        )


def plan_committee(estimator, X, y, sample_weight, make, splitter_params, scorer, score_params):
    """The CommitteePlan of an estimator's fit.

    make(hidden_units, reg_lambda) makes a member; scorer is one of scikit-learn's, or None for the
    log-loss; the params are those that splitter and scorer ask for.
    """
    sizes = _sizes(estimator.hidden_units)
    given = _given_lambdas(estimator.reg_lambdas)
    X, y = validate_data(
        estimator,
        X,
        y,
        accept_sparse="csr",
        dtype=(np.float64, np.float32),
        multi_output=True,
    )
    labels, y = labelling.find_labels(y, estimator.output_activation)
    rows, _ = training_rows(X, y, sample_weight, estimator.class_weight, labels)
    rng = check_random_state(estimator.random_state)
    splits, told = make_splits(
        estimator.cv, estimator.n_repeats, X, y, rows, labels, rng, splitter_params
    )
    layouts = [Layout(X.shape[1], size, labels.n_outputs) for size in sizes]
    n_members = min(len(splits), MEMBERS)
    starts, fresh = [], []
    for layout in layouts:
        drawn = [initial_parameters(layout, rng) for _ in range(len(splits) + n_members)]
        starts.append(np.stack(drawn[: len(splits)]))
        fresh.append(np.stack(drawn[len(splits) :]))
    with single_threaded_blas():  # the same bits however many threads
        units = center_and_scale(rows.X, rows.mean_weight)
    members = Members(labels, units, estimator.activation, X.dtype, make)
    if scorer is None:
        judge = LogLoss(rows, labels, splits)
    else:
        judge = Scorer(scorer, X, y, score_params, splits, members)
    if given is None:
        lambdas, factor = spaced(estimator.reg_lambdas, _usual_weight(rows))
    else:
        lambdas, factor = given, None
    return CommitteePlan(
        X,
        y,
        rows,
        labels,
        share_rows(X, labelling.targets(rows.codes, labels).T, units, estimator.dtype or "float32"),
        {name: getattr(estimator, name) for name in ("activation", "output_activation")},
        splits,
        judge,
        estimator.scoring,
        lambdas,
        factor,
        layouts,
        starts,
        fresh,
        members,
        estimator.maxiter,
        estimator.first_maxiter,
        estimator.step_maxiter,
        estimator.tol * (balance(rows, labels) or 1.0),  # of rare classes all gradients are small
        estimator.average,
        [] if told is None else [told],
    )


def _usual_weight(rows):
    """One; less where the rows that count weigh less than that in the mean, as a booster's do.

    The penalty is divided by the sum of the weights, so lambdas that mean something are smaller.
    """
    w = rows.mean_weight
    return 1.0 if w is None else min(1.0, float(w[w > 0].mean()))


def _sizes(hidden_units):
    sizes = [hidden_units] if isinstance(hidden_units, Integral) else list(hidden_units)
    if not sizes or not all(isinstance(size, Integral) and size >= 1 for size in sizes):
        raise ValueError(
            "hidden_units must be a number of at least 1, or several to choose from, for instance "
            f"[10, 25, 50], got {hidden_units!r}"
        )
    return [int(size) for size in sizes]


def _given_lambdas(reg_lambdas):
    """The values in increasing order, each once, or None where only their number is given."""
    if isinstance(reg_lambdas, Integral):
        return None
    values = list(reg_lambdas)
    if not values or not all(isinstance(v, Real) and 0 <= v < np.inf for v in values):
        raise ValueError(
            "reg_lambdas must be a number of values, or the values, finite and at least 0, for "
            f"instance [0.1, 1, 10], got {reg_lambdas!r}"
        )
    return np.unique(np.array(values, dtype=float))
