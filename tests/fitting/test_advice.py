"""Oracles: scipy's own words for how a fit ended, and the page that users read."""

import re
from pathlib import Path

import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning

from skdigits import TwoLayerNNClassifier
from skdigits.fitting import advice

PAGE = Path(__file__).parents[2] / "docs" / "solvers.md"


@pytest.mark.parametrize("solver", ["L-BFGS-B", "TNC"])
def test_a_limit_on_evaluations_is_told_as_what_it_is(solver):
    model = TwoLayerNNClassifier(5, solver=solver, solver_options={"maxfun": 3}, random_state=0)
    with pytest.warns(ConvergenceWarning, match="the limit on evaluations.*raise it"):
        model.fit(*load_iris(return_X_y=True))
    assert re.search("evaluations", model.optimize_result_.message, flags=re.IGNORECASE)


QUOTED = ["AT_MAXITER", "AT_LIMIT", "GAVE_UP", "SAYS_NOTHING", "KEPT", "FROM_THE_START"]


@pytest.mark.parametrize("name", QUOTED)
def test_the_page_quotes_the_warnings(name):
    quoted = re.findall(r"^\| `\w+Warning: (.*?)` \|", PAGE.read_text(), flags=re.MULTILINE)
    assert any(getattr(advice, name).startswith(text) for text in quoted)
    assert len(quoted) == len(QUOTED)
