"""Oracles: the same bits after loading, here and in another process, and remedies that are tried."""

import subprocess
import sys
from functools import partial
from inspect import Parameter, signature

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import (
    RFECV,
    SelectFromModel,
    SelectKBest,
    f_classif,
    mutual_info_classif,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.manifold import Isomap, LocallyLinearEmbedding
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsTransformer, RadiusNeighborsTransformer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.utils import all_estimators

from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier, load_model, save_model

pytest.importorskip("skops")
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning:sklearn"),  # of tiny data in odd places
    pytest.mark.filterwarnings("ignore:the network says the same"),
    pytest.mark.filterwarnings("ignore::FutureWarning:sklearn"),
]


def network(**parameters):
    return TwoLayerNNClassifier(2, maxiter=3, random_state=0, **parameters)


def saved(model, path):
    save_model(model, path)
    return load_model(path)


def assert_kept(model, X, folder):
    back = saved(model, folder / "model.skops")
    np.testing.assert_array_equal(back.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(back.predict(X), model.predict(X))
    return back


# --- every transformer of scikit-learn ------------------------------------------------------------

ROWS = 30
LABELS = np.arange(ROWS) % 3
NUMBERS = np.random.default_rng(0).normal(LABELS[:, None], size=(ROWS, 4))
GAPS = np.where(np.random.default_rng(1).random(NUMBERS.shape) < 0.1, np.nan, NUMBERS)
TEXTS = np.array([f"word{i % 4} and word{i % 3}" for i in range(ROWS)])

# What a transformer wants besides its defaults, and data that its tags do not tell of.
GIVEN = {
    "estimator": LogisticRegression(),
    "estimators": [("a", LogisticRegression()), ("b", LogisticRegression(C=0.1))],
    "transformers": [("a", StandardScaler(), [0, 1])],
    "transformer_list": [("a", StandardScaler()), ("b", "passthrough")],
    "dictionary": np.eye(4),
}
PARAMETERS = {
    "GaussianRandomProjection": {"n_components": 2},
    "SparseRandomProjection": {"n_components": 2},
    "RFECV": {"cv": 2},
    "StackingClassifier": {"cv": 2},
    "StackingRegressor": {"estimators": [("a", LinearRegression())], "cv": 2},
    "VotingRegressor": {"estimators": [("a", LinearRegression())]},
    "RandomTreesEmbedding": {"n_estimators": 2},
    "FeatureHasher": {"n_features": 8},
    "HashingVectorizer": {"n_features": 8},
    "IterativeImputer": {"max_iter": 2},
    "BernoulliRBM": {"n_iter": 2},
    "MiniBatchDictionaryLearning": {"max_iter": 2},
    "DictionaryLearning": {"max_iter": 2},
    "SequentialFeatureSelector": {"cv": 2},
}
DATA = {
    "IterativeImputer": GAPS,
    "KNNImputer": GAPS,
    "KernelCenterer": NUMBERS @ NUMBERS.T,
    "MissingIndicator": GAPS,
    "SimpleImputer": GAPS,
    "SkewedChi2Sampler": abs(NUMBERS),
}
NO_STEP = {  # what cannot stand before a classifier
    "CCA": "transforms y too, where it is given",
    "IsotonicRegression": "makes one dimension of one dimension",
    "LabelBinarizer": "of y",
    "LabelEncoder": "of y",
    "MultiLabelBinarizer": "of y",
    "PLSCanonical": "transforms y too",
    "PLSRegression": "transforms y too",
    "PLSSVD": "transforms y too",
    "PatchExtractor": "makes several rows of an image",
    "TSNE": "transforms only what it was fitted to",
}
A_TREE = "a tree, whose compiled code believes the file"
NOT_KEPT = {  # why, and what its refusal advises
    "Birch": ("skops cannot: its nodes name one another in circles", KMeans(2, random_state=0)),
    "BisectingKMeans": (
        "holds a private function that believes sizes", KMeans(2, random_state=0)
    ),
    "Isomap": (A_TREE, Isomap(neighbors_algorithm="brute")),
    "KNeighborsTransformer": (A_TREE, KNeighborsTransformer(algorithm="brute")),
    "LocallyLinearEmbedding": (
        A_TREE, LocallyLinearEmbedding(neighbors_algorithm="brute", random_state=0)
    ),
    "RadiusNeighborsTransformer": (A_TREE, RadiusNeighborsTransformer(algorithm="brute")),
    "RandomTreesEmbedding": (A_TREE, StandardScaler()),
}  # fmt: skip
ALL = dict(all_estimators(type_filter="transformer")) | {
    each.__name__: each for each in (CountVectorizer, TfidfVectorizer)
}
STEPS = sorted(ALL.keys() - NO_STEP.keys())


def example(name):
    """A transformer of scikit-learn's before a network, and data for it."""
    arguments = signature(ALL[name]).parameters.values()
    required = [
        p.name for p in arguments if p.default is p.empty and p.kind < Parameter.VAR_POSITIONAL
    ]
    parameters = {p: GIVEN[p] for p in required} | PARAMETERS.get(name, {})
    transformer = ALL[name](**parameters)
    if "random_state" in transformer.get_params():
        transformer.set_params(random_state=0)
    tags = transformer.__sklearn_tags__().input_tags
    X = NUMBERS
    if tags.positive_only:
        X = abs(NUMBERS)
    if tags.dict:
        X = [{"a": float(i), f"b{i % 2}": 2.0} for i in range(ROWS)]
    if tags.string and not tags.two_d_array:
        X = TEXTS
    return Pipeline([("step", transformer), ("network", network())]), DATA.get(name, X)


@pytest.mark.parametrize("name", sorted(NO_STEP))
def test_what_cannot_stand_before_a_classifier(name):
    model, X = example(name)
    with pytest.raises((TypeError, ValueError)):
        model.fit(X, LABELS)


@pytest.mark.parametrize("name", [name for name in STEPS if name not in NOT_KEPT])
def test_every_transformer_is_kept(tmp_path, name):
    model, X = example(name)
    assert_kept(model.fit(X, LABELS), X, tmp_path)


@pytest.mark.parametrize("name", NOT_KEPT)
def test_a_transformer_that_is_not_kept_has_a_remedy(tmp_path, name):
    model, X = example(name)
    path = tmp_path / "model.skops"
    with pytest.raises(ValueError, match="model.skops: not saved: step 'step") as refused:
        save_model(model.fit(X, LABELS), path)
    _, instead = NOT_KEPT[name]
    advised = "brute" if "brute" in repr(instead) else type(instead).__name__
    assert advised in str(refused.value) or "one of scikit-learn's" in str(refused.value)
    assert not path.exists()
    assert_kept(model.set_params(step=instead).fit(X, LABELS), X, tmp_path)


# --- pipelines as people write them, on tables ----------------------------------------------------


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    n = 60
    X = pd.DataFrame({
        "age": rng.normal(40, 10, n),
        "fare": rng.exponential(10, n),
        "sex": np.where(rng.random(n) < 0.5, "f", "m"),
        "port": rng.choice(["C", "Q", "S"], n),
        "class": pd.Categorical(rng.choice(["first", "second"], n)),
        "siblings": rng.integers(0, 5, n),
        "alone": rng.random(n) < 0.5,
        "name": rng.choice(["ada b", "bob c d", "hello world"], n),
    })  # fmt: skip
    X.loc[3, "age"] = np.nan
    return X, np.where(X["fare"] > 8, "yes", "no")


NUMERIC, CATEGORIES = ["age", "fare"], ["sex", "port"]


def numeric(*steps):
    """Steps on the columns of numbers, whose gaps are filled, before a network."""
    columns = ColumnTransformer([("numeric", make_pipeline(SimpleImputer(), *steps), NUMERIC)])
    return make_pipeline(columns, network())


def ordinary(**parameters):
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = [("numbers", numbers, NUMERIC), ("words", OneHotEncoder(**parameters), CATEGORIES)]
    return make_pipeline(ColumnTransformer(columns), network())


def by_selectors(numbers, words):
    return make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            (OneHotEncoder(handle_unknown="ignore"), words),
        ),
        network(),
    )


