"""Reference values for label-free target scores, metrics and blur: numpy, PyTorch, scikit-learn, SciPy.

    python Tests/Fixtures/golden/make_measure_goldens.py

Soft neighbourhood density follows the authors' published evaluation, DEV's risk their `get_dev_risk`; both are written anew here.
"""
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import minimize_scalar
from sklearn import metrics as M
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

out = Path(__file__).resolve().parent
rng = np.random.default_rng(11)


def t(values):
    return torch.tensor(np.ascontiguousarray(values), dtype=torch.float64)


# --- label-free target scores ----------------------------------------------------------------------
p = rng.dirichlet(np.full(6, 0.35), 41).astype("f4").astype("f8")


def entropy(q, axis=-1):
    return -np.sum(np.where(q > 0, q * np.log(np.maximum(q, 1e-300)), 0), axis=axis)


def density(rows, temperature=0.05):
    unit = torch.nn.functional.normalize(torch.tensor(rows))
    similar = unit @ unit.T / temperature
    similar.fill_diagonal_(-1 / temperature)
    q = torch.softmax(similar, dim=-1)
    return float(-(q * torch.log(q + 1e-5)).sum(1).mean())


w = rng.lognormal(0, 1, 50)
wrong = (rng.random(50) < 0.3).astype("f8")
eta = -np.cov(w * wrong, w)[0, 1] / np.var(w, ddof=1)
x = rng.standard_normal((90, 7)).astype("f4")
y = (x[:, 0] + 0.7 * x[:, 3] ** 2 + rng.standard_normal(90) > 0.9).astype("i8")
scaled = StandardScaler().fit_transform(x.astype("f8"))
regressions = {}
for name, c, weights in [("plain", 0.3, None), ("balanced", 0.01, "balanced"), ("free", 100.0, None)]:
    fit = LogisticRegression(C=c, class_weight=weights, tol=1e-12, max_iter=10000).fit(scaled, y)
    regressions |= {f"lr.{name}.C": t([c]), f"lr.{name}.weights": t(fit.coef_[0]), f"lr.{name}.intercept": t(fit.intercept_),
                    f"lr.{name}.logits": t(fit.decision_function(scaled))}
save_file({"in.probabilities": torch.tensor(p.astype("f4")), "entropy": t([entropy(p).mean()]),
           "infomax": t([entropy(p.mean(0)) - entropy(p).mean()]), "snd": t([density(p)]),
           "in.weights": t(w), "in.errors": t(wrong), "dev": t([np.mean(w * wrong) + eta * np.mean(w) - eta]),
           "lr.in.features": torch.tensor(x), "lr.in.classes": torch.tensor(y), **regressions}, out / "target_scores.safetensors")

# --- metrics ---------------------------------------------------------------------------------------
n = 300
q = rng.dirichlet(np.full(5, 0.4), n).astype("f4")
truth = np.where(rng.random(n) < 0.55, q.argmax(1), rng.integers(0, 5, n))
q64 = q.astype("f8")
confidence, answer = q64.max(1), q64.argmax(1)
right = (answer == truth).astype("i8")


def expected_error(conf, correct, strategy):
    true, mean = calibration_curve(correct, conf, n_bins=15, strategy=strategy)
    edges = np.linspace(0, 1, 16) if strategy == "uniform" else np.percentile(conf, np.linspace(0, 100, 16))
    counts = np.bincount(np.searchsorted(edges[1:-1], conf), minlength=15)
    counts = counts[counts > 0]
    return float(np.sum(counts / len(conf) * np.abs(true - mean))), float(np.abs(true - mean).max()), counts, true, mean


uniform, largest, counts, true, mean = expected_error(confidence, right, "uniform")
adaptive = expected_error(confidence, right, "quantile")[0]
logits = np.log(np.maximum(q64, 1e-30))


def likelihood(temperature):
    z = logits / temperature
    return float(np.mean(np.log(np.exp(z - z.max(1, keepdims=True)).sum(1)) + z.max(1) - z[np.arange(n), truth]))


best = minimize_scalar(likelihood, bounds=(0.05, 20), method="bounded", options={"xatol": 1e-10}).x
z = logits / best
s = np.exp(z - z.max(1, keepdims=True))
s /= s.sum(1, keepdims=True)
precision, recall, f1, support = M.precision_recall_fscore_support(truth, answer, labels=range(5), zero_division=0)
onehot = np.eye(5)[truth]
loss = 0.8 + 0.002 * np.arange(64)[::-1] + 0.1 * rng.standard_normal(64)
last = loss[-16:]
rest = last - np.polyval(np.polyfit(np.arange(16), last, 1), np.arange(16))
values = np.sort(rng.standard_normal(37))
picture = rng.integers(0, 256, (20, 20, 3))
blurred = {}
for sigma in (0.6, 1.0, 2.0, 4.0):
    b = picture.astype("f8")
    for axis in (0, 1):
        b = gaussian_filter1d(b, sigma, axis=axis, mode="nearest", truncate=3.0)
    blurred[f"blur.{sigma}"] = torch.tensor(np.clip(np.rint(b), 0, 255).astype("u1").astype("i8"))
save_file({"in.probabilities": torch.tensor(q), "in.truth": torch.tensor(truth.astype("i8")), "precision": t(precision), "recall": t(recall),
           "f1": t(f1), "support": torch.tensor(support.astype("i8")), "log_loss": t([M.log_loss(truth, q64 / q64.sum(1, keepdims=True), labels=range(5))]),
           "brier": t([np.mean(((q64 - onehot) ** 2).sum(1))]), "ece": t([uniform]), "mce": t([largest]), "ece_adaptive": t([adaptive]),
           "bins.clips": torch.tensor(counts), "bins.accuracy": t(true), "bins.confidence": t(mean), "temperature": t([best]),
           "ece_scaled": t([expected_error(s.max(1), (s.argmax(1) == truth).astype("i8"), "uniform")[0]]),
           "in.losses": t(loss), "loss_mean": t([last.mean()]), "loss_variance": t([np.mean(rest ** 2)]),
           "in.values": t(values), "quantiles": t(np.percentile(values, [0, 2.5, 50, 97.5, 100])),
           "in.picture": torch.tensor(picture), **blurred}, out / "measures.safetensors")
print("target_scores.safetensors, measures.safetensors")
