"""Searches that give the answers of scikit-learn's, from fits that are made together.

First all fits: those on the same rows advance together (see `together`), a smaller maxiter is a
checkpoint of a larger, and joblib carries the parts to its workers. Then scikit-learn's own search
runs over an estimator that recalls its fits: scores, results, refit are its, and so are all rules.
"""

import sys
import time
import warnings
from contextlib import contextmanager

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.model_selection import (
    GridSearchCV,
    ParameterGrid,
    ParameterSampler,
    RandomizedSearchCV,
)
from sklearn.utils.parallel import Parallel, delayed

from skdigits._sklearn import Documented, check_search, forget_splits, rows_of, scorers_of
from skdigits.fitting import duration, open_screen, write
from skdigits.searching.planning import knows, make_parts, make_plan
from skdigits.searching.recall import Cell, Recall, in_person, key_of, stand_in
from skdigits.searching.worker import fit_part


class _Batched(Documented):
    """What the searches share."""

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
        base = clone(self.estimator)  # before anything is drawn, as scikit-learn does
        candidates = list(self._candidates())
        plan = None if y is None else make_plan(base, candidates, self.warm_path)
        self._found = candidates, [False] * len(candidates)
        try:
            if plan is None:  # not ours, or wrong: for scikit-learn to do or to refuse
                return super().fit(X, y, **params)
            checked, labels, splits, fit_params, params = check_search(self, X, y, params)
            all_alone = not knows(base, fit_params)
            if not all_alone:
                self._found = candidates, plan.warm
            fits = self._fit_all(plan, checked, labels, splits, fit_params, all_alone)
            seconds = [
                [fits[c, s].seconds for s in range(len(splits))] for c in range(len(candidates))
            ]
            keys = [key_of(rows_of(labels, train)) for train, _ in splits]
            recall = Recall(
                Cell(key, keys[s], fits.pop((c, s)))
                for c, key in enumerate(plan.keys)
                for s in range(len(splits))
            )
            told = 0 if self.verbose == 1 else self.verbose
            recalling = stand_in(base, recall)
            with _standing_in(self, estimator=recalling, cv=splits, n_jobs=1, verbose=told):
                super().fit(X, y, **params)
        finally:
            del self._found
        forget_splits(self, y)
        self.scorer_ = scorers_of(self)  # without scoring it is the estimator's, not a stand-in's
        if hasattr(self, "best_estimator_"):
            self.best_estimator_ = in_person(self.estimator, self.best_estimator_)
        if recall.left:
            warnings.warn(f"{recall.left} fits were not recalled but made again", stacklevel=2)
        else:
            self.cv_results_["mean_fit_time"] = np.mean(seconds, axis=1)
            self.cv_results_["std_fit_time"] = np.std(seconds, axis=1)
        return self

    def _run_search(self, evaluate_candidates, callback_ctx=None):
        """scikit-learn's, over the candidates as they were drawn."""
        candidates, warm = self._found
        more = {"warm": warm} if self.warm_path else None

        def evaluate(_, **context):
            return evaluate_candidates(candidates, more_results=more, **context)

        context = {} if callback_ctx is None else {"callback_ctx": callback_ctx}
        super()._run_search(evaluate, **context)

    def _fit_all(self, plan, X, y, splits, fit_params, all_alone):
        """{(candidate, split): Fit} of all."""
        n_jobs = joblib.effective_n_jobs(self.n_jobs)
        parts = make_parts(plan.candidates, len(splits), n_jobs, all_alone)
        fits = {}
        with _Progress(len(plan.keys), len(splits), self.verbose) as show:
            for split, found in self._fit_parts(parts, X, y, splits, fit_params):
                fits |= {(c, split): fit for c, fit in found.items()}
                errors = [fit.error for fit in found.values() if fit.error is not None]
                if errors and self.error_score == "raise":
                    raise errors[0]
                show(len(fits))
        return fits

    def _fit_parts(self, parts, X, y, splits, fit_params):
        """(split, {candidate: Fit}) of the parts, as each ends."""
        try:
            parallel = Parallel(
                n_jobs=self.n_jobs, pre_dispatch=self.pre_dispatch, return_as="generator_unordered"
            )
        except ValueError:  # a backend that returns all at the end
            parallel = Parallel(n_jobs=self.n_jobs, pre_dispatch=self.pre_dispatch)
        return parallel(
            delayed(fit_part)(part, X, y, splits[part.split][0], fit_params, self.cache_dir)
            for part in parts
        )

    def results_frame(self):
        """The results as a table, the best candidate first.

        Returns
        -------
        frame : pandas.DataFrame
            A row a candidate, with its parameters, then mean and standard deviation of each score
            and of the seconds of its fit.

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
        if "warm" in results:
            columns["warm"] = results["warm"]
        ranks = [name for name in results if name.startswith("rank_test_")]
        for rank in ranks:
            score = rank.removeprefix("rank_test_")
            columns |= {
                rank: results[rank],
                f"mean_{score}": results[f"mean_test_{score}"],
                f"std_{score}": results[f"std_test_{score}"],
            }
        columns["seconds"] = results["mean_fit_time"]
        by = f"rank_test_{self.refit}" if f"rank_test_{self.refit}" in ranks else ranks[0]
        return pd.DataFrame(columns).sort_values(by, kind="stable", ignore_index=True)


class BatchedGridSearchCV(_Batched, GridSearchCV):
    """A grid search over lambda, hidden units, maxiter and the rest.

    Drop-in for `sklearn.model_selection.GridSearchCV`, with the same answers in a fraction of
    the time: fits on the same rows advance together, so that one pass over the rows serves them
    all, and candidates that differ in ``maxiter`` alone are checkpoints of one fit. Results agree
    with those of ordinary fits but for rounding, which many iterations amplify.

    Candidates that cannot be batched are fitted one by one: those with ``early_stopping``,
    ``progressive_sampling``, ``verbose`` or callbacks, and all if the fit is given other parameters
    than ``sample_weight``, ``coef_init`` and ``intercept_init``; these start cold and are not kept
    in files. Another estimator is left to scikit-learn. All fits are made before the first
    is scored, and scores are computed in this process.

    Parameters
    ----------
    estimator : TwoLayerNNClassifier or Pipeline
        The estimator, or a Pipeline that ends in one. Parameters of the steps before may be
        searched as well; each distinct combination of them is fitted once a split.
    param_grid : dict or list of dict
        Names of parameters with the values to try.
    scoring : str, callable, list, tuple or dict, default=None
        How to score, as in scikit-learn.
    n_jobs : int, default=None
        Workers. Fits of a split go to as few as keep all busy. A worker needs its rows and, for
        the networks that advance together, at most about 40 MiB, with variable projection besides
        their hidden layers for all rows.
    refit : bool, str or callable, default=True
        Whether, and by which score, to fit the best candidate on all rows, as in scikit-learn.
    cv : int, splitter or iterable, default=None
        The splits, as in scikit-learn.
    verbose : int, default=0
        1: a live line over all fits on a terminal or in a notebook, and scikit-learn's own
        messages. 2: lines.
    pre_dispatch : int or str, default="2*n_jobs"
        How many parts joblib hands out in advance.
    error_score : "raise" or float, default=np.nan
        The score of a fit that failed, as in scikit-learn.
    return_train_score : bool, default=False
        Whether to score the training rows too.
    warm_path : bool, default=False
        Whether candidates that differ in ``reg_lambda`` are fitted from the largest on, each from
        where the one before ended (at its largest ``maxiter``). That takes fewer iterations, and
        leads to other minima than a cold start, as good or better.
    cache_dir : str or path, default=None
        A folder for finished fits, those made one by one excepted. The same call, after a crash,
        a kill or Ctrl-C, makes only those that are missing; with random_state=None it takes those
        that it finds; other data, parameters or versions are other fits. Files are NumPy
        archives, read without pickle. Workers on other machines must see the folder.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        As in scikit-learn. ``mean_fit_time`` is a fit's share of the time of those that it was
        fitted with. With ``warm_path``, ``warm`` says which candidates did not start cold.
    best_estimator_ : estimator
        The best candidate, fitted on all rows by its own ``fit``.
    best_params_ : dict
        Its parameters.
    best_score_ : float
        Its mean score.
    best_index_ : int
        Its place in the results.
    n_splits_ : int
        How many splits there were.
    scorer_ : callable or dict of callable
        What scored the fits.
    refit_time_ : float
        Seconds that the best candidate's fit on all rows took.
    multimetric_ : bool
        Whether there are several scores.
    classes_ : ndarray of shape (n_classes,)
        The labels that the best estimator knows.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if ``X`` has string column names.

    See Also
    --------
    sklearn.model_selection.GridSearchCV : The same for any estimator.
    skdigits.plotting.SearchDisplay : The scores as a picture.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> grid = {"reg_lambda": [1.0, 10.0], "maxiter": [10, 40]}
    >>> model = TwoLayerNNClassifier(random_state=0)
    >>> search = BatchedGridSearchCV(model, grid, cv=3).fit(X[:500] / 16, y[:500])
    >>> search.best_score_ > 0.85
    True
    """

    def __init__(
        self,
        estimator,
        param_grid,
        *,
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        verbose=0,
        pre_dispatch="2*n_jobs",
        error_score=np.nan,
        return_train_score=False,
        warm_path=False,
        cache_dir=None,
    ):
        super().__init__(
            estimator,
            param_grid,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.warm_path = warm_path
        self.cache_dir = cache_dir

    def _candidates(self):
        return ParameterGrid(self.param_grid)


class BatchedRandomizedSearchCV(_Batched, RandomizedSearchCV):
    """A randomized search over lambda, hidden units, maxiter and the rest.

    Drop-in for `sklearn.model_selection.RandomizedSearchCV`, with the same answers in a fraction of
    the time: fits on the same rows advance together, so that one pass over the rows serves them
    all, and candidates that differ in ``maxiter`` alone are checkpoints of one fit. Results agree
    with those of ordinary fits but for rounding, which many iterations amplify.

    Candidates that cannot be batched are fitted one by one: those with ``early_stopping``,
    ``progressive_sampling``, ``verbose`` or callbacks, and all if the fit is given other parameters
    than ``sample_weight``, ``coef_init`` and ``intercept_init``; these start cold and are not kept
    in files. Another estimator is left to scikit-learn. All fits are made before the first
    is scored, and scores are computed in this process.

    Parameters
    ----------
    estimator : TwoLayerNNClassifier or Pipeline
        The estimator, or a Pipeline that ends in one. Parameters of the steps before may be
        searched as well; each distinct combination of them is fitted once a split.
    param_distributions : dict or list of dict
        Names of parameters with lists or distributions to draw from.
    n_iter : int, default=10
        How many candidates to draw.
    scoring : str, callable, list, tuple or dict, default=None
        How to score, as in scikit-learn.
    n_jobs : int, default=None
        Workers. Fits of a split go to as few as keep all busy. A worker needs its rows and, for
        the networks that advance together, at most about 40 MiB, with variable projection besides
        their hidden layers for all rows.
    refit : bool, str or callable, default=True
        Whether, and by which score, to fit the best candidate on all rows, as in scikit-learn.
    cv : int, splitter or iterable, default=None
        The splits, as in scikit-learn.
    verbose : int, default=0
        1: a live line over all fits on a terminal or in a notebook, and scikit-learn's own
        messages. 2: lines.
    pre_dispatch : int or str, default="2*n_jobs"
        How many parts joblib hands out in advance.
    random_state : int, RandomState instance or None, default=None
        Seed of the candidates that are drawn.
    error_score : "raise" or float, default=np.nan
        The score of a fit that failed, as in scikit-learn.
    return_train_score : bool, default=False
        Whether to score the training rows too.
    warm_path : bool, default=False
        Whether candidates that differ in ``reg_lambda`` are fitted from the largest on, each from
        where the one before ended (at its largest ``maxiter``). That takes fewer iterations, and
        leads to other minima than a cold start, as good or better.
    cache_dir : str or path, default=None
        A folder for finished fits, those made one by one excepted. The same call, after a crash,
        a kill or Ctrl-C, makes only those that are missing; with random_state=None it takes those
        that it finds; other data, parameters or versions are other fits. Files are NumPy
        archives, read without pickle. Workers on other machines must see the folder.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        As in scikit-learn. ``mean_fit_time`` is a fit's share of the time of those that it was
        fitted with. With ``warm_path``, ``warm`` says which candidates did not start cold.
    best_estimator_ : estimator
        The best candidate, fitted on all rows by its own ``fit``.
    best_params_ : dict
        Its parameters.
    best_score_ : float
        Its mean score.
    best_index_ : int
        Its place in the results.
    n_splits_ : int
        How many splits there were.
    scorer_ : callable or dict of callable
        What scored the fits.
    refit_time_ : float
        Seconds that the best candidate's fit on all rows took.
    multimetric_ : bool
        Whether there are several scores.
    classes_ : ndarray of shape (n_classes,)
        The labels that the best estimator knows.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if ``X`` has string column names.

    See Also
    --------
    sklearn.model_selection.RandomizedSearchCV : The same for any estimator.
    skdigits.plotting.SearchDisplay : The scores as a picture.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdigits import BatchedRandomizedSearchCV, TwoLayerNNClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> grid = {"reg_lambda": [1.0, 10.0], "maxiter": [10, 40]}
    >>> model = TwoLayerNNClassifier(random_state=0)
    >>> search = BatchedRandomizedSearchCV(model, grid, n_iter=2, cv=3).fit(X[:500] / 16, y[:500])
    >>> search.best_score_ > 0.85
    True
    """

    def __init__(
        self,
        estimator,
        param_distributions,
        *,
        n_iter=10,
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        verbose=0,
        pre_dispatch="2*n_jobs",
        random_state=None,
        error_score=np.nan,
        return_train_score=False,
        warm_path=False,
        cache_dir=None,
    ):
        super().__init__(
            estimator,
            param_distributions,
            n_iter=n_iter,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=random_state,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.warm_path = warm_path
        self.cache_dir = cache_dir

    def _candidates(self):
        return ParameterSampler(
            self.param_distributions, self.n_iter, random_state=self.random_state
        )


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


class _Progress:
    """A live line, at verbose=2 a plain line a part."""

    def __init__(self, n_candidates, n_splits, verbose):
        self._total = n_candidates * n_splits
        self._screen = open_screen(verbose)
        self._begin = time.perf_counter()
        if verbose == 1:  # with more, scikit-learn says it
            write(
                sys.stdout,
                f"Fitting {n_splits} folds for each of {n_candidates} candidates, "
                f"totalling {self._total} fits\n",
            )

    def __enter__(self):
        self._screen.show({"fits": f"fits 0/{self._total}"})  # the first may take long
        return self

    def __exit__(self, *error):
        self._screen.close()

    def __call__(self, done):
        took, left = time.perf_counter() - self._begin, self._total - done
        told = f"in {duration(took)}"
        if left:
            told = f"{duration(took)}, about {duration(took / done * left)} left"
        parts = {"fits": f"fits {done}/{self._total}", "time": told}
        self._screen.show(parts)
        if not left:
            self._screen.keep(parts)
