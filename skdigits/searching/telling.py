"""What is told of a search: a line while its fits are made, then what they warned of."""

import sys
import time
from collections import Counter

from sklearn.exceptions import ConvergenceWarning

from skdigits.fitting import duration, open_screen, write
from skdigits.searching.alone import last_step

NAMED = 3  # candidates whose parameters a summary shows; more would hide the counts


class SearchProgress:
    """A live line, at verbose=2 a plain line a part."""

    def __init__(self, n_candidates, n_splits, verbose):
        self._total = n_candidates * n_splits
        self._screen = open_screen(verbose)
        self._begin = time.perf_counter()
        if verbose == 1:  # with more, scikit-learn says it
            write(
                sys.stdout,
                f"Fitting {n_splits} folds for each of {n_candidates} candidates, "
                f"totalling {self._total} fits\n",
            )

    def __enter__(self):
        self._screen.show({"fits": f"fits 0/{self._total}"})  # the first may take long
        return self

    def __exit__(self, *error):
        self._screen.close()

    def __call__(self, done):
        took, left = time.perf_counter() - self._begin, self._total - done
        told = f"in {duration(took)}"
        if left:
            told = f"{duration(took)}, about {duration(took / done * left)} left"
        parts = {"fits": f"fits {done}/{self._total}", "time": told}
        self._screen.show(parts)
        if not left:
            self._screen.keep(parts)


def tried(plan, candidates):
    """Of each candidate which of maxiter and reg_lambda it tries: a set of names."""
    steps = [last_step(candidate.estimator) for candidate in plan.candidates]
    varying = [
        name
        for name in ("maxiter", "reg_lambda")
        # By their texts: a value of a wrong type need not have a hash.
        if len({repr(getattr(step, name)) for step in steps if hasattr(step, name)}) > 1
    ]
    return [
        {name for name in varying if any(name in key for key in parameters)}
        for parameters in candidates
    ]


def summary(outcomes, candidates, trying):
    """[(message, category)] of what the fits warned of, each once.

    outcomes are {(candidate, split): Outcome}; candidates are their parameters; trying has of each
    what it tries (see `tried`): that a maxiter which is tried ended its network, or a reg_lambda
    left nothing of it, is no matter to warn of.
    """
    told, unconverged, said = Counter(), Counter(), Counter()
    for (c, _), outcome in sorted(outcomes.items()):
        warned = [w for w in outcome.warnings if w.blames not in trying[c]]
        of_convergence = [w for w in warned if issubclass(w.category, ConvergenceWarning)]
        told.update((w.text, w.category) for w in warned if w not in of_convergence)
        said.update(w.text for w in of_convergence)
        unconverged[c] += bool(of_convergence)
    of = f"of {len(outcomes)} fits"
    found = [(f"{message} ({n} {of})", category) for (message, category), n in told.items()]
    worst = [(c, n) for c, n in unconverged.most_common() if n]
    if worst:
        n_splits = len(outcomes) // len(candidates)
        named = [f"{candidates[c]} ({n} of {n_splits})" for c, n in worst[:NAMED]]
        if len(worst) > NAMED:
            named.append(f"{len(worst) - NAMED} more")
        ((most, n),) = said.most_common(1)
        message = (
            f"{sum(unconverged.values())} {of} did not converge, those of {len(worst)} of "
            f"{len(candidates)} candidates: {', '.join(named)}. {n} of them warned: {most}"
        )
        found.append((message, ConvergenceWarning))
    return found
