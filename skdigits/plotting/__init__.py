"""What does it look like?

Displays in scikit-learn's manner: ``from_...`` computes, ``plot`` draws and returns itself.

matplotlib is imported when something is drawn, not before. Displays of several pictures divide the
axes that they are given; a title above all is set before that, in a constrained layout, which makes
room for it.
"""

from skdigits.plotting.axes import AGAINST as AGAINST  # for our own rooms
from skdigits.plotting.axes import FOR as FOR
from skdigits.plotting.axes import OTHER as OTHER
from skdigits.plotting.axes import diverging as diverging
from skdigits.plotting.axes import full_ink as full_ink
from skdigits.plotting.axes import network_of as network_of
from skdigits.plotting.confusion_display import ConfusionExamplesDisplay
from skdigits.plotting.confusion_display import confused_pairs as confused_pairs
from skdigits.plotting.grid_display import DigitGridDisplay
from skdigits.plotting.network_displays import HiddenUnitsDisplay, LossCurveDisplay
from skdigits.plotting.path_display import LambdaPathDisplay
from skdigits.plotting.prediction_display import PredictionDisplay
from skdigits.plotting.search_displays import MaxiterCurveDisplay, SearchDisplay

__all__ = [
    "ConfusionExamplesDisplay",
    "DigitGridDisplay",
    "HiddenUnitsDisplay",
    "LambdaPathDisplay",
    "LossCurveDisplay",
    "MaxiterCurveDisplay",
    "PredictionDisplay",
    "SearchDisplay",
]
