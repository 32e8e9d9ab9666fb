"""For all tests: no network, no pictures on a screen, and where the large data are."""

import os
import socket
from pathlib import Path

import pytest

os.environ["MPLBACKEND"] = "Agg"


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Connections leave this machine for no test."""
    connect = socket.socket.connect

    def local_only(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in (
            "127.0.0.1",
            "::1",
            "localhost",
        ):
            raise OSError(f"no network in tests: {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)
    monkeypatch.setattr(socket, "getaddrinfo", _no_lookup)


def _no_lookup(host, *args, **kwargs):
    raise OSError(f"no network in tests: {host}")


@pytest.fixture
def shared_file():
    """The path of a file in the folder that SKDIGITS_DATA names; the test is skipped without."""

    def find(name):
        path = Path(os.environ.get("SKDIGITS_DATA", "/nowhere"), name)
        if not path.is_file():
            pytest.skip(f"SKDIGITS_DATA names no folder with {name}")
        return path

    return find
