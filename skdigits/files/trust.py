"""Which parts of a skops file are harmless; whatever is not named here or by skops is refused.

A file of skops is a tree of nodes: each has a kind, which says how it is loaded, and a name, that
of a type or function. skops takes a trusted name for harmless in whatever kind of node, also in one
that calls what is named. Here a name is trusted in one kind only, and the kinds in KINDS only. So a
file's functions are found when it is loaded and not called; they are called when the model
predicts, on the user's data and on what else the file says. That is why only functions are named
that compute with arrays: not one that reads, writes, or fetches, imports, calls what it is given,
or believes sizes that it does not check.
"""

# What loads data, and objects by setting what they hold. Left out: what calls methods by name
# (MethodNode, OperatorFuncNode), random generators, of which older skops calls what the file names,
# and trees, whose compiled code believes the file's indices (older skops trusts them).
KINDS = {
    "CachedNode",
    "ConstructorFromReduceNode",
    "DTypeNode",
    "DictNode",
    "FunctionNode",
    "JsonNode",
    "ListNode",
    "LossNode",
    "MaskedArrayNode",
    "NdArrayNode",
    "ObjectNode",
    "PartialNode",
    "RandomStateNode",
    "SetNode",
    "SliceNode",
    "SparseMatrixNode",
    "TupleNode",
    "TypeNode",
}
# skops has loaded functions and generators in other ways in files of older protocols.
PROTOCOL = 2
# Older skops imports the module of a loss before it looks whether it is trusted.
LOSSES = ("sklearn.linear_model._sgd_fast.", "sklearn._loss._loss.")

# What a pooling or an imputing transformer calls on columns, and what users transform values with.
NUMPY = (
    "mean median nanmean nanmedian max min amax amin nanmax nanmin sum nansum prod std var "
    "around round clip nan_to_num real imag angle"
)
SCORES = {
    "_univariate_selection": "chi2 f_classif f_oneway f_regression r_regression",
    "_mutual_info": "mutual_info_classif mutual_info_regression",
}
# The types that stand for several dtypes, for make_column_selector.
ABSTRACT = "number integer signedinteger unsignedinteger inexact floating complexfloating generic"
# For the parameter cv of what selects features.
SPLITTERS = (
    "KFold StratifiedKFold GroupKFold StratifiedGroupKFold ShuffleSplit StratifiedShuffleSplit "
    "TimeSeriesSplit LeaveOneOut"
)

TRUSTED = {
    "ObjectNode": {  # made without a call, then given attributes
        "skdigits.classifier.TwoLayerNNClassifier",
        "skdigits.classifier_cv.TwoLayerNNClassifierCV",
        "sklearn.compose._column_transformer.make_column_selector",
        *(f"sklearn.model_selection._split.{name}" for name in SPLITTERS.split()),
        "sklearn.impute._iterative.IterativeImputer",  # skops leaves out what is experimental
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
    },
    "DictNode": {  # dicts that show their items as attributes
        "scipy.optimize._optimize.OptimizeResult",
        "sklearn.utils._bunch.Bunch",
    },
    "TupleNode": {"sklearn.impute._iterative._ImputerTriplet"},
    "SparseMatrixNode": {  # their indices are checked
        "scipy.sparse._csc.csc_array",
        "scipy.sparse._csc.csc_matrix",
        "scipy.sparse._csr.csr_array",
        "scipy.sparse._csr.csr_matrix",
    },
    "DTypeNode": {"numpy.dtype"},  # read from the header of an empty array
    "PartialNode": {"functools.partial"},  # of a function that is trusted itself
    "ConstructorFromReduceNode": {"skdigits.files.splines.Spline"},  # called, and checks its sizes
    "TypeNode": {"builtins.object", *(f"numpy.{name}" for name in ABSTRACT.split())},
    "FunctionNode": {
        *(f"numpy.{name}" for name in NUMPY.split()),
        *(
            f"sklearn.feature_selection.{module}.{name}"
            for module, names in SCORES.items()
            for name in names.split()
        ),
    },
}
NAMES = {name: kind for kind, names in TRUSTED.items() for name in names}


def mistrusted(schema):
    """What a file's schema names that is refused whatever skops says, sorted."""
    found = set()
    if not isinstance(schema, dict) or schema.get("protocol", 0) < PROTOCOL:
        found.add(f"no schema of protocol {PROTOCOL} or later")
    for node in nodes(schema):
        kind, name = node["__loader__"], f"{node['__module__']}.{node['__class__']}"
        if (
            kind not in KINDS
            or NAMES.get(name, kind) != kind
            or (kind == "LossNode" and not name.startswith(LOSSES))
        ):
            found.add(name)
    return sorted(found)


def nodes(schema):
    """Every dict in the schema that skops might take for a node."""
    waiting = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
            if "__loader__" in value:
                yield value
        elif isinstance(value, list):
            waiting += value
