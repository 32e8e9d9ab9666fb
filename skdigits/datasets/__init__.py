"""Where do digits come from?

`load_digits_images` is the one door to all of them; `normalize` brings a drawing into the form of
the digits that a network was trained on, `distorted` makes more of few.
"""

from skdigits.datasets.distortions import distorted as distorted  # for our own rooms
from skdigits.datasets.distortions import enlarged as enlarged
from skdigits.datasets.intensities import range_of as range_of
from skdigits.datasets.loader import load_digits_images
from skdigits.datasets.normalization import find_form, normalize
from skdigits.datasets.orders import remember_images as remember_images
from skdigits.datasets.orders import rows_for as rows_for
from skdigits.datasets.reduction import reduce_to_20

__all__ = ["find_form", "load_digits_images", "normalize", "reduce_to_20"]
