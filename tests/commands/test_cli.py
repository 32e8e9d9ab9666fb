"""The command as a user runs it: its streams, its exit code and its files.

What needs no process of its own runs in this one, for a start alone takes seconds.
"""

import contextlib
import csv
import json
import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from processes import Forked, run_forked
from sklearn.datasets import load_digits
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import GridSearchCV, train_test_split

import skdigits
from skdigits import TwoLayerNNClassifier, load_model, save_model
from skdigits.commands.cli import main
from skdigits.commands.search_command import parse_values
from skdigits.datasets import load_digits_images
from skdigits.export import to_c, to_json

pytest.importorskip("matplotlib")
pytest.importorskip("skops")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

COMMAND = "import skdigits.commands, sys; sys.exit(skdigits.commands.main())"
PNG = b"\x89PNG\r\n\x1a\n"
PICTURES = [
    *("digits.png", "prediction.png", "loss_curve.png", "confusion.png", "confused.png"),
    "hidden_units.png",
]


def run(folder, *arguments, program=(sys.executable, "-m", "skdigits")):
    """(exit code, stdout, stderr) of the command in a folder."""
    environment = {k: v for k, v in os.environ.items() if k != "SKDIGITS_DATA"}
    done = subprocess.run(
        [*program, *map(str, arguments)],
        cwd=folder, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def here(tmp_path, monkeypatch, capsys):
    """here(*arguments): the same in this process, in a folder of the test's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SKDIGITS_DATA", raising=False)

    def call(*arguments):
        capsys.readouterr()
        code = main([*map(str, arguments)])
        return code, *capsys.readouterr()

    return call


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    """The folder, stdout and stderr of the main job, without arguments."""
    folder = tmp_path_factory.mktemp("experiment")
    code, out, err = run(folder)
    assert code == 0, err
    return folder, out, err


def test_the_experiment_is_the_posts(experiment):
    folder, out, err = experiment
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
    model = TwoLayerNNClassifier(
        10,
        reg_lambda=3,
        solver="CG",
        maxiter=200,
        coordinates="plain",
        standardize=False,
        output_activation="sigmoid",
        random_state=0,
    ).fit(X, y)
    assert f"training    {model.score(X, y):.1%} right" in out
    assert f"test        {model.score(X_test, y_test):.1%} right" in out
    assert f"cost        {model.loss_:.6f} after 200 iterations" in out
    saved = load_model(folder / "skdigits-experiment" / "model.skops")
    np.testing.assert_array_equal(saved.coefs_[0], model.coefs_[0])
    counts = confusion_matrix(y_test, model.predict(X_test))
    np.fill_diagonal(counts, 0)
    true, predicted = np.unravel_index(counts.argmax(), counts.shape)
    assert f"confused    {true} read as {predicted} ({counts.max()} times)" in out
    assert err == "note: the fit reached maxiter before it converged\n"


def test_the_experiment_leaves_what_it_says(experiment):
    folder, out, _ = experiment
    for name in [*PICTURES, "model.skops"]:
        path = Path("skdigits-experiment", name)
        assert f"  {path}\n" in out
        content = (folder / path).read_bytes()
        assert content.startswith(PNG if name.endswith(".png") else b"PK")
        assert len(content) > 2000
    assert "\r" not in out  # no live line where there is no terminal


def test_what_it_suggests_next_works(experiment):
    folder, out, _ = experiment
    line = next(line for line in out.splitlines() if line.startswith("next"))
    _, program, *arguments = line.split()
    code, shown, err = run(folder, *arguments, program=[program])
    assert code == 0, err
    assert "label" in shown


def test_predictions(experiment, here, monkeypatch):
    folder, _, _ = experiment
    model_path = folder / "skdigits-experiment" / "model.skops"
    X, y = load_digits(return_X_y=True)
    predicted = load_model(model_path).predict(X / 16)
    monkeypatch.chdir(folder)
    code, out, err = here("predict", model_path, "digits", "--json")
    result = json.loads(out)
    assert (code, err) == (0, "")
    np.testing.assert_array_equal(result["predictions"], predicted)
    np.testing.assert_array_equal(np.argmax(result["probabilities"], axis=1), predicted)
    np.testing.assert_array_equal(result["labels"], y)
    assert result["classes"] == list(range(10))
    assert result["accuracy"] == np.mean(predicted == y)
    assert (folder / result["files"][0]).read_bytes().startswith(PNG)
    np.savetxt(folder / "unlabelled.csv", X[:5], fmt="%d", delimiter=",")
    code, out, err = here("predict", model_path, "unlabelled.csv", "--json")
    assert json.loads(out)["predictions"] == predicted[:5].tolist()
    assert json.loads(out)["accuracy"] is None


def test_predictions_that_are_names_are_not_compared_with_digits(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, y = load_digits(return_X_y=True)
    names = np.array(["small", "large"])[(y > 4).astype(int)]
    save_model(TwoLayerNNClassifier(3, maxiter=5, random_state=0).fit(X / 16, names), "model.npz")
    assert main(["predict", "model.npz", "digits"]) == 0
    told = capsys.readouterr()
    assert "classes names such as large: they are not compared" in told.err
    assert "accuracy" not in told.out


def test_json_and_every_setting(tmp_path, here):
    code, out, err = here(
        "fit", "--data", "digits", "--hidden-units", 5, "--lambda", 0.5, "--maxiter", 7,
        "--solver", "l-bfgs-b", "--activation", "tanh", "--output-activation", "softmax",
        "--seed", 4, "--test-size", 0.5, "--out", "here", "--json",
    )  # fmt: skip
    assert code == 0, err
    result = json.loads(out)
    assert result["settings"] == {
        "hidden_units": 5, "reg_lambda": 0.5, "maxiter": 7, "solver": "l-bfgs-b", "coordinates": "plain", "standardize": False,
        "activation": "tanh", "output_activation": "softmax", "seed": 4,
    }  # fmt: skip
    assert result["iterations"] == 7
    assert result["data"]["test_rows"] == 899
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == sorted(
        [*PICTURES, "model.skops"]
    )


def test_a_committee_that_chooses_lambda(tmp_path, here):
    code, out, err = here("fit", "--cv", 2, "--hidden-units", 3, "--report", "--out", "here")
    assert code == 0, err
    model = load_model(tmp_path / "here" / "model.skops")
    assert (len(model.estimators_), model.hidden_units) == (2, 3)
    assert f"chosen      lambda {model.reg_lambda_:.3g}, of {len(model.reg_lambdas_)}" in out
    digits = load_digits_images()
    _, test = train_test_split(np.arange(len(digits.target)), random_state=0)
    accuracy = model.score(digits.data[test], digits.target[test])
    assert f"test        {accuracy:.1%} right" in out
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == sorted(
        [*PICTURES, "path.png", "report.html", "model.skops"]
    )
    page = (tmp_path / "here" / "report.html").read_text()
    assert "Which lambda" in page
    assert "networks that predict together" in page
    code, out, err = here("predict", "here/model.skops", "digits", "--json")
    assert code == 0, err
    assert json.loads(out)["predictions"] == model.predict(digits.data).tolist()
    code, out, err = here("draw", "here/model.skops", "--out", "draw.html")
    assert code == 0, err


def test_a_digit_missing_from_the_training_rows_is_confused_all_the_same(tmp_path, here):
    X, y = load_digits(return_X_y=True)
    rows = np.r_[
        np.flatnonzero(y == 0)[:1], np.flatnonzero(y == 1)[:20], np.flatnonzero(y == 2)[:20]
    ]
    np.savetxt(tmp_path / "d.csv", np.c_[y[rows], X[rows]], fmt="%d", delimiter=",")
    seed = next(s for s in range(99) if 0 in train_test_split(y[rows], random_state=s)[1])
    code, out, err = here(
        "--data", "d.csv", "--label", "first", "--seed", seed, "--maxiter", 30, "--json"
    )
    assert code == 0, err
    pairs = json.loads(out)["most_confused"]
    assert 0 in [pair["true"] for pair in pairs]


def test_a_reader_that_has_seen_enough(tmp_path):
    ours, theirs = os.pipe()
    os.close(ours)
    status, _, err = run_forked(COMMAND, "moons", "--json", folder=tmp_path, stdout=theirs)
    os.close(theirs)
    assert status == 0
    assert "Error" not in err
    assert [path.name for path in (tmp_path / "skdigits-moons").iterdir()] == ["moons.png"]


def test_moons(tmp_path, here):
    code, out, err = here("moons", "--noise", 0.05)
    assert code == 0, err
    assert "test        100.0% right" in out
    assert (tmp_path / "skdigits-moons" / "moons.png").read_bytes().startswith(PNG)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "mnits"], "source must be 'digits'"),
        (["--data", "."], "expected pictures, or folders 0 to 9 of pictures"),
        (["--hidden-units", "0"], "--hidden-units must be an int in the range [1, inf). Got 0"),
        (["--hidden-units", "many"], "argument --hidden-units: invalid int value: 'many'"),
        (
            ["--lambda", "-1"],
            "--lambda must be a float in the range [0.0, 1e+50] or a pair of such. Got -1.0",
        ),
        (["--maxiter", "0"], "--maxiter must be an int"),
        (["--solver", "adam"], "solver must be one of"),
        (["--activation", "swish"], "--activation must be a str among"),
        (["--test-size", "1.5"], "--test-size must be between 0 and 1, got 1.5"),
        (["--out", "file"], "file"),
        (["--cv", "1"], "--cv must be at least 2 folds, got 1"),
        (["--cv", "--lambda", "3"], "--lambda is of one network"),
        (["--cv", "3", "--solver", "CG"], "--solver is of one network"),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["predict"], "required: MODEL, SOURCE"),
        (["predict", "gone.skops", "digits"], "gone.skops"),
        (["predict", "file", "digits"], "file: expected a model"),
        (["fit", "--data", "unlabelled.csv"], "no labels"),
        (["moons", "--noise", "-1"], "--noise must be >= 0"),
    ],
)
def test_errors_are_one_line_and_exit_code_2(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SKDIGITS_DATA", raising=False)
    Path("file").write_text("no model")
    Path("unlabelled.csv").write_text("0,0,1,1\n1,0,1,0\n")
    try:
        code = main(arguments)
    except SystemExit as exit_:
        code = exit_.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith("skdigits: error: ")
    assert err.count("\n") == 1
    assert message in err


def test_a_row_out_of_range_and_a_model_for_other_images(experiment, capsys, tmp_path, monkeypatch):
    model = str(experiment[0] / "skdigits-experiment" / "model.skops")
    monkeypatch.chdir(tmp_path)
    Path("small.csv").write_text("0,0,1,1\n")
    for arguments, message in (
        (["digits", "--row", "1797"], "--row must be from 0 to 1796, got 1797"),
        (
            ["small.csv"],
            "small.csv: the images have 2 x 2 pixels, those that the model reads 8 x 8",
        ),
    ):
        assert main(["predict", model, *arguments]) == 2
        assert message in capsys.readouterr().err


def test_the_installed_script_and_its_help(tmp_path):
    script = Path(sysconfig.get_path("scripts"), "skdigits")
    if not script.exists():
        pytest.skip("the package is not installed, only importable")
    code, out, err = run(tmp_path, "--help", program=[script])
    assert code == 0, f"{err}\ninstalled before the command moved? pip install -e . again"
    assert "predict" in out


@pytest.mark.parametrize("command", ["fit", "predict", "moons", "search", "draw", "export"])
def test_each_command_has_help(capsys, command):
    with pytest.raises(SystemExit, match=r"^0$"):
        main([command, "--help"])
    assert f"usage: skdigits {command}" in capsys.readouterr().out


def test_the_version(capsys):
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--version"])
    assert capsys.readouterr().out == f"skdigits {skdigits.__version__}\n"


def test_a_live_line_on_a_terminal(tmp_path):
    ours, theirs = os.openpty()
    arguments = ["moons", "--maxiter", "10", "--out", str(tmp_path)]
    process = Forked(COMMAND, arguments, (theirs, theirs, theirs))
    os.close(theirs)
    shown = bytearray()
    with contextlib.suppress(OSError):  # its other end is closed: the process has ended
        while content := os.read(ours, 4096):
            shown.extend(content)
    os.close(ours)
    assert process.wait() == 0
    assert b"\r\x1b[Kiteration 10/10  cost " in shown


# --- search --------------------------------------------------------------------------------------


def test_a_search_of_one_candidate_has_no_picture(tmp_path, capsys):
    values = ("--lambda", "1,1", "--hidden-units", "2", "--maxiter", "3")
    assert main(["search", *values, "--cv", "2", "--out", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["model.skops"]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("10,25,50", int, [10, 25, 50]),
        ("0.1:30:6log", float, [0.1, 0.313, 0.979, 3.06, 9.59, 30.0]),
        ("0:1:5", float, [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("50:200:4", int, [50, 100, 150, 200]),
        ("3", float, [3.0]),
    ],
)
def test_values_to_try(text, kind, expected):
    values = parse_values(text, kind, "--lambda")
    assert values == pytest.approx(expected, rel=1e-3)
    assert all(type(value) is kind for value in values)


@pytest.mark.parametrize("text", ["", "a", "1:2", "0:1:3log", "1:2:0x", "1;2"])
def test_values_that_say_nothing(text):
    with pytest.raises(ValueError, match="--lambda must be a list such as"):
        parse_values(text, float, "--lambda")


def test_search(tmp_path, here):
    arguments = ["search", "--hidden-units", "3,6", "--lambda", "0.5,2", "--maxiter", "5,20"]
    arguments += ["--cv", "3", "--out", "found"]
    code, out, err = here(*arguments)
    assert code == 0, err
    assert err == ""
    lines = out.splitlines()
    assert lines[0] == "Fitting 3 folds for each of 8 candidates, totalling 24 fits"
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
    found = GridSearchCV(
        TwoLayerNNClassifier(random_state=0),
        {"hidden_units": [3, 6], "reg_lambda": [0.5, 2.0], "maxiter": [5, 20]},
        cv=3,
    ).fit(X, y)
    chosen = " ".join(f"{name}={value}" for name, value in found.best_params_.items())
    assert f"chosen      {chosen}" in out
    model = load_model(tmp_path / "found" / "model.skops")
    assert f"test        {model.score(X_test, y_test):.1%} right" in out
    for name in ("search.png", "maxiter.png"):
        assert (tmp_path / "found" / name).read_bytes()[:8] == PNG
    code, out, err = here(
        *arguments, "--json", "--warm-path", "--cache-dir", "cache", "--n-jobs", 1
    )
    assert code == 0, err
    told = json.loads(out)
    assert told["fits"] == 24
    assert len(told["best"]) == 8
    assert told["best"][0]["score"] >= told["best"][1]["score"]
    assert len(list((tmp_path / "cache").rglob("*.npz"))) == 2 * 2 * 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--lambda", "x"], "--lambda must be a list"),
        (["--cv", "1"], "--cv must be at least 2"),
        (["--test-size", "2"], "--test-size must be between 0 and 1"),
        (["--hidden-units", "-3", "--maxiter", "5"], "--hidden-units must be"),
    ],
)
def test_search_errors(arguments, message, capsys, tmp_path):
    assert main(["search", *arguments, "--out", str(tmp_path), "--n-jobs", "1"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("skdigits: error: ")
    assert message in err


# --- how data are read ----------------------------------------------------------------------------


def test_options_say_how_data_are_read(tmp_path, here):
    X, y = load_digits(return_X_y=True)
    rows = np.column_stack([255 - np.rint(X[:300] * 15), y[:300]])
    np.savetxt(tmp_path / "some digits.csv", rows, fmt="%d", delimiter=";")
    code, _, err = here("--data", "some digits.csv", "--maxiter", 20)
    assert code == 2
    assert "--intensity PAPER,INK" in err
    assert "intensity=" not in err
    options = ["--intensity", "255,15", "--label", "last"]
    code, out, err = here("--data", "some digits.csv", *options, "--maxiter", 20)
    assert code == 0, err
    (line,) = (line for line in out.splitlines() if line.startswith("next"))
    assert "'some digits.csv' --label=last --intensity=255,15 --row" in line
    code, out, err = here(*shlex.split(line)[-7:], "--out", "read.csv")
    assert code == 0, err
    assert out.splitlines()[1].startswith("row")


def test_digits_in_another_order_are_brought_into_the_models(tmp_path, here):
    digits = load_digits_images()
    rows = digits.images.transpose(0, 2, 1).reshape(-1, 64)
    scipy.io.savemat(tmp_path / "digits.mat", {"X": rows, "y": digits.target[:, None]})
    np.savez(tmp_path / "digits.npz", X=digits.data, y=digits.target)
    code, out, err = here("--data", "digits.mat", "--maxiter", 60, "--json")
    assert code == 0, err
    path = tmp_path / "skdigits-experiment" / "model.skops"
    model = load_model(path)
    assert (model.image_shape_, model.image_order_) == ((8, 8), "F")
    save_model(model, tmp_path / "model.npz")
    found = []
    for name in (path, "model.npz"):
        for source in ("digits.mat", "digits.npz", "digits"):
            code, out, err = here("predict", name, source, "--out", "read.csv", "--json")
            assert code == 0, err
            found.append(json.loads(out)["accuracy"])
    assert len(set(found)) == 1
    assert found[0] > 0.8
    for options, order in ([], "F"), (["--image-order", "C"], "C"):  # the page to draw on as well
        code, _, err = here("draw", "model.npz", "--out", "draw.html", *options)
        assert code == 0, err
        assert f'"order": "{order}"' in (tmp_path / "draw.html").read_text()


def test_predictions_as_a_table(experiment, tmp_path, here):
    model_path = experiment[0] / "skdigits-experiment" / "model.skops"
    X, _ = load_digits(return_X_y=True)
    np.savetxt(tmp_path / "unlabelled.csv", X[:30], fmt="%d", delimiter=",")
    code, out, err = here("predict", model_path, "unlabelled.csv")
    assert code == 0, err
    predicted = load_model(model_path).predict(X[:30] / 16)
    lines = out.splitlines()
    assert lines[1].split() == ["row", "label", "probability"]
    assert [line.split()[1] for line in lines[2:22]] == [str(p) for p in predicted[:20]]
    assert "and 10 more: --out FILE.csv writes all" in lines[22]
    code, out, err = here("predict", model_path, "unlabelled.csv", "--out", "read.csv")
    assert code == 0, err
    table = np.genfromtxt(tmp_path / "read.csv", delimiter=",", names=True)
    np.testing.assert_array_equal(table["row"], np.arange(30))
    np.testing.assert_array_equal(table["label"], predicted)
    probabilities = load_model(model_path).predict_proba(X[:30] / 16)
    np.testing.assert_allclose(table["probability"], probabilities.max(axis=1), atol=1e-6)


def test_predictions_of_pictures_have_their_names(experiment, tmp_path, here):
    image_module = pytest.importorskip("PIL.Image")
    digits = load_digits_images()
    (tmp_path / "drawn").mkdir()
    for k in range(11):
        pixels = np.rint(255 - 255 * digits.images[k]).astype(np.uint8)
        image_module.fromarray(pixels).save(tmp_path / "drawn" / f"{k}.png")
    model_path = experiment[0] / "skdigits-experiment" / "model.skops"
    options = ["--intensity", "255,0", "--out", "read.csv"]
    code, out, err = here("predict", model_path, "drawn", *options)
    assert code == 0, err
    assert out.splitlines()[3].split()[-1] == "1.png"
    with (tmp_path / "read.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [f"{k}.png" for k in range(11)]
    predicted = load_model(model_path).predict(digits.data[:11])
    assert [int(row["label"]) for row in rows] == predicted.tolist()


def test_what_is_no_folder(here):
    code, _, err = here("--maxiter", 1, "--out", "all.html")
    assert code == 2
    assert "--out must be a folder, got 'all.html'" in err


def test_a_table_of_something_else(tmp_path, here):
    (tmp_path / "iris.csv").write_text("0.1,0.2,0.3,0.4,0\n0.4,0.1,0.2,0.3,1\n")
    code, _, err = here("--data", "iris.csv")
    assert code == 2
    assert "too small for digits; tables of other things are for Python" in err


def test_an_intensity_below_zero(tmp_path, here):
    digits = load_digits_images()
    np.savez(tmp_path / "digits.npz", X=digits.data * 2 - 1, y=digits.target)
    code, out, err = here("--data", "digits.npz", "--intensity", "-1,1", "--maxiter", 2)
    assert code == 0, err
    assert "full ink 1, paper -1" in out


def test_one_digit_alone_cannot_be_learned(tmp_path, here):
    X, y = load_digits(return_X_y=True)
    np.savez(tmp_path / "threes.npz", X=X[y == 3], y=y[y == 3])
    code, _, err = here("--data", "threes.npz")
    assert code == 2
    assert "images of the digit 3 alone" in err


@pytest.mark.parametrize("command", ["fit", "predict", "moons", "search", "draw", "export"])
def test_help_is_plain(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    text = capsys.readouterr().out
    assert "default: None" not in text
    assert "default: False" not in text
    assert "`" not in text


def test_a_search_tells_of_a_choice_at_the_edge(here):
    code, out, err = here(
        "search",
        "--hidden-units",
        "3,12",
        "--lambda",
        "1",
        "--maxiter",
        "20",
        "--cv",
        2,
        "--n-jobs",
        1,
    )
    assert code == 0, err
    assert "note        --hidden-units 12 is the largest that was tried: try larger ones too" in out
    assert "--lambda 1 is" not in out
    assert "next        " in out


@pytest.mark.parametrize("to", ["c", "json"])
def test_exports(to, experiment, tmp_path, here):
    model_path = tmp_path / "copy.skops"
    model_path.write_bytes((experiment[0] / "skdigits-experiment" / "model.skops").read_bytes())
    code, out, err = here("export", model_path, "--to", to)
    assert (code, err) == (0, "")
    written = tmp_path / f"copy.{to}"
    assert f"  {written}\n" in out
    model = load_model(model_path)
    assert written.read_text() == {"c": to_c, "json": to_json}[to](model)
    code, out, _ = here("export", model_path, "--to", to, "--out", "elsewhere", "--json")
    assert code == 0
    assert json.loads(out)["files"] == ["elsewhere"]
    assert (tmp_path / "elsewhere").read_text() == written.read_text()


def test_exports_to_onnx(experiment, tmp_path, here):
    onnxruntime = pytest.importorskip("onnxruntime")
    model_path = experiment[0] / "skdigits-experiment" / "model.skops"
    assert here("export", model_path, "--to", "onnx", "--out", "digits.onnx")[0] == 0
    X = (load_digits().data / 16).astype("float32")
    session = onnxruntime.InferenceSession(tmp_path / "digits.onnx")
    p = session.run(["probabilities"], {"X": X})[0]
    np.testing.assert_allclose(p, load_model(model_path).predict_proba(X), atol=1e-6)


def test_an_export_of_no_model(tmp_path, here):
    (tmp_path / "x.skops").write_text("nothing")
    code, _, err = here("export", "x.skops", "--to", "c")
    assert code == 2
    assert err.startswith("skdigits: error: x.skops: expected a model")
    assert [path.name for path in tmp_path.iterdir()] == ["x.skops"]
