"""Fits that pause where a round of a halving search ends, and go on if they survive it.

An optimizer of scipy's cannot be kept and continued, but its thread can wait within it: the fit
holds at the round's maxiter (see `lockstep`), and the next round resumes it there. So a survivor
takes its largest maxiter in all, where fitting it anew for each round took half as much again.
"""

import threading
from functools import partial
from math import inf
from typing import NamedTuple

from sklearn.base import clone

from skdigits._sklearn import params_of, rows_of
from skdigits.fitting import Start, descend, descent_at
from skdigits.network import single_threaded_blas
from skdigits.searching.lockstep import Held, Job, Resumed, end_all, in_lockstep
from skdigits.searching.planning import grouped
from skdigits.searching.scoring import rows_to_score
from skdigits.searching.together import (
    ROOM,
    Asking,
    Fit,
    Reached,
    SharedRows,
    concluded,
    limit_of,
)
from skdigits.searching.worker import outcome_of, prepared

# Weights of the networks that wait for the next round: with its optimizer one takes some 200 bytes.
# Those that find no room are ended, and fitted anew if they survive.
WAITING = 2_500_000


class Waiting:
    """The fits of a search that wait, and whether those that run are to end."""

    def __init__(self):
        self.handles = set()  # of those that wait, from before they do: Ctrl-C may come in between
        self.stopped = threading.Event()

    def end(self):
        """End all."""
        self.stopped.set()
        end_all(self.handles)


class SplitRounds:
    """The fits of one split over all rounds."""

    def __init__(self, X, y, split, fit_params, scoring, top, n_splits, waiting):
        """top is the largest maxiter of all rounds, n_splits how many splits there are.

        waiting is the search's `Waiting`.
        """
        self._waiting = waiting
        train, _ = split
        self._scoring, self._top, self._room = scoring, top, WAITING // n_splits
        self._scored = rows_to_score(scoring, X, y, *split)
        self._rows = rows_of(X, train), rows_of(y, train), params_of(X, fit_params, train)
        self._prepared, self._shared = {}, {}

    def reach(self, candidates):
        """{index: Outcome} of candidates, each with its maxiter of this round."""
        outcomes = {}
        for members in grouped(candidates, lambda c: c.prefix):
            before = self._prepared.get(members[0].prefix)
            if before is None:
                before = self._prepared[members[0].prefix] = prepared(members, *self._rows)
            for candidate, *fit in before.finished(members, self._fits(members, before)):
                outcomes[candidate.index] = outcome_of(*fit, self._scoring, self._scored)
        return outcomes

    def _fits(self, candidates, before):
        for members in grouped(candidates, lambda c: c.rows):
            place = members[0].prefix, members[0].rows
            if place not in self._shared:
                units = sum(c.classifier.hidden_units * c.classifier.n_init for c in members)
                rows = SharedRows(*before.rows, units)
                self._shared[place] = Risers(rows, self._top, self._room, self._waiting)
            wanted = {}
            for candidate in members:
                wanted.setdefault(candidate.chain, []).append(candidate)
            estimators = {chain: same[0].classifier for chain, same in wanted.items()}
            for chain, fit in self._shared[place].reach(estimators):
                yield from ((candidate, fit) for candidate in wanted[chain])


class _Riser(NamedTuple):
    """A fit on its way up."""

    estimator: object
    plan: object
    starts: list  # what became of each: an Ended, a Held, or None where it is to begin (anew)


