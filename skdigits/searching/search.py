"""The searches: scikit-learn's, with fits that are made together (see `batched`)."""

import os

import numpy as np
from sklearn.model_selection import (
    GridSearchCV,
    ParameterGrid,
    ParameterSampler,
    RandomizedSearchCV,
)

from skdigits.searching.batched import Batched

OURS = {"warm_path": ["boolean"], "cache_dir": [str, os.PathLike, None]}


class BatchedGridSearchCV(Batched, GridSearchCV):
    """A grid search over lambda, hidden units, maxiter and the rest.

    Drop-in for `sklearn.model_selection.GridSearchCV`, with the same answers sooner. Fits on the
    same rows advance together, so that one pass over the rows serves them all. Candidates that
    differ in ``maxiter`` alone are one fit, scored on its way. Results agree with those of ordinary
    fits except for rounding, which many iterations enlarge.

    It pays where passes over the rows take most of the time, and where several values of
    ``maxiter`` are searched: such a grid took half the time on 3750 images of 400 pixels
    (``benchmarks/bench_search.py``). On tables of up to two thousand rows most of the time goes
    into the optimizers' own steps, and a grid of 12 candidates took 8 to 16% less time
    (``benchmarks/bench_search_tables.py``).

    Some candidates cannot be batched and are fitted one by one: those with ``early_stopping``,
    ``progressive_sampling``, ``verbose`` or callbacks, and all candidates if ``fit`` is given other
    parameters than ``sample_weight``, ``coef_init`` and ``intercept_init``. They start cold and are
    not kept in files. Other estimators, and subclasses, are searched as scikit-learn does it. If
    ``warm_path`` or ``cache_dir`` was asked for, a warning says that it does not apply.

    Each fit is scored as soon as it has ended, and then dropped, so a search needs memory for the
    networks that advance together only. When the search ends, one warning sums up those of all
    fits: how many did not converge, and of which candidates. It leaves out fits that ``maxiter``
    ended if several values of ``maxiter`` are searched. Nor does the last fit, of the best
    candidate on all rows, warn of that then.

    Parameters
    ----------
    estimator : TwoLayerNNClassifier or Pipeline
        The estimator, or a Pipeline, scikit-learn's or imbalanced-learn's, that ends in one.
        Parameters of the steps before may be searched too; each distinct combination of them is
        fitted once for each split.
    param_grid : dict or list of dict
        Names of parameters with the values to try.
    scoring : str, callable, list, tuple or dict, default=None
        How to score, as in scikit-learn.
    n_jobs : int, default=None
        Number of workers. A search that would take no longer than workers take to start runs in
        this process, unless `joblib.parallel_config` has chosen a backend. A worker needs memory
        for its rows and for the networks that advance together; with variable projection also for
        their hidden layers on all rows.
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
        Whether candidates that differ in ``reg_lambda`` are fitted from the smallest lambda to the
        largest, each from the weights where the one before ended (at its largest
        ``maxiter``). Hidden units that do nothing there begin as in a cold start. Where ``maxiter``
        ends the fits, they get further than from cold starts. Otherwise they find other minima, on
        average as good (the guide, "Choosing lambda, hidden units and maxiter", has figures).
    cache_dir : str or path, default=None
        A folder for finished fits (except those made one by one). After a crash, a kill or Ctrl-C
        the same call makes only the fits that are missing. Fits on other data, with other
        parameters or versions, are made anew; with random_state=None fits that are there are used.
        Files are NumPy archives, read without pickle. This process and all workers must see the
        folder. A folder that cannot be written to is refused before the first fit.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        As in scikit-learn. ``mean_fit_time`` is a fit's share of the time of the fits that it
        advanced with. With ``warm_path``, ``warm`` says which candidates started, on some split,
        where another ended.
    best_estimator_ : estimator
        The best candidate, fitted on all rows.
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
    >>> print(search.best_score_ > 0.85)
    True
    """

    _parameter_constraints = GridSearchCV._parameter_constraints | OURS

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


class BatchedRandomizedSearchCV(Batched, RandomizedSearchCV):
    """A randomized search over lambda, hidden units, maxiter and the rest.

    Drop-in for `sklearn.model_selection.RandomizedSearchCV`, with the same answers sooner. Fits on
    the same rows advance together, so that one pass over the rows serves them all. Candidates that
    differ in ``maxiter`` alone are one fit, scored on its way. Results agree with those of ordinary
    fits except for rounding, which many iterations enlarge.

    It pays where passes over the rows take most of the time, and where several values of
    ``maxiter`` are searched: such a grid took half the time on 3750 images of 400 pixels
    (``benchmarks/bench_search.py``). On tables of up to two thousand rows most of the time goes
    into the optimizers' own steps, and a grid of 12 candidates took 8 to 16% less time
    (``benchmarks/bench_search_tables.py``).

    Some candidates cannot be batched and are fitted one by one: those with ``early_stopping``,
    ``progressive_sampling``, ``verbose`` or callbacks, and all candidates if ``fit`` is given other
    parameters than ``sample_weight``, ``coef_init`` and ``intercept_init``. They start cold and are
    not kept in files. Other estimators, and subclasses, are searched as scikit-learn does it. If
    ``warm_path`` or ``cache_dir`` was asked for, a warning says that it does not apply.

    Each fit is scored as soon as it has ended, and then dropped, so a search needs memory for the
    networks that advance together only. When the search ends, one warning sums up those of all
    fits: how many did not converge, and of which candidates. It leaves out fits that ``maxiter``
    ended if several values of ``maxiter`` are searched. Nor does the last fit, of the best
    candidate on all rows, warn of that then.

    Parameters
    ----------
    estimator : TwoLayerNNClassifier or Pipeline
        The estimator, or a Pipeline, scikit-learn's or imbalanced-learn's, that ends in one.
        Parameters of the steps before may be searched too; each distinct combination of them is
        fitted once for each split.
    param_distributions : dict or list of dict
        Names of parameters with lists or distributions to draw from.
    n_iter : int, default=10
        How many candidates to draw.
    scoring : str, callable, list, tuple or dict, default=None
        How to score, as in scikit-learn.
    n_jobs : int, default=None
        Number of workers. A search that would take no longer than workers take to start runs in
        this process, unless `joblib.parallel_config` has chosen a backend. A worker needs memory
        for its rows and for the networks that advance together; with variable projection also for
        their hidden layers on all rows.
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
        Whether candidates that differ in ``reg_lambda`` are fitted from the smallest lambda to the
        largest, each from the weights where the one before ended (at its largest
        ``maxiter``). Hidden units that do nothing there begin as in a cold start. Where ``maxiter``
        ends the fits, they get further than from cold starts. Otherwise they find other minima, on
        average as good (the guide, "Choosing lambda, hidden units and maxiter", has figures).
    cache_dir : str or path, default=None
        A folder for finished fits (except those made one by one). After a crash, a kill or Ctrl-C
        the same call makes only the fits that are missing. Fits on other data, with other
        parameters or versions, are made anew; with random_state=None fits that are there are used.
        Files are NumPy archives, read without pickle. This process and all workers must see the
        folder. A folder that cannot be written to is refused before the first fit.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        As in scikit-learn. ``mean_fit_time`` is a fit's share of the time of the fits that it
        advanced with. With ``warm_path``, ``warm`` says which candidates started, on some split,
        where another ended.
    best_estimator_ : estimator
        The best candidate, fitted on all rows.
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
    >>> print(search.best_score_ > 0.85)
    True
    """

    _parameter_constraints = RandomizedSearchCV._parameter_constraints | OURS

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
