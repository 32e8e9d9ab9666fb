"""What the commands share: how they are declared, and how they tell what they did."""

import argparse
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from skdigits.datasets import load_digits_images


def program():
    """How this command was started, to be typed again."""
    started = Path(sys.argv[0])
    return f"{sys.executable} -m skdigits" if started.name == "__main__.py" else str(started)


def as_words(settings):
    return " ".join(f"{name}={value}" for name, value in settings.items())


def file_lines(files):
    return ["written", *(f"  {path}" for path in files)]


FILES = (".png", ".jpg", ".svg", ".html", ".csv", ".json", ".npz", ".skops", ".pkl")


def make_folder(name):
    folder = Path(name)
    if folder.suffix.lower() in FILES and not folder.is_dir():
        raise ValueError(f"--out must be a folder, got {name!r}, which is named as a file is")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Tells defaults, but those that say nothing."""

    def _get_help_string(self, action):
        if action.default in (None, False):
            return action.help
        return super()._get_help_string(action)


def command(commands, name, run, out, help_text, kind="DIR"):
    """Add a command that writes into a folder (DIR), a file (FILE) or either."""
    command = commands.add_parser(
        name,
        help=help_text,
        description=help_text[0].upper() + help_text[1:] + ".",
        formatter_class=_Help,
    )
    command.set_defaults(run=run)
    what = {
        "DIR": "folder to write into",
        "FILE": "file to write",
        "DIR or FILE.csv": "folder to write a picture into, or file to write a table",
    }[kind]
    command.add_argument("--out", default=out, metavar=kind, help=what)
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    return command


OPTIONS = ("label", "image_order", "intensity", "split", "max_bytes")  # of how data are read


# What the library calls parameters, and the command options.
NAMES = {
    "reg_lambda": "--lambda",
    **{
        name: f"--{name.replace('_', '-')}"
        for name in (
            *("hidden_units", "maxiter", "solver", "coordinates", "activation"),
            *("output_activation", "cv", "n_jobs", "cache_dir", "warm_path", *OPTIONS),
        )
    },
}


def add_reading(command, *left_out):
    """The options of how data are understood where they do not tell themselves."""
    group = command.add_argument_group("how the data are read, where they do not tell")
    ways = {
        "label": {"metavar": "COLUMN", "help": "of a table: its name, first, last or none"},
        "image_order": {
            "choices": ("C", "F"),
            "help": "whether rows run over their images row by row (C) or column by column (F)",
        },
        "intensity": {
            "metavar": "INK",
            "help": "what full ink is, such as 255, or PAPER,INK such as 255,0 for dark ink on "
            "white paper",
        },
        "split": {
            "choices": ("train", "test"),
            "help": "the part of data that have two: train unless given",
        },
        "max_bytes": {
            "type": int,
            "metavar": "N",
            "help": "the most memory that a file's images may take, for large files that you trust",
        },
    }
    for name, way in ways.items():
        if name not in left_out:
            group.add_argument(NAMES[name], default=argparse.SUPPRESS, **way)


def load_data(arguments, source):
    """The digits of a source, read as the arguments say."""
    given = {name: getattr(arguments, name) for name in OPTIONS if name in arguments}
    if "intensity" in given:
        given["intensity"] = _intensity(given["intensity"])
    return load_digits_images(source, **given)


def joined(argv):
    """The arguments with a negative number as part of the option before it.

    argparse takes -1,1 for an option.
    """
    found = []
    for each in argv:
        if found and found[-1] == NAMES["intensity"] and re.match(r"-[\d.]", each):
            found[-1] += f"={each}"
        else:
            found.append(each)
    return found


def _intensity(text):
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) not in (1, 2):
        raise ValueError(f"--intensity must be such as 255 or 255,0, got {text!r}")
    return numbers if len(numbers) == 2 else numbers[0]


def in_options(text):
    """A message of the library in the words of the command."""
    for name, option in NAMES.items():
        text = re.sub(rf"[Tt]he '{name}' parameter of \w+ must", f"{option} must", text)
        text = re.sub(rf"(?<![\w-]){name}=", f"{option} ", text)
        text = re.sub(rf"^{name} must", f"{option} must", text)
        if "_" in name:
            text = re.sub(rf"\b{name}\b", option, text)
    for pair, words in ((r"\(PAPER, INK\)", "PAPER,INK"), (r"\((\d+), (\d+)\)", r"\1,\2")):
        text = re.sub(pair, words, text) if "--intensity" in text else text
    return text


def check_labels(digits, data, name):
    """What the command of that name trains on needs labels, and more than one."""
    if digits.target is None:
        raise ValueError(
            f"--data {data} has no labels, which {name} needs; if a column or an array has them, "
            "say which by --label; pictures need a folder for each digit"
        )
    if min(digits.image_shape) < 4:
        height, width = digits.image_shape
        raise ValueError(
            f"--data {data} would be images of {height} x {width}, too small for digits; tables of "
            "other things are for Python (docs/tables.md)"
        )
    if len(np.unique(digits.target)) < 2:
        raise ValueError(
            f"--data {data} has images of the digit {digits.target[0]} alone, and {name} needs two "
            "digits at least; is --label the right column?"
        )


def labelled_digits(arguments, name):
    """The digits that the command of that name trains on, tests on and saves a model of."""
    digits = load_data(arguments, arguments.data)
    check_labels(digits, arguments.data, name)
    if find_spec("skops") is None:
        raise ImportError("saving the model needs skops: pip install skops")
    if not 0 < arguments.test_size < 1:
        raise ValueError(f"--test-size must be between 0 and 1, got {arguments.test_size}")
    return digits
