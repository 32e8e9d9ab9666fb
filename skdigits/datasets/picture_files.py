"""Pictures: one, or a folder of them with a subfolder a class. Pillow reads them."""

import re
import warnings
from typing import NamedTuple

import numpy as np

from skdigits.files import Unexpected

ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".pgm")
SPLITS = {"train": ("train", "training"), "test": ("test", "testing")}


def read_picture(path, stream, limit):
    """Pixels (1, height, width) of one picture."""
    return _pixels(path, stream, limit)[np.newaxis]


class Folder(NamedTuple):
    """What a folder holds."""

    pixels: np.ndarray  # (n, height, width)
    labels: np.ndarray | None  # (n,)
    paths: list  # of the pictures
    left_aside: list  # names of what is no picture, and no folder of a digit


def read_folder(folder, split, limit):
    """The Folder of pictures, each digit's in a subfolder, or none in any."""
    folder = _part(folder, split)
    there = [each for each in folder.iterdir() if not each.name.startswith(".")]
    loose = _in_order(filter(_is_picture, there))
    classes = _in_order(each for each in there if each.is_dir() and each.name.isdigit())
    other = [each for each in there if each not in loose and each not in classes]
    paths, labels = loose, None
    if classes:
        if loose:
            found = f"both, such as {loose[0].name} and {classes[0].name}/"
            raise Unexpected(folder, "pictures in folders of digits, or beside one another", found)
        of_class = [_in_order(filter(_is_picture, each.iterdir())) for each in classes]
        paths = [path for one in of_class for path in one]
        labels = np.repeat([int(each.name) for each in classes], [len(one) for one in of_class])
    if not paths:
        names = ", ".join(sorted(each.name for each in there)[:5])
        expected = "pictures, or folders 0 to 9 of pictures (.png, .jpg, ...)"
        raise Unexpected(folder, expected, names or "nothing")
    limit = limit._replace(file_size=sum(path.stat().st_size for path in paths))
    images = None
    for k, path in enumerate(paths):
        with open(path, "rb") as stream:
            image = _pixels(path, stream, limit)
        if images is None:
            limit.check("pictures", image.nbytes * len(paths), image.size * 4 * len(paths))
            images = np.empty((len(paths), *image.shape), image.dtype)
        if image.shape != images.shape[1:] or image.dtype != images.dtype:
            found = f"{image.shape} and {images.shape[1:]}"
            raise Unexpected(path, "pictures all of one size and depth", found)
        images[k] = image
    return Folder(images, labels, paths, sorted(each.name for each in other))


def _part(folder, split):
    """The folder of a split, or the folder itself where there are no splits."""
    below = {each.name.lower(): each for each in folder.iterdir() if each.is_dir()}
    other = [name for name in SPLITS["test" if split == "train" else "train"] if name in below]
    found = next((below[name] for name in SPLITS[split] if name in below), None)
    if found is None and (other or split == "test"):
        names = ", ".join(sorted(below)) or "none"
        raise Unexpected(folder, f"a folder {split!r} of split={split!r}", f"the folders {names}")
    return found or folder


def _in_order(paths):
    """By name, but 10.png after 9.png."""
    return sorted(
        paths,
        key=lambda path: [
            (len(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", path.name)
        ],
    )


def _is_picture(path):
    return path.suffix.lower() in ENDINGS and not path.name.startswith(".")


def _pixels(path, stream, limit):
    """Grey pixels (height, width), uint8 or uint16; what is clear is paper."""
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise ImportError(f"{path}: pictures need Pillow: pip install pillow") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow's own limit; ours is below
            with Image.open(stream) as image:
                limit.check("a picture", image.width * image.height, 4 * image.width * image.height)
                if image.mode == "F":
                    return np.asarray(image)
                if image.mode.startswith("I"):
                    return np.asarray(image)
                image = ImageOps.exif_transpose(image)  # telephones lay pictures on their side
                if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
                    image = _on_paper(image.convert("RGBA"))
                return np.asarray(image.convert("L"))
    except Unexpected:
        raise
    except Exception as error:  # a damaged picture makes Pillow raise many things
        raise Unexpected(path, "a picture", f"{type(error).__name__}: {error}") from error


def _on_paper(image):
    """What is clear in a picture becomes paper: black under light strokes, white under dark."""
    from PIL import Image

    grey, opaque = (np.asarray(part, float) for part in (image.convert("L"), image.split()[3]))
    light = np.sum(grey * opaque) > 127.5 * np.sum(opaque)
    paper = Image.new("RGBA", image.size, "black" if light else "white")
    return Image.alpha_composite(paper, image)
