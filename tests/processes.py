"""Processes of a test's own, without the seconds that Python and its imports take to start.

One process imports what tests use, and then waits. A process that a test asks for is a fork of it:
it takes the files, the folder and the arguments that it is given, runs the test's code as its main
program, and ends as every Python does. What a *first* import does, and what the installed command
does, still wants a process that begins from nothing: ``subprocess``.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

# The request is a line of JSON with three open files; the answers are the number of the process,
# and its status once it has ended.
WAITING = """
import gc, json, os, socket, sys
sys.path.insert(0, sys.argv[2])  # where the tests lie
import matplotlib.pyplot, skops.io, sklearn.datasets, sklearn.model_selection
import skdigits.commands.cli

gc.freeze()  # or each end would look through all that was imported: 1 s
requests = socket.socket(fileno=int(sys.argv[1]))
while True:
    request, files, _, _ = socket.recv_fds(requests, 1 << 20, 3)
    if not request:
        os._exit(0)
    child = os.fork()
    if not child:
        break
    for file in files:
        os.close(file)
    requests.sendall(b"%d\\n" % child)
    requests.sendall(b"%d\\n" % os.waitpid(child, 0)[1])

requests.close()
for number, file in enumerate(files):
    os.dup2(file, number)
    os.close(file)
sys.stdin, sys.stdout, sys.stderr = (
    open(number, mode, buffering, errors="backslashreplace", closefd=False)
    for number, mode, buffering in ((0, "r", -1), (1, "w", 1 if os.isatty(1) else -1), (2, "w", 1))
)
request = json.loads(request)
os.chdir(request["folder"])
sys.argv = ["-c", *request["arguments"]]
exec(request["code"])
"""


@cache
def _waiting(owner):
    """The socket of a process that has imported all, for the tests of process number owner."""
    ours, theirs = socket.socketpair()
    environment = {k: v for k, v in os.environ.items() if k != "SKDIGITS_DATA"}
    subprocess.Popen(
        [sys.executable, "-c", WAITING, str(theirs.fileno()), str(Path(__file__).parent)],
        pass_fds=[theirs.fileno()],
        env=environment,
    ).returncode = 0  # nobody waits for it: it ends when our socket does
    theirs.close()
    atexit.register(ours.close)
    return ours, ours.makefile("rb")


class Forked:
    """A process that runs code: ``Forked(code, arguments, files=(stdin, stdout, stderr))``."""

    def __init__(self, code, arguments=(), files=(0, 1, 2), folder="."):
        requests, self._answers = _waiting(os.getpid())
        request = {
            "code": code, "arguments": [str(a) for a in arguments], "folder": os.path.abspath(folder)
        }  # fmt: skip
        socket.send_fds(requests, [json.dumps(request).encode()], files)
        self.pid = int(self._answers.readline())

    def interrupt(self):
        os.kill(self.pid, signal.SIGINT)

    def wait(self):
        """Its exit code; minus the signal that ended it."""
        return os.waitstatus_to_exitcode(int(self._answers.readline()))


def run_forked(code, *arguments, folder=".", stdout=None):
    """(exit code, stdout, stderr) of a process that runs code."""
    with open(os.devnull) as nothing, TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        files = nothing.fileno(), out.fileno() if stdout is None else stdout, err.fileno()
        code = Forked(code, arguments, files, folder).wait()
        out.seek(0)
        err.seek(0)
        return code, out.read(), err.read()
