"""Draw the pictures of the README and the start page again: `python docs/make_pictures.py`.

Needs the extras "cli" and "browser", Chromium, and the digits of `--data mnist5000`.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from skdigits import load_model
from skdigits.commands.cli import main
from skdigits.plotting import HiddenUnitsDisplay

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from handwriting import drawn_digit

IMAGES = Path(__file__).parent / "images"


def screenshot(path, strokes, picture):
    """Draw strokes on the page with a pointer, and keep what the browser shows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 960, "height": 850}, device_scale_factor=1.5)
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


def run():
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
    run()
