"""Simulators for tests: python3 simulators.py MODE."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
from led_simulator import Axis, Channel, Diagnostic, Parameter, Simulator, serve


class Heat(Simulator):
    """Explicit Euler's method for the heat equation; the fields are the state."""

    name = "heat"
    equations = ["u_t = kappa u_xx"]
    channels = [Channel("u", "temperature", "K", limit=1e3)]
    axes = [Axis("x", 8, spacing=0.5, unit="m", periodic=True)]
    time_step = 0.25
    parameters = [Parameter("kappa", 0.25, 0, 0.5, "diffusivity")]
    diagnostics = [Diagnostic("heat", "integral of u", "K m"), Diagnostic("age", "frame times kappa")]
    references = {"step": np.repeat([[0.0, 1.0]], 4, axis=1).reshape(1, 8)}

    def random(self, rng, parameters):
        return rng.uniform(size=self.shape)

    def step(self, state, call):
        k = call.parameters["kappa"][:, None, None]
        return (1 - 2 * k) * state + k * (np.roll(state, 1, -1) + np.roll(state, -1, -1))


    def diagnose(self, fields, call):
        return np.stack([0.5 * fields.sum((1, 2)), call.frame * call.parameters["kappa"]], 1)


class Plane(Heat):
    """Two channels on a plane."""

    name = "plane"
    channels = [Channel("u"), Channel("v")]
    axes = [Axis("y", 3), Axis("x", 4)]
    parameters = [Parameter("blobs", 2, 1, 9, whole=True, initial_only=True, fixed=True)]
    diagnostics = []
    references = {}

    def step(self, state, call):
        return np.stack([state[:, 1], state[:, 0] + call.frame], 1)


class Walk(Simulator):
    """A random walk whose step depends on the one before: the state is more than the field, and grows."""

    name = "walk"
    channels = [Channel("x", "position")]
    opaque = True

    def random(self, rng, parameters):
        return rng.normal(size=1)

    def lift(self, fields, call):
        return [(field, [call.rng(m).normal()]) for m, field in enumerate(fields)]

    def step(self, states, call):
        time.sleep(float(os.environ.get("STEP_SECONDS", 0)))
        out = []
        for m, (x, velocities) in enumerate(states):
            v = 0.5 * velocities[-1] + call.rng(m).normal()
            out.append((x + v, velocities + [v]))
        return out

    def fields(self, states):
        return np.stack([x for x, _ in states])


class Started(Walk):
    """A walk that cannot begin from given fields."""

    lift = random = None

    def start(self, rng, parameters):
        return (rng.normal(size=1), [rng.normal()])


class Faulty(Heat):
    """Does what its mode says when member 2 is advanced."""

    def step(self, state, call):
        state = super().step(state, call)
        if 2 not in call.members:
            return state
        mode = sys.argv[1]
        if mode == "raise":
            raise RuntimeError("the mesh is tangled")
        if mode == "shape":
            return state[..., :-1]
        if mode == "nan":
            state[call.members.index(2), 0, 3] = np.nan
        if mode == "exit":
            print("CFL condition violated", file=sys.stderr)
            sys.stderr.flush()
            os._exit(3)
        if mode == "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        if mode == "hang":
            child = subprocess.Popen(["sleep", "1000"])
            print(f"child {child.pid}", file=sys.stderr, flush=True)
            time.sleep(1000)
        if mode == "memory":
            np.ones(1 << 30)
        if mode == "print":
            print("a print that goes to standard error")
            os.system("echo and one of a child")
        if mode == "fortran":
            return np.asfortranarray(state)
        if mode == "float32":
            return state.astype(np.float32)
        return state


def stray():
    """A program without the client that prints to standard output."""
    print("Simulator 3.1 ready", flush=True)
    time.sleep(1000)


mode = sys.argv[1]
if mode == "stray":
    stray()
serve({"heat": Heat, "plane": Plane, "walk": Walk, "started": Started}.get(mode, Faulty)())
