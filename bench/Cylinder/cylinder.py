"""Steps of the flow solver in plain NumPy (no cylinder in the pressure): seconds of CPU per step, the best of several, on the grid given."""
import sys
import time

import numpy as np

NX, NY = int(sys.argv[1]), int(sys.argv[2])
H, NU, U0, DT = 1.0 / NX, 1.125e-4, 0.15, 1.0 / NX
k = np.arange(NX)
LAMBDA = (2 - 2 * np.cos(np.pi * k / NX))[None, :] + (2 - 2 * np.cos(np.pi * np.arange(NY) / NY))[:, None]
LAMBDA[0, 0] = 1


def dct(x):
    """Cosine transform of the last axis, unnormalised."""
    n = x.shape[-1]
    v = np.fft.rfft(np.concatenate([x[..., ::2], x[..., ::-1][..., n % 2::2]], axis=-1))
    w = np.exp(-0.5j * np.pi * np.arange(v.shape[-1]) / n) * v
    return np.concatenate([w.real, -w.imag[..., n - v.shape[-1]:0:-1]], axis=-1)


def idct(x):
    """Its inverse."""
    n = x.shape[-1]
    m = n // 2 + 1
    back = np.concatenate([np.zeros_like(x[..., :1]), x[..., :0:-1]], axis=-1)
    v = np.fft.irfft((x[..., :m] - 1j * back[..., :m]) * np.exp(0.5j * np.pi * np.arange(m) / n), n)
    out = np.empty_like(x)
    out[..., ::2] = v[..., : (n + 1) // 2]
    out[..., 1::2] = v[..., ::-1][..., : n // 2]
    return out


def poisson(r):
    s = -dct(dct(r).T).T / LAMBDA
    s[0, 0] = 0
    return idct(idct(s.T).T)


def flux(q, axis, a):
    """Third-order upwind flux minus the viscous one, between neighbours; q has two margins along the axis."""
    n = q.shape[axis]
    part = lambda i: np.take(q, range(i, n - 3 + i), axis)  # noqa: E731
    before, q0, q1, after = part(0), part(1), part(2), part(3)
    return a * (7 * (q0 + q1) - before - after) / 12 + np.abs(a) * (after - 3 * q1 + 3 * q0 - before) / 12 - NU / H * (q1 - q0)


def rates(u, v):
    """u [NY, NX + 1], v [NY + 1, NX]."""
    ux = np.pad(u, ((0, 0), (1, 1)), mode="edge")
    uy = np.pad(u, ((2, 2), (0, 0)), mode="symmetric")
    vx = np.pad(v, ((0, 0), (2, 2)), mode="edge")
    vy = np.pad(v, ((1, 1), (0, 0)), mode="reflect", reflect_type="odd")
    fx = flux(ux, 1, (u[:, 1:] + u[:, :-1]) / 2)
    fy = flux(uy, 0, (vx[:, 1:-2] + vx[:, 2:-1]) / 2)
    gx = flux(vx, 1, (uy[1:-2] + uy[2:-1]) / 2)
    gy = flux(vy, 0, (v[1:] + v[:-1]) / 2)
    du, dv = np.zeros_like(u), np.zeros_like(v)
    du[:, 1:-1] = -(np.diff(fx, axis=1) + np.diff(fy, axis=0)[:, 1:-1]) / H
    dv[1:-1] = -(np.diff(gx, axis=1)[1:-1] + np.diff(gy, axis=0)) / H
    du[:, -1] = -U0 * (u[:, -1] - u[:, -2]) / H
    return du, dv


def project(u, v, mask):
    u[mask] = 0
    u[:, -1] += U0 - u[:, -1].mean()
    psi = poisson(np.diff(u, axis=1) + np.diff(v, axis=0))
    u[:, 1:-1] -= np.diff(psi, axis=1)
    v[1:-1] -= np.diff(psi, axis=0)
    u[mask] = 0
    return u, v


def step(u, v, mask):
    (u0, v0) = (u, v)
    for a, b in ((0, 1), (0.75, 0.25), (1 / 3, 2 / 3)):
        du, dv = rates(u, v)
        u, v = project(a * u0 + b * (u + DT * du), a * v0 + b * (v + DT * dv), mask)
    return u, v


x = np.random.default_rng(1).standard_normal((5, NX))
assert np.allclose(idct(dct(x)), x)
u, v = np.full((NY, NX + 1), U0), np.zeros((NY + 1, NX))
X, Y = np.meshgrid(np.arange(NX + 1) * H, (np.arange(NY) + 0.5) * H)
mask = (X - 0.2) ** 2 + (Y - 0.25) ** 2 <= 0.0375**2
u, v = project(u, v, mask)
seconds = []
for _ in range(10):
    start = time.process_time()
    u, v = step(u, v, mask)
    seconds.append(time.process_time() - start)
assert np.isfinite(u).all() and abs(u).max() < 4 * U0
print(min(seconds))
