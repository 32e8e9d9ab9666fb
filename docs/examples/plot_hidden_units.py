"""
Hidden units: what a network looks for
======================================

The weights from the pixels to one hidden unit are themselves an image. Where it is blue, ink
speaks for the unit; where it is orange, against it.
"""

# %%
# Two networks of 16 units on scikit-learn's digits, the one hardly penalised, the other strongly.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np

from skdigits import TwoLayerNNClassifier
from skdigits.datasets import load_digits_images
from skdigits.plotting import HiddenUnitsDisplay

digits = load_digits_images()
loose, held = (
    TwoLayerNNClassifier(
        hidden_units=16, reg_lambda=reg_lambda, maxiter=3000, dtype="float64", random_state=0
    ).fit(digits.data, digits.target)
    for reg_lambda in (0.001, 10)
)

# %%
# Without a penalty to speak of, weights grow until every training digit is told apart, and few of
# them mean anything. Pixels at the rim, which hardly ever hold ink, stay near zero.

HiddenUnitsDisplay.from_estimator(loose, digits.image_shape)
plt.show()

# %%
# The penalty makes every weight pay its way.

for name, model in (("lambda 0.001", loose), ("lambda 10", held)):
    print(f"{name:13} mean size of a weight {np.abs(model.coefs_[0]).mean():.2f}")

# %%
# What is left are patches of ink weighed against others, which several classes share. Titles name
# the digit that a unit speaks for most.

HiddenUnitsDisplay.from_estimator(held, digits.image_shape)
plt.show()
