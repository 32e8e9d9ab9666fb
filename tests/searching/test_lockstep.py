"""Oracles: the functions called alone, and what each was asked and answered."""

import _thread
import threading
from types import SimpleNamespace

import pytest
from patience import PATIENCE

from skdigits.searching import lockstep
from skdigits.searching.lockstep import Job, in_lockstep


def doubled(questions):
    return [2 * question for question in questions]


def asks(*numbers):
    """A function that asks about numbers and returns the sum of the answers."""
    return lambda handle: sum(handle.ask(number) for number in numbers)


def test_each_gets_its_own_answers_and_those_that_wait_are_answered_together():
    rounds = []

    def answer(questions):
        rounds.append(questions)
        return doubled(questions)

    jobs = [
        Job(name, 1, asks(*numbers))
        for name, numbers in {"a": (1, 2, 3), "b": (10,), "c": ()}.items()
    ]
    ended = {each.key: each.value for each in in_lockstep(jobs, answer, room=3)}
    assert ended == {"a": 12, "b": 20, "c": 0}
    assert rounds == [[1, 10], [2], [3]]


def test_there_is_room_for_some_only_and_the_next_take_the_place_of_those_that_end():
    sizes = []

    def answer(questions):
        sizes.append(len(questions))
        return doubled(questions)

    jobs = (Job(k, 2, asks(*range(k + 1))) for k in range(5))
    ended = [each.key for each in in_lockstep(jobs, answer, room=4)]
    assert sorted(ended) == list(range(5))
    assert max(sizes) == 2
    # One at least runs, however large.
    assert [each.value for each in in_lockstep([Job(0, 99, asks(1))], doubled, room=1)] == [2]


def test_an_error_hurts_no_other():
    def fails(handle):
        handle.ask(1)
        raise ZeroDivisionError("mine")

    ended = in_lockstep([Job("bad", 1, fails), Job("good", 1, asks(1, 2))], doubled, room=9)
    ended = {each.key: each for each in ended}
    assert isinstance(ended["bad"].error, ZeroDivisionError)
    assert ended["good"].value == 6
    assert ended["good"].error is None


def test_what_answering_raises_is_raised_in_all_that_wait():
    def answer(questions):
        raise MemoryError("too wide")

    ended = list(in_lockstep([Job(k, 1, asks(k)) for k in range(3)], answer, room=9))
    assert [type(each.error) for each in ended] == [MemoryError] * 3


@pytest.mark.parametrize("way", ["close", "Ctrl-C"])
def test_those_that_run_are_interrupted_and_none_is_left(way):
    interrupted = []

    def patient(handle):
        try:
            while True:
                handle.ask(1)
        except KeyboardInterrupt:
            interrupted.append(handle)
            raise

    rounds = iter(range(3))

    def answer(questions):
        if way == "Ctrl-C" and next(rounds, None) is None:
            raise KeyboardInterrupt
        return doubled(questions)

    ended = in_lockstep([Job(0, 1, asks(1)), Job(1, 1, patient), Job(2, 1, patient)], answer, 9)
    assert next(ended).key == 0
    if way == "close":
        ended.close()
    else:
        with pytest.raises(KeyboardInterrupt):
            next(ended)
    assert len(interrupted) == 2
    for thread in threading.enumerate():
        if thread.name == "skdigits-lockstep":
            thread.join(PATIENCE)
            assert not thread.is_alive()


def test_seconds_are_those_of_the_function_and_its_share_of_the_answers(monkeypatch):
    seconds, clock = {}, SimpleNamespace(now=100.0)
    clock.perf_counter = lambda: clock.now
    monkeypatch.setattr(lockstep, "time", clock)

    def measured(handle):
        handle.ask(1)
        clock.now += handle.job.size
        handle.ask(1)
        seconds[handle.job.key] = handle.seconds

    jobs = [Job("small", 1, measured), Job("large", 3, measured)]

    def answer(questions):
        clock.now += 20.0
        return questions

    list(in_lockstep(jobs, answer, room=9))
    assert seconds == {"small": 2 * 5.0 + 1, "large": 2 * 15.0 + 3}


def test_ctrl_c_while_a_function_runs():
    def pressed(handle):
        handle.ask(1)
        _thread.interrupt_main()
        handle.ask(2)

    with pytest.raises(KeyboardInterrupt):
        list(in_lockstep([Job(k, 1, pressed) for k in range(2)], doubled, room=9))
    for thread in threading.enumerate():
        if thread.name == "skdigits-lockstep":
            thread.join(PATIENCE)
            assert not thread.is_alive()
