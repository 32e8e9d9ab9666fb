"""Fits on a local cluster of two worker processes; oracle: the fit of the same rows in one process."""

import contextlib
import os
import pickle
import signal
import time
import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits, load_wine

from skdigits import TwoLayerNNClassifier

distributed = pytest.importorskip("distributed")
dask, da = pytest.importorskip("dask"), pytest.importorskip("dask.array")
# In Dask's own threads a warning that is an error would end what everybody waits for.
pytestmark = pytest.mark.filterwarnings("ignore")

from skdigits.dask import (  # noqa: E402
    DaskTwoLayerNNClassifier,
    WorkersLostError,
    cluster,
    collections,
    parts,
)


def new_cluster(**more):
    return distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50, **more
    )


@pytest.fixture(scope="module")
def client():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with new_cluster() as local, distributed.Client(local) as client:
            yield client


def in_chunks(array, rows=300):
    return da.from_array(array, chunks=(rows, *array.shape[1:]))


def both(X, y, far, *weights, **params):
    """The fit on a cluster, and that of one process on the same rows."""
    params = {"hidden_units": 6, "maxiter": 25, "random_state": 0} | params
    ours = TwoLayerNNClassifier(**params).fit(X, y, *weights)
    return DaskTwoLayerNNClassifier(**params).fit(*far), ours


def check_same(theirs, ours, X, cost=1e-6, p=1e-5):
    assert theirs.loss_ == pytest.approx(ours.loss_, abs=cost)
    np.testing.assert_allclose(theirs.to_local().predict_proba(X), ours.predict_proba(X), atol=p)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"variable_projection": True, "maxiter": 6},
        {"standardize": False},
        {"standardize": False, "coordinates": "plain", "activation": "relu"},
        {"output_activation": "sigmoid", "activation": "tanh"},
        {"class_weight": "balanced"},
        {"class_weight": {0: 3.0, 1: 0.5}},
        {"solver": "trust-ncg", "maxiter": 4},
        {"n_init": 2, "reg_lambda": (3.0, 0.3)},
    ],
)
def test_a_fit_is_that_of_one_process(client, params):
    X, y = load_digits(return_X_y=True)
    theirs, ours = both(X, y, (in_chunks(X), in_chunks(y)), **params)
    check_same(theirs, ours, X)
    assert theirs.n_iter_ == ours.n_iter_
    assert theirs.optimize_result_.nfev == ours.optimize_result_.nfev


@pytest.mark.parametrize("dtype", [None, "float32"])
def test_small_numbers_and_float32(client, dtype):
    X, y = load_digits(return_X_y=True)
    X = X.astype(np.uint8)
    theirs, ours = both(X, y, (in_chunks(X), in_chunks(y)), dtype=dtype)
    rounding = 1e-3 if dtype else 1e-5
    check_same(theirs, ours, X, 1e-4 if dtype else 1e-6, rounding)
    assert theirs.coefs_[0].dtype == (dtype or "float64")


def test_weights_names_two_classes_and_several_labels(client):
    X, y = load_wine(return_X_y=True)
    w = np.random.default_rng(0).uniform(size=len(y)) * (y != 2)
    names = np.array(["red", "white", "pink"])[y]
    several = np.stack([y == 0, y > 0, y == 2], axis=1).astype(int)
    for labels, params in [
        (names, {}),
        (y == 1, {}),
        (y == 1, {"output_activation": "sigmoid"}),
        (several, {"output_activation": "sigmoid", "class_weight": "balanced"}),
    ]:
        far = in_chunks(X, 50), in_chunks(labels, 50), in_chunks(w, 50)
        theirs, ours = both(X, labels, far, w, **params)
        check_same(theirs, ours, X)
        predicted = theirs.predict(far[0])
        np.testing.assert_array_equal(predicted.compute(), ours.predict(X))
        assert predicted.dtype == ours.predict(X).dtype
        assert theirs.score(*far) == pytest.approx(ours.score(X, labels, w))
        for method in ("predict_proba", "predict_log_proba", "decision_function", "transform"):
            lazy = getattr(theirs, method)(far[0])
            assert isinstance(lazy, da.Array)
            expected = getattr(ours, method)(X)
            assert lazy.shape == expected.shape
            assert lazy.dtype == expected.dtype
            np.testing.assert_allclose(lazy.compute(), expected, atol=1e-4)


