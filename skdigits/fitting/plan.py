"""A fit before its first iteration: all that was given is checked, all that is random is drawn."""

from functools import partial
from numbers import Integral
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from skdigits._sklearn import validate_parameter_constraints
from skdigits.fitting import labels as labelling
from skdigits.fitting.labels import Labels
from skdigits.fitting.problem import PROBLEMS, check_projection, projects
from skdigits.fitting.rows import (
    Rows,
    balance,
    check_factors,
    check_lambda,
    check_rows,
    check_validation_arguments,
    divide,
    training_rows,
)
from skdigits.fitting.sampling import check_fractions, most_rows, nested_samples
from skdigits.fitting.solvers import effective_limits, find_solver
from skdigits.fitting.watches import HeldOut
from skdigits.network import (
    FreeCoordinates,
    Layout,
    Objective,
    beside,
    center_and_scale,
    initial_parameters,
    is_stored,
    make_coordinates,
    read_mask,
    score_ranges,
    single_threaded_blas,
    to_host,
    unpack,
    write_arrays,
)

NETWORK = ("hidden_units", "reg_lambda", "activation", "output_activation")
# Where the penalty is in the units of X, weights of features that hardly vary must not be large in
# the optimizer's coordinates: their scale is at least this share of the median one. Three-fold
# log-loss on unscaled wine, breast cancer and 20 x 20 digits was the same for 0.1 to 0.3, and worse
# without; pixels of 1e-17 would end the fit where it began.
LEAST = 0.2
SETTINGS = ("solver", "maxiter", "tol", "solver_options")


class FitPlan(NamedTuple):
    """What a fit is made of."""

    X: object  # as `check_rows` returns them
    y: np.ndarray
    rows: Rows  # to fit
    held_out: HeldOut | None  # rows to validate on
    labels: Labels
    layout: Layout
    targets: np.ndarray  # (n_samples, n_outputs)
    thetas: list  # where each start begins
    samples: list  # of progressive sampling, a list a start
    network: dict  # the arguments of an Objective
    objective: callable  # objective(): the cost over all rows
    ranges: callable  # ranges(theta): how far apart each score's values over the rows are
    light: bool  # whether the rows weigh less than half of one each
    view: callable  # view(objective, theta=theta): a problem
    attributes: callable  # attributes(theta): what prediction reads
    maxiter: int
    tol: float
    max_time: float | None  # seconds
    patience: float | None  # iterations without a lower validation loss; None: no early stopping
    balance: float | None  # see `rows`
    given: bool  # whether the first start's weights are given or fitted, not drawn
    holds_out: bool  # whether the rows to validate on, if any, are of X
    scaled: bool  # whether the optimizer works in the features' units
    units: tuple | None  # (centre, scale) of each feature, or None where nothing asks for them

    @property
    def dtype(self):
        """That of the arithmetic."""
        return self.network["dtype"]


