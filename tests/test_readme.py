"""The README's Python example runs as it stands, and its links lead somewhere."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
DOCS = README.parent / "docs"


def blocks(page, language):
    """The fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), flags=re.DOTALL)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("page", [README, DOCS / "choosing.md"], ids=lambda page: page.name)
def test_the_python_example(page, capsys):
    names = {}
    exec("\n".join(blocks(page, "python")), names)
    assert str(names["search"].best_score_) in capsys.readouterr().out
    assert names["search"].best_score_ > 0.94  # LogisticRegression has 0.930 on these folds


@pytest.mark.parametrize(
    "page", [*README.parent.glob("*.md"), *DOCS.glob("*.md")], ids=lambda page: page.name
)
def test_links_and_pictures_exist(page):
    text = page.read_text()
    targets = re.findall(r"\]\(([^)#]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    made = "draw.html"  # when the site is built
    local = [target for target in targets if not target.startswith(("http", made))]
    assert len(local) >= 5 or page != README
    for target in local:
        assert (page.parent / target).exists(), target


def test_the_commands_that_ci_runs_are_marked():
    for mark in ("main", "tests", "docs"):
        assert re.search(rf"<!-- ci: {mark} -->\n```bash\n[^\n]+\n```", README.read_text())
