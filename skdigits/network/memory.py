"""Whether a dense square matrix fits into the machine, before it is made."""

import os


def check_matrix_fits(n, matrices, what, remedy):
    """Raise a MemoryError if so many n x n matrices of float64 are more than the memory.

    what begins its text, and remedy ends it.
    """
    gib = n * n * 8 / 2**30
    if hasattr(os, "sysconf"):
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    else:  # Windows does not tell without a library: assume what a laptop has
        memory = 16.0
    if matrices * gib > memory:
        raise MemoryError(
            f"{what} a dense {n} x {n} matrix of {gib:.1f} GiB, {matrices} times at once, and this "
            f"machine has {memory:.1f} GiB; {remedy}"
        )
