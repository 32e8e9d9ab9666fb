"""The memory of this process in bytes, as Linux counts it; for code that is forked, too."""

import re
import resource
from pathlib import Path

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def resident():
    """What it has now."""
    return _counted("VmRSS")


def peak():
    """The most that it had, since its start or `count_peak_from_here`."""
    return _counted("VmHWM")


def count_peak_from_here():
    """Forget the peak so far."""
    CLEAR.write_text("5")


def limit_to(n_bytes):
    """From here on it may have so many more of its own; files that it maps do not count."""
    most = _counted("VmData") + n_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _counted(name):
    return 1024 * int(re.search(rf"{name}:\s*(\d+) kB", STATUS.read_text())[1])
