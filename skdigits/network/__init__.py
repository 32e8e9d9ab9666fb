"""How are cost and gradient made?

The maths, written once: networks in a stack, over blocks of rows (`stack`), with the best output
layer if asked for (`projection`). It knows no label, no estimator and no optimizer.
"""

from skdigits.network.blas import at_most_threads, single_threaded_blas
from skdigits.network.ensemble import Ensemble, share_rows
from skdigits.network.memory import check_matrix_fits
from skdigits.network.objective import (
    Objective,
    as_rows,
    as_targets,
    as_weights,
    make_data,
)
from skdigits.network.parameters import (
    COORDINATES,
    FreeCoordinates,
    Layout,
    initial_parameters,
    make_coordinates,
    read_mask,
    unpack,
    write_arrays,
)
from skdigits.network.pointwise import ACTIVATIONS, OUTPUTS, softmax
from skdigits.network.projection import Store, project_stack
from skdigits.network.stack import (
    Stack,
    activations,
    penalties,
    scores,
    stack_cost_gradient,
    stack_hessian_products,
    stack_unit_effects,
)
from skdigits.network.units import center_and_scale

__all__ = [
    "ACTIVATIONS",
    "COORDINATES",
    "OUTPUTS",
    "Ensemble",
    "FreeCoordinates",
    "Layout",
    "Objective",
    "Stack",
    "Store",
    "activations",
    "as_rows",
    "as_targets",
    "as_weights",
    "at_most_threads",
    "center_and_scale",
    "check_matrix_fits",
    "initial_parameters",
    "make_coordinates",
    "make_data",
    "penalties",
    "project_stack",
    "read_mask",
    "scores",
    "share_rows",
    "single_threaded_blas",
    "softmax",
    "stack_cost_gradient",
    "stack_hessian_products",
    "stack_unit_effects",
    "unpack",
    "write_arrays",
]
