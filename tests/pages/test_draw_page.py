"""Oracles: predict_proba and normalize, beside what the page computes in a real browser."""

import base64
import contextlib
import io
import json
import re
import socket
from importlib.util import find_spec

import numpy as np
import pytest
from handwriting import drawn_digit
from patience import PATIENCE
from scipy.interpolate import CubicHermiteSpline
from scipy.spatial import cKDTree
from scipy.special import softmax
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, StandardScaler

from skdigits import TwoLayerNNClassifier, TwoLayerNNClassifierCV, save_model
from skdigits.commands import draw_command
from skdigits.commands.cli import main
from skdigits.commands.steps import watched_fit
from skdigits.datasets import load_digits_images
from skdigits.datasets.normalization import find_form, normalize
from skdigits.pages.draw_page import affine_network, make_draw_page
from skdigits.plotting import diverging

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
WATCHED = find_spec("sklearn.callback") is not None  # from scikit-learn 1.9 on
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
ODD = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "a&b",
    "\u2028{{data}}",
]


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X / 16, y


def fitted(X, y, **settings):
    return TwoLayerNNClassifier(8, maxiter=25, random_state=0, **settings).fit(X, y)


def committee(X, y, **settings):
    model = TwoLayerNNClassifierCV(
        8, maxiter=25, first_maxiter=25, step_maxiter=3, cv=3, random_state=0, **settings
    )
    return model.fit(X, y)


def models(X, y):
    """Networks of every kind, and the rows that they were fitted on."""
    parity = np.where(y % 2, "odd", "even")
    labels = np.stack([y % 2, y > 4, y == 0], axis=1)
    scaled = make_pipeline(StandardScaler(), PCA(20), TwoLayerNNClassifier(8, maxiter=25))
    return {
        "softmax": fitted(X, y),
        "sigmoid": fitted(X, y, output_activation="sigmoid"),
        "tanh": fitted(X, y, activation="tanh"),
        "relu": fitted(X, y, activation="relu"),
        "float32": fitted(X.astype("f4"), y),
        "two": fitted(X, parity),
        "two, one output": fitted(X, parity, output_activation="sigmoid"),
        "labels": fitted(X, labels, output_activation="sigmoid"),
        "pipeline": scaled.fit(X, y),
        "odd names": fitted(X, np.array(ODD)[y % 4]),
        "committee": committee(X, y),
        "committee, one output": committee(X, parity, output_activation="sigmoid"),
        "committee of labels": committee(X, labels, output_activation="sigmoid"),
    }


def write(path, model, n_features=64, about="A network.", **options):
    page = make_draw_page(model, find_form(n_features), about, **options)
    path.write_text(page, encoding="utf-8")
    return path


def test_probabilities_of_every_kind_of_network(digits, open_page, tmp_path):
    X, y = digits
    rows = X[::17][:100]
    assert len(rows) == 100
    for name, model in models(X, y).items():
        page = open_page(write(tmp_path / f"{name}.html", model)).page
        found = page.evaluate("rows => rows.map(predictProba)", rows.tolist())
        expected = model.predict_proba(rows.astype("f4") if name == "float32" else rows)
        np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=name)


def ink_of(seed):
    """A bitmap of random size with a smooth shape."""
    rng = np.random.RandomState(seed)
    ink = np.zeros(rng.randint(20, 50, 2))
    for y, x in np.clip(
        np.cumsum(rng.normal(0, 2, (60, 2)), axis=0) + 15, 1, np.array(ink.shape) - 3
    ):
        ink[int(y) : int(y) + 2, int(x) : int(x) + 2] = rng.uniform(0.3, 1)
    return ink


@pytest.mark.parametrize("n_features", [64, 400, 784, 100])
def test_drawings_are_normalised_as_in_python(digits, open_page, tmp_path, n_features):
    rng = np.random.RandomState(0)
    model = fitted(rng.uniform(size=(40, n_features)), np.arange(40) % 10)
    page = open_page(write(tmp_path / "page.html", model, n_features)).page
    for seed in range(12):
        ink = ink_of(seed)
        found = page.evaluate(
            "([ink, height, width]) => featuresOfInk(ink, height, width)",
            [ink.ravel().tolist(), *ink.shape],
        )
        np.testing.assert_allclose(found, normalize(ink, find_form(n_features)), atol=1e-9)
        image = page.evaluate("row => Array.from(imageOf(row))", found)
        order = find_form(n_features).order
        side = int(n_features**0.5)
        np.testing.assert_array_equal(
            np.reshape(image, (side, side)), np.reshape(found, (side, side), order=order)
        )


