"""
Two moons: the boundary that a penalty draws
============================================

Two classes that no line separates, and three strengths of the penalty. scikit-learn's
:class:`~sklearn.inspection.DecisionBoundaryDisplay` shows the probability of the second moon.
"""

# %%
# 400 points, with noise enough that the moons overlap. A quarter of them is kept to test on.

import matplotlib.pyplot as plt
from matplotlib.colors import LinearSegmentedColormap
from sklearn.datasets import make_moons
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.model_selection import train_test_split

from skdigits import TwoLayerNNClassifier

X, y = make_moons(400, noise=0.3, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

# %%
# The penalty competes with the sum of the rows' losses. At lambda 1 the boundary is nearly
# straight; at 0.001 it bends around single points. Every fit runs until its gradient vanishes.

fits = {
    reg_lambda: TwoLayerNNClassifier(reg_lambda=reg_lambda, maxiter=5000, random_state=0)
    for reg_lambda in (1, 0.03, 0.001)
}
for model in fits.values():
    model.fit(X_train, y_train)

# %%
# Blue and orange can be told apart by colour-blind eyes too, and white is where both moons are as
# likely: there the black line runs. Points are darker than the side on which they belong.

ORANGE, BLUE = "#d55e00", "#00467f"
figure, axes = plt.subplots(1, 3, figsize=(11, 4), sharex=True, sharey=True, layout="constrained")
for axis, (reg_lambda, model) in zip(axes, fits.items(), strict=True):
    display = DecisionBoundaryDisplay.from_estimator(
        model,
        X,
        ax=axis,
        response_method="predict_proba",
        plot_method="pcolormesh",
        cmap=LinearSegmentedColormap.from_list("moons", ["#f0b98d", "white", "#8fb4d6"]),
        vmin=0,
        vmax=1,
    )
    axis.contour(display.xx0, display.xx1, display.response, levels=[0.5], colors="black")
    for label, colour, marker in ((0, ORANGE, "o"), (1, BLUE, "^")):
        axis.scatter(*X_test[y_test == label].T, c=colour, marker=marker, s=26, edgecolors="white")
    right = model.score(X_test, y_test)
    axis.set_title(f"lambda {reg_lambda}: {right:.0%} of the test points right")
figure.suptitle("The weaker the penalty, the more the boundary bends")
plt.show()
