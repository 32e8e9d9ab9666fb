"""The command ``skdigits predict``: what does a saved model read?"""

import argparse
import csv
import warnings
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score

from skdigits import load_model
from skdigits.commands import pictures
from skdigits.commands.command import add_reading, command, file_lines, load_data, make_folder
from skdigits.datasets import rows_for

LISTED = 20  # predictions of unlabelled rows that are printed


def add_predict(commands):
    """Add the command to argparse's subparsers."""
    predict = command(
        commands,
        "predict",
        _predict,
        "skdigits-predictions",
        "recognise digits with a saved model",
        kind="DIR or FILE.csv",
    )
    predict.add_argument(
        "model", metavar="MODEL", help="the model.skops that fit wrote, or an .npz of save_model"
    )
    predict.add_argument("data", metavar="SOURCE", help="as for fit --data")
    add_reading(predict)
    predict.add_argument(
        "--row", type=int, default=argparse.SUPPRESS, help="one image, counted from 0; else all"
    )
    predict.add_argument("--seed", type=int, default=0, help="which images are drawn")


def _predict(arguments):
    model = load_model(arguments.model)
    if not hasattr(model, "predict_proba"):
        raise ValueError(f"{arguments.model}: expected a classifier with probabilities")
    digits = load_data(arguments, arguments.data)
    X, images = rows_for(model, digits, arguments.data), digits.images
    rows = np.arange(len(X))
    row = getattr(arguments, "row", None)
    if row is not None:
        if not 0 <= row < len(rows):
            raise ValueError(f"--row must be from 0 to {len(rows) - 1}, got {row}")
        rows = rows[[row]]
    X, images = X[rows], images[rows]
    names = digits.filenames and [digits.filenames[k] for k in rows]
    y = None if digits.target is None else digits.target[rows]
    if y is not None and model.classes_.dtype.kind not in "biuf":
        warnings.warn(
            f"the labels of {arguments.data} are digits, the model's classes names such as "
            f"{model.classes_[0]!s}: they are not compared",
            stacklevel=2,
        )
        y = None
    predicted, probabilities = model.predict(X), model.predict_proba(X)
    result = {
        "data": {"description": digits.DESCR, "rows": len(rows)},
        "names": names,
        "predictions": predicted.tolist(),
        "classes": model.classes_.tolist(),
        "probabilities": probabilities.tolist(),
        "labels": None if y is None else y.tolist(),
        "accuracy": None if y is None else accuracy_score(y, predicted),
    }
    told = probabilities.max(axis=1)
    if Path(arguments.out).suffix.lower() == ".csv":
        path = Path(arguments.out)
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            columns = {"row": rows, "label": predicted, "probability": [f"{p:.6f}" for p in told]}
            columns |= {"file": names} if names else {}
            table.writerow(columns)
            table.writerows(zip(*columns.values(), strict=True))
    else:
        path = make_folder(arguments.out) / "predictions.png"
        pictures.draw_predictions(model, X, images, y, arguments.seed, path)
    result["files"] = [str(path)]
    lines = [f"data        {digits.DESCR}"]
    if row is not None:
        order = np.argsort(-probabilities[0])[:3]
        likely = [f"{model.classes_[k]} ({probabilities[0, k]:.1%})" for k in order]
        lines.append(f"row {row:<8}{', '.join(likely)}")
    if y is not None and row is not None:
        lines.append(f"label       {y[0]}")
    elif y is not None:
        lines.append(
            f"accuracy    {result['accuracy']:.1%} of {len(rows)} right "
            "(more than on new digits, if it was trained on some of these)"
        )
    elif row is None:
        lines += [f"{'row':>12}{'label':>8}{'probability':>14}{'  file' if names else ''}"]
        files = [f"  {name}" for name in names] if names else [""] * len(rows)
        listed = zip(rows[:LISTED], predicted, told, files, strict=False)
        lines += [f"{k:12}{label!s:>8}{p:14.1%}{file}" for k, label, p, file in listed]
        if len(rows) > LISTED:
            lines.append(f"{'...':>12}  and {len(rows) - LISTED} more: --out FILE.csv writes all")
    return result, [*lines, *file_lines(result["files"])]
