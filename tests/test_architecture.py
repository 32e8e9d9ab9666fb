"""Who may open which door: the rules of `house.py` held against the imports; public docstrings."""

import ast
import importlib
import inspect
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from house import FOLDERS, ROOMS

import skdigits.commands
import skdigits.fitting
import skdigits.pages

PACKAGE = Path(skdigits.__file__).parent
DOCS = Path(__file__).parents[1] / "docs"
ONLY = {"scipy.optimize": {"fitting/optimize"}, "threadpoolctl": {"network/blas"}}
OPTIONAL = {"matplotlib", "skops", "dask", "torch", "pandas", "polars", "rich", "IPython"}
FILES = sorted(
    path.relative_to(PACKAGE).with_suffix("").as_posix() for path in PACKAGE.rglob("*.py")
)
IN_FOLDERS = [file for file in FILES if "/" in file]


def imports(file):
    """(module, imported names, whether at the top of the file) of each import of a file."""
    tree = ast.parse((PACKAGE / f"{file}.py").read_text())
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, [], id(node) in top
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module, [alias.name for alias in node.names], id(node) in top


def inner(file):
    """(folder, room or None for its door, names) of each import of our own."""
    for module, names, _ in imports(file):
        package, *parts = module.split(".")
        if package != "skdigits":
            continue
        if not parts:  # from skdigits import a folder, or a name
            folders = [name for name in names if name in FOLDERS]
            yield from ((name, None, []) for name in folders)
            if len(folders) < len(names):
                yield "__init__", None, [name for name in names if name not in FOLDERS]
        else:
            room = parts[1] if len(parts) > 1 else None
            yield parts[0], room, names


def test_every_file_has_its_place():
    rooms = {f"{folder}/{room}" for folder, rooms in ROOMS.items() for room in rooms}
    doors = {f"{folder}/__init__" for folder in ROOMS}
    assert set(FILES) == rooms | doors | set(FOLDERS) - set(ROOMS)


def test_the_floors_stand_in_order():
    below = set()
    for floor, doors in FOLDERS.items():
        assert doors <= below, f"{floor} opens a door to a floor above it"
        below.add(floor)
    for folder, rooms in ROOMS.items():
        above = set()
        for room, doors in rooms.items():
            assert doors <= above, f"{folder}/{room} imports a room that comes after it"
            above.add(room)


@pytest.mark.parametrize("file", FILES)
def test_doors_between_folders(file):
    home = file.split("/")[0]
    for folder, room, _ in inner(file):
        if folder != home:
            assert folder in FOLDERS[home], f"{file} imports from {folder}"
            assert room is None, f"{file} reaches past the door of {folder} into {room}"


@pytest.mark.parametrize("file", IN_FOLDERS)
def test_doors_within_a_folder(file):
    home, own = file.split("/")
    allowed = ROOMS[home] if own == "__init__" else ROOMS[home][own]
    for folder, room, names in inner(file):
        if folder == home:
            assert ({room} if room else set(names)) <= set(allowed), f"{file} imports {room}"


@pytest.mark.parametrize(("folder", "rooms"), ROOMS.items())
def test_rules_say_what_is(folder, rooms):
    """A rule that nothing needs any more is taken back; a door hands on what others use."""
    if folder == "dask":
        pytest.importorskip("distributed")
    others = [inner(file) for file in FILES if not file.startswith(f"{folder}/")]
    wanted = {
        name for uses in others for place, _, names in uses if place == folder for name in names
    }
    handed = {name for place, _, names in inner(f"{folder}/__init__") for name in names}
    public = set(importlib.import_module(f"skdigits.{folder}").__all__)
    assert wanted <= handed
    assert handed - public <= wanted
    for room, doors in rooms.items():
        uses = [use for home, *use in inner(f"{folder}/{room}") if home == folder]
        used = {place for own, names in uses for place in ([own] if own else names)}
        assert doors == used, f"{folder}/{room}"
    floors = {
        place for room in rooms for place, _, _ in inner(f"{folder}/{room}") if place != folder
    }
    assert floors == FOLDERS[folder]


@pytest.mark.parametrize("file", FILES)
def test_what_is_imported_from_outside(file):
    for module, names, at_top in imports(file):
        library = module.split(".")[0]
        assert not (at_top and library in OPTIONAL - {file.split("/")[0]})  # Dask's own folder
        for wanted, allowed in ONLY.items():
            if module.startswith(wanted) and names != ["OptimizeResult"]:
                assert file in allowed
        if any(part.startswith("_") for part in module.split(".")[1:]) and "skdigits" not in module:
            assert file == "_sklearn", f"{file} imports the private {module}"


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
    for door in ("", ".datasets", ".plotting"):
        module = importlib.import_module(f"skdigits{door}")
        yield from (getattr(module, name) for name in module.__all__)
    yield from (skdigits.fitting.minimize, skdigits.pages.make_draw_page, skdigits.commands.main)


def public_names():
    """Dotted names of all that users may call, methods too."""
    for value in public_objects():
        name = f"{value.__module__}.{value.__qualname__}"
        yield name
        if inspect.isclass(value):
            for method, f in vars(value).items():
                if not method.startswith("_") and callable(getattr(f, "__func__", f)):
                    yield f"{name}.{method}"


@pytest.mark.parametrize("name", sorted(public_names()))
def test_public_docstrings_follow_numpydoc(name):
    validate = pytest.importorskip("numpydoc.validate")
    settings = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())
    ignored = settings["tool"]["numpydoc_validation"]["checks"]
    errors = [error for error in validate.validate(name)["errors"] if error[0] not in ignored]
    assert errors == []


def test_the_picture_is_of_the_rules():
    drawn = runpy.run_path(str(DOCS / "draw_house.py"))
    assert drawn["PICTURE"].read_text() == drawn["picture"](), "run python docs/draw_house.py"


def test_each_room_is_in_the_table():
    page = (DOCS / "architecture.md").read_text()
    told = re.findall(r"^\| \**`(\w+)/?`\** \|", page, re.MULTILINE)
    rooms = [floor for floor in FOLDERS if not floor.startswith("__")]
    rooms += [room for of_folder in ROOMS.values() for room in of_folder]
    assert sorted(told) == sorted(rooms)


def test_modules_are_short():
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        strings = sum(
            len(node.body[0].value.value.splitlines())
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(node)
        )
        imports = sum(
            node.end_lineno - node.lineno + 1
            for node in tree.body
            if isinstance(node, ast.Import | ast.ImportFrom)
        )
        code = len(path.read_text().splitlines()) - strings - imports
        assert code <= 350, f"{path.name}: {code} lines besides docstrings and imports"
