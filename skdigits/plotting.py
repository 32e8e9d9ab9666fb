"""Displays in scikit-learn's manner: ``from_...`` computes, ``plot`` draws and returns itself.

matplotlib is imported when something is drawn, not before. Displays of several pictures divide the
axes that they are given; a title above all is set before that, in a constrained layout, which makes
room for it.
"""

from skdigits.digit_displays import ConfusionExamplesDisplay, DigitGridDisplay, PredictionDisplay
from skdigits.network_displays import HiddenUnitsDisplay, LossCurveDisplay
from skdigits.search_displays import MaxiterCurveDisplay, SearchDisplay

__all__ = [
    "ConfusionExamplesDisplay",
    "DigitGridDisplay",
    "HiddenUnitsDisplay",
    "LossCurveDisplay",
    "MaxiterCurveDisplay",
    "PredictionDisplay",
    "SearchDisplay",
]
