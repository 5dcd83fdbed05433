"""The micro solver of this study: the Brusselator on a line, an oscillating chemical reaction with diffusion.

    u_t = A - (B + 1) u + u^2 v + D u_xx
    v_t = B u - u^2 v + D v_xx,          u_x = v_x = 0 at both ends

Prigogine and Lefever 1968, doi:10.1063/1.1668896. Replace it by your own: say what the fields are, draw initial conditions, and advance
all members by one frame. What is printed goes to standard error.
"""

import numpy as np
from led_simulator import Axis, Channel, Parameter, Simulator, serve

POINTS, LENGTH = 64, 1.0
A, D = 1.0, 0.02
INNER_STEPS = 40  # of Runge and Kutta's method per frame


class Brusselator(Simulator):
    name = "brusselator"
    equations = ["u_t = A - (B + 1)u + u²v + D u_xx", "v_t = Bu - u²v + D v_xx"]
    channels = [Channel("u", "activator", limit=100), Channel("v", "inhibitor", limit=100)]
    axes = [Axis("x", POINTS, spacing=LENGTH / (POINTS - 1))]
    time_step = 0.1
    parameters = [Parameter("B", 3.0, 2.0, 4.0, "feed of the inhibitor")]

    def random(self, rng, parameters):
        """Fields [channel, x] of a member of the random family."""
        x = np.linspace(0, LENGTH, POINTS)
        modes = np.cos(np.pi * np.outer(np.arange(4), x))
        amplitudes = rng.normal(size=(2, 4)) * [0.3, 0.2, 0.1, 0.05]
        return np.exp(amplitudes @ modes) * [[A], [parameters["B"] / A]]

    def step(self, state, call):
        """One frame for all members: [member, channel, x] -> [member, channel, x]."""
        b = call.parameters["B"][:, None]
        dt = self.time_step / INNER_STEPS
        for _ in range(INNER_STEPS):
            k1 = self.slope(state, b)
            k2 = self.slope(state + dt / 2 * k1, b)
            k3 = self.slope(state + dt / 2 * k2, b)
            k4 = self.slope(state + dt * k3, b)
            state = state + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return state

    def slope(self, state, b):
        u, v = state[:, 0], state[:, 1]
        reaction = u * u * v
        wide = np.concatenate([state[..., 1:2], state, state[..., -2:-1]], axis=-1)  # mirrored at both ends
        diffusion = D * (POINTS - 1) ** 2 / LENGTH**2 * (wide[..., 2:] - 2 * state + wide[..., :-2])
        return diffusion + np.stack([A - (b + 1) * u + reaction, b * u - reaction], axis=1)


serve(Brusselator())
