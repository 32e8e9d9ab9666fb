"""The estimator that chooses for itself: lambda by cross-validation, a committee that predicts."""

import warnings
from functools import partial
from numbers import Integral, Real

import joblib
import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import check_scoring, get_scorer_names
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import check_is_fitted

from skdigits._sklearn import (
    CallbackSupportMixin,
    Documented,
    FitTask,
    Interval,
    StrOptions,
    accepts_sample_weight,
    assert_all_finite,
    check_cv,
    dispatches,
    level_of_user,
    validate_data,
    with_callbacks,
    within_a_search,
)
from skdigits.classifier import TwoLayerNNClassifier
from skdigits.committee import (
    SAYS_NOTHING,
    PathProgress,
    ask,
    mean_log_probabilities,
    mean_probabilities,
    mean_scores,
    plan_committee,
    train,
)
from skdigits.fitting import brought, labels_of
from skdigits.fitting import labels as labelling
from skdigits.network import ACTIVATIONS, OUTPUTS, at_most_threads, beside, to_host


class TwoLayerNNClassifierCV(Documented, CallbackSupportMixin, ClassifierMixin, BaseEstimator):
    """A committee of networks with one hidden layer, which chooses its lambda by cross-validation.

    Nothing has to be chosen or scaled. ``fit`` cuts the rows into folds. For each fold it trains a
    `TwoLayerNNClassifier` on the other folds, with several lambdas from weak to strong. It chooses
    the lambda whose networks predict best the rows that they have not seen. With this lambda it
    trains as many networks on all rows, from different initial weights. The mean of their
    probabilities is the prediction: a cross-validation committee [1]_ [2]_. The defaults were
    chosen on 32 real tables of 81 to 3000 rows (see the guide, "One line").

    Parameters
    ----------
    hidden_units : int or list of int, default=25
        Number of hidden units, at least 1. Of a list the number with the best score is chosen. On
        the 32 tables 50 were no better than 25; on images of 400 pixels they were
        (``benchmarks/bench_committee.py``).
    reg_lambdas : int or list of float, default=7
        The values of ``reg_lambda`` to choose from, at least 0; all of them are tried. Or a number
        of values, spaced logarithmically from 0.03 to 30. If the best of these is at either end,
        the path goes on beyond it by the same factor. From its middle on the path ends when two
        larger lambdas in a row are no better. If the mean weight of the rows is below 1 or above
        100, the bounds 0.03 and 30 are multiplied accordingly.
    cv : int, splitter or iterable, default=None
        How to cut the rows: the number of folds, at least 2, shuffled and stratified by class; None
        for 5; a splitter of scikit-learn's; or pairs of training and test rows. If no class has as
        many rows as there are folds, a warning says so and there are fewer folds.
    n_repeats : int, default=1
        How often the rows are cut into folds, each time anew. (The folds of a splitter are used
        again, with other initial weights.) More repeats make a better choice and average more
        networks, 20 at most. The time grows in proportion.
    scoring : str, callable or None, default=None
        The score to choose by, as in scikit-learn; ``sample_weight`` counts if the scorer takes it.
        None: the log-loss, with sample and class weights; for several labels a row the mean of
        their log-losses. If several lambdas score the same, their log-loss decides.
    average : bool, default=True
        Whether the networks predict together. False: only the network of the lowest cost predicts.
    maxiter : int, default=200
        The most iterations of the networks that predict. They need not converge, because their mean
        is taken, and there is no warning if they do not.
    first_maxiter : int, default=100
        The most iterations at the first lambda of the path.
    step_maxiter : int, default=20
        The most iterations at each further lambda of the path.
    activation : {"logistic", "tanh", "relu"}, default="logistic"
        Activation of the hidden layer.
    output_activation : {"softmax", "sigmoid"}, default="softmax"
        Activation of the output layer. "softmax": multinomial cross-entropy. "sigmoid": the sum
        over outputs of binary cross-entropies, needed for multilabel targets.
    tol : float, default=2e-5
        As that of `TwoLayerNNClassifier`.
    class_weight : dict, list of dict, "balanced" or None, default=None
        As that of `TwoLayerNNClassifier`.
    dtype : {"float32", "float64"} or None, default=None
        Precision of the arithmetic of ``fit``. None: float32, which is faster and does not change
        how good the networks are; or float64 if the features are so far from zero that float32
        would. Weights and probabilities have the precision of ``X``.
    n_jobs : int, default=None
        The most threads, -1 for all cores. None: as many as the linear algebra library may use,
        which in a worker of joblib is one. The networks are the same, to the last bit, with any
        number.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds and of the initial weights. An int makes the fit deterministic.
    verbose : int, default=0
        1: a live line on a terminal or in a notebook, nothing elsewhere. 2: a line for each
        iteration.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels; 0 to n_outputs - 1 for multilabel targets.
    reg_lambda_ : float
        The chosen lambda.
    hidden_units_ : int
        The chosen number of hidden units.
    best_score_ : float
        The score of that choice, the mean over the splits.
    estimators_ : list of TwoLayerNNClassifier
        The networks that predict: as many as there are splits, 20 at most; one if not ``average``.
    reg_lambdas_ : ndarray of shape (n_lambdas,)
        The lambdas that were tried, increasing.
    scores_ : ndarray of shape (n_lambdas, n_splits), or (n_sizes, n_lambdas, n_splits)
        The score of each lambda on the held-out rows of each split; with three axes if
        ``hidden_units`` is a list. Greater is better, so the log-loss is negative. NaN where a path
        had ended, or where the held-out rows of a split have no weight.
    oof_predict_proba_ : ndarray of shape (n_samples, n_classes)
        Out-of-fold probabilities of the training rows, for stacking, calibration and thresholds.
        For each row they are those of the network, fitted with the chosen lambda, that had not seen
        the row: the mean if there are several such networks, NaN if there is none.
    n_iter_ : int
        Iterations of the optimizer, over the path and for the networks that predict together. More
        than 10 networks have several optimizers; then it is the largest of their numbers.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if ``X`` has string column names.

    Warns
    -----
    UserWarning
        If there are fewer folds than asked for, or if held-out rows are of a class that the other
        folds do not have. If the committee predicts the same for every row. If Ctrl-C ended the
        fit; then the best networks of the folds that are complete predict. Within a search or a
        cross-validation of scikit-learn 1.9 Ctrl-C ends the whole search.

    See Also
    --------
    TwoLayerNNClassifier : One network, with a lambda of your own.
    BatchedGridSearchCV : Chooses any parameters.
    skdigits.plotting.LambdaPathDisplay : The scores as a picture.

    References
    ----------
    .. [1] Krogh, A. and Vedelsby, J. (1995). Neural network ensembles, cross validation, and active
       learning. NIPS 7, 231-238.
    .. [2] Parmanto, B., Munro, P. W. and Doyle, H. R. (1996). Improving committee diagnosis with
       resampling techniques. NIPS 8, 882-888.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.model_selection import train_test_split
    >>> from skdigits import TwoLayerNNClassifierCV
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> model = TwoLayerNNClassifierCV(random_state=0).fit(X_train, y_train)
    >>> model.score(X_test, y_test) > 0.95
    True
    """

    _parameter_constraints = {  # noqa: RUF012
        "hidden_units": [Interval(Integral, 1, None, closed="left"), list, tuple, np.ndarray],
        "reg_lambdas": [Interval(Integral, 1, None, closed="left"), list, tuple, np.ndarray],
        "cv": ["cv_object"],
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
        "scoring": [StrOptions(set(get_scorer_names())), callable, None],
        "average": ["boolean"],
        "maxiter": [Interval(Integral, 1, None, closed="left")],
        "first_maxiter": [Interval(Integral, 1, None, closed="left")],
        "step_maxiter": [Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "output_activation": [StrOptions(set(OUTPUTS))],
        "tol": [Interval(Real, 0, None, closed="left")],
        "class_weight": [StrOptions({"balanced"}), dict, list, None],
        "dtype": [StrOptions({"float32", "float64"}), None],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        hidden_units=25,
        *,
        reg_lambdas=7,
        cv=None,
        n_repeats=1,
        scoring=None,
        average=True,
        maxiter=200,
        first_maxiter=100,
        step_maxiter=20,
        activation="logistic",
        output_activation="softmax",
        tol=2e-5,
        class_weight=None,
        dtype=None,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.hidden_units = hidden_units
        self.reg_lambdas = reg_lambdas
        self.cv = cv
        self.n_repeats = n_repeats
        self.scoring = scoring
        self.average = average
        self.maxiter = maxiter
        self.first_maxiter = first_maxiter
        self.step_maxiter = step_maxiter
        self.activation = activation
        self.output_activation = output_activation
        self.tol = tol
        self.class_weight = class_weight
        self.dtype = dtype
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @with_callbacks
    def fit(self, X, y, sample_weight=None, **params):
        """Choose, and fit the committee.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows, in whatever units. With scikit-learn's ``array_api_dispatch`` arrays of torch,
            CuPy or JAX are taken too. The committee is fitted in the host's memory all the same,
            and its predictions follow the rows to predict.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels, or a 0/1 indicator for several labels a row.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Row weights: finite, not negative, not all zero. They count in the cost, and in the
            score that chooses.
        **params : dict
            ``groups`` of the rows, for a splitter that asks for them. With metadata routing what
            the splitter and the scorer request.

        Returns
        -------
        self : TwoLayerNNClassifierCV
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter or argument is out of its range, if there are too few rows to cut, or if
            the score is not a number.
        """
        self._validate_params()
        scorer = None if self.scoring is None else check_scoring(self, scoring=self.scoring)
        of_splitter, of_scorer = self._routed(scorer, sample_weight, params)
        X = brought(X)
        if dispatches():
            y, sample_weight = to_host(y), to_host(sample_weight)
        plan = plan_committee(
            self, X, y, sample_weight, self._member, of_splitter, scorer, of_scorer
        )
        for warning in plan.told:
            warnings.warn(warning, stacklevel=level_of_user())
        threads = None if self.n_jobs is None else joblib.effective_n_jobs(self.n_jobs)
        with PathProgress(self.verbose) as progress, at_most_threads(threads):
            metadata = None if sample_weight is None else {"sample_weight": sample_weight}
            task = FitTask.open(self, None, plan.X, plan.y, metadata)
            trained = train(plan, task, progress)
        self._keep(plan, trained)
        if trained.interrupted:
            if within_a_search(self):
                raise KeyboardInterrupt  # it is the search that the user wants to end
            warnings.warn(trained.interrupted, stacklevel=level_of_user())
        elif trained.says_nothing:
            warnings.warn(SAYS_NOTHING, stacklevel=level_of_user())
        return self

    def _keep(self, plan, trained):
        """The attributes of what was found."""
        names = getattr(self, "feature_names_in_", None)
        for member in trained.members:
            if names is not None:
                member.feature_names_in_ = names
        self.estimators_ = trained.members
        self.classes_ = plan.labels.classes
        self.reg_lambda_, self.hidden_units_ = trained.step.reg_lambda, trained.hidden_units
        self.best_score_ = trained.step.score
        tried = [{step.reg_lambda: step.scores for step in path} for path in trained.paths]
        self.reg_lambdas_ = np.array(sorted(set().union(*tried)))
        nothing = np.full(len(plan.splits), np.nan)
        scores = [[path.get(each, nothing) for each in self.reg_lambdas_] for path in tried]
        several = not isinstance(self.hidden_units, Integral)
        self.scores_ = np.array(scores if several else scores[0])
        self.oof_predict_proba_ = trained.held_out
        self.n_iter_ = trained.n_iter

    def _member(self, hidden_units, reg_lambda):
        """A network of the committee, before its fit."""
        return TwoLayerNNClassifier(
            hidden_units,
            reg_lambda=reg_lambda,
            maxiter=self.maxiter,
            activation=self.activation,
            output_activation=self.output_activation,
            tol=self.tol,
            class_weight=self.class_weight,
        )

    def _routed(self, scorer, sample_weight, params):
        """(parameters of the splitter, of the scorer)."""
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "fit", sample_weight=sample_weight, **params)
            of_scorer = {} if scorer is None else routed.scorer.score
            of_splitter = routed.splitter.split if "splitter" in routed else {}
            return of_splitter, of_scorer
        unknown = sorted(params.keys() - {"groups"})
        if unknown:
            raise ValueError(
                f"fit got {', '.join(unknown)}, which goes nowhere; a splitter or a scorer gets it "
                "by metadata routing: sklearn.set_config(enable_metadata_routing=True)"
            )
        of_scorer = {}
        same = sample_weight is None or isinstance(sample_weight, Real)
        if scorer is not None and not same and accepts_sample_weight(scorer):
            of_scorer["sample_weight"] = sample_weight
        groups = params.get("groups")
        return {} if groups is None else {"groups": groups}, of_scorer

    def get_metadata_routing(self):
        """Say which parameters of ``fit`` go to the splitter and to the scorer.

        Returns
        -------
        routing : MetadataRouter
            As scikit-learn's user guide on metadata routing describes it.
        """
        router = MetadataRouter(owner=self).add_self_request(self)
        if isinstance(self.cv, BaseCrossValidator) or hasattr(self.cv, "split"):
            router.add(
                splitter=check_cv(self.cv, classifier=True),
                method_mapping=MethodMapping().add(caller="fit", callee="split"),
            )
        if self.scoring is not None:
            router.add(
                scorer=check_scoring(self, scoring=self.scoring),
                method_mapping=MethodMapping().add(caller="fit", callee="score"),
            )
        return router

    def _asked(self, X, combine):
        """(what combine makes of the members' scores for rows X, Labels, what puts it by X)."""
        check_is_fitted(self)
        given, X = X, brought(X)
        labels = labels_of(self.estimators_[0])
        dtype = self.estimators_[0].coefs_[0].dtype
        X = validate_data(
            self, X, reset=False, accept_sparse="csr", dtype=dtype, ensure_all_finite=False
        )
        found, finite = ask(self.estimators_, X, combine, labels)
        if not finite:  # or only its sum overflows
            assert_all_finite(X, estimator_name=type(self).__name__, input_name="X")
        return found, labels, partial(beside, None if X is given else given)

    def decision_function(self, X):
        """Compute the scores of rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            For two classes the log-odds of ``classes_[1]``, positive where it is predicted; for
            each of several labels its log-odds; otherwise the logarithm of each class's mean
            probability. Of one member alone its own.
        """
        scores, labels, put = self._asked(X, mean_scores)
        return put(labelling.decision(scores.T, labels))

    def predict(self, X):
        """Predict the labels of rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The classes, or for multilabel targets a 0/1 indicator.
        """
        scores, labels, put = self._asked(X, mean_scores)
        y = labelling.named(labelling.decide(scores.T, labels), labels, labels.classes)
        return put(y) if y.dtype.kind in "biuf" else y

    def predict_proba(self, X):
        """Predict probabilities: the mean of those of the networks.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes)
            In [0, 1]. Rows sum to one, those of multilabel targets excepted.
        """
        p, _, put = self._asked(X, mean_probabilities)
        return put(p)

    def predict_log_proba(self, X):
        """Predict the logarithms of probabilities, without underflow.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        log_p : ndarray of shape (n_samples, n_classes)
            The natural logarithm of what `predict_proba` returns.
        """
        log_p, _, put = self._asked(X, mean_log_probabilities)
        return put(log_p)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.array_api_support = True
        tags.classifier_tags.multi_label = self.output_activation == "sigmoid"
        return tags
