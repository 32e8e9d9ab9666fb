"""
In a pipeline: how many principal components do digits need?
============================================================

A scaler or a decomposition before the network is searched together with it. The batched search
makes the fits of all candidates on the same components together.
"""

# %%
# 64 pixels, many of them always white. PCA keeps the directions in which digits vary most.

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline

from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier

X, y = load_digits(return_X_y=True)
model = make_pipeline(
    PCA(random_state=0), TwoLayerNNClassifier(hidden_units=25, maxiter=2000, random_state=0)
)
grid = {
    "pca__n_components": [2, 4, 8, 16, 32, 64],
    "twolayernnclassifier__reg_lambda": [0.03, 0.3, 3],
}
folds = StratifiedKFold(3, shuffle=True, random_state=0)
search = BatchedGridSearchCV(model, grid, cv=folds).fit(X / 16, y)

# %%
# :meth:`~skdigits.BatchedGridSearchCV.results_frame` has the candidates, best first.

frame = search.results_frame()
print(frame.iloc[:5, :4].to_string(index=False))

# %%
# A line for each lambda. 16 directions of the 64 do nearly as well as all of them.

figure, axis = plt.subplots(figsize=(7, 4.5), layout="constrained")
for (reg_lambda, part), colour, marker in zip(
    frame.groupby("twolayernnclassifier__reg_lambda"),
    ("#0072b2", "#e69f00", "#009e73"),
    "o^s",
    strict=True,
):
    part = part.sort_values("pca__n_components")
    axis.errorbar(
        part["pca__n_components"],
        part["mean_score"],
        yerr=part["std_score"],
        color=colour,
        marker=marker,
        capsize=3,
        label=f"{reg_lambda:g}",
    )
axis.set(
    xscale="log",
    xlabel="principal components",
    ylabel="accuracy over three folds",
    title="Sixteen components hold what the network needs",
)
axis.set_xticks(grid["pca__n_components"], [str(n) for n in grid["pca__n_components"]], minor=False)
axis.minorticks_off()
axis.legend(title="lambda")
axis.grid(alpha=0.3)
plt.show()
