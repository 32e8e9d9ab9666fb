"""A fitted model as text: JSON with the formula in it, or C that computes it."""

import json
import re

import numpy as np

from skdigits.export.formula import OUTPUTS, formula_of

ACTIVATIONS = {
    "logistic": "h = 1 / (1 + exp(-a))",
    "tanh": "h = tanh(a)",
    "relu": "h = max(a, 0)",
}


def to_json(model):
    """Write a fitted model as JSON: its weights, and the formula that they stand in.

    Parameters
    ----------
    model : TwoLayerNNClassifier or TwoLayerNNClassifierCV
        A fitted classifier.

    Returns
    -------
    text : str
        An object with ``formula`` (a list of lines), ``activation``, ``outputs``, ``classes``,
        ``features`` (their names, or null), ``dtype``, and ``networks``, of which each has ``W1``
        (n_features rows of hidden_units), ``b1``, ``W2`` (hidden_units rows of n_outputs) and
        ``b2``. Numbers have as many digits as it takes to read the same floats again.

    Raises
    ------
    ValueError
        If the model is something else.

    Examples
    --------
    >>> import json
    >>> from sklearn.datasets import load_iris
    >>> from skdigits import TwoLayerNNClassifier
    >>> from skdigits.export import to_json
    >>> X, y = load_iris(return_X_y=True)
    >>> found = json.loads(to_json(TwoLayerNNClassifier(5, random_state=0).fit(X, y)))
    >>> for line in found["formula"]:
    ...     print(line)
    a = x W1 + b1
    h = 1 / (1 + exp(-a))
    z = h W2 + b2
    p = exp(z - max z) / sum exp(z - max z)
    """
    formula = formula_of(model)
    found = {
        "format": "skdigits network",
        "formula": _lines(formula),
        "activation": formula.activation,
        "outputs": formula.outputs,
        "classes": formula.classes.tolist(),
        "features": formula.feature_names,
        "dtype": str(formula.dtype),
        "networks": [
            {name: _floats(part) for name, part in network._asdict().items()}
            for network in formula.networks
        ],
    }
    return json.dumps(found)


def _lines(formula):
    lines = ["a = x W1 + b1", ACTIVATIONS[formula.activation], "z = h W2 + b2"]
    lines.append(OUTPUTS[formula.outputs])
    if len(formula.networks) > 1:
        lines.append("the mean of p over the networks")
    return lines


def _floats(array):
    """Nested lists of the shortest floats that read as the same in the array's precision."""
    if array.ndim > 1:
        return [_floats(row) for row in array]
    return [float(str(value)) for value in array]


# --- C ------------------------------------------------------------------------------------------


def to_c(model, *, prefix=""):
    """Write a fitted model as one C99 file that needs nothing but the standard library.

    The file defines ``N_FEATURES``, ``N_CLASSES``, the labels ``classes`` as text, and ::

        void predict_proba(const real x[N_FEATURES], real p[N_CLASSES]);
        int predict(const real x[N_FEATURES]);

    where ``real`` is ``float`` or ``double``, as the weights are. ``predict`` returns the index of
    the label in ``classes``; of several labels a row there is none, as each has a probability of
    its own. No memory is taken from the heap, and calls may run side by side.

    Parameters
    ----------
    model : TwoLayerNNClassifier or TwoLayerNNClassifierCV
        A fitted classifier.
    prefix : str, default=""
        Put before all names, for programs with several models: an identifier of C, or nothing.

    Returns
    -------
    text : str
        The file.

    Raises
    ------
    ValueError
        If the model is something else, or the prefix no identifier.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skdigits import TwoLayerNNClassifier
    >>> from skdigits.export import to_c
    >>> X, y = load_iris(return_X_y=True)
    >>> text = to_c(TwoLayerNNClassifier(5, random_state=0).fit(X, y), prefix="iris_")
    >>> "void iris_predict_proba(const iris_real x[iris_N_FEATURES]" in text
    True
    """
    if not re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]*)?", prefix):
        raise ValueError(
            f"prefix must be letters, digits and _, not beginning with a digit, got {prefix!r}"
        )
    formula = formula_of(model)
    real, suffix = ("float", "f") if formula.dtype == np.float32 else ("double", "")
    n_features, hidden = formula.networks[0].W1.shape
    names = {
        "P": prefix,
        "real": real,
        "f": suffix,
        "n_features": n_features,
        "hidden": hidden,
        "n_outputs": formula.networks[0].W2.shape[1],
        "n_networks": len(formula.networks),
        "n_classes": len(formula.classes),
        "formula": "\n".join(f" *     {line}" for line in _lines(formula)),
        "classes": ", ".join(_quoted(str(each)) for each in formula.classes.tolist()),
        "activation": C_ACTIVATIONS[formula.activation],
        "outputs": C_OUTPUTS[formula.outputs],
        "tables": "\n".join(
            _table(f"static const {prefix}real {prefix}{name}", arrays)
            for name, arrays in (
                # Units by features: a unit's weights one after another.
                ("W1", [network.W1.T for network in formula.networks]),
                ("b1", [network.b1 for network in formula.networks]),
                ("W2", [network.W2.T for network in formula.networks]),
                ("b2", [network.b2 for network in formula.networks]),
            )
        ),
    }
    text = C_FILE if formula.outputs == "multilabel" else C_FILE + C_PREDICT
    return re.sub(r"@(\w+)@", lambda found: str(_filled(names, found[1])), text)


