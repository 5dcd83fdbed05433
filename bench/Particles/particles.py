"""The particles' scheme in NumPy: seconds of CPU per normal number, and per particle and step, the best of several repetitions."""
import time

import numpy as np

N, STEPS, DT, D = 1000, 100, 0.01, 0.1
A, OMEGA = np.array([1, 1.74, 0])[:, None], np.array([0.2, 1, 0.5])[:, None]
rng = np.random.default_rng(1)


def fold(x):
    y = x - 2 * np.round(x / 2)
    return np.where(y > 0.5, 1 - y, np.where(y < -0.5, -1 - y, y))


def frame(x, t):
    for s in range(STEPS):
        x = fold(x + A * np.cos(OMEGA * (t + s * DT)) * DT + np.sqrt(D * DT) * rng.standard_normal(x.shape))
    return x


def best(work, units):
    seconds = []
    for _ in range(15):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds) / units


x = np.zeros((3, N))
print(best(lambda: rng.standard_normal((STEPS, 3, N)), STEPS * 3 * N), best(lambda: frame(x, 0.0), STEPS * N))
