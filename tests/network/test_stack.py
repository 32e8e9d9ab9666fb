"""Oracle: loops over rows and units, written for clarity. Costs: see `test_objective`."""

import numpy as np
import pytest
from scipy import sparse

from skdigits.network import Layout, Stack, as_rows, as_targets, make_data, stack_unit_effects
from skdigits.network.parameters import unpack

ACTIVATION = {
    "logistic": lambda a: 1 / (1 + np.exp(-a)),
    "tanh": np.tanh,
    "relu": lambda a: max(a, 0.0),
}


@pytest.mark.parametrize("activation", ACTIVATION)
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("weighted", [False, True])
def test_effects_of_units(activation, container, weighted):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(700, 3)), np.eye(4)[rng.integers(4, size=700)]
    w = rng.choice([0.0, 1.0, 2.0], size=700) if weighted else None
    layouts = Layout(3, 2, 4), Layout(3, 5, 4)
    thetas = [rng.normal(size=layout.size) for layout in layouts]
    rows, dtype = as_rows(container(X))
    data = make_data(rows, as_targets(Y, 700, dtype, "softmax"), w, 7)
    stack = Stack(layouts, (1.0, 1.0), activation, "softmax")
    for theta, layout, effects in zip(
        thetas, layouts, stack_unit_effects(stack, thetas, data), strict=True
    ):
        W1, b1, W2, _ = unpack(theta, layout)
        for k in range(layout.hidden_units):
            h = [
                ACTIVATION[activation](W1[k] @ X[i] + b1[k])
                for i in range(700)
                if w is None or w[i] > 0
            ]
            moved = [abs(v * a - v * b) for v in W2[:, k] for a, b in [(max(h), min(h))]]
            assert effects[k] == pytest.approx(max(moved))
