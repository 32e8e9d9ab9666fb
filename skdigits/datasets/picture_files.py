"""Pictures: one, or a folder of them with a subfolder a class. Pillow reads them."""

import warnings

import numpy as np

from skdigits.files import Unexpected

ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".pgm")
SPLITS = {"train": ("train", "training"), "test": ("test", "testing")}


def read_picture(path, stream, limit):
    """Pixels (1, height, width) of one picture."""
    return _pixels(path, stream, limit)[np.newaxis]


def read_folder(folder, split, limit):
    """(pixels (n, height, width), labels or None) of a folder of pictures."""
    below = {each.name.lower(): each for each in folder.iterdir() if each.is_dir()}
    other = [name for name in SPLITS["test" if split == "train" else "train"] if name in below]
    found = next((below[name] for name in SPLITS[split] if name in below), None)
    if found is None and (other or split == "test"):
        names = ", ".join(sorted(below)) or "none"
        raise Unexpected(folder, f"a folder {split!r} of split={split!r}", f"the folders {names}")
    folder = found or folder
    classes = {
        each.name: each for each in folder.iterdir() if each.is_dir() and each.name.isdigit()
    }
    paths, labels = [], []
    for name in sorted(classes, key=int):
        of_class = _pictures_in(classes[name])
        paths += of_class
        labels += [int(name)] * len(of_class)
    if not paths:
        paths, labels = _pictures_in(folder), None
    if not paths:
        expected = "pictures, or folders 0 to 9 of pictures (.png, .jpg, ...)"
        raise Unexpected(folder, expected, "neither")
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
    return images, None if labels is None else np.array(labels)


def _pictures_in(folder):
    return sorted(each for each in folder.iterdir() if _is_picture(each))


def _is_picture(path):
    return path.suffix.lower() in ENDINGS and not path.name.startswith(".")


def _pixels(path, stream, limit):
    """Grey pixels (height, width), uint8 or uint16; what is clear is paper, white."""
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
                    image = image.convert("RGBA")
                    image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
                return np.asarray(image.convert("L"))
    except Unexpected:
        raise
    except Exception as error:  # a damaged picture makes Pillow raise many things
        raise Unexpected(path, "a picture", f"{type(error).__name__}: {error}") from error
