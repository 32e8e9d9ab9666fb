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

    Drop-in for `sklearn.model_selection.GridSearchCV`, with the same answers sooner: fits on
    the same rows advance together, so that one pass over the rows serves them all, and candidates
    that differ in ``maxiter`` alone are checkpoints of one fit. Results agree with those of
    ordinary fits but for rounding, which many iterations amplify.

    It pays where passes over the rows are what takes long, and where several values of ``maxiter``
    are searched: a grid of both took half the time on 3750 images of 400 pixels. On tables of up to
    two thousand rows the optimizers' own steps take most of the time: a grid of 12 candidates
    gained 8 to 16% of it.

    Candidates that cannot be batched are fitted one by one: those with ``early_stopping``,
    ``progressive_sampling``, ``verbose`` or callbacks, and all if the fit is given other parameters
    than ``sample_weight``, ``coef_init`` and ``intercept_init``; these start cold and are not kept
    in files. Another estimator, a subclass too, is left to scikit-learn. A warning says so where
    ``warm_path`` or ``cache_dir`` was asked for.

    A fit is scored where it was made, as soon as it is made, and forgotten: a search needs the
    memory of the networks that advance together, not of all. What fits warn of is told once, with
    counts, when the search ends: how many did not converge, of which candidates. That ``maxiter``
    ended the fits of a candidate that tries one, of several, is no matter, for that is what is
    tried; nor is it of the last fit, of the best candidate on all rows.

    Parameters
    ----------
    estimator : TwoLayerNNClassifier or Pipeline
        The estimator, or a Pipeline, scikit-learn's or imbalanced-learn's, that ends in one.
        Parameters of the steps before may be searched as well; each distinct combination of them
        is fitted once a split.
    param_grid : dict or list of dict
        Names of parameters with the values to try.
    scoring : str, callable, list, tuple or dict, default=None
        How to score, as in scikit-learn.
    n_jobs : int, default=None
        Workers. Fits of a split go to as few as keep all busy. A search that is over in about the
        time that workers take to start runs in this process, unless `joblib.parallel_config` has
        chosen a backend. A worker needs its rows and, for
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
        Whether candidates that differ in ``reg_lambda`` are fitted from the smallest on, each from
        where the one before ended (at its largest ``maxiter``), but for hidden units that do
        nothing there, which begin as in a cold start. Where ``maxiter`` ends the fits they get
        further than from cold starts; otherwise they find other minima, on average as good: over
        eight tables, costs from a third below to a third above.
    cache_dir : str or path, default=None
        A folder for finished fits, those made one by one excepted. The same call, after a crash,
        a kill or Ctrl-C, makes only those that are missing; with random_state=None it takes those
        that it finds; other data, parameters or versions are other fits. Files are NumPy
        archives, read without pickle. This process and all workers must see the folder; one
        that cannot be written to is refused before any fit.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        As in scikit-learn. ``mean_fit_time`` is a fit's share of the time of those that it was
        fitted with. With ``warm_path``, ``warm`` says which candidates began, on
        some split, where another ended.
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

    Drop-in for `sklearn.model_selection.RandomizedSearchCV`, with the same answers sooner: fits on
    the same rows advance together, so that one pass over the rows serves them all, and candidates
    that differ in ``maxiter`` alone are checkpoints of one fit. Results agree with those of
    ordinary fits but for rounding, which many iterations amplify.

    It pays where passes over the rows are what takes long, and where several values of ``maxiter``
    are searched: a grid of both took half the time on 3750 images of 400 pixels. On tables of up to
    two thousand rows the optimizers' own steps take most of the time: a grid of 12 candidates
    gained 8 to 16% of it.

    Candidates that cannot be batched are fitted one by one: those with ``early_stopping``,
    ``progressive_sampling``, ``verbose`` or callbacks, and all if the fit is given other parameters
    than ``sample_weight``, ``coef_init`` and ``intercept_init``; these start cold and are not kept
    in files. Another estimator, a subclass too, is left to scikit-learn. A warning says so where
    ``warm_path`` or ``cache_dir`` was asked for.

    A fit is scored where it was made, as soon as it is made, and forgotten: a search needs the
    memory of the networks that advance together, not of all. What fits warn of is told once, with
    counts, when the search ends: how many did not converge, of which candidates. That ``maxiter``
    ended the fits of a candidate that tries one, of several, is no matter, for that is what is
    tried; nor is it of the last fit, of the best candidate on all rows.

    Parameters
    ----------
    estimator : TwoLayerNNClassifier or Pipeline
        The estimator, or a Pipeline, scikit-learn's or imbalanced-learn's, that ends in one.
        Parameters of the steps before may be searched as well; each distinct combination of them
        is fitted once a split.
    param_distributions : dict or list of dict
        Names of parameters with lists or distributions to draw from.
    n_iter : int, default=10
        How many candidates to draw.
    scoring : str, callable, list, tuple or dict, default=None
        How to score, as in scikit-learn.
    n_jobs : int, default=None
        Workers. Fits of a split go to as few as keep all busy. A search that is over in about the
        time that workers take to start runs in this process, unless `joblib.parallel_config` has
        chosen a backend. A worker needs its rows and, for
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
        Whether candidates that differ in ``reg_lambda`` are fitted from the smallest on, each from
        where the one before ended (at its largest ``maxiter``), but for hidden units that do
        nothing there, which begin as in a cold start. Where ``maxiter`` ends the fits they get
        further than from cold starts; otherwise they find other minima, on average as good: over
        eight tables, costs from a third below to a third above.
    cache_dir : str or path, default=None
        A folder for finished fits, those made one by one excepted. The same call, after a crash,
        a kill or Ctrl-C, makes only those that are missing; with random_state=None it takes those
        that it finds; other data, parameters or versions are other fits. Files are NumPy
        archives, read without pickle. This process and all workers must see the folder; one
        that cannot be written to is refused before any fit.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        As in scikit-learn. ``mean_fit_time`` is a fit's share of the time of those that it was
        fitted with. With ``warm_path``, ``warm`` says which candidates began, on
        some split, where another ended.
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
