"""What the commands share: how they are declared, and how they tell what they did."""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from skdigits.datasets import load_digits_images


def program():
    """How this command was started, to be typed again."""
    started = Path(sys.argv[0])
    return f"{sys.executable} -m skdigits" if started.name == "__main__.py" else str(started)


def as_words(settings):
    return " ".join(f"{name}={value}" for name, value in settings.items())


def file_lines(files):
    return ["written", *(f"  {path}" for path in files)]


def make_folder(name):
    folder = Path(name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def command(commands, name, run, out, help_text, kind="DIR"):
    """Add a command that writes into a folder (DIR) or a file (FILE)."""
    command = commands.add_parser(
        name,
        help=help_text,
        description=help_text[0].upper() + help_text[1:] + ".",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    command.set_defaults(run=run)
    what = {"DIR": "folder to write into", "FILE": "file to write"}[kind]
    command.add_argument("--out", default=out, metavar=kind, help=what)
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    return command


def labelled_digits(arguments, name):
    """The digits that the command of that name trains on, tests on and saves a model of."""
    digits = load_digits_images(arguments.data)
    if digits.target is None:
        raise ValueError(f"--data {arguments.data} has no labels, which {name} needs")
    if find_spec("skops") is None:
        raise ImportError("saving the model needs skops: pip install skops")
    if not 0 < arguments.test_size < 1:
        raise ValueError(f"--test-size must be between 0 and 1, got {arguments.test_size}")
    return digits