def plan_fit(
    estimator,
    X,
    y,
    sample_weight,
    validation,
    coef_init,
    intercept_init,
    classes=None,
    mask=None,
    units=None,
):
    """The FitPlan of an estimator's fit.

    validation is (X_val, y_val, sample_weight_val); units are those of another plan of the same
    rows and weights, if there is one; the rest is what fit was given.
    """
    check_parameters(estimator)
    check_validation_arguments(*validation)
    continued = estimator.warm_start and hasattr(estimator, "coefs_")
    X, y, dtype = check_rows(estimator, X, estimator.dtype, y, reset=not continued)
    fractions = check_fractions(estimator.progressive_sampling, X.shape[0])
    labels, y = labelling.find_labels(y, estimator.output_activation, classes)
    layout = Layout(X.shape[1], int(estimator.hidden_units), labels.n_outputs)
    free = read_mask(mask, layout)
    if free is not None and estimator.variable_projection not in (False, "auto"):
        raise ValueError(
            "variable_projection=True solves for all weights of the output layer, and mask holds "
            "some; set variable_projection='auto' or leave mask out"
        )
    rng = check_random_state(estimator.random_state)
    drawn = [initial_parameters(layout, rng) for _ in range(estimator.n_init)]
    X_val, y_val, sample_weight_val = validation
    y_val = labelling.in_order(to_host(y_val), classes)
    validation = X_val, y_val, to_host(sample_weight_val)
    sample_weight = to_host(sample_weight)
    rows, held_out = divide(estimator, X, y, sample_weight, validation, dtype, labels, rng)
    if units is None and (estimator.standardize or estimator.coordinates != "plain"):
        with single_threaded_blas():  # the same bits however many threads
            units = center_and_scale(rows.X, rows.mean_weight, dtype)
    found = Found(
        labels,
        layout,
        rows.X.shape[0],
        dtype,
        units,
        balance(rows, labels),
        rows.w is not None and rows.mean_weight.sum() < len(rows.codes) / 2,
    )
    initial = coef_init, intercept_init
    settled = settle(estimator, found, drawn, initial, continued, free, is_stored(X), X)
    samples = [nested_samples(rows.codes, fractions, rng, most_rows(rows.X))] * estimator.n_init
    if settled["given"]:
        samples[0] = []  # given weights know all rows, and must not be lost to a sample
    targets, network = rows.targets(labels), settled["network"]
    return FitPlan(
        X=X,
        y=y,
        rows=rows,
        held_out=None if held_out is None else HeldOut(held_out, labels, dtype),
        targets=targets,
        samples=samples,
        objective=partial(Objective, rows.X, targets, sample_weight=rows.w, **network),
        ranges=partial(_ranges, rows.X, settled["attributes"]),
        holds_out=validation[0] is None,
        **settled,
    )


def check_parameters(estimator):
    """Refuse an estimator's parameters that no fit would take."""
    validate_parameter_constraints(
        estimator._parameter_constraints,
        estimator.get_params(deep=False),
        type(estimator).__name__,
    )
    check_projection(estimator.variable_projection, find_solver(estimator.solver))
    check_lambda(estimator.reg_lambda)


class Found(NamedTuple):
    """What a plan must know of the rows to fit, wherever they are."""

    labels: Labels
    layout: Layout
    n_samples: int
    dtype: np.dtype  # of the arithmetic
    units: tuple | None  # (centre, scale) of each feature, or None where nothing asks for them
    balance: float | None  # see `rows`
    light: bool  # whether they weigh less than half of one each


def settle(estimator, found, drawn, initial, continued, free=None, dear=False, X=None):
    """The fields of a FitPlan that depend on an estimator and on what is Found, as a dict.

    drawn are the starts' initial parameters, initial the coefs and intercepts that were given or
    None, continued whether the estimator's weights go on, free what a mask leaves free (see
    `read_mask`), dear whether a pass over the rows costs more than their products; the attributes'
    arrays are of the library of X.
    """
    labels, layout, units = found.labels, found.layout, found.units
    center, scale = (None, None) if units is None else units
    at_least = 0.0 if estimator.standardize or scale is None else np.median(LEAST * scale)
    coordinates = make_coordinates(
        estimator.coordinates,
        layout,
        center,
        None if scale is None else np.maximum(scale, at_least),
        estimator.activation,
    )
    if free is not None:
        coordinates, drawn = FreeCoordinates(coordinates, free), [x[free] for x in drawn]
    network = {name: getattr(estimator, name) for name in NETWORK}
    network["reg_lambda"] = check_lambda(estimator.reg_lambda)
    network["dtype"] = found.dtype
    network["feature_scale"] = scale if estimator.standardize else None
    thetas = [coordinates.to_theta(x) for x in drawn]
    if continued:
        _write_fitted(thetas[0], layout, labels, estimator)
    coef_init, intercept_init = initial
    write_arrays(thetas[0], layout, "coef_init", coef_init)
    write_arrays(thetas[0], layout, "intercept_init", intercept_init)
    if free is not None:
        thetas[0] = coordinates.to_theta(coordinates.from_theta(thetas[0]))
    project, solver = estimator.variable_projection, find_solver(estimator.solver)
    if project == "auto" and dear:
        project = False  # it would read them twice an evaluation
    project = projects(project, solver, estimator.coordinates, layout, found.n_samples)
    kind = PROBLEMS[project and free is None]
    settings = {name: getattr(estimator, name) for name in SETTINGS}
    settings["tol"] *= found.balance or 1.0  # of rare classes all gradients are small
    maxiter, tol = effective_limits(**settings)
    return {
        "labels": labels,
        "layout": layout,
        "thetas": thetas,
        "network": network,
        "view": partial(kind, coordinates=coordinates, tol=tol, settings=settings),
        "attributes": partial(
            fitted_attributes,
            layout=layout,
            labels=labels,
            activation=estimator.activation,
            dtype=found.dtype,
            X=X,
        ),
        "maxiter": maxiter,
        "tol": tol,
        "max_time": estimator.max_time,
        "patience": estimator.n_iter_no_change if estimator.early_stopping else None,
        "balance": found.balance,
        "light": found.light,
        "given": continued or coef_init is not None or intercept_init is not None,
        "scaled": estimator.coordinates == "scaled",
        "units": units,
    }


