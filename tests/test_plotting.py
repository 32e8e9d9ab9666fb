"""Oracles: the arrays behind the pictures, and the predictions in their titles."""

import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier
from skdigits.datasets import load_digits_images

plt = pytest.importorskip("matplotlib.pyplot")

from skdigits.plotting import (  # noqa: E402
    DigitGridDisplay,
    HiddenUnitsDisplay,
    LossCurveDisplay,
    MaxiterCurveDisplay,
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
                f"{predicted[row]}, not {digits.target[row]}" if wrong else f"{predicted[row]}"
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


def test_one_digit_says_both(digits, model):
    display = DigitGridDisplay.from_estimator(
        model, digits.data[:1], digits.images[:1], y=digits.target[:1], n_images=1
    )
    assert display.axes_[0].get_title() == f"predicted {model.predict(digits.data[:1])[0]}, true 0"


@pytest.mark.parametrize("order", ["C", "F"])
def test_hidden_units_on_one_scale_sorted_by_output_norm(digits, model, order):
    display = HiddenUnitsDisplay.from_estimator(model, (8, 8), image_order=order)
    norms = np.linalg.norm(model.coefs_[1], axis=1)
    ranks = np.argsort(-norms)
    limit = np.abs(model.coefs_[0]).max()
    for axis, unit in zip(display.axes_, ranks, strict=True):
        image = model.coefs_[0][:, unit].reshape(8, 8)
        np.testing.assert_array_equal(shown(axis), image if order == "C" else image.T)
        assert axis.images[0].get_clim() == pytest.approx((-limit, limit))
        assert axis.get_title() == f"for {model.coefs_[1][unit].argmax()}"


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_hidden_units_of_two_classes_vote(output):
    X, y = make_moons(100, random_state=0)
    names = np.array(["lower", "upper"])
    model = TwoLayerNNClassifier(3, output_activation=output, maxiter=20, random_state=0)
    display = HiddenUnitsDisplay.from_estimator(model.fit(X, names[y]), (1, 2))
    assert {axis.get_title() for axis in display.axes_} <= {"for lower", "for upper"}


def test_loss_curves(model):
    _, ax = plt.subplots()
    display = LossCurveDisplay.from_estimator(model, ax=ax)
    assert display.ax_ is ax
    training, validation = ax.get_lines()
    np.testing.assert_array_equal(training.get_xdata(), np.arange(1, model.n_iter_ + 1))
    np.testing.assert_array_equal(training.get_ydata(), model.loss_curve_)
    np.testing.assert_array_equal(validation.get_ydata(), model.validation_loss_curve_)
    alone = LossCurveDisplay([2.0, 1.0]).plot()
    assert len(alone.ax_.get_lines()) == 1


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
    with pytest.raises(ValueError, match="hidden_units=3 is not among"):
        MaxiterCurveDisplay.from_search(search, hidden_units=3)


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
