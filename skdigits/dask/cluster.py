"""Parts of rows on the workers of a cluster: what is asked of all, and what a lost worker costs.

A Keeper is an actor on a worker and has that worker's Parts, so that a question is one message a
worker. Dask forgets the actors of a worker that dies; their Parts are then loaded again from their
graph, on the workers that are left. Which Parts there are depends on the chunks alone, and their
sums are added in an order that their numbers fix: they have the same bits wherever the Parts are.
"""

import pickle
import time
from concurrent.futures import CancelledError

import numpy as np
from distributed import wait
from distributed.client import default_client

from skdigits.dask.parts import all_aligned, folded, on_data, validate
from skdigits.network import Objective, Stack

PARTS = 32  # the most; more chunks are joined, for each part has a gradient of its own to send
LOST_SECONDS = 30  # in which a part must be loading, or a worker appear, before a fit gives up
LOSSES = 5  # the most times that a fit loads parts again


class WorkersLostError(RuntimeError):
    """Rows that were on workers cannot be had again."""


class Lost(Exception):
    """Some parts were lost and are there again, without what was kept in them."""


def client_in_use():
    """Dask's current client; where there is none a ValueError says how to start one."""
    try:
        return default_client()
    except ValueError as error:
        raise ValueError(
            "there is no Dask client: start one, on this machine by "
            "dask.distributed.Client(), on a cluster by Client(address)"
        ) from error


class Keeper:
    """The Parts of a worker: an actor."""

    def __init__(self, parts, script):
        self._parts = {part.number: part for part in parts}
        for function, args in script:
            for part in self._parts.values():
                function(part, *args)

    def ask(self, question):
        """(None, {number: what the function gives of a Part}), or (the exception, None), pickled.

        The question is function, args and of, pickled: of so many parts answers are `folded`. Dask
        would pack lists and dictionaries item by item, and take twice as long.
        """
        return pickle.dumps(self._answer(*pickle.loads(question)), protocol=5)

    def _answer(self, function, args, of=None):
        args = all_aligned(args)
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                answers = {n: function(part, *args) for n, part in self._parts.items()}
        except Exception as error:
            return error, None
        return None, answers if of is None else _folded(answers, of)


def _folded(answers, n):
    return folded({(0, number): answer for number, answer in answers.items()}, n)


class Cluster:
    """The Parts of delayed graphs, kept by the workers of a client."""

    def __init__(self, client, delayed):
        self._client, self._delayed = client, delayed  # a graph a part
        self._keepers = {}  # by the address of a worker
        self._script = []  # what new keepers do with their parts
        self._losses = 0
        self._load(range(len(delayed)))

    def ask(self, function, *args, keep=False):
        """[function(part, *args)] of all parts, in their order; asked again where parts were lost.

        With keep the function changes the parts, and does so again to those that are loaded again.
        """
        while True:
            try:
                answers = self.ask_once(function, *args)
            except Lost:
                continue
            if keep:
                self._script.append((function, args))
            return answers

    def ask_once(self, function, *args):
        """The same; raises Lost where parts were lost, when they are there again."""
        answers = self._answers(function, args)
        return [answers[number] for number in range(len(self._delayed))]

    def total(self, function, *args):
        """The sum of what is asked once; it has the same bits whoever has which part."""
        n = len(self._delayed)
        ((_, total),) = folded(self._answers(function, args, n), n).items()
        return total

    def _answers(self, *question):
        """What the keepers answer, all together; raises Lost."""
        question = pickle.dumps(question, protocol=5)
        pending = {
            address: _attempt(keeper.ask, question) for address, keeper in self._keepers.items()
        }
        answers, lost, wrong = {}, [], None
        for address, future in pending.items():
            answer = _attempt(future.result) if future is not None else None
            if answer is None:
                lost.append(address)
            elif answer[0] is not None:
                wrong = answer[0]
            else:
                answers |= answer[1]
        if lost:
            self._recover(lost)
            raise Lost
        if wrong is not None:
            raise wrong
        return answers

    def _count_loss(self, lost):
        self._losses += 1
        if self._losses > LOSSES:
            raise WorkersLostError(
                f"workers were lost {self._losses} times, the last at {', '.join(lost)}; if they "
                "lack memory, give more workers or smaller chunks"
            )

    def _recover(self, lost):
        self._count_loss(lost)
        for address in lost:
            del self._keepers[address]
        there = set().union(*(keeper.numbers for keeper in self._keepers.values()))
        self._load([n for n in range(len(self._delayed)) if n not in there], lost)

    def _load(self, numbers, without=()):
        """Have the workers, those without excepted, load parts and keep them."""
        addresses = self._workers(without)
        futures = self._compute(numbers)
        holders = self._client.who_has(futures)
        shares = _shared_out(futures, [holders.get(f.key, ()) for f in futures], addresses)
        keepers = {}
        for address, some in shares.items():
            keepers[address] = self._client.submit(
                Keeper,
                [futures[i] for i in some],
                self._script,
                workers=[address],
                allow_other_workers=False,
                actor=True,
                pure=False,
            )
        self._wait(keepers.items())
        missing = {}  # whose parts, or worker, were lost after they were computed
        for address, future in keepers.items():
            some = [numbers[i] for i in shares[address]]
            if future.status in ("finished", "error"):
                before = self._keepers.get(address)
                self._keepers[address] = _Kept(future.result(), some, before)
            else:
                missing[address] = some
        if missing:
            self._count_loss(missing)
            del futures, keepers  # cancelled, Dask would go on with them
            self._load([number for some in missing.values() for number in some], without)

    def _compute(self, numbers):
        """Futures of parts that are in the memory of workers."""
        end = time.monotonic() + LOST_SECONDS
        while True:
            futures = self._client.compute([self._delayed[n] for n in numbers])
            self._wait((None, future) for future in futures)
            for error in (future.exception() for future in futures if future.status == "error"):
                if isinstance(error, ValueError):  # ours: something is wrong with the rows
                    raise error
                raise WorkersLostError(f"rows could not be loaded: {error!r}") from error
            if all(future.status == "finished" for future in futures):
                return futures
            # Right after a worker's end the scheduler may not know yet what it has to do again.
            if time.monotonic() > end:
                raise WorkersLostError(
                    "rows were on a worker that is lost, and nowhere else: rows that are not "
                    "scattered or persisted can be loaded again"
                )
            del futures
            time.sleep(0.5)

    def _workers(self, without):
        """The addresses of the workers, when there is one."""
        end = time.monotonic() + LOST_SECONDS
        while True:
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
            found = sorted(set(workers) - set(without))
            if found:
                return found
            if time.monotonic() > end:
                raise WorkersLostError(
                    "the cluster has no worker"
                    + (f" since {', '.join(without)} were lost" if without else "")
                )
            time.sleep(0.2)

    def _wait(self, pairs):
        """Wait for futures as long as workers are at work.

        Pairs are a future's home, the address of the worker that alone may compute it or None, and
        the future.
        """
        pairs, idle_since = list(pairs), time.monotonic()
        while True:
            waiting = [future for _, future in pairs if future.status == "pending"]
            if not waiting:
                break
            try:
                wait(waiting, timeout=1, return_when="FIRST_COMPLETED")
                idle_since = time.monotonic()
            except CancelledError:  # their status says so too
                continue
            except TimeoutError:
                if any(self._client.processing().values()):
                    idle_since = time.monotonic()
                workers = self._client.scheduler_info(n_workers=-1)["workers"]
                pairs = [pair for pair in pairs if pair[0] is None or pair[0] in workers]
            if time.monotonic() - idle_since > LOST_SECONDS:
                raise WorkersLostError(
                    f"no worker has been loading {len(waiting)} of {len(pairs)} parts of the "
                    f"rows for {LOST_SECONDS} seconds: were they on a worker that is lost, and "
                    "nowhere else? Rows that are not scattered or persisted can be loaded again"
                )


