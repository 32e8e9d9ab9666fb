"""The estimator: parameters and their ranges, a fit that is planned and run, predictions."""

import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils.validation import check_is_fitted

from skdigits._sklearn import (
    CallbackSupportMixin,
    Documented,
    FitTask,
    Interval,
    Options,
    Pair,
    StrOptions,
    assert_all_finite,
    level_of_user,
    with_callbacks,
    within_a_search,
)
from skdigits.fitting import (
    INTERRUPTED,
    MAX_LAMBDA,
    Progress,
    TimeLimit,
    check_rows,
    check_same_library,
    conclude,
    descend_all,
    labels_of,
    plan_fit,
    rows_of_fitted,
)
from skdigits.fitting import labels as labelling
from skdigits.network import (
    ACTIVATIONS,
    COORDINATES,
    OUTPUTS,
    Objective,
    activations,
    is_foreign,
    is_stored,
    scores,
    to_host,
)


class TwoLayerNNClassifier(
    Documented,
    CallbackSupportMixin,
    ClassNamePrefixFeaturesOutMixin,
    ClassifierMixin,
    TransformerMixin,
    BaseEstimator,
):
    """A classifier with one hidden layer, trained by minimising one regularized cost.

    ``fit`` hands the full-batch cost and its exact gradient (and Hessian products) to
    `scipy.optimize.minimize`. For rows ``x_i``, targets ``y_i``, row weights ``w_i`` and
    ``S = sum_i w_i``::

        hidden   a_i = W1 x_i + b1          h_i = activation(a_i)
        output   z_i = W2 h_i + b2          p_i = softmax(z_i) or sigmoid(z_i)
        penalty  R = |W1 diag(s)|^2 + |W2|^2
        cost     J = 1/S sum_i w_i loss(y_i, p_i) + reg_lambda/(2 S) R

    With ``standardize`` the penalty measures the features in units ``s`` of their spread, so the
    units of a table's columns do not matter. Without it ``s`` is one, and the cost is that of
    `sklearn.neural_network.MLPClassifier`. Biases are never penalised, and weight 2 on a row equals
    that row twice.

    Parameters
    ----------
    hidden_units : int, default=25
        Number of hidden units, at least 1.
    reg_lambda : float or pair of float, default=1.0
        Strength of the L2 penalty (lambda), at least 0. It is divided by the sum of the row
        weights, like ``alpha`` of `sklearn.neural_network.MLPClassifier`. A pair has the strength
        for the hidden layer and that for the output layer.
    standardize : bool, default=True
        Whether the penalty measures the weights of the hidden layer in units of the features'
        spread, as glmnet and MATLAB's fitcnet do. The spread of a feature is the largest deviation
        of its values from their median, without the three most extreme values. All spreads are
        multiplied by one factor, so that the variances of the features sum to 20 [5]_. Then one
        lambda means the same for 4 features and for 400, in any units. ``X`` is not touched, and
        ``coefs_`` are in its units.
    maxiter : int, default=1000
        The most iterations of the optimizer, at least 1. With ``progressive_sampling`` they are
        counted anew for each sample and for all rows.
    activation : {"logistic", "tanh", "relu"}, default="logistic"
        Activation of the hidden layer.
    output_activation : {"softmax", "sigmoid"}, default="softmax"
        Activation of the output layer. "softmax": multinomial cross-entropy. "sigmoid": the sum
        over outputs of binary cross-entropies, needed for multilabel targets.
    solver : str, default="L-BFGS-B"
        A method of `scipy.optimize.minimize` [1]_, in any case: "L-BFGS-B", "CG", "BFGS",
        "Newton-CG", "TNC", "trust-ncg" or "trust-krylov". Newton-CG, trust-ncg and trust-krylov
        use exact Hessian products. scipy's trust-krylov seeds a search of its own by the clock, so
        that two fits may differ.
    solver_options : dict, default=None
        Options of that method, handed to scipy as they are. They take precedence over ``maxiter``
        and ``tol``, except for a ``maxiter`` of None.
    tol : float, default=2e-5
        The fit has converged when no component of the gradient (in the optimizer's coordinates) is
        larger than this. At least 0. Where classes are of unequal weight all gradients are smaller,
        so ``tol`` is multiplied by the entropy of the classes' weights over that of equal weights.
        It cannot be compared with MLPClassifier's 1e-4, which is about another gradient: in these
        coordinates gradients are smaller.
    max_time : float, default=None
        Seconds after which the fit ends, with the weights of the lowest cost so far and a warning;
        looked at after each iteration, of which there is at least one. None: no limit. With
        ``n_init`` it is for all starts together. In a search it is for each fit by itself, of its
        own time and its share of what it has computed together with others.
    n_init : int, default=1
        Number of starts from different initial weights. The fit of the lowest cost is kept (with
        ``early_stopping``, of the lowest validation loss).
    coordinates : {"scaled", "centered", "plain"}, default="scaled"
        The variables that the optimizer works in, and that the initial weights are drawn in. The
        cost, its penalty and its minima are the same in all. "plain": the weights themselves.
        "centered": as if each feature had its mean subtracted and each hidden unit its middle
        value; on digits that takes about half the iterations. "scaled": besides, as if each feature
        were divided by its spread (see ``standardize``), so that unscaled tables converge far
        sooner, without a StandardScaler. Sparse ``X`` stays sparse. The guide, "Choosing a solver",
        counts the iterations. With a ``reg_lambda`` that is too weak for the rows, centered and
        scaled coordinates also overfit sooner (``TwoLayerNNClassifierCV`` chooses lambda).
    variable_projection : bool or "auto", default="auto"
        Whether to find the best output layer, which is a convex problem, at every evaluation of the
        cost, so that the optimizer changes the hidden layer only [2]_. It then takes fewer
        iterations, though longer ones, to the same minima, and needs memory for one (hidden_units,
        n_samples) array. Not for the solvers that use Hessian products, nor for TNC. "auto": where
        it is faster, that is with many features, but not in plain coordinates, nor where that array
        would have more than 2**25 numbers, nor for rows of HDF5 or Zarr.
    progressive_sampling : None, "auto" or sequence of float, default=None
        Fractions of the rows to begin on [3]_ [4]_, increasing, between 0 and 1. The fit goes from
        sample to sample and ends on all rows. Samples are stratified by class, and each is part of
        the next; the fit leaves one when the cost on it falls slowly. This is faster where fits are
        short, and reaches other minima, mostly as good; fits of many iterations gain no time.
        "auto": (0.1, 0.3) from 20000 rows on. A sample's rows are copied. A start from given or
        fitted weights takes all rows at once.
    class_weight : dict, list of dict, "balanced" or None, default=None
        Factors on the row weights by class: ``{label: factor}``. "balanced": factors that give all
        classes the same weight in all. For multilabel targets a list of dicts, one for each column;
        the factors of a label weigh the loss of that label alone.
    early_stopping : bool, default=False
        Whether to stop when the loss on held-out rows no longer improves, and to keep the weights
        where it was lowest. Works with every solver.
    validation_fraction : float, default=0.1
        Fraction of the rows that ``early_stopping`` holds out, stratified by class, when ``fit``
        is given no ``X_val``; between 0 and 1.
    n_iter_no_change : int or np.inf, default=10
        Iterations without a lower validation loss after which ``early_stopping`` stops. With
        infinity it never stops, and only keeps the weights of the lowest loss.
    warm_start : bool, default=False
        Whether ``fit`` starts from the weights of the fit before.
    dtype : {"float32", "float64"} or None, default=None
        Precision of the arithmetic. None follows ``X``: float32 stays float32, everything else
        becomes float64.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights and of the rows held out. An int makes the fit deterministic,
        except with solver="trust-krylov".
    verbose : int, default=0
        1: a live line on a terminal or in a notebook, nothing elsewhere. 2: a line for each
        iteration; a notebook shows the newest ten. There is no live line in workers and in threads
        other than the main one.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels; 0 to n_outputs - 1 for multilabel targets.
    coefs_ : list of ndarray, shapes (n_features, hidden_units) and (hidden_units, n_outputs)
        Weights of the hidden and of the output layer.
    intercepts_ : list of ndarray, shapes (hidden_units,) and (n_outputs,)
        Biases of the hidden and of the output layer.
    feature_scale_ : ndarray of shape (n_features,) or None
        The units ``s`` in which the penalty measures the weights of the hidden layer, float64; None
        without ``standardize``.
    loss_ : float
        The cost of the weights that were kept: the lowest cost, or with ``early_stopping`` the cost
        where the validation loss was lowest.
    loss_curve_ : list of float
        The cost over all rows after each iteration over all rows.
    n_iter_ : int
        Number of iterations over all rows.
    sample_loss_curves_ : list of list of float
        For each sample of ``progressive_sampling`` the cost over its rows after each iteration.
    init_losses_ : list of float
        The cost that each of the ``n_init`` starts reached.
    validation_loss_curve_ : list of float or None
        The mean loss on the validation rows after each iteration, without the penalty; None if
        there are no such rows. With ``X_val`` it is recorded even without ``early_stopping``.
    validation_scores_ : list of float or None
        The accuracy on the validation rows after each iteration.
    best_iter_ : int or None
        The iteration with the lowest validation loss: 1 is the first, 0 the start.
    optimize_result_ : OptimizeResult
        scipy's outcome without its arrays: ``fun, nit, nfev, status, success, message`` and, where
        there are any, ``njev, nhev``; and ``gradient_norm``, the gradient's largest component.
        ``status`` is 100 if ``tol`` was met, 101 after a stop by early stopping or a callback, 102
        after Ctrl-C, 103 at ``maxiter`` and 104 after ``max_time``; otherwise ``status`` and
        ``message`` are scipy's.
        ``success`` is True if ``tol``, or a test of convergence in ``solver_options``, was met.
    n_outputs_ : int
        Number of outputs: 1 for two classes with "sigmoid", otherwise one for each class or label.
    activation_ : str
        The activation of the hidden layer that the weights were fitted for.
    output_activation_ : str
        That of the output layer.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if ``X`` has string column names.

    Warns
    -----
    ConvergenceWarning
        If ``maxiter`` or ``max_time`` ended the fit, or the optimizer failed. The text is the same
        for all fits; the figures are in the attributes ``n_iter, maxiter, gradient_norm, tol``.
    UserWarning
        If the network predicts the same for every row. If ``early_stopping`` kept the random
        weights that the fit started from. If Ctrl-C ended the fit; then the weights of the lowest
        cost are kept. Within a search or a cross-validation of scikit-learn 1.9 Ctrl-C ends the
        whole search.

    See Also
    --------
    TwoLayerNNClassifierCV : Chooses lambda by itself; several networks predict together.
    Objective : The cost itself, for an optimizer of your own.
    sklearn.neural_network.MLPClassifier : Several layers, stochastic solvers.

    References
    ----------
    .. [1] Nocedal, J. and Wright, S. J. (2006). Numerical Optimization, 2nd ed. Springer.
    .. [2] Golub, G. H. and Pereyra, V. (1973). The differentiation of pseudo-inverses and
       nonlinear least squares problems whose variables separate. SIAM Journal on Numerical
       Analysis 10(2), 413-432.
    .. [3] Provost, F., Jensen, D. and Oates, T. (1999). Efficient progressive sampling. KDD.
    .. [4] Byrd, R. H., Chin, G. M., Nocedal, J. and Wu, Y. (2012). Sample size selection in
       optimization methods for machine learning. Mathematical Programming 134(1), 127-155.
    .. [5] Neal, R. M. (1996). Bayesian Learning for Neural Networks. Springer, section 2.1.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import train_test_split
    >>> from skdigits import TwoLayerNNClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0)
    >>> model = TwoLayerNNClassifier(maxiter=500, random_state=0).fit(X_train, y_train)
    >>> model.score(X_test, y_test) > 0.95
    True
    """

    _parameter_constraints = {  # noqa: RUF012
        "hidden_units": [Interval(Integral, 1, None, closed="left")],
        "reg_lambda": [Interval(Real, 0, MAX_LAMBDA, closed="both"), Pair()],
        "standardize": ["boolean"],
        "maxiter": [Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "output_activation": [StrOptions(set(OUTPUTS))],
        "solver": [str],  # any case: find_solver knows the names
        "solver_options": [dict, None],
        "tol": [Interval(Real, 0, None, closed="left")],
        "max_time": [Interval(Real, 0, None, closed="neither"), None],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "coordinates": [StrOptions(set(COORDINATES))],
        "variable_projection": ["boolean", StrOptions({"auto"})],
        "progressive_sampling": [StrOptions({"auto"}), tuple, list, np.ndarray, None],
        "class_weight": [StrOptions({"balanced"}), dict, list, None],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [
            Interval(Integral, 1, None, closed="left"),
            Options(Real, {np.inf}),
        ],
        "warm_start": ["boolean"],
        "dtype": [StrOptions({"float32", "float64"}), None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        hidden_units=25,
        *,
        reg_lambda=1.0,
        standardize=True,
        # Of fits on 29 small tables 13% converge in 200 iterations, 60% in 1000, the longest in 2 s
        # (bench_maxiter, before there was standardize).
        maxiter=1000,
        activation="logistic",
        output_activation="softmax",
        solver="L-BFGS-B",
        solver_options=None,
        tol=2e-5,
        max_time=None,
        n_init=1,
        coordinates="scaled",
        variable_projection="auto",
        progressive_sampling=None,
        class_weight=None,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        warm_start=False,
        dtype=None,
        random_state=None,
        verbose=0,
    ):
        self.hidden_units = hidden_units
        self.reg_lambda = reg_lambda
        self.standardize = standardize
        self.maxiter = maxiter
        self.activation = activation
        self.output_activation = output_activation
        self.solver = solver
        self.solver_options = solver_options
        self.tol = tol
        self.max_time = max_time
        self.n_init = n_init
        self.coordinates = coordinates
        self.variable_projection = variable_projection
        self.progressive_sampling = progressive_sampling
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.dtype = dtype
        self.random_state = random_state
        self.verbose = verbose

    @with_callbacks
    def fit(
        self,
        X,
        y,
        sample_weight=None,
        *,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
        coef_init=None,
        intercept_init=None,
        classes=None,
        mask=None,
    ):
        """Fit the network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows, in whatever units. A memory map is read where it lies, and integers and
            booleans stay as they are. Rows behind an interface, an `h5py.Dataset` or `zarr.Array`,
            are read block by block. With scikit-learn's ``array_api_dispatch``, arrays of torch,
            CuPy or JAX are computed with where they are, and all that is returned follows ``X``.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels, or a 0/1 indicator for several labels a row. Or, with ``classes``,
            probabilities of the classes (n_samples, n_classes), whose rows sum to one: what
            annotators voted, or another model predicted.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Row weights: finite, not negative, not all zero. A number is that of every row.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Rows to validate on after each iteration; with ``early_stopping`` they decide. A
            Pipeline transforms them like ``X`` only if told to: enable metadata routing, call
            ``set_fit_request(X_val=True, y_val=True)`` and give the Pipeline
            ``transform_input=["X_val"]``. A search cuts them by its folds if they are as many as
            the rows of ``X``, which is scikit-learn's rule for all that a fit is given.
        y_val : array-like of shape (n_val,) or (n_val, n_labels), default=None
            Their labels, all of which must be in ``y``; or their probabilities, as those of ``y``.
        sample_weight_val : array-like of shape (n_val,), default=None
            Their weights.
        coef_init : list of two array-like, default=None
            Initial weights, with the shapes of ``coefs_``. With ``n_init`` > 1 they replace those
            of the first start.
        intercept_init : list of two array-like, default=None
            Initial biases, with the shapes of ``intercepts_``.
        classes : array-like of shape (n_classes,), default=None
            The labels that the columns of ``y`` stand for, if ``y`` holds probabilities. To the
            cost a row is then a row of each class, with the probabilities as weights.
        mask : list of two array-like of bool, default=None
            With the shapes of ``coefs_``: False where a weight is held at zero, so that a feature
            does not reach a hidden unit, or a hidden unit an output. Biases are always fitted. Not
            with ``variable_projection=True``.

        Returns
        -------
        self : TwoLayerNNClassifier
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter or argument is out of its range, or the cost becomes non-finite.
        MemoryError
            If solver="BFGS" needs a matrix larger than the memory.
        """
        limit = TimeLimit(self.max_time)
        validation = X_val, y_val, sample_weight_val
        given = coef_init, intercept_init, classes, mask
        plan = plan_fit(self, X, y, sample_weight, validation, *given)
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        return self._run(plan, limit, metadata)

    def _run(self, plan, limit, metadata):
        """Fit by a FitPlan: self; metadata is what scikit-learn's callbacks are told."""
        shares = [[len(index) / len(plan.targets) for index in samples] for samples in plan.samples]
        with Progress(self.verbose, plan.maxiter, shares) as progress:
            most = plan.maxiter if self.n_init == 1 else self.n_init
            task = FitTask.open(self, most, plan.X, plan.y, metadata)
            descents = descend_all(plan, task, progress, limit)
        attributes, told = conclude(plan, descents)
        vars(self).update(attributes)
        last = descents[-1].result  # after Ctrl-C there are no further starts
        if last.status == INTERRUPTED and within_a_search(self):
            raise KeyboardInterrupt  # it is the search that the user wants to end
        for warning in told:
            warnings.warn(warning, stacklevel=level_of_user())
        return self

    def _asked(self, X, method, compute=scores, layers=2):
        """What compute gives for rows X of a method and the weights of so many layers."""
        check_is_fitted(self)
        check_same_library(self, X, method)
        dtype = None if is_foreign(self.coefs_[0]) else self.coefs_[0].dtype
        X, _, _ = check_rows(self, X, dtype, reset=False, ensure_all_finite=False)
        weights = zip(self.coefs_[:layers], self.intercepts_[:layers], strict=True)
        arrays = [array for coef, intercept in weights for array in (coef.T, intercept)]
        found, finite = compute(*arrays, X, self.activation_)
        if not finite and not is_stored(X):  # or only its sum overflows; stored rows are checked
            assert_all_finite(X, estimator_name=type(self).__name__, input_name="X")
        return found

    def _scores(self, X, method):
        """Labels and scores Z (n_outputs, n_samples) of rows X of a method."""
        Z = self._asked(X, method)
        return labels_of(self), Z

    def transform(self, X):
        """Compute the hidden layer of rows: what the network makes of the features.

        With it the network can stand before the last step of a Pipeline.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        h : ndarray of shape (n_samples, hidden_units)
            The activations of the hidden units: in (0, 1) for "logistic", in (-1, 1) for "tanh",
            at least 0 for "relu". `get_feature_names_out` names them.
        """
        return self._asked(X, "transform", activations, 1)

    @property
    def _n_features_out(self):
        """For get_feature_names_out."""
        return len(self.intercepts_[0])

    def decision_function(self, X):
        """Compute the scores of rows before the output activation.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            For two classes one score a row, positive for ``classes_[1]``; otherwise one for each
            class or label.
        """
        labels, Z = self._scores(X, "decision_function")
        return labelling.decision(Z, labels)

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
        labels, Z = self._scores(X, "predict")
        return labelling.named(labelling.decide(Z, labels), labels, self.classes_)

    def predict_proba(self, X):
        """Predict probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes)
            In [0, 1]. Rows sum to one, those of multilabel targets excepted: there each label has
            a probability of its own. Several classes with "sigmoid": the outputs' probabilities
            over their sum.
        """
        labels, Z = self._scores(X, "predict_proba")
        return labelling.probabilities(Z, labels)

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
        labels, Z = self._scores(X, "predict_log_proba")
        return labelling.probabilities(Z, labels, log=True)

    def hessian(self, X, y, sample_weight=None, *, classes=None, penalty=True):
        """Compute the Hessian of the cost at the fitted weights, exactly.

        From it follow standard errors of the weights, the effective number of parameters, and how
        well determined a fit is: the guide, "The mathematics", shows how. These mean something
        only at a minimum: let the fit converge, with ``tol=1e-6`` for instance.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows of the fit.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Their labels; or with ``classes`` probabilities, as ``fit`` takes them.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Their weights.
        classes : array-like of shape (n_classes,), default=None
            As that of ``fit``.
        penalty : bool, default=True
            Whether the penalty counts. Without it this is the Hessian of the loss alone.

        Returns
        -------
        H : ndarray of shape (n_parameters, n_parameters)
            Symmetric, float64. The parameters stand in the order of `Objective`: the weights of the
            first hidden unit, of the second and so on (``coefs_[0].T.ravel()``), the hidden biases,
            then ``coefs_[1].T.ravel()`` and the biases of the output layer.

        Raises
        ------
        MemoryError
            If the machine cannot hold the matrix; the error says how large it is.
        """
        check_is_fitted(self)
        rows = rows_of_fitted(self, X, y, sample_weight, classes)
        (V1, V2), (b1, b2) = self.coefs_, self.intercepts_
        objective = Objective(
            rows.X,
            rows.targets(labels_of(self)),
            hidden_units=len(b1),
            reg_lambda=self.reg_lambda if penalty else 0.0,
            activation=self.activation_,
            output_activation=self.output_activation_,
            sample_weight=rows.w,
            feature_scale=self.feature_scale_,
            dtype=np.float64,
        )
        return objective.hessian(objective.pack(V1.T, b1, V2.T, b2))

    def __getstate__(self):
        """For pickle and copy: all arrays are NumPy's, wherever the fit was."""
        state = dict(super().__getstate__())
        for name, value in state.items():
            if name in ("coefs_", "intercepts_"):
                state[name] = [to_host(array) for array in value]
            elif name.endswith("_"):
                state[name] = to_host(value)
        return state

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.array_api_support = True
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_label = self.output_activation == "sigmoid"
        kept = ["float64", "float32"] if self.dtype is None else [self.dtype]
        tags.transformer_tags.preserves_dtype = kept
        return tags
