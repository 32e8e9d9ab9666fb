"""The command ``skdigits draw``: a page to draw a digit on, that a network reads."""

import warnings
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from skdigits import TwoLayerNNClassifier, load_model
from skdigits.command import command, file_lines
from skdigits.datasets import load_digits_images
from skdigits.distortions import distorted, enlarged
from skdigits.draw_page import make_draw_page
from skdigits.normalization import find_form, normalize

ENOUGH = 16000  # rows; fewer are distorted until there are as many
AT_ONCE = 500  # images that are distorted together, some 100 MiB


def add_draw(commands):
    """Add the command to argparse's subparsers."""
    draw = command(
        commands, "draw", _draw, "draw.html", "make a page to draw digits on", kind="FILE"
    )
    draw.add_argument(
        "model",
        nargs="?",
        metavar="MODEL",
        help="a saved model, .skops or .npz; without one, a network is trained first",
    )
    draw.add_argument(
        "--data",
        default="digits",
        metavar="SOURCE",
        help="without MODEL: what to train on, as for fit --data; mnist reads best",
    )
    draw.add_argument("--seed", type=int, default=0, help="without MODEL: of split and weights")
    draw.add_argument(
        "--image-shape",
        metavar="HxW",
        help="with MODEL: height and width of its images, if they are not square",
    )
    draw.add_argument(
        "--image-order",
        choices=("C", "F"),
        help="with MODEL: whether its images run row by row (C) or column by column (F); 20 x 20 "
        "ones are taken for the course's, which are F, others for C",
    )


def _draw(arguments):
    out = Path(arguments.out)
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise ValueError(f"--out must be a file in a folder that exists, got {arguments.out}")
    make = _trained if arguments.model is None else _loaded
    model, form, about, result, lines = make(arguments)
    out.write_text(make_draw_page(model, form, about), encoding="utf-8")
    result["files"] = [str(out)]
    return result, [*lines, *file_lines(result["files"]), f"next        open {out} in a browser"]


def _loaded(arguments):
    model = load_model(arguments.model)
    shape = None if arguments.image_shape is None else _shape(arguments.image_shape)
    form = find_form(model.n_features_in_, shape, arguments.image_order)
    height, width = form.shape
    about = f"The network in {Path(arguments.model).name}, for images of {height} x {width} pixels."
    return model, form, about, {"model": arguments.model}, [f"model       {arguments.model}"]


def _shape(text):
    try:
        height, width = (int(side) for side in text.lower().split("x"))
    except ValueError as error:
        raise ValueError(f"--image-shape must be such as 28x28, got {text!r}") from error
    return height, width


def _trained(arguments):
    digits = load_digits_images(arguments.data)
    if digits.target is None:
        raise ValueError(f"--data {arguments.data} has no labels, which draw needs to train")
    form = find_form(digits.data.shape[1], digits.image_shape, digits.image_order)
    rows = np.arange(len(digits.data))
    train, test = train_test_split(rows, test_size=0.25, random_state=arguments.seed)
    X, y, told, copies = digits.data[train], digits.target[train], "as they are", 0
    if len(train) < ENOUGH:
        copies = -(-ENOUGH // len(train))
        told = f"each distorted in {copies} ways"
        distort = partial(distorted, rng=np.random.RandomState(arguments.seed))
        X = _as_drawn(digits.images[np.tile(train, copies)], form, distort)
        y = np.tile(y, copies)
    model = TwoLayerNNClassifier(
        100,
        maxiter=150,
        progressive_sampling="auto",
        random_state=arguments.seed,
        verbose=0 if arguments.json else 1,
    )
    with warnings.catch_warnings():  # 150 iterations are what is wanted
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y)
    accuracy = model.score(_as_drawn(digits.images[test], form, enlarged), digits.target[test])
    about = (
        f"{model.hidden_units} hidden units, trained on {len(train)} of {digits.DESCR} "
        f"They read {accuracy:.1%} of the other {len(test)} right."
    )
    result = {
        "data": {
            "description": digits.DESCR,
            "training_rows": len(train),
            "test_rows": len(test),
            "copies": copies,
        },
        "cost": model.loss_,
        "iterations": model.n_iter_,
        "test_accuracy": accuracy,
    }
    lines = [
        f"data        {digits.DESCR}",
        f"            {len(train)} to train on, {told}; {len(test)} to test on",
        f"cost        {model.loss_:.6f} after {model.n_iter_} iterations",
        f"test        {accuracy:.1%} right, as if they had been drawn on the page",
    ]
    return model, form, about, result, lines


def _as_drawn(images, form, enlarge):
    """Rows for images, enlarged and brought into their form as a drawing is on the page."""
    parts = np.array_split(images, -(-len(images) // AT_ONCE))
    return np.array(
        [normalize(ink, form) for part in parts for ink in enlarge(part)], dtype=np.float32
    )
