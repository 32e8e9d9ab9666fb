"""Draw the pictures of the README and the guide again: `python docs/make_pictures.py [path]`.

Those of digits need the extras "cli" and "browser", Chromium, and the digits of `--data mnist5000`;
that of a path of lambdas, the one drawn where it is named, needs matplotlib.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from skdigits import TwoLayerNNClassifierCV, load_model
from skdigits.commands.cli import main
from skdigits.plotting import HiddenUnitsDisplay, LambdaPathDisplay

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from handwriting import drawn_digit

IMAGES = Path(__file__).parent / "images"


def screenshot(path, strokes, picture):
    """Draw strokes on the page with a pointer, and keep what the browser shows."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 960, "height": 1254}, device_scale_factor=1.5)
        page.goto(path.as_uri())
        box = page.locator("#pad").bounding_box()
        for stroke in strokes:
            for k, (x, y) in enumerate(stroke):
                page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
                if k == 0:
                    page.mouse.down()
            page.mouse.up()
        page.evaluate("pad.blur()")
        page.wait_for_timeout(500)
        page.screenshot(path=picture)
        browser.close()


def hidden_units(model, picture):
    """The hidden units of a network of 20 x 20 images, as wide as half of a page."""
    figure = HiddenUnitsDisplay.from_estimator(model, (20, 20), image_order="F").figure_
    figure.set_size_inches(5.8, 5.5)
    figure.savefig(picture, dpi=200)


def path():
    """The path of the guide's page on one line."""
    X, y = load_breast_cancer(return_X_y=True)
    X, _, y, _ = train_test_split(X, y, random_state=0)
    model = TwoLayerNNClassifierCV(random_state=0).fit(X, y)
    LambdaPathDisplay.from_estimator(model).figure_.savefig(IMAGES / "path.png", dpi=150)


def digits():
    """The page to draw on, and hidden units."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if main(["fit", "--data", "mnist5000", "--hidden-units", "25", "--out", name]):
            raise SystemExit(1)
        hidden_units(load_model(folder / "model.skops"), IMAGES / "hidden_units.png")
        if main(["draw", "--data", "mnist5000", "--out", str(folder / "draw.html")]):
            raise SystemExit(1)
        strokes = drawn_digit(3, np.random.RandomState(6))
        screenshot(folder / "draw.html", strokes, IMAGES / "draw.png")


if __name__ == "__main__":
    for draw in (path, digits):
        if draw.__name__ in sys.argv or len(sys.argv) == 1:
            draw()
