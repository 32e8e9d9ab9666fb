"""How does one fit run on a cluster?

Rows stay with Dask's workers, in parts (`parts`), which answer with sums (`cluster`); SciPy's
optimizer runs in the client, as in any fit. `import skdigits` knows nothing of this folder.
"""

from skdigits.dask.cluster import WorkersLostError
from skdigits.dask.dask_classifier import DaskTwoLayerNNClassifier

__all__ = ["DaskTwoLayerNNClassifier", "WorkersLostError"]
