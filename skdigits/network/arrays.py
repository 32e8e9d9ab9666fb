"""Arrays of other libraries (torch, CuPy, JAX), by the Python array API standard.

The formulas are written once, in the names that NumPy and the standard share. For NumPy's arrays
they call NumPy itself; for others a `Library`, which knows no ``out``: so formulas use what a
function returns, and name an ``out`` where NumPy is faster with one. Augmented assignments write in
place where a library can and rebind where it cannot, so none is made to an argument that is not
returned.

References
----------
Consortium for Python Data API Standards. Python array API standard.
https://data-apis.org/array-api/latest/
"""

import sys
from functools import lru_cache

import numpy as np

MISSING = (
    "arrays of {library} need the package array-api-compat: install skdigits with its extra gpu, "
    "or give NumPy arrays"
)
# NumPy 1 has not all of the standard's.
OTHER_NAMES = {"concatenate": "concat", "cumsum": "cumulative_sum"}


def is_foreign(x):
    """Whether x is an array of a library other than NumPy and SciPy."""
    if isinstance(x, np.ndarray):
        return False
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(x, torch.Tensor):
        return True
    return hasattr(x, "__array_namespace__") and hasattr(x, "ndim")


def arrays_of(x):
    """What computes with x: NUMPY, or the `Library` of a foreign array."""
    if type(x) is np.ndarray:  # nine calls an evaluation
        return NUMPY
    return library_of(x) if is_foreign(x) else NUMPY


class NumPy:
    """NumPy itself, with what a `Library` has besides: its reductions need an axis, and are faster.

    A sum of np.sum takes 3 microseconds more than that of np.add.reduce, and an evaluation of a
    small network 180 in all.
    """

    most_precise = np.dtype(np.float64)
    sum, max, min = np.add.reduce, np.maximum.reduce, np.minimum.reduce

    def __getattr__(self, name):
        function = getattr(np, name)
        setattr(self, name, function)
        return function

    def reshape(self, x, shape):
        """x in another shape."""
        return x.reshape(shape)

    def dtype(self, dtype):
        """That of NumPy."""
        return dtype

    def put(self, array, dtype=None):
        """The array."""
        return array

    def integers(self, x):
        """x as whole numbers."""
        return x.astype(int)

    def row_products(self, A, B):
        """The sums of a b over the last axis but one."""
        return np.einsum("...kn,...kn->...n", A, B)

    def positive(self, H, out):
        """One where h > 0, else zero, in the dtype of out."""
        return np.greater(H, 0, out=out)


NUMPY = NumPy()


class Library:
    """A namespace of the standard on one device, called like NumPy."""

    def __init__(self, namespace, device):
        self.namespace, self.device = namespace, device
        self.on_host = "cpu" in str(device).lower()
        self._dtypes = {
            str(np.dtype(name)): getattr(namespace, name)
            for name in ("float32", "float64")
            if _has(namespace, device, name)
        }
        if "float32" not in self._dtypes:
            raise ValueError(f"X lies on {device}, which cannot compute with float32")

    def __getattr__(self, name):
        function = getattr(self.namespace, OTHER_NAMES.get(name, name), None)
        if function is None:
            raise ValueError(
                f"the fit needs the function {name!r}, which {self.namespace.__name__} has not; "
                "give arrays of NumPy, torch, CuPy or JAX"
            )

        def call(*args, out=None, **kwargs):
            return function(*args, **kwargs)

        setattr(self, name, call)
        return call

    def dtype(self, dtype):
        """The library's own for NumPy's float32 or float64; where it has no float64, float32."""
        return self._dtypes.get(str(np.dtype(dtype)), self._dtypes["float32"])

    @property
    def most_precise(self):
        """NumPy's float64, or float32 where there is none."""
        return np.dtype(np.float64 if "float64" in self._dtypes else np.float32)

    def row_products(self, A, B):
        """The sums of a b over the last axis but one."""
        return self.sum(A * B, axis=-2)

    def positive(self, H, out):
        """One where h > 0, else zero."""
        return self.namespace.astype(H > 0, H.dtype)

    def integers(self, x):
        """x as whole numbers of the library's own default."""
        info = self.namespace.__array_namespace_info__()
        return self.namespace.astype(x, info.default_dtypes(device=self.device)["integral"])

    def cast(self, x, dtype):
        """x in NumPy's dtype of that name."""
        to = self.dtype(dtype)
        return x if x.dtype == to else self.namespace.astype(x, to)

    def put(self, array, dtype=None):
        """A NumPy array as one of the library on the device."""
        if dtype is not None and np.dtype(dtype).kind == "f":
            array = np.asarray(array).astype(self.dtype_there(dtype), copy=False)
        # Some libraries share memory that NumPy writes to later, and warn where it is read-only.
        return self.namespace.asarray(np.array(array), device=self.device)

    def dtype_there(self, dtype):
        """NumPy's dtype, or float32 where the device has no float64."""
        return np.dtype(dtype if str(np.dtype(dtype)) in self._dtypes else np.float32)