def test_a_line_of_the_pen(digits, open_page, tmp_path):
    page = open_page(write(tmp_path / "page.html", fitted(*digits))).page
    ink = page.evaluate(
        "() => { const ink = new Float64Array(60 * 80);"
        " drawLine(ink, 60, 80, [20, 30], [60, 30], 5); return Array.from(ink); }"
    )
    ink = np.reshape(ink, (60, 80))
    assert ink.sum() == pytest.approx(40 * 10 + np.pi * 25, rel=0.01)  # a bar and a disc
    assert ink[30, 40] == 1
    assert ink[40, 40] == ink[30, 72] == 0


def test_few_points_of_a_quick_stroke_lie_on_a_curve(digits, open_page, tmp_path):
    page = open_page(write(tmp_path / "page.html", fitted(*digits))).page
    rng = np.random.RandomState(0)
    for n_points in (3, 6, 30):
        points = rng.uniform(0, 1, (n_points, 2))
        curve = np.array(page.evaluate("stroke => curved(stroke)", points.tolist()))
        assert (np.linalg.norm(np.diff(curve, axis=0), axis=1) < 0.05).all()
        # Knots as far apart as the root of the distance; tangents of parabolas through three.
        ends = 2 * points[[0, -1]] - points[[1, -2]]
        wide = np.vstack([ends[:1], points, ends[1:]])
        steps = np.diff(wide, axis=0)
        gaps = np.sqrt(np.linalg.norm(steps, axis=1))[:, None]
        slopes = steps / gaps
        tangents = (gaps[1:] * slopes[:-1] + gaps[:-1] * slopes[1:]) / (gaps[1:] + gaps[:-1])
        knots = np.cumsum(gaps)[:-1]
        spline = CubicHermiteSpline(knots, points, tangents)
        fine = spline(np.linspace(knots[0], knots[-1], 100 * n_points * 20))
        assert cKDTree(fine).query(curve)[0].max() < 1e-3
        assert cKDTree(curve).query(points)[0].max() < 1e-12
    slow = [[0.2, 0.2 + 0.01 * k] for k in range(40)]
    assert page.evaluate("stroke => curved(stroke)", slow) == slow
    for short in ([[0.1, 0.2]], [[0.1, 0.2], [0.9, 0.8]], [[0.5, 0.5]] * 4):
        assert page.evaluate("stroke => curved(stroke)", short) == short


# --- the page that the command makes ------------------------------------------------------------


@pytest.fixture(scope="module")
def default_page(tmp_path_factory):
    """The page of `skdigits draw` alone."""
    folder = tmp_path_factory.mktemp("draw")
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        patch.chdir(folder)
        assert main(["draw"]) == 0
    return folder / "draw.html"


def draw(page, strokes):
    """Move a real pointer along strokes on the pad."""
    box = page.locator("#pad").bounding_box()
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()
    settle(page)


