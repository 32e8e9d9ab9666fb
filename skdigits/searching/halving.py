"""Successive halving by maxiter, whose survivors go on from where they stand.

scikit-learn's own search says who is tried with how many iterations, and who survives: each of its
rounds is fitted before it asks, and then recalled (see `batched`).

References
----------
Jamieson, K. and Talwalkar, A. (2016). Non-stochastic best arm identification and hyperparameter
optimization. AISTATS.
"""

import warnings
from functools import partial

import joblib
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skdigits._sklearn import check_search, yields_constant_splits
from skdigits.searching.alone import why_all_alone, why_not_planned
from skdigits.searching.batched import Recalled, fitted_again
from skdigits.searching.planning import Part, make_plan
from skdigits.searching.recall import Recall
from skdigits.searching.rounds import SplitRounds, Waiting
from skdigits.searching.scoring import Scoring
from skdigits.searching.telling import SearchProgress, summary, tried
from skdigits.searching.worker import fit_part
from skdigits.searching.workers import in_threads


class BatchedHalving(Recalled):
    """A halving search of scikit-learn's whose rounds go on: before it in a class's bases."""

    def fit(self, X, y=None, **params):
        """Run fit with all sets of parameters.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Their labels.
        **params : dict of str -> object
            Parameters of the estimator's fit, of the scorer and of the splitter, as scikit-learn's
            search takes them; ``groups`` among them.

        Returns
        -------
        self : object
            The fitted search.
        """
        self._validate_params()
        base = clone(self.estimator)  # before anything is drawn, as scikit-learn does
        resource = _resource_of(base)
        told = []
        parameters = base.get_params()
        ours = why_not_planned(base) is None and resource in parameters
        goes_on = ours and self.resource in ("maxiter", resource)
        if y is None or not goes_on or not yields_constant_splits(self.cv):
            super().fit(X, y, **params)  # for scikit-learn to do or to refuse
            return self
        top = parameters[resource] if self.max_resources == "auto" else self.max_resources
        try:
            self._fit_rounds(base, resource, top, X, y, params, told)
        finally:
            for message, category in told:
                warnings.warn(message, category, stacklevel=2)
        return self

    def _fit_rounds(self, base, resource, top, X, y, params, told):
        """Fit, round after round; told gets what is to be warned of."""
        checked, labels, splits, fit_params, score_params, params = check_search(self, X, y, params)
        scoring = Scoring(self._get_scorers()[0], score_params, self.return_train_score)
        data = checked, labels, splits, fit_params, scoring
        recall = Recall((), lambda *args, **params: fitted_again(*args, params, told))
        alone = why_all_alone(base, fit_params) is not None
        waiting = Waiting()
        rounds = _Rounds(base, data, alone, top, self.n_jobs, self.verbose, recall, waiting)
        self._rounds = rounds
        try:
            self._search_over(
                base, recall, X, y, params, splits, resource=resource, max_resources=top
            )
        finally:
            try:
                waiting.end()
            finally:  # where Ctrl-C has interrupted that
                waiting.end()
                del self._rounds
        told += summary(rounds.outcomes, rounds.candidates, rounds.trying)
        if recall.left:
            told.append((f"{recall.left} fits were not recalled but made again", UserWarning))
        else:
            self._tell_seconds(rounds.outcomes, len(splits))

    def _run_search(self, evaluate_candidates, callback_ctx=None):
        """scikit-learn's, whose every round is fitted before it is evaluated."""
        rounds = vars(self).get("_rounds")

        def evaluate(candidates, cv, **more):
            if rounds is not None:
                rounds.fit(list(candidates), self.error_score == "raise")
            return evaluate_candidates(candidates, cv, **more)

        context = {} if callback_ctx is None else {"callback_ctx": callback_ctx}
        super()._run_search(evaluate, **context)


def _resource_of(estimator):
    """The name of the last step's maxiter."""
    if isinstance(estimator, Pipeline):
        return f"{estimator.steps[-1][0]}__maxiter"
    return "maxiter"


class _Rounds:
    """The rounds of a search, one after another."""

    def __init__(self, base, data, alone, top, n_jobs, verbose, recall, waiting):
        X, y, splits, fit_params, scoring = self._data = data
        self._base, self._alone, self._recall = base, alone, recall
        self._n_threads = joblib.effective_n_jobs(n_jobs)  # scikit-learn's own part has one
        self._verbose, self._stopped = verbose, waiting.stopped
        self._of_splits = [
            SplitRounds(X, y, split, fit_params, scoring, top, len(splits), waiting)
            for split in splits
        ]
        self.candidates, self.trying, self.outcomes = [], [], {}

    def fit(self, candidates, raising):
        """Fit the candidates of a round, and let them be recalled."""
        splits = self._data[2]
        plan = make_plan(self._base, candidates, False)
        if not plan.candidates:  # for scikit-learn to do or to refuse
            return
        alone = [c for c in plan.candidates if self._alone or c.classifier is None]
        together = [c for c in plan.candidates if c not in alone]
        jobs = [(s, partial(self._of_splits[s].reach, together)) for s in range(len(splits))]
        jobs += [(s, partial(self._fit_alone, s, c)) for c in alone for s in range(len(splits))]
        found = {}
        with SearchProgress(len(candidates), len(splits), self._verbose) as show:
            for s, outcomes in in_threads(jobs, self._n_threads, self._stopped):
                found |= {(c, s): outcome for c, outcome in outcomes.items()}
                errors = [error for outcome in outcomes.values() for error in outcome.errors]
                if errors and raising:
                    raise errors[0]
                show(len(found))
        self._recall.add(
            (key, found[c, s]) for c, key in enumerate(plan.keys) for s in range(len(splits))
        )
        before = len(self.candidates)
        self.outcomes |= {(before + c, s): outcome for (c, s), outcome in found.items()}
        self.candidates += candidates
        self.trying += [names | {"maxiter"} for names in tried(plan, candidates)]

    def _fit_alone(self, s, candidate):
        X, y, splits, fit_params, scoring = self._data
        part = Part(s, True, [candidate])
        return fit_part(part, X, y, splits[s], fit_params, scoring, None)[1]
