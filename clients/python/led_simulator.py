"""A simulator for LedCluster, in one file that needs NumPy alone.

    from led_simulator import Axis, Channel, Simulator, serve

    class Heat(Simulator):
        name = "heat"
        channels = [Channel("u", "temperature", "K")]
        axes = [Axis("x", 64, spacing=0.1, unit="m", periodic=True)]
        time_step = 0.5

        def random(self, rng, parameters):             # fields [C, axes] of a member of the random family
            return rng.normal(size=self.shape)

        def step(self, state, call):                   # one frame for all members: [M, C, axes] -> [M, C, axes]
            return 0.5 * state + 0.25 * (np.roll(state, 1, -1) + np.roll(state, -1, -1))

    serve(Heat())

The program is started by LedCluster, once for each worker, and asked over its standard input and output; what it prints goes to
standard error. A member's result must depend on its state, the seed, its index, the frame and its parameters alone: not on the
members beside it, nor on what was computed before. Protocol: docs/your-own-simulator.md.
"""

import json
import os
import pickle
import sys
import traceback
from dataclasses import dataclass, field

import numpy as np

PROTOCOL = 1


@dataclass
class Channel:
    """A physical quantity. Beyond +-limit a member has failed."""

    name: str
    long_name: str = ""
    unit: str = "1"
    limit: float = 3.4e38


@dataclass
class Axis:
    """An axis of the grid: equally spaced points. Exchangeable: the order of the points has no meaning, as of particles."""

    name: str
    points: int
    spacing: float = 1.0
    origin: float = 0.0
    unit: str = "1"
    long_name: str = "position"
    periodic: bool = False
    exchangeable: bool = False


@dataclass
class Diagnostic:
    """A number that is derived from the fields of each frame, such as mass or drag."""

    name: str
    meaning: str = ""
    unit: str = "1"


@dataclass
class Parameter:
    """A number that a run, or each member of it, can set."""

    name: str
    default: float
    minimum: float = -1.7e308
    maximum: float = 1.7e308
    meaning: str = ""
    unit: str = "1"
    drawn: bool = False  # whether each member draws a value between minimum and maximum when none is given
    whole: bool = False  # whether its values must be whole numbers
    initial_only: bool = False  # whether it shapes initial conditions alone, so that neither step nor a model depends on it
    fixed: bool = False  # whether it cannot change in time


@dataclass
class Call:
    """What a request is about: the run's seed, the indices of its members, and the frame at which they stand."""

    seed: int
    members: list
    frame: int
    parameters: dict = field(default_factory=dict)  # name -> [M]
    stream: int = 0  # 0 in step, 1 in lift

    def rng(self, position):
        """Random numbers of the member at a position, for its frame: the same in any company, on any machine."""
        return generator(self.seed, self.members[position], self.frame, self.stream)

    def of(self, position):
        """Parameters of the member at a position: name -> value."""
        return {name: float(values[position]) for name, values in self.parameters.items()}


def generator(seed, member, frame=-1, stream=0):
    """Philox, keyed by seed, member, frame and stream; frame -1 is for initial conditions."""
    key = np.array([seed & (2**64 - 1), member], np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=np.array([0, 0, stream, frame + 1], np.uint64)))


