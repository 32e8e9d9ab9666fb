"""Networks of one size that see the same rows, each with row weights and a penalty of its own.

Where a `stack` serves networks of any sizes in the units of the rows, one after another past their
product with the rows, these are evaluated as one array a quantity, whatever their number, and in
their own units: features less their centres, over their scales (see `units`), and hidden units
about their middle. Five networks of 25 units take, in float32, 1.0 to 2.5 times what one takes
alone in float64 (300 x 10, 1000 x 15, 2000 x 40, 3000 x 100, 3750 x 400 rows, one thread).
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse

from skdigits.network.blocks import multiplications, over_lanes, row_runs
from skdigits.network.parameters import unpack
from skdigits.network.pointwise import ACTIVATIONS, OUTPUTS
from skdigits.network.stack import over_rows, times_rows

# Values of X up to which a copy in own units is kept, 64 MiB of float32. Of more rows the weights
# are brought into the units of the rows at each evaluation, which is little beside so many rows.
COPIED = 2**24


# Where the rows stay in their units, and a feature lies so many of its scales from zero, float32
# would lose three of its seven digits in the sum that brings it back: then it is float64.
FAR = 1e3
LARGEST = 1e30  # of a value in own units: float32 holds its products with weights and their sums


class SharedRows(NamedTuple):
    """Rows that networks of any ensemble share."""

    # (n_samples, n_features), dense or CSR, in the dtype of the arithmetic; in own units with a
    # column of ones for the biases, so that no pass of their own adds them and sums their gradient.
    X: object
    Y: np.ndarray  # (n_outputs, n_samples) of that dtype
    units: tuple | None  # (centre, scale) of each feature, or None where X is in own units


def share_rows(X, Y, units, dtype):
    """SharedRows of X (n_samples, n_features), dense or CSR, and Y (n_outputs, n_samples)."""
    center, scale = units
    if not issparse(X) and X.size <= COPIED:
        own = np.ones((X.shape[0], X.shape[1] + 1), dtype)
        with np.errstate(over="ignore"):  # outliers of 1e308
            np.clip((X - center) / scale, -LARGEST, LARGEST, out=own[:, :-1], casting="same_kind")
        X, units = own, None
    elif np.abs(center / scale).max() > FAR or not _within(scale, np.finfo(dtype).max / FAR):
        dtype = np.float64
    return SharedRows(X.astype(dtype, copy=False), np.asarray(Y, dtype=dtype), units)


def _within(scale, most):
    """Neither the numbers nor those that divide by them are too large."""
    return max(scale.max(), 1 / scale.min()) <= most


class Ensemble:
    """Costs, gradients and scores of the networks.

    Parameters x (networks, layout.size) hold V1, c1, V2, c2 as `Coordinates` of kind "scaled" say;
    weights (networks, n_samples) or, of sigmoid outputs, (networks, n_outputs, n_samples).
    """

    def __init__(self, rows, weights, layout, activation, output_activation):
        self._X, self._Y, self._units = rows
        self._layout, self._output = layout, OUTPUTS[output_activation]
        self._activation = activation
        self.dtype = dtype = self._Y.dtype
        self.weight_sums = (
            weights.mean(axis=1).sum(axis=-1) if weights.ndim == 3 else weights.sum(axis=-1)
        )
        w = weights / self.weight_sums.reshape(-1, *[1] * (weights.ndim - 1))
        self._w = w.astype(dtype) if w.ndim == 3 else w[:, np.newaxis].astype(dtype)
        self._lanes = row_runs(self._X, len(weights) * layout.hidden_units)
        self._work = multiplications(self._X, len(weights) * layout.hidden_units)
        self._spare = []

    def __len__(self):
        return len(self._w)

    def _weights(self, x):
        """W1 (units of all, n_features), b1 or None, W2 (networks, n_outputs, units), b2.

        Where X has a column for the biases, W1 has them.
        """
        V1, c1, V2, c2 = unpack(x, self._layout)
        units = len(x) * self._layout.hidden_units
        W1, b1, W2, b2 = V1.reshape(units, -1), c1.reshape(units), V2, c2
        if self._units is not None:
            center, scale = self._units
            W1 = W1 / scale
            b1 = b1 - W1 @ center
        else:
            W1, b1 = np.concatenate([W1, b1[:, np.newaxis]], axis=1), None
        if self._activation == "logistic":  # units about their middle, one half; see `_hidden`
            W1, b1, b2 = -W1, b1 if b1 is None else -b1, c2 - 0.5 * W2.sum(axis=2)
        return [part if part is None else part.astype(self.dtype) for part in (W1, b1, W2, b2)]

    def _hidden(self, W1, b1, X, out):
        times_rows(W1, X, out)
        if b1 is not None:
            out += b1[:, np.newaxis]
        if self._activation == "logistic":
            # 1 / (1 + exp(-a)), of negative weights: in float32 1.7 ns where NumPy has no AVX-512,
            # the tanh of `pointwise` 3.1.
            np.exp(out, out=out)
            out += 1
            np.reciprocal(out, out=out)
        else:
            ACTIVATIONS[self._activation].apply(out)  # in place, of NumPy's arrays
        return out

    def cost_gradient(self, x, reg_lambda):
        """(costs (networks,), gradients (networks, layout.size)) in float64."""
        weights = self._weights(x)
        sums = over_lanes(lambda lane: self._lane_sums(lane, *weights), self._lanes, self._work)
        costs, gW1, gb1, gW2, gb2 = (
            sum(np.asarray(part, np.float64) for part in parts) for parts in zip(*sums, strict=True)
        )
        if self._activation == "logistic":
            gW2 = gW2 - 0.5 * gb2[:, :, np.newaxis]
        if self._units is not None:
            center, scale = self._units
            gW1 -= gb1[:, np.newaxis] * center
            gW1 /= scale
        else:
            gW1, gb1 = gW1[:, :-1], gW1[:, -1]
        gradient = np.empty(x.shape)
        shrink = (reg_lambda / self.weight_sums)[:, np.newaxis, np.newaxis]
        G1, h1, G2, h2 = unpack(gradient, self._layout)
        V1, _, V2, _ = unpack(x, self._layout)
        G1[...], h1[...] = gW1.reshape(G1.shape), gb1.reshape(h1.shape)
        G2[...], h2[...] = gW2, gb2
        for G, V in ((G1, V1), (G2, V2)):
            decay = shrink * V
            G += decay
            costs = costs + 0.5 * np.einsum("fij,fij->f", decay, V)
        return costs, gradient

    def _lane_sums(self, lane, W1, b1, W2, b2):
        networks, _, hidden = W2.shape
        buffers = self._spare.pop() if self._spare else self._buffers()
        totals = None
        for start, stop in lane:
            X, Y, w = self._X[start:stop], self._Y[:, start:stop], self._w[..., start:stop]
            H, G = (buffer[:, : stop - start] for buffer in buffers)
            self._hidden(W1, b1, X, H)
            H3, G3 = (array.reshape(networks, hidden, -1) for array in (H, G))
            P = W2 @ H3
            P += b2[:, :, np.newaxis]
            losses, P = self._output.losses(P, Y)
            losses = (losses.reshape(networks, -1, stop - start) * w).sum(
                axis=(1, 2), dtype=np.float64
            )
            P -= Y
            P *= w
            np.matmul(W2.swapaxes(1, 2), P, out=G3)
            gW2, gb2 = P @ H3.swapaxes(1, 2), P.sum(axis=2)
            if self._activation == "relu":
                G *= H > 0
            else:  # h (1 - h) or 1 - h^2
                if self._activation == "logistic":
                    G *= H
                else:
                    H *= H
                H *= G
                G -= H
            gW1 = over_rows(G, X)
            gb1 = G.sum(axis=1) if b1 is not None else 0.0
            parts = [losses, gW1, gb1, gW2, gb2]
            totals = (
                parts if totals is None else [t + p for t, p in zip(totals, parts, strict=True)]
            )
        self._spare.append(buffers)
        return totals

    def _buffers(self):
        rows = max(stop - start for lane in self._lanes for start, stop in lane)
        units = len(self._w) * self._layout.hidden_units
        return [np.empty((units, rows), dtype=self.dtype) for _ in range(2)]

    def scores(self, x):
        """Scores (networks, n_outputs, n_samples) of all rows."""
        W1, b1, W2, b2 = self._weights(x)
        Z = np.empty((len(x), len(self._Y), self._X.shape[0]), dtype=self.dtype)

        def fill(lane):
            buffer = np.empty((len(W1), max(stop - start for start, stop in lane)), self.dtype)
            for start, stop in lane:
                H = self._hidden(W1, b1, self._X[start:stop], buffer[:, : stop - start])
                np.matmul(W2, H.reshape(len(x), -1, stop - start), out=Z[:, :, start:stop])

        over_lanes(fill, self._lanes, self._work)
        Z += b2[:, :, np.newaxis]
        return Z
