"""A gigabyte of rows, and a process that may have a quarter of it."""

import json
import sys

import numpy as np
import pytest
from processes import run_forked

FIT = """
import json, sys, warnings
import h5py, numpy as np
from process_memory import limit_to
from sklearn.datasets import load_digits
from skdigits import TwoLayerNNClassifier

warnings.simplefilter("ignore")
TwoLayerNNClassifier(2, maxiter=1).fit(*load_digits(return_X_y=True))  # what is imported late
most = int(sys.argv[2])
limit_to(most)
try:
    np.empty(2 * most, dtype=np.uint8)
except MemoryError:
    print("limited")
X = h5py.File(sys.argv[1])["X"]
y = np.arange(len(X)) // 1024 % 8 == 0
model = TwoLayerNNClassifier(10, maxiter=3, random_state=0, **json.loads(sys.argv[3])).fit(X, y)
print(model.n_iter_, model.score(X, y))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    "settings", [{}, pytest.param({"variable_projection": True}, marks=pytest.mark.long)]
)
def test_hdf5_larger_than_memory(tmp_path, settings):
    h5py = pytest.importorskip("h5py")
    rows = np.random.default_rng(0).normal(size=(1024, 1000)).astype(np.float32)
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        # Chunks that were never written take no room in the file, and are read as zeros.
        X = file.create_dataset("X", (250_000, 1000), np.float32, chunks=(1024, 1000))
        for start in range(0, 249_000, 8 * 1024):
            X[start : start + 1024] = rows
        size = X.size * X.dtype.itemsize
    code, out, err = run_forked(FIT, tmp_path / "rows.h5", size // 4, json.dumps(settings))
    assert code == 0, err
    limited, fitted = out.splitlines()
    assert limited == "limited"
    iterations, accuracy = fitted.split()
    assert int(iterations) > 0
    assert float(accuracy) > 0.8
