"""A simulator that does nothing: what is measured is the pipe."""

import sys

import numpy as np
from led_simulator import Axis, Channel, Simulator, serve


class Identity(Simulator):
    name = "identity"
    channels = [Channel("u")]
    axes = [Axis("x", int(sys.argv[1]))]

    def random(self, rng, parameters):
        return np.ones(self.shape)

    def step(self, state, call):
        return state


serve(Identity())
