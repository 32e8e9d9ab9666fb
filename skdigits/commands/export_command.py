"""The command ``skdigits export``: a saved model in a format of others."""

import argparse
from pathlib import Path

from skdigits import load_model
from skdigits.commands.command import command, file_lines
from skdigits.export import to_c, to_json, to_onnx

# What each format gives: the bytes of a file.
FORMATS = {
    "onnx": lambda model: to_onnx(model).SerializeToString(),
    "json": lambda model: to_json(model).encode(),
    "c": lambda model: to_c(model).encode(),
}


def add_export(commands):
    """Add the command to argparse's subparsers."""
    export = command(
        commands,
        "export",
        _export,
        argparse.SUPPRESS,
        "write a saved model as ONNX, JSON or C",
        kind="FILE",
    )
    export.add_argument(
        "model", metavar="MODEL", help="the model.skops that fit wrote, or an .npz of save_model"
    )
    export.add_argument(
        "--to",
        required=True,
        choices=list(FORMATS),
        help="onnx: a graph for onnxruntime and others; json: the weights with their formula; c: "
        "one C99 file that needs no library",
    )


def _export(arguments):
    path = Path(getattr(arguments, "out", Path(arguments.model).with_suffix(f".{arguments.to}")))
    model = load_model(arguments.model)
    content = FORMATS[arguments.to](model)
    path.write_bytes(content)
    result = {"model": arguments.model, "format": arguments.to, "files": [str(path)]}
    lines = [f"model       {type(model).__name__}, {len(model.classes_)} classes"]
    lines += [f"size        {len(content) / 1024:.0f} KiB"]
    return result, [*lines, *file_lines(result["files"])]
