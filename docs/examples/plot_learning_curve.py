"""
Learning curve: would more digits help?
=======================================

scikit-learn's :class:`~sklearn.model_selection.LearningCurveDisplay` fits on more and more rows
and scores on rows left out. Two networks, a small and a larger one.
"""

# %%
# The digits are shuffled by the splitter, because scikit-learn's come writer by writer.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import LearningCurveDisplay, ShuffleSplit

from skdigits import TwoLayerNNClassifier

X, y = load_digits(return_X_y=True)
X = X / 16
splits = ShuffleSplit(n_splits=5, test_size=0.25, random_state=0)

# %%
# All fits run until they converge: ``maxiter`` is only there to end one that would not. The shaded
# bands are one standard deviation over the splits wide on either side.

figure, axes = plt.subplots(1, 2, figsize=(10, 4.5), sharey=True, layout="constrained")
for axis, hidden_units in zip(axes, (5, 50), strict=True):
    display = LearningCurveDisplay.from_estimator(
        TwoLayerNNClassifier(hidden_units, reg_lambda=0.3, maxiter=3000, random_state=0),
        X,
        y,
        train_sizes=np.geomspace(0.05, 1, 5),
        cv=splits,
        score_type="both",
        score_name="accuracy",
        ax=axis,
    )
    lines, bands = axis.get_lines(), axis.collections
    for line, band, colour, marker in zip(lines, bands, ("#0072b2", "#d55e00"), "o^", strict=True):
        line.set(color=colour, marker=marker)
        band.set_facecolor(colour)
    axis.legend(lines, ["training rows", "rows left out"], loc="lower right")
    axis.set(xscale="log", title=f"{hidden_units} hidden units", xlabel="training rows")
    gap = display.train_scores[-1].mean() - display.test_scores[-1].mean()
    print(f"{hidden_units} units: {display.test_scores[-1].mean():.1%}, gap {gap:.1%}")
figure.suptitle("More rows close the gap; more units lift both curves")
plt.show()

# %%
# The rows left out still gain at the right end of both curves, so more digits would help; the gap
# to the training rows says that a stronger penalty might, too:
# :doc:`the validation curve <plot_validation_curve>` tries it.
