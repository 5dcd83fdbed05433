"""Structures from which the solver begins: library.npy, 400 of a nanosecond of dynamics. A minute or two."""

import numpy as np
from led_simulator import generator
from solver import ATOMS, Engine, angles

engine = Engine()
x = engine.relaxed()
v = engine.speed * generator(1, 0, 0).normal(size=(len(ATOMS), 3))
kept, kinetic = [], []
for frame in range(10_500):
    x, v = engine.advance(x, v, generator(1, 0, frame + 1))
    if frame >= 500 and frame % 25 == 0:
        kept.append(x - x.mean(0))
        kinetic.append(float((engine.mass[:, None] * v * v).sum()))
np.save("library.npy", np.array(kept, np.float32))
phi, psi = np.degrees(angles(np.array(kept))).T
print(f"{len(kept)} structures; temperature {np.mean(kinetic) / (66 * 8.31446261815324e-3):.0f} K")
print(f"beta and P_II: {np.mean((phi < 0) & ((psi > 90) | (psi < -120))):.2f}, alpha_R: {np.mean((phi < 0) & (psi > -120) & (psi < 30)):.2f}, phi > 0: {np.mean(phi > 0):.2f}")
