"""How long does a table of digits take to read, and how much memory?

42000 x 785 cells in text, as Kaggle has MNIST: bytes, and fractions of four digits. Ours reads and
checks them and makes float32 ink; pandas reads and divides. Each in processes of its own, in turn,
three times: medians of the seconds, the peak of memory above what the imports take.

    python benchmarks/bench_loading.py
"""

import json
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from common import many_rows, progress, where

ROUNDS, ROWS = 3, 42000
READ = """
import json, re, sys, time
from pathlib import Path
import numpy as np
from skdigits.datasets import load_digits_images
if sys.argv[1] == "pandas":
    import pandas

def memory(name):
    return int(re.search(name + r":\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024

before, begin = memory("VmRSS"), time.perf_counter()
if sys.argv[1] == "pandas":
    table = pandas.read_csv(sys.argv[2])
    y, X = table["label"].to_numpy(), (table.iloc[:, 1:].to_numpy() / 255).astype(np.float32)
else:
    digits = load_digits_images(sys.argv[2])
print(json.dumps([time.perf_counter() - begin, memory("VmHWM") - before]))
"""


def main():
    X, y = many_rows()
    X, y = X[:ROWS], y[:ROWS]
    names = ",".join(["label", *(f"pixel{k}" for k in range(784))])
    readers = ["ours", *(["pandas"] if find_spec("pandas") else [])]
    print(f"{where()}\n")
    print(f"{'':20}" + "".join(f"{kind:>22}" for kind in ("bytes", "fractions")))
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, rows, form in (
            ("bytes", np.rint(X * 255), "%d"),
            ("fractions", X, "%.4g"),
        ):
            path = Path(folder, f"{kind}.csv")
            rows = np.column_stack([y, rows])
            np.savetxt(
                path, rows, fmt=["%d", *[form] * 784], delimiter=",", header=names, comments=""
            )
            for k in range(ROUNDS):
                for reader in readers:
                    progress(f"{kind}, round {k + 1}, {reader}")
                    done = subprocess.run(
                        [sys.executable, "-c", READ, reader, path],
                        capture_output=True, text=True, check=True,
                    )  # fmt: skip
                    found.setdefault((reader, kind), []).append(json.loads(done.stdout))
    for reader in readers:
        cells = []
        for kind in ("bytes", "fractions"):
            seconds, peaks = zip(*found[reader, kind], strict=True)
            cells.append(f"{statistics.median(seconds):10.2f} s {max(peaks):6.0f} MiB")
        print(f"{reader:20}" + "".join(f"{cell:>22}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
