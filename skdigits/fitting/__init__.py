"""How does a fit go, and when does it stop?

From labels and rows to a problem that scipy minimises (`optimize`), with what looks on meanwhile
and what is said afterwards (`descent`). It knows no estimator.
"""

from skdigits.fitting import labels
from skdigits.fitting.descent import (
    KEPT_OF_SCIPY,
    Descent,
    Obedience,
    advice,
    best_of,
    descend,
    descent_at,
    outcome,
)
from skdigits.fitting.labels import Labels
from skdigits.fitting.optimize import INTERRUPTED, effective_limits, find_solver, minimize
from skdigits.fitting.problem import PROBLEMS, check_projection, projects
from skdigits.fitting.progress import Progress, duration, open_screen, write
from skdigits.fitting.rows import (
    Rows,
    check_some_weight,
    check_validation_arguments,
    class_factors,
    factors_of_rows,
    hold_out,
    row_weights,
    validation_rows,
)
from skdigits.fitting.sampling import Start, begin, check_fractions, nested_samples
from skdigits.fitting.watches import Validation

__all__ = [
    "INTERRUPTED",
    "KEPT_OF_SCIPY",
    "PROBLEMS",
    "Descent",
    "Labels",
    "Obedience",
    "Progress",
    "Rows",
    "Start",
    "Validation",
    "advice",
    "begin",
    "best_of",
    "check_fractions",
    "check_projection",
    "check_some_weight",
    "check_validation_arguments",
    "class_factors",
    "descend",
    "descent_at",
    "duration",
    "effective_limits",
    "factors_of_rows",
    "find_solver",
    "hold_out",
    "labels",
    "minimize",
    "nested_samples",
    "open_screen",
    "outcome",
    "projects",
    "row_weights",
    "validation_rows",
    "write",
]
