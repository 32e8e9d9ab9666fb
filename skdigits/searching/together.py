"""Fits on the same rows, advancing together: what they evaluate at one time is one pass over them.

Each fit is the classifier's own, plan, descend and conclude (see `fitting`); only its objective is
another: it asks in place of evaluating (see `lockstep`), and a stack of all networks that ask
answers (see `stack`). A smaller maxiter is a checkpoint on the way.

Folds have rows of their own, copied. As weights of zero and one on the rows that all share (as a
`committee` has them) an evaluation of five folds took 0.93 to 1.63 of the five apart: 1.05 to 1.4
of 6 networks of 25 units on 300 x 10 and 1000 x 15 rows, 1.6 of 12 on 3750 x 400, and less than
one only of stacks that are narrow alone (1 or 3 networks of 3750 x 400 rows).
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from skdigits.fitting import Start, TimeLimit, conclude, descend, descent_at, plan_fit
from skdigits.network import (
    Stack,
    as_rows,
    as_targets,
    make_data,
    project_stack,
    single_threaded_blas,
    stack_cost_gradient,
    stack_hessian_products,
    stack_unit_effects,
)
from skdigits.searching.lockstep import Job, in_lockstep
from skdigits.searching.warm_path import successor

# Weights of the networks that advance together: of 400 features 500 units. 5, 10, 20 or 40 networks
# of 25 units took the same time an iteration. With its optimizer a weight takes some 200 bytes.
ROOM = 200_000


class Fit(NamedTuple):
    """What became of one candidate on one training set."""

    attributes: dict | None  # of the fitted estimator
    warnings: list  # that it gave
    error: Exception | None
    seconds: float
    warm: bool = False  # whether any of its starts began where another fit ended


class Chain(NamedTuple):
    """Estimators to fit one after another, each from where the one before ended (`warm_path`)."""

    estimators: list  # each with the largest of its maxiters
    maxiters: list  # of each: increasing


def fit_together(chains, X, y, fit_params, files=None):
    """Yield (c, i, {maxiter: Fit}) for the i-th estimator of the c-th Chain, as each ends.

    The estimators, of `TwoLayerNNClassifier`, are alike in what `planning.SHARED` names; fit_params
    (sample_weight, coef_init, intercept_init) are those of their fits; files (FitFiles) recall some
    and remember the others.
    """
    plans, known, found = {}, {}, {}
    units = sum(chain.estimators[0].hidden_units * chain.estimators[0].n_init for chain in chains)
    rows = SharedRows(X, y, fit_params, units)

    def jobs():
        for c, chain in enumerate(chains):
            try:
                plans[c] = [rows.plan(estimator) for estimator in chain.estimators]
            except Exception as error:  # of bad parameters: theirs alone
                yield Job((c, None), 0, partial(_raise, error))
                continue
            size = plans[c][0].layout.size
            known[c] = [files and files.recall(c, i, size) for i in range(len(chain.estimators))]
            for s in range(len(plans[c][0].thetas)):
                yield Job((c, s), size, partial(_run_course, chain, plans[c], s, known[c]))

    with single_threaded_blas():
        for ended in in_lockstep(jobs(), rows.answer, ROOM):
            c, s = ended.key
            chain = chains[c]
            if s is None:
                for i, maxiters in enumerate(chain.maxiters):
                    yield c, i, _failed(maxiters, ended.error)
                continue
            found.setdefault(c, {})[s] = ended.value
            if len(found[c]) < len(plans[c][0].thetas):
                continue
            courses = [found[c][s] for s in sorted(found[c])]
            del found[c]
            recalled = known.pop(c)
            for i, plan in enumerate(plans.pop(c)):
                maxiters = chain.maxiters[i]
                error = next((each.error for each in courses if len(each.legs) <= i), None)
                if error is not None:
                    yield c, i, _failed(maxiters, error)
                    continue
                of_starts = [course.legs[i] for course in courses]
                warm = any(course.warm[i] for course in courses)
                if files is not None and recalled[i] is None:
                    files.remember(c, i, of_starts)
                yield c, i, concluded(chain.estimators[i], plan, maxiters, of_starts, warm)


def _raise(error, handle):
    raise error


def _failed(maxiters, error):
    return {maxiter: Fit(None, [], error, 0.0) for maxiter in maxiters}


class Reached(NamedTuple):
    """A descent, with what it took."""

    descent: object
    seconds: float


class Course(NamedTuple):
    """How one start went through the estimators of a Chain."""

    legs: list  # {maxiter: Reached} for each estimator, as far as it came
    warm: list  # for each, whether it began where the one before ended
    error: Exception | None  # what ended it early


def _run_course(chain, plans, s, known, handle):
    """The Course of start s; known has what each estimator's starts reached, or None."""
    course = Course([], [], None)
    theta = None
    try:
        for plan, maxiters, before in zip(plans, chain.maxiters, known, strict=True):
            asking = Asking(handle, plan.layout, plan.network["reg_lambda"])
            start, warm = plan.thetas[s], False
            if theta is not None:
                start, warm = successor(theta, start, asking.unit_effects(theta), plan.layout)
            reached = (
                _descend(asking, plan, start, maxiters, handle) if before is None else before[s]
            )
            course.legs.append(reached)
            course.warm.append(warm)
            theta = reached[maxiters[-1]].descent.theta
    except Exception as error:
        return course._replace(error=error)
    return course


