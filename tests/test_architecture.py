"""Who may open which door: read from the imports themselves; and the rooms' public docstrings."""

import ast
import importlib
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import skdigits

PACKAGE = Path(skdigits.__file__).parent

# Each room with the rooms that it may import; docs/architecture.md draws the same.
ROOMS = {
    "parameters": set(),
    "pointwise": set(),
    "blas": set(),
    "blocks": {"blas"},
    "stack": {"parameters", "pointwise", "blocks"},
    "output_layer": {"pointwise", "blocks", "stack"},
    "projection": {"parameters", "blas", "blocks", "stack", "output_layer"},
    "objective": {"parameters", "pointwise", "blocks", "stack", "projection"},
    "optimize": {"blas"},
    "problem": {"optimize"},
    "labels": {"pointwise"},
    "rows": {"labels", "objective"},
    "sampling": {"objective", "optimize"},
    "watches": {"labels", "pointwise", "stack"},
    "descent": {"optimize", "watches"},
    "progress": set(),
    "_sklearn": set(),
    "classifier": {
        *("blas", "parameters", "pointwise", "stack", "objective", "problem", "optimize"),
        *("labels", "rows", "sampling", "watches", "descent", "progress", "_sklearn"),
    },
    "lockstep": set(),
    "together": {
        *("blas", "descent", "lockstep", "objective", "projection", "sampling", "stack"),
    },
    "fit_files": {"descent", "together"},
    "recall": {"classifier"},
    "planning": {"_sklearn", "classifier", "recall"},
    "worker": {"_sklearn", "fit_files", "optimize", "planning", "together"},
    "search": {"_sklearn", "planning", "progress", "recall", "worker"},
    "npz_files": set(),
    "image_files": {"npz_files"},
    "datasets": {"image_files"},
    "axes": set(),
    "digit_displays": {"_sklearn", "axes"},
    "network_displays": {"axes"},
    "search_displays": {"axes"},
    "plotting": {"digit_displays", "network_displays", "search_displays"},
    "model_arrays": {"_sklearn", "classifier", "descent", "labels", "npz_files", "pointwise"},
    "persistence": {"model_arrays"},
    "normalization": {"datasets"},
    "distortions": set(),
    "html_page": set(),
    "draw_page": {"classifier", "html_page", "image_files", "network_displays"},
    "report": {"__init__", "axes", "html_page"},
    "draw_command": {
        *("__init__", "command", "datasets", "distortions", "draw_page", "normalization"),
    },
    "pictures": {"axes", "plotting"},
    "command": {"datasets"},
    "search_command": {"__init__", "command", "pictures"},
    "cli": {
        *("__init__", "command", "datasets", "digit_displays", "draw_command", "pictures"),
        *("report", "search_command"),
    },
    "__main__": {"cli"},
    "__init__": {"classifier", "objective", "persistence", "search"},
}
ONLY = {"scipy.optimize": {"optimize"}, "threadpoolctl": {"blas"}}
OPTIONAL = {"matplotlib", "skops", "dask", "torch", "pandas", "polars", "rich", "IPython"}


def imports(room):
    """(module, imported names, whether at the top of the file) of each import of a room."""
    tree = ast.parse((PACKAGE / f"{room}.py").read_text())
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, [], id(node) in top
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module, [alias.name for alias in node.names], id(node) in top


def inner(room):
    """The rooms that a room imports."""
    for module, names, _ in imports(room):
        if module == "skdigits":
            yield from (name if name in ROOMS else "__init__" for name in names)
        elif module.startswith("skdigits."):
            yield module.removeprefix("skdigits.")


def test_every_file_is_a_room():
    assert {path.stem for path in PACKAGE.glob("*.py")} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_doors(room):
    assert set(inner(room)) <= ROOMS[room]


def test_there_are_no_cycles():
    rest = dict(ROOMS)
    while rest:
        free = [room for room, doors in rest.items() if not doors & set(rest)]
        assert free, f"a cycle among {sorted(rest)}"
        for room in free:
            del rest[room]


@pytest.mark.parametrize("room", ROOMS)
def test_what_is_imported_from_outside(room):
    for module, names, at_top in imports(room):
        assert not (at_top and module.split(".")[0] in OPTIONAL)
        for wanted, allowed in ONLY.items():
            if module.startswith(wanted) and names != ["OptimizeResult"]:
                assert room in allowed
        if any(part.startswith("_") for part in module.split(".")[1:]) and "skdigits" not in module:
            assert room == "_sklearn", f"{room} imports the private {module}"


def test_importing_the_package_needs_and_loads_nothing_optional():
    # What scikit-learn itself loads where it is installed is only hidden, not looked for.
    ours = OPTIONAL - {"pandas", "polars", "rich"}
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({OPTIONAL - ours!r})); import skdigits; "
        f"print(sorted({ours!r} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def public_objects():
    """Dotted names of all that users may call."""
    for room in (
        "__init__",
        "datasets",
        "plotting",
        "optimize",
        "normalization",
        "draw_page",
        "cli",
    ):
        name = "skdigits" if room == "__init__" else f"skdigits.{room}"
        module = importlib.import_module(name)
        exported = getattr(module, "__all__", None) or [
            n
            for n, value in vars(module).items()
            if not n.startswith("_") and getattr(value, "__module__", None) == name
        ]
        for item in exported:
            value = getattr(module, item)
            if inspect.isfunction(value) or inspect.isclass(value):
                if value.__module__ == "skdigits.optimize" and item != "minimize":
                    continue  # its records are the fit's own
                yield f"{value.__module__}.{item}"
                if inspect.isclass(value):
                    for method, f in vars(value).items():
                        if not method.startswith("_") and callable(getattr(f, "__func__", f)):
                            yield f"{value.__module__}.{item}.{method}"


@pytest.mark.parametrize("name", sorted(set(public_objects())))
def test_public_docstrings_follow_numpydoc(name):
    validate = pytest.importorskip("numpydoc.validate")
    settings = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())
    ignored = settings["tool"]["numpydoc_validation"]["checks"]
    errors = [error for error in validate.validate(name)["errors"] if error[0] not in ignored]
    assert errors == []


def test_modules_are_short():
    for path in PACKAGE.glob("*.py"):
        tree = ast.parse(path.read_text())
        strings = sum(
            len(node.body[0].value.value.splitlines())
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(node)
        )
        code = len(path.read_text().splitlines()) - strings
        assert code <= 350, f"{path.name}: {code} lines besides docstrings"
