"""Uses what programs use of NumPy. Runs only for an image that has it imported."""

import numpy as np

a = np.arange(10)
print(a.sum(), a.mean(), a.std(), a.max(), a.argmin(), repr(a * 2), a.reshape(2, 5).T)
b = np.linspace(0, 1, 2000)
c = np.array([[1.0, 2.0], [3.0, 4.5]])
print(np.sin(b).sum(), np.exp(b)[:3], np.sqrt(b).dot(b), b[b > 0.5].size, np.where(b > 0.9, 1, 0).sum())
print(c @ c, np.linalg.inv(c), np.linalg.solve(c, [1, 2]), np.linalg.eigvals(c), np.linalg.det(c))
rng = np.random.default_rng()
x = rng.normal(size=(200, 8))
print(np.random.rand(3).shape, rng.integers(0, 9, 5).dtype, rng.choice(a, 3).size, rng.permutation(5).size)
print(x.mean(axis=0).shape, np.cov(x.T).shape, np.percentile(x, [25, 75]).size, np.median(x) < 9)
print(np.concatenate([a, a[::-1]]), np.vstack([a, a]).shape, np.unique(a % 3, return_counts=True))
print(np.sort(x[:, 0])[:1].size, np.argsort(x[:, 1])[:1].size, np.cumsum(a), np.diff(a), np.histogram(x)[0].sum())
print(np.array(["a", "bc"]), np.array([True, False]).any(), np.datetime64("2024-01-01") + np.arange(2))
print(np.fft.fft(b[:64]).real[:2], np.polyfit(b, b**2, 2).round(3), np.isnan(b).any(), a.astype(float).tolist())
print(np.zeros((2, 3), dtype=np.int32), np.ones(3) / 3, np.eye(2), np.array_str(x[:2], precision=2))
try:
    np.ones(2) @ np.ones(3)
except ValueError as error:
    print(error)
"{}".format(a.sum()), a
a.sum()
