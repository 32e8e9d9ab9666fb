"""How well does the page to draw on read, by what it was trained on?

`skdigits draw --data SOURCE`, its page opened in Chromium (needs the extra "browser"). Held out: a
quarter of its own digits, as if they had been drawn on the page. Strokes: 500 digits drawn with a
pen in the 21 styles of tests/handwriting.py, each turned, bent and sized at random. Quick: the
same, so fast that the page gets six points of a stroke. MNIST: 2000 of the digits that the page of
mnist was not trained on, given to the page as pictures; of those, the page of mnist5000 may have
seen a twelfth.

    python benchmarks/bench_draw.py
"""

import contextlib
import io
import json
import sys
import tempfile
import time
from pathlib import Path

import common
import numpy as np
from playwright.sync_api import sync_playwright
from sklearn.model_selection import train_test_split

from skdigits.commands.cli import main
from skdigits.datasets import load_digits_images

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from handwriting import drawn_digit


def make_page(source, path):
    """(seconds, what the command told)."""
    begin, told = time.perf_counter(), io.StringIO()
    with contextlib.redirect_stdout(told):
        code = main(["draw", "--data", source, "--out", str(path), "--json"])
    if code:
        raise SystemExit(code)
    return time.perf_counter() - begin, json.loads(told.getvalue())


def six_of(stroke):
    """Six points of a stroke, evenly spread; all where there are fewer."""
    rows = np.linspace(0, len(stroke) - 1, min(6, len(stroke))).round().astype(int)
    return [stroke[row] for row in rows]


def share_right(page, call, drawings, labels):
    rows = page.evaluate(f"all => all.map(drawing => predictProba({call}))", drawings)
    return np.mean(np.argmax(rows, axis=1) == labels)


def run():
    rng = np.random.RandomState(0)
    labels = np.arange(500) % 10
    strokes = [drawn_digit(label, rng) for label in labels]
    quick = [[six_of(stroke) for stroke in digit] for digit in strokes]
    mnist = load_digits_images("mnist")
    _, unseen = train_test_split(np.arange(len(mnist.target)), test_size=0.25, random_state=0)
    unseen = unseen[:2000]
    inks = np.kron(mnist.images[unseen], np.ones((2, 2))).round(3).reshape(2000, -1)
    print(f"{common.where()}\n")
    print(
        f"{'trained on':12}{'seconds':>9}{'page':>10}{'held out':>10}"
        f"{'strokes':>9}{'quick':>8}{'MNIST':>8}"
    )
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        for source in ("digits", "mnist5000", "mnist"):
            path = Path(folder, "page.html")
            seconds, told = make_page(source, path)
            page = browser.new_page()
            page.goto(path.as_uri())
            drawn = share_right(page, "featuresOfStrokes(drawing)", strokes, labels)
            rough = share_right(page, "featuresOfStrokes(drawing)", quick, labels)
            given = share_right(
                page, "featuresOfInk(drawing, 56, 56)", inks.tolist(), mnist.target[unseen]
            )
            size = f"{path.stat().st_size / 1024:.0f} KiB"
            print(
                f"{source:12}{seconds:9.1f}{size:>10}{told['test_accuracy']:10.1%}"
                f"{drawn:9.1%}{rough:8.1%}{given:8.1%}"
            )


if __name__ == "__main__":
    run()
