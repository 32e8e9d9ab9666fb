"""What is told of a committee's training: a live line, or lines, of where it is on its path."""

import time

from skdigits.fitting import duration, open_screen


class PathProgress:
    """Tells of the lambda, the iteration and the cost; then of the score that it led to."""

    def __init__(self, verbose):
        self._screen = open_screen(verbose)
        self._begin, self._last = time.perf_counter(), {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._screen.close()

    def over(self, name, reg_lambda, maxiter, networks):
        """Look on at iterations of so many networks at a lambda: itself, for their callback."""
        self._name, self._maxiter = f"{name} {reg_lambda:<7.3g}", maxiter
        self._networks = networks
        return self

    def __call__(self, iterate):
        digits = len(str(self._maxiter))
        self._last = {
            "fits": self._name,
            "iteration": f"iteration {iterate.iteration:>{digits}}/{self._maxiter}",
            "cost": f"cost {iterate.cost / self._networks:.6f}",
            "gradient": f"gradient {iterate.gradient_norm:.1e}",
            "time": f"in {duration(time.perf_counter() - self._begin)}",
        }
        self._screen.show(self._last)

    def judged(self, score):
        """The score of the networks at the lambda."""
        self._screen.keep(self._last | {"validation": f"score {score:.4f}"})
