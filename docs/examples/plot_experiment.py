"""
The experiment: a small network learns to read digits
=====================================================

A blog post trained a network with one hidden layer on 5000 handwritten digits, by scipy's
conjugate gradients: lambda 3, 10 hidden units, 200 iterations. This is the same network on
scikit-learn's own digits, which need no network connection. What it reaches on 5000 digits of
20 x 20, beside the post's figures and MLPClassifier's, is a table of the README.
"""

# %%
# 1797 images of 8 x 8 pixels, intensities between 0 and 1. A quarter is kept to test on.

import warnings

import matplotlib.pyplot as plt
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from skdigits import TwoLayerNNClassifier
from skdigits.datasets import load_digits_images
from skdigits.plotting import DigitGridDisplay

digits = load_digits_images()
X_train, X_test, y_train, y_test, _, images_test = train_test_split(
    digits.data, digits.target, digits.images, random_state=0, stratify=digits.target
)
print(X_train.shape, X_test.shape)

# %%
# The post's settings. Its outputs are sigmoids, one a digit, each with a cross-entropy of its own;
# its conjugate gradients worked in the weights themselves, which are "plain" coordinates here.
# 200 iterations are part of the experiment, so the warning that they end the fit is none to us.

model = TwoLayerNNClassifier(
    hidden_units=10,
    reg_lambda=3,
    maxiter=200,
    solver="CG",
    coordinates="plain",
    standardize=False,
    output_activation="sigmoid",
    random_state=0,
)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    model.fit(X_train, y_train)
print(f"{model.score(X_train, y_train):.1%} of the training digits")
print(f"{model.score(X_test, y_test):.1%} of the test digits")

# %%
# The same network with the defaults of the library, L-BFGS-B in coordinates in which the cost is
# easier to go down, is there in half of the iterations.

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    faster = TwoLayerNNClassifier(
        hidden_units=10,
        reg_lambda=3,
        standardize=False,
        output_activation="sigmoid",
        random_state=0,
    ).fit(X_train, y_train)
below = next(k for k, cost in enumerate(faster.loss_curve_, 1) if cost <= 1.01 * model.loss_)
print(f"CG: cost {model.loss_:.3f} after {model.n_iter_} iterations")
print(f"L-BFGS-B: within 1% of it after {below}, cost {faster.loss_:.3f} after {faster.n_iter_}")

# %%
# What the post's network takes some test digits for. The titles are its predictions; mistakes are
# framed, and named with the digit that was meant.

wrong = model.predict(X_test) != y_test
print(f"{wrong.sum()} mistakes among {len(y_test)} test digits")
DigitGridDisplay.from_estimator(
    model, X_test[wrong], images_test[wrong], y=y_test[wrong], n_images=16, random_state=0
)
plt.show()
