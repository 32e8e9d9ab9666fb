"""A fitted model as an ONNX graph, by itself or as a step that skl2onnx converts.

The graph is written once, by `_write`, onto what adds nodes and constants: a graph of ours, or a
container of skl2onnx's.
"""

import numpy as np

from skdigits.classifier import TwoLayerNNClassifier
from skdigits.classifier_cv import TwoLayerNNClassifierCV
from skdigits.export.formula import formula_of

# Read by onnxruntime 1.15 (2023) and later: of January 2023, with the version of files of that day.
OPSET, IR_VERSION = 18, 8
ACTIVATIONS = {"logistic": "Sigmoid", "tanh": "Tanh", "relu": "Relu"}


def to_onnx(model, *, dtype=None):
    """Write a fitted model, or a Pipeline that ends in one, as an ONNX graph.

    The graph takes ``X`` of shape (rows, n_features) and gives ``label``, of shape (rows,) or of
    several labels a row (rows, n_labels), and ``probabilities`` of shape (rows, n_classes), which
    are those of ``predict_proba``. A committee is one graph. Opset 18.

    Parameters
    ----------
    model : TwoLayerNNClassifier, TwoLayerNNClassifierCV or Pipeline
        Fitted. A Pipeline is converted by skl2onnx, which must know its other steps.
    dtype : {"float32", "float64"} or None, default=None
        Precision of ``X`` and of the arithmetic. None: that of the weights; of a Pipeline, float32.

    Returns
    -------
    onnx_model : onnx.ModelProto
        ``onnx.save(onnx_model, "model.onnx")`` writes it into a file.

    Raises
    ------
    ImportError
        If onnx, or for a Pipeline skl2onnx, is not installed: both come with the extra "onnx".
    ValueError
        If the model is something else, or its classes are neither numbers nor text.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skdigits import TwoLayerNNClassifier
    >>> from skdigits.export import to_onnx
    >>> X, y = load_iris(return_X_y=True)
    >>> model = TwoLayerNNClassifier(5, random_state=0).fit(X, y)
    >>> onnx_model = to_onnx(model)  # doctest: +SKIP
    """
    if dtype not in (None, "float32", "float64"):
        raise ValueError(f"dtype must be 'float32', 'float64' or None, got {dtype!r}")
    if hasattr(model, "steps"):
        return _pipeline_to_onnx(model, dtype)
    formula = formula_of(model)
    onnx = _imported("onnx")
    if dtype is not None:
        formula = formula.astype(dtype)
    graph = _Graph(onnx)
    _write(graph, formula, "X", "label", "probabilities")
    return graph.model(formula)


def register_skl2onnx():
    """Teach skl2onnx to convert our classifiers, by themselves and in Pipelines.

    Afterwards ``skl2onnx.to_onnx`` and ``skl2onnx.convert_sklearn`` take them like scikit-learn's
    own, with the options of other classifiers (``zipmap``). Calling it again does no harm.

    Raises
    ------
    ImportError
        If skl2onnx is not installed: it comes with the extra "onnx".
    """
    skl2onnx = _imported("skl2onnx")
    for kind in (TwoLayerNNClassifier, TwoLayerNNClassifierCV):
        skl2onnx.update_registered_converter(
            kind,
            f"Skdigits{kind.__name__}",
            _tell_shapes,
            _convert,
            options={"zipmap": [True, False, "columns"]},
        )


def _pipeline_to_onnx(pipeline, dtype):
    last = pipeline.steps[-1][1]
    formula_of(last, "the last step of model")
    skl2onnx = _imported("skl2onnx")
    register_skl2onnx()
    types = skl2onnx.common.data_types
    kind = types.DoubleTensorType if dtype == "float64" else types.FloatTensorType
    return skl2onnx.convert_sklearn(
        pipeline,
        initial_types=[("X", kind([None, pipeline.n_features_in_]))],
        options={type(last): {"zipmap": False}},
        target_opset={"": OPSET, "ai.onnx.ml": 3},
    )


def _imported(name):
    try:
        if name == "skl2onnx":
            import skl2onnx
            import skl2onnx.common.data_types

            return skl2onnx
        import onnx

        return onnx
    except ImportError as error:
        raise ImportError(
            f"this export needs {name}, which the extra 'onnx' brings: pip install {name}"
        ) from error


# --- the graph ----------------------------------------------------------------------------------


def _write(graph, formula, X, label, probabilities):
    """Add what computes label and probabilities (names) from X (a name) to the graph.

    Networks come first in all that has several: (networks, rows, units).
    """
    several = len(formula.networks) > 1
    W1, b1, W2, b2 = (
        np.stack(parts) if several else parts[0] for parts in zip(*formula.networks, strict=True)
    )
    if several:
        b1, b2 = b1[:, np.newaxis], b2[:, np.newaxis]
    a = graph.add("Add", graph.add("MatMul", X, graph.constant(W1)), graph.constant(b1))
    h = graph.add(ACTIVATIONS[formula.activation], a)
    z = graph.add("Add", graph.add("MatMul", h, graph.constant(W2)), graph.constant(b2))
    p = _outputs(graph, formula.outputs, z, formula.dtype)
    if several:
        axes = graph.constant(np.array([0]))
        p = graph.add("ReduceMean", p, axes, keepdims=0)
    graph.add("Identity", p, output=probabilities)
    if formula.outputs == "multilabel":
        half = graph.constant(np.array(0.5, dtype=formula.dtype))
        graph.add("Cast", graph.add("Greater", p, half), to="INT64", output=label)
        return
    # Of one network the scores tell, where probabilities round to the same; "binary" has none.
    best = p if several or formula.outputs == "binary" else z
    codes = graph.add("ArgMax", best, axis=1, keepdims=0)
    graph.add("Gather", graph.constant(_labels(formula.classes)), codes, output=label)


