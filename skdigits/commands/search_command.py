"""The command ``skdigits search``: which lambda, how many hidden units, how many iterations?"""

import shlex
import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier, save_model
from skdigits.commands import pictures
from skdigits.commands.command import (
    NAMES,
    add_reading,
    as_words,
    command,
    file_lines,
    labelled_digits,
    make_folder,
    program,
)
from skdigits.datasets import remember_images

BEST = 10  # candidates that are shown


def add_search(commands):
    """Add the command to argparse's subparsers."""
    search = command(
        commands, "search", _search, "skdigits-search", "try lambdas, hidden units and maxiter"
    )
    search.add_argument(
        "--data", default="digits", metavar="SOURCE", help="as for fit --data; it needs labels"
    )
    add_reading(search)
    for name, default in (
        ("--hidden-units", "10,25,50"),
        ("--lambda", "0.1,0.3,1,3,10,30"),
        ("--maxiter", "50,100,200"),
    ):
        search.add_argument(
            name,
            default=default,
            metavar="VALUES",
            dest=name.removeprefix("--").replace("-", "_").replace("lambda", "reg_lambda"),
            help="a list such as 1,3,10, or FIRST:LAST:COUNT: 10:50:5 for 5 in equal steps, "
            "0.1:30:6log for 6 in equal ratios",
        )
    search.add_argument("--cv", type=int, default=5, metavar="N", help="folds")
    search.add_argument("--n-jobs", type=int, default=2, metavar="N", help="processes")
    search.add_argument("--activation", default="logistic", help="logistic, tanh or relu")
    search.add_argument("--output-activation", default="softmax", help="softmax or sigmoid")
    search.add_argument(
        "--warm-path",
        action="store_true",
        help="lambdas from small to large, each fit from where the one before ended",
    )
    search.add_argument(
        "--cache-dir", metavar="DIR", help="keep finished fits here, to go on after a stop"
    )
    search.add_argument("--test-size", type=float, default=0.25, help="fraction of rows to test on")
    search.add_argument("--seed", type=int, default=0, help="of the split and the weights")


def parse_values(text, kind, name):
    """The values of a list such as "1,3,10" or a range such as "0.1:30:6log" """
    try:
        if ":" not in text:
            return [kind(part) for part in text.split(",")]
        first, last, count = text.split(":")
        space = np.geomspace if count.endswith("log") else np.linspace
        values = space(float(first), float(last), int(count.removesuffix("log")))
        # Numbers that can be read and typed again.
        return [kind(float(f"{value:.3g}")) for value in values]
    except ValueError as error:
        raise ValueError(
            f"{name} must be a list such as 1,3,10 or a range such as 0.1:30:6log, got {text!r}"
        ) from error


def _at_the_edge(grid, best):
    """A line for each choice than which there may be a better one outside of the grid."""
    lines = []
    for name, value in best.items():
        values = sorted(grid[name])
        if len(values) > 1 and value in (values[0], values[-1]):
            side = "smallest" if value == values[0] else "largest"
            lines.append(
                f"note        {NAMES[name]} {value:g} is the {side} that was tried: try "
                f"{'smaller' if side == 'smallest' else 'larger'} ones too"
            )
    return lines


def _search(arguments):
    digits = labelled_digits(arguments, "search")
    if arguments.cv < 2:
        raise ValueError(f"--cv must be at least 2, got {arguments.cv}")
    pictures.load_matplotlib()
    grid = {
        "hidden_units": parse_values(arguments.hidden_units, int, "--hidden-units"),
        "reg_lambda": parse_values(arguments.reg_lambda, float, "--lambda"),
        "maxiter": parse_values(arguments.maxiter, int, "--maxiter"),
    }
    X, X_test, y, y_test = train_test_split(
        digits.data, digits.target, test_size=arguments.test_size, random_state=arguments.seed
    )
    model = TwoLayerNNClassifier(
        activation=arguments.activation,
        output_activation=arguments.output_activation,
        random_state=arguments.seed,
    )
    search = BatchedGridSearchCV(
        model,
        grid,
        cv=arguments.cv,
        n_jobs=arguments.n_jobs,
        verbose=0 if arguments.json else 1,
        error_score="raise",
        warm_path=arguments.warm_path,
        cache_dir=arguments.cache_dir,
    )
    begin = time.perf_counter()
    with warnings.catch_warnings():  # to stop at maxiter is what is tried
        warnings.simplefilter("ignore", ConvergenceWarning)
        search.fit(X, y)
    seconds = time.perf_counter() - begin
    out = make_folder(arguments.out)
    path = out / "model.skops"
    remember_images(search.best_estimator_, digits)
    save_model(search.best_estimator_, path)
    drawn = pictures.draw_search(out, search)
    found = search.cv_results_
    order = np.argsort(found["rank_test_score"], kind="stable")[:BEST]
    best = [
        found["params"][k]
        | {
            "score": float(found["mean_test_score"][k]),
            "std": float(found["std_test_score"][k]),
            "seconds": float(found["mean_fit_time"][k]),
        }
        for k in order
    ]
    result = {
        "data": {"description": digits.DESCR, "training_rows": len(y), "test_rows": len(y_test)},
        "grid": grid,
        "folds": arguments.cv,
        "fits": len(found["params"]) * arguments.cv,
        "seconds": round(seconds, 3),
        "best": best,
        "test_accuracy": search.score(X_test, y_test),
        "files": [str(file) for file in [*drawn, path]],
    }
    lines = [
        f"data        {digits.DESCR}",
        f"            {len(y)} rows to search on, {len(y_test)} to test on",
        f"cost        {arguments.output_activation} outputs, the penalty in the features' units; "
        "fit's is the post's unless told: sigmoid, plain units",
        f"fits        {result['fits']} on {arguments.cv} folds in {seconds:.1f} s",
        "",
        f"{'hidden units':>12}{'lambda':>10}{'maxiter':>9}{'accuracy':>11}{'+-':>8}",
        *(
            f"{row['hidden_units']:12}{row['reg_lambda']:10.4g}{row['maxiter']:9}"
            f"{row['score']:11.2%}{row['std']:8.2%}"
            for row in best
        ),
        "",
        f"chosen      {as_words(search.best_params_)}",
        f"test        {result['test_accuracy']:.1%} right, fitted on all rows to search on",
        *_at_the_edge(grid, search.best_params_),
        *file_lines(result["files"]),
        f"next        {program()} draw {shlex.quote(str(path))}",
    ]
    return result, lines
