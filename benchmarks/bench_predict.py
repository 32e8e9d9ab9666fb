"""How many rows a second does predict_proba serve, against MLPClassifier and torch?

784 features, 100 hidden units, 10 classes, float32; 1, 100 and 60000 rows. Medians over runs
of calls, peers in turns; the torch module gets a tensor and no check of it.

    python benchmarks/bench_predict.py
"""

import statistics
import time

from common import TORCH, many_rows, where
from sklearn.neural_network import MLPClassifier

from skdigits import TwoLayerNNClassifier

HIDDEN, ROUNDS = 100, 7


def main():
    X, y = many_rows()
    ours = TwoLayerNNClassifier(HIDDEN, maxiter=2, random_state=0).fit(X[:2000], y[:2000])
    mlp = MLPClassifier((HIDDEN,), activation="logistic", max_iter=1, random_state=0)
    mlp.fit(X[:2000], y[:2000])
    peers = {"skdigits": ours.predict_proba, "MLPClassifier": mlp.predict_proba}
    if TORCH:
        import torch

        module = torch.nn.Sequential(
            torch.nn.Linear(784, HIDDEN), torch.nn.Sigmoid(), torch.nn.Linear(HIDDEN, 10)
        )

        def by_torch(X):
            with torch.inference_mode():
                return torch.softmax(module(torch.from_numpy(X)), dim=1).numpy()

        peers["torch"] = by_torch
    print(where())
    print(f"\n{'rows a second':>14}" + "".join(f"{name:>24}" for name in peers))
    for n, repeats in ((1, 300), (100, 100), (60000, 5)):
        times = {name: [] for name in peers}
        for _ in range(ROUNDS):
            for name, predict in peers.items():
                time.sleep(0.3)  # the threads of the peer before go on spinning for a while
                predict(X[:n])
                for _ in range(repeats):
                    begin = time.perf_counter()
                    predict(X[:n])
                    times[name].append(time.perf_counter() - begin)
        medians = {name: statistics.median(values) for name, values in times.items()}
        mine = medians["skdigits"]
        texts = [f"{n / t:14.0f} ({t / mine:6.2f}x)" for t in medians.values()]
        print(f"{n:14}" + "".join(texts), flush=True)


if __name__ == "__main__":
    main()
