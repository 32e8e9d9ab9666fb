"""Arrays of other libraries: functions that make them of NumPy's, and a fixture that runs over all.

Tensors in the host's memory are computed with by NumPy. ``torch_itself`` is torch as it computes
on a device, which needs none: the library is told that its tensors do not lie on the host.
"""

import pytest

from skdigits.network import arrays_of


def torch(X):
    return pytest.importorskip("torch").asarray(X)


def torch_itself(X):
    return torch(X)


def strict(X):
    return pytest.importorskip("array_api_strict").asarray(X)


def elsewhere(X):
    library = pytest.importorskip("array_api_strict")
    return library.asarray(X, device=library.Device("device1"))


def jax(X):
    return pytest.importorskip("jax").numpy.asarray(X)


@pytest.fixture(params=[torch, torch_itself, strict, elsewhere, jax], ids=lambda put: put.__name__)
def put(request, monkeypatch):
    if request.param is torch_itself:
        monkeypatch.setattr(arrays_of(torch([0.0])), "on_host", False)
    return request.param