def by_pandas(X):
    """Columns as pandas hands them out: an Index, an array of one, a mask."""
    return make_pipeline(
        ColumnTransformer([
            ("index", SimpleImputer(), X.select_dtypes("float").columns),
            ("array", OneHotEncoder(), X.columns[2:4].values),
            ("mask", OneHotEncoder(), X.columns == "alone"),
        ]),
        network(),
    )  # fmt: skip


OF_STRINGS = ["object", "string", "category"]
COMPOSITES = {
    "the most ordinary": lambda X: ordinary(),
    "selectors by kind": lambda X: by_selectors(
        make_column_selector(dtype_include=np.number), make_column_selector(dtype_exclude=[np.number, bool])
    ),
    "selectors by name": lambda X: by_selectors(
        make_column_selector(pattern="a[gr]e"), make_column_selector(dtype_include=OF_STRINGS)
    ),
    "selectors of objects": lambda X: by_selectors(
        make_column_selector(dtype_include=[float, int]), make_column_selector(dtype_include=[object, "string"])
    ),
    "columns from pandas": by_pandas,
    "a remainder": lambda X: make_pipeline(
        ColumnTransformer([
            ("words", OneHotEncoder(), [*CATEGORIES, "class"]), ("none", "drop", ["name"]),
        ], remainder=SimpleImputer()), network(),
    ),
    "what is passed through": lambda X: make_pipeline(
        ColumnTransformer([
            ("words", OneHotEncoder(), [2, 3, 4]), ("none", "drop", ["name"]), ("ages", SimpleImputer(), [0]),
        ], remainder="passthrough"), network(),
    ),
    "pandas between the steps": lambda X: ordinary(sparse_output=False).set_output(transform="pandas"),
    "unions": lambda X: numeric(
        FeatureUnion([("pca", PCA(1)), ("splines", SplineTransformer()), ("best", SelectKBest(f_classif, k=1))])
    ),
    "periodic splines": lambda X: numeric(SplineTransformer(extrapolation="periodic", degree=2)),
    "bins": lambda X: numeric(KBinsDiscretizer(3, quantile_method="linear") if "quantile_method" in KBinsDiscretizer().get_params() else KBinsDiscretizer(3)),
    "text": lambda X: make_pipeline(
        ColumnTransformer([("tfidf", TfidfVectorizer(stop_words="english"), "name")]), network()
    ),
    "functions of NumPy": lambda X: make_pipeline(
        ColumnTransformer([
            ("log", FunctionTransformer(np.log1p, inverse_func=np.expm1, feature_names_out="one-to-one"), ["fare"]),
            ("fill", FunctionTransformer(np.nan_to_num, kw_args={"nan": 30.0}), ["age"]),
        ]), network(),
    ),
    "an imputer's function": lambda X: make_pipeline(
        ColumnTransformer([("fill", SimpleImputer(strategy=np.nanmedian), NUMERIC)]), network()
    ),
    "a partial score": lambda X: numeric(SelectKBest(partial(mutual_info_classif, random_state=0), k=1)),
    "a selecting model": lambda X: numeric(SelectFromModel(SGDClassifier(random_state=0), threshold=1e-9)),
    "selection across folds": lambda X: numeric(RFECV(LogisticRegression(), cv=StratifiedKFold(2))),
    "target encoding": lambda X: make_pipeline(
        ColumnTransformer([("target", TargetEncoder(random_state=0), CATEGORIES)]), network()
    ),
    "ordinal encoding": lambda X: make_pipeline(
        ColumnTransformer([
            ("codes", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["class", "alone"]),
        ]), network(),
    ),
    "calibration": lambda X: CalibratedClassifierCV(ordinary(handle_unknown="ignore"), cv=2),
    "votes": lambda X: VotingClassifier([("a", ordinary()), ("b", numeric())], voting="soft"),
}  # fmt: skip


