"""The halving searches: scikit-learn's, whose survivors go on (see `halving`)."""

import numpy as np

# scikit-learn asks whoever imports its halving searches to know that they may change.
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingGridSearchCV, HalvingRandomSearchCV

from skdigits.searching.halving import BatchedHalving


class BatchedHalvingGridSearchCV(BatchedHalving, HalvingGridSearchCV):
    """A grid search by successive halving: who does well after few iterations gets more.

    Drop-in for `sklearn.model_selection.HalvingGridSearchCV` with ``maxiter`` as the resource. All
    candidates are fitted with few iterations; the best third of them goes on from there to three
    times as many, and so on. What survives is never fitted again from its start, and fits on the
    same rows advance together. The same candidates survive as in scikit-learn's search, but for
    rounding.

    Candidates that cannot be batched (see `BatchedGridSearchCV`) are fitted anew for each round.
    Other estimators, subclasses, and resources other than ``maxiter``, such as "n_samples", are
    searched as scikit-learn does it.

    Between rounds networks wait in memory, 500 MB of them at most; those that find no room are
    fitted anew if they survive. The training rows of all splits are kept until the search ends.

    Parameters
    ----------
    estimator : TwoLayerNNClassifier or Pipeline
        The estimator, or a Pipeline that ends in one.
    param_grid : dict or list of dict
        Names of parameters with the values to try; ``maxiter`` is not among them.
    factor : int or float, default=3
        One candidate in so many survives a round, which the next gives so many times the
        iterations.
    resource : str, default="maxiter"
        What grows from round to round. "maxiter" is that of the classifier, in a Pipeline too.
    max_resources : int or "auto", default="auto"
        The largest ``maxiter`` of any round. "auto" takes the estimator's own.
    min_resources : {"exhaust", "smallest"} or int, default="exhaust"
        The ``maxiter`` of the first round. "exhaust" takes what lets the last round use the
        largest; "smallest" is 1.
    aggressive_elimination : bool, default=False
        Whether to repeat the first round until few enough candidates are left, as in scikit-learn.
    cv : int, splitter or iterable, default=5
        The splits, as in scikit-learn; they must be the same each time.
    scoring : str or callable, default=None
        How to score, as in scikit-learn.
    refit : bool, default=True
        Whether to fit the best candidate of the last round on all rows.
    error_score : "raise" or float, default=np.nan
        The score of a fit that failed, as in scikit-learn.
    return_train_score : bool, default=True
        Whether to score the training rows too.
    random_state : int, RandomState instance or None, default=None
        Seed of what is drawn, as in scikit-learn.
    n_jobs : int, default=None
        In how many threads the splits advance.
    verbose : int, default=0
        1: a live line over the fits of a round, and scikit-learn's own messages. 2: lines.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        As in scikit-learn, with ``iter``, the number of the round, and ``n_resources``, its
        ``maxiter``. ``mean_fit_time`` is what the fit took from its start, in all rounds together.
    n_resources_ : list of int
        The ``maxiter`` of each round.
    n_candidates_ : list of int
        How many candidates each round had.
    n_remaining_candidates_ : int
        How many candidates are left after the last.
    max_resources_ : int
        The largest ``maxiter`` that a round could have.
    min_resources_ : int
        The ``maxiter`` of the first round.
    n_iterations_ : int
        How many rounds there were.
    n_possible_iterations_ : int
        How many the largest ``maxiter`` allows.
    n_required_iterations_ : int
        How many it takes until fewer than ``factor`` candidates are left.
    best_estimator_ : estimator
        The best candidate of the last round, fitted on all rows.
    best_params_ : dict
        Its parameters, ``maxiter`` among them.
    best_score_ : float
        Its mean score.
    best_index_ : int
        Its place in the results.
    n_splits_ : int
        How many splits there were.
    scorer_ : callable
        What scored the fits.
    refit_time_ : float
        Seconds that the best candidate's fit on all rows took.
    multimetric_ : bool
        False: there is one score.
    classes_ : ndarray of shape (n_classes,)
        The labels that the best estimator knows.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if ``X`` has string column names.

    See Also
    --------
    sklearn.model_selection.HalvingGridSearchCV : The same for any estimator.
    BatchedGridSearchCV : All candidates to their end.

    References
    ----------
    Jamieson, K. and Talwalkar, A. (2016). Non-stochastic best arm identification and
    hyperparameter optimization. AISTATS.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdigits import BatchedHalvingGridSearchCV, TwoLayerNNClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = TwoLayerNNClassifier(maxiter=90, random_state=0)
    >>> grid = {"reg_lambda": [0.1, 1.0, 10.0], "hidden_units": [5, 10, 20]}
    >>> search = BatchedHalvingGridSearchCV(model, grid, cv=3).fit(X[:500] / 16, y[:500])
    >>> search.n_candidates_, search.n_resources_
    ([9, 3, 1], [10, 30, 90])
    >>> print(search.best_score_ > 0.85)
    True
    """

    _parameter_constraints = HalvingGridSearchCV._parameter_constraints

    def __init__(
        self,
        estimator,
        param_grid,
        *,
        factor=3,
        resource="maxiter",
        max_resources="auto",
        min_resources="exhaust",
        aggressive_elimination=False,
        cv=5,
        scoring=None,
        refit=True,
        error_score=np.nan,
        return_train_score=True,
        random_state=None,
        n_jobs=None,
        verbose=0,
    ):
        super().__init__(
            estimator,
            param_grid,
            factor=factor,
            resource=resource,
            max_resources=max_resources,
            min_resources=min_resources,
            aggressive_elimination=aggressive_elimination,
            cv=cv,
            scoring=scoring,
            refit=refit,
            error_score=error_score,
            return_train_score=return_train_score,
            random_state=random_state,
            n_jobs=n_jobs,
            verbose=verbose,
        )


