"""What the searches share: fits that are made together, then scikit-learn's search over them.

First all fits, each scored as soon as it is made: those on the same rows advance together (see
`together`), a smaller maxiter is a checkpoint of a larger, and joblib carries the parts to its
workers. Then scikit-learn's own search runs over an estimator and a scorer that recall what was
found: results, errors and refit are its, and so are all rules.
"""

import warnings
from contextlib import contextmanager

import joblib
import numpy as np
from sklearn.base import clone

from skdigits._sklearn import Documented, check_search, forget_splits, scorers_of
from skdigits.network import penalties
from skdigits.searching.alone import told_of, why_all_alone
from skdigits.searching.fit_files import check_folder
from skdigits.searching.keys import key_of
from skdigits.searching.planning import make_parts, make_plan, seconds_of
from skdigits.searching.recall import Recall, recalling, recalling_scorer, recalls
from skdigits.searching.scoring import Scoring, Warned
from skdigits.searching.telling import SearchProgress, summary, tried
from skdigits.searching.worker import fit_along, fit_part, recorded
from skdigits.searching.workers import results_of


class Recalled(Documented):
    """A search of scikit-learn's that recalls what was fitted: before it in a class's bases."""

    def _search_over(self, base, recall, X, y, params, splits, **parameters):
        """scikit-learn's own fit, over a base estimator that recalls; parameters stand in."""
        verbose = 0 if self.verbose == 1 else self.verbose
        parameters |= {"estimator": recalling(base, recall), "cv": splits, "n_jobs": 1}
        with _standing_in(self, **parameters, verbose=verbose):
            super().fit(X, y, **params)
        forget_splits(self, y)
        self.scorer_ = scorers_of(self)  # that do not recall

    def _tell_seconds(self, outcomes, n_splits):
        """Put into the results what the fits took; outcomes is of (row of the results, split)."""
        rows = range(len(self.cv_results_["params"]))
        cells = [[outcomes[row, split] for split in range(n_splits)] for row in rows]
        of_fits = [[outcome.seconds for outcome in row] for row in cells]
        of_scores = [[_score_seconds(outcome) for outcome in row] for row in cells]
        for name, seconds in (("fit_time", of_fits), ("score_time", of_scores)):
            self.cv_results_[f"mean_{name}"] = np.mean(seconds, axis=1)
            self.cv_results_[f"std_{name}"] = np.std(seconds, axis=1)

    def _get_scorers(self):
        """scikit-learn's; those that recall while the estimator does."""
        scorers, refit_metric = super()._get_scorers()
        if recalls(self.estimator):
            scorers = recalling_scorer(scorers)
        return scorers, refit_metric

    def _check_scorers_accept_sample_weight(self):
        """scikit-learn's, which warns if they do not; once is enough."""
        return not recalls(self.estimator) and super()._check_scorers_accept_sample_weight()

    def results_frame(self):
        """The results as a table, the best candidate first.

        Returns
        -------
        frame : pandas.DataFrame
            A row a candidate, with its parameters, then mean and standard deviation of each score
            and of the seconds of its fit. Of a halving search the last round comes first.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError("results_frame needs pandas: pip install pandas") from error
        results = self.cv_results_
        columns = {
            name.removeprefix("param_"): np.ma.asarray(values).tolist()
            for name, values in results.items()
            if name.startswith("param_")
        }
        columns |= {
            name: results[name] for name in ("warm", "iter", "n_resources") if name in results
        }
        ranks = [name for name in results if name.startswith("rank_test_")]
        for rank in ranks:
            score = rank.removeprefix("rank_test_")
            columns |= {
                rank: results[rank],
                f"mean_{score}": results[f"mean_test_{score}"],
                f"std_{score}": results[f"std_test_{score}"],
            }
        columns["seconds"] = results["mean_fit_time"]
        best = f"rank_test_{self.refit}" if f"rank_test_{self.refit}" in ranks else ranks[0]
        by = np.lexsort((results[best], -np.asarray(results.get("iter", 0 * results[best]))))
        return pd.DataFrame(columns).iloc[by].reset_index(drop=True)


class Batched(Recalled):
    """A search of scikit-learn's whose fits are made together: before it in a class's bases."""

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
        candidates = list(self._candidates())
        plan = make_plan(base, candidates, self.warm_path)
        self._found = candidates, [False] * len(candidates)
        told = []
        try:
            if y is None or not plan.some_together:  # for scikit-learn to do or to refuse
                self._tell(plan.reasons(len(candidates)))
                super().fit(X, y, **params)
            else:
                self._fit_batched(base, plan, X, y, params, told)
        finally:
            del self._found
            for message, category in told:
                warnings.warn(message, category, stacklevel=2)
        return self

    def _fit_batched(self, base, plan, X, y, params, told):
        """Fit, with all fits made before; told gets what is to be warned of."""
        check_folder(self.cache_dir)
        checked, labels, splits, fit_params, score_params, params = check_search(self, X, y, params)
        candidates, _ = self._found
        why = why_all_alone(base, fit_params)
        all_alone = why is not None
        self._tell([why] * len(candidates) if all_alone else plan.reasons(len(candidates)), 4)
        scoring = Scoring(self._get_scorers()[0], score_params, self.return_train_score)
        outcomes = self._fit_all(plan, checked, labels, splits, fit_params, scoring, all_alone)
        cells = [[(c, s) for s in range(len(splits))] for c in range(len(candidates))]
        self._found = candidates, [any(outcomes[cell].warm for cell in row) for row in cells]
        trying = dict(zip(plan.keys, tried(plan, candidates), strict=True))
        told += summary(outcomes, candidates, [trying[key] for key in plan.keys])

        def fit_again(estimator, X, y, **params):
            key = key_of(estimator)
            if key in plan.keys:
                best = plan.keys.index(key)
                if any(outcomes[cell].warm for cell in cells[best]):
                    return fitted_along(estimator, plan.candidates, best, X, y, params, told)
            if "maxiter" not in trying.get(key, ()):
                return estimator.fit(X, y, **params)
            return fitted_again(estimator, X, y, params, told)

        recall = Recall(
            (
                (key, outcomes[cell])
                for key, row in zip(plan.keys, cells, strict=True)
                for cell in row
            ),
            fit_again,
        )
        self._search_over(base, recall, X, y, params, splits)
        if recall.left:
            told.append((f"{recall.left} fits were not recalled but made again", UserWarning))
            return
        self._tell_seconds(outcomes, len(splits))

    def _tell(self, reasons, stacklevel=3):
        """Warn, where `fit` is called, of what was asked for and is lost for these reasons."""
        told = told_of(reasons, self.warm_path, self.cache_dir)
        if told is not None:
            warnings.warn(told, UserWarning, stacklevel=stacklevel)

    def _run_search(self, evaluate_candidates, callback_ctx=None):
        """scikit-learn's, over the candidates as they were drawn."""
        candidates, warm = self._found
        more = {"warm": warm} if self.warm_path else None

        def evaluate(_, **context):
            return evaluate_candidates(candidates, more_results=more, **context)

        context = {} if callback_ctx is None else {"callback_ctx": callback_ctx}
        super()._run_search(evaluate, **context)

    def _fit_all(self, plan, X, y, splits, fit_params, scoring, all_alone):
        """{(candidate, split): Outcome} of all."""
        n_jobs = joblib.effective_n_jobs(self.n_jobs)
        parts = make_parts(plan.candidates, len(splits), n_jobs, all_alone)
        outcomes = {}
        fitted = self._fit_parts(parts, X, y, splits, fit_params, scoring)
        with SearchProgress(len(plan.keys), len(splits), self.verbose) as show:
            for split, found in fitted:
                outcomes |= {(c, split): outcome for c, outcome in found.items()}
                errors = [error for outcome in found.values() for error in outcome.errors]
                if errors and self.error_score == "raise":
                    with warnings.catch_warnings():  # of joblib, that it cancels the other parts
                        warnings.simplefilter("ignore", UserWarning)
                        fitted.close()
                    raise errors[0]
                show(len(outcomes))
        return outcomes

    def _fit_parts(self, parts, X, y, splits, fit_params, scoring):
        """(split, {candidate: Outcome}) of the parts, as each ends."""
        calls = [
            (part, X, y, splits[part.split], fit_params, scoring, self.cache_dir) for part in parts
        ]
        return results_of(fit_part, calls, self.n_jobs, self.pre_dispatch, seconds_of(parts, X))


