"""Oracles: the counts of tasks that scikit-learn's protocol demands, and the curves of the fit."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import scale

from skdigits import TwoLayerNNClassifier
from skdigits.fitting.solvers import SOLVERS

callback_module = pytest.importorskip("sklearn.callback", reason="needs scikit-learn 1.9")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
METHODS = [solver.method for solver in SOLVERS.values()]


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    return scale(X), y


class Recorder:
    """Counts what begins and ends, and asks to stop where it is told to."""

    def __init__(self, stop_at=None, task="iteration"):
        self.begun, self.ended, self.open = [], [], 0
        self.stop_at, self.task = stop_at, task
        self.costs, self.torn_down = [], 0

    def setup(self, estimator, context):
        self.max_subtasks = context.max_subtasks

    def teardown(self, estimator, context):
        self.torn_down += 1

    def on_fit_task_begin(self, estimator, context):
        self.begun.append((context.task_name, context.task_id))
        self.open += 1

    def on_fit_task_end(self, estimator, context, *, X, y, fitted_estimator):
        self.ended.append((context.task_name, context.task_id))
        self.open -= 1
        if fitted_estimator is not None and context.task_name == "iteration":
            self.costs.append(fitted_estimator.score(X, y))
        return context.task_name == self.task and context.task_id == self.stop_at


@pytest.mark.parametrize("solver", METHODS)
@pytest.mark.parametrize("maxiter", [4, 400])
def test_each_iteration_is_a_task_and_none_dangles(iris, solver, maxiter):
    X, y = iris
    recorder = Recorder()
    model = TwoLayerNNClassifier(3, solver=solver, maxiter=maxiter, random_state=0)
    model.set_callbacks(recorder).fit(X, y)
    assert recorder.open == 0
    assert recorder.torn_down == 1
    assert sorted(recorder.begun) == sorted(recorder.ended)
    iterations = [task_id for name, task_id in recorder.begun if name == "iteration"]
    assert iterations == list(range(len(iterations)))
    # Where the fit converged, the iteration that scipy never ran was begun and closed.
    assert len(iterations) == model.n_iter_ + (model.n_iter_ < maxiter)
    assert len(iterations) <= recorder.max_subtasks == maxiter
    assert len(recorder.costs) == model.n_iter_
    if model.loss_curve_[-1] == model.loss_:  # trust-ncg rejects some lower costs
        assert recorder.costs[-1] == model.score(X, y)
    if solver != "trust-krylov":  # two fits of which may differ
        plain = TwoLayerNNClassifier(3, solver=solver, maxiter=maxiter, random_state=0).fit(X, y)
        np.testing.assert_array_equal(plain.coefs_[0], model.coefs_[0])


@pytest.mark.parametrize("solver", METHODS)
def test_a_callback_that_asks_to_stop_is_obeyed(iris, solver):
    X, y = iris
    recorder = Recorder(stop_at=5)
    model = TwoLayerNNClassifier(3, solver=solver, random_state=0).set_callbacks(recorder)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # asked for, so no warning
        model.fit(X, y)
    assert model.n_iter_ == 6
    assert model.optimize_result_.message == "a callback asked to stop"
    assert recorder.open == 0


def test_restarts_are_tasks_with_iterations_of_their_own(iris):
    X, y = iris
    recorder = Recorder()
    model = TwoLayerNNClassifier(3, maxiter=5, n_init=3, random_state=0).set_callbacks(recorder)
    model.fit(X, y)
    names = [name for name, _ in recorder.begun]
    assert (names.count("start"), names.count("iteration"), recorder.open) == (3, 15, 0)
    assert len(model.init_losses_) == 3
    # A stop at an iteration ends its start, a stop at a start ends the fit.
    model.set_callbacks(Recorder(stop_at=1)).fit(X, y)
    assert (model.n_iter_, len(model.init_losses_)) == (2, 3)
    model.set_callbacks(Recorder(stop_at=1, task="start")).fit(X, y)
    assert (model.n_iter_, len(model.init_losses_)) == (5, 2)


def test_callbacks_are_torn_down_after_an_error(iris):
    X, y = iris

    class Fails(Recorder):
        def on_fit_task_end(self, estimator, context):
            raise ZeroDivisionError

    recorder = Fails()
    with pytest.raises(ZeroDivisionError):
        TwoLayerNNClassifier(3).set_callbacks(recorder).fit(X, y)
    assert recorder.torn_down == 1


def test_scoring_monitor_sees_the_validation_curve(iris):
    X, y = iris
    monitor = callback_module.ScoringMonitor(scoring="accuracy")
    model = TwoLayerNNClassifier(3, maxiter=8, random_state=0).set_callbacks(monitor)
    model.fit(X, y, X_val=X, y_val=y)
    log = monitor.get_logs().data_as_pandas
    scores = log[log["task_name"] == "iteration"]["accuracy"]
    np.testing.assert_array_equal(scores, model.validation_scores_)


def test_progress_bar_on_a_fit_and_within_a_grid_search(iris, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    pytest.importorskip("rich")
    X, y = iris
    model = TwoLayerNNClassifier(3, maxiter=5, random_state=0)
    model.set_callbacks(callback_module.ProgressBar()).fit(X, y)
    assert "TwoLayerNNClassifier - fit" in capsys.readouterr().out
    model.set_callbacks()
    bar = callback_module.ProgressBar(max_propagation_depth=None)
    search = GridSearchCV(model, {"reg_lambda": [0.1, 1]}, cv=2).set_callbacks(bar)
    search.fit(X, y)
    shown = capsys.readouterr().out
    assert "GridSearchCV" in shown
    assert shown.count("TwoLayerNNClassifier") >= 5  # four fits and the refit
    assert "100%" in shown
