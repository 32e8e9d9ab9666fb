"""
Imbalanced classes: what class_weight buys, and what it costs
=============================================================

One row in twenty belongs to the rare class. A network that minimises the mean loss attends to the
common class; ``class_weight="balanced"`` has both weigh the same.
"""

# %%
# Two overlapping clouds.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.metrics import precision_score, recall_score
from sklearn.model_selection import train_test_split

from skdigits import TwoLayerNNClassifier

rng = np.random.default_rng(0)
common = rng.normal(size=(3800, 2))
angles = rng.uniform(0, np.pi, size=200)
rare = 2.6 * np.column_stack([np.cos(angles), np.sin(angles)]) + 0.5 * rng.normal(size=(200, 2))
X, y = np.vstack([common, rare]), np.repeat([0, 1], [3800, 200])
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, stratify=y, random_state=0)

# %%
# The same network twice. Recall is the share of the rare rows that are found, precision the share
# of the rows called rare that are. The last column is the mean probability that the network gives
# the rare class: balanced, it no longer is the share of that class, because the network was trained
# for a world in which both are as frequent.

fits = {
    "no weights": TwoLayerNNClassifier(10, reg_lambda=0.1, maxiter=5000, random_state=0),
    "balanced": TwoLayerNNClassifier(
        10, reg_lambda=0.1, class_weight="balanced", maxiter=5000, random_state=0
    ),
}
for name, model in fits.items():
    model.fit(X_train, y_train)
    found = model.predict(X_test)
    print(
        f"{name:11} recall {recall_score(y_test, found):.0%}, "
        f"precision {precision_score(y_test, found, zero_division=0):.0%}, "
        f"mean probability {model.predict_proba(X_test)[:, 1].mean():.1%}"
    )

# %%
# The boundary moves into the common cloud until as much weight is wrong on either side.

figure, axes = plt.subplots(1, 2, figsize=(10, 4.8), sharex=True, sharey=True, layout="constrained")
for axis, (name, model) in zip(axes, fits.items(), strict=True):
    display = DecisionBoundaryDisplay.from_estimator(
        model,
        X,
        ax=axis,
        response_method="predict_proba",
        plot_method="pcolormesh",
        cmap="PuOr_r",
        vmin=0,
        vmax=1,
    )
    axis.contour(display.xx0, display.xx1, display.response, levels=[0.5], colors="black")
    for label, colour, marker, size in ((0, "#5e3c99", "o", 6), (1, "#e66101", "^", 24)):
        rows = X_test[y_test == label]
        axis.scatter(*rows.T, c=colour, marker=marker, s=size, edgecolors="white", linewidths=0.3)
    axis.set_title(f"{name}: {recall_score(y_test, model.predict(X_test)):.0%} of the rare found")
figure.suptitle("Balanced weights find more of the rare class, at the price of false alarms")
plt.show()
