"""How are cost and gradient made?

The maths, written once: networks in a stack, over blocks of rows (`stack`), with the best output
layer if asked for (`projection`). It knows no label, no estimator and no optimizer.
"""

from skdigits.network.arrays import (
    NUMPY,
    arrays_of,
    beside,
    is_foreign,
    lies_elsewhere,
    take_rows,
    to_host,
)
from skdigits.network.blas import at_most_threads, single_threaded_blas
from skdigits.network.blocks import Data, plus, split_rows
from skdigits.network.ensemble import Ensemble, share_rows
from skdigits.network.forward import activations, score_ranges, scores
from skdigits.network.measuring import center_and_scale, measure, rows_to_measure
from skdigits.network.memory import check_matrix_fits
from skdigits.network.objective import (
    Objective,
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
from skdigits.network.pointwise import (
    ACTIVATIONS,
    OUTPUTS,
    log_sigmoid,
    log_softmax,
    sigmoid,
    softmax,
)
from skdigits.network.projection import project_stack
from skdigits.network.stack import (
    Stack,
    penalties,
    stack_cost_gradient,
    stack_hessian_products,
    stack_unit_effects,
)
from skdigits.network.stored import (
    StoredRows,
    arithmetic_dtype,
    as_rows,
    is_stored,
    keeps_dtype,
)

__all__ = [
    "ACTIVATIONS",
    "COORDINATES",
    "NUMPY",
    "OUTPUTS",
    "Data",
    "Ensemble",
    "FreeCoordinates",
    "Layout",
    "Objective",
    "Stack",
    "StoredRows",
    "activations",
    "arithmetic_dtype",
    "arrays_of",
    "as_rows",
    "as_targets",
    "as_weights",
    "at_most_threads",
    "beside",
    "center_and_scale",
    "check_matrix_fits",
    "initial_parameters",
    "is_foreign",
    "is_stored",
    "keeps_dtype",
    "lies_elsewhere",
    "log_sigmoid",
    "log_softmax",
    "make_coordinates",
    "make_data",
    "measure",
    "penalties",
    "plus",
    "project_stack",
    "read_mask",
    "rows_to_measure",
    "score_ranges",
    "scores",
    "share_rows",
    "sigmoid",
    "single_threaded_blas",
    "softmax",
    "split_rows",
    "stack_cost_gradient",
    "stack_hessian_products",
    "stack_unit_effects",
    "take_rows",
    "to_host",
    "unpack",
    "write_arrays",
]
