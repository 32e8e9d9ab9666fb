"""Oracles: a terminal of a few lines of Python, a real notebook kernel, and a clock set by hand."""

import contextlib
import io
import os
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE
from processes import Forked, run_forked
from sklearn.datasets import load_iris

from skdigits import TwoLayerNNClassifier
from skdigits.fitting import progress
from skdigits.fitting.progress import Cell, Progress, duration, fitting

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

BEGIN = """
import os, signal, sys, warnings
warnings.simplefilter("ignore")
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier
X, y = load_digits(return_X_y=True)
X = X / 16
def fit(verbose=1, n_units=10, fit_params={}, **settings):
    model = TwoLayerNNClassifier(n_units, random_state=0, tol=0, verbose=verbose, **settings)
    return model.fit(X, y, **fit_params)
"""


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


# --- a line ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (599.6, "10 min"),
        (3599, "59 min"),
        (3600, "1 h 0 min"),
        (7500, "2 h 5 min"),
        (100_000, "27 h 46 min"),
    ],
)
def test_seconds_in_words(seconds, words):
    assert duration(seconds) == words


PARTS = {
    "start": "start 2/3",
    "iteration": "iteration  12/200",
    "cost": "cost 0.123456",
    "gradient": "gradient 1.2e-03",
    "validation": "validation loss 0.123456",
    "time": "at most 42 s left",
}


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (200, "  ".join(PARTS.values())),
        (80, "start 2/3  iteration  12/200  cost 0.123456  validation loss 0.123456"),
        (40, "start 2/3  iteration  12/200"),
        (17, "start 2/3"),
        (9, ""),
        (18, "iteration  12/200"),
    ],
)
def test_a_narrow_terminal_shows_the_most_telling_parts(columns, line):
    assert fitting(PARTS, columns) == line


@given(st.sets(st.sampled_from(progress.TELLING)), st.integers(1, 200), st.data())
def test_a_line_fits_and_its_parts_are_whole(names, columns, data):
    words = st.text("abc", min_size=1, max_size=40)
    parts = {name: data.draw(words) for name in names}
    line = fitting(parts, columns)
    assert len(line) < columns
    rest = iter(parts.values())
    assert all(part in rest for part in line.split("  ") if part)  # in their order


def iterates(clock, iterations, seconds):
    """The iterates of an optimizer that takes so many seconds an iteration."""
    for iteration in range(1, iterations + 1):
        clock.now += seconds
        yield SimpleNamespace(iteration=iteration, cost=0.5, gradient_norm=0.25)


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=100.0)
    clock.perf_counter = lambda: clock.now
    monkeypatch.setattr(progress, "time", clock)
    return clock


def test_the_time_left_is_a_bound_over_all_starts(clock, capsys):
    # The first start begins on all rows, the second on half of them.
    told = Progress(2, 100, [[], [0.5]])
    for iterate in iterates(clock, 10, 2.0):
        told.over()(iterate) if iterate.iteration == 1 else told(iterate)
    told.end_start()
    for iterate in iterates(clock, 3, 1.0):
        told.over("sample 1/1, 50 rows")(iterate)
    told.over()
    for iterate in iterates(clock, 100, 3.0):
        told(iterate)
    told.end_start()
    lines = capsys.readouterr().out.splitlines()
    # `over` was called at the end of the first iteration: 18 seconds for 10 iterations.
    left = 1.8 * (90 + 50 + 100)
    assert lines[9] == (
        f"start 1/2  iteration  10/100  cost 0.500000  gradient 2.5e-01  at most {duration(left)} left"
    )
    # It ended before maxiter, so nobody had said that this was its last line.
    assert lines[10] == ("start 1/2  iteration  10/100  cost 0.500000  gradient 2.5e-01  in 20 s")
    assert lines[11].startswith("start 2/2  sample 1/1, 50 rows  iteration   1/100  cost")
    assert all("left" not in line for line in lines[11:14])
    assert lines[14].endswith("at most 4 min 57 s left")
    assert len(lines) == 10 + 1 + 3 + 100
    assert lines[-1].endswith("iteration 100/100  cost 0.500000  gradient 2.5e-01  in 5 min 3 s")


# --- a terminal -----------------------------------------------------------------------------------


def terminal(content, columns):
    """The lines that a terminal of so many columns shows."""
    lines, at = [[]], 0
    characters = iter(content.decode().replace("\x1b[K", "\0"))
    for character in characters:
        if character == "\r":
            at = 0
        elif character == "\n":
            lines.append([])
        elif character == "\0":
            del lines[-1][at:]
        else:
            if at == columns:
                lines.append([])
                at = 0
            lines[-1][at : at + 1] = character
            at += 1
    return ["".join(line) for line in lines]