def test_sparse_chunks(client):
    X, y = load_digits(return_X_y=True)
    rows = da.from_array(X, chunks=(400, 64)).map_blocks(sparse.csr_matrix)
    theirs, ours = both(sparse.csr_array(X), y, (rows, in_chunks(y, 400)))
    check_same(theirs, ours, X)
    np.testing.assert_allclose(
        theirs.predict_proba(rows).compute(), ours.predict_proba(X), atol=1e-5
    )


def test_dataframes_and_unknown_sizes(client):
    dd, pd = pytest.importorskip("dask.dataframe"), pytest.importorskip("pandas")
    X, y = load_wine(return_X_y=True, as_frame=True)
    frame = dd.from_pandas(X.assign(y=y), npartitions=4)
    some = frame[frame.alcohol > 12.5]  # of unknown sizes
    kept = X.alcohol > 12.5
    far = some[list(X.columns)], some.y
    theirs, ours = both(X[kept], y[kept], far)
    check_same(theirs, ours, X)
    assert list(theirs.feature_names_in_) == list(X.columns)
    np.testing.assert_array_equal(theirs.predict(far[0]).compute(), ours.predict(X[kept]))
    assert theirs.score(*far) == ours.score(X[kept], y[kept])
    with pytest.raises(ValueError, match="must have the columns of the fit"):
        theirs.predict(far[0][list(X.columns[::-1])])
    array = far[0].to_dask_array()
    again, _ = both(X[kept], y[kept], (array, y[kept].to_numpy()))
    check_same(again, ours, X)
    assert isinstance(theirs.predict(X), np.ndarray)
    assert isinstance(pd.DataFrame(theirs.predict_proba(X)), pd.DataFrame)


def test_the_same_chunks_give_the_same_bits_persisted_or_not(client):
    X, y = load_digits(return_X_y=True)
    X, y = in_chunks(X, 100), in_chunks(y, 100)
    params = {"hidden_units": 6, "maxiter": 10, "random_state": 0}
    a = DaskTwoLayerNNClassifier(**params).fit(X, y)
    b = DaskTwoLayerNNClassifier(**params).fit(X.persist(), y.rechunk(999))
    np.testing.assert_array_equal(a.coefs_[0], b.coefs_[0])
    assert a.loss_curve_ == b.loss_curve_
    many, few = in_chunks(np.ones((500, 2)), 5), in_chunks(np.arange(500) % 2, 5)
    assert len(collections.delayed_parts(many, few, None)) == 25  # of 100 chunks


def test_it_is_an_estimator(client):
    X, y = load_wine(return_X_y=True)
    model = DaskTwoLayerNNClassifier(4, maxiter=5, random_state=0)
    assert clone(model).get_params() == model.get_params()
    assert DaskTwoLayerNNClassifier().get_params() == TwoLayerNNClassifier().get_params()
    model.fit(in_chunks(X, 60), y)
    local = model.to_local()
    assert type(local) is TwoLayerNNClassifier
    copy = pickle.loads(pickle.dumps(local))
    np.testing.assert_array_equal(copy.predict_proba(X), local.predict_proba(X))
    continued = model.set_params(warm_start=True).fit(in_chunks(X, 60), y)
    assert continued.loss_ < local.loss_
    started = clone(model).fit(
        in_chunks(X, 60), y, coef_init=local.coefs_, intercept_init=local.intercepts_
    )
    assert started.loss_ < local.loss_