class BatchedHalvingRandomSearchCV(BatchedHalving, HalvingRandomSearchCV):
    """A randomized search by successive halving: who does well after few iterations gets more.

    Drop-in for `sklearn.model_selection.HalvingRandomSearchCV` with ``maxiter`` as the resource.
    All candidates are fitted with few iterations; the best third of them goes on from there to
    three times as many, and so on. What survives is never fitted again from its start, and fits on
    the same rows advance together. The same candidates survive as in scikit-learn's search, but for
    rounding.

    Candidates that cannot be batched (see `BatchedGridSearchCV`) are fitted anew for each round.
    Other estimators, subclasses, and resources other than ``maxiter``, such as "n_samples", are
    searched as scikit-learn does it.

    Between rounds networks wait in memory, 500 MB of them at most; those that find no room are
    fitted anew if they survive. The training rows of all splits are kept until the search ends.

    Parameters
    ----------
    estimator : TwoLayerNNClassifier or Pipeline
        The estimator, or a Pipeline that ends in one.
    param_distributions : dict or list of dict
        Names of parameters with lists or distributions to draw from; ``maxiter`` is not among them.
    n_candidates : int or "exhaust", default="exhaust"
        How many candidates to draw. "exhaust" draws as many as let the last round use the largest
        ``maxiter``.
    factor : int or float, default=3
        One candidate in so many survives a round, which the next gives so many times the
        iterations.
    resource : str, default="maxiter"
        What grows from round to round. "maxiter" is that of the classifier, in a Pipeline too.
    max_resources : int or "auto", default="auto"
        The largest ``maxiter`` of any round. "auto" takes the estimator's own.
    min_resources : {"exhaust", "smallest"} or int, default="smallest"
        The ``maxiter`` of the first round. "exhaust" takes what lets the last round use the
        largest; "smallest" is 1.
    aggressive_elimination : bool, default=False
        Whether to repeat the first round until few enough candidates are left, as in scikit-learn.
    cv : int, splitter or iterable, default=5
        The splits, as in scikit-learn; they must be the same each time.
    scoring : str or callable, default=None
        How to score, as in scikit-learn.
    refit : bool, default=True
        Whether to fit the best candidate of the last round on all rows.
    error_score : "raise" or float, default=np.nan
        The score of a fit that failed, as in scikit-learn.
    return_train_score : bool, default=True
        Whether to score the training rows too.
    random_state : int, RandomState instance or None, default=None
        Seed of what is drawn, as in scikit-learn.
    n_jobs : int, default=None
        In how many threads the splits advance.
    verbose : int, default=0
        1: a live line over the fits of a round, and scikit-learn's own messages. 2: lines.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        As in scikit-learn, with ``iter``, the number of the round, and ``n_resources``, its
        ``maxiter``. ``mean_fit_time`` is what the fit took from its start, in all rounds together.
    n_resources_ : list of int
        The ``maxiter`` of each round.
    n_candidates_ : list of int
        How many candidates each round had.
    n_remaining_candidates_ : int
        How many candidates are left after the last.
    max_resources_ : int
        The largest ``maxiter`` that a round could have.
    min_resources_ : int
        The ``maxiter`` of the first round.
    n_iterations_ : int
        How many rounds there were.
    n_possible_iterations_ : int
        How many the largest ``maxiter`` allows.
    n_required_iterations_ : int
        How many it takes until fewer than ``factor`` candidates are left.
    best_estimator_ : estimator
        The best candidate of the last round, fitted on all rows.
    best_params_ : dict
        Its parameters, ``maxiter`` among them.
    best_score_ : float
        Its mean score.
    best_index_ : int
        Its place in the results.
    n_splits_ : int
        How many splits there were.
    scorer_ : callable
        What scored the fits.
    refit_time_ : float
        Seconds that the best candidate's fit on all rows took.
    multimetric_ : bool
        False: there is one score.
    classes_ : ndarray of shape (n_classes,)
        The labels that the best estimator knows.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if ``X`` has string column names.

    See Also
    --------
    sklearn.model_selection.HalvingRandomSearchCV : The same for any estimator.
    BatchedRandomizedSearchCV : All candidates to their end.

    References
    ----------
    Jamieson, K. and Talwalkar, A. (2016). Non-stochastic best arm identification and
    hyperparameter optimization. AISTATS.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdigits import BatchedHalvingRandomSearchCV, TwoLayerNNClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = TwoLayerNNClassifier(maxiter=90, random_state=0)
    >>> grid = {"reg_lambda": [0.1, 1.0, 10.0], "hidden_units": [5, 10, 20]}
    >>> search = BatchedHalvingRandomSearchCV(
    ...     model, grid, n_candidates=9, min_resources=10, cv=3, random_state=0
    ... ).fit(X[:500] / 16, y[:500])
    >>> search.n_candidates_, search.n_resources_
    ([9, 3, 1], [10, 30, 90])
    >>> print(search.best_score_ > 0.85)
    True
    """

    _parameter_constraints = HalvingRandomSearchCV._parameter_constraints

    def __init__(
        self,
        estimator,
        param_distributions,
        *,
        n_candidates="exhaust",
        factor=3,
        resource="maxiter",
        max_resources="auto",
        min_resources="smallest",
        aggressive_elimination=False,
        cv=5,
        scoring=None,
        refit=True,
        error_score=np.nan,
        return_train_score=True,
        random_state=None,
        n_jobs=None,
        verbose=0,
    ):
        super().__init__(
            estimator,
            param_distributions,
            n_candidates=n_candidates,
            factor=factor,
            resource=resource,
            max_resources=max_resources,
            min_resources=min_resources,
            aggressive_elimination=aggressive_elimination,
            cv=cv,
            scoring=scoring,
            refit=refit,
            error_score=error_score,
            return_train_score=return_train_score,
            random_state=random_state,
            n_jobs=n_jobs,
            verbose=verbose,
        )