class Risers:
    """Fits on the same rows that go from one maxiter to the next."""

    def __init__(self, rows, top, room, waiting):
        """rows are SharedRows; top the largest maxiter; room the weights that may wait."""
        self._rows, self._top, self._room, self._waiting = rows, top, room, waiting
        self._risers = {}

    def reach(self, estimators):
        """Yield (key, Fit) for {key: estimator} as each has reached its maxiter.

        Those that are not named are ended: they have not survived.
        """
        for key in [key for key in self._risers if key not in estimators]:
            for s in range(len(self._risers[key].starts)):
                self._forget(key, s)
            del self._risers[key]
        with single_threaded_blas():
            jobs, on_way = [], {}
            for key, estimator in estimators.items():
                if key not in self._risers:
                    whole = clone(estimator).set_params(maxiter=self._top)
                    try:
                        plan = self._rows.plan(whole)
                    except Exception as error:  # of bad parameters: theirs alone
                        yield key, Fit(None, [], error, 0.0)
                        continue
                    self._risers[key] = _Riser(whole, plan, [None] * len(plan.thetas))
                of_key = list(self._jobs(key, _end_of(estimator)))
                jobs, on_way[key] = jobs + of_key, len(of_key)
                if not of_key:
                    yield key, self._concluded(key, _end_of(estimator))
            for event in in_lockstep(jobs, self._answer, ROOM):
                key, s = event.key
                self._risers[key].starts[s] = event
                on_way[key] -= 1
                if on_way[key] == 0:
                    yield key, self._concluded(key, _end_of(estimators[key]))
                if isinstance(event, Held) and self._weights() > self._room:
                    self._forget(key, s)

    def _answer(self, questions):
        if self._waiting.stopped.is_set():  # in a thread, which Ctrl-C does not reach
            raise KeyboardInterrupt
        return self._rows.answer(questions)

    def _jobs(self, key, maxiter):
        """What is left to run of a fit until maxiter."""
        _, plan, starts = self._risers[key]
        for s, start in enumerate(starts):
            if start is None:
                rise = partial(_rise, plan, s, maxiter, self._waiting.handles)
                yield Job((key, s), plan.layout.size, rise)
            elif isinstance(start, Held) and start.value.descent.result.nit < maxiter:
                yield Resumed(start, maxiter)

    def _concluded(self, key, maxiter):
        whole, plan, starts = self._risers[key]
        errors = [start.error for start in starts if not isinstance(start, Held) and start.error]
        if errors:
            return Fit(None, [], errors[0], 0.0)
        return concluded(whole, plan, [maxiter], [{maxiter: each.value} for each in starts])[
            maxiter
        ]

    def _weights(self):
        """How many weights wait."""
        risers = self._risers.values()
        return sum(
            plan.layout.size * sum(isinstance(start, Held) for start in starts)
            for _, plan, starts in risers
        )

    def _forget(self, key, s):
        """End what waits; if it is wanted once more, it begins anew."""
        start = self._risers[key].starts[s]
        if isinstance(start, Held):
            start.end()
            self._waiting.handles.discard(start.thread)
            self._risers[key].starts[s] = None


def _end_of(estimator):
    """The iteration at which a round ends for it: none where scipy's options have a maxiter."""
    own = (estimator.solver_options or {}).get("maxiter")
    return estimator.maxiter if own is None else inf


def _rise(plan, s, maxiter, handles, handle):
    """What start s reached in the end, having held at a maxiter after another."""
    gate = _Gate(maxiter, plan.tol, handle, handles)
    asking = Asking(handle, plan.layout, plan.network["reg_lambda"])
    watches = [gate, limit_of(plan, handle)]
    last = descend(Start(plan.view(asking, theta=plan.thetas[s]), [], False), watches)
    return Reached(last, handle.seconds)


class _Gate:
    """Holds a fit at a maxiter, with the descent that would have ended there."""

    def __init__(self, maxiter, tol, handle, handles):
        self._maxiter, self._tol, self._handle, self._handles = maxiter, tol, handle, handles
        self._curve = []

    def __call__(self, iterate):
        self._curve.append(iterate.cost)
        if iterate.iteration == self._maxiter:
            descent = descent_at(iterate, self._curve, self._tol)
            del descent.result.jac  # which nobody reads once the fit has ended
            self._handles.add(self._handle)
            self._maxiter = self._handle.hold(Reached(descent, self._handle.seconds))
