"""Alanine dipeptide in implicit water by OpenMM: the micro solver of this study.

22 atoms, AMBER03 with OBC water (Onufriev, Bashford and Case 2004, doi:10.1002/prot.20033), 300 K, no constraints. A frame is 0.1 ps:
ten times ten steps of velocity Verlet with 1 fs, each ten followed by an exact Ornstein-Uhlenbeck step of the velocities with friction
1/ps. That step is drawn here and not by OpenMM, whose own random numbers are no part of a state that could be saved.

Fields: cosine and sine of the backbone angles phi and psi. State: positions and velocities of all atoms.
"""

import numpy as np
import openmm
from led_simulator import Channel, Simulator, generator, serve
from openmm import app, unit

TEMPERATURE, FRICTION, STEP = 300.0, 1.0, 0.001  # K, 1/ps, ps
BLOCKS, STEPS = 10, 10  # per frame
PHI, PSI, OMEGAS = (4, 6, 8, 14), (6, 8, 14, 16), ((1, 4, 6, 8), (8, 14, 16, 18))

ATOMS = [  # of ACE-ALA-NME: residue, name, element
    ("ACE", "HH31", "H"), ("ACE", "CH3", "C"), ("ACE", "HH32", "H"), ("ACE", "HH33", "H"), ("ACE", "C", "C"), ("ACE", "O", "O"),
    ("ALA", "N", "N"), ("ALA", "H", "H"), ("ALA", "CA", "C"), ("ALA", "HA", "H"), ("ALA", "CB", "C"), ("ALA", "HB1", "H"),
    ("ALA", "HB2", "H"), ("ALA", "HB3", "H"), ("ALA", "C", "C"), ("ALA", "O", "O"),
    ("NME", "N", "N"), ("NME", "H", "H"), ("NME", "C", "C"), ("NME", "H1", "H"), ("NME", "H2", "H"), ("NME", "H3", "H"),
]
BONDS = [(0, 1), (1, 2), (1, 3), (1, 4), (4, 5), (4, 6), (6, 7), (6, 8), (8, 9), (8, 10), (10, 11), (10, 12), (10, 13), (8, 14), (14, 15),
         (14, 16), (16, 17), (16, 18), (18, 19), (18, 20), (18, 21)]


def angles(positions, of=(PHI, PSI)):
    """Dihedral angles [M, 2], phi and psi unless others are given, of positions [M, atoms, 3]."""
    out = []
    for a, b, c, d in of:
        p = positions
        u, v, w = p[:, b] - p[:, a], p[:, c] - p[:, b], p[:, d] - p[:, c]
        n, m = np.cross(u, v), np.cross(v, w)
        out.append(np.arctan2(np.einsum("ij,ij->i", np.linalg.norm(v, axis=1)[:, None] * u, m), np.einsum("ij,ij->i", n, m)))
    return np.stack(out, 1)


class Engine:
    """OpenMM with velocity Verlet on one thread in double precision."""

    def __init__(self):
        topology = app.Topology()
        chain, residues, atoms = topology.addChain(), {}, []
        for residue, name, element in ATOMS:
            if residue not in residues:
                residues[residue] = topology.addResidue(residue, chain)
            atoms.append(topology.addAtom(name, app.Element.getBySymbol(element), residues[residue]))
        for a, b in BONDS:
            topology.addBond(atoms[a], atoms[b])
        system = app.ForceField("amber03.xml", "amber03_obc.xml").createSystem(topology, nonbondedMethod=app.NoCutoff, removeCMMotion=False)
        self.mass = np.array([system.getParticleMass(i).value_in_unit(unit.dalton) for i in range(len(ATOMS))])
        verlet = openmm.CustomIntegrator(STEP)
        for expression in ("v + 0.5 * dt * f / m", None, "v + 0.5 * dt * f / m"):
            verlet.addComputePerDof("v", expression) if expression else verlet.addComputePerDof("x", "x + dt * v")
        self.context = openmm.Context(system, verlet, openmm.Platform.getPlatformByName("Reference"))
        self.speed = np.sqrt(8.31446261815324e-3 * TEMPERATURE / self.mass)[:, None]  # nm/ps

    def advance(self, positions, velocities, rng):
        """One frame."""
        keep = np.exp(-FRICTION * STEP * STEPS)
        self.context.setPositions(positions)
        for _ in range(BLOCKS):
            self.context.setVelocities(velocities)
            self.context.getIntegrator().step(STEPS)
            state = self.context.getState(getVelocities=True, getPositions=True)
            velocities = state.getVelocities(asNumpy=True)._value
            velocities = keep * velocities + np.sqrt(1 - keep * keep) * self.speed * rng.normal(size=velocities.shape)
        return state.getPositions(asNumpy=True)._value.copy(), velocities

    def relaxed(self):
        """Positions [atoms, 3] of a minimum with trans peptide bonds and L-alanine, from atoms thrown about along the chain."""
        for attempt in range(1000):
            rng = generator(attempt, 0)
            self.context.setPositions(np.outer(np.arange(len(ATOMS)), [0.05, 0.0, 0.0]) + 0.1 * rng.normal(size=(len(ATOMS), 3)))
            openmm.LocalEnergyMinimizer.minimize(self.context, 0.1, 0)
            x = self.context.getState(getPositions=True).getPositions(asNumpy=True)._value.copy()
            n, c, beta = x[6] - x[8], x[14] - x[8], x[10] - x[8]
            if n @ np.cross(c, beta) < 0:
                x = -x  # the mirror image of D is L
            bonds = [np.linalg.norm(x[a] - x[b]) for a, b in BONDS]
            if np.all(np.abs(angles(x[np.newaxis], OMEGAS)) > 2.6) and max(bonds) < 0.17:
                return x
        raise RuntimeError("no structure was found")


class Alanine(Simulator):
    name = "alanine-dipeptide"
    equations = ["m dv = -∇U dt - γ m v dt + √(2γ m kT) dW,  U: AMBER03 with OBC water", "T = 300 K, γ = 1/ps"]
    channels = [Channel(name, long, limit=1.01) for name, long in [("cos_phi", "cosine of φ"), ("sin_phi", "sine of φ"), ("cos_psi", "cosine of ψ"), ("sin_psi", "sine of ψ")]]
    time_step = 0.1
    time_unit = "ps"
    opaque = True

    def __init__(self):
        self.engine = Engine()
        self.library = np.load("library.npy").astype(float)  # [n, atoms, 3]: see make_library.py
        self.library_fields = self.fields([(x, None) for x in self.library])

    def random(self, rng, parameters):
        return self.library_fields[rng.integers(len(self.library))]

    def lift(self, fields, call):
        """The structure of the library with the nearest angles, and velocities of Maxwell and Boltzmann."""
        states = []
        for m, field in enumerate(fields):
            nearest = np.argmin(((self.library_fields - field) ** 2).sum(1))
            states.append((self.library[nearest], self.engine.speed * call.rng(m).normal(size=(len(ATOMS), 3))))
        return states

    def step(self, states, call):
        return [self.engine.advance(x, v, call.rng(m)) for m, (x, v) in enumerate(states)]

    def fields(self, states):
        phi, psi = angles(np.stack([x for x, _ in states])).T
        return np.stack([np.cos(phi), np.sin(phi), np.cos(psi), np.sin(psi)], 1)

    def pack(self, state):
        return np.stack(state).tobytes()

    def unpack(self, data):
        return tuple(np.frombuffer(data).reshape(2, len(ATOMS), 3))


if __name__ == "__main__":
    serve(Alanine())
