"""What is told of work while it goes on: a live line on a terminal, one output in a notebook.

A screen takes lines, each a dict of parts: `show` one that the next may replace, `keep` one that
stays, `close` in the end, whatever happened.
"""

import contextlib
import io
import multiprocessing
import os
import shutil
import sys
import threading
import time
from collections import deque

BETWEEN = 0.1  # seconds between two live lines; faster than that flickers
BETWEEN_UPDATES = 0.3  # of a notebook's output; each is a message that is sent to a browser
NEWEST = 10  # lines that a notebook's output holds
# The parts of lines, those first that a narrow terminal shows first.
TELLING = ("fits", "iteration", "start", "sample", "validation", "cost", "time", "gradient")


def open_screen(verbose):
    """The screen that verbose asks for where stdout leads.

    Workers of a search have none of their own: several would write over one another's live lines.
    """
    stream = sys.stdout  # None under pythonw and in some services
    if not verbose or stream is None:
        return Silence()
    if _alone():
        display = _notebook_display(stream)
        if display is not None:
            return Cell(display, all_lines=verbose >= 2)
        if verbose == 1 and _is_terminal(stream):
            return LiveLine(stream)
    return Lines(stream) if verbose >= 2 else Silence()


def _alone():
    """Whether this is where a user's own code runs: not a worker's process, nor its thread."""
    return (
        multiprocessing.current_process().name == "MainProcess"
        and threading.current_thread() is threading.main_thread()
    )


def _is_terminal(stream):
    try:
        return stream.isatty()
    except (AttributeError, OSError, ValueError):  # ValueError: it is closed
        return False


def _notebook_display(stream):
    """IPython's display where it reaches a notebook and the stream has not been redirected."""
    loaded = sys.modules.get("IPython")
    if getattr(loaded and loaded.get_ipython(), "kernel", None) is None:
        return None  # IPython in a terminal has no kernel
    if isinstance(stream, io.StringIO | io.TextIOWrapper):
        return None  # a kernel's own stream is neither
    from IPython.display import display

    return display


def write(stream, text):
    """Write at once; a stream that is closed or broken ends no work."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        print(text, end="", file=stream, flush=True)


class Silence:
    """The screen that shows nothing."""

    def show(self, parts):
        """Nothing."""

    keep = show

    def close(self):
        """Nothing."""


class Lines:
    """The screen that writes every line below the one before."""

    def __init__(self, stream):
        self._stream = stream
        self._newest = None

    def show(self, parts):
        """Write the line."""
        self._newest = parts
        write(self._stream, "  ".join(parts.values()) + "\n")

    def keep(self, parts):
        """Write the line, unless it stands there already."""
        if parts != self._newest:
            self.show(parts)

    def close(self):
        """Nothing: the last line has ended."""


class LiveLine:
    """The screen that rewrites the last line of a terminal."""

    def __init__(self, stream):
        self._stream = stream
        self._shown = -float("inf")
        self._within = False  # whether the cursor stands within a line

    def show(self, parts):
        """Rewrite the line, unless that was just done."""
        now = time.perf_counter()
        if now - self._shown > BETWEEN:
            self._shown = now
            self._rewrite(parts)

    def keep(self, parts):
        """Rewrite the line, and go to the next."""
        self._rewrite(parts)
        self.close()

    def close(self):
        """Leave the cursor at the beginning of a line."""
        if self._within:
            self._within = False
            write(self._stream, "\n")

    def _rewrite(self, parts):
        self._within = True  # before it is so: Ctrl-C may come at any time
        write(self._stream, f"\r\x1b[K{fitting(parts, _columns(self._stream))}")


class Cell:
    """The screen that is one output of a notebook's cell, rewritten in place: its newest lines."""

    def __init__(self, display, all_lines):
        self._display, self._all_lines = display, all_lines
        self._lines = deque(maxlen=NEWEST)
        self._live = False  # whether the next line replaces the newest
        self._handle = None
        self._shown = -float("inf")
        self._stale = False

    def show(self, parts):
        """Add or rewrite the newest line."""
        self._put(parts, live=not self._all_lines)
        if time.perf_counter() - self._shown > BETWEEN_UPDATES:
            self._update()

    def keep(self, parts):
        """Rewrite the newest line for the last time."""
        self._live = True  # also where all lines are told
        self._put(parts, live=False)

    def close(self):
        """Show the lines as they are."""
        if self._stale:
            self._update()

    def _put(self, parts, live):
        if self._live:
            self._lines.pop()
        self._lines.append("  ".join(parts.values()))
        self._live, self._stale = live, True

    def _update(self):
        content = {"text/plain": "\n".join(self._lines)}
        if self._handle is None:
            self._handle = self._display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)
        self._shown, self._stale = time.perf_counter(), False