def test_the_terminal_is_one():
    assert terminal(b"abcdef\r\x1b[Kxy\r\nab\rc\r\n", 4) == ["abcd", "xy", "cb", ""]


def run_on_terminal(code, columns, interrupt=False):
    """What code, after BEGIN, leaves on a terminal; interrupted at its first live line."""
    fcntl, termios = map(pytest.importorskip, ("fcntl", "termios"))
    ours, theirs = os.openpty()
    size = np.array([30, columns, 0, 0], dtype=np.uint16).tobytes()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
    process = Forked(f"{BEGIN}\n{code}", files=(theirs, theirs, theirs))
    os.close(theirs)
    shown = bytearray()
    with contextlib.suppress(OSError):  # its other end is closed: the process has ended
        while content := os.read(ours, 65536):
            shown.extend(content)
            if interrupt and b"iteration" in shown:
                interrupt = False
                process.interrupt()
    os.close(ours)
    process.wait()
    return terminal(bytes(shown), columns), bytes(shown)


@pytest.mark.parametrize("columns", [40, 80])
def test_a_live_line_never_wraps_and_names_starts(columns):
    lines, shown = run_on_terminal(
        "from skdigits.fitting import progress; progress.BETWEEN = 0\n"
        "model = fit(n_init=3, maxiter=60, fit_params={'X_val': X, 'y_val': y})\n"
        "kept = model.loss_curve_[-1], model.validation_loss_curve_[-1]\n"
        "print('cost {:.6f}  validation loss {:.6f}'.format(*kept))",
        columns,
    )
    assert shown.count(b"\x1b[K") == 3 * (60 + 1)
    for start, line in enumerate(lines[:3], 1):
        assert line.startswith(f"start {start}/3  iteration 60/60")
        assert len(line) < columns
    *of_starts, kept, rest = terminal(shown, 1000)
    assert len(of_starts) == 3
    assert sum(kept in line for line in of_starts) == (1 if columns == 80 else 0)
    assert rest == ""


def test_samples_are_told(iris, capsys):
    model = TwoLayerNNClassifier(3, random_state=0, verbose=2, progressive_sampling=(0.2, 0.4))
    model.fit(*iris)
    lines = capsys.readouterr().out.splitlines()
    curves = [*model.sample_loss_curves_, model.loss_curve_]
    names = ["sample 1/2, 30 rows  ", "sample 2/2, 60 rows  ", ""]
    expected = [
        f"{name}iteration {iteration:>4}/1000  cost {cost:.6f}  "
        for name, curve in zip(names, curves, strict=True)
        for iteration, cost in enumerate(curve, 1)
    ]
    assert model.n_iter_ < 1000
    expected.append(expected[-1])  # that was the last: once more, with the seconds that it took
    assert len(lines) == len(expected)
    assert re.search(r"  in [^ ].* s$", lines[-1])
    assert all(line.startswith(begin) for line, begin in zip(lines, expected, strict=True))


def test_ctrl_c_leaves_the_cursor_on_a_fresh_line():
    lines, _ = run_on_terminal("fit(n_units=100, maxiter=100000); print('after')", 80, True)
    assert lines[0].startswith("iteration")
    assert "  in " in lines[0]
    assert lines[1:] == ["after", ""]


def test_an_error_leaves_the_cursor_on_a_fresh_line():
    code = """
import skdigits.fitting.descent as descent
look = descent.Validation.__call__
def fail(self, iterate):
    if iterate.iteration == 5:
        raise RuntimeError("halfway")
    return look(self, iterate)
descent.Validation.__call__ = fail
fit(fit_params={"X_val": X, "y_val": y})
"""
    lines, _ = run_on_terminal(code, 80)
    assert lines[0].startswith("iteration ")
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[-2:] == ["RuntimeError: halfway", ""]


def test_workers_show_no_live_line():
    code = """
import joblib
model = TwoLayerNNClassifier(5, random_state=0, tol=0, maxiter=30, verbose=1)
for backend in ("loky", "threading", "multiprocessing"):
    with joblib.parallel_config(backend):
        for search in (GridSearchCV, BatchedGridSearchCV):
            found = search(model, {"reg_lambda": [1, 2]}, cv=2, n_jobs=2, verbose=1).fit(X, y)
            print(f"cost {found.best_estimator_.loss_:.6f}")
"""
    lines, _ = run_on_terminal(code, 80)
    *of_searches, rest = lines
    assert len(of_searches) == 3 * 2 * 3
    for header, refitted, cost in zip(*(of_searches[k::3] for k in range(3)), strict=True):
        assert header == "Fitting 2 folds for each of 2 candidates, totalling 4 fits"
        assert refitted.startswith("iteration 30/30  cost ")
        assert cost in refitted
    assert rest == ""