def _outputs(graph, outputs, z, dtype):
    if outputs == "softmax":
        return graph.add("Softmax", z, axis=-1)
    if outputs == "multilabel":
        return graph.add("Sigmoid", z)
    if outputs == "binary":
        return graph.add("Sigmoid", graph.add("Concat", graph.add("Neg", z), z, axis=-1))
    # s over their sum is the softmax of log s, also where all s are tiny; and
    # -log s = max(-z, 0) + log(1 + exp(-|z|)). onnxruntime has no Softplus of float64 from 22 on.
    tail = graph.add("Exp", graph.add("Neg", graph.add("Abs", z)))
    tail = graph.add("Log", graph.add("Add", tail, graph.constant(np.ones(1, dtype=dtype))))
    minus_log = graph.add("Add", graph.add("Relu", graph.add("Neg", z)), tail)
    return graph.add("Softmax", graph.add("Neg", minus_log), axis=-1)


def _labels(classes):
    """The classes as ONNX has them: int64, float64, bool or text."""
    classes = np.array(classes.tolist())
    if classes.dtype.kind not in "iufbU":
        raise ValueError(f"the classes must be numbers or text, got {classes[:3]}")
    if classes.dtype.kind in "iu":
        return classes.astype(np.int64)
    return classes.astype(object) if classes.dtype.kind == "U" else classes


class _Graph:
    """Nodes and constants of an ONNX model."""

    def __init__(self, onnx):
        self._onnx = onnx
        self._nodes, self._constants = [], []

    def add(self, kind, *inputs, output=None, **attributes):
        """Add a node: the name of its output."""
        output = output or f"{kind.lower()}_{len(self._nodes)}"
        if "to" in attributes:
            attributes["to"] = getattr(self._onnx.TensorProto, attributes["to"])
        node = self._onnx.helper.make_node(kind, list(inputs), [output], **attributes)
        self._nodes.append(node)
        return output

    def constant(self, array):
        """Add a constant: its name."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def model(self, formula):
        """The ModelProto."""
        onnx, helper = self._onnx, self._onnx.helper
        real = helper.np_dtype_to_tensor_dtype(formula.dtype)
        n, several_labels = len(formula.classes), formula.outputs == "multilabel"
        labels = onnx.numpy_helper.from_array(_labels(formula.classes))
        shape = ["rows", n] if several_labels else ["rows"]
        tensor = helper.make_tensor_value_info
        graph = helper.make_graph(
            self._nodes,
            "skdigits",
            [tensor("X", real, ["rows", formula.n_features])],
            [
                tensor("label", labels.data_type, shape),
                tensor("probabilities", real, ["rows", n]),
            ],
            self._constants,
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            producer_name="skdigits",
        )
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model, full_check=True)
        return model


# --- skl2onnx -----------------------------------------------------------------------------------


class _Container:
    """The same, onto a container of skl2onnx's."""

    def __init__(self, scope, container):
        self._scope, self._container = scope, container

    def add(self, kind, *inputs, output=None, **attributes):
        """Add a node: the name of its output."""
        import onnx

        output = output or self._scope.get_unique_variable_name(kind.lower())
        if "to" in attributes:
            attributes["to"] = getattr(onnx.TensorProto, attributes["to"])
        name = self._scope.get_unique_operator_name(kind)
        self._container.add_node(kind, list(inputs), [output], name=name, **attributes)
        return output

    def constant(self, array):
        """Add a constant: its name."""
        from onnx import numpy_helper

        name = self._scope.get_unique_variable_name("constant")
        kind = numpy_helper.from_array(array).data_type
        self._container.add_initializer(name, kind, array.shape, array.ravel().tolist())
        return name


def _tell_shapes(operator):
    """The types and shapes of label and probabilities, for skl2onnx."""
    from skl2onnx.common import data_types

    formula = formula_of(operator.raw_operator)
    rows, n = operator.inputs[0].get_first_dimension(), len(formula.classes)
    shape = [rows, n] if formula.outputs == "multilabel" else [rows]
    kinds = {"U": data_types.StringTensorType, "f": data_types.DoubleTensorType}
    kinds |= {"b": data_types.BooleanTensorType}
    kind = np.array(formula.classes.tolist()).dtype.kind
    operator.outputs[0].type = kinds.get(kind, data_types.Int64TensorType)(shape)
    double = isinstance(operator.inputs[0].type, data_types.DoubleTensorType)
    real = data_types.DoubleTensorType if double else data_types.FloatTensorType
    operator.outputs[1].type = real([rows, n])


def _convert(scope, operator, container):
    """The converter, for skl2onnx."""
    from skl2onnx.common import data_types

    X = operator.inputs[0]
    double = isinstance(X.type, data_types.DoubleTensorType)
    formula = formula_of(operator.raw_operator).astype("float64" if double else "float32")
    graph, name = _Container(scope, container), X.full_name
    if not isinstance(X.type, data_types.DoubleTensorType | data_types.FloatTensorType):
        name = graph.add("Cast", name, to="FLOAT")
    _write(graph, formula, name, *(output.full_name for output in operator.outputs))