@pytest.mark.parametrize("kind", COMPOSITES)
def test_pipelines_on_tables(tmp_path, table, kind):
    X, y = table
    model = COMPOSITES[kind](X).fit(X, y)
    back = assert_kept(model, X, tmp_path)
    assert_kept(back, X, tmp_path)  # and once more


def test_another_process_predicts_the_same(tmp_path, table):
    X, y = table
    kinds = ["columns from pandas", "unions", "functions of NumPy"]
    models = [COMPOSITES[kind](X).fit(X, y) for kind in kinds]
    for i, model in enumerate(models):
        save_model(model, tmp_path / f"{i}.skops")
    X.to_pickle(tmp_path / "table.pkl")
    code = (
        "import sys, numpy as np, pandas as pd; from skdigits import load_model\n"
        "X = pd.read_pickle('table.pkl')\n"
        f"found = [load_model(f'{{i}}.skops').predict_proba(X) for i in range({len(kinds)})]\n"
        "np.save('found.npy', found)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    expected = [model.predict_proba(X) for model in models]
    np.testing.assert_array_equal(np.load(tmp_path / "found.npy"), expected)


def test_the_model_itself_is_not_changed(tmp_path, table):
    X, y = table
    model = by_pandas(X).fit(X, y)
    columns = model[0].transformers_[0][2]
    save_model(model, tmp_path / "model.skops")
    assert model[0].transformers_[0][2] is columns
    assert isinstance(columns, pd.Index)


def test_keys_of_booleans_stay_apart(tmp_path):
    """skops would read both as True."""
    X, y = NUMBERS, LABELS > 0
    model = network(class_weight={True: 1.0, False: 2.0}).fit(X, y)
    assert saved(model, tmp_path / "model.skops").class_weight == {True: 1.0, False: 2.0}


def test_requests_of_metadata_are_left_out(tmp_path):
    with sklearn.config_context(enable_metadata_routing=True):
        model = make_pipeline(StandardScaler(), network().set_fit_request(sample_weight=True))
        back = assert_kept(model.fit(NUMBERS, LABELS), NUMBERS, tmp_path)
        assert model[-1].get_metadata_routing().fit.requests["sample_weight"] is True
        assert back[-1].get_metadata_routing().fit.requests["sample_weight"] is None


def test_a_spline_of_a_constant_column(tmp_path):
    X = NUMBERS.copy()
    X[:, 1] = 5
    model = make_pipeline(SplineTransformer(), network()).fit(X, LABELS)
    assert_kept(model, X, tmp_path)


# --- refusals -------------------------------------------------------------------------------------


def clean(X):
    return X


def refused(model, path):
    with pytest.raises(ValueError, match=f"{path.name}: not saved: ") as refusal:
        save_model(model, path)
    assert not path.exists()
    return str(refusal.value)


def search_of(kind):
    return kind(network(), {"reg_lambda": [1.0, 2.0]}, cv=2).fit(NUMBERS, LABELS)


@pytest.mark.parametrize("kind", [GridSearchCV, BatchedGridSearchCV])
def test_of_a_search_the_best_is_saved(tmp_path, kind):
    search = search_of(kind)
    assert "save best_estimator_" in refused(search, tmp_path / "model.skops")
    assert_kept(search.best_estimator_, NUMBERS, tmp_path)


def test_the_refusal_names_the_step(tmp_path, table):
    X, y = table
    words = Pipeline([("tidy", FunctionTransformer(clean)), ("encode", OneHotEncoder())])
    columns = ColumnTransformer([("cat", words, CATEGORIES), ("num", SimpleImputer(), NUMERIC)])
    model = Pipeline([("preprocess", columns), ("network", network())]).fit(X, y)
    told = refused(model, tmp_path / "model.skops")
    assert "step 'preprocess > cat > tidy' (a FunctionTransformer), its func: " in told
    assert f"load_model would refuse {__name__}.clean" in told
    # The remedies: one of scikit-learn's in its place, the step before the model, joblib.
    joblib.dump(model, tmp_path / "model.joblib")
    words.set_params(tidy="passthrough")
    model.fit(X, y)
    assert_kept(model, X, tmp_path)


def test_functions_that_could_do_harm_are_refused(tmp_path):
    # Of NumPy, scikit-learn and joblib too: the model would call them when it predicts.
    for function in (
        np.load,
        np.savetxt,
        np.fromfile,
        joblib.load,
        sklearn.datasets.fetch_openml,
        eval,
    ):
        model = make_pipeline(FunctionTransformer(clean), network()).fit(NUMBERS, LABELS)
        model[0].func = function
        assert f".{function.__name__};" in refused(model, tmp_path / "model.skops")


def test_a_model_within_a_step_is_named(tmp_path):
    forest = SelectFromModel(RandomForestClassifier(2, max_depth=1, random_state=0))
    model = Pipeline([("select", forest), ("network", network())]).fit(NUMBERS, LABELS)
    told = refused(model, tmp_path / "model.skops")
    assert "step 'select > estimator_" in told
    assert "sklearn.tree._tree.Tree" in told


def test_a_cache_is_taken_off(tmp_path):
    cache = joblib.Memory(tmp_path / "cache", verbose=0)
    model = Pipeline([("scale", StandardScaler()), ("network", network())], memory=cache)
    model.fit(NUMBERS, LABELS)
    told = refused(model, tmp_path / "model.skops")
    assert "the model (a Pipeline), its memory" in told
    assert "set_params(memory=None)" in told
    assert_kept(model.set_params(memory=None), NUMBERS, tmp_path)


def test_missing_values_of_pandas(tmp_path):
    X = pd.DataFrame({"a": pd.array([1, 2, None] * 10, dtype="Int64"), "b": range(30)})
    model = make_pipeline(SimpleImputer(missing_values=pd.NA), network()).fit(X, LABELS)
    told = refused(model, tmp_path / "model.skops")
    assert "step 'simpleimputer' (a SimpleImputer), its missing_values" in told
    assert "missing_values=np.nan" in told
    model.set_params(simpleimputer__missing_values=np.nan).fit(X, LABELS)
    assert_kept(model, X, tmp_path)


class Quiet:
    """A callback that does nothing."""

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, **fitted):
        pass


