"""Ctrl-C at random moments of fits and searches: no thread stays, BLAS gets its threads back.

`tests/test_interrupts.py` goes through the lines one by one; here the moment is any.
"""

import gc
import random
import signal
import sys
import threading
import time
import warnings

import numpy as np
import pytest
from patience import PATIENCE
from process_memory import resident
from sklearn.datasets import load_iris
from threadpoolctl import ThreadpoolController, threadpool_limits

from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier, TwoLayerNNClassifierCV

ONE = TwoLayerNNClassifier(3, maxiter=15, random_state=0)
WAYS = {
    "fit": ONE,
    "projected fit": TwoLayerNNClassifier(3, maxiter=5, variable_projection=True, random_state=0),
    "search": BatchedGridSearchCV(ONE, {"reg_lambda": [0.1, 1.0], "maxiter": [5, 15]}, cv=3),
    "committee": TwoLayerNNClassifierCV(
        3, reg_lambdas=[0.1, 1.0], cv=3, maxiter=10, first_maxiter=5, step_maxiter=3, random_state=0
    ),
}


def interrupt_often(n, record_property):
    """Each way in turn; a timer raises KeyboardInterrupt within the time that it takes."""
    X, y = load_iris(return_X_y=True)
    chance, came, more = random.Random(0), 0, 0
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        with warnings.catch_warnings(), threadpool_limits(2):
            warnings.simplefilter("ignore")
            seconds = {}
            for name, model in WAYS.items():
                model.fit(X, y)
                begin = time.perf_counter()
                model.fit(X, y)
                seconds[name] = time.perf_counter() - begin
            at_first = resident()
            for k in range(n):
                name = list(WAYS)[k % len(WAYS)]
                try:
                    signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-5, seconds[name]))
                    WAYS[name].fit(X, y)
                    signal.setitimer(signal.ITIMER_REAL, 0)
                except KeyboardInterrupt:
                    came += 1
                end = time.monotonic() + PATIENCE
                # Ctrl-C within Thread.start leaves one that never began in Python's own list.
                while any(
                    t.name == "skdigits-lockstep" and t.is_alive() for t in threading.enumerate()
                ):
                    assert time.monotonic() < end, f"a thread is left by the {name}"
                    time.sleep(0.001)
                threads = {library.num_threads for library in libraries}
                assert threads == {2}, f"BLAS is left with {threads} by the {name}"
            gc.collect()
            more = (resident() - at_first) / 2**20
            for model in WAYS.values():  # as good as ever
                assert np.isfinite(model.fit(X, y).predict_proba(X)).all()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert came > n / 10
    assert more < 50 + n / 20, f"{more} MiB more"
    record_property("tried", ["Ctrl-C in a fit or search", f"{n} tries, {came} came out of it"])


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


def test_interrupts(record_property):
    interrupt_often(60, record_property)


@pytest.mark.long
def test_many_interrupts(record_property):
    interrupt_often(1000, record_property)
