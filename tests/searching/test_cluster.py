"""The guide's searches on local clusters of two workers run as they stand; oracle: one process."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.datasets import load_digits

from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier

GUIDE = Path(__file__).parents[2] / "docs" / "cluster.md"


@pytest.mark.parametrize("library", ["distributed", "ray"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_search_on_a_cluster_of_two(library, tmp_path):
    pytest.importorskip(library)
    examples = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL)
    (example,) = (text for text in examples if library in text)
    # The fits are made elsewhere: in this process, they would fail.
    broken = "    from skdigits.searching import worker\n    worker._fit_members = None\n"
    example = example.replace("    X, y = load", broken + "    X, y = load")
    script = tmp_path / "example.py"
    script.write_text(example)
    environment = os.environ | {"PYTHONWARNINGS": "ignore", "RAY_USAGE_STATS_ENABLED": "0"}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    told = done.stdout.splitlines()[-1]

    X, y = load_digits(return_X_y=True)
    grid = {"hidden_units": [10, 25], "reg_lambda": [0.3, 1, 3], "maxiter": [50, 100]}
    search = BatchedGridSearchCV(TwoLayerNNClassifier(random_state=0), grid, cv=3).fit(X / 16, y)
    assert told == f"{search.best_params_} {round(search.best_score_, 3)}"