def settle(page):
    """Wait for what is shown once a frame."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def answer(page):
    return page.locator("#answer").text_content()


def test_it_reads_what_people_draw(default_page, open_page):
    page = open_page(default_page).page
    rng = np.random.RandomState(0)
    drawn = [(digit, drawn_digit(digit, rng)) for _ in range(30) for digit in range(10)]
    rows = page.evaluate(
        "all => all.map(strokes => predictProba(featuresOfStrokes(strokes)))",
        [strokes for _, strokes in drawn],
    )
    right = np.argmax(rows, axis=1) == [digit for digit, _ in drawn]
    assert right.mean() > 0.97  # 0.993 when this was written


def test_it_reads_mnist_though_it_never_saw_any(default_page, open_page, shared_file):
    shared_file("mnist_train.npz")
    mnist = load_digits_images("mnist")
    page = open_page(default_page).page
    rows = page.evaluate(
        "all => all.map(ink => predictProba(featuresOfInk(ink, 56, 56)))",
        np.kron(mnist.images[:300], np.ones((2, 2))).round(3).reshape(300, -1).tolist(),
    )
    assert np.mean(np.argmax(rows, axis=1) == mnist.target[:300]) > 0.8  # a tenth is chance


@pytest.mark.parametrize("digit", range(10))
def test_a_pointer_draws(default_page, open_page, digit):
    page = open_page(default_page).page
    assert answer(page) == "?"
    assert page.locator("#clear").is_disabled()
    strokes = drawn_digit(digit, np.random.RandomState(digit))
    draw(page, strokes)
    assert answer(page) == str(digit)
    kept = page.evaluate("strokes")
    for stroke, drawn in zip(kept, strokes, strict=True):
        apart = np.linalg.norm(np.array(stroke)[:, None] - drawn, axis=2).min(axis=0)
        assert apart.max() < 0.01  # but for points that are too near
    # The bars are the probabilities of the strokes, and the likeliest is marked.
    p, temperature = page.evaluate("[predictProba(featuresOfStrokes(strokes)), page.temperature]")
    expected = np.power(p, 1 / temperature) / np.power(p, 1 / temperature).sum()
    told = page.locator(".percentage").all_text_contents()
    assert told == [f"{p:.1%}" if p <= 0.99 else ">\u202f99%" for p in expected]
    sure = "over 99%" if max(expected) > 0.99 else f"{max(expected):.1%}"
    assert page.locator("#sure").text_content() == f"{sure} sure"
    assert page.locator(".likeliest th").text_content() == str(digit)
    lit = page.eval_on_selector_all(
        "#units canvas", "tiles => tiles.map(tile => Number(tile.style.getPropertyValue('--lit')))"
    )
    hidden = page.evaluate("evaluate(network, featuresOfStrokes(strokes)).hidden")
    np.testing.assert_allclose(sorted(lit), sorted(hidden), atol=1e-9)
    page.click("#undo")
    assert page.evaluate("strokes.length") == len(strokes) - 1
    draw(page, strokes[-1:])
    page.click("#clear")
    settle(page)
    assert (answer(page), page.evaluate("strokes.length")) == ("?", 0)
    assert set(page.locator(".percentage").all_text_contents()) == {""}


def picture(page, selector):
    """The pixels of a canvas, (height, width, 4)."""
    data, width = page.eval_on_selector(
        selector,
        "c => [Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data), c.width]",
    )
    return np.reshape(data, (-1, width, 4))


def test_what_the_canvases_show(default_page, open_page):
    page = open_page(default_page).page
    draw(page, [[(0.3, 0.2), (0.3, 0.8)], [(0.7, 0.5)]])  # a bar and a dot
    pad = picture(page, "#pad")[..., 3] / 255
    side = len(pad)
    for x, y, ink in ((0.3, 0.5, 1), (0.7, 0.5, 1), (0.5, 0.5, 0), (0.3, 0.1, 0), (0.37, 0.5, 0)):
        assert pad[int(y * side), int(x * side)] == ink, (x, y)
    features = page.evaluate("featuresOfStrokes(strokes)")
    seen = picture(page, "#seen")[..., 0]
    np.testing.assert_allclose(seen, 255 * (1 - np.reshape(features, (8, 8))), atol=1)
    # Tiles: those of the largest output weights first, on one scale from orange to blue.
    W1, W2 = (np.array(page.evaluate(f"Array.from(network.{name})")) for name in ("W1", "W2"))
    W1, W2 = W1.reshape(-1, 8, 8), W2.reshape(10, -1)
    order = np.argsort(-np.linalg.norm(W2, axis=0), kind="stable")
    captions = page.locator("#units figcaption").all_text_contents()
    assert captions == [str(W2[:, unit].argmax()) for unit in order]
    limit = np.sort(np.abs(W1).max(axis=0).ravel())[int(0.8 * (64 - 1))]
    weights = W1[order[2]] / limit
    tile = picture(page, "#units figure:nth-child(3) canvas") / 255
    drawn = tile[..., 3:] * tile[..., :3] + 1 - tile[..., 3:]  # on white paper
    np.testing.assert_allclose(drawn, diverging()(weights / 2 + 0.5)[..., :3], atol=0.03)
    page.evaluate("() => { location.hash = 'dark' }")
    settle(page)
    weights = W1[order[3]] / limit
    dark = picture(page, "#units figure:nth-child(4) canvas") / 255
    np.testing.assert_allclose(dark[..., 3], np.abs(weights).clip(0, 1), atol=0.01)
    for strong in (weights > 0.3, weights < -0.3):  # light, to be seen on dark paper
        assert dark[strong][:, :3].mean() > 0.55


def test_a_dot_is_shown_and_not_read(default_page, open_page):
    page = open_page(default_page).page
    draw(page, [[(0.5, 0.5)]])
    pad = picture(page, "#pad")[..., 3]
    assert pad[len(pad) // 2, len(pad) // 2] == 255
    assert (answer(page), page.locator("#sure").text_content()) == ("?", "too small to read")
    assert page.locator("#clear").is_enabled()


def test_a_stroke_that_is_taken_back_while_it_is_drawn(default_page, open_page):
    page = open_page(default_page).page
    box = page.locator("#pad").bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    page.keyboard.press("z")
    page.mouse.move(box["x"] + 90, box["y"] + 90)
    assert page.evaluate("[strokes.length, drawing]") == [0, None]
    page.mouse.up()
    page.mouse.down()
    page.mouse.move(box["x"] + 50, box["y"] + 90)
    page.evaluate("pad.dispatchEvent(new PointerEvent('pointercancel', {pointerId: drawing.id}))")
    page.mouse.move(box["x"] + 90, box["y"] + 50)
    assert page.evaluate("[strokes.length, drawing]") == [1, None]
    page.mouse.up()
    for _ in range(3):  # a key that is held
        page.keyboard.down("Space")
    page.keyboard.up("Space")
    assert page.evaluate("[strokes.length, keyPen.down]") == [2, True]
    settle(page)
    page.click("#undo")
    page.click("#undo")
    settle(page)
    assert page.evaluate("document.activeElement.id") == "pad"  # not lost with the button


def test_a_long_drawing(default_page, open_page):
    page = open_page(default_page).page
    spiral = "Array.from({length: 200000}, (_, k) => [0.5 + k / 5e5 * Math.sin(k / 5e3), k / 2e5])"
    assert np.isfinite(page.evaluate(f"featuresOfStrokes([{spiral}])")).all()
    box = page.locator("#pad").bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    for k in range(100):
        page.mouse.move(box["x"] + 50 + 0.1 * (k % 2), box["y"] + 50)
    assert page.evaluate("strokes[0].length") == 1  # standing still adds nothing
    page.mouse.up()


def test_several_labels_are_all_told(digits, open_page, tmp_path):
    X, y = digits
    model = models(X, y)["labels"]
    page = open_page(write(tmp_path / "page.html", model)).page
    draw(page, drawn_digit(7, np.random.RandomState(0)))
    p = np.array(page.evaluate("predictProba(featuresOfStrokes(strokes))"))
    assert answer(page) == (", ".join(map(str, np.flatnonzero(p > 0.5))) or "none")
    assert page.locator(".likeliest").count() == (p > 0.5).sum()


def test_names_have_room(digits, open_page, tmp_path):
    X, y = digits
    names = np.array(["ten", "a rather long name of a class", "x" * 60])
    page = open_page(write(tmp_path / "page.html", fitted(X, names[y % 3])), **PHONE).page
    heights = [box.bounding_box()["height"] for box in page.locator("#bars th").all()]
    assert max(heights) < 250
    assert min(heights) < 30  # "ten" on one line


def test_a_temperature_divides_the_scores(digits, open_page, tmp_path):
    X, y = digits
    for model in (fitted(X, y), fitted(X, y > 4, output_activation="sigmoid")):
        page = open_page(write(tmp_path / "page.html", model, temperature=1.7)).page
        put(page, drawn_digit(4, np.random.RandomState(0)))
        row = np.array(page.evaluate("featuresOfStrokes(strokes)"))
        logs = np.log(model.predict_proba(row[None])[0]) / 1.7
        expected = np.exp(logs) / np.exp(logs).sum()
        assert page.locator(".percentage").all_text_contents() == [f"{p:.1%}" for p in expected]


def test_several_digits_at_once_are_doubted(default_page, open_page):
    page = open_page(default_page).page
    rng = np.random.RandomState(0)
    alone = [drawn_digit(k % 10, rng) for k in range(150)]
    pairs = [beside(drawn_digit(k % 10, rng), drawn_digit(k // 10, rng)) for k in range(0, 100, 3)]
    doubted = """all => all.map(strokes => {
        const { ink, height, width } = inkOfStrokes(strokes);
        return looksLikeSeveral(ink, height, width);
    })"""
    assert np.mean(page.evaluate(doubted, alone)) < 0.01
    assert np.mean(page.evaluate(doubted, pairs)) > 0.95
    put(page, pairs[10])
    assert re.fullmatch(r"\d\?", answer(page))
    told = page.locator("#sure").text_content()
    assert told == "perhaps more than one digit: it reads one at a time"
    assert page.locator(".likeliest").count() == 0
    put(page, drawn_digit(5, rng))
    assert answer(page) == "5"


def put(page, drawn):
    """Strokes as if they had been drawn, at once."""
    page.evaluate("drawn => { strokes = drawn; changed(); }", drawn)
    settle(page)


def beside(*digits):
    """The strokes of two digits, as large as one another, side by side."""
    strokes = []
    for place, digit in enumerate(digits):
        low = np.min([np.min(stroke, axis=0) for stroke in digit], axis=0)
        high = np.max([np.max(stroke, axis=0) for stroke in digit], axis=0)
        scale = min(0.35 / max(high[0] - low[0], 1e-9), 0.6 / (high[1] - low[1]))
        corner = 0.05 + 0.5 * place, 0.2
        strokes += [((np.array(s) - low) * scale + corner).tolist() for s in digit]
    return strokes


@pytest.mark.skipif(not WATCHED, reason="needs scikit-learn 1.9")
def test_the_slider_goes_back_to_the_start(digits, open_page, tmp_path):
    X, y = digits
    model = TwoLayerNNClassifier(8, maxiter=25, random_state=0)
    steps = {step: (m, m.score(X, y)) for step, m in watched_fit(model, X, y, (1, 5)).items()}
    assert list(steps) == [0, 1, 5, 25]
    opened = open_page(write(tmp_path / "page.html", model, steps=steps))
    page = opened.page
    put(page, drawn_digit(3, np.random.RandomState(0)))
    row = np.array(page.evaluate("featuresOfStrokes(strokes)"))
    assert page.locator("#marks span").all_text_contents() == ["0", "1", "5", "25"]
    tiles = set()
    for place, (step, (network, right)) in reversed(list(enumerate(steps.items()))):
        page.locator("#step").fill(str(place))
        settle(page)
        (V1, V2), (b1, b2) = network.coefs_, network.intercepts_
        if step < 25:
            V1, V2, b1, b2 = (part.astype("f2").astype(float) for part in (V1, V2, b1, b2))
        Z = 1 / (1 + np.exp(-(row @ V1 + b1))) @ V2 + b2
        expected = np.exp(Z) / np.exp(Z).sum()
        np.testing.assert_allclose(
            page.evaluate("row => predictProba(row)", row.tolist()), expected
        )
        assert answer(page) == str(expected.argmax())
        when = f"After {step} of 25 iterations" if step else "Before training"
        told = f"{when} it reads {right:.1%} of the held-out digits right."
        assert page.locator("#learned").text_content() == told
        captions = page.locator("#units figcaption").all_text_contents()
        order = np.argsort(-np.linalg.norm(model.coefs_[1], axis=1))  # the trained one's throughout
        assert captions == [str(V2[unit].argmax()) for unit in order]
        tiles.add(page.evaluate("document.querySelector('#units canvas').toDataURL()"))
    assert len(tiles) == 4


def test_a_page_without_steps_has_no_slider(digits, open_page, tmp_path):
    page = open_page(write(tmp_path / "page.html", fitted(*digits))).page
    assert not page.locator("#learning").is_visible()


@pytest.mark.parametrize("device", [PHONE, {}])
def test_what_a_finger_needs_not_is_not_there(digits, open_page, tmp_path, device):
    page = open_page(write(tmp_path / "page.html", fitted(*digits)), **device).page
    assert page.locator("p.keys").is_visible() != bool(device)
    assert ("arrow" in page.locator("#hint").inner_text()) != bool(device)
    boxes = [page.locator(name).bounding_box() for name in ("#seen", ".reading figcaption")]
    middles = [box["x"] + box["width"] / 2 for box in boxes]
    assert middles[0] == pytest.approx(middles[1], abs=1)
    assert page.locator("h2").all_inner_texts()[0] == "Your digit"


def touch(opened, strokes):
    """Draw strokes with a finger."""
    box = opened.page.locator("#pad").bounding_box()
    session = opened.context.new_cdp_session(opened.page)
    for stroke in strokes:
        for k, (x, y) in enumerate(stroke):
            point = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
            kind = "touchMove" if k else "touchStart"
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    settle(opened.page)


def test_the_first_tap_after_a_quick_stroke_counts(default_page, open_page):
    opened = open_page(default_page, **PHONE)
    touch(opened, [[(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)]])  # could be a fling
    assert opened.page.evaluate("strokes.length") == 1
    opened.page.locator("#clear").tap()
    settle(opened.page)
    assert opened.page.evaluate("strokes.length") == 0


def test_a_finger_draws_on_a_phone(default_page, open_page):
    opened = open_page(default_page, **PHONE)
    page = opened.page
    box = page.locator("#pad").bounding_box()
    touch(opened, drawn_digit(3, np.random.RandomState(0)))
    assert answer(page) == "3"
    assert page.evaluate("scrollY") == 0  # drawing does not scroll
    assert page.locator("#pad").bounding_box() == box  # nor does the answer push the paper away
    told = page.locator("#answer").bounding_box()
    assert told["y"] + told["height"] < 844  # seen without scrolling


def test_the_keyboard_draws(default_page, open_page):
    page = open_page(default_page).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "pad"
    page.keyboard.press("Space")
    for _ in range(14):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    settle(page)
    assert answer(page) == "1"
    assert page.evaluate("strokes[0].length") == 15
    for key, left in (("ArrowUp", 1), ("Enter", 2), ("z", 1), ("c", 0)):
        page.keyboard.press(key)
        assert page.evaluate("strokes.length") == left
    settle(page)
    page.keyboard.press("Tab")  # nothing to clear: no button to stop at
    assert page.evaluate("document.activeElement.id") != "pad"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1200])
def test_light_and_dark_wide_and_narrow(default_page, open_page, scheme, width):
    device = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    page = open_page(default_page, **device).page
    draw(page, drawn_digit(5, np.random.RandomState(1)))
    for text in ("h1", ".about", "#sure", "#answer", "figcaption", ".likeliest .percentage"):
        assert contrast(page, text) >= 4.5, text  # WCAG 2, level AA


@pytest.mark.parametrize("system", ["light", "dark"])
def test_whoever_embeds_the_page_says_whether_it_is_dark(default_page, open_page, system):
    page = open_page(default_page, color_scheme=system).page
    draw(page, drawn_digit(5, np.random.RandomState(1)))
    colours = {}
    for asked in (None, "light", "dark", "other"):
        if asked is not None:
            page.evaluate("asked => { location.hash = asked }", asked)
        settle(page)
        background = "getComputedStyle(document.body).backgroundColor"
        colours[asked] = page.evaluate(f"[{background}, seen.toDataURL()]")
    assert colours[None] == colours["other"] == colours[system]
    for light, dark in zip(colours["light"], colours["dark"], strict=True):
        assert light != dark
    assert page.evaluate("strokes.length") > 0


def test_a_dark_page_is_printed_light(default_page, open_page):
    pictures = "[pad, seen].map(canvas => canvas.toDataURL())"
    found = {}
    for scheme in ("light", "dark"):
        page = open_page(default_page, color_scheme=scheme).page
        draw(page, [[(0.5, 0.2), (0.5, 0.8)]])
        found[scheme] = page.evaluate(pictures)
    page.evaluate(f"addEventListener('beforeprint', () => {{ window.printed = {pictures} }})")
    page.pdf()
    assert page.evaluate("printed") == found["light"] != found["dark"]
    assert page.evaluate(pictures) == found["dark"]


def contrast(page, selector):
    """WCAG's ratio of the luminances of an element's text and of what is behind it."""
    colours = page.eval_on_selector(
        selector,
        """element => {
            const own = getComputedStyle(element).color;
            let behind = element;
            while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)")
                behind = behind.parentElement;
            return [own, getComputedStyle(behind).backgroundColor];
        }""",
    )
    luminances = []
    for colour in colours:
        rgb = np.array([int(part) for part in re.findall(r"\d+", colour)[:3]]) / 255
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        luminances.append(linear @ [0.2126, 0.7152, 0.0722])
    return (max(luminances) + 0.05) / (min(luminances) + 0.05)


# --- what nobody should be able to do ---------------------------------------------------------


def test_names_stay_names(digits, open_page, tmp_path):
    X, y = digits
    model = fitted(X, np.array(ODD)[y % 4])
    about = "</p><script>alert(3)</script>{{script}}"
    page = open_page(write(tmp_path / "page.html", model, about=about)).page
    assert page.locator("#bars th").all_text_contents() == sorted(ODD)
    assert page.locator(".about").first.text_content() == about
    assert page.locator("script").count() == 2
    assert page.locator("img").count() == 0


def test_the_policy_forbids_other_scripts_and_requests(default_page, chromium):
    page = chromium.new_page()
    page.goto(default_page.as_uri())
    page.evaluate(
        "() => { const other = document.createElement('script'); other.textContent = 'hacked = 1';"
        " document.body.append(other); }"
    )
    assert page.evaluate("typeof hacked") == "undefined"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        asked = "fetch(address, {mode: 'no-cors', signal: AbortSignal.timeout(2000)})"
        page.evaluate(f"address => {asked}.catch(() => 0)", address)
        with pytest.raises(BlockingIOError):  # by now it was refused, or it has arrived
            server.accept()
        server.settimeout(PATIENCE)
        page.goto("about:blank")  # where no policy forbids it
        page.evaluate("address => { fetch(address, {mode: 'no-cors'}); }", address)
        server.accept()[0].close()
    page.close()


def test_nothing_of_the_page_needs_a_browser_to_be_safe(digits):
    """The same in text, where there is no browser."""
    X, y = digits
    page = make_draw_page(fitted(X, np.array(ODD)[y % 4]), find_form(64), "<script>{{data}}")
    assert page.count("<script") == 2
    assert "{{" not in page.split('<script type="application/json"')[0].split("<style>")[0]
    data = page.split('id="model">')[1].split("</script>")[0]
    assert json.loads(data)["classes"] == sorted(ODD)
    assert not re.search(r"(src|href)=[\"']?(http|//)", page)


def test_steps_before_the_network_become_part_of_it(digits):
    X, y = digits
    model = make_pipeline(StandardScaler(), PCA(20), TwoLayerNNClassifier(8, maxiter=5)).fit(X, y)
    network = affine_network(model)
    hidden = 1 / (1 + np.exp(-(X @ network["W1"].T + network["b1"])))
    scores = hidden @ network["W2"].T + network["b2"]
    np.testing.assert_allclose(scores, model.decision_function(X), atol=1e-9)
    model = make_pipeline(Normalizer(), TwoLayerNNClassifier(8, maxiter=5)).fit(X, y)
    with pytest.raises(ValueError, match="must be affine, .* these are not: Normalizer"):
        affine_network(model)
    with pytest.raises(
        ValueError, match="must be a TwoLayerNNClassifier, a TwoLayerNNClassifierCV"
    ):
        affine_network(StandardScaler().fit(X))
    model = make_pipeline("passthrough", TwoLayerNNClassifier(8, maxiter=5)).fit(X, y)
    np.testing.assert_array_equal(affine_network(model)["W1"], model[-1].coefs_[0].T)
    frame = pytest.importorskip("pandas").DataFrame(X).add_prefix("p")
    model = make_pipeline(StandardScaler(), TwoLayerNNClassifier(8, maxiter=5)).fit(frame, y)
    assert affine_network(model)["W1"].shape == (8, 64)


@pytest.mark.parametrize("scaler", [MinMaxScaler(), MaxAbsScaler(), StandardScaler(), None])
def test_ink_is_as_strong_as_in_the_data(digits, scaler):
    X, y = digits
    form = find_form(64)
    model = make_pipeline(scaler, TwoLayerNNClassifier(8, maxiter=5)).fit(16 * X, y)
    page = make_draw_page(model, form, "", ink=None if scaler else 16)
    np.testing.assert_allclose(weights_of(page), affine_network(model)["W1"] * 16)
    unit = make_pipeline(StandardScaler(), TwoLayerNNClassifier(8, maxiter=5)).fit(X, y)
    page = make_draw_page(unit, form, "")
    np.testing.assert_allclose(weights_of(page), affine_network(unit)["W1"])


def weights_of(page):
    """The hidden weights that a page of 64 pixels holds."""
    W1 = json.loads(page.split('id="model">')[1].split("</script>")[0])["network"]["W1"]
    return np.frombuffer(base64.b64decode(W1["data"]), W1["dtype"]).reshape(-1, 64)


def test_the_temperature_that_fits():
    rng = np.random.RandomState(0)
    Z = rng.normal(0, 3, (4000, 10))
    gumbel = rng.gumbel(size=Z.shape)
    y = np.argmax(Z / 2 + gumbel, axis=1)  # as softmax(Z / 2) says
    p = softmax(Z, axis=1)
    classes = np.arange(10)
    assert draw_command.fitted_temperature(p, y, classes) == pytest.approx(2, rel=0.05)
    again = draw_command.fitted_temperature(softmax(Z / 2, axis=1), y, classes)
    assert again == pytest.approx(1, rel=0.05)
    sure = np.where(np.eye(2)[[0, 1, 1]], 1.0, 0.0)  # zeros and ones, one of them wrong
    assert np.isfinite(draw_command.fitted_temperature(sure, np.array([0, 1, 0]), classes[:2]))


def test_models_that_make_no_page(digits):
    X, y = digits
    form, model = find_form(64), fitted(X, y)
    with pytest.raises(ValueError, match=r"as many pixels as the model has features, 64; got"):
        make_draw_page(model, find_form(100), "")
    with pytest.raises(ValueError, match="ink must be above 0 and finite, got 0"):
        make_draw_page(model, form, "", ink=0)
    with pytest.raises(ValueError, match="temperature must be above 0 and finite, got -1"):
        make_draw_page(model, form, "", temperature=-1)
    with pytest.raises(NotFittedError):
        make_draw_page(TwoLayerNNClassifier(), form, "")
    with pytest.raises(ValueError, match="must tell classes apart, got one"):
        make_draw_page(fitted(X, np.zeros(len(X))), form, "")
    model.coefs_[1][0, 0] = np.nan
    with pytest.raises(ValueError, match="weights must be finite"):
        make_draw_page(model, form, "")


# --- the command ----------------------------------------------------------------------------------


def test_draw_tells_what_it_did_and_does_it_again_alike(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(draw_command, "ENOUGH", 1600)  # distorted rows, as 16000 are
    monkeypatch.setattr(draw_command, "HELD_OUT", 200)
    pages = [tmp_path / name for name in ("a.html", "b.html")]
    results = []
    for path in pages:
        assert main(["draw", "--json", "--out", str(path)]) == 0
        results.append(json.loads(capsys.readouterr().out))
    first, again = results
    assert first["data"]["training_rows"] == 1347
    assert first["test_accuracy"] == again["test_accuracy"] > 0.97
    assert first["temperature"] >= 1
    text = pages[0].read_text()
    assert f"(temperature {first['temperature']:.2f})." in text
    assert f"They read {first['test_accuracy']:.1%} of the other 450 right." in text
    assert text == pages[1].read_text()
    data = json.loads(text.split('id="model">')[1].split("</script>")[0])
    steps = {step["iteration"]: step["right"] for step in data["steps"]}
    if WATCHED:
        assert list(steps) == [0, 1, 2, 5, 10, 20, 50, 100, first["iterations"]]
        assert steps[0] < 0.3 < 0.9 < steps[50]
        assert steps[first["iterations"]] == first["test_accuracy"]


@pytest.mark.parametrize("ending", ["skops", "npz"])
def test_a_saved_model(digits, tmp_path, capsys, ending):
    model = fitted(*digits)
    path = tmp_path / f"model.{ending}"
    if ending == "skops":
        pytest.importorskip("skops")
    save_model(model, path)
    assert main(["draw", str(path), "--out", str(tmp_path / "page.html")]) == 0
    assert "is taken for 1 in its data; else give --ink" in capsys.readouterr().out
    form = find_form(64)
    about = f"The network in model.{ending}, for images of 8 x 8 pixels."
    assert (tmp_path / "page.html").read_text() == make_draw_page(model, form, about)
    arguments = ["draw", str(path), "--out", str(tmp_path / "page.html"), "--image-shape", "4x16"]
    assert main([*arguments, "--image-order", "F"]) == 0
    data = (tmp_path / "page.html").read_text().split('id="model">')[1].split("</script>")[0]
    assert json.loads(data)["form"]["shape"] == [4, 16]
    assert json.loads(data)["form"]["order"] == "F"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "."], "--out must be a file in a folder that can be written to, got ."),
        (["--out", "gone/page.html"], "--out must be a file in a folder that can be"),
        (["model.npz", "--out", "model.npz"], "--out must be another file than the model"),
        (["--image-shape", "8x8"], "--image-shape has a meaning only with a MODEL"),
        (["--ink", "16"], "--ink has a meaning only with a MODEL"),
        (["model.npz", "--data", "digits"], "--data has a meaning only without a MODEL"),
        (["model.npz", "--image-shape=-1x-2"], "must hold 2 pixels, got (-1, -2)"),
        (["gone.npz"], "gone.npz"),
        (["--data", "unlabelled.csv"], "no labels, which draw needs"),
        (["model.npz", "--image-shape", "big"], "--image-shape must be such as 28x28, got 'big'"),
        (["model.npz"], "2 pixels make no square image"),
    ],
)
def test_errors_of_draw(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "unlabelled.csv").write_text("0,0,1,1\n1,0,1,0\n")
    save_model(TwoLayerNNClassifier(2, maxiter=5).fit([[0, 1], [1, 0]], [0, 1]), "model.npz")
    assert main(["draw", *arguments]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert message in err
