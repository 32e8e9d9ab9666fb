"""The path, the choice, and the committee that predicts."""

from functools import partial
from typing import NamedTuple

import numpy as np

from skdigits.committee.path import Step, best_of, walk
from skdigits.committee.planning import MEMBERS
from skdigits.committee.team import Team
from skdigits.committee.voting import ask, mean_probabilities, mean_scores
from skdigits.fitting import INTERRUPTED, STOPPED, Descent, Obedience, outcome
from skdigits.network import single_threaded_blas


class Trained(NamedTuple):
    """What a fit found."""

    paths: list  # of each number of hidden units that was tried its Steps
    step: Step  # the best of all
    hidden_units: int  # of the best
    members: list  # fitted estimators
    held_out: np.ndarray  # probabilities of rows by networks that had not seen them, or NaN
    n_iter: int  # of all descents
    interrupted: str  # by Ctrl-C: what that means for the members; "" if it was not
    says_nothing: bool  # whether the members say the same for every row, though rows differ


# On the path a network has converged when its gradient is below so many times tol: what is left
# changes no choice (log-loss on the 32 tables 0.3336 as without, 5% of the iterations).
LOOSER = 5


# A committee whose scores, logarithms of odds, differ by less between any two rows says nothing.
CONSTANT = 0.01
INTERRUPTED_EARLY = (
    "the fit was interrupted; of the networks of the folds, those at the best lambda so far predict"
)
INTERRUPTED_LATE = "the fit was interrupted at its end: the committee is complete"
SAYS_NOTHING = (
    "the committee says the same for every row: all lambdas may be too large, the score may not "
    "tell them apart, or X may say nothing about y"
)


class _EnoughError(Exception):
    """A callback asks to stop."""


def train(plan, task, progress):
    """What a CommitteePlan leads to: a Trained.

    task is the FitTask of the fit or None, progress a PathProgress. Ctrl-C, or a callback that asks
    to stop, ends it early; the best networks that are complete are the committee then.
    """
    run, members, interrupted = _Run(plan, task, progress), None, ""
    with single_threaded_blas():
        try:
            run.walk_paths()
            members = run.committee()
        except _EnoughError:
            pass
        except KeyboardInterrupt:
            if not any(run.paths):
                raise
            interrupted = INTERRUPTED_EARLY
        k, step = run.choice()
        layout = plan.layouts[k]
        if members is not None:
            best = min(members, key=lambda member: member.loss_)
        else:
            members = run.estimators(layout, step.reg_lambda, step.networks[:MEMBERS])
            # They have learned from different rows: their costs tell nothing.
            best = members[np.nan_to_num(step.scores[:MEMBERS], nan=-np.inf).argmax()]
        if not plan.average:
            members = [best]
        if task is not None:
            task.end(partial(_attributes, members))
        try:
            held_out, said = run.outlook(k, step, members)
        except KeyboardInterrupt:  # too late to lose a fit for
            interrupted = interrupted or INTERRUPTED_LATE
            held_out, said = run.outlook(k, step, members)
    says_nothing = len(plan.labels.classes) > 1 and np.ptp(said, axis=0).max() < CONSTANT
    paths = [path for path in run.paths if path]
    size = layout.hidden_units
    return Trained(paths, step, size, members, held_out, run.n_iter, interrupted, says_nothing)


def mean_score(scores):
    """The mean of those that are numbers; -inf where none is."""
    some = ~np.isnan(scores)
    return float(scores[some].mean()) if some.any() else -np.inf


def _attributes(members):
    """What an estimator reads when it predicts."""
    return {"estimators_": members, "classes_": members[0].classes_}


