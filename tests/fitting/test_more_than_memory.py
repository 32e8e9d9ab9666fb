"""A gigabyte of rows, and a process that may have a quarter of it."""

import subprocess
import sys

import numpy as np
import pytest
from patience import PATIENCE

# RLIMIT_DATA counts what a process has for itself, from where its imports and a first fit left it.
FIT = """
import resource, sys, warnings
from pathlib import Path
import h5py, numpy as np
from sklearn.datasets import load_digits
from skdigits import TwoLayerNNClassifier

warnings.simplefilter("ignore")
TwoLayerNNClassifier(2, maxiter=1).fit(*load_digits(return_X_y=True))
used = 1024 * int(Path("/proc/self/status").read_text().split("VmData:")[1].split()[0])
most = used + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_DATA, (most, most))
try:
    np.empty(2 * int(sys.argv[2]), dtype=np.uint8)
except MemoryError:
    print("limited")
X = h5py.File(sys.argv[1])["X"]
y = np.arange(len(X)) // 1024 % 8 == 0
model = TwoLayerNNClassifier(10, maxiter=3, random_state=0, **eval(sys.argv[3])).fit(X, y)
print(model.n_iter_, model.score(X, y))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    "settings", ["{}", pytest.param("{'variable_projection': True}", marks=pytest.mark.long)]
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
    command = [sys.executable, "-c", FIT, str(tmp_path / "rows.h5"), str(size // 4), settings]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert ran.returncode == 0, ran.stderr
    limited, fitted = ran.stdout.splitlines()
    assert limited == "limited"
    iterations, accuracy = fitted.split()
    assert int(iterations) > 0
    assert float(accuracy) > 0.8
