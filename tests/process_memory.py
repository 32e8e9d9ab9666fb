"""The memory of this process in bytes, as Linux counts it; for code that is forked, too."""

import re
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


def _counted(name):
    return 1024 * int(re.search(rf"{name}:\s*(\d+) kB", STATUS.read_text())[1])