@pytest.mark.parametrize("several", [False, True])
def test_early_stopping_is_that_of_the_rows_held_out(client, monkeypatch, several):
    X, y = load_digits(return_X_y=True)
    y = np.stack([y % 2, y > 4], axis=1).astype(int) if several else y
    w = np.random.default_rng(0).integers(0, 4, len(y)).astype(float)
    shares, ask = [], cluster.Cluster.ask

    def watched(self, function, *args, **how):
        if function is parts.hold_out:
            shares.append(args)
        return ask(self, function, *args, **how)

    monkeypatch.setattr(cluster.Cluster, "ask", watched)
    params = {"hidden_units": 8, "early_stopping": True, "maxiter": 200, "reg_lambda": 1e-3}
    params |= {"output_activation": "sigmoid" if several else "softmax", "random_state": 0}
    model = DaskTwoLayerNNClassifier(**params).fit(*map(in_chunks, (X, y, w)))

    fitted, held = [], []
    (share,) = shares
    for number, start in enumerate(range(0, len(X), 300)):
        chunk = slice(start, start + 300)
        part = parts.Part(number, X[chunk], y[chunk], w[chunk])
        parts.encode(part, share[2], np.float64)
        parts.weigh(part, None, share[2])
        parts.hold_out(part, *share)
        fitted.append(part.rows)
        held.append(part.held_out.rows)

    def of_all(rows):
        return [
            np.concatenate([getattr(part, name) for part in rows]) for name in ("X", "codes", "w")
        ]

    assert len(of_all(fitted)[0]) + len(of_all(held)[0]) == len(X)
    assert len(of_all(held)[0]) == pytest.approx(len(X) / 10, abs=10)
    val = dict(zip(("X_val", "y_val", "sample_weight_val"), of_all(held), strict=True))
    expected = TwoLayerNNClassifier(**params).fit(*of_all(fitted), **val)
    assert model.n_iter_ == expected.n_iter_ < 200
    curves = model.validation_loss_curve_, expected.validation_loss_curve_
    np.testing.assert_allclose(*curves, rtol=1e-4)
    np.testing.assert_allclose(model.validation_scores_, expected.validation_scores_, rtol=1e-9)
    check_same(model, expected, X)


def test_what_is_wrong_is_told_before_work(client):
    X, y = load_wine(return_X_y=True)
    far, labels = in_chunks(X, 60), in_chunks(y, 60)

    def fit(X=far, y=labels, w=None, **params):
        DaskTwoLayerNNClassifier(3, maxiter=3, **params).fit(X, y, w)

    for error, call in [
        (r"chunks along its columns.*rechunk\(\{1: -1\}\)", lambda: fit(far.rechunk((60, 5)))),
        ("y must have a row for each of X", lambda: fit(y=y[:-1])),
        ("y must have a row for each of X", lambda: fit(y=labels[:-1])),
        ("sample_weight must have a row", lambda: fit(w=np.ones(3))),
        ("not negative", lambda: fit(w=in_chunks(-np.ones(len(y)), 60))),
        ("X must be a Dask array or dataframe", lambda: fit(X)),
        ("y must be given", lambda: fit(y=None)),
        ("progressive_sampling='auto'", lambda: fit(progressive_sampling="auto")),
        ("hidden_units", lambda: DaskTwoLayerNNClassifier(0).fit(far, labels)),
        ("no weight|must sum", lambda: fit(w=np.zeros(len(y)))),
        ("Unknown label type", lambda: fit(y=in_chunks(X[:, 0], 60))),
        ("class_weight names", lambda: fit(class_weight={7: 1.0})),
        (
            "validation_fraction=1e-09 must hold out some",
            lambda: fit(early_stopping=True, validation_fraction=1e-9),
        ),
    ]:
        with pytest.raises(ValueError, match=error):
            call()
    wrong = X.copy()
    wrong[70, 3] = np.nan
    with pytest.raises(ValueError, match="NaN or infinity in chunk 1, row 10"):
        fit(in_chunks(wrong, 60))


def test_without_a_client_the_remedy_is_told(monkeypatch):
    def none():
        raise ValueError("No clients found")

    monkeypatch.setattr(cluster, "default_client", none)
    X, y = load_wine(return_X_y=True)
    with pytest.raises(ValueError, match=r"dask.distributed.Client\(\)"):
        DaskTwoLayerNNClassifier(3).fit(in_chunks(X, 60), in_chunks(y, 60))


@pytest.fixture
def killing(monkeypatch):
    """killing(pid): so many questions later that worker is killed, and something else is done."""

    def arrange(pid, besides=lambda: None):
        asked, answers = [], cluster.Cluster._answers

        def kill(self, *args):
            asked.append(args)
            if len(asked) == 20:
                besides()
                os.kill(pid, signal.SIGKILL)
            return answers(self, *args)

        monkeypatch.setattr(cluster.Cluster, "_answers", kill)
        return asked

    return arrange


