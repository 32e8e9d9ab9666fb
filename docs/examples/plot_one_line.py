"""
One line: a committee that chooses its lambda
=============================================

A table as it comes, one line to fit, and three things to look at: which lambda was chosen and how
sure that is, whether the probabilities can be believed, and where to draw the line between yes and
no.
"""

# %%
# 569 tumours, 30 measurements of cell nuclei each, in units from thousandths to hundreds. A third
# is kept to test on. Nothing is scaled.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import CalibrationDisplay
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import PrecisionRecallDisplay, precision_score, recall_score
from sklearn.model_selection import train_test_split

from skdigits import TwoLayerNNClassifierCV
from skdigits.plotting import LambdaPathDisplay

X, y = load_breast_cancer(return_X_y=True)
malignant = (y == 0).astype(int)
X_train, X_test, y_train, y_test = train_test_split(
    X, malignant, test_size=1 / 3, random_state=0, stratify=malignant
)
model = TwoLayerNNClassifierCV(random_state=0).fit(X_train, y_train)
print(f"lambda {model.reg_lambda_}, {model.score(X_test, y_test):.1%} of the test rows are right")

# %%
# Five networks have walked from weak penalties to strong ones, each judged on the fifth of the rows
# that it had not seen. The band is one standard error: neighbours of the chosen lambda would do.

LambdaPathDisplay.from_estimator(model)
plt.show()

# %%
# The probabilities of rows by networks that had not seen them, ``oof_predict_proba_``, are what to
# judge, to calibrate and to set a threshold on: the training rows are not used up. Say that no more
# than one malignant tumour in a hundred may be missed.

probability = model.oof_predict_proba_[:, 1]
threshold = np.quantile(probability[y_train == 1], 0.01)
found = model.predict_proba(X_test)[:, 1] >= threshold
print(
    f"threshold {threshold:.3f}: {recall_score(y_test, found):.1%} of the malignant test rows are "
    f"found, and {precision_score(y_test, found):.1%} of those found are malignant"
)

# %%
# On the left, how often rows that got a probability were malignant; on the right, what each
# threshold costs. Both on rows that the networks had not seen.

figure, axes = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
CalibrationDisplay.from_predictions(
    y_train, probability, n_bins=6, strategy="quantile", name="out of fold", ax=axes[0]
)
PrecisionRecallDisplay.from_predictions(y_train, probability, name="out of fold", ax=axes[1])
axes[0].set(xlabel="probability of malignant", ylabel="share that is malignant")
axes[1].set(xlabel="recall of malignant", ylabel="precision of malignant")
plt.show()
