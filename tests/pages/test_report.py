"""Oracles: scikit-learn's metrics and the predictions, read from the page in a real browser."""

import base64
import io
import re
from collections import Counter
from importlib.util import find_spec

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, classification_report
from sklearn.model_selection import train_test_split

from skdigits import load_model
from skdigits.commands.cli import main
from skdigits.commands.pictures import draw_learning
from skdigits.datasets import load_digits_images
from skdigits.pages.html_page import picture, table, tiles
from skdigits.plotting import diverging

plt = pytest.importorskip("matplotlib.pyplot")
pytest.importorskip("skops")


WATCHED = find_spec("sklearn.callback") is not None  # from scikit-learn 1.9 on
NAME = "<script>alert(1)<.npz"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The page, the digits, the rows tested and what was predicted of them."""
    folder = tmp_path_factory.mktemp("report")
    digits = load_digits_images()
    np.savez(folder / NAME, X=digits.data * 16, y=digits.target)
    arguments = ["fit", "--data", str(folder / NAME), "--report", "--maxiter", "4"]
    assert main([*arguments, "--out", str(folder)]) == 0
    _, test = train_test_split(np.arange(1797), test_size=0.25, random_state=0)
    predicted = load_model(folder / "model.skops").predict(digits.data[test])
    return folder / "report.html", digits, test, predicted


def section(page, title):
    return page.locator("section", has=page.locator("h2", has_text=title))


def texts_in(page, title, selector):
    return section(page, title).locator(selector).all_text_contents()


def rows_of(page, title):
    rows = section(page, title).locator("tbody tr").all()
    return [row.locator("th, td").all_text_contents() for row in rows]


@pytest.mark.parametrize("width", [320, 390, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report(report, open_page, width, scheme):
    path, digits, test, predicted = report
    opened = open_page(path, viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened.requests = [url for url in opened.requests if not url.startswith("data:")]
    page, y = opened.page, digits.target[test]
    assert page.title() == f"{np.mean(y == predicted):.1%} of 450 test digits right · skdigits"
    assert dict(rows_of(page, "Settings"))["hidden_units"] == "10"
    outcome = dict(rows_of(page, "Outcome"))
    assert (outcome["iterations"], outcome["converged"]) == ("4", "no")
    scores = classification_report(y, predicted, output_dict=True, zero_division=0)
    for digit, tested, found, right, f1 in rows_of(page, "Digit by digit"):
        own = scores[digit]
        told = f"{own['recall']:.1%}", f"{own['precision']:.1%}", f"{own['f1-score']:.3f}"
        assert (int(tested), found, right, f1) == (own["support"], *told)
    captions = texts_in(page, "Misread", "figcaption")
    wrong = np.flatnonzero(predicted != y)
    assert len(captions) == 48 < len(wrong)
    assert set(captions) <= {f"{y[k]} read as {predicted[k]}" for k in wrong}
    told = f"48 of {len(wrong)}, those of which the network was surest."
    assert page.get_by_text(told).count() == 1
    (true, taken), times = Counter((y[k], predicted[k]) for k in wrong).most_common(1)[0]
    assert texts_in(page, "Confused most", "h3")[0] == f"{true} read as {taken},\n{times} times"
    votes = load_model(path.with_name("model.skops")).coefs_[1].argmax(axis=1)
    captions = texts_in(page, "Hidden units", "figcaption")
    assert sorted(captions) == sorted(f"for {vote}" for vote in votes)
    images = page.eval_on_selector_all(
        "img", "all => all.map(i => [i.complete, i.naturalWidth, i.clientWidth, i.alt])"
    )
    assert all(complete and wide > 0 for complete, wide, *_ in images)
    assert max(shown for *_, shown, _ in images) <= width
    assert sum(bool(alt) for *_, alt in images) == 3 + WATCHED


@pytest.mark.skipif(not WATCHED, reason="needs scikit-learn 1.9")
def test_how_it_learned(report):
    """The figures are those of fits that ended sooner, the units those that are strongest at last."""
    path, digits, test, _ = report
    train, _ = train_test_split(np.arange(1797), test_size=0.25, random_state=0)
    model = load_model(path.with_name("model.skops"))
    steps = {}
    for step in (1, 2, 3):
        steps[step] = clone(model).set_params(maxiter=step)
        with pytest.warns(ConvergenceWarning):
            steps[step].fit(digits.data[train], digits.target[train])
    display = draw_learning(steps | {4: model}, digits, train, test)
    for line, rows in zip(display.figure_.axes[0].get_lines(), (train, test), strict=True):
        X, y = digits.data[rows], digits.target[rows]
        assert line.get_xdata().tolist() == [1, 2, 3, 4]
        expected = [accuracy_score(y, m.predict(X)) for m in (*steps.values(), model)]
        np.testing.assert_allclose(line.get_ydata(), expected)
    plt.close("all")
    page = path.read_text().split("<h2>How it learned</h2>")[1].split("</section>")[0]
    titles = re.findall("<h3>Hidden units (.*?)</h3>", page)
    assert titles == ["before training", "after 2 iterations", "after 4 iterations"]
    order = np.argsort(-np.linalg.norm(model.coefs_[1], axis=1))
    limit = np.quantile(np.abs(model.coefs_[0]).max(axis=1), 0.8)
    parts = page.split("<h3>")[1:]
    for part, network in ((parts[1], steps[2]), (parts[2], model)):
        tiles_ = re.findall(r"base64,([^\"]+)", part)
        assert len(tiles_) == 10
        for tile, unit in zip(tiles_, order, strict=True):
            shown = plt.imread(io.BytesIO(base64.b64decode(tile)))[..., :3]
            weights = network.coefs_[0][:, unit].reshape(8, 8)
            expected = diverging()(weights / limit / 2 + 0.5)[..., :3]
            np.testing.assert_allclose(shown, expected, atol=0.01)


def test_it_holds_all_of_itself(report):
    path, *_ = report
    page = path.read_text()
    assert "<script" not in page
    assert "script-src 'none'" in page
    addresses = re.findall(r"(?:src|href)=\"([^\"]{0,20})", page)
    assert all(address.startswith("data:") for address in addresses)


def test_the_surest_mistakes_come_first(report):
    path, digits, test, predicted = report
    model = load_model(path.with_name("model.skops"))
    probabilities = model.predict_proba(digits.data[test]).max(axis=1)
    wrong = np.flatnonzero(predicted != digits.target[test])
    order = wrong[np.argsort(-probabilities[wrong])]
    told = re.findall(r"<figcaption>(\d) read as (\d)</figcaption>", path.read_text())
    expected = [(str(digits.target[test][k]), str(predicted[k])) for k in order]
    assert told == expected[:48]


def test_names_stay_names(report):
    """A file's name is told in the report, whatever it is."""
    page = report[0].read_text()
    assert "&lt;script&gt;alert(1)&lt;" in page
    assert "<script" not in page
    odd = "<script>&\"'"
    cell = "&lt;script&gt;&amp;&quot;&#x27;"
    assert table([(odd, odd)]).count(cell) == 2
    assert f'alt="{cell}"' in picture(plt.figure(), odd)
    plt.close("all")


def test_pixels_are_the_image(tmp_path):
    images = np.array([[[0, 1], [0.5, 0.25]], [[1, 0], [0, 0.75]]])
    page = tiles(images * 255, ["one", "<two>"], 255)
    assert re.findall("<figcaption>(.*?)</figcaption>", page) == ["one", "&lt;two&gt;"]
    for image, data in zip(images, re.findall(r"base64,([^\"]+)", page), strict=True):
        shown = plt.imread(io.BytesIO(base64.b64decode(data)))[..., 0]
        np.testing.assert_allclose(shown, 1 - image, atol=0.01)
