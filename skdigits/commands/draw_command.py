"""The command ``skdigits draw``: a page to draw a digit on, that a network reads."""

import argparse
import os
import warnings
from functools import partial
from pathlib import Path

import numpy as np
from scipy.special import logsumexp
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from skdigits import TwoLayerNNClassifier, load_model
from skdigits.commands.command import (
    OPTIONS,
    add_reading,
    check_labels,
    command,
    file_lines,
    load_data,
)
from skdigits.commands.steps import watched_fit
from skdigits.datasets import distorted, enlarged, find_form, normalize
from skdigits.pages import ink_of, make_draw_page, working_steps

ENOUGH = 16000  # rows; fewer are distorted until there are as many
AT_ONCE = 2**15  # pixels that are distorted together, 2 to 3 KiB each
STEPS = (1, 2, 5, 10, 20, 50, 100)  # iterations that the page's slider stops at, beside both ends
HELD_OUT = 1000  # rows that the temperature is fitted on, the same again where there are fewer
# Options of a page that trains, of one for a saved model, and of both.
EITHER = ("image_order",)
TRAINING = ("data", "seed", *(name for name in OPTIONS if name not in EITHER))
LOADING = ("image_shape", "ink")


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
        metavar="SOURCE",
        default=argparse.SUPPRESS,
        help="without MODEL: what to train on, as for fit --data: digits unless given; mnist reads "
        "best",
    )
    draw.add_argument(
        "--seed",
        type=int,
        default=argparse.SUPPRESS,
        help="without MODEL: of the split and the weights; 0 unless given",
    )
    draw.add_argument(
        "--image-shape",
        metavar="HxW",
        default=argparse.SUPPRESS,
        help="with MODEL: height and width of its images, if they are not square",
    )
    draw.add_argument(
        "--image-order",
        choices=("C", "F"),
        default=argparse.SUPPRESS,
        help="whether the rows of the data run over their images row by row (C) or column by "
        "column (F); of a MODEL that does not know, 20 x 20 ones are taken for F, others for C",
    )
    draw.add_argument(
        "--ink",
        type=float,
        metavar="VALUE",
        default=argparse.SUPPRESS,
        help="with MODEL: the value of a pixel full of ink in its data, such as 16 or 255; unless "
        "given, 1 or what a scaler before the network tells",
    )
    add_reading(draw, *EITHER)


def _draw(arguments):
    out = Path(arguments.out)
    if out.is_dir() or not os.access(out.absolute().parent, os.W_OK):
        raise ValueError(
            f"--out must be a file in a folder that can be written to, got {arguments.out}"
        )
    if arguments.model is not None and out.absolute() == Path(arguments.model).absolute():
        raise ValueError(f"--out must be another file than the model, got {arguments.out}")
    trains = arguments.model is None
    names = *TRAINING, *LOADING, *EITHER
    given = {name: getattr(arguments, name) for name in names if name in arguments}
    for name in given.keys() & (LOADING if trains else TRAINING):
        option = f"--{name.replace('_', '-')}"
        raise ValueError(f"{option} has a meaning only with{'' if trains else 'out'} a MODEL")
    make = _trained if trains else _loaded
    model, form, about, options, result, lines = make(arguments, given)
    page = make_draw_page(model, form, about, **options)
    out.write_text(page, encoding="utf-8")
    result["files"] = [str(out)]
    return result, [*lines, *file_lines(result["files"]), f"next        open {out} in a browser"]


def _loaded(arguments, given):
    model = load_model(arguments.model)
    # What the command remembers of the images that a model was trained on.
    shape, order = (getattr(model, f"image_{name}_", None) for name in ("shape", "order"))
    shape = _shape(given["image_shape"]) if "image_shape" in given else shape
    n_features = working_steps(model)[0].n_features_in_
    form = find_form(n_features, shape, given.get("image_order", order))
    height, width = form.shape
    about = f"The network in {Path(arguments.model).name}, for images of {height} x {width} pixels."
    ink = given["ink"] if "ink" in given else ink_of(model, form)
    lines = [
        f"model       {arguments.model}",
        f"ink         a pixel full of ink is taken for {ink:g} in its data; else give --ink",
    ]
    return model, form, about, {"ink": ink}, {"model": arguments.model, "ink": ink}, lines


