"""Finished fits in files, so that a search that was stopped goes on where it was.

A file is a NumPy archive of plain arrays, read without pickle. Its name is a hash of all that the
fit depends on, so that other data, parameters or versions have other names; it is in the file too,
so that files whose names were swapped are noticed. It is written beside its place and moved there,
so that it is whole or not there. What is whole but no fit of ours is made again as well.
"""

import json
import math
import os
import tempfile
import time
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
COUNTS = {*MESSAGE, "njev", "nhev"} - {"message"}
STALE = 3600  # seconds; a file that is still being written after that, nobody writes any more


def check_folder(folder):
    """Make the folder (None: there is none to make), and see whether files can be written there.

    What a kill left half written long ago is removed.
    """
    if folder is None:
        return
    if not str(folder):
        raise ValueError("cache_dir must name a folder, got ''; '.' is the present one")
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        for half in Path(folder).glob("??/*.tmp"):
            if time.time() - half.stat().st_mtime > STALE:
                half.unlink(missing_ok=True)
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
        known = self._read(self._path(c, i), self._chains[c].estimators[i].n_init)
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
        known = self._read(path, len(of_starts)) or [{} for _ in of_starts]
        arrays, told = {}, []
        for s, (before, reached) in enumerate(zip(known, of_starts, strict=True)):
            told.append(
                {m: _write(arrays, f"{s}/{m}", each) for m, each in (before | reached).items()}
            )
        told = json.dumps({"key": path.stem, "starts": told})
        half = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                dir=path.parent, prefix=path.stem, suffix=".tmp", delete=False
            ) as file:
                half = Path(file.name)
                np.savez(file, told=np.array(told), **arrays)
            os.replace(half, path)
        except OSError as error:
            warnings.warn(f"the fit cannot be kept in {path}: {error}", stacklevel=2)
        finally:  # on a full disk it would stay, and keep the disk full
            if half is not None:
                half.unlink(missing_ok=True)

    def _read(self, path, n_starts):
        """For each start {maxiter: Reached}, or None where there is no such file."""
        try:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
                told = json.loads(str(arrays["told"]))
                _check(told["key"] == path.stem, f"it is the file of another fit, {told['key']}")
                starts = told["starts"]
                _check(len(starts) == n_starts, f"it has {len(starts)} starts, not {n_starts}")
                return [
                    {int(m): _reached(arrays, f"{s}/{m}", each) for m, each in start.items()}
                    for s, start in enumerate(starts)
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
    theta, curve = arrays[f"{name}/theta"], arrays[f"{name}/curve"]
    loss, seconds, gradient, result = (
        told[key] for key in ("loss", "seconds", "gradient", "result")
    )
    for array in (theta, curve):
        _check(array.dtype == np.float64 and array.ndim == 1, "an array is none of a fit's")
        _check(np.isfinite(array).all(), "some of its numbers are not finite")
    for number in (loss, seconds, gradient):
        _check(type(number) in (int, float) and math.isfinite(number), "a number is none")
    _check(set(MESSAGE) <= result.keys() <= {*COUNTS, "message"}, "its outcome is none of a fit's")
    _check(all(type(result[key]) is int for key in COUNTS & result.keys()), "a count is none")
    _check(type(result["message"]) is str, "its message is none")
    result = OptimizeResult(result, x=theta, fun=loss, gradient_norm=gradient)
    result.success = bool(result.success)
    return Reached(Descent(theta, loss, loss, curve.tolist(), None, result, []), seconds)


def _check(right, what):
    if not right:
        raise ValueError(what)
