"""The estimator whose rows are with the workers of a Dask cluster."""

import dask.array as da
import numpy as np
from dask import delayed
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skdigits.classifier import TwoLayerNNClassifier
from skdigits.dask import parts
from skdigits.dask.cluster import (
    Cluster,
    FarData,
    FarHeldOut,
    FarObjective,
    again,
    client_in_use,
)
from skdigits.dask.collections import as_array, check_names, delayed_parts
from skdigits.fitting import (
    FitPlan,
    Found,
    Rows,
    TimeLimit,
    balanced,
    check_parameters,
    check_some_weight,
    class_factors,
    evenness,
    settle,
)
from skdigits.fitting import labels as labelling
from skdigits.network import Layout, initial_parameters, measure

NOT_HERE = {  # parameters of TwoLayerNNClassifier that a fit on a cluster cannot follow
    "progressive_sampling": (
        None,
        "a fit on a cluster takes no samples: set progressive_sampling=None",
    ),
}


class DaskTwoLayerNNClassifier(TwoLayerNNClassifier):
    """A `TwoLayerNNClassifier` whose rows stay with the workers of a Dask cluster.

    The workers keep the rows, compute with them and answer with sums; the optimizer runs in the
    client, which never holds a row. The fit is that of a TwoLayerNNClassifier on the same rows,
    except for rounding, and has the same bits whatever workers there are. If a worker is lost, its
    rows are loaded again from their graph and the fit goes on.

    Its parameters are those of `TwoLayerNNClassifier`, except that ``progressive_sampling`` is
    refused. With ``early_stopping`` each part of the rows holds out its share. The client is the
    one that Dask has in use: the one made last, or that of ``with client.as_current():``.

    Attributes
    ----------
    coefs_, intercepts_, classes_, loss_, loss_curve_, n_iter_, optimize_result_, feature_scale_
        These and all others are those of `TwoLayerNNClassifier`, in the memory of the client.

    See Also
    --------
    TwoLayerNNClassifier : For rows that one machine can hold, or read from its disk.

    Examples
    --------
    >>> from skdigits.dask import DaskTwoLayerNNClassifier
    >>> DaskTwoLayerNNClassifier(hidden_units=50, reg_lambda=3.0)
    DaskTwoLayerNNClassifier(hidden_units=50, reg_lambda=3.0)
    """

    def fit(self, X, y, sample_weight=None, *, coef_init=None, intercept_init=None):
        """Fit the network.

        Parameters
        ----------
        X : dask Array of shape (n_samples, n_features), or dask DataFrame
            The rows, in chunks along the rows, lazy or persisted; chunks may be sparse (CSR) and of
            unknown sizes. Each chunk is loaded once, and again only if its worker is lost.
        y : dask Array or Series, or array-like, of shape (n_samples,) or (n_samples, n_labels)
            Class labels, or a 0/1 indicator for several labels a row.
        sample_weight : dask Array or Series, or array-like, of shape (n_samples,), default=None
            Row weights: finite, not negative, not all zero.
        coef_init : list of two array-like, default=None
            Initial weights, as those of `TwoLayerNNClassifier`.
        intercept_init : list of two array-like, default=None
            Initial biases.

        Returns
        -------
        self : DaskTwoLayerNNClassifier
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter or argument is out of its range, chunks do not fit, or there is no
            client.
        WorkersLostError
            If rows were on a worker that is lost and cannot be loaded again, or no worker is left.
        """
        limit = TimeLimit(self.max_time)
        check_parameters(self)
        for name, (accepted, remedy) in NOT_HERE.items():
            if getattr(self, name) != accepted:
                raise ValueError(f"{name}={getattr(self, name)!r}: {remedy}")
        cluster = Cluster(client_in_use(), delayed_parts(X, y, sample_weight))
        plan = self._plan(cluster, coef_init, intercept_init)
        names = getattr(X, "columns", None)
        if names is not None and all(isinstance(name, str) for name in names):
            self.feature_names_in_ = np.array(names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        self.n_features_in_ = plan.layout.n_features
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        return self._run(plan, limit, metadata)

    def _plan(self, cluster, coef_init, intercept_init):
        """The FitPlan of the parts in a cluster."""
        continued = self.warm_start and hasattr(self, "coefs_")
        told = cluster.ask(parts.describe)
        rows, features, single, columns, values = zip(*told, strict=True)
        for name, each in (("features", features), ("columns of y", columns)):
            if len(set(each)) > 1:
                raise ValueError(f"all chunks must have the same {name}, got {sorted(set(each))}")
        n_samples = sum(rows)
        if self.dtype is None:
            dtype = np.dtype(np.float32 if all(single) else np.float64)
        else:
            dtype = np.dtype(self.dtype)
        labels = _labels(np.concatenate(values), columns[0], self.output_activation)
        layout = Layout(features[0], int(self.hidden_units), labels.n_outputs)
        rng = check_random_state(self.random_state)
        drawn = [initial_parameters(layout, rng) for _ in range(self.n_init)]

        counts = _summed(cluster.ask(parts.encode, labels, dtype, keep=True))
        factors = _factors(self.class_weight, counts, labels)
        totals, counts = zip(*cluster.ask(parts.weigh, factors, labels, keep=True), strict=True)
        counts, held_out = _summed(counts), None
        if self.early_stopping:
            share = self.validation_fraction, int(rng.randint(2**31 - 1)), labels, dtype
            divided = cluster.ask(parts.hold_out, *share, keep=True)
            before, (rows, totals, counts, held) = counts, zip(*divided, strict=True)
            counts = _summed(counts)
            n_samples, held_out = sum(rows), FarHeldOut(cluster, sum(held))
            gone = (np.array(counts) == 0) & (np.array(before) > 0)
            if not held_out.weight or gone.any():
                raise ValueError(
                    f"early_stopping=True with validation_fraction={self.validation_fraction} must "
                    f"hold out some of {n_samples} rows in {len(rows)} parts, and leave some of "
                    "each class: change validation_fraction"
                )
        weight_sum = sum(totals)
        check_some_weight(np.array([weight_sum]), "training")
        units = None
        if self.standardize or self.coordinates != "plain":
            cluster.ask(parts.lay_out, dtype, keep=True)
            units = again(measure, FarData(cluster, n_samples, weight_sum, dtype), features[0])
        light = weight_sum < n_samples / 2
        found = Found(labels, layout, n_samples, dtype, units, evenness(counts, labels), light)
        settled = settle(self, found, drawn, (coef_init, intercept_init), continued)
        network, attributes = settled["network"], settled["attributes"]
        scale = network["feature_scale"]

        def objective():
            prepared = labels, n_samples, weight_sum, scale, dtype, layout.hidden_units
            cluster.ask(parts.prepare, *prepared, keep=True)
            data = FarData(cluster, n_samples, weight_sum, dtype, scale)
            shape = network["activation"], network["output_activation"]
            return FarObjective(data, layout, network["reg_lambda"], *shape)

        def ranges(theta):
            fitted = attributes(theta)
            (V1, V2), (b1, b2) = fitted["coefs_"], fitted["intercepts_"]
            softmax = labels.output_activation == "softmax"
            weights = V1.T, b1, V2.T, b2
            bounds = np.array(cluster.ask(parts.ranges, weights, network["activation"], softmax))
            return bounds[:, 1].max(axis=0) - bounds[:, 0].min(axis=0)

        return FitPlan(
            X=None,
            y=None,
            rows=None,
            held_out=held_out,
            targets=None,
            samples=[[] for _ in drawn],
            objective=objective,
            ranges=ranges,
            holds_out=True,
            **settled,
        )

    def to_local(self):
        """A fitted TwoLayerNNClassifier with the same parameters and weights, without a client.

        Returns
        -------
        model : TwoLayerNNClassifier
            It shares the arrays of the weights.
        """
        check_is_fitted(self)
        model = TwoLayerNNClassifier()
        vars(model).update(vars(self))
        return model

    def _lazily(self, method, X, columns, dtype):
        """What a method of the local model gives for X: a dask Array, or at once for local rows."""
        local = self.to_local()
        if not hasattr(X, "dask"):
            return getattr(local, method)(X)
        check_names(X, getattr(local, "feature_names_in_", None))
        X = as_array(X, "X")
        if X.ndim != 2 or X.numblocks[1] > 1:
            raise ValueError("X must have two dimensions and one chunk along its columns")
        if X.shape[1] != self.n_features_in_:
            raise ValueError(f"X has {X.shape[1]} features, but the fit had {self.n_features_in_}")
        if hasattr(local, "feature_names_in_"):
            del local.feature_names_in_  # which chunks have not
        how = {"chunks": (X.chunks[0], (columns,))} if columns else {"drop_axis": 1}
        empty = np.empty((0, columns) if columns else 0, dtype=dtype)
        return da.map_blocks(
            _call,
            X,
            model=delayed(local, pure=False),
            method=method,
            dtype=dtype,
            meta=empty,
            **how,
        )

    @property
    def _columns(self):
        """Those of the scores; 0 for one score a row."""
        return 0 if len(self.classes_) == 2 and not self._multilabel else self.n_outputs_

    def predict(self, X):
        """Predict the labels of rows, as `TwoLayerNNClassifier` does.

        Parameters
        ----------
        X : dask Array or DataFrame of shape (n_samples, n_features)
            The rows; those of NumPy and the like are predicted at once.

        Returns
        -------
        y : dask Array of shape (n_samples,) or (n_samples, n_outputs)
            The classes, lazy; or for multilabel targets a 0/1 indicator.
        """
        columns = self.n_outputs_ if self._multilabel else 0
        return self._lazily("predict", X, columns, int if columns else self.classes_.dtype)

    def predict_proba(self, X):
        """Predict probabilities, as `TwoLayerNNClassifier` does.

        Parameters
        ----------
        X : dask Array or DataFrame of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        p : dask Array of shape (n_samples, n_classes)
            The probabilities, lazy.
        """
        return self._lazily("predict_proba", X, len(self.classes_), self.coefs_[0].dtype)

    def predict_log_proba(self, X):
        """Predict the logarithms of probabilities, as `TwoLayerNNClassifier` does.

        Parameters
        ----------
        X : dask Array or DataFrame of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        log_p : dask Array of shape (n_samples, n_classes)
            The logarithms, lazy.
        """
        return self._lazily("predict_log_proba", X, len(self.classes_), self.coefs_[0].dtype)

    def decision_function(self, X):
        """Compute the scores of rows, as `TwoLayerNNClassifier` does.

        Parameters
        ----------
        X : dask Array or DataFrame of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        scores : dask Array of shape (n_samples,) or (n_samples, n_outputs)
            The scores, lazy.
        """
        return self._lazily("decision_function", X, self._columns, self.coefs_[0].dtype)

    def transform(self, X):
        """Compute the hidden layer of rows, as `TwoLayerNNClassifier` does.

        Parameters
        ----------
        X : dask Array or DataFrame of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        h : dask Array of shape (n_samples, hidden_units)
            The activations, lazy.
        """
        return self._lazily("transform", X, len(self.intercepts_[0]), self.coefs_[0].dtype)

    def score(self, X, y, sample_weight=None):
        """Compute the accuracy on rows.

        Parameters
        ----------
        X : dask Array or DataFrame of shape (n_samples, n_features)
            The rows.
        y : dask Array or Series, or array-like, of shape (n_samples,) or (n_samples, n_labels)
            Their labels.
        sample_weight : dask Array or Series, or array-like, of shape (n_samples,), default=None
            Their weights.

        Returns
        -------
        accuracy : float
            The weighted share of the rows with the right label, or all right labels.
        """
        check_is_fitted(self)
        local = self.to_local()
        if not hasattr(X, "dask"):
            return local.score(X, y, sample_weight)
        check_names(X, getattr(local, "feature_names_in_", None))
        if hasattr(local, "feature_names_in_"):
            del local.feature_names_in_
        client = client_in_use()
        model = delayed(local, pure=False)
        count = delayed(parts.count_right, pure=False)
        sums = client.gather(
            client.compute([count(part, model) for part in delayed_parts(X, y, sample_weight)])
        )
        right, total = map(sum, zip(*sums, strict=True))
        return float(right / total)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.array_api_support = False
        return tags


def _call(X, model, method):
    """What the method gives for a chunk."""
    return getattr(model, method)(X)


def _labels(values, columns, output_activation):
    """The Labels of a y with these values in so many columns."""
    if columns == 1:
        return labelling.find_labels(np.unique(values), output_activation)[0]
    # Rows of all values in each column, of all or of none.
    return labelling.find_labels(
        np.repeat(np.unique(values)[:, np.newaxis], columns, axis=1), output_activation
    )[0]


def _summed(counts):
    """Counts of classes (see `class_counts`) over the parts."""
    return [sum(each) for each in zip(*counts, strict=True)]


def _factors(class_weight, counts, labels):
    """The class factors (see `class_factors`) for these counts over all parts."""
    if class_weight == "balanced":
        return balanced(counts)
    one_each = np.arange(len(labels.classes))
    return class_factors(class_weight, Rows(None, one_each, None), labels)