def _shape(text):
    try:
        height, width = (int(side) for side in text.lower().split("x"))
    except ValueError as error:
        raise ValueError(f"--image-shape must be such as 28x28, got {text!r}") from error
    return height, width


def _trained(arguments, given):
    data, seed = given.get("data", "digits"), given.get("seed", 0)
    digits = load_data(arguments, data)
    check_labels(digits, data, "draw")
    form = find_form(digits.data.shape[1], digits.image_shape, digits.image_order)
    rows = np.arange(len(digits.data))
    train, test = train_test_split(rows, test_size=0.25, random_state=seed)
    X, y, told, copies = digits.data[train], digits.target[train], "as they are", 0
    if len(train) < ENOUGH:
        copies = -(-ENOUGH // len(train))
        told = f"each distorted in {copies} ways"
        distort = partial(distorted, rng=np.random.RandomState(seed))
        X = _as_drawn(digits.images[np.tile(train, copies)], form, distort)
        y = np.tile(y, copies)
    model = TwoLayerNNClassifier(
        100, maxiter=150, random_state=seed, verbose=0 if arguments.json else 1
    )
    with warnings.catch_warnings():  # 150 iterations are what is wanted
        warnings.simplefilter("ignore", ConvergenceWarning)
        steps = watched_fit(model, X, y, STEPS)
    held_out = _as_drawn(digits.images[test], form, enlarged), digits.target[test]
    accuracy = model.score(*held_out)
    temperature = _temperature_of_others(model, digits, test, form, seed, 2 if copies else 1)
    about = (
        f"{model.hidden_units} hidden units, trained on {len(train)} of {digits.DESCR} "
        f"They read {accuracy:.1%} of the other {len(test)} right. Drawings differ more than these "
        "do, so the percentages are set by held-out digits that were turned and bent "
        f"(temperature {temperature:.2f})."
    )
    options = {
        "temperature": temperature,
        "steps": {step: (network, network.score(*held_out)) for step, network in steps.items()},
    }
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
        "temperature": temperature,
    }
    lines = [
        f"data        {digits.DESCR}",
        f"            {len(train)} to train on, {told}; {len(test)} to test on",
        f"cost        {model.loss_:.6f} after {model.n_iter_} iterations",
        f"test        {accuracy:.1%} right, as if they had been drawn on the page",
    ]
    if not steps:
        lines.append("            no slider over the training, which needs scikit-learn 1.9")
    if data == "digits":
        lines.append("            --data mnist knows more hands, and reads other people's better")
    return model, form, about, options, result, lines


def _temperature_of_others(model, digits, test, form, seed, times):
    """The temperature of held-out digits, distorted once more than those that were trained on.

    As they stand they are of the same hands, which the network is not too sure of: 0.76 for
    scikit-learn's, 0.98 for MNIST's. Distorted twice scikit-learn's have 1.23; MNIST's digits, of
    other hands, read by the same network, 1.62.
    """
    rng = np.random.RandomState(seed)
    rows = np.resize(rng.permutation(test), HELD_OUT)
    images = digits.images[rows]
    for _ in range(times):
        X = _as_drawn(images, form, partial(distorted, rng=rng))
        images = np.array([row.reshape(form.shape, order=form.order) for row in X])
    return max(1.0, fitted_temperature(model.predict_proba(X), digits.target[rows], model.classes_))


def fitted_temperature(probabilities, y, classes):
    """The temperature, to 1%, at which the log-loss of rows is lowest (Guo and others, 2017)."""
    logs = np.log(np.maximum(probabilities, np.finfo(float).tiny, dtype=float))
    own = np.searchsorted(classes, y)[:, None]
    temperatures = np.geomspace(0.1, 10, 465)
    losses = [
        np.mean(logsumexp(Z, axis=1) - np.take_along_axis(Z, own, axis=1)[:, 0])
        for Z in (logs / temperature for temperature in temperatures)
    ]
    return float(temperatures[np.argmin(losses)])


def _as_drawn(images, form, enlarge):
    """Rows for images, enlarged and brought into their form as a drawing is on the page."""
    parts = np.array_split(images, -(-images.size // AT_ONCE))
    return np.array(
        [normalize(ink, form) for part in parts for ink in enlarge(part)], dtype=np.float32
    )
