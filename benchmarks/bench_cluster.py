"""What does one fit on a cluster cost, and gain?

Generated rows of 100 features in float64, 5 classes, 25 hidden units, in 16 chunks: seconds of one
evaluation of cost and gradient in one process of one thread, and on local Dask clusters of 1 and 2
workers of one thread each; medians of interleaved rounds. What an evaluation costs besides the sums
is measured on 160 rows in two chunks, of networks of about 2700 and 10000 weights. Then whole fits
of 20 iterations, with loading and measuring, how much the client's memory grew meanwhile, and
dask-glm's LogisticRegression, of its default 100 iterations at most, where it is installed.

    python benchmarks/bench_cluster.py
"""

import os
import statistics
import time
import warnings
from contextlib import ExitStack
from pathlib import Path

import dask.array as da
import numpy as np
from common import progress, where
from distributed import Client, LocalCluster
from threadpoolctl import threadpool_limits

from skdigits import Objective, TwoLayerNNClassifier
from skdigits.dask import DaskTwoLayerNNClassifier, parts
from skdigits.dask.cluster import Cluster, FarData, FarObjective
from skdigits.dask.collections import delayed_parts
from skdigits.fitting import Labels
from skdigits.network import Layout

FEATURES, CLASSES, UNITS, CHUNKS = 100, 5, 25, 16
ROWS = 10_000, 100_000, 1_000_000
ROUNDS = 7


def make(n, seed, features=FEATURES):
    """Rows of a chunk, with what decides their classes in the first columns."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, features))


def classes(X):
    """Labels of rows: which of the first columns is the greatest, with some noise."""
    noise = np.random.default_rng(len(X)).normal(size=(len(X), CLASSES))
    return (X[:, :CLASSES] + 0.5 * noise).argmax(axis=1)


def collections(n, features=FEATURES, chunks=CHUNKS):
    """Lazy rows and labels that the workers make."""
    size = n // chunks
    X = da.concatenate(
        [
            da.from_delayed(_delayed(make)(size, k, features), (size, features), float)
            for k in range(chunks)
        ]
    )
    return X, X.map_blocks(classes, drop_axis=1, dtype=int)


def _delayed(function):
    from dask import delayed

    return delayed(function, pure=True)


def far_objective(client, X, y):
    """The cost over the rows, on the workers."""
    with client.as_current():
        cluster = Cluster(client, delayed_parts(X, y, None))
    labels, dtype = Labels(np.arange(CLASSES), False, "softmax"), np.dtype(float)
    cluster.ask(parts.encode, labels, dtype)
    cluster.ask(parts.weigh, None, labels)
    n, layout = X.shape[0], Layout(X.shape[1], UNITS, CLASSES)
    cluster.ask(parts.prepare, labels, n, float(n), None, dtype, UNITS)
    return FarObjective(FarData(cluster, n, float(n), dtype), layout, 1.0, "logistic", "softmax")


def local_objective(n):
    """The same in this process."""
    X = np.concatenate([make(n // CHUNKS, k) for k in range(CHUNKS)])
    y = np.concatenate([classes(chunk) for chunk in np.split(X, CHUNKS)])
    return Objective(X, np.eye(CLASSES)[y], hidden_units=UNITS)


def seconds(objective, rounds=1):
    """Of an evaluation."""
    theta = np.zeros(objective.n_parameters)
    begin = time.perf_counter()
    for _ in range(rounds):
        objective.cost_gradient(theta)
    return (time.perf_counter() - begin) / rounds


def resident():
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def evaluations(clients):
    """Print seconds of an evaluation by rows and place."""
    print(f"\nan evaluation, ms{'local':>17}{'1 worker':>12}{'2 workers':>12}{'2 to 1':>9}")
    for n in ROWS:
        progress(f"{n} rows")
        places = {"local": local_objective(n)}
        X, y = collections(n)
        for name, client in clients.items():
            places[name] = far_objective(client, X, y)
        took = {name: [] for name in places}
        rounds = max(1, 200_000 // n)
        for each in places.values():
            seconds(each)
        for _ in range(ROUNDS):
            for name, objective in places.items():
                took[name].append(seconds(objective, rounds))
        ms = {name: 1e3 * statistics.median(each) for name, each in took.items()}
        local, one, two = ms.values()
        print(f"{n:9} x {FEATURES} rows{local:15.1f}{one:12.1f}{two:12.1f}{one / two:8.2f}x")


def overheads(clients):
    """Print what an evaluation costs besides the sums."""
    print(f"\nbesides the sums, ms{'':14}{'1 worker':>12}{'2 workers':>12}")
    for features in (FEATURES, 390):
        X, y = collections(160, features, 2)
        found = []
        for client in clients.values():
            objective = far_objective(client, X, y)
            seconds(objective, 20)
            found.append(1e3 * min(seconds(objective, 20) for _ in range(ROUNDS)))
        print(f"{objective.n_parameters:9} weights{'':17}{found[0]:12.1f}{found[1]:12.1f}")


def fits(clients):
    """Print seconds of whole fits, and the client's memory."""
    n, model = ROWS[-1], {"hidden_units": UNITS, "maxiter": 20, "random_state": 0}
    print(f"\na fit of {n} rows, 20 iterations{'seconds':>12}{'accuracy':>12}{'client MB':>12}")
    X, y = collections(n)
    for name, client in clients.items():
        progress(f"fit, {name}")
        before, begin = resident(), time.perf_counter()
        with client.as_current():
            far = DaskTwoLayerNNClassifier(**model).fit(X, y)
            took = time.perf_counter() - begin
            grown = (resident() - before) / 1e6
            print(f"  {name:28}{took:15.1f}{far.score(X, y):12.3f}{grown:12.0f}")
    rows = np.concatenate([make(n // CHUNKS, k) for k in range(CHUNKS)])
    labels = np.concatenate([classes(chunk) for chunk in np.split(rows, CHUNKS)])
    begin = time.perf_counter()
    near = TwoLayerNNClassifier(**model).fit(rows, labels)
    took = time.perf_counter() - begin
    print(f"  {'one process, one thread':28}{took:15.1f}{near.score(rows, labels):12.3f}")
    peer(clients["2 workers"], X, y)


def peer(client, X, y):
    """Print what dask-glm takes, of two classes, which is what it has."""
    try:
        from dask_glm.estimators import LogisticRegression
    except ImportError:
        print("  dask-glm is not installed")
        return
    progress("dask-glm")
    with client.as_current():
        begin = time.perf_counter()
        model = LogisticRegression(solver="lbfgs").fit(X.persist(), (y == 0).persist())
        took = time.perf_counter() - begin
        right = (model.predict(X) == (y == 0)).mean().compute()
    print(f"  {'dask-glm, class 0 or not':28}{took:15.1f}{float(right):12.3f}")


def main():
    warnings.simplefilter("ignore")
    print(where())
    with ExitStack() as stack:
        stack.enter_context(threadpool_limits(1))
        clients = {}
        for n in (1, 2):
            cluster = LocalCluster(
                n_workers=n, threads_per_worker=1, dashboard_address=None, silence_logs=50
            )
            stack.enter_context(cluster)
            name = f"{n} worker" + "s" * (n > 1)
            clients[name] = stack.enter_context(Client(cluster, set_as_default=False))
        evaluations(clients)
        overheads(clients)
        fits(clients)


if __name__ == "__main__":
    main()