class _Kept:
    """The keepers of one worker, asked together."""

    def __init__(self, keeper, numbers, before=None):
        self._keepers = [keeper] if before is None else [*before._keepers, keeper]
        self.numbers = set(numbers) | (set() if before is None else before.numbers)

    def ask(self, question):
        return _Together([keeper.ask(question) for keeper in self._keepers])


class _Together:
    """Futures of one worker's answers."""

    def __init__(self, futures):
        self._futures = futures

    def result(self):
        answers = {}
        for error, some in [pickle.loads(future.result()) for future in self._futures]:
            if error is not None:
                return error, None
            answers |= some
        return None, answers


def _attempt(call, *args):
    """What the call gives; None where the worker is gone, which Dask says in two ways."""
    try:
        return call(*args)
    except OSError:
        return None
    except ValueError as error:
        if "Actor was lost" in str(error):
            return None
        raise


def _shared_out(futures, holders, addresses):
    """{address: places in futures}: evenly, and where the parts are if that is even."""
    most = -(-len(futures) // len(addresses))
    shares, rest = {address: [] for address in addresses}, []
    for i, held in enumerate(holders):
        at = next((a for a in held if a in shares and len(shares[a]) < most), None)
        (rest if at is None else shares[at]).append(i)
    for i in rest:
        shares[min(addresses, key=lambda a: len(shares[a]))].append(i)
    return {address: some for address, some in shares.items() if some}


class FarData:
    """The Data of all parts: see `network.blocks.Data`, whose place it takes."""

    lanes = None

    def __init__(self, cluster, n_samples, weight_sum, dtype, feature_scale=None):
        self._cluster = cluster
        self.n_samples, self.weight_sum, self.dtype = n_samples, weight_sum, dtype
        self.feature_scale = feature_scale

    def each(self, function, *args):
        """[function(data, *args)] of each part, in their order; raises Lost."""
        return self._cluster.ask_once(on_data, function, *args)

    def total(self, function, *args):
        """The sum of these; raises Lost."""
        return self._cluster.total(on_data, function, *args)


class FarHeldOut:
    """The rows that parts hold out: see `fitting.HeldOut`, whose place it takes."""

    def __init__(self, cluster, weight):
        self._cluster, self.weight = cluster, weight

    def sums(self, weights, activation):
        """As those of a HeldOut."""
        return again(self._cluster.total, validate, weights, activation)


def again(function, *args):
    """function(*args), from its beginning wherever parts are lost in the middle of it."""
    while True:
        try:
            return function(*args)
        except Lost:
            continue


class FarObjective(Objective):
    """The cost over all parts; what is evaluated while a worker is lost is evaluated again."""

    def __init__(self, data, layout, reg_lambda, activation, output_activation):
        self._layout, self._data, self._basis = layout, data, None
        self._stack = Stack((layout,), (reg_lambda,), activation, output_activation)

    def cost_gradient(self, theta):
        """As that of an Objective."""
        return again(super().cost_gradient, theta)

    def hessian_product(self, theta, v):
        """As that of an Objective."""
        return again(super().hessian_product, theta, v)

    def project(self, theta, goal=1e-12, new_axes=True):
        """As that of an Objective."""
        return again(super().project, theta, goal, new_axes)
