"""The regularized cost of one network as a function of theta: a stack of one, made public."""

from dataclasses import replace

import numpy as np

from skdigits.network.arrays import arrays_of, to_host
from skdigits.network.blocks import Data, split_rows
from skdigits.network.memory import check_matrix_fits
from skdigits.network.parameters import Layout, initial_parameters, pack, unpack
from skdigits.network.pointwise import ACTIVATIONS, OUTPUTS
from skdigits.network.projection import project_stack
from skdigits.network.stack import Stack, penalties, stack_cost_gradient, stack_hessian_products
from skdigits.network.stored import as_rows

# Hidden units of all copies of the network that are multiplied by unit vectors in one pass. Of 1885
# parameters and 1797 x 64 rows the Hessian took 6.5 s with 25, 2.7 with 100, 2.4 with 200, 2.8 with
# 1000.
HESSIAN_UNITS = 200


class Objective:
    r"""The regularized cost of a network with one hidden layer, for any optimizer.

    For rows ``x_i``, targets ``y_i``, row weights ``w_i`` and ``S = sum_i w_i``::

        hidden   a_i = W1 x_i + b1          h_i = act(a_i)
        output   z_i = W2 h_i + b2          p_i = softmax(z_i) or sigmoid(z_i)
        penalty  R = |W1 diag(s)|^2 + |W2|^2
        cost     J = 1/S sum_i w_i loss(y_i, z_i) + reg_lambda/(2 S) R

    where ``s`` is ``feature_scale``, or ones. The loss is the multinomial cross-entropy for
    ``softmax`` and the sum over outputs of binary cross-entropies for ``sigmoid``. Biases are never
    penalised. Weight 2 on a row equals that row twice. Losses are computed from the scores ``z`` in
    a form that cannot overflow.

    The flat parameter vector ``theta`` (n_parameters,) holds ``W1`` (hidden_units, n_features),
    ``b1`` (hidden_units,), ``W2`` (n_outputs, hidden_units), ``b2`` (n_outputs,), in that order.

    Parameters
    ----------
    X : {ndarray, sparse matrix or array} of shape (n_samples, n_features)
        The rows. float32 is computed in float32, everything else in float64. Dense rows are not
        copied if they are already of that dtype and contiguous in either order, and neither are
        smaller numbers, integers and booleans say: they are converted block by block at each
        evaluation. Sparse rows are kept as CSR and never densified. Rows that are stored, an
        `h5py.Dataset` or `zarr.Array`, are read block by block at each evaluation. Arrays of torch,
        CuPy or JAX are computed with where they are; parameters and gradients are NumPy's.
    Y : array-like of shape (n_samples, n_outputs)
        Targets in [0, 1]. For ``softmax`` each row sums to one: one-hot, or class probabilities.
    hidden_units : int, default=25
        Number of hidden units, at least 1.
    reg_lambda : float or pair of float, default=1.0
        Strength of the penalty, at least 0; of a pair, that of the hidden and of the output layer.
    activation : {"logistic", "tanh", "relu"}, default="logistic"
        Activation of the hidden layer.
    output_activation : {"softmax", "sigmoid"}, default="softmax"
        Activation of the output layer, which also fixes the loss.
    sample_weight : float or array-like of shape (n_samples,), default=None
        Row weights, not negative and not all zero; a number is that of every row. None: all one.
        Of shape (n_samples, n_outputs), for ``sigmoid`` only, each weighs the loss of one output,
        and ``w_i`` in ``S`` is a row's mean.
    feature_scale : array-like of shape (n_features,), default=None
        The units of the features in which the penalty takes the weights of the hidden layer,
        positive and finite; the ``feature_scale_`` of a fitted `TwoLayerNNClassifier`. None: all
        one, the units of ``X``.
    dtype : {"float32", "float64"} or None, default=None
        Precision of the arithmetic. None follows ``X``.

    Attributes
    ----------
    n_parameters : int
        The length of theta.

    Raises
    ------
    ValueError
        If a shape does not fit, a target or weight is out of its range, or a name is unknown.

    Notes
    -----
    Evaluations share buffers: use one `Objective` per thread. The gradient is that of
    backpropagation [1]_, Hessian products are exact by the R-operator [2]_.

    References
    ----------
    .. [1] Bishop, C. M. (2006). Pattern Recognition and Machine Learning, section 5.3. Springer.
    .. [2] Pearlmutter, B. A. (1994). Fast exact multiplication by the Hessian. Neural
       Computation 6(1), 147-160.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.optimize import minimize
    >>> from skdigits import Objective
    >>> X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> Y = np.array([[1, 0], [0, 1], [0, 1], [1, 0]])
    >>> objective = Objective(X, Y, hidden_units=4, reg_lambda=1e-4)
    >>> theta = objective.initial_parameters(random_state=0)
    >>> result = minimize(objective.cost_gradient, theta, jac=True, method="BFGS")
    >>> bool(result.fun < 0.02)
    True
    """

    def __init__(
        self,
        X,
        Y,
        *,
        hidden_units=25,
        reg_lambda=1.0,
        activation="logistic",
        output_activation="softmax",
        sample_weight=None,
        feature_scale=None,
        dtype=None,
    ):
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {list(ACTIVATIONS)}, got {activation!r}")
        if output_activation not in OUTPUTS:
            raise ValueError(
                f"output_activation must be one of {list(OUTPUTS)}, got {output_activation!r}"
            )
        if hidden_units < 1 or hidden_units != int(hidden_units):
            raise ValueError(f"hidden_units must be an integer >= 1, got {hidden_units!r}")
        each = penalties(reg_lambda)
        if len(each) != 2 or not all(0 <= strength < np.inf for strength in each):
            raise ValueError(
                "reg_lambda must be >= 0 and finite, one number or two (of the hidden and of the "
                f"output layer), got {reg_lambda!r}"
            )
        X, dtype = as_rows(X, dtype)
        Y = as_targets(Y, X.shape[0], dtype, output_activation)
        self._layout = Layout(X.shape[1], int(hidden_units), Y.shape[0])
        self._stack = Stack((self._layout,), (reg_lambda,), activation, output_activation)
        if output_activation == "softmax" and np.ndim(sample_weight) > 1:
            raise ValueError(
                "sample_weight must have one weight a row for output_activation='softmax', whose "
                f"outputs share one loss, got shape {np.shape(sample_weight)}"
            )
        if feature_scale is not None:
            feature_scale = as_feature_scale(feature_scale, X.shape[1])
        self._data = make_data(X, Y, sample_weight, self._layout.hidden_units, feature_scale)
        self._basis = None

    @property
    def n_parameters(self):
        """The length of theta."""
        return self._layout.size

    def initial_parameters(self, random_state=None):
        """Draw random weights.

        Each layer is uniform in +-sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio, 2010).

        Parameters
        ----------
        random_state : int, RandomState instance or None, default=None
            Seed or generator.

        Returns
        -------
        theta : ndarray of shape (n_parameters,)
            The weights, float64.
        """
        return initial_parameters(self._layout, random_state)

    def pack(self, W1, b1, W2, b2):
        """Put four arrays into one vector.

        Parameters
        ----------
        W1 : array-like of shape (hidden_units, n_features)
            Weights of the hidden layer.
        b1 : array-like of shape (hidden_units,)
            Biases of the hidden layer.
        W2 : array-like of shape (n_outputs, hidden_units)
            Weights of the output layer.
        b2 : array-like of shape (n_outputs,)
            Biases of the output layer.

        Returns
        -------
        theta : ndarray of shape (n_parameters,)
            A new vector, float64.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        return pack(W1, b1, W2, b2, self._layout)

    def unpack(self, theta):
        """Look at a vector as four arrays.

        Parameters
        ----------
        theta : ndarray of shape (n_parameters,)
            The weights.

        Returns
        -------
        W1, b1, W2, b2 : ndarrays
            Views into theta with the shapes that `pack` takes.
        """
        return unpack(self._as_vector(theta, "theta"), self._layout)

    def cost_gradient(self, theta):
        """Evaluate the cost and its gradient, together, in one pass over the rows.

        Parameters
        ----------
        theta : array-like of shape (n_parameters,)
            The weights.

        Returns
        -------
        cost : float
            The cost.
        gradient : ndarray of shape (n_parameters,)
            Its gradient, float64.
        """
        theta = self._as_vector(theta, "theta")
        costs, gradients = stack_cost_gradient(self._stack, [theta], self._data)
        return float(costs[0]), gradients[0]

    def hessian_product(self, theta, v):
        """Multiply the Hessian of the cost by a vector, exactly.

        Parameters
        ----------
        theta : array-like of shape (n_parameters,)
            The weights at which the Hessian is taken.
        v : array-like of shape (n_parameters,)
            The vector.

        Returns
        -------
        Hv : ndarray of shape (n_parameters,)
            The product, float64. At a kink of ``relu`` the right derivative is zero.
        """
        theta, v = self._as_vector(theta, "theta"), self._as_vector(v, "v")
        return stack_hessian_products(self._stack, [theta], [v], self._data)[0]

    def hessian(self, theta):
        """Compute the whole Hessian of the cost, exactly, for a small network.

        It is made of Hessian products with unit vectors, several in one pass over the rows.

        Parameters
        ----------
        theta : array-like of shape (n_parameters,)
            The weights at which the Hessian is taken.

        Returns
        -------
        H : ndarray of shape (n_parameters, n_parameters)
            The matrix, symmetric, float64.

        Raises
        ------
        MemoryError
            If the machine cannot hold the matrix; the error says how large it is.
        """
        theta, n = self._as_vector(theta, "theta"), self.n_parameters
        check_matrix_fits(
            n, 2, "the Hessian is", "use hessian_product, which multiplies by it without it"
        )
        layout, *_ = self._stack.layouts
        at_once = max(1, HESSIAN_UNITS // layout.hidden_units)
        data = replace(self._data, spare=[])  # buffers for more units than the rest needs
        H = np.empty((n, n))
        for start in range(0, n, at_once):
            columns = range(start, min(start + at_once, n))
            many = self._stack.repeated(len(columns))
            vectors = np.zeros((len(columns), n))
            vectors[range(len(columns)), columns] = 1.0
            thetas = [theta] * len(columns)
            H[start : columns.stop] = stack_hessian_products(many, thetas, vectors, data)
        return 0.5 * (H + H.T)

    def project(self, theta, goal=1e-12, new_axes=True):
        """Solve the output layer for the hidden layer of theta, then evaluate there.

        Variable projection [1]_: given ``W1`` and ``b1`` the cost is convex in ``W2`` and ``b2``,
        so an optimizer may be left with the former. One (hidden_units, n_samples) array is kept
        from call to call.

        Parameters
        ----------
        theta : array-like of shape (n_parameters,)
            The weights; those of the output layer are where its solver starts.
        goal : float, default=1e-12
            How far the cost may stay above its minimum over the output layer, estimated to second
            order; at least 0. Costs of goals that are small beside their differences can be
            compared.
        new_axes : bool, default=True
            Whether to find the principal axes of the hidden layer anew; those of the call before
            save time and serve as well where the weights have moved little.

        Returns
        -------
        theta : ndarray of shape (n_parameters,)
            The weights with the output layer solved.
        cost : float
            The cost there.
        gradient : ndarray of shape (n_parameters,)
            Its gradient, float64; that of the output layer is what the solver left.

        References
        ----------
        .. [1] Golub, G. H. and Pereyra, V. (1973). The differentiation of pseudo-inverses and
           nonlinear least squares problems whose variables separate. SIAM Journal on Numerical
           Analysis 10(2), 413-432.
        """
        theta = np.asarray(self._as_vector(theta, "theta"), dtype=np.float64)
        goals, bases = [goal], [None if new_axes else self._basis]
        costs, gradients, thetas, (self._basis,) = project_stack(
            self._stack, [theta], self._data, goals, bases
        )
        return thetas[0], float(costs[0]), gradients[0]

    def _as_vector(self, vector, name):
        vector = np.asarray(vector)
        if vector.shape != (self.n_parameters,):
            raise ValueError(
                f"{name} must have shape ({self.n_parameters},), got {vector.shape}; "
                "make one with initial_parameters() or pack(W1, b1, W2, b2)"
            )
        return vector


def make_data(X, Y, sample_weight, units, feature_scale=None):
    """The Data of rows X, targets Y (n_outputs, n_samples), weights as those of rows or None.

    Y is in the dtype of the arithmetic.
    """
    n_samples, dtype = X.shape[0], Y.dtype
    if sample_weight is None:
        lanes = split_rows(X, Y, None, units)
        return Data(lanes, n_samples, float(n_samples), dtype, feature_scale, arrays_of(X))
    w = as_weights(sample_weight, n_samples, n_outputs=len(Y)).T
    weight_sum = float(w.sum()) / (w.size // n_samples)
    w = (w / weight_sum * n_samples).astype(dtype)
    lanes = split_rows(X, Y, w, units)
    return Data(lanes, n_samples, weight_sum, dtype, feature_scale, arrays_of(X))


def as_feature_scale(feature_scale, n_features):
    """Units of features as float64 (n_features,): positive and finite."""
    s = np.asarray(to_host(feature_scale), dtype=np.float64)
    if s.shape != (n_features,):
        raise ValueError(f"feature_scale must have shape ({n_features},), got {s.shape}")
    if not (s.min() > 0 and s.max() < np.inf):
        raise ValueError(
            f"feature_scale must be positive and finite, got values from {s.min()} to {s.max()}"
        )
    return s


def as_targets(Y, n_samples, dtype, output_activation):
    """Y' (n_outputs, n_samples) in that dtype."""
    Y = np.asarray(to_host(Y))
    if Y.ndim != 2 or Y.shape[0] != n_samples or Y.shape[1] == 0:
        raise ValueError(
            f"Y must be of shape ({n_samples}, n_outputs), got {Y.shape}; of class labels y make "
            "it by (y[:, None] == np.unique(y)).astype(float)"
        )
    if not (Y.min() >= 0 and Y.max() <= 1):
        raise ValueError(f"Y must lie in [0, 1], got values from {Y.min()} to {Y.max()}")
    if output_activation == "softmax":
        sums = Y.sum(axis=1)
        worst = int(np.abs(sums - 1).argmax())
        if abs(sums[worst] - 1) > 1e-5:
            raise ValueError(
                f"each row of Y must sum to 1 for output_activation='softmax', got {sums[worst]} "
                f"in row {worst}; for several labels a row use output_activation='sigmoid'"
            )
    return np.ascontiguousarray(Y.T, dtype=dtype)


def as_weights(weights, n_samples, name="sample_weight", n_outputs=None):
    """Row weights as float64 (n_samples,): finite, not negative, not all zero; a number is for all.

    With n_outputs they may also be (n_samples, n_outputs).
    """
    try:
        w = np.asarray(to_host(weights), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be numbers, one a row, or one for all, got {weights!r}"
        ) from error
    if w.ndim == 0:
        w = np.full(n_samples, w)
    if w.shape not in ((n_samples,), (n_samples, n_outputs)):
        raise ValueError(f"{name} must have shape ({n_samples},), got {w.shape}")
    with np.errstate(over="ignore"):
        total = w.sum()
    if not (w.min() >= 0 and np.finfo(w.dtype).tiny <= total < np.inf):
        raise ValueError(
            f"{name} must be finite, not negative and not all zero, "
            f"got values from {w.min()} to {w.max()}"
        )
    return w