def _has(namespace, device, name):
    if not hasattr(namespace, "__array_namespace_info__"):
        return hasattr(namespace, name)
    return name in namespace.__array_namespace_info__().dtypes(device=device, kind="real floating")


def library_of(x):
    """The Library of a foreign array."""
    compat = _compat(type(x).__module__.partition(".")[0])
    namespace, device = compat.array_namespace(x), compat.device(x)
    return _library(namespace, device)


@lru_cache(maxsize=32)
def _library(namespace, device):
    return Library(namespace, device)


def _compat(library):
    try:
        import array_api_compat
    except ImportError as error:
        raise ImportError(MISSING.format(library=library)) from error
    return array_api_compat


def numpy_dtype(dtype):
    """NumPy's dtype of the same name."""
    return np.dtype(dtype if isinstance(dtype, np.dtype) else str(dtype).rpartition(".")[2])


def to_host(x):
    """A foreign array as one of NumPy; whatever else as it is.

    bfloat16, which NumPy has not, becomes float32.
    """
    if type(x) is np.ndarray or not is_foreign(x):
        return x
    compat = _compat(type(x).__module__.partition(".")[0])
    if compat.is_torch_array(x):
        x = x.detach().cpu()
        try:
            return x.numpy()
        except TypeError:
            return x.float().numpy()
    if compat.is_cupy_array(x):
        return x.get()
    if compat.is_array_api_strict_namespace(compat.array_namespace(x)):
        return np.array(x.to_device(compat.array_namespace(x).Device("CPU_DEVICE")))
    return np.array(x)


def near(x):
    """An array that lies in the host's memory as NumPy's, which shares it; any other as it is.

    50000 x 784 tensors of torch, 25, 100 and 1000 units: an evaluation by torch itself takes 2.1,
    1.6 and 1.3 times as long as NumPy's, whose lanes of rows need no threads within an operation.
    """
    if not is_foreign(x) or not arrays_of(x).on_host:
        return x
    jax = _compat(type(x).__module__.partition(".")[0]).is_jax_array(x)
    return np.asarray(x) if jax else to_host(x)  # which copies JAX's, that none may write to


def beside(X, array):
    """An array of NumPy as one of the library, and on the device, of X."""
    return arrays_of(X).put(array, array.dtype) if is_foreign(X) else array


def take_rows(X, index):
    """The rows of those numbers, of whatever X is."""
    if not is_foreign(X):
        return X[index]
    xp = arrays_of(X)
    return xp.take(X, xp.put(index), axis=0)


def lies_elsewhere(X):
    """Whether a foreign array lies on a device that NumPy cannot read."""
    return is_foreign(X) and "cpu" not in str(getattr(X, "device", "cpu")).lower()


def stacked_products(xp, pairs, out):
    """The products a @ b one above another, in out where NumPy computes them."""
    if xp is not NUMPY:
        products = [xp.matmul(a, b) for a, b in pairs]
        return products[0] if len(products) == 1 else xp.concatenate(products, axis=0)
    at = 0
    for a, b in pairs:
        np.matmul(a, b, out=out[at : at + len(a)])
        at += len(a)
    return out
