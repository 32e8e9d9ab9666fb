"""Whether fits are worth workers; what they give, as it comes.

A worker is a process that imports all this first. Small searches are over before it has.
"""

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor, as_completed

import joblib
from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel, delayed

# Seconds of processor, which a busy machine changes little, that are worked in this process before
# workers are started: about what starting one takes. Iris and wine, 12 candidates of 200 iterations
# on 5 splits: 6.7 and 8.1 in one process; with two workers each of these added 3.3 and 3.6.
PATIENCE = 2.5
# More work than so many seconds by estimate is left to workers at once: the estimate does not know
# of fits that converge early, nor, in Pipelines, how wide the rows become.
SMALL = 10.0


def results_of(function, calls, n_jobs, pre_dispatch, seconds):
    """Yield function(*call) for all calls, as each ends.

    seconds is an estimate of how long they take one after another. A backend of joblib's that the
    user has chosen gets all of them.
    """
    calls = deque(calls)
    if joblib.effective_n_jobs(n_jobs) > 1 and seconds <= SMALL and not _has_chosen_backend():
        begin = time.process_time()
        while calls and time.process_time() - begin < PATIENCE:
            yield function(*calls.popleft())
    if not calls:
        return
    try:
        parallel = Parallel(
            n_jobs=n_jobs, pre_dispatch=pre_dispatch, return_as="generator_unordered"
        )
    except ValueError:  # a backend that returns all at the end
        parallel = Parallel(n_jobs=n_jobs, pre_dispatch=pre_dispatch)
    yield from parallel(delayed(function)(*call) for call in calls)


def _has_chosen_backend():
    """Whether joblib's backend is one that hints cannot change."""
    kinds = [type(get_active_backend(prefer=hint)[0]) for hint in ("processes", "threads")]
    return kinds[0] is kinds[1]


def in_threads(jobs, n_threads, stopped):
    """Yield (key, function()) for (key, function) of jobs, as each ends.

    stopped (an Event) is set where this is given up before all have ended; threads wait for those
    that look at it.
    """
    n_threads = min(n_threads, len(jobs))
    if n_threads < 2:
        yield from ((key, function()) for key, function in jobs)
        return
    with ThreadPoolExecutor(n_threads, "skdigits-search") as pool:
        try:
            futures = {pool.submit(function): key for key, function in jobs}
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
