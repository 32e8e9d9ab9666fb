"""For all tests: nothing that chance or a busy machine decides, no network, no pictures on a screen.

Hypothesis tries the same examples each time, so that a suite that was green stays so;
``--hypothesis-profile=explore`` tries many others. What takes long is waited for: PATIENCE only ends
what hangs.
"""

import os
import random
import shutil
import signal
import socket
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from libraries import put  # noqa: F401  a fixture
from patience import PATIENCE

always = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("same", max_examples=50, derandomize=True, **always)
settings.register_profile("explore", max_examples=1000, **always)
settings.load_profile("same")

os.environ["MPLBACKEND"] = "Agg"
# A shell ignores Ctrl-C in what it runs in the background, and tests that send one would hang.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Examples of docstrings may stop before they converge, as users' first fits do."""
    for item in items:
        if isinstance(item, pytest.DoctestItem):
            item.add_marker(
                pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
            )


def pytest_terminal_summary(terminalreporter):
    """What the tests of trust tried, as the table in docs/trust.md."""
    reports = terminalreporter.stats.get("passed", [])
    rows = [row for report in reports for name, row in report.user_properties if name == "tried"]
    if rows:
        terminalreporter.section("tried")
        for row in sorted(rows):
            terminalreporter.write_line(" | ".join(row))


@pytest.fixture(autouse=True)
def seeded():
    """Random numbers that a test draws without a seed are the same each time."""
    random.seed(0)
    np.random.seed(0)  # scikit-learn's random_state=None  # noqa: NPY002


LOCAL = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Connections leave this machine for no test."""
    connect = socket.socket.connect

    def local_only(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOCAL:
            raise OSError(f"no network in tests: {address}")
        return connect(self, address)

    lookup = socket.getaddrinfo

    def known_only(host, *args, **kwargs):
        if host not in LOCAL:
            raise OSError(f"no network in tests: {host}")
        return lookup(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", local_only)
    monkeypatch.setattr(socket, "getaddrinfo", known_only)


@pytest.fixture
def shared_file():
    """The path of a file in the folder that SKDIGITS_DATA names; the test is skipped without."""

    def find(name):
        path = Path(os.environ.get("SKDIGITS_DATA", "/nowhere"), name)
        if not path.is_file():
            pytest.skip(f"SKDIGITS_DATA names no folder with {name}")
        return path

    return find


@pytest.fixture(scope="session")
def chromium():
    """A real browser, headless; tests that want it are skipped where there is none."""
    missing = pytest.fail if os.environ.get("NEED_BROWSER") else pytest.skip
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if program is None or find_spec("playwright") is None:
        missing("needs Chromium and the extra 'browser'")
    from playwright.sync_api import sync_playwright

    quiet = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=[*quiet], timeout=1000 * PATIENCE
        )
        yield browser
        browser.close()


class Page:
    """A page opened from disk, with all that it asked for and complained of."""

    def __init__(self, browser, path, **device):
        self.context = browser.new_context(**device)
        self.context.set_default_timeout(1000 * PATIENCE)
        self.page = self.context.new_page()
        self.requests, self.complaints = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.address = Path(path).absolute().as_uri()
        self.page.goto(self.address)

    def check(self):
        """It asked for nothing but itself, complained of nothing and needs no scrolling sideways."""
        assert self.requests == [self.address]
        assert self.complaints == []
        width = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0


@pytest.fixture
def open_page(chromium):
    """open_page(path, **device) -> Page; all are checked, and closed, when the test ends."""
    pages = []

    def open_(path, **device):
        pages.append(Page(chromium, path, **device))
        return pages[-1]

    yield open_
    for page in pages:
        page.check()
        page.context.close()
