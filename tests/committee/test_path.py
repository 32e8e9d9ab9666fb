"""Oracle: scores that are known as a function of lambda."""

import numpy as np
import pytest

from skdigits.committee.path import BOUNDS, Step, best_of, spaced, walk


def visited(score, lambdas, factor):
    """(steps, [(lambda, the one before or None)] in the order of visits)."""
    visits, steps = [], []

    def visit(reg_lambda, before):
        visits.append((reg_lambda, before and before.reg_lambda))
        return Step(reg_lambda, [], None, score(reg_lambda), 0.0)

    walk(steps, lambdas, factor, visit)
    assert [step.reg_lambda for step in steps] == sorted(step.reg_lambda for step in steps)
    return steps, visits


LAMBDAS, FACTOR = spaced(7, 1.0)


def around(best):
    return lambda reg_lambda: -abs(np.log(reg_lambda / best))


def test_the_usual_lambdas():
    assert LAMBDAS.tolist() == [0.03, 0.0949, 0.3, 0.949, 3.0, 9.49, 30.0]
    assert pytest.approx(10**0.5) == FACTOR
    assert spaced(1, 1.0) == (np.array([0.949]), None)
    assert spaced(4, 1e-3)[0].tolist() == [3e-5, 3e-4, 3e-3, 3e-2]


def test_each_begins_where_the_one_before_ended_and_the_path_ends_past_the_best():
    steps, visits = visited(around(0.3), LAMBDAS, FACTOR)
    assert visits == [(0.03, None), (0.0949, 0.03), (0.3, 0.0949), (0.949, 0.3), (3.0, 0.949)]
    assert best_of(steps).reg_lambda == 0.3


def test_before_the_middle_nothing_ends_it():
    scores = dict(zip(LAMBDAS, [-1.0, -1.1, -1.2, -0.5, -0.6, -0.7, 0], strict=True))
    steps, _ = visited(scores.get, LAMBDAS, FACTOR)
    assert best_of(steps).reg_lambda == 0.949
    assert len(steps) == 6


@pytest.mark.parametrize("best", [100.0, 2000.0])
def test_it_goes_on_upwards(best):
    steps, visits = visited(around(best), LAMBDAS, FACTOR)
    found = best_of(steps).reg_lambda
    assert found / FACTOR < best < found * FACTOR
    assert all(before is not None for _, before in visits[1:])  # no cold start on the way


def test_it_goes_on_downwards_from_cold_starts():
    steps, visits = visited(around(0.003), LAMBDAS, FACTOR)
    assert best_of(steps).reg_lambda == pytest.approx(0.003)
    beyond = [visit for visit in visits if visit[0] < 0.03]
    assert beyond == [(0.00949, None), (0.003, None), (0.000949, None)]


def test_it_stays_within_bounds():
    upwards, _ = visited(lambda reg_lambda: reg_lambda, LAMBDAS, FACTOR)
    downwards, _ = visited(lambda reg_lambda: -reg_lambda, LAMBDAS, FACTOR)
    assert BOUNDS[1] / FACTOR < upwards[-1].reg_lambda <= BOUNDS[1]
    assert BOUNDS[0] <= downwards[0].reg_lambda < BOUNDS[0] * FACTOR * 1.01


def test_where_nothing_differs_the_strongest_penalty_wins_and_no_more_is_tried():
    steps, _ = visited(lambda reg_lambda: -1.0, LAMBDAS, FACTOR)
    assert best_of(steps).reg_lambda == 30.0
    assert len(steps) == 7


def test_given_values_are_all_that_is_tried():
    given = [0.1, 1.0, 10.0, 100.0, 1000.0]
    for best in (1e-3, 0.5, 1e5):
        steps, _ = visited(around(best), np.array(given), None)
        assert [step.reg_lambda for step in steps] == given