def _descend(asking, plan, theta, maxiters, handle):
    """{maxiter: Reached} from theta, the smaller maxiters on the way to the largest."""
    begin = handle.seconds
    checkpoints = _Checkpoints(maxiters[:-1], plan.tol, handle)
    watches = [checkpoints, limit_of(plan, handle)]
    last = descend(Start(plan.view(asking, theta=theta), [], False), watches)
    whole = Reached(last, handle.seconds - begin)
    reached = {}
    for maxiter in maxiters:
        descent, seconds = checkpoints.seen.get(maxiter, (None, None))
        if descent is None:  # it ended before, or there
            reached[maxiter] = whole
        else:
            descent = descent._replace(loss_curve=last.loss_curve[:maxiter])
            reached[maxiter] = Reached(descent, seconds - begin)
    return reached


def limit_of(plan, handle):
    """The TimeLimit of a start, whose clock runs only for it; all starts have equal shares."""
    share = None if plan.max_time is None else plan.max_time / len(plan.thetas)
    return TimeLimit(share, lambda: handle.seconds)


class _Checkpoints:
    """Keeps the descents that smaller maxiters would have ended, without their gradients."""

    def __init__(self, iterations, tol, handle):
        self._iterations, self._tol, self._handle = set(iterations), tol, handle
        self.seen = {}

    def __call__(self, iterate):
        if iterate.iteration in self._iterations:
            descent = descent_at(iterate, [], self._tol)
            del descent.result.jac  # which nobody reads once the fit has ended
            self.seen[iterate.iteration] = descent, self._handle.seconds


def concluded(estimator, plan, maxiters, of_starts, warm=False):
    """{maxiter: Fit} from what each start reached."""
    fits = {}
    checked = {name: value for name, value in vars(estimator).items() if name.endswith("_in_")}
    for maxiter in maxiters:
        reached = [start[maxiter] for start in of_starts]
        descents = [each.descent for each in reached]
        found, told = conclude(plan._replace(maxiter=min(maxiter, plan.maxiter)), descents)
        attributes = checked | found
        seconds = sum(each.seconds for each in reached)
        fits[maxiter] = Fit(attributes, told, None, seconds, warm)
    return fits


# --- one pass for all -----------------------------------------------------------------------------


class Question(NamedTuple):
    """What a fit wants evaluated."""

    kind: str  # the method of an Objective
    layout: object
    reg_lambda: float | tuple
    arguments: tuple


