"""What tells things apart while a search runs: a key for values of any kind."""

import joblib
from sklearn.base import clone


def key_of(thing):
    """A key of values of any kind; of an estimator's parameters.

    It is a hash of the values. What cannot be hashed, such as a lambda, is known by which object it
    is, if scikit-learn's clones hold the same one; so such a key serves this process alone. What
    holds such things is known by its parts.
    """
    if hasattr(thing, "get_params") and not isinstance(thing, type):
        thing = thing.get_params(deep=False)
    return _key(thing)


def _key(thing):
    try:
        return joblib.hash(thing)
    except Exception as error:  # of whatever kind pickling raises
        parts = _parts(thing)
        if parts is None:
            kind = type(thing).__name__
            raise TypeError(f"a {kind} can be neither pickled nor told apart") from error
        return joblib.hash([_key(part) for part in parts])


def _parts(thing):
    """What makes up a thing that cannot be hashed, or None."""
    if clone(thing, safe=False) is thing:  # a function, a class, a frozen estimator
        return ["the object", id(thing)]
    if isinstance(thing, dict):
        return ["dict", *thing, *thing.values()]
    if isinstance(thing, list | tuple):
        return [type(thing), *thing]
    if hasattr(thing, "get_params"):
        return [type(thing), thing.get_params(deep=False)]
    if hasattr(thing, "func") and hasattr(thing, "keywords"):  # a partial
        return [type(thing), thing.func, thing.args, thing.keywords]
    if hasattr(thing, "__dict__"):
        return [type(thing), vars(thing)]
    return None
