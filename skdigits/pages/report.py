"""A report of a fit: one HTML file that opens from disk."""

import html
import platform
import time

import numpy as np
import scipy
import sklearn
from sklearn.metrics import precision_recall_fscore_support

from skdigits import __version__
from skdigits.pages.html_page import asset, filled, picture, table, tiles
from skdigits.plotting import diverging, full_ink

MISREAD = 48  # digits that are shown at most
EARLY, EARLY_UNITS = (0, 2, 10, 30), 10  # iterations and units that show how it learned


def make_report(model, digits, test, displays, result, steps=None):
    """Make the page.

    Parameters
    ----------
    model : TwoLayerNNClassifier or TwoLayerNNClassifierCV
        The fitted classifier.
    digits : Bunch
        All digits, as `load_digits_images` returns them.
    test : ndarray of int
        The rows to test on.
    displays : dict of displays
        The pictures of the experiment, by the names of their files.
    result : dict
        What the command tells.
    steps : dict of int to TwoLayerNNClassifier, default=None
        The networks that the model was on its way, by their iterations, the model itself last.

    Returns
    -------
    page : str
        The HTML, complete.
    """
    y = digits.target[test]
    probabilities = model.predict_proba(digits.data[test])
    predicted = model.predict(digits.data[test])
    wrong = np.flatnonzero(predicted != y)
    surest = wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:MISREAD]
    shown = {name.removesuffix(".png"): display for name, display in displays.items()}
    black = full_ink(digits.images)
    return filled(
        asset("report.html"),
        style=asset("page.css") + asset("report.css"),
        title=f"{result['test_accuracy']:.1%} of {len(y)} test digits right",
        data=html.escape(result["data"]["description"]),
        numbers=_numbers(result),
        settings=table(result["settings"].items()),
        outcome=table(_outcome(result)),
        digits=picture(shown["digits"].figure_, "Some of the digits"),
        path=_path(shown),
        curve=picture(shown["loss_curve"].figure_, "The cost against the iterations"),
        learning=_learning(shown, steps, digits),
        classes=table(_classes(y, predicted), ("digit", "tested", "found", "right", "F1")),
        confusion=picture(shown["confusion"].figure_, "How often each digit was taken for each"),
        confused=_confused(shown["confused"], black),
        misread=tiles(
            digits.images[test][surest],
            [f"{y[row]} read as {predicted[row]}" for row in surest],
            black,
        ),
        misread_about=_misread_about(len(wrong), len(surest)),
        units=_units(shown["hidden_units"]),
        made=html.escape(_made()),
    )


def _path(shown):
    """The picture of a committee's path, if there is one."""
    if "path" not in shown:
        return ""
    told = "The score of held-out rows against lambda"
    return f"<section><h2>Which lambda</h2>{picture(shown['path'].figure_, told)}</section>"


def _learning(shown, steps, digits):
    """Accuracy on the way, and the strongest hidden units early and late, where it was watched."""
    if not steps:
        return ""
    *_, (last, model) = steps.items()
    order = np.argsort(-np.linalg.norm(model.coefs_[1], axis=1))[:EARLY_UNITS]
    rows = []
    for step in sorted({*EARLY} & steps.keys() | {last}):
        W1 = steps[step].coefs_[0].T[order]
        images = [row.reshape(digits.image_shape, order=digits.image_order) for row in W1]
        title = f"after {step} iteration{'s' * (step != 1)}" if step else "before training"
        limit = shown["hidden_units"].limit
        units = tiles(images, [""] * len(images), limit, -limit, diverging())
        rows.append(f"<h3>Hidden units {title}</h3>{units}")
    told = "The share of training and test digits that are right against the iterations"
    about = (
        "Below the hidden units that say most in the end, each in its place, on one scale: blue "
        "where ink speaks for a unit, orange where against it, white where it says nothing."
    )
    return (
        f'<section class="learning"><h2>How it learned</h2>'
        f"{picture(shown['learning'].figure_, told)}"
        f'<p class="about">{about}</p>{"".join(rows)}</section>\n'
    )


def _numbers(result):
    """The four figures at the top."""
    figures = {
        "of the test digits right": f"{result['test_accuracy']:.1%}",
        "of the training digits right": f"{result['training_accuracy']:.1%}",
        "cost": f"{result['cost']:.4g}",
        "seconds": f"{result['seconds']:.1f}",
    }
    return "".join(
        f"<div><strong>{value}</strong><span>{name}</span></div>" for name, value in figures.items()
    )


def _outcome(result):
    """Rows of the table of what training did."""
    rows = [
        ("rows to train on", result["data"]["training_rows"]),
        ("rows to test on", result["data"]["test_rows"]),
        ("cost", f"{result['cost']:.6f}"),
        ("iterations", result["iterations"]),
    ]
    if "members" in result:
        tried = ", ".join(f"{value:.3g}" for value in result["reg_lambdas"])
        return [
            *rows,
            ("lambda chosen", f"{result['reg_lambda']:.3g}"),
            ("of", tried),
            ("log-loss of held-out rows", f"{result['held_out_log_loss']:.4f}"),
            ("networks that predict together", result["members"]),
        ]
    return [
        *rows,
        ("evaluations", result["evaluations"]),
        ("converged", "yes" if result["optimizer"]["success"] else "no"),
        ("the optimizer says", result["optimizer"]["message"]),
    ]


def _classes(y, predicted):
    """Rows of the table of digits: of those tested how many were found, and the like."""
    labels = np.unique(y)
    scores = precision_recall_fscore_support(y, predicted, labels=labels, zero_division=0)
    return [
        (label, count, f"{recall:.1%}", f"{precision:.1%}", f"{f1:.3f}")
        for label, precision, recall, f1, count in zip(labels, *scores, strict=True)
    ]


def _confused(display, black):
    """The pairs confused most, some digits of each."""
    return (
        "".join(
            f"<h3>{html.escape(title)}</h3>{tiles(images, [''] * len(images), black)}"
            for title, images in zip(display.titles, display.images, strict=True)
        )
        or '<p class="about">No pair.</p>'
    )


def _units(display):
    """The hidden units, on the scale of their display, which is told."""
    limit = display.limit
    about = (
        "Blue where ink speaks for a unit, orange where against it, white where it says nothing; "
        f"the scale ends at a weight of {limit:.2g}. Those that say most come first, each above "
        "the digit that it says most for."
    )
    units = tiles(display.images, display.titles, limit, -limit, diverging())
    return f'<p class="about">{about}</p>{units}'


def _misread_about(n_wrong, n_shown):
    if n_wrong == 0:
        return "None of the test digits."
    if n_wrong == n_shown:
        return f"All {n_wrong}, those first of which the network was surest."
    return f"{n_shown} of {n_wrong}, those of which the network was surest."


def _made():
    versions = (
        f"skdigits {__version__}, scikit-learn {sklearn.__version__}, "
        f"numpy {np.__version__}, scipy {scipy.__version__}, Python {platform.python_version()}"
    )
    return f"{time.strftime('%Y-%m-%d %H:%M')} · {versions}"