def test_callbacks_are_taken_off(tmp_path):
    model = make_pipeline(StandardScaler(), network()).fit(NUMBERS, LABELS)
    if not hasattr(model[-1], "set_callbacks"):
        pytest.skip("this scikit-learn has no callbacks")
    model[-1].set_callbacks(Quiet())
    told = refused(model, tmp_path / "model.skops")
    assert "step 'twolayernnclassifier' (a TwoLayerNNClassifier), its _skl_callbacks" in told
    assert "set_callbacks()" in told
    model[-1].set_callbacks()
    assert_kept(model, NUMBERS, tmp_path)


def test_what_cannot_predict_is_not_saved(tmp_path):
    assert "no predict" in refused(StandardScaler().fit(NUMBERS), tmp_path / "model.skops")


def test_the_advice_of_an_npz_file_leads_to_no_other_refusal(tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    good = make_pipeline(StandardScaler(), network()).fit(NUMBERS, LABELS)
    assert refused(good, path).endswith("got a Pipeline; save the model to a file named .skops")
    assert_kept(good, NUMBERS, tmp_path)
    bad = make_pipeline(FunctionTransformer(clean), network()).fit(NUMBERS, LABELS)
    told = refused(bad, path)
    assert "nor can a file named .skops hold it" in told
    assert "step 'functiontransformer'" in told
    assert "save best_estimator_" in refused(search_of(GridSearchCV), path)
    monkeypatch.setitem(sys.modules, "skops", None)
    monkeypatch.setitem(sys.modules, "skops.io", None)
    assert "save the model to a file named .skops (" in refused(good, path)
    assert "pip install skops" in refused(good, path)


def test_iris_as_a_frame(tmp_path):
    X, y = load_iris(return_X_y=True, as_frame=True)
    back = assert_kept(make_pipeline(StandardScaler(), network()).fit(X, y), X, tmp_path)
    with pytest.raises(ValueError, match="feature names"):
        back.predict(X.rename(columns=str.upper))
