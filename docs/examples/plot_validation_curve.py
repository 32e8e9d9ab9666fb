"""
Validation curve: how strong a penalty?
=======================================

One parameter, seven values, five folds: scikit-learn's
:class:`~sklearn.model_selection.ValidationCurveDisplay` shows where the network is held too loosely
and where too tightly.
"""

# %%
# The log-loss tells more than the accuracy does: it also minds how sure the network is when it is
# wrong. scikit-learn's scorer has its sign turned, so higher is better.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, ValidationCurveDisplay

from skdigits import TwoLayerNNClassifier

X, y = load_digits(return_X_y=True)
folds = StratifiedKFold(5, shuffle=True, random_state=0)
lambdas = np.geomspace(0.001, 30, 7)

# %%
# Each of the fits converges; a weak penalty needs the most iterations.

figure, axis = plt.subplots(figsize=(7, 4.5), layout="constrained")
display = ValidationCurveDisplay.from_estimator(
    TwoLayerNNClassifier(hidden_units=25, maxiter=3000, random_state=0),
    X / 16,
    y,
    param_name="reg_lambda",
    param_range=lambdas,
    cv=folds,
    scoring="neg_log_loss",
    negate_score=True,
    score_name="log-loss",
    ax=axis,
)
for line, band, colour, marker in zip(
    axis.get_lines(), axis.collections, ("#0072b2", "#d55e00"), "o^", strict=True
):
    line.set(color=colour, marker=marker)
    band.set_facecolor(colour)
means = -display.test_scores.mean(axis=1)
best = int(np.argmin(means))
axis.axvline(lambdas[best], color="#595959", linestyle=":")
axis.legend(axis.get_lines()[:2], ["training folds", "fold left out"])
axis.set(
    xscale="log", xlabel="lambda", title="To the left it learns by heart, to the right it is held"
)
plt.show()

# %%
# The lowest point is flat, as it usually is: a lambda off by a factor of three does little harm.

for reg_lambda, mean in zip(lambdas, means, strict=True):
    print(f"lambda {reg_lambda:8.3f}  log-loss {mean:.3f}")
