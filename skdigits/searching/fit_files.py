"""Finished fits in files, so that a search that was stopped goes on where it was.

A file is a NumPy archive of plain arrays, read without pickle. Its name is a hash of all that the
fit depends on, so that other data, parameters or versions have other names. It is written beside
its place and moved there, so that it is whole or not there.
"""

import json
import os
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

import joblib
import numpy as np
from scipy.optimize import OptimizeResult

from skdigits.fitting import Descent
from skdigits.searching.together import Reached

PACKAGES = ("skdigits", "numpy", "scipy")
MESSAGE = ("nit", "nfev", "status", "success", "message")


def check_folder(folder):
    """Make the folder (None: there is none to make), and see whether files can be written there."""
    if folder is None:
        return
    if not str(folder):
        raise ValueError("cache_dir must name a folder, got ''; '.' is the present one")
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(
            f"cache_dir must be a folder that files can be written to, got {str(folder)!r}: {error}"
        ) from error


class FitFiles:
    """The files of fits on the same rows: recall and remember for `fit_together`."""

    def __init__(self, folder, chains, rows):
        self._folder, self._chains = Path(folder), chains
        self._rows = joblib.hash((rows, [version(name) for name in PACKAGES]))

    def _path(self, c, i):
        before = [estimator.get_params() for estimator in self._chains[c].estimators[: i + 1]]
        del before[-1]["maxiter"]
        options = before[-1]["solver_options"] or {}
        name = joblib.hash((self._rows, before, options.get("maxiter")))
        return self._folder / name[:2] / f"{name}.npz"

    def recall(self, c, i, size):
        """For each start {maxiter: Reached}; None where the file has not all of the maxiters.

        size is the length of theta.
        """
        known = self._read(self._path(c, i))
        maxiters = self._chains[c].maxiters[i]
        if known is None or not all(set(maxiters) <= set(start) for start in known):
            return None
        found = [{maxiter: start[maxiter] for maxiter in maxiters} for start in known]
        if any(each.descent.theta.shape != (size,) for start in found for each in start.values()):
            return None
        return found

    def remember(self, c, i, of_starts):
        """Write what each start reached, with what the file has already."""
        path = self._path(c, i)
        known = self._read(path) or [{} for _ in of_starts]
        arrays, told = {}, []
        for s, (before, reached) in enumerate(zip(known, of_starts, strict=True)):
            told.append(
                {m: _write(arrays, f"{s}/{m}", each) for m, each in (before | reached).items()}
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                dir=path.parent, prefix=path.stem, suffix=".tmp", delete=False
            ) as file:
                np.savez(file, told=np.array(json.dumps(told)), **arrays)
            os.replace(file.name, path)
        except OSError as error:
            warnings.warn(f"the fit cannot be kept in {path}: {error}", stacklevel=2)

    def _read(self, path):
        """For each start {maxiter: Reached}, or None where there is no such file."""
        try:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
                told = json.loads(str(arrays["told"]))
                return [
                    {int(m): _reached(arrays, f"{s}/{m}", each) for m, each in start.items()}
                    for s, start in enumerate(told)
                ]
        except (FileNotFoundError, NotADirectoryError):
            return None
        except Exception as error:  # whatever is in the file
            warnings.warn(f"{path} is damaged, so its fit is made again: {error}", stacklevel=2)
            return None


def _write(arrays, name, reached):
    descent, result = reached.descent, reached.descent.result
    arrays[f"{name}/theta"] = descent.theta
    arrays[f"{name}/curve"] = np.array(descent.loss_curve)
    counts = {key: result[key] for key in (*MESSAGE, "njev", "nhev") if key in result}
    return {
        "loss": float(descent.loss),
        "seconds": reached.seconds,
        "gradient": result.gradient_norm,
        "result": {
            key: value if isinstance(value, str) else int(value) for key, value in counts.items()
        },
    }


def _reached(arrays, name, told):
    theta, loss = arrays[f"{name}/theta"], told["loss"]
    result = OptimizeResult(told["result"], x=theta, fun=loss, gradient_norm=told["gradient"])
    result.success = bool(result.success)
    curve = arrays[f"{name}/curve"].tolist()
    return Reached(Descent(theta, loss, loss, curve, None, result, []), told["seconds"])
