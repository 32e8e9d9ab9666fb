"""How does a fit go, and when does it stop?

A fit is planned (`plan`: all is checked, all that is random is drawn), runs (`descent`: the
optimizer, and all that looks on) and is concluded (`descent` again: attributes, and the warning
that it deserves). Estimators are given, not known: a plan reads their parameters.
"""

from skdigits.fitting import labels
from skdigits.fitting.descent import (
    RESULT,
    Descent,
    conclude,
    descend,
    descend_all,
    descent_at,
)
from skdigits.fitting.labels import Labels
from skdigits.fitting.optimize import INTERRUPTED, minimize
from skdigits.fitting.plan import labels_of, plan_fit
from skdigits.fitting.progress import Progress, duration, open_screen, write
from skdigits.fitting.sampling import Start

__all__ = [
    "INTERRUPTED",
    "RESULT",
    "Descent",
    "Labels",
    "Progress",
    "Start",
    "conclude",
    "descend",
    "descend_all",
    "descent_at",
    "duration",
    "labels",
    "labels_of",
    "minimize",
    "open_screen",
    "plan_fit",
    "write",
]