class _Run:
    """A training on its way."""

    def __init__(self, plan, task, progress):
        self._plan, self._task, self._progress = plan, task, progress
        self.paths, self.n_iter = [], 0

    def walk_paths(self):
        """The path of each number of hidden units."""
        plan = self._plan
        for layout, start in zip(plan.layouts, plan.starts, strict=True):
            self.paths.append([])
            visit = partial(self._visit, self._team(layout, plan.training_weights), start)
            walk(self.paths[-1], plan.lambdas, plan.factor, visit)

    def choice(self):
        """(place among the layouts, Step) of the best."""
        best = [(k, best_of(path)) for k, path in enumerate(self.paths) if path]
        k, step = max(best, key=lambda each: each[1].rank[:2])
        if step.score == -np.inf:
            raise ValueError(
                f"scoring={self._plan.scoring!r} gives no number for any split of cv with any "
                "lambda; choose another score, or a cv whose test rows have all classes"
            )
        return k, step

    def committee(self):
        """Estimators that have seen all rows, begun afresh at the chosen lambda.

        Networks from the path have grown at smaller lambdas, and stay in minima that overfit: on
        3750 digits of 400 pixels, 25 units, 0.246 where fresh ones have 0.237; on the 32 small
        tables of `benchmarks/tables.py` 0.3322 and 0.3329.
        """
        plan, (k, step) = self._plan, self.choice()
        layout, start = plan.layouts[k], plan.fresh[k]
        team = self._team(layout, np.stack([plan.weights] * len(start)))
        networks, ended = self._descend(
            team, start, step.reg_lambda, plan.maxiter, plan.tol, "committee"
        )
        _heed(ended)
        return self.estimators(layout, step.reg_lambda, networks)

    def estimators(self, layout, reg_lambda, networks):
        """The fitted estimator of each network, a Descended."""
        members = [self._plan.members(layout, each.x, reg_lambda) for each in networks]
        for member, (_, curve, result) in zip(members, networks, strict=True):
            descent = Descent(None, result.fun, result.fun, curve, None, result, [])
            vars(member).update(outcome(descent, [descent]))
        return members

    def outlook(self, k, step, members):
        """(what `held_out` returns, the members' mean scores of all rows)."""
        plan = self._plan
        return self.held_out(k, step), ask(members, plan.X, mean_scores, plan.labels)[0]

    def held_out(self, k, step):
        """Probabilities (n_samples, n_classes) by networks that had not seen the rows."""
        plan, layout = self._plan, self._plan.layouts[k]
        Z = self._team(layout, plan.training_weights).scores(step.x)
        n_classes, n_samples = len(plan.labels.classes), len(plan.rows.codes)
        total, times = np.zeros((n_samples, n_classes)), np.zeros((n_samples, 1))
        for z, (_, test) in zip(Z, plan.splits, strict=True):
            total[test] += mean_probabilities(
                z[np.newaxis, :, test].astype(np.float64), plan.labels
            )
            times[test] += 1
        with np.errstate(invalid="ignore"):  # rows that no split has held out
            return total / times

    def _team(self, layout, weights):
        return Team(self._plan.shared, weights, layout, **self._plan.network)

    def _visit(self, team, start, reg_lambda, before):
        """The Step that follows another, or begins at start."""
        plan, x, maxiter = self._plan, start, self._plan.first_maxiter
        if before is not None:
            x, maxiter = before.x, plan.step_maxiter
        tol = LOOSER * plan.tol
        networks, ended = self._descend(team, x, reg_lambda, maxiter, tol, "lambda")
        if any(self.paths):
            _heed(ended)  # there is a step that is complete
        x = np.stack([each.x for each in networks])
        scores = likelihoods = plan.judge(team, x, reg_lambda)
        if plan.judge is not plan.log_loss:
            likelihoods = plan.log_loss(team, x, reg_lambda)
        found = mean_score(scores), mean_score(likelihoods)
        # A mean over fewer splits than another's is not comparable.
        if self.paths[-1] and (np.isnan(scores) & ~np.isnan(self.paths[-1][0].scores)).any():
            found = -np.inf, found[1]
        step = Step(float(reg_lambda), networks, scores, *found)
        self._progress.judged(step.score)
        if ended is not None:
            self.paths[-1].append(step)
        _heed(ended)
        return step

    def _descend(self, team, x, reg_lambda, maxiter, tol, name):
        """What the team's `descend` returns, looked on by progress and callbacks."""
        plan, part = self._plan, None
        watches = [self._progress.over(name, reg_lambda, maxiter, len(x))]

        def attributes(flat):
            members = flat.reshape(-1, team.layout.size)
            return _attributes([plan.members(team.layout, each, reg_lambda) for each in members])

        if self._task is not None:
            part = self._task.subtask(name, maxiter)
            watches.append(Obedience(part, attributes))

        def watch(iterate):
            reasons = [reason for look in watches if (reason := look(iterate))]
            return "; ".join(reasons)

        networks, ended = team.descend(x, reg_lambda, maxiter, tol, watch)
        self.n_iter += max(len(each.curve) for each in networks)
        if part is not None and part.end(partial(attributes, np.stack([n.x for n in networks]))):
            ended = ended or STOPPED
        return networks, ended


def _heed(ended):
    """Leave off where Ctrl-C or a callback ended a descent."""
    if ended is not None:
        raise KeyboardInterrupt if ended == INTERRUPTED else _EnoughError
