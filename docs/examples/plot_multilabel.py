"""
Several labels a row: three questions about a digit
===================================================

Is it even? Is it five or more? Is there a loop in it? A digit may have none of these properties or
all of them: a target of zeros and ones with a column each, and one sigmoid output for each
question.
"""

# %%
# The labels follow from the digit, but the network sees pixels only.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split

from skdigits import TwoLayerNNClassifier
from skdigits.datasets import load_digits_images

digits = load_digits_images()
questions = ["even", "five or more", "with a loop"]
labels = np.column_stack(
    [digits.target % 2 == 0, digits.target >= 5, np.isin(digits.target, (0, 6, 8, 9))]
).astype(int)
X_train, X_test, Y_train, Y_test, _, images_test, _, digit_test = train_test_split(
    digits.data, labels, digits.images, digits.target, random_state=0
)

# %%
# ``output_activation="sigmoid"`` is all that several labels ask for.

model = TwoLayerNNClassifier(
    hidden_units=25, reg_lambda=0.3, output_activation="sigmoid", maxiter=3000, random_state=0
).fit(X_train, Y_train)
predicted = model.predict(X_test)
for k, question in enumerate(questions):
    print(f"{question:13} {accuracy_score(Y_test[:, k], predicted[:, k]):.1%}")
print(f"all three     {accuracy_score(Y_test, predicted):.1%}")

# %%
# Some test digits, the last three among those with a mistake, and the probability of each label. A
# filled bar is a label that the digit has.

wrong = np.flatnonzero((predicted != Y_test).any(axis=1))
right = np.flatnonzero((predicted == Y_test).all(axis=1))
rows = [*right[:3], *wrong[:3]]
figure, axes = plt.subplots(
    2, 6, figsize=(11, 4), height_ratios=[1.2, 1], sharey="row", layout="constrained"
)
for (above, below), row in zip(axes.T, rows, strict=True):
    above.imshow(images_test[row], cmap="gray_r", vmin=0, vmax=1)
    above.set_axis_off()
    above.set_title(f"a {digit_test[row]}")
    bars = below.barh(questions, model.predict_proba(X_test[[row]])[0], edgecolor="#0072b2")
    for bar, has in zip(bars, Y_test[row], strict=True):
        bar.set_facecolor("#0072b2" if has else "white")
    below.axvline(0.5, color="#d55e00", linestyle=":")
    below.set(xlim=(0, 1), xlabel="probability")
axes[1, 0].invert_yaxis()
plt.show()
