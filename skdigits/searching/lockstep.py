"""Functions that advance together: each pauses where it asks, all that wait are answered at once.

A function runs in a thread of its own, so that it may sit inside any library that calls back, such
as scipy's optimizers, unmodified. Only one runs at a time. To pause takes 20 to 90 us; greenlets
take 1 us, but would be one more dependency, and what a pause waits for, an evaluation and an
optimizer's step, takes a millisecond (2 cores).
"""

import threading
import time
from typing import NamedTuple


class Job(NamedTuple):
    """A function to run: function(handle) may call handle.ask(question)."""

    key: object  # what its outcome is told by
    size: int  # of what it needs while it runs
    function: callable


class Ended(NamedTuple):
    """How a Job ended."""

    key: object
    value: object  # what it returned
    error: BaseException | None  # or what it raised


class Held(NamedTuple):
    """A Job that waits where it has come to: it goes on as a Resumed, or is ended."""

    key: object
    value: object  # what it has come to
    thread: object

    def end(self):
        """Interrupt it."""
        self.thread.interrupt()


class Resumed(NamedTuple):
    """A Held that goes on, with what its hold returns."""

    held: Held
    reply: object

    @property
    def size(self):
        """That of its Job."""
        return self.held.thread.job.size


def in_lockstep(jobs, answer, room):
    """Yield an Ended for each Job or Resumed as it ends, or a Held where it holds.

    jobs (an iterable, read as there is room) run while their sizes sum to room at most, but one at
    least; answer(questions) returns an answer for each, and what it raises is raised in each that
    waits. Closing the generator, or Ctrl-C in any line, interrupts those that run; who gets a Held
    resumes or ends it.
    """
    jobs = iter(jobs)
    waiting = next(jobs, None)
    live = []
    try:
        while waiting is not None or live:
            taken = sum(thread.job.size for thread in live)
            while waiting is not None and (not live or taken + waiting.size <= room):
                live.append(_thread_of(waiting))
                taken += waiting.size
                waiting = next(jobs, None)
                live[-1].step()
            for thread in [thread for thread in live if thread.rests]:
                live.remove(thread)
                yield thread.ended or thread.held
            if live:
                _answer(live, answer)
    finally:
        end_all(live)


def _thread_of(job):
    if not isinstance(job, Resumed):
        return _Thread(job)
    thread = job.held.thread
    thread.held, thread.reply = None, job.reply
    return thread


def end_all(threads):
    """Interrupt all, and wait until they have ended."""
    try:
        _interrupt(threads)
    finally:  # where Ctrl-C has interrupted that; else they have ended
        _interrupt(threads)


def _interrupt(threads):
    for thread in list(threads):
        thread.interrupt()


def _answer(live, answer):
    """One round: all questions answered, then each thread on to its next question or end."""
    begin = time.perf_counter()
    try:
        answers = answer([thread.question for thread in live])
    except Exception as error:
        answers = [error] * len(live)
    seconds = time.perf_counter() - begin
    total = sum(thread.job.size for thread in live)
    for thread, reply in zip(live, answers, strict=True):
        thread.seconds += seconds * thread.job.size / total
        thread.reply = reply
        thread.step()


class _Thread:
    """A running Job, and the handle that its function gets."""

    def __init__(self, job):
        self.job = job
        self.seconds = 0.0  # so far: its own, and its share of the answers'
        self.question = self.reply = self.ended = self.held = None
        self._turn = threading.Condition()
        self._runs = False  # whose turn it is: the function's, or of who steps it
        self._begun = self._abandoned = False
        self._thread = None

    def ask(self, question):
        """The answer; called by the function."""
        self.question = question
        with self._turn:
            self._give(False)
            self._turn.wait_for(lambda: self._runs)
        reply, self.reply = self.reply, None
        if isinstance(reply, BaseException):
            raise reply
        return reply

    def hold(self, value):
        """Rest here, having come to value, until resumed: the reply; called by the function."""
        self.held = Held(self.job.key, value, self)
        return self.ask(None)

    @property
    def rests(self):
        """Whether it has ended or holds."""
        return self.ended is not None or self.held is not None

    def step(self):
        """Let the function run until it asks or ends."""
        begin = time.perf_counter()
        if self._thread is None:
            # Started when it is known to who ends it: Ctrl-C may come before a start has returned.
            self._thread = threading.Thread(target=self._run, name="skdigits-lockstep", daemon=True)
            self._thread.start()
        with self._turn:
            self._begun = True
            self._give(True)
            self._turn.wait_for(lambda: not self._runs)
        self.seconds += time.perf_counter() - begin

    def interrupt(self):
        """Raise KeyboardInterrupt where the function waits, until it has ended."""
        with self._turn:
            if not self._begun:
                self._turn.notify_all()
                self._abandoned = True
                return
            self._turn.wait_for(lambda: not self._runs)  # Ctrl-C may have come while it ran
        while self.ended is None:
            self.reply = KeyboardInterrupt()
            self.step()

    def _give(self, runs):
        # Who is woken looks when the lock is free; so that Ctrl-C between the lines wakes in vain,
        # where the other way round nobody would be woken. All are: Ctrl-C within a wait can leave
        # one behind that nobody waits for, and it would be the one that is woken.
        self._turn.notify_all()
        self._runs = runs

    def _run(self):
        with self._turn:
            self._turn.wait_for(lambda: self._runs or self._abandoned)
            if not self._runs:
                return
        try:
            ended = Ended(self.job.key, self.job.function(self), None)
        except BaseException as error:
            ended = Ended(self.job.key, None, error)
        self.ended = ended
        with self._turn:
            self._give(False)
