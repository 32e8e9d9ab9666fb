"""Ctrl-C in every line of a module, one after another."""

import linecache
import sys

# Lines without a call: a signal is never looked at there, for Python looks when a function is
# called or a loop goes round. Nor is it where a with statement's line comes again, at its end.
NO_CALL = ("try:", "finally:", "else:", "return", "pass", "yield")


class Interrupter:
    """Raises KeyboardInterrupt at the n-th line that is run in a file, of this thread."""

    def __init__(self, files, at):
        self._files, self._at, self.seen = files, at, 0
        self.where = None
        self._within = set()  # with statements that have been entered, (frame, line)

    def __enter__(self):
        self._before = sys.gettrace()
        sys.settrace(self._call)
        return self

    def __exit__(self, *error):
        sys.settrace(self._before)

    def _call(self, frame, event, argument):
        return self._line if frame.f_code.co_filename in self._files else None

    def _line(self, frame, event, argument):
        if event == "line":
            text = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
            first = text.split(" ")[0]
            place = id(frame), frame.f_lineno
            leaves = place in self._within
            if first == "with":
                self._within ^= {place}
            if first not in NO_CALL and not leaves:
                self.seen += 1
                if self.seen == self._at:
                    self.where = f"{frame.f_code.co_name}: {text}"
                    raise KeyboardInterrupt
        return self._line


def at_each_line(modules, run, check, step=1):
    """Interrupt run() at each line of the modules in turn; check(where, error) after each.

    error is the KeyboardInterrupt that came out, or None. How often that was.
    """
    files = {module.__file__ for module in modules}
    at = 1
    while True:
        error = None
        with Interrupter(files, at) as interrupter:
            try:
                run()
            except KeyboardInterrupt as raised:
                error = raised
        if interrupter.where is None:
            return at - 1
        check(interrupter.where, error)
        at += step