class Simulator:
    """Derive from it, and say what the simulator is and does."""

    name = "simulator"
    equations = []
    channels = []
    axes = []
    time_step = 1.0
    time_unit = "1"
    parameters = []
    diagnostics = []  # then diagnose(self, fields, call) -> [M, D] of fields [M, C, axes] of the frame call.frame, also decoded ones
    references = {}  # name -> fields [C, axes], or names alone with a method reference
    lyapunov_time = None

    opaque = False  # False: the fields are the state. True: the state of a member is any object, which pack makes bytes of

    @property
    def shape(self):
        """Shape of a member's fields, (C, axes)."""
        return (len(self.channels), *(axis.points for axis in self.axes))

    def step(self, state, call):
        """Advances all members by one frame.

        state: the fields [M, C, axes], or a list of M states. Returns the same after one time step.
        """
        raise NotImplementedError("step(self, state, call) is missing: it advances all members by one frame")

    random = None  # random(self, rng, parameters) -> fields [C, axes] of a member of the random family; parameters: name -> value

    def reference(self, name, parameters):
        """Fields [C, axes] of a reference initial condition."""
        return self.references[name]

    def diagnose(self, fields, call):
        """Diagnostics [M, D] of fields [M, C, axes]."""
        raise NotImplementedError("diagnose(self, fields, call) is missing: it gives the diagnostics")

    # Only where the fields are not the state:
    lift = None  # lift(self, fields, call) -> list of M states that belong to fields [M, C, axes]
    start = None  # start(self, rng, parameters) -> state of a member of the random family; instead of random, where there is no lift

    def fields(self, states):
        """Fields [M, C, axes] of a list of states."""
        raise NotImplementedError("fields(self, states) is missing: it gives the fields of states")

    def pack(self, state):
        """Bytes of one state."""
        return pickle.dumps(state, protocol=5)

    def unpack(self, data):
        """The state of such bytes."""
        return pickle.loads(data)


def serve(simulator):
    """Answers requests until LedCluster closes the pipe."""
    requests = sys.stdin.buffer
    pipe = os.dup(1)
    os.dup2(2, 1)  # whatever is printed, by anyone, goes to standard error
    sys.stdout = sys.stderr
    with os.fdopen(pipe, "wb", buffering=1 << 16) as answers:
        try:
            while line := requests.readline():
                _answer(simulator, json.loads(line), requests, answers)
                answers.flush()
        except BrokenPipeError:
            os._exit(0)  # nobody listens any more


def _answer(simulator, request, requests, answers):
    what = request["what"]
    if what == "describe":
        answers.write(json.dumps(_description(simulator)).encode() + b"\n")
        return
    members = request["members"]
    m, shape = len(members), simulator.shape
    call = Call(request["seed"], members, request["frame"])
    if simulator.parameters:  # arrays are read before anything can fail, so that the pipe is at the next request after an error
        given = _read(requests, (m, len(simulator.parameters)), np.float64)
        call.parameters = {p.name: given[:, i] for i, p in enumerate(simulator.parameters)}
    if what in ("lift", "diagnose") or what == "advance" and not simulator.opaque:
        fields = _read(requests, (m, *shape), np.float64)
    elif what == "advance":
        packed = _read(requests, (m, None), np.uint8)
    try:
        if what == "advance":
            state = fields if not simulator.opaque else [_unpack(simulator, row) for row in packed]
            for _ in range(request["frames"]):
                state = simulator.step(state, call)
                call.frame += 1
                _write(answers, _checked(state if not simulator.opaque else simulator.fields(state), (m, *shape), "step" if not simulator.opaque else "fields"))
            if simulator.opaque:
                _write(answers, _packed(simulator, state, m))
        elif what == "lift":
            call.stream = 1
            _write(answers, _packed(simulator, simulator.lift(fields, call), m))
        elif what == "diagnose":
            _write(answers, _checked(simulator.diagnose(fields, call), (m, len(simulator.diagnostics)), "diagnose"))
        elif what == "random":
            _write(answers, np.stack([_checked(_random(simulator, generator(call.seed, i), call.of(p)), shape, "random") for p, i in enumerate(members)]))
        elif what == "start":
            _write(answers, _packed(simulator, [simulator.start(generator(call.seed, i), call.of(p)) for p, i in enumerate(members)], m))
        elif what == "reference":
            name = list(simulator.references)[request["index"]]
            _write(answers, _checked(simulator.reference(name, call.of(0)), shape, f"reference '{name}'")[np.newaxis])
        else:
            raise ValueError(f"this client does not know the request '{what}'; take the client of the same version as LedCluster")
        answers.write(b'{"done": true}\n')
    except BrokenPipeError:
        raise
    except Exception as error:
        traceback.print_exc()
        sys.stderr.flush()
        answers.write(json.dumps({"error": f"{type(error).__name__}: {error}"}).encode() + b"\n")


