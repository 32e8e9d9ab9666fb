"""Rows that lie in a file, as a memory map: a fit reads them there.

Oracle: the peak memory of a process, as Linux counts it. The pages of the file that were read count
once; a copy would count again.
"""

import json

import numpy as np
import pytest
from processes import run_forked

SIZE, FEATURES = 192 * 10**6, 600  # bytes
MOST = 80e6  # bytes above the mapped pages: blocks, counts of 600 features, labels, scores
FIT = """
import json, sys, warnings
import numpy as np
from process_memory import count_peak_from_here, peak, resident
from skdigits import TwoLayerNNClassifier

warnings.simplefilter("ignore")  # two iterations are no convergence
X = np.load(sys.argv[1], mmap_mode="r")
model = TwoLayerNNClassifier(2, maxiter=2, random_state=0, **json.loads(sys.argv[2]))
y = np.arange(len(X)) % 2
count_peak_from_here()
before = resident()
model.fit(X, y)
print(peak() - before)
"""


def write_rows(path, dtype):
    """Rows that repeat, without ever holding them all."""
    n_samples = SIZE // FEATURES // np.dtype(dtype).itemsize
    X = np.lib.format.open_memmap(path, "w+", dtype, (n_samples, FEATURES))
    some = np.random.default_rng(0).normal(size=(n_samples // 20, FEATURES))
    for part in X.reshape(20, -1, FEATURES):
        part[:] = np.abs(some) * 99 if dtype == "uint8" else some


@pytest.mark.parametrize(
    ("dtype", "settings"),
    [
        ("float32", {}),
        ("float64", {}),
        ("float32", {"standardize": False, "coordinates": "plain"}),
        ("float64", {"dtype": "float32"}),
        ("uint8", {"dtype": "float32"}),
    ],
)
def test_a_fit_reads_rows_where_they_lie(tmp_path, dtype, settings):
    path = tmp_path / "rows.npy"
    write_rows(path, dtype)
    code, out, err = run_forked(FIT, path, json.dumps(settings))
    path.unlink()
    assert code == 0, err
    assert SIZE / 2 < int(out) < SIZE + MOST