def fitted_along(estimator, candidates, best, X, y, params, told):
    """The estimator, fitted along the warm path that leads to it; told as by `fitted_again`."""
    last = candidates[best]
    path = [
        c
        for c in candidates
        if c.classifier is not None
        and (c.prefix, c.rows, c.chain) == (last.prefix, last.rows, last.chain)
        and penalties(c.classifier.reg_lambda) <= penalties(last.classifier.reg_lambda)
    ]
    fitted, fit = fit_along(path, last, X, y, params)
    if fit.error is not None:
        raise fit.error
    told += _told(Warned.of(warning) for warning in fit.warnings)
    vars(estimator).update(vars(fitted))
    return estimator


def fitted_again(estimator, X, y, params, told):
    """The estimator, fitted; told gets what it warns of, but that maxiter ended it."""
    _, given, error = recorded(estimator.fit, X, y, **params)
    told += _told(Warned.of(warning) for warning in given)
    if error is not None:
        raise error
    return estimator


def _told(warned):
    return [(w.text, w.category) for w in warned if w.blames != "maxiter"]


def _score_seconds(outcome):
    """Of the rows to test on, as scikit-learn counts them."""
    return outcome.scores[0].seconds if outcome.scores else 0.0


@contextmanager
def _standing_in(search, **parameters):
    """Give the search other parameters for a while, and the sequential backend."""
    before = {name: getattr(search, name) for name in parameters}
    vars(search).update(parameters)
    try:
        with joblib.parallel_config("sequential"):
            yield
    finally:
        vars(search).update(before)
