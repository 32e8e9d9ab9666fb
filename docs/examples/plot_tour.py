"""
A tour of the displays: digits, units, curves, searches
=======================================================

Everything in ``skdigits.plotting`` follows scikit-learn's manner: a ``from_...`` method computes
and draws, and the display keeps its figure and axes for what you want to change.
"""

# %%
# One data set and a few fits to look at.

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier
from skdigits.datasets import load_digits_images
from skdigits.plotting import (
    ConfusionExamplesDisplay,
    DigitGridDisplay,
    HiddenUnitsDisplay,
    LossCurveDisplay,
    MaxiterCurveDisplay,
    PredictionDisplay,
    SearchDisplay,
)

digits = load_digits_images()
X_train, X_test, y_train, y_test, _, images_test = train_test_split(
    digits.data, digits.target, digits.images, random_state=0
)
model = TwoLayerNNClassifier(hidden_units=16, reg_lambda=0.3, maxiter=2000, random_state=0)
model.fit(X_train, y_train, X_val=X_test, y_val=y_test)

# %%
# Images, picked at random.

DigitGridDisplay.from_data(digits.images, n_images=40, titles=digits.target, random_state=0)
plt.show()

# %%
# Images with what a classifier takes them for; mistakes are framed.

DigitGridDisplay.from_estimator(model, X_test, images_test, y=y_test, n_images=25, random_state=1)
plt.show()

# %%
# One digit with all its probabilities: one that the network gets wrong.

(wrong, *_) = np.flatnonzero(model.predict(X_test) != y_test)
PredictionDisplay.from_estimator(model, X_test, images_test, y=y_test, row=wrong)
plt.show()

# %%
# The pairs that it confuses most.

ConfusionExamplesDisplay.from_estimator(model, X_test, y_test, images_test, n_pairs=3)
plt.show()

# %%
# What the hidden units look for.

HiddenUnitsDisplay.from_estimator(model, digits.image_shape)
plt.show()

# %%
# The cost after each iteration, and the loss on the validation rows that ``fit`` was given.

LossCurveDisplay.from_estimator(model)
plt.show()

# %%
# Several fits in one picture: hand on the axes. The same network by three solvers, 100 iterations
# each, so the warning that those end the fit is expected.

axis = None
for solver in ("L-BFGS-B", "CG", "Newton-CG"):
    fit = TwoLayerNNClassifier(hidden_units=16, solver=solver, maxiter=100, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit.fit(X_train, y_train)
    axis = LossCurveDisplay.from_estimator(fit, name=solver, ax=axis).ax_
plt.show()

# %%
# A search: which lambda, how many hidden units, how many iterations? The frame is the one chosen.
# Ending fits early is what the search tries out.

grid = {"reg_lambda": [0.03, 0.3, 3], "hidden_units": [5, 10, 20], "maxiter": [10, 40, 160]}
search = BatchedGridSearchCV(TwoLayerNNClassifier(random_state=0), grid, cv=3)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    search.fit(X_train, y_train)
SearchDisplay.from_search(search)
plt.show()

# %%
# The same search against the iterations.

MaxiterCurveDisplay.from_search(search)
plt.show()