def test_a_search_has_a_live_line():
    code = """
model = TwoLayerNNClassifier(5, random_state=0, maxiter=30)
BatchedGridSearchCV(model, {"reg_lambda": [1, 2]}, cv=2, verbose=1, refit=False).fit(X, y)
"""
    lines, _ = run_on_terminal(code, 80)
    assert lines[1].startswith("fits 4/4  in ")
    assert lines[2:] == [""]


class Closing(io.StringIO):
    """A terminal that is closed while something is written to it."""

    writes = 0

    def isatty(self):
        return True

    def write(self, text):
        self.writes += 1
        if self.writes == 3:
            self.close()
        return super().write(text)


class Full:
    """A stream that takes nothing, and has no other method."""

    def write(self, text):
        raise OSError("no space left on device")


def closed():
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("verbose", [1, 2])
@pytest.mark.parametrize("make_stream", [lambda: None, closed, Closing, Full])
def test_a_stream_that_takes_nothing_ends_no_fit(iris, monkeypatch, make_stream, verbose):
    quiet = TwoLayerNNClassifier(3, maxiter=9, random_state=0).fit(*iris)
    monkeypatch.setattr(progress, "BETWEEN", 0)
    monkeypatch.setattr(sys, "stdout", make_stream())
    model = TwoLayerNNClassifier(3, maxiter=9, random_state=0, verbose=verbose).fit(*iris)
    monkeypatch.undo()
    np.testing.assert_array_equal(model.coefs_[0], quiet.coefs_[0])


# --- a notebook -----------------------------------------------------------------------------------


def test_a_cell_gets_few_updates_and_its_newest_lines(clock):
    sent = []

    class Handle:
        def update(self, content, raw):
            assert raw
            sent.append((clock.now, content["text/plain"]))

    def display(content, raw, display_id):
        assert raw
        assert display_id
        sent.append((clock.now, content["text/plain"]))
        return Handle()

    for all_lines in (False, True):
        sent.clear()
        cell = Cell(display, all_lines)
        for k in range(200):
            clock.now += 0.01
            cell.show({"iteration": f"line {k}"})
        cell.keep({"iteration": "line 199"})
        cell.close()
        times = np.diff([when for when, _ in sent[:-1]])
        assert times.min() > progress.BETWEEN_UPDATES
        assert 5 < len(sent) < 10  # in two seconds
        newest = [f"line {k}" for k in (range(190, 200) if all_lines else [199])]
        assert sent[-1][1] == "\n".join(newest)


def test_in_a_notebook_a_fit_is_one_output():
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    cells = [
        BEGIN,
        "model = fit(maxiter=200)",
        "model.loss_curve_[-10:]",
        "model = fit(maxiter=200, verbose=2)",
        "model = fit(maxiter=50, n_init=3, progressive_sampling=(0.5,))",
        "model = fit(maxiter=50, verbose=0)",
        "import contextlib, io\n"
        "with contextlib.redirect_stdout(io.StringIO()) as file:\n"
        "    fit(maxiter=9, verbose=2)\n"
        "len(file.getvalue().splitlines())",
        "fit(maxiter=20, solver_options={'maxiter': 'three'})",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(
        notebook, timeout=None, startup_timeout=PATIENCE, allow_errors=True
    ).execute()
    outputs = [cell.outputs for cell in notebook.cells]
    live, costs, lines, starts, silent, redirected, failed = outputs[1:]
    costs = [
        f"cost {float(cost):.6f}" for cost in costs[0].data["text/plain"].strip("[]").split(",")
    ]
    for found in (live, lines, starts):
        assert [output.output_type for output in found] == ["display_data"]
        assert list(found[0].data) == ["text/plain"]
    assert live[0].data["text/plain"].startswith(f"iteration 200/200  {costs[-1]}  gradient ")
    newest = lines[0].data["text/plain"].splitlines()
    assert [line.split("  ")[:2] for line in newest] == [
        [f"iteration {k}/200", cost] for k, cost in zip(range(191, 201), costs, strict=True)
    ]
    of_starts = starts[0].data["text/plain"].splitlines()
    assert [line.split("  ")[0] for line in of_starts] == ["start 1/3", "start 2/3", "start 3/3"]
    assert silent == []
    assert redirected[0].data["text/plain"] == "9"
    assert [output.output_type for output in failed] == ["error"]


def test_ipython_is_left_alone_where_it_is_not_loaded():
    code = (
        f"{BEGIN}\nfit(maxiter=3); fit(maxiter=3, verbose=2)\nassert 'IPython' not in sys.modules"
    )
    status, out, err = run_forked(code)
    assert status == 0, err
    assert out.count("\n") == 3