def _random(simulator, rng, parameters):
    return simulator.random(rng, parameters) if simulator.random else np.asarray(simulator.fields([simulator.start(rng, parameters)]))[0]


def _description(simulator):
    camel = {"long_name": "longName", "initial_only": "initialOnly"}
    plain = lambda items: [{camel.get(k, k): v for k, v in vars(item).items()} for item in items]
    if simulator.opaque and not simulator.lift and not simulator.start:
        raise ValueError("an opaque simulator needs lift(self, fields, call), which makes states of fields, or start(self, rng, parameters)")
    return {
        "protocol": PROTOCOL,
        "name": simulator.name,
        "equations": list(simulator.equations),
        "channels": plain(simulator.channels),
        "axes": plain(simulator.axes),
        "timeStep": simulator.time_step,
        "timeUnit": simulator.time_unit,
        "state": "opaque" if simulator.opaque else "fields",
        "lift": not simulator.opaque or simulator.lift is not None,
        "parameters": plain(simulator.parameters),
        "diagnostics": plain(simulator.diagnostics),
        "references": list(simulator.references),
        "random": simulator.random is not None or simulator.start is not None,
        "lyapunovTime": simulator.lyapunov_time,
    }


def _unpack(simulator, row):
    return simulator.unpack(row[8 : 8 + int.from_bytes(row[:8].tobytes(), "little")].tobytes())  # the length goes first


def _packed(simulator, states, members):
    if len(states) != members:
        raise ValueError(f"{len(states)} states were returned for {members} members")
    packed = [simulator.pack(state) for state in states]
    rows = np.zeros((members, 8 + max(map(len, packed))), np.uint8)
    for row, data in zip(rows, packed):
        row[:8] = np.frombuffer(len(data).to_bytes(8, "little"), np.uint8)
        row[8 : 8 + len(data)] = np.frombuffer(data, np.uint8)
    return rows


def _checked(array, shape, name):
    array = np.asarray(array)
    if array.shape != shape:
        raise ValueError(f"{name} returned an array of shape {array.shape}, expected {shape}")
    return array


_headers = {}  # shape and type of headers that were read and written before


def _read(stream, shape, dtype):
    start = stream.read(10)
    if len(start) < 10 or start[:7] != b"\x93NUMPY\x01":
        raise EOFError("the request ended in the middle of an array")
    header = stream.read(start[8] | start[9] << 8)
    known = (shape, dtype)
    if _headers.get(header) != known:
        found = np.lib.format.read_array_header_1_0(_Bytes(start[8:] + header))
        if len(found[0]) != len(shape) or any(s is not None and s != f for s, f in zip(shape, found[0])) or found[1:] != (False, np.dtype(dtype)):
            raise ValueError(f"an array of shape {found[0]} and type {found[2]} was sent, expected {shape} and {np.dtype(dtype)}")
        if None in shape:
            shape = found[0]
        else:
            _headers[header] = known
    array = np.empty(shape, dtype)
    view = memoryview(array).cast("B") if array.size else b""
    if array.size and stream.readinto(view) < len(view):
        raise EOFError("the request ended in the middle of an array")
    return array


def _write(stream, array):
    array = np.ascontiguousarray(array, np.uint8 if array.dtype == np.uint8 else np.float64)
    known = (array.shape, array.dtype)
    header = _headers.get(known)
    if header is None:
        text = f"{{'descr': '{'|u1' if array.dtype == np.uint8 else '<f8'}', 'fortran_order': False, 'shape': {array.shape}, }}"
        text += " " * (-(len(text) + 11) % 64) + "\n"
        header = _headers[known] = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()
    stream.write(header)
    stream.write(memoryview(array).cast("B") if array.size else b"")


class _Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def read(self, count):
        self.at += count
        return self.data[self.at - count : self.at]