def _columns(stream):
    """The width of a terminal."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (AttributeError, OSError, ValueError):
        columns = 0
    return columns or shutil.get_terminal_size().columns


def fitting(parts, columns):
    """The most telling parts that fit into one line; a part is there in full or not at all."""
    kept = []
    for name in sorted(parts, key=TELLING.index):
        text = "  ".join(parts[other] for other in parts if other in (*kept, name))
        # Some terminals wrap when the last column is written, not when one more character follows.
        if len(text) < columns:
            kept.append(name)
    return "  ".join(parts[name] for name in parts if name in kept)


def duration(seconds):
    """Seconds in words."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    seconds = round(seconds)
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours:
        return f"{hours} h {minutes} min"
    if minutes >= 10:
        return f"{minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


class Progress:
    """Tells of a fit: of each start, on each of its samples and on all rows, iteration and cost."""

    def __init__(self, verbose, maxiter, samples=((),)):
        """samples are the fractions of the rows that each start begins on."""
        self._screen = open_screen(verbose)
        self._maxiter, self._samples = maxiter, samples
        self._start = 0
        self._begin_start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._screen.close()

    def over(self, sample=None, validation=None):
        """Look on at iterations over a sample, or over all rows: itself, for their callback."""
        self._sample, self._validation = sample, validation
        self._begin = time.perf_counter()
        return self

    def __call__(self, iterate):
        parts = self._parts(iterate)
        left = self._left = self._iterations_left(iterate.iteration)
        self._last = parts  # when all is known that ends its line: Ctrl-C may come in between
        if left is not None:
            seconds = (time.perf_counter() - self._begin) / iterate.iteration * left
            # At most: a fit may converge, or be stopped, before maxiter.
            parts["time"] = f"at most {duration(seconds)} left" if left else self._took()
        self._screen.show(parts)

    def end_start(self):
        """Keep the line of the start's last iteration, if there was one."""
        if self._last is not None:
            # Where no iterations were left, the last line has said how long it took.
            took = {} if self._left == 0 else {"time": self._took()}
            self._screen.keep(self._last | took)
        self._start += 1
        self._begin_start()

    def _begin_start(self):
        self._began, self._left, self._last = time.perf_counter(), None, None

    def _took(self):
        return f"in {duration(time.perf_counter() - self._began)}"

    def _iterations_left(self, iteration):
        """The most iterations over all rows still to come; None where nobody can say."""
        if self._sample is not None:  # how long all rows take is not known yet
            return None
        later = self._samples[self._start + 1 :]
        return self._maxiter * (1 + sum(1 + sum(fractions) for fractions in later)) - iteration

    def _parts(self, iterate):
        parts = {}
        if len(self._samples) > 1:
            parts["start"] = f"start {self._start + 1}/{len(self._samples)}"
        if self._sample is not None:
            parts["sample"] = self._sample
        digits = len(str(self._maxiter))
        parts["iteration"] = f"iteration {iterate.iteration:>{digits}}/{self._maxiter}"
        parts["cost"] = f"cost {iterate.cost:.6f}"
        parts["gradient"] = f"gradient {iterate.gradient_norm:.1e}"
        if self._validation is not None:
            parts["validation"] = f"validation loss {self._validation.losses[-1]:.6f}"
        return parts
