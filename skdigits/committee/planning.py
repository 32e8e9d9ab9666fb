"""A committee before its first iteration: all is checked, all that is random is drawn."""

from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from skdigits._sklearn import validate_data
from skdigits.committee.folds import make_splits
from skdigits.committee.judges import LogLoss, Scorer
from skdigits.committee.path import spaced
from skdigits.fitting import (
    MAX_LAMBDA,
    Labels,
    Rows,
    balance,
    fitted_attributes,
    training_rows,
)
from skdigits.fitting import labels as labelling
from skdigits.network import (
    Layout,
    center_and_scale,
    initial_parameters,
    make_coordinates,
    share_rows,
    single_threaded_blas,
)

HEAVY = 100  # see `_usual_weight`; with weights of 1e4 and usual lambdas log-loss 0.71 for 0.41
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
    log_loss: callable  # another, or the same
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
        n_samples = len(self.rows.codes)
        times = [np.bincount(train, minlength=n_samples) for train, _ in self.splits]
        return np.stack([self.weights * each for each in times])


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
    log_loss = judge = LogLoss(rows, labels, splits)
    if scorer is not None:
        judge = Scorer(scorer, X, y, rows, score_params, splits, members)
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
        log_loss,
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
    """One; the mean weight of the rows that count where that is below one or above HEAVY.

    The penalty is divided by the sum of the weights, so that is what lambdas are measured by:
    those of a booster's rows are light, those of a survey's heavy. In between a row of weight two
    is to be what the row twice is, with the same lambdas.
    """
    w = rows.mean_weight
    mean = 1.0 if w is None else float(w[w > 0].mean())
    return 1.0 if 1 <= mean <= HEAVY else mean


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
    if not values or not all(isinstance(v, Real) and 0 <= v <= MAX_LAMBDA for v in values):
        raise ValueError(
            "reg_lambdas must be a number of values, or the values, 0 to 1e50, for "
            f"instance [0.1, 1, 10], got {reg_lambdas!r}"
        )
    return np.unique(np.array(values, dtype=float))
