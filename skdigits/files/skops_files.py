"""A fitted model in a file of skops, and back, if `trust` and skops hold all of it for harmless."""

import copy
import io
import json
import zipfile

import numpy as np
from scipy.interpolate import BSpline
from scipy.sparse import load_npz
from sklearn.base import BaseEstimator

from skdigits.files.limits import Limit
from skdigits.files.model_checks import check_networks
from skdigits.files.npz_files import Unexpected, check_archive, check_member, said
from skdigits.files.splines import Spline
from skdigits.files.trust import NAMES, mistrusted, nodes

WHAT = "a model that save_model wrote"
IN_OBJECTS = 20  # bytes of Python objects that a byte of JSON can become, as lists of lists do
# By a part of what is refused, and where: what helps. The tests try each.
REMEDIES = {
    "SearchCV)": "of a search save best_estimator_",
    "_skl_callbacks": "take callbacks off by set_callbacks() of the estimator that has them",
    "joblib.memory.": "take the cache off by set_params(memory=None)",
    "sklearn.neighbors._": "fit without a tree: algorithm='brute', or neighbors_algorithm='brute'",
    "NAType": "fit with missing_values=np.nan",
    "sklearn.cluster._bisect": "put a KMeans in its place",
    "Birch": "put a KMeans in its place",
}
INSTEAD = (
    "put one of scikit-learn's or ours in its place that can be kept, or apply the step before the "
    "model; joblib.dump keeps what can be pickled, for those who trust the file"
)


def skops_content(model, path):
    """The bytes of a file with a fitted model; path is the name for errors."""
    skops_io = _skops()
    plain = _plain(model, {})
    content, refusal = _dumped(skops_io, plain)
    if refusal:
        where, refusal = _culprit(skops_io, plain, refusal)
        found = f"{where}: {refusal}"
        remedy = next((remedy for part, remedy in REMEDIES.items() if part in found), INSTEAD)
        raise ValueError(f"{path}: not saved: {found}; {remedy}")
    read_skops(path, content)  # what is written can be read
    return content


def read_skops(path, content, max_bytes=None):
    """The fitted model in the bytes of a file; path is the name for errors."""
    skops_io = _skops()
    from skops.io.exceptions import UntrustedTypesFoundException

    check_archive(path, content, WHAT)
    try:
        limit = Limit(path, len(content), max_bytes)
        schema = _schema(content, limit)
        if refused := mistrusted(schema):
            raise UntrustedTypesFoundException(refused)
        _check_members(content, schema, limit)
        model = skops_io.loads(content, trusted=list(NAMES))
        check_networks(path, model)
    except UntrustedTypesFoundException as error:
        raise ValueError(
            f"{path}: not loaded, it holds types that are not trusted: {error}"
        ) from error
    except Unexpected:
        raise
    except Exception as error:  # of a damaged archive skops raises whatever it stumbles on
        raise Unexpected(path, WHAT, said(error)) from error
    if not hasattr(model, "predict"):
        raise Unexpected(path, "a model with predict", f"a {type(model).__name__}")
    return model


def _skops():
    try:
        import skops.io
    except ImportError as error:
        raise ImportError("models in files not named .npz need skops: pip install skops") from error
    return skops.io


def _schema(content, limit=None):
    """What an archive of skops says that is in it; limit is for those of others."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "schema.json" not in archive.namelist():
            raise ValueError(f"an archive of {', '.join(archive.namelist()[:6]) or 'nothing'}")
        if limit is not None:
            limit.check("a schema", IN_OBJECTS * archive.getinfo("schema.json").file_size)
        return json.loads(archive.read("schema.json"))


def _check_members(content, schema, limit):
    """The arrays that the nodes name: their sizes all together, and what is in them."""
    total = 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        named = [node for node in nodes(schema) if isinstance(node.get("file"), str)]
        for node in named:  # two nodes can name the same member, and each reads it
            total += archive.getinfo(node["file"]).file_size
        limit.check("arrays", total)
        for node in named:
            if node["__loader__"] == "SparseMatrixNode":
                total += _check_sparse(archive.read(node["file"]), limit, total)
            else:
                check_member(archive, archive.getinfo(node["file"]))


def _check_sparse(content, limit, total):
    """How many bytes of arrays a sparse matrix has, once they are in order.

    Compiled code believes the indices of a sparse matrix; only a full check looks at them.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        n_bytes = sum(info.file_size for info in archive.infolist())
        limit.check("arrays", total + n_bytes)
        for info in archive.infolist():
            check_member(archive, info)
    matrix = load_npz(io.BytesIO(content))
    if matrix.format not in ("csr", "csc"):
        raise ValueError(f"a sparse matrix of format {matrix.format}")
    matrix.check_format(full_check=True)
    return n_bytes


