"""Oracles: the arrays behind the pictures, and the predictions in their titles."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier, TwoLayerNNClassifierCV
from skdigits.datasets import load_digits_images

plt = pytest.importorskip("matplotlib.pyplot")

from skdigits.plotting import (  # noqa: E402
    ConfusionExamplesDisplay,
    DigitGridDisplay,
    HiddenUnitsDisplay,
    LambdaPathDisplay,
    LossCurveDisplay,
    MaxiterCurveDisplay,
    PredictionDisplay,
    SearchDisplay,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def digits():
    return load_digits_images()


@pytest.fixture(scope="module")
def model(digits):
    model = TwoLayerNNClassifier(6, maxiter=15, random_state=0)
    return model.fit(digits.data, digits.target, X_val=digits.data, y_val=digits.target)


def shown(axis):
    """The image that an axis shows."""
    return np.asarray(axis.images[0].get_array())


def row_of(image, digits):
    """Which row an image is."""
    return int(np.flatnonzero((digits.images == image).all(axis=(1, 2)))[0])


def test_a_hundred_random_digits(digits):
    display = DigitGridDisplay.from_data(digits.images, random_state=3)
    assert len(display.axes_) == 100
    rows = [row_of(shown(axis), digits) for axis in display.axes_]
    assert len(set(rows)) == 100
    again = DigitGridDisplay.from_data(digits.images, random_state=3)
    np.testing.assert_array_equal(again.images, display.images)
    few = DigitGridDisplay.from_data(digits.images[:7], titles=list("abcdefg"))
    titles = {axis.get_title(): row_of(shown(axis), digits) for axis in few.axes_}
    assert titles == dict(zip("abcdefg", range(7), strict=True))


@pytest.mark.parametrize("labelled", [False, True])
def test_titles_are_the_predictions_and_errors_are_marked(digits, model, labelled):
    y = digits.target if labelled else None
    display = DigitGridDisplay.from_estimator(
        model, digits.data, digits.images, y=y, n_images=60, random_state=0
    )
    predicted = model.predict(digits.data)
    for axis in display.axes_:
        row = row_of(shown(axis), digits)
        wrong = predicted[row] != digits.target[row]
        if not labelled:
            expected = f"predicted {predicted[row]}"
        else:
            expected = (
                f"{digits.target[row]} read as {predicted[row]}" if wrong else f"{predicted[row]}"
            )
        assert axis.get_title() == expected
        assert axis.axison == (labelled and wrong)
    assert any(axis.axison for axis in display.axes_) == labelled


def test_frames_and_series_are_picked_by_position(digits, model):
    pd = pytest.importorskip("pandas")
    titles = pd.Series(digits.target, index=np.arange(len(digits.target)) + 5)
    display = DigitGridDisplay.from_data(digits.images, titles=titles, n_images=9)
    for axis in display.axes_:
        assert axis.get_title() == str(digits.target[row_of(shown(axis), digits)])
    frame = pd.DataFrame(digits.data)
    by_frame, by_array = (
        DigitGridDisplay.from_estimator(model, X, digits.images, random_state=0)
        for X in (frame, digits.data)
    )
    assert by_frame.titles == by_array.titles
    with pytest.raises(ValueError, match="there must be an image to draw"):
        DigitGridDisplay.from_data(digits.images[:0])


@pytest.mark.parametrize("rows", [[5, 3, 5], np.array([1796])])
def test_chosen_rows_in_their_order(digits, model, rows):
    display = DigitGridDisplay.from_data(digits.images, rows=rows, titles=digits.target)
    assert [row_of(shown(axis), digits) for axis in display.axes_] == list(rows)
    assert display.titles == [str(digits.target[row]) for row in rows]
    display = DigitGridDisplay.from_estimator(model, digits.data, digits.images, rows=rows)
    assert [row_of(shown(axis), digits) for axis in display.axes_] == list(rows)


def test_rows_by_a_mask(digits):
    mask = np.zeros(1797, dtype=bool)
    mask[[3, 13]] = True
    display = DigitGridDisplay.from_data(digits.images, rows=mask)
    assert [row_of(shown(axis), digits) for axis in display.axes_] == [3, 13]


@pytest.mark.parametrize("rows", [[-1], [1797], [], [0.5], np.zeros(1797, bool), [True, False]])
def test_rows_that_do_not_exist(digits, model, rows):
    with pytest.raises(ValueError, match="rows must be whole numbers from 0 to 1796") as caught:
        DigitGridDisplay.from_data(digits.images, rows=rows)
    assert len(str(caught.value)) < 200
    with pytest.raises(ValueError, match="row must be whole numbers from 0 to 1796"):
        PredictionDisplay.from_estimator(model, digits.data, digits.images, row=1797)


def test_labels_of_another_kind_are_no_errors_of_the_classifier(digits, model):
    names = digits.target.astype(str)
    for display in (DigitGridDisplay, PredictionDisplay):
        with pytest.raises(ValueError, match="Mix of label input types"):
            display.from_estimator(model, digits.data, digits.images, y=names)


def test_shapes_that_do_not_fit(digits, model):
    with pytest.raises(ValueError, match=r"images must have shape \(n, height, width\), got"):
        DigitGridDisplay.from_data(digits.data)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        DigitGridDisplay.from_estimator(model, digits.data[:9], digits.images)
    for shape in ((9, 8), 64, (4, 4, 4)):
        with pytest.raises(
            ValueError, match=r"as many pixels as the network has features, 64; got"
        ):
            HiddenUnitsDisplay.from_estimator(model, shape)
    table = make_pipeline(MinMaxScaler(), TwoLayerNNClassifier(2, maxiter=2))
    table.fit(digits.data[:, :30], digits.target)
    with pytest.raises(
        ValueError, match=r"image_shape must be .* features, 30; got None\. .*coefs_"
    ):
        HiddenUnitsDisplay.from_estimator(table)
    with pytest.raises(ValueError, match="n_units must be at least 1, got 0"):
        HiddenUnitsDisplay.from_estimator(model, (8, 8), n_units=0)
    with pytest.raises(ValueError, match="image_order must be 'C' or 'F', got 'A'"):
        HiddenUnitsDisplay.from_estimator(model, (8, 8), image_order="A")
    with pytest.raises(ValueError, match=r"y must be one label a row, got shape \(1797, 10\)"):
        DigitGridDisplay.from_estimator(
            model, digits.data, digits.images, y=np.eye(10)[digits.target]
        )
    with pytest.raises(ValueError, match=r"row must be one whole number, got \[1, 2\]"):
        PredictionDisplay.from_estimator(model, digits.data, digits.images, row=[1, 2])
    for unfitted in (TwoLayerNNClassifier(), make_pipeline(TwoLayerNNClassifier())):
        with pytest.raises(NotFittedError):
            LossCurveDisplay.from_estimator(unfitted)
    with pytest.raises(NotFittedError):
        SearchDisplay.from_search(BatchedGridSearchCV(TwoLayerNNClassifier(), GRID))


def test_only_rows_that_are_shown_are_predicted(digits, model):
    class Counting:
        classes_ = model.classes_
        seen = ()

        def predict(self, X):
            self.seen += (len(X),)
            return model.predict(X)

        def predict_proba(self, X):
            self.seen += (len(X),)
            return model.predict_proba(X)

    counting = Counting()
    DigitGridDisplay.from_estimator(counting, digits.data, digits.images, n_images=7)
    PredictionDisplay.from_estimator(counting, digits.data, digits.images)
    assert counting.seen == (7, 1)


def test_names_are_no_formulas(digits):
    y = np.where(digits.target > 4, r"$\odd$", "$x")
    model = TwoLayerNNClassifier(2, maxiter=3, random_state=0).fit(digits.data, y)
    X, images = digits.data, digits.images
    displays = [
        DigitGridDisplay.from_estimator(model, X, images, y=y, rows=[0, 9]),
        PredictionDisplay.from_estimator(model, X, images, y=y, row=0),
        ConfusionExamplesDisplay.from_estimator(model, X, y, images),
        HiddenUnitsDisplay.from_estimator(model, (8, 8)),
        LossCurveDisplay.from_estimator(model, name=r"$\odd$"),
    ]
    for display in displays:
        display.figure_.canvas.draw()


def test_a_pixel_that_is_missing_hides_no_other(digits):
    images = digits.images[:4].copy()
    images[0, 0, 0] = np.nan
    display = DigitGridDisplay.from_data(images, rows=range(4))
    assert {axis.images[0].get_clim() for axis in display.axes_} == {(0, 1)}


@pytest.mark.parametrize(("unit", "black"), [(1, 1.0), (16, 16.0), (255, 255.0)])
def test_images_in_other_units_are_as_dark(digits, unit, black):
    display = DigitGridDisplay.from_data(digits.images * unit)
    assert display.axes_[0].images[0].get_clim() == (0, black)


@pytest.mark.parametrize("right", [True, False])
def test_one_digit_and_its_probabilities(digits, model, right):
    predicted = model.predict(digits.data)
    row = int(np.flatnonzero((predicted == digits.target) == right)[0])
    display = PredictionDisplay.from_estimator(
        model, digits.data, digits.images, y=digits.target, row=row
    )
    digit, bars = display.axes_
    np.testing.assert_array_equal(shown(digit), digits.images[row])
    assert digit.get_title() == f"predicted {predicted[row]}\ntrue {digits.target[row]}"
    probabilities = model.predict_proba(digits.data[[row]])[0]
    widths = [bar.get_width() for bar in bars.patches]
    np.testing.assert_allclose(widths, probabilities, rtol=1e-4)
    marked = [] if right else [digits.target[row]]
    told = [f"{p:.1%}, true" if k in marked else f"{p:.1%}" for k, p in enumerate(probabilities)]
    assert [text.get_text() for text in bars.texts] == told
    assert [label.get_text() for label in bars.get_yticklabels()] == list("0123456789")
    colours = {bar.get_facecolor() for bar in bars.patches}
    assert len(colours) == (2 if right else 3)
    again = PredictionDisplay.from_estimator(model, digits.data, digits.images, random_state=2)
    same = PredictionDisplay.from_estimator(model, digits.data, digits.images, random_state=2)
    np.testing.assert_array_equal(again.image, same.image)
    assert "true" not in again.axes_[0].get_title()


@pytest.mark.parametrize(
    "names", [["a rather long name", "another one, longer still"], list("abcdefghij")]
)
def test_titles_stay_within_the_figure(digits, names):
    names = np.array(names)
    y, wrong = (names[(digits.target + k) % len(names)] for k in (0, 1))
    model = TwoLayerNNClassifier(2, maxiter=3, random_state=0).fit(digits.data, y)
    for true in (y, wrong):
        display = PredictionDisplay.from_estimator(model, digits.data, digits.images, y=true, row=0)
        display.figure_.canvas.draw()
        box, whole = display.figure_.get_tightbbox(), display.figure_.bbox_inches
        assert (whole.x0 <= box.x0, box.x1 <= whole.x1) == (True, True)
        assert (whole.y0 <= box.y0, box.y1 <= whole.y1) == (True, True)


def test_the_pairs_confused_most(digits, model):
    y, predicted = digits.target, model.predict(digits.data)
    display = ConfusionExamplesDisplay.from_estimator(
        model, digits.data, y, digits.images, n_pairs=3, n_images=4
    )
    counts = Counter(zip(y[y != predicted], predicted[y != predicted], strict=True))
    assert [times for *_, times in display.pairs] == sorted(counts.values(), reverse=True)[:3]
    assert display.axes_.shape == (3, min(4, max(times for *_, times in display.pairs)))
    for row, (true, taken, times) in zip(display.axes_, display.pairs, strict=True):
        assert counts[true, taken] == times
        words = row[0].get_ylabel().split()
        assert words[:5] == [str(true), "read", "as", f"{taken},", str(times)]
        drawn = [row_of(shown(axis), digits) for axis in row if axis.images]
        assert len(drawn) == min(4, times)
        assert {(y[k], predicted[k]) for k in drawn} == {(true, taken)}


def test_nothing_confused(digits):
    y = digits.target
    display = ConfusionExamplesDisplay.from_predictions(y, y, digits.images)
    assert display.axes_.size == 0
    texts = [text.get_text() for axis in display.figure_.axes for text in axis.texts]
    assert texts == ["No digit was misread."]
    with pytest.raises(ValueError, match="n_pairs must be at least 1, got 0"):
        ConfusionExamplesDisplay.from_predictions(y, y, digits.images, n_pairs=0)


@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
def test_neighbours_are_left_alone(digits, model, search, layout):
    X, images, y = digits.data, digits.images, digits.target
    for draw in (
        lambda ax: HiddenUnitsDisplay.from_estimator(model, (8, 8), ax=ax),
        lambda ax: SearchDisplay.from_search(search, ax=ax),
        lambda ax: ConfusionExamplesDisplay.from_estimator(model, X, y, images, ax=ax),
        lambda ax: PredictionDisplay.from_estimator(model, X, images, y=y, row=5, ax=ax),
        lambda ax: MaxiterCurveDisplay.from_search(search, ax=ax),
    ):
        figure, (left, given, right) = plt.subplots(1, 3, figsize=(15, 4.5), layout=layout)
        draw(given)
        figure.canvas.draw()
        others = [axis.get_tightbbox() for axis in (left, right)]
        own = [axis for axis in figure.axes if axis not in (left, given, right)] or [given]
        for box in (axis.get_tightbbox() for axis in own):
            assert box is None or not any(box.overlaps(other) for other in others)
        plt.close(figure)


def test_numbers_of_a_search_fit_their_cells(search):
    _, axes = plt.subplots(2, 2, figsize=(9, 7))
    display = SearchDisplay.from_search(search, ax=axes[0, 0])
    display.figure_.canvas.draw()
    for axis in display.axes_:
        wide = axis.get_window_extent().width / len(display.reg_lambda)
        assert max(text.get_window_extent().width for text in axis.texts) <= wide


def test_displays_divide_the_axes_that_they_are_given(digits, model):
    figure, axes = plt.subplots(1, 4)
    X, images, y = digits.data, digits.images, digits.target
    displays = [
        DigitGridDisplay.from_data(images, n_images=4, ax=axes[0]),
        PredictionDisplay.from_estimator(model, X, images, row=0, ax=axes[1]),
        ConfusionExamplesDisplay.from_estimator(model, X, y, images, ax=axes[2]),
        HiddenUnitsDisplay.from_estimator(model, (8, 8), ax=axes[3]),
    ]
    figure.canvas.draw()
    for display, given in zip(displays, axes, strict=True):
        assert display.figure_ is figure
        box = given.get_subplotspec().get_position(figure)
        for axis in display.axes_.flat:
            inside = axis.get_position(original=True)
            assert box.x0 - 1e-6 <= inside.x0
            assert inside.x1 <= box.x1 + 1e-6
    assert len(displays[0].axes_) == 4
    with pytest.raises(ValueError, match="ax must stand in a grid"):
        DigitGridDisplay.from_data(images, ax=figure.add_axes([0, 0, 1, 1]))
    with pytest.raises(ValueError, match="a display has divided it before"):
        displays[0].plot(ax=axes[0])


@pytest.mark.parametrize("order", ["C", "F"])
def test_hidden_units_on_one_scale_sorted_by_output_norm(digits, model, order):
    display = HiddenUnitsDisplay.from_estimator(model, (8, 8), image_order=order)
    norms = np.linalg.norm(model.coefs_[1], axis=1)
    ranks = np.argsort(-norms)
    limit = np.quantile(np.abs(model.coefs_[0]).max(axis=1), 0.8)  # of four pixels in five
    for axis, unit in zip(display.axes_, ranks, strict=True):
        image = model.coefs_[0][:, unit].reshape(8, 8)
        np.testing.assert_array_equal(shown(axis), image if order == "C" else image.T)
        assert axis.images[0].get_clim() == pytest.approx((-limit, limit))
        assert axis.images[0].to_rgba([[0.0]], norm=True).tolist() == [[[1, 1, 1, 1]]]  # white
        assert axis.get_title() == f"for {model.coefs_[1][unit].argmax()}"


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_hidden_units_of_two_classes_vote(output):
    X, y = make_moons(100, random_state=0)
    names = np.array(["lower", "upper"])
    model = TwoLayerNNClassifier(3, output_activation=output, maxiter=20, random_state=0)
    display = HiddenUnitsDisplay.from_estimator(model.fit(X, names[y]), (1, 2))
    assert {axis.get_title() for axis in display.axes_} <= {"for lower", "for upper"}


def test_hidden_units_of_a_pipeline_the_strongest_first(digits):
    model = make_pipeline(MinMaxScaler(), TwoLayerNNClassifier(5, maxiter=5, random_state=0))
    model.fit(digits.data, digits.target)
    display = HiddenUnitsDisplay.from_estimator(model, (8, 8), n_units=2)
    strongest = np.argsort(-np.linalg.norm(model[-1].coefs_[1], axis=1))[:2]
    assert len(display.axes_) == 2
    np.testing.assert_array_equal(display.images, model[-1].coefs_[0].T[strongest].reshape(2, 8, 8))


def test_loss_curves(model):
    _, ax = plt.subplots()
    display = LossCurveDisplay.from_estimator(model, ax=ax)
    assert display.ax_ is ax
    training, validation = display.lines_
    np.testing.assert_array_equal(training.get_xdata(), np.arange(1, model.n_iter_ + 1))
    np.testing.assert_array_equal(training.get_ydata(), model.loss_curve_)
    np.testing.assert_array_equal(validation.get_ydata(), model.validation_loss_curve_)
    alone = LossCurveDisplay([2.0, 1.0]).plot()
    assert len(alone.ax_.get_lines()) == 1
    (legend,) = alone.ax_.get_legend().get_texts()
    assert legend.get_text() == "training cost, penalty included (1)"


def test_costs_with_and_without_the_penalty_are_told_apart(model):
    both, alone = LossCurveDisplay.from_estimator(model), LossCurveDisplay([2.0, 1.0]).plot()
    training, validation = (line.get_label() for line in both.lines_)
    assert ("penalty included" in training, "without penalty" in validation) == (True, True)
    assert both.ax_.get_ylabel() == "training cost, validation loss (no penalty)"
    assert alone.ax_.get_ylabel() == "cost, penalty included"


@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_iteration_that_was_kept_has_a_ring(digits, early_stopping):
    settings = {"early_stopping": early_stopping, "n_iter_no_change": 3, "reg_lambda": 0.01}
    model = TwoLayerNNClassifier(25, maxiter=40, random_state=0, **settings)
    model.fit(digits.data[:400], digits.target[:400])
    curves = [model.loss_curve_]
    curves += [model.validation_loss_curve_] if early_stopping else []
    kept = int(np.argmin(curves[-1])) + 1
    assert (kept < model.n_iter_) == early_stopping
    rings = [
        ring.get_offsets()[0] for ring in LossCurveDisplay.from_estimator(model).ax_.collections
    ]
    np.testing.assert_allclose(rings, [(kept, curve[kept - 1]) for curve in curves])
    start = LossCurveDisplay([1.0, 2.0], kept=0).plot()
    assert start.ax_.get_legend().get_texts()[1].get_text() == "weights kept: those of the start"


@pytest.mark.parametrize(("high", "low"), [(3.3, 1.1), (2.3, 0.09), (700, 0.02), (1, 0.999)])
def test_ticks_of_costs_are_some_and_apart(high, low):
    display = LossCurveDisplay(np.geomspace(high, low, 50)).plot()
    figure, axis = display.figure_, display.ax_.yaxis
    figure.canvas.draw()
    boxes = [
        label.get_window_extent()
        for label, place in zip(axis.get_ticklabels(), axis.get_ticklocs(), strict=True)
        if np.logical_and(*(np.sort(display.ax_.get_ylim()) - place) * [-1, 1] >= 0)
    ]
    assert len(boxes) >= 3
    boxes.sort(key=lambda box: box.y0)
    assert all(below.y1 <= above.y0 for below, above in pairwise(boxes))
    # The last cost is read between two ticks, and beside the axes.
    bottom = display.ax_.get_ylim()[0] * (1 - 1e-9)
    assert min(place for place in axis.get_ticklocs() if place >= bottom) <= low * (1 + 1e-9)
    (last,) = display.ax_.texts
    assert (last.get_text(), last.xy) == (f"{low:.4g}", (1, pytest.approx(low)))
    box = last.get_window_extent()
    assert display.ax_.bbox.x1 < box.x0 < box.x1 < figure.bbox.x1


def test_last_costs_that_are_alike_are_told_once():
    first = LossCurveDisplay([2.0, 1.0], name="a").plot()
    for cost, told in ((1.01, ["1"]), (1.5, ["1", "1.5"])):
        LossCurveDisplay([2.0, cost], name="b").plot(ax=first.ax_)
        assert [text.get_text() for text in first.ax_.texts] == told
    ticks = [place for place in first.ax_.get_xticks() if place % 1]
    assert ticks == []  # iterations are whole


def test_a_later_curve_is_within_the_axes():
    first = LossCurveDisplay([2.0, 1.0]).plot()
    LossCurveDisplay([3.0, 0.01]).plot(ax=first.ax_)
    low, high = first.ax_.get_ylim()
    assert low <= 0.01 < 3 <= high


def test_several_fits_in_one_picture(model, digits):
    first = LossCurveDisplay.from_estimator(model, name="one")
    second = LossCurveDisplay([2.0, 1.0], name="two").plot(ax=first.ax_)
    assert second.ax_ is first.ax_
    legend = [text.get_text() for text in first.ax_.get_legend().get_texts()]
    assert [text.split(":")[0] for text in legend] == ["one", "one", "weights kept", "two"]
    training, validation = first.lines_
    assert training.get_color() == validation.get_color() != second.lines_[0].get_color()
    assert training.get_marker() != second.lines_[0].get_marker()  # in grey
    assert training.get_linestyle() != validation.get_linestyle()


GRID = {
    "hidden_units": [5, 2],
    "reg_lambda": [3.0, 0.1, 1.0],
    "maxiter": [8, 2],
    "tol": [1e-3, 0.1],
}


@pytest.fixture(scope="module")
def search(digits):
    model = TwoLayerNNClassifier(random_state=0)
    scoring = ["accuracy", "neg_log_loss"]
    search = BatchedGridSearchCV(model, GRID, cv=2, scoring=scoring, refit="accuracy")
    return search.fit(digits.data[:200], digits.target[:200])


def best_of(search, score, **values):
    """The best mean score of the candidates with these parameters."""
    results = search.cv_results_
    fitting = [values.items() <= parameters.items() for parameters in results["params"]]
    return results[f"mean_test_{score}"][fitting].max()


@pytest.mark.parametrize("score", [None, "neg_log_loss"])
def test_a_search_over_lambda_hidden_units_and_maxiter(search, score):
    display = SearchDisplay.from_search(search, score=score)
    assert [axis.get_title() for axis in display.axes_] == ["maxiter 2", "maxiter 8"]
    for k, maxiter in enumerate([2, 8]):
        for i, units in enumerate([2, 5]):
            for j, reg_lambda in enumerate([0.1, 1.0, 3.0]):
                values = {"maxiter": maxiter, "hidden_units": units, "reg_lambda": reg_lambda}
                best = best_of(search, score or "accuracy", **values)
                assert shown(display.axes_[k])[i, j] == best
                assert display.axes_[k].texts[3 * i + j].get_text() == f"{best:.3f}"
                chosen = values.items() <= search.best_params_.items()
                centres = [
                    (p.get_x() + p.get_width() / 2, p.get_y() + p.get_height() / 2)
                    for p in display.axes_[k].patches
                ]
                assert chosen == any(np.allclose(centre, (j, i)) for centre in centres)
    assert [t.get_text() for t in display.axes_[0].get_xticklabels()] == ["0.1", "1", "3"]
    assert [t.get_text() for t in display.axes_[0].get_yticklabels()] == ["2", "5"]


def test_a_search_of_one_parameter_and_of_a_pipeline(digits):
    model = make_pipeline(MinMaxScaler(), TwoLayerNNClassifier(3, maxiter=4, random_state=0))
    grid = {"twolayernnclassifier__reg_lambda": [0.1, 1.0]}
    search = BatchedGridSearchCV(model, grid, cv=2, refit=False)
    search.fit(digits.data[:200], digits.target[:200])
    display = SearchDisplay.from_search(search)
    assert display.scores.shape == (1, 1, 2)
    np.testing.assert_array_equal(display.scores[0, 0], search.cv_results_["mean_test_score"])
    with pytest.raises(ValueError, match="one maxiter only"):
        MaxiterCurveDisplay.from_search(search)
    with pytest.raises(ValueError, match="score must be one of"):
        SearchDisplay.from_search(search, score="accuracy")


def test_scores_against_maxiter(search):
    _, ax = plt.subplots()
    display = MaxiterCurveDisplay.from_search(search, hidden_units=2, ax=ax)
    assert ax.get_title() == "2 hidden units"
    for line, reg_lambda in zip(display.ax_.get_lines(), [0.1, 1.0, 3.0], strict=True):
        assert line.get_label() == f"{reg_lambda:g}"
        np.testing.assert_array_equal(line.get_xdata(), [2, 8])
        expected = [
            best_of(search, "accuracy", hidden_units=2, reg_lambda=reg_lambda, maxiter=maxiter)
            for maxiter in (2, 8)
        ]
        np.testing.assert_array_equal(line.get_ydata(), expected)
    best = MaxiterCurveDisplay.from_search(search)
    assert best.ax_.get_title() == f"{search.best_params_['hidden_units']} hidden units"
    with pytest.raises(ValueError, match=r"those tried, 2, 5; got 3"):
        MaxiterCurveDisplay.from_search(search, hidden_units=3)


def test_a_search_of_nothing_that_is_shown(digits):
    search = GridSearchCV(LogisticRegression(max_iter=20), {"C": [0.1, 1], "tol": [0.1]}, cv=2)
    search.fit(digits.data[:200] > 0.5, digits.target[:200])
    told = "must vary one of maxiter, hidden_units, reg_lambda to be shown; it varies C$"
    with pytest.raises(ValueError, match=told):
        SearchDisplay.from_search(search)


def test_what_a_candidate_does_not_set_is_the_estimators(digits):
    model = TwoLayerNNClassifier(4, maxiter=5, random_state=0)
    grid = [{"maxiter": [3, 6]}, {"hidden_units": [2, 4]}]
    search = BatchedGridSearchCV(model, grid, cv=2).fit(digits.data[:200], digits.target[:200])
    display = SearchDisplay.from_search(search)
    assert display.maxiter.tolist() == [3, 5, 6]
    assert display.hidden_units.tolist() == [2, 4]
    expected = search.cv_results_["mean_test_score"]
    places = ([0, 2, 1, 1], [1, 1, 0, 1])
    np.testing.assert_array_equal(display.scores[(*places, [0] * 4)], expected)
    assert np.isnan(display.scores).sum() == 2


# --- a committee ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def committee(digits):
    return TwoLayerNNClassifierCV(
        [3, 6],
        maxiter=15,
        first_maxiter=15,
        step_maxiter=3,
        reg_lambdas=[0.1, 1.0, 10.0],
        cv=4,
        random_state=0,
    ).fit(digits.data, digits.target)


def test_the_path_of_a_committee(committee):
    display = LambdaPathDisplay.from_estimator(committee)
    assert len(display.lines_) == 2
    for line, size in zip(display.lines_, (3, 6), strict=True):
        scores = committee.scores_[(3, 6).index(size)]
        np.testing.assert_allclose(line.get_xdata(), committee.reg_lambdas_)
        np.testing.assert_allclose(line.get_ydata(), -scores.mean(axis=1))
        assert line.get_label() == f"{size} hidden units"
    (ring,) = [line for line in display.ax_.get_lines() if "chosen" in str(line.get_label())]
    assert ring.get_xdata() == [committee.reg_lambda_]
    assert ring.get_ydata() == pytest.approx(-committee.best_score_, rel=0.01)
    band = display.ax_.collections[0].get_paths()[0].vertices
    first = committee.scores_[0][0]
    assert np.ptp(band[band[:, 0] == 0.1][:, 1]) == pytest.approx(
        2 * first.std(ddof=1) / np.sqrt(len(first))
    )
    assert display.ax_.get_ylabel() == "log-loss of held-out rows"


def test_names_of_many_lambdas_are_apart():
    lambdas = np.geomspace(1e-3, 100, 21)
    display = LambdaPathDisplay(lambdas, np.ones((21, 3))).plot()
    display.figure_.canvas.draw()
    labels = [label for label in display.ax_.get_xticklabels() if label.get_text()]
    boxes = [label.get_window_extent() for label in labels]
    assert len(boxes) >= 5
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_the_path_by_another_score_with_lambda_zero(digits):
    model = TwoLayerNNClassifierCV(
        3,
        maxiter=5,
        first_maxiter=5,
        step_maxiter=2,
        reg_lambdas=[0.0, 1.0],
        scoring="accuracy",
        cv=3,
    )
    model.fit(digits.data[:200], digits.target[:200])
    display = LambdaPathDisplay.from_estimator(model)
    (line,) = display.lines_
    np.testing.assert_allclose(line.get_ydata(), model.scores_.mean(axis=1))
    assert display.ax_.get_ylabel() == "accuracy of held-out rows"
    display.figure_.canvas.draw()


def test_who_has_no_path(model):
    with pytest.raises(ValueError, match="must be a TwoLayerNNClassifierCV"):
        LambdaPathDisplay.from_estimator(model)
    with pytest.raises(NotFittedError):
        LambdaPathDisplay.from_estimator(TwoLayerNNClassifierCV())


def test_hidden_units_and_costs_of_a_committee(committee, digits):
    display = HiddenUnitsDisplay.from_estimator(committee, (8, 8))
    members = committee.estimators_
    units = np.concatenate([member.coefs_[0].T for member in members])
    norms = np.concatenate([np.linalg.norm(member.coefs_[1], axis=1) for member in members])
    order = np.argsort(-norms)
    np.testing.assert_array_equal(display.images.reshape(len(units), 64), units[order])
    curve = LossCurveDisplay.from_estimator(committee)
    np.testing.assert_allclose(
        curve.lines_[0].get_ydata(), np.mean([member.loss_curve_ for member in members], axis=0)
    )
    assert "mean of 4 networks" in curve.lines_[0].get_label()
    DigitGridDisplay.from_estimator(committee, digits.data, digits.images, random_state=0)