def _filled(names, name):
    """What stands for a name, with what stands for the names in that."""
    return re.sub(r"@(\w+)@", lambda found: str(names[found[1]]), str(names[name]))


def _table(declaration, arrays):
    """An array of C of the arrays, one after another."""
    stacked = np.stack(arrays)
    sizes = "".join(f"[{size}]" for size in stacked.shape)
    return f"{declaration}{sizes} = {_braces(stacked)};"


def _braces(array):
    if array.ndim == 1:
        return "{" + ", ".join(_c_number(value) for value in array) + "}"
    return "{" + ",\n".join(_braces(part) for part in array) + "}"


def _c_number(value):
    digits = f"{value:.9g}" if value.dtype == np.float32 else f"{value:.17g}"
    if not re.search(r"[.e]", digits):
        digits += ".0"
    return digits + ("f" if value.dtype == np.float32 else "")


def _quoted(text):
    """A string of C, in UTF-8; octal escapes end after three digits, whatever follows."""
    plain = set(range(32, 127)) - set(b'"\\?')
    inside = "".join(chr(b) if b in plain else f"\\{b:03o}" for b in text.encode())
    return f'"{inside}"'


C_ACTIVATIONS = {
    # Neither overflows: exp of a large number is infinity, and one over that is zero.
    "logistic": "1 / (1 + exp@f@(-a))",
    "tanh": "tanh@f@(a)",
    "relu": "a > 0 ? a : 0",
}
C_OUTPUTS = {
    "softmax": """\
        @P@real most = z[0], sum = 0;
        for (k = 1; k < @P@N_OUTPUTS; k++) if (z[k] > most) most = z[k];
        for (k = 0; k < @P@N_OUTPUTS; k++) sum += z[k] = exp@f@(z[k] - most);
        for (k = 0; k < @P@N_OUTPUTS; k++) p[k] += z[k] / sum / @P@N_NETWORKS;""",
    "binary": """\
        p[0] += 1 / (1 + exp@f@(z[0])) / @P@N_NETWORKS;
        p[1] += 1 / (1 + exp@f@(-z[0])) / @P@N_NETWORKS;""",
    "multilabel": """\
        for (k = 0; k < @P@N_OUTPUTS; k++) p[k] += 1 / (1 + exp@f@(-z[k])) / @P@N_NETWORKS;""",
    "normalized": """\
        /* of the logarithms, so that the sum is not zero where all are tiny */
        @P@real most = -INFINITY, sum = 0;
        for (k = 0; k < @P@N_OUTPUTS; k++) {
            z[k] = (z[k] < 0 ? z[k] : 0) - log1p@f@(exp@f@(-fabs@f@(z[k])));
            if (z[k] > most) most = z[k];
        }
        for (k = 0; k < @P@N_OUTPUTS; k++) sum += z[k] = exp@f@(z[k] - most);
        for (k = 0; k < @P@N_OUTPUTS; k++) p[k] += z[k] / sum / @P@N_NETWORKS;""",
}
C_FILE = """\
/* A network with one hidden layer, written by skdigits. Compile it as C99, link with -lm.
 *
@formula@
 */
#include <math.h>

#define @P@N_FEATURES @n_features@
#define @P@N_CLASSES @n_classes@
#define @P@N_HIDDEN @hidden@
#define @P@N_OUTPUTS @n_outputs@
#define @P@N_NETWORKS @n_networks@

typedef @real@ @P@real;

const char *const @P@classes[@P@N_CLASSES] = {@classes@};

@tables@

void @P@predict_proba(const @P@real x[@P@N_FEATURES], @P@real p[@P@N_CLASSES])
{
    int i, j, k, m;
    @P@real h[@P@N_HIDDEN], z[@P@N_OUTPUTS];

    for (k = 0; k < @P@N_CLASSES; k++) p[k] = 0;
    for (m = 0; m < @P@N_NETWORKS; m++) {
        for (j = 0; j < @P@N_HIDDEN; j++) {
            @P@real a = @P@b1[m][j];
            for (i = 0; i < @P@N_FEATURES; i++) a += @P@W1[m][j][i] * x[i];
            h[j] = @activation@;
        }
        for (k = 0; k < @P@N_OUTPUTS; k++) {
            z[k] = @P@b2[m][k];
            for (j = 0; j < @P@N_HIDDEN; j++) z[k] += @P@W2[m][k][j] * h[j];
        }
@outputs@
    }
}
"""
C_PREDICT = """
int @P@predict(const @P@real x[@P@N_FEATURES])
{
    int k, best = 0;
    @P@real p[@P@N_CLASSES];

    @P@predict_proba(x, p);
    for (k = 1; k < @P@N_CLASSES; k++) if (p[k] > p[best]) best = k;
    return best;
}
"""