# --- what a file cannot hold ----------------------------------------------------------------------


def _plain(value, known):
    """The model with what a file cannot hold in a form that it can; what needs none is shared.

    known has what was met already, by id, with its form. Requests of metadata, which are for fits
    to come, are left out: they hold their owners, in a circle that skops cannot follow.
    """
    if id(value) in known:
        return known[id(value)][1]

    def keep(form):
        known[id(value)] = value, form  # the value too, so that no other gets its id
        return form

    if type(value) is BSpline and value.axis == 0:
        return keep(Spline(value.t, value.c, value.k, value.extrapolate))
    if type(value).__module__.startswith("pandas") and hasattr(value, "tolist"):
        return keep(value.tolist())  # columns given by an Index or a Series
    if isinstance(value, BaseEstimator):
        form = keep(copy.copy(value))
        for name, part in vars(value).items():
            vars(form)[name] = _plain(part, known)
        vars(form).pop("_metadata_request", None)
        return form
    if isinstance(value, dict):
        form = keep(copy.copy(value))
        form.clear()
        form.update((_plain_key(key), _plain(part, known)) for key, part in value.items())
        return form
    if type(value) in (list, tuple):
        return keep(type(value)(_plain(part, known) for part in value))
    return value


def _plain_key(key):
    """An equal key that comes back as it went: skops reads False as bool("False")."""
    return int(key) if isinstance(key, bool | np.bool_) else key


# --- who holds what is refused --------------------------------------------------------------------


def _dumped(skops_io, value):
    """(content, None), or (None, why it is refused)."""
    try:
        content = skops_io.dumps(value)
        refused = mistrusted(_schema(content))
        if not refused:
            refused = sorted(set(skops_io.get_untrusted_types(data=content)) - NAMES.keys())
    except Exception as error:  # skops raises whatever it stumbles on; it goes on in the refusal
        return None, f"skops cannot keep it ({said(error)})"
    return content, f"load_model would refuse {', '.join(refused)}" if refused else None


def _culprit(skops_io, model, refusal):
    """(where, refusal) of the innermost part that is refused by itself."""
    steps, holder, names, value, seen = [], model, [], model, set()
    while id(value) not in seen:
        seen.add(id(value))
        tried = ((*each, _dumped(skops_io, each[1])[1]) for each in _parts(value))
        found = next((each for each in tried if each[-1]), None)
        if found is None:
            break
        name, value, is_step, refusal = found
        if isinstance(value, BaseEstimator):
            steps += ([] if is_step else names) + [name]
            holder, names = value, []
        elif name:
            names.append(name)
    where = f"step {' > '.join(filter(None, steps))!r}" if steps else "the model"
    of_it = f", its {names[0]}" if names else ""
    return f"{where} (a {type(holder).__name__}){of_it}", refusal


def _parts(value):
    """(name or None, part, whether it is a named step) of each part of what has parts."""
    if isinstance(value, dict):
        yield from ((str(name), part, False) for name, part in value.items())
    elif isinstance(value, list | tuple):
        for part in value:
            match part:
                case (str(name), step, *columns):
                    yield name, step, True
                    yield from ((f"columns of {name!r}", each, False) for each in columns)
                case _:
                    yield None, part, False
    elif isinstance(value, BaseEstimator):
        yield from ((name, part, False) for name, part in vars(value).items())
