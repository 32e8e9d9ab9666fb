"""The pictures that the command writes into its folders."""

from types import SimpleNamespace

from skdigits.plotting import AGAINST, FOR, OTHER, diverging

SHOWN = 50  # hidden units at most, those that say most: a committee has hundreds


def load_matplotlib():
    """Load pyplot, drawing into files, and our displays; an error says if it is missing."""
    try:
        import matplotlib
    except ImportError as error:
        raise ImportError("pictures need matplotlib: pip install matplotlib") from error
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from skdigits import plotting

    return plt, plotting


def draw_experiment(model, digits, test, seed):
    """The displays of the experiment, by the names of their files."""
    plt, plotting = load_matplotlib()
    from sklearn.metrics import ConfusionMatrixDisplay

    X, images, y = digits.data[test], digits.images[test], digits.target[test]
    _, ax = plt.subplots(figsize=(6, 6), layout="constrained")
    confusion = ConfusionMatrixDisplay.from_estimator(
        model, X, y, cmap="Blues", colorbar=False, ax=ax
    )
    for count in confusion.text_.ravel():
        if count.get_text() == "0":
            count.set_color(OTHER)
    ax.set_title(f"{len(y)} test digits")
    walked = hasattr(model, "reg_lambdas_")
    path = {"path.png": plotting.LambdaPathDisplay.from_estimator(model)} if walked else {}
    return {
        "digits.png": plotting.DigitGridDisplay.from_data(digits.images, random_state=seed),
        "prediction.png": plotting.PredictionDisplay.from_estimator(model, X, images, y=y, row=0),
        **path,
        "loss_curve.png": plotting.LossCurveDisplay.from_estimator(model),
        "confusion.png": confusion,
        "confused.png": plotting.ConfusionExamplesDisplay.from_estimator(model, X, y, images),
        "hidden_units.png": plotting.HiddenUnitsDisplay.from_estimator(
            model, digits.image_shape, image_order=digits.image_order, n_units=SHOWN
        ),
    }


def draw_learning(steps, digits, train, test):
    """A picture of the training and test accuracy of the networks that a fit went through."""
    plt, _ = load_matplotlib()
    figure, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
    iterations = list(steps)
    for rows, name, style in (
        (train, "training digits", {"color": FOR, "marker": "o"}),
        (test, "test digits", {"color": AGAINST, "marker": "s", "linestyle": "--"}),
    ):
        X, y = digits.data[rows], digits.target[rows]
        right = [network.score(X, y) for network in steps.values()]
        label = f"{name} ({right[-1]:.1%} at the end)"
        ax.plot(iterations, right, label=label, markersize=4, **style)
    ax.set_xscale("symlog", linthresh=1)
    ticks = [step for step in (0, 1, 2, 5, 10, 20, 50, 100, 200, 500) if step <= iterations[-1]]
    ax.set_xticks(ticks, map(str, ticks))
    ax.set_xticks([], minor=True)
    ax.set(xlabel="iteration", ylabel="share right", title="Accuracy by iteration")
    ax.yaxis.set_major_formatter("{x:.0%}")
    ax.grid(True, alpha=0.25)
    ax.legend(loc="lower right")
    return SimpleNamespace(figure_=figure)


def save_pictures(out, displays):
    """Write displays into the folder out; their paths."""
    plt, _ = load_matplotlib()
    for name, display in displays.items():
        display.figure_.savefig(out / name, dpi=120)
    plt.close("all")
    return [out / name for name in displays]


def draw_search(out, search):
    """Write the pictures of a search into the folder out; their paths, none of one candidate."""
    _, plotting = load_matplotlib()
    pictures = {}
    if len({str(parameters) for parameters in search.cv_results_["params"]}) > 1:
        pictures["search.png"] = plotting.SearchDisplay.from_search(search)
    if len({parameters["maxiter"] for parameters in search.cv_results_["params"]}) > 1:
        pictures["maxiter.png"] = plotting.MaxiterCurveDisplay.from_search(search)
    return save_pictures(out, pictures)


def draw_predictions(model, X, images, y, seed, path):
    """Write a picture of random digits with their predictions."""
    plt, plotting = load_matplotlib()
    display = plotting.DigitGridDisplay.from_estimator(model, X, images, y=y, random_state=seed)
    display.figure_.savefig(path, dpi=120)
    plt.close("all")


def draw_moons(model, X, y, path):
    """Write a picture of the boundary between two classes of points in the plane."""
    plt, _ = load_matplotlib()
    from sklearn.inspection import DecisionBoundaryDisplay

    _, ax = plt.subplots(figsize=(8, 5), layout="constrained")
    display = DecisionBoundaryDisplay.from_estimator(
        model,
        X,
        ax=ax,
        response_method="predict_proba",
        class_of_interest=1,
        grid_resolution=200,
        eps=0.4,
        plot_method="pcolormesh",
        cmap=diverging(),
        vmin=0,
        vmax=1,
        alpha=0.4,  # or points would not be seen on a ground of their own colour
    )
    boundary = {"levels": [0.5], "colors": "black", "linewidths": 1.5}
    ax.contour(display.xx0, display.xx1, display.response, **boundary)
    for label, marker, colour in ((0, "o", AGAINST), (1, "s", FOR)):
        points = X[y == label].T
        style = {"s": 22, "marker": marker, "edgecolors": "white", "linewidths": 0.6}
        ax.scatter(*points, c=colour, label=f"moon {label}", **style)
    bar = ax.figure.colorbar(display.surface_, ax=ax, ticks=[0, 0.5, 1], shrink=0.8)
    bar.ax.set_yticklabels(["0%", "50%", "100%"])
    bar.set_label("probability of moon 1; the line is where it is one half")
    ax.legend(loc="upper right", framealpha=0.95)
    ax.set(title="Two moons, as the network tells them apart", xlabel="", ylabel="", aspect="equal")
    ax.figure.savefig(path, dpi=120)
    plt.close("all")
