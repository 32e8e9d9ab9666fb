"""How does a fit go, and when does it stop?

A fit is planned (`plan`: all is checked, all that is random is drawn), runs (`descent`: the
optimizer, and all that looks on) and is concluded (`descent` again: attributes, and the warning
that it deserves). Estimators are given, not known: a plan reads their parameters.
"""

from skdigits.fitting import labels
from skdigits.fitting.descent import (
    RESULT,
    Descent,
    Obedience,
    conclude,
    descend,
    descend_all,
    descent_at,
    outcome,
)
from skdigits.fitting.labels import Labels
from skdigits.fitting.optimize import INTERRUPTED, STOPPED, minimize
from skdigits.fitting.plan import (
    FitPlan,
    Found,
    check_parameters,
    check_settings,
    fitted_attributes,
    labels_of,
    plan_fit,
    rows_of_fitted,
    settle,
)
from skdigits.fitting.progress import Progress, duration, open_screen, write
from skdigits.fitting.rows import (
    MAX_LAMBDA,
    Rows,
    balance,
    balanced,
    brought,
    check_rows,
    check_same_library,
    check_some_weight,
    class_counts,
    class_factors,
    evenness,
    training_rows,
)
from skdigits.fitting.sampling import Start
from skdigits.fitting.watches import HeldOut, TimeLimit

__all__ = [
    "INTERRUPTED",
    "MAX_LAMBDA",
    "RESULT",
    "STOPPED",
    "Descent",
    "FitPlan",
    "Found",
    "HeldOut",
    "Labels",
    "Obedience",
    "Progress",
    "Rows",
    "Start",
    "TimeLimit",
    "balance",
    "balanced",
    "brought",
    "check_parameters",
    "check_rows",
    "check_same_library",
    "check_settings",
    "check_some_weight",
    "class_counts",
    "class_factors",
    "conclude",
    "descend",
    "descend_all",
    "descent_at",
    "duration",
    "evenness",
    "fitted_attributes",
    "labels",
    "labels_of",
    "minimize",
    "open_screen",
    "outcome",
    "plan_fit",
    "rows_of_fitted",
    "settle",
    "training_rows",
    "write",
]