class Asking:
    """An Objective to its optimizer: it asks in place of evaluating."""

    def __init__(self, handle, layout, reg_lambda):
        self._handle, self._layout, self._reg_lambda = handle, layout, reg_lambda
        self._basis = None

    def cost_gradient(self, theta):
        """As that of an Objective."""
        return self._ask("cost_gradient", theta)

    def hessian_product(self, theta, v):
        """As that of an Objective."""
        return self._ask("hessian_product", theta, v)

    def project(self, theta, goal, new_axes):
        """As that of an Objective."""
        basis = None if new_axes else self._basis
        *found, self._basis = self._ask("project", theta, goal, basis)
        return found

    def unit_effects(self, theta):
        """How far each hidden unit moves scores: (hidden_units,)."""
        return self._ask("unit_effects", theta)

    def _ask(self, kind, *arguments):
        return self._handle.ask(Question(kind, self._layout, self._reg_lambda, arguments))


class SharedRows:
    """The rows of fits that are alike in what `planning.SHARED` names: checked once, cut once."""

    def __init__(self, X, y, fit_params, units):
        """fit_params are those of the fits, units the hidden units of all that may ask at once."""
        self._X, self._y, self._fit_params, self._units = X, y, fit_params, units
        self._names = self._sorted = self._data = None

    def plan(self, estimator):
        """The FitPlan of an estimator on them."""
        weights = self._fit_params.get("sample_weight")
        given = self._fit_params.get("coef_init"), self._fit_params.get("intercept_init")
        plan = plan_fit(
            estimator, self._X, self._y, weights, (None, None, None), *given, units=self._sorted
        )
        self._sorted = plan.units  # sorted once: 0.07 s of 3750 x 400 rows
        if self._names is not None:  # of the columns, which the X of the first plan has lost
            estimator.feature_names_in_ = self._names
        if self._data is None:
            self._names = getattr(estimator, "feature_names_in_", None)
            self._X = plan.X  # checked and converted once
            X, dtype = as_rows(plan.rows.X, plan.dtype)
            Y = as_targets(plan.targets, X.shape[0], dtype, estimator.output_activation)
            self._activations = estimator.activation, estimator.output_activation
            units = min(self._units, ROOM * plan.layout.hidden_units // plan.layout.size)
            self._data = make_data(X, Y, plan.rows.w, units, plan.network["feature_scale"])
        return plan

    def answer(self, questions):
        """An answer for each Question."""
        answers = [None] * len(questions)
        with np.errstate(over="ignore", invalid="ignore"):  # who asked looks at the result
            self._fill(answers, questions)
        return answers

    def _fill(self, answers, questions):
        for kind in sorted({question.kind for question in questions}):
            where = [k for k, question in enumerate(questions) if question.kind == kind]
            asked = [questions[k] for k in where]
            layouts = tuple(question.layout for question in asked)
            lambdas = tuple(question.reg_lambda for question in asked)
            stack = Stack(layouts, lambdas, *self._activations)
            arguments = zip(*(question.arguments for question in asked), strict=True)
            for k, found in zip(where, getattr(self, f"_{kind}")(stack, *arguments), strict=True):
                answers[k] = found

    def _cost_gradient(self, stack, thetas):
        costs, gradients = stack_cost_gradient(stack, thetas, self._data)
        return zip(costs.tolist(), gradients, strict=True)

    def _hessian_product(self, stack, thetas, vectors):
        return stack_hessian_products(stack, thetas, vectors, self._data)

    def _unit_effects(self, stack, thetas):
        return stack_unit_effects(stack, thetas, self._data)

    def _project(self, stack, thetas, goals, bases):
        costs, gradients, thetas, bases = project_stack(stack, thetas, self._data, goals, bases)
        return zip(thetas, costs.tolist(), gradients, bases, strict=True)
