"""The command ``skdigits``: the experiment, a search, predictions with a saved model, two moons."""

import argparse
import json
import os
import shlex
import sys
import time
import warnings

import numpy as np
from sklearn.datasets import make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split

from skdigits import (
    TwoLayerNNClassifier,
    TwoLayerNNClassifierCV,
    __version__,
    save_model,
)
from skdigits.commands import pictures
from skdigits.commands.command import (
    NAMES,
    OPTIONS,
    add_reading,
    as_words,
    command,
    file_lines,
    in_options,
    joined,
    labelled_digits,
    make_folder,
    program,
)
from skdigits.commands.draw_command import add_draw
from skdigits.commands.export_command import add_export
from skdigits.commands.predict_command import add_predict
from skdigits.commands.search_command import add_search
from skdigits.commands.steps import REPORTED, watched_fit
from skdigits.datasets import remember_images
from skdigits.pages import make_report
from skdigits.plotting import confused_pairs

DESCRIPTION = "A small neural network for handwritten digits: train, search, predict, draw."
FIT_HELP = """\
Without a command, skdigits runs skdigits fit and takes its options: the experiment of the blog
post that it began as. It trains a network of one hidden layer on handwritten digits, with lambda 3,
10 hidden units and 200 iterations of conjugate gradients, and looks at the result.
"""


