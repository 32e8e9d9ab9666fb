"""A search that is killed goes on from the fits that it finished, and leaves nothing else behind.

Oracle: a search that nobody killed. The kill comes at a random moment.
"""

import os
import random
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from processes import Forked, run_forked

SEARCH = """
import os, sys, warnings
from pathlib import Path
import numpy as np
from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier
from skdigits.searching import fit_files, workers

folder, scores, mark, n_jobs, way = sys.argv[1:]
os.environ["SKDIGITS_TEST"] = mark  # its workers can be told by it
warnings.simplefilter("ignore")
fit_files.STALE = -1  # what was half written is removed as if an hour had passed
workers.SMALL = 0  # so that little work is given to workers too
rng = np.random.default_rng(0)
X = rng.normal(size=(150, 6))
y = (X @ rng.normal(size=(6, 3))).argmax(axis=1)
search = BatchedGridSearchCV(
    TwoLayerNNClassifier(4, variable_projection=way == "warm", random_state=0, tol=0),
    {"hidden_units": [3, 4], "reg_lambda": [0.1, 1.0, 10.0], "maxiter": [10, 40]},
    cv=3, scoring="neg_log_loss", n_jobs=int(n_jobs), cache_dir=folder, warm_path=way == "warm",
    refit=False, error_score="raise",
)
search.fit(X, y)
np.save(scores, search.cv_results_["mean_test_score"])
"""


def fits_in(folder):
    return {path: path.read_bytes() for path in Path(folder).glob("??/*.npz")}


def workers_of(mark):
    """The processes that are still there with this mark in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"SKDIGITS_TEST={mark}".encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
        except OSError:  # it has ended meanwhile, or is another's
            pass
    return found


def kill(process):
    with suppress(ProcessLookupError):  # it was quicker
        os.kill(process, signal.SIGKILL)


def kill_often(n, n_jobs, way, tmp_path):
    """How many of n kills came before the search was done."""
    fresh = tmp_path / "fresh.npy"
    run_forked("")  # what it takes to begin with is not counted
    begin = time.monotonic()
    code, _, err = run_forked(SEARCH, tmp_path / "fresh", fresh, "fresh", n_jobs, way)
    assert code == 0, err
    seconds, expected, chance = time.monotonic() - begin, np.load(fresh), random.Random(0)
    came = 0
    for k in range(n):
        folder, scores, mark = tmp_path / f"{k}", tmp_path / f"{k}.npy", f"{os.getpid()}-{k}"
        search = Forked(SEARCH, [folder, scores, mark, n_jobs, way])
        time.sleep(chance.uniform(0, seconds))
        kill(search.pid)
        came += search.wait() == -signal.SIGKILL and not scores.exists()
        for worker in workers_of(mark):  # joblib's wait for minutes until they miss their parent
            kill(worker)
        before = fits_in(folder)
        code, _, err = run_forked(SEARCH, folder, scores, mark, n_jobs, way)
        assert code == 0, err
        # Fits beside others have other last bits.
        np.testing.assert_allclose(np.load(scores), expected, rtol=1e-3)
        after = fits_in(folder)
        assert {path: after[path] for path in before} == before  # not made again
        kept = [path for path in folder.rglob("*") if path.is_file()]
        assert sorted(kept) == sorted(after)  # nothing half written
        assert len(after) == len(fits_in(tmp_path / "fresh"))
    return came


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


def test_kills(tmp_path, record_property):
    came = kill_often(3, 1, "cold", tmp_path)
    record_property("tried", ["kill of a search", f"{came} in the midst of it"])


@pytest.mark.long
@pytest.mark.parametrize("way", ["cold", "warm"])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_many_kills(n_jobs, way, tmp_path, record_property):
    came = kill_often(25, n_jobs, way, tmp_path)
    assert came > 5
    what = f"kill of a search, n_jobs={n_jobs}" + (", warm path" if way == "warm" else "")
    record_property("tried", [what, f"{came} in the midst of it"])