@pytest.mark.parametrize(
    "params", [{}, {"variable_projection": True, "maxiter": 8}, {"early_stopping": True}]
)
def test_a_worker_that_is_killed_changes_nothing(killing, params):
    X, y = load_digits(return_X_y=True)
    X, y = in_chunks(X, 150), in_chunks(y, 150)
    params = {"hidden_units": 6, "maxiter": 15, "random_state": 0} | params
    with new_cluster() as local, distributed.Client(local) as client:
        expected = DaskTwoLayerNNClassifier(**params).fit(X, y)
        asked = killing(next(iter(client.run(os.getpid).values())))
        model = DaskTwoLayerNNClassifier(**params).fit(X, y)
    assert len(asked) > 20
    np.testing.assert_array_equal(model.coefs_[0], expected.coefs_[0])
    assert model.loss_curve_ == expected.loss_curve_


def test_a_worker_that_is_killed_while_parts_are_handed_over(monkeypatch):
    X, y = load_digits(return_X_y=True)
    X, y = in_chunks(X, 150), in_chunks(y, 150)
    compute, computed = cluster.Cluster._compute, []
    params = {"hidden_units": 6, "maxiter": 15, "random_state": 0}
    with new_cluster() as local, distributed.Client(local) as client:
        expected = DaskTwoLayerNNClassifier(**params).fit(X, y)
        pid = next(iter(client.run(os.getpid).values()))

        def compute_and_kill(*args):
            futures = compute(*args)
            computed.append(len(futures))
            if len(computed) == 1:
                os.kill(pid, signal.SIGKILL)
            return futures

        monkeypatch.setattr(cluster.Cluster, "_compute", compute_and_kill)
        model = DaskTwoLayerNNClassifier(**params).fit(X, y)
    assert len(computed) > 1
    assert model.loss_curve_ == expected.loss_curve_


def test_rows_that_cannot_be_loaded_again_are_an_error(killing, tmp_path):
    X, y = load_digits(return_X_y=True)
    np.save(tmp_path / "rows.npy", X)

    def read(start):
        return np.load(tmp_path / "rows.npy")[start : start + 599]

    rows = da.concatenate(
        [da.from_delayed(dask.delayed(read)(599 * k), (599, 64), float) for k in range(3)]
    )
    with new_cluster() as local, distributed.Client(local) as client:
        pid = next(iter(client.run(os.getpid).values()))
        killing(pid, besides=(tmp_path / "rows.npy").unlink)
        with pytest.raises(WorkersLostError, match="could not be loaded.*FileNotFoundError"):
            DaskTwoLayerNNClassifier(6, maxiter=50).fit(rows, y)


def test_scattered_rows_of_a_lost_worker_are_no_hang(killing, monkeypatch):
    X, y = load_digits(return_X_y=True)
    monkeypatch.setattr(cluster, "LOST_SECONDS", 5)
    with new_cluster() as local, distributed.Client(local) as client:
        pids = client.run(os.getpid)
        chunks = [
            client.scatter(part, workers=[address])
            for part, address in zip((X[:900], X[900:]), pids, strict=True)
        ]
        rows = da.concatenate(
            [da.from_delayed(f, (n, 64), float) for f, n in zip(chunks, (900, 897), strict=True)]
        )
        killing(next(iter(pids.values())))
        begin = time.monotonic()
        with contextlib.suppress(WorkersLostError):  # unless Dask has a copy on the other worker
            DaskTwoLayerNNClassifier(6, maxiter=25).fit(rows, y)
        assert time.monotonic() - begin < 60


def test_ctrl_c_keeps_the_best_weights(client, monkeypatch):
    X, y = load_digits(return_X_y=True)
    evaluated, cost_gradient = [], cluster.FarObjective.cost_gradient

    def interrupted(self, theta):
        evaluated.append(theta)
        if len(evaluated) == 10:
            raise KeyboardInterrupt
        return cost_gradient(self, theta)

    monkeypatch.setattr(cluster.FarObjective, "cost_gradient", interrupted)
    model = DaskTwoLayerNNClassifier(6, maxiter=50, random_state=0)
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(in_chunks(X), in_chunks(y))
    assert model.optimize_result_.status == 102
    assert model.n_iter_ >= 5
    assert model.loss_ < model.loss_curve_[0]