def _ranges(X, attributes, theta):
    """How far apart each score's values over the rows are: see `score_ranges`."""
    fitted = attributes(theta)
    (V1, V2), (b1, b2) = fitted["coefs_"], fitted["intercepts_"]
    softmax = fitted["output_activation_"] == "softmax"
    low, high = score_ranges(V1.T, b1, V2.T, b2, X, fitted["activation_"], softmax)
    return high - low


def check_settings(parameters):
    """Refuse values that are in no range's way, and yet no fit would take, whatever its rows."""
    if "solver" in parameters:
        find_solver(parameters["solver"])
        check_fractions(parameters["progressive_sampling"], 0)
    check_factors(parameters["class_weight"])
    for name, value in parameters.items():
        if isinstance(value, Integral) and not -(2**63) <= value < 2**63:
            raise ValueError(
                f"{name} must be a number of 64 bits, got one of {len(str(value))} digits"
            )


def fitted_attributes(theta, layout, labels, activation, dtype, X=None):
    """The attributes of an estimator that prediction reads, for weights theta.

    The arrays are of the library, and on the device, of X; classes if they are numbers.
    """
    W1, b1, W2, b2 = (beside(X, part.astype(dtype)) for part in unpack(theta, layout))
    numbers = labels.classes.dtype.kind in "biuf"
    return {
        "coefs_": [W1.T, W2.T],
        "intercepts_": [b1, b2],
        "classes_": beside(X, labels.classes) if numbers else labels.classes,
        "n_outputs_": labels.n_outputs,
        "activation_": activation,
        "output_activation_": labels.output_activation,
        "_multilabel": labels.multilabel,
    }


def labels_of(estimator):
    """What the outputs of a fitted network stand for."""
    classes = to_host(estimator.classes_)
    return Labels(classes, estimator._multilabel, estimator.output_activation_)


def rows_of_fitted(estimator, X, y, sample_weight, classes):
    """The Rows of data for a fitted network, in float64, with its class weights."""
    X, y, _ = check_rows(estimator, X, np.float64, y, reset=False)
    labels = labels_of(estimator)
    found, y = labelling.find_labels(y, labels.output_activation, classes)
    unknown = not set(found.classes.tolist()) <= set(labels.classes.tolist())
    some = classes is not None and len(found.classes) < len(labels.classes)
    if unknown or some or found[1:] != labels[1:]:
        raise ValueError(
            f"y must have the classes of the fit, {labels.classes}, got {found.classes}"
        )
    return training_rows(X, y, sample_weight, estimator.class_weight, labels)[0]


def _write_fitted(theta, layout, labels, estimator):
    """Write the weights of the fit before, which must be of a network like this, into theta."""
    before = labels_of(estimator)
    if not np.array_equal(labels.classes, before.classes):
        raise ValueError(
            f"warm_start=True continues with the classes {before.classes}, but y has "
            f"{labels.classes}; set warm_start=False to fit other classes"
        )
    if (*labels[1:], estimator.activation) != (*before[1:], estimator.activation_):
        raise ValueError(
            f"warm_start=True continues a network with activation={estimator.activation!r}, "
            f"output_activation={before.output_activation!r} and "
            f"{'several labels' if before.multilabel else 'one label'} a row; set "
            "warm_start=False to change these"
        )
    remedy = "; set warm_start=False to change the sizes"
    write_arrays(theta, layout, "coefs_", estimator.coefs_, remedy)
    write_arrays(theta, layout, "intercepts_", estimator.intercepts_, remedy)
