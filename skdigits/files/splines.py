"""A spline that a file cannot break.

SciPy evaluates a BSpline in compiled code that believes its sizes, so one with too few knots or
coefficients makes it read memory that is not the spline's. Saved models name this class.
"""

import operator

import numpy as np
from scipy.interpolate import BSpline


class Spline(BSpline):
    """A BSpline along the first axis whose sizes are checked; its state is its arguments.

    Unlike a BSpline's own checks these let knots be equal, as those of a constant column are.
    """

    def __init__(self, t, c, k, extrapolate):
        t, c = (np.ascontiguousarray(array, dtype=np.float64) for array in (t, c))
        k = operator.index(k)
        n = t.size - k - 1
        if t.ndim != 1 or k < 0 or n <= k or len(c) < n:
            raise ValueError(
                f"a spline of degree {k} cannot have {t.size} knots and {len(c)} coefficients"
            )
        if extrapolate != "periodic":
            extrapolate = bool(extrapolate)
        vars(self).update(vars(BSpline.construct_fast(t, c, k, extrapolate)))

    def __reduce__(self):
        return Spline, (self.t, self.c, self.k, self.extrapolate)

    def __setstate__(self, state):
        raise TypeError("a Spline is made of its arguments")
