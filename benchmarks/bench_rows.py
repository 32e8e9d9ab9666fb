"""Rows on disk, and rows in their own dtype: what memory and seconds do they take?

Each fit is made by a process of its own, whose peak memory Linux counts. MNIST (digits side by side
where it is not at hand) as uint8 and as float32, both computed in float32, 10 iterations: the
memory that rows and fit take together, and seconds, medians of interleaved rounds. Rows in a memory
map: 2 GB of float32, 500000 x 1000, 100 units, 1 iteration; the pages of the file that were read
count to the process and are subtracted. Rows of h5py and zarr: 1.6 GB of normal numbers, 393216 x
1000, in chunks of 1024 rows, 25 units, 10 iterations, by processes that may have 393 MB of memory
of their own beyond what imports take (RLIMIT_DATA, which counts no mapped files), against the
memory map of these rows; zarr without and with the compression that is its default, to which such
numbers yield little. The files lie in the page cache, which is kindest to the map.

    python benchmarks/bench_rows.py
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import zarr
from common import many_rows, progress, where

FIT = """
import json, resource, sys, time, warnings
from pathlib import Path
import h5py, numpy as np, zarr
from skdigits import TwoLayerNNClassifier
from sklearn.datasets import load_digits

warnings.simplefilter("ignore")
kind, path, labels, limit, model = json.loads(sys.argv[1])
TwoLayerNNClassifier(2, maxiter=1).fit(*load_digits(return_X_y=True))  # what is imported late

def status(name):
    return 1024 * int(Path("/proc/self/status").read_text().split(name + ":")[1].split()[0])

Path("/proc/self/clear_refs").write_text("5")
before = status("VmRSS")
if limit:
    most = status("VmData") + limit
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
if kind == "memory map":
    X = np.load(path, mmap_mode="r")
elif kind == "memory":
    X = np.load(path)
elif kind == "zarr":
    X = zarr.open_array(path, mode="r")
else:
    X = h5py.File(path)["X"]
y = np.load(labels)
begin = time.perf_counter()
TwoLayerNNClassifier(random_state=0, **model).fit(X, y)
print(json.dumps([time.perf_counter() - begin, status("VmHWM") - before]))
"""
MB = 1e6
MEMORY = 393 * 10**6  # zarr's threads want 256 MB for themselves


def fit(kind, path, labels, limit=None, **model):
    """(seconds, bytes that the process's memory grew by) of a fit of rows in a file."""
    progress(f"{kind} {Path(path).name}")
    asked = json.dumps([kind, str(path), str(labels), limit, model])
    done = subprocess.run([sys.executable, "-c", FIT, asked], capture_output=True, text=True)
    if done.returncode:
        return None, done.stderr.strip().splitlines()[-1]
    return json.loads(done.stdout)


def write_rows(path, n, features):
    """Normal numbers, never held all at once; the labels of 5 classes beside them."""
    X = np.lib.format.open_memmap(path, "w+", np.float32, (n, features))
    y, rng = np.empty(n, dtype=int), np.random.default_rng(0)
    for start in range(0, n, 4096):
        rows = X[start : start + 4096]
        rng.standard_normal(out=rows, dtype=np.float32)
        y[start : start + 4096] = rows[:, :5].argmax(axis=1)
    labels = path.with_suffix(".labels.npy")
    np.save(labels, y)
    X.flush()
    return labels


def mapped(folder):
    """Print the memory of a fit besides the pages of its file."""
    path = folder / "map.npy"
    labels = write_rows(path, 500_000, 1000)
    seconds, grown = fit("memory map", path, labels, hidden_units=100, maxiter=1)
    besides = (grown - path.stat().st_size) / MB
    print(f"\nmemory map, 2000 MB, 100 units: {besides:.0f} MB besides its pages, {seconds:.0f} s")
    path.unlink()


def small_numbers(folder):
    """Print memory and seconds of uint8 and float32 rows."""
    X, y = many_rows()
    X = np.round(255 * X / X.max()).astype(np.uint8)
    np.save(folder / "uint8.npy", X)
    np.save(folder / "float32.npy", X.astype(np.float32))
    np.save(folder / "labels.npy", y)
    print(f"\n{X.shape[0]} x {X.shape[1]} digits{'seconds':>26}{'MB':>8}")
    for units in (25, 100):
        model = {"hidden_units": units, "maxiter": 10, "dtype": "float32"}
        found = {"uint8": [], "float32": []}
        for _ in range(3):
            for dtype, each in found.items():
                each.append(fit("memory", folder / f"{dtype}.npy", folder / "labels.npy", **model))
        medians = {
            d: [statistics.median(c) for c in zip(*each, strict=True)] for d, each in found.items()
        }
        for dtype, (seconds, grown) in medians.items():
            print(f"{units:4} units, {dtype:10}{seconds:28.1f}{grown / MB:8.0f}")
        ratios = [a / b for a, b in zip(medians["uint8"], medians["float32"], strict=True)]
        print(f"{'uint8 to float32':22}{ratios[0]:27.2f}x{ratios[1]:7.2f}x")


def stored(folder):
    """Print seconds of rows in files that are larger than the memory."""
    path, n, features = folder / "rows.npy", 393_216, 1000
    labels = write_rows(path, n, features)
    X, chunks = np.load(path, mmap_mode="r"), (1024, features)
    with h5py.File(folder / "rows.h5", "w") as file:
        rows = file.create_dataset("X", X.shape, X.dtype, chunks=chunks)
        for start in range(0, n, 4096):
            rows[start : start + 4096] = X[start : start + 4096]
    names = {"memory map": path, "h5py": folder / "rows.h5"}
    for kind, compressors in (("zarr", None), ("zarr, zstd", "auto")):
        names[kind] = folder / f"{kind}.zarr"
        rows = zarr.create_array(
            names[kind], shape=X.shape, dtype=X.dtype, chunks=chunks, compressors=compressors
        )
        for start in range(0, n, 4096):
            rows[start : start + 4096] = X[start : start + 4096]
    found = {kind: [] for kind in names}
    model = {"hidden_units": 25, "maxiter": 10}
    for _ in range(3):
        for kind, each in found.items():
            each.append(fit(kind.split(",")[0], names[kind], labels, MEMORY, **model))
    mb = path.stat().st_size / MB
    print(f"\n{mb:.0f} MB of rows, {MEMORY / MB:.0f} MB of memory{'seconds':>20}{'to the map':>12}")
    first = None
    for kind, each in found.items():
        if any(seconds is None for seconds, _ in each):
            print(f"{kind:20} failed: {each[0][1]}")
            continue
        seconds = statistics.median(seconds for seconds, _ in each)
        first = first or seconds
        print(f"{kind:20}{seconds:33.1f}{seconds / first:11.2f}x")


def main():
    print(where())
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small_numbers(folder)
        mapped(folder)
        stored(folder)


if __name__ == "__main__":
    main()
