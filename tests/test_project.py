"""What stands around the house says the same as the code: metadata, command, citation, hooks."""

import importlib
import re
import tomllib
from pathlib import Path

import skdigits

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_command_exists():
    for place in PROJECT["project"]["scripts"].values():
        module, name = place.split(":")
        assert callable(getattr(importlib.import_module(module), name))


def test_the_citation_agrees_with_the_package():
    cited = dict(re.findall(r"^([\w-]+): (.+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE))
    project = PROJECT["project"]
    assert cited["version"] == skdigits.__version__
    assert (cited["title"], cited["license"]) == (project["name"], project["license"])
    (author,) = project["authors"]
    assert f"name: {author['name']}\n" in (ROOT / "CITATION.cff").read_text()


def test_hooks_run_what_ci_runs():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    ci = (ROOT / ".ci" / "run").read_text()
    for command in ("ruff check", "ruff format --check"):
        assert f"entry: {command}" in hooks
        assert f"/{command} ." in ci
    # ruff's version stands in one place.
    assert "==" not in hooks
    assert "ruff==" not in ci
    assert sum(group.startswith("ruff==") for group in PROJECT["dependency-groups"]["lint"]) == 1