def main(argv=None):
    """Run the command.

    Parameters
    ----------
    argv : list of str, default=None
        The arguments; None takes those of the process.

    Returns
    -------
    code : int
        0; 2 after an error, which is one line on stderr; 130 after Ctrl-C outside of a fit.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    if not argv or (argv[0].startswith("-") and argv[0] not in ("-h", "--help", "--version")):
        argv = ["fit", *argv]
    arguments = _parser().parse_args(joined(argv))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result, lines = arguments.run(arguments)
        except (ValueError, OSError, ImportError, MemoryError) as error:
            text = in_options(" ".join(str(error).split()))
            print(f"skdigits: error: {text}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:  # within a fit it ends the fit, and the rest is done
            print("skdigits: interrupted", file=sys.stderr)
            return 130
    for warning in caught:
        if not issubclass(warning.category, DeprecationWarning | FutureWarning):
            text = str(warning.message)
            if issubclass(warning.category, ConvergenceWarning):  # its advice is for Python
                text = text.split(":")[0]
            print(f"note: {text}", file=sys.stderr)
    try:
        print(json.dumps(result, indent=2) if arguments.json else "\n".join(lines), flush=True)
    except BrokenPipeError:  # who reads it, say `head`, has seen enough; the files are written
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"skdigits: error: {message} (see {self.prog} --help)\n")


def _parser():
    parser = _Parser(prog="skdigits", description=DESCRIPTION, epilog=FIT_HELP)
    parser.add_argument("--version", action="version", version=f"skdigits {__version__}")
    commands = parser.add_subparsers(title="commands (each has --help)", required=True)

    fit = command(commands, "fit", _fit, "skdigits-experiment", "train on digits and look")
    fit.add_argument(
        "--data",
        default="digits",
        metavar="SOURCE",
        help="digits (scikit-learn's 8 x 8), mnist, mnist5000, a file (a table such as .csv, .npz, "
        ".mat, MNIST's IDX images, a picture; also packed), or a folder of pictures",
    )
    add_reading(fit)
    _settings(
        fit, hidden_units=10, reg_lambda=3.0, solver="CG", coordinates="plain", output="sigmoid"
    )
    fit.add_argument(
        "--cv",
        type=int,
        nargs="?",
        const=5,
        default=argparse.SUPPRESS,
        metavar="FOLDS",
        help="choose lambda by cross-validation, with 5 folds unless given; then as many networks "
        "predict together, of 25 hidden units and with softmax unless given",
    )
    fit.add_argument("--test-size", type=float, default=0.25, help="fraction of rows to test on")
    fit.add_argument(
        "--report", action="store_true", help="write all of it into one page too, report.html"
    )

    add_search(commands)
    add_draw(commands)

    add_predict(commands)

    add_export(commands)

    moons = command(commands, "moons", _moons, "skdigits-moons", "the boundary between two moons")
    _settings(
        moons,
        hidden_units=10,
        reg_lambda=0.01,
        solver="L-BFGS-B",
        coordinates="scaled",
        output="softmax",
    )
    moons.add_argument("--noise", type=float, default=0.2, help="standard deviation of the noise")
    return parser


class _Remembered(argparse.Action):
    """Stores the value, and that it was given."""

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, values)
        namespace.given = {**getattr(namespace, "given", {}), self.dest: option_string}


def _settings(command, hidden_units, *, reg_lambda, solver, coordinates, output):
    command.register("action", None, _Remembered)  # of all that only store
    command.add_argument(
        "--hidden-units", type=int, default=hidden_units, metavar="N", help="how many"
    )
    command.add_argument(
        "--lambda",
        type=float,
        default=reg_lambda,
        dest="reg_lambda",
        metavar="LAMBDA",
        help="strength of the penalty on the weights, at least 0",
    )
    command.add_argument(
        "--maxiter", type=int, default=200, metavar="N", help="the most iterations"
    )
    command.add_argument(
        "--solver",
        default=solver,
        help="L-BFGS-B, CG, BFGS, Newton-CG, TNC, trust-ncg or trust-krylov",
    )
    command.add_argument(
        "--coordinates",
        default=coordinates,
        help="the variables that the solver works in: scaled (the fastest), centered or plain; "
        "plain also penalises the weights as they are (standardize=False), the others in units of "
        "the features' spread",
    )
    command.add_argument("--activation", default="logistic", help="logistic, tanh or relu")
    command.add_argument("--output-activation", default=output, help="softmax or sigmoid")
    command.add_argument("--seed", type=int, default=0, help="of the split and the weights")


def _train(arguments, X, y):
    """(fitted model, settings, seconds, steps); the pictures that follow are known to be possible.

    steps are what `watched_fit` returns, of a report; else there are none.
    """
    pictures.load_matplotlib()
    verbose = 0 if arguments.json else 1
    if "cv" in arguments:
        settings = _settings_of_committee(arguments)
        model = TwoLayerNNClassifierCV(**settings, random_state=arguments.seed, verbose=verbose)
    else:
        names = ("hidden_units", "reg_lambda", "maxiter", "solver", "coordinates")
        names += ("activation", "output_activation")
        settings = {name: getattr(arguments, name) for name in names}
        # Plain coordinates are the post's, whose penalty is on the weights as they are.
        settings["standardize"] = arguments.coordinates != "plain"
        model = TwoLayerNNClassifier(**settings, random_state=arguments.seed, verbose=verbose)
    begin = time.perf_counter()
    if getattr(arguments, "report", False):
        steps = watched_fit(model, X, y, REPORTED)
    else:
        model.fit(X, y)
        steps = {}
    return model, settings | {"seed": arguments.seed}, time.perf_counter() - begin, steps


def _settings_of_committee(arguments):
    """What a committee is asked for: what was given, of what it can be given."""
    given = getattr(arguments, "given", {})
    for name in ("reg_lambda", "maxiter", "solver", "coordinates"):
        if name in given:
            raise ValueError(
                f"{given[name]} is of one network; --cv chooses lambda, and trains in its own way: "
                "leave one of the two out"
            )
    if arguments.cv < 2:
        raise ValueError(f"--cv must be at least 2 folds, got {arguments.cv}")
    names = [name for name in ("hidden_units", "activation", "output_activation") if name in given]
    return {"cv": arguments.cv} | {name: getattr(arguments, name) for name in names}


def _fit(arguments):
    digits = labelled_digits(arguments, "fit")
    rows = np.arange(len(digits.data))
    train, test = train_test_split(rows, test_size=arguments.test_size, random_state=arguments.seed)
    model, settings, seconds, steps = _train(arguments, digits.data[train], digits.target[train])
    remember_images(model, digits)
    out = make_folder(arguments.out)
    path = out / "model.skops"
    save_model(model, path)
    predicted = model.predict(digits.data[test])
    displays = pictures.draw_experiment(model, digits, test, arguments.seed)
    if steps:
        displays["learning.png"] = pictures.draw_learning(steps, digits, train, test)
    drawn = pictures.save_pictures(out, displays)
    outcome = _outcome_of_committee if "cv" in arguments else _outcome
    result = {
        "data": {"description": digits.DESCR, "training_rows": len(train), "test_rows": len(test)},
        "settings": settings,
        **outcome(model, seconds),
        "training_accuracy": model.score(digits.data[train], digits.target[train]),
        "test_accuracy": accuracy_score(digits.target[test], predicted),
        "most_confused": _most_confused(digits.target[test], predicted),
    }
    if arguments.report:
        drawn.append(out / "report.html")
        page = make_report(model, digits, test, displays, result, steps)
        drawn[-1].write_text(page, encoding="utf-8")
    result["files"] = [str(file) for file in [*drawn, path]]
    confused = [
        f"{pair['true']} read as {pair['predicted']} ({_times(pair['times'])})"
        for pair in result["most_confused"]
    ]
    lines = [
        f"data        {digits.DESCR}",
        f"            {len(train)} rows to train on, {len(test)} to test on",
        f"settings    {as_words(settings)}",
        *_outcome_lines(result),
        f"training    {result['training_accuracy']:.1%} right",
        f"test        {result['test_accuracy']:.1%} right",
        f"confused    {', '.join(confused) or 'none'}",
        *file_lines(result["files"]),
        f"next        {program()} predict {shlex.quote(str(path))} {_as_given(arguments)} "
        f"--row {test[0]}",
    ]
    return result, lines


def _times(n):
    return "once" if n == 1 else f"{n} times"


def _as_given(arguments):
    """The source of the data and how it is to be read, to be typed again."""
    given = [(name, getattr(arguments, name)) for name in OPTIONS if name in arguments]
    options = [f"{NAMES[name]}={shlex.quote(str(value))}" for name, value in given]
    return " ".join([shlex.quote(arguments.data), *options])


def _moons(arguments):
    if not 0 <= arguments.noise < np.inf:
        raise ValueError(f"--noise must be >= 0, got {arguments.noise}")
    X, y = make_moons(500, noise=arguments.noise, random_state=arguments.seed)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=arguments.seed)
    model, settings, seconds, _ = _train(arguments, X_train, y_train)
    out = make_folder(arguments.out)
    result = {
        "data": {"description": f"two moons, 500 points, noise {arguments.noise:g}"},
        "settings": settings,
        **_outcome(model, seconds),
        "training_accuracy": model.score(X_train, y_train),
        "test_accuracy": model.score(X_test, y_test),
        "files": [str(out / "moons.png")],
    }
    pictures.draw_moons(model, X, y, out / "moons.png")
    lines = [
        f"data        {result['data']['description']}",
        f"settings    {as_words(settings)}",
        *_outcome_lines(result),
        f"training    {result['training_accuracy']:.1%} right",
        f"test        {result['test_accuracy']:.1%} right",
        *file_lines(result["files"]),
    ]
    return result, lines


# --- what is told -------------------------------------------------------------------------------


def _outcome(model, seconds):
    outcome = model.optimize_result_
    return {
        "cost": model.loss_,
        "iterations": model.n_iter_,
        "evaluations": outcome.nfev,
        "seconds": round(seconds, 3),
        "optimizer": {"success": bool(outcome.success), "message": outcome.message},
    }


def _outcome_of_committee(model, seconds):
    """What the path found; the cost is the mean of the members'."""
    return {
        "reg_lambda": model.reg_lambda_,
        "reg_lambdas": model.reg_lambdas_.tolist(),
        "held_out_log_loss": -model.best_score_,
        "members": len(model.estimators_),
        "cost": float(np.mean([member.loss_ for member in model.estimators_])),
        "iterations": model.n_iter_,
        "seconds": round(seconds, 3),
    }


def _outcome_lines(result):
    if "members" in result:
        tried = result["reg_lambdas"]
        return [
            f"chosen      lambda {result['reg_lambda']:.3g}, of {len(tried)} from {tried[0]:.3g} "
            f"to {tried[-1]:.3g}; log-loss of held-out rows {result['held_out_log_loss']:.4f}",
            f"committee   {result['members']} networks, {result['iterations']} iterations in all, "
            f"{result['seconds']:.1f} s",
        ]
    return [
        f"cost        {result['cost']:.6f} after {result['iterations']} iterations, "
        f"{result['evaluations']} evaluations, {result['seconds']:.1f} s"
    ]


def _most_confused(y, predicted, n_pairs=3, most=6):
    """The pairs that were most often taken for one another, worst first, with those as often."""
    pairs = confused_pairs(y, predicted)
    least = pairs[n_pairs - 1][2] if len(pairs) > n_pairs else 0
    return [
        {"true": int(true), "predicted": int(taken), "times": times}
        for true, taken, times in pairs[:most]
        if times >= least
    ]
