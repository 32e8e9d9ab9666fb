"""The guide's Python runs as it stands, in order, and prints what stands below it."""

import contextlib
import io
import re
from pathlib import Path

import pytest
from sklearn.neural_network import MLPClassifier

DOCS = Path(__file__).parents[1] / "docs"
ELSEWHERE = {"choosing.md", "cluster.md"}  # see test_readme, test_cluster
# A block of Python, and the output that may follow it.
EXAMPLE = re.compile(r"```python\n(.*?)```(?:\n+```text\n(.*?)```)?", flags=re.DOTALL)
NUMBER = re.compile(r"-?\d+\.?\d*(?:e[+-]?\d+)?")


def examples(page):
    """(code, the output that the page shows or "") of a page."""
    return EXAMPLE.findall(page.read_text())


PAGES = [
    page for page in sorted(DOCS.glob("*.md")) if page.name not in ELSEWHERE and examples(page)
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_prints_what_the_page_shows(page, tmp_path, monkeypatch):
    if "onnxruntime" in page.read_text():
        pytest.importorskip("onnxruntime")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names = {}
    for code, shown in examples(page):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(code, page.name, "exec"), names)
        printed = printed.getvalue()
        if shown:
            assert NUMBER.sub("0", printed).split() == NUMBER.sub("0", shown).split()
            for number, expected in zip(
                NUMBER.findall(printed), NUMBER.findall(shown), strict=True
            ):
                # Other versions round otherwise, and count other iterations.
                near = {"rel": 0.15, "abs": 0.02} if "." in expected else {"rel": 0.3}
                assert float(number) == pytest.approx(float(expected), **near), code


def test_all_of_mlpclassifier_is_in_the_table():
    page = (DOCS / "from_mlpclassifier.md").read_text()
    told = set(re.findall(r"^\| `(\w+)`", page, flags=re.MULTILINE))
    assert set(MLPClassifier().get_params()) <= told
    fitted = vars(MLPClassifier(max_iter=50, tol=10).fit([[0.0], [1.0]], [0, 1]))
    assert {name for name in fitted if name.endswith("_") and name[0] != "_"} <= told


def test_the_start_page_has_the_commands_of_the_readme():
    readme, start = (DOCS.parent / "README.md").read_text(), (DOCS / "index.md").read_text()
    commands = re.findall(r"<!-- ci: (?:main|tests) -->\n```bash\n(.*?)\n```", readme)
    assert len(commands) == 2
    assert all(command in start for command in commands)
