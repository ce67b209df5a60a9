"""The engine behind the package: use the names that `sorn` exports."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, NoReturn, overload

import numpy
import numpy.typing
from numpy.typing import NDArray

import sorn._arguments
import sorn._names
import sorn._parameters


version: str = '1.0.0'

class Parameters:
    """The hyperparameters in the engine. Immutable."""

    def __init__(self) -> None: ...

    def replaced(self, changes: dict[str, Any]) -> Parameters:
        """A copy with other values for the names in `changes`."""

    def validate(self) -> None:
        """Raises ParameterError, which lists all invalid values."""

    def value(self, name: str) -> Any:
        """
        The value of one hyperparameter; if it is not set, the value computed from the others.
        """

    def as_dict(self) -> dict[str, Any]:
        """All hyperparameters in the order of the table."""

    @property
    def ne(self) -> int: ...

    @property
    def nu(self) -> int: ...

    @property
    def noise_sigma(self) -> float:
        """Standard deviation or width of the noise if a call gives no other one."""

    @property
    def target_rate(self) -> float:
        """Mean target of intrinsic plasticity in spikes per step."""

    def __eq__(self, other: object, /) -> bool: ...

def variant_parameters(name: str) -> Parameters:
    """The hyperparameters of a published variant."""

def variant_table() -> list[dict[str, str]]:
    """
    The published variants: name, meaning, publication, good_for, differences, program.
    """

def switch_list() -> list[str]:
    """The hyperparameters that make a variant."""

def switch_source(variant: str, name: str) -> str:
    """Where the value of a switch of a published variant comes from."""

def parameter_table() -> list[dict[str, Any]]:
    """
    The table of hyperparameters: name, symbol, unit, range, meaning, source and default of each; `unset` is the formula for its value if its default is None.
    """

def did_you_mean(text: str, candidates: Sequence[str]) -> str:
    """
    The suggestion for an unknown name: the candidate most similar to `text`, if one is similar enough.
    """

class SourceSpec:
    """A source of input as a value, checked. Immutable."""

    def __init__(self, text: str) -> None:
        """From JSON, or from the short form counting:n=4."""

    @property
    def text(self) -> str: ...

    @property
    def alphabet(self) -> list[str]: ...

    @property
    def pool_size(self) -> int | None: ...

    @property
    def sentences(self) -> list[str]:
        """Those of a grammar."""

    def symbols(self, first: int, steps: int, seed: int) -> numpy.typing.NDArray[numpy.int64]:
        """The symbols of some steps; `seed` is that of the network."""

    def pools(self, ne: int, nu: int, seed: int) -> numpy.typing.NDArray[numpy.int64]:
        """The units of each symbol, a row for each; -1 for a mixture."""

    def drive(self, first: int, steps: int, ne: int, nu: int, seed: int) -> numpy.typing.NDArray[numpy.float64]:
        """The drive of all units in some steps; `seed` is that of the network."""

class CustomSource:
    """A source of a user. Immutable."""

    def __init__(self, steps: object, iterates: bool, pools: SourceSpec) -> None:
        """
        `steps` is an iterator or a function of the step; `pools` gives alphabet, pools and gain.
        """

    @property
    def iterates(self) -> bool: ...

    @property
    def pool_size(self) -> int | None: ...

class ClosedLoop:
    """A closed loop as a value, see sorn.sources.ClosedLoop. Immutable."""

    def __init__(self, readout: Readout, shown: SourceSpec, start: int | None, symbols: Sequence[int]) -> None: ...

    def without_start(self) -> ClosedLoop:
        """The same for a run that goes on."""

    @property
    def pool_size(self) -> int | None: ...

def sources() -> list[dict[str, Any]]:
    """The kinds of sources: name, meaning and keys."""

class Rewards:
    """
    The rewards of a run: a float64 array (steps,) in which NaN means no reward, or a function of the network's answer that returns a number or None.
    """

    def __init__(self, given: numpy.typing.NDArray[numpy.float64] | Callable[..., float | None]) -> None: ...

class RecordPlan:
    """Quantities to record, such as 'E' or 'WEE/1000'."""

    def __init__(self, texts: Sequence[str], real: bool) -> None: ...

    @property
    def requests(self) -> list[tuple[str, int, int]]:
        """(short name, stride, first step of the window) of each quantity."""

    def first_steps(self, begin: int) -> list[int]:
        """
        The first recorded step of each quantity, in a run that begins with step `begin`.
        """

class OutputFile:
    """The file into which a run streams its recordings. Immutable."""

    def __init__(self, *, path: str, checkpoint_every: int, keep_checkpoints: int | None, overwrite: bool, replay_log: str | None) -> None:
        """With keep_checkpoints=None the states of all checkpoints are kept."""

    @property
    def path(self) -> str: ...

class RunSettings:
    """
    The settings of one run. Immutable. `noise` is True for the variant's standard deviation, False for no noise, a float for another standard deviation, or an array (ne + ni, T) to replay. With threads=0 the engine chooses the number.
    """

    def __init__(self, *, steps: sorn._arguments.Steps, phase: sorn._names.Phase, freeze: tuple[str, ...], noise: bool | float | numpy.typing.NDArray[numpy.float64], inputs: numpy.typing.NDArray[numpy.float64] | None, threads: sorn._arguments.Threads, record: RecordPlan, new_synapses: numpy.typing.NDArray[numpy.int64] | None = None, source: SourceSpec | CustomSource | ClosedLoop | None = None, signals: dict[str, Rewards | numpy.typing.NDArray[numpy.float64] | Callable[[int], float]] | None = None) -> None:
        """Raises UnknownNameError for an unknown phase or plasticity rule."""

    @property
    def steps(self) -> sorn._arguments.Steps: ...

    @property
    def phase(self) -> sorn._names.Phase: ...

    @property
    def freeze(self) -> tuple[str, ...]: ...

    @property
    def noise(self) -> bool | float | numpy.typing.NDArray[numpy.float64]: ...

    @property
    def inputs(self) -> numpy.typing.NDArray[numpy.float64] | None: ...

    @property
    def source(self) -> SourceSpec | CustomSource | ClosedLoop | None: ...

    @property
    def signal_names(self) -> tuple[str, ...]: ...

    @property
    def record(self) -> RecordPlan: ...

    def check_target_rate(self, parameters: Parameters) -> None:
        """
        Raises ParameterError if a run would adapt thresholds to a rate that units cannot reach.
        """

class PartSynapses:
    """
    The synapses of one matrix onto the units of a part, in a call of a rule.
    """

    @property
    def n_pre(self) -> int:
        """The number of presynaptic units."""

    def pre_of(self, post: int) -> numpy.typing.NDArray[numpy.uint32]:
        """The presynaptic units of a unit of the part, ascending. Read-only."""

    def weights_of(self, post: int) -> numpy.typing.NDArray[numpy.float64]:
        """The weights of these synapses as they are now. A read-only copy."""

    def weight(self, post: int, k: int) -> float:
        """The weight of synapse `k` of a unit, as :meth:`pre_of` numbers them."""

    def synapses_from(self, pre: int) -> numpy.typing.NDArray[numpy.uint64]:
        """
        The synapses of any presynaptic unit onto units of the part, in no particular order: words for :meth:`post_of`, :meth:`weight_of` and :meth:`set_of` in the same call. None if the matrix is static.
        """

    def post_of(self, synapse: int | numpy.typing.NDArray[numpy.uint64]) -> Any:
        """
        The unit that a synapse of :meth:`synapses_from` leads to, or those of several.
        """

    def weight_of(self, synapse: int | numpy.typing.NDArray[numpy.uint64]) -> Any:
        """The weight of such a synapse, or those of several."""

    def set_of(self, synapse: int | numpy.typing.NDArray[numpy.uint64], w: float | numpy.typing.NDArray[numpy.floating[Any]]) -> None:
        """
        Sets the weight of such a synapse, or those of several, as :meth:`set` does.
        """

    def set(self, post: int, k: int | numpy.typing.NDArray[numpy.integer[Any]], w: float | numpy.typing.NDArray[numpy.floating[Any]]) -> None:
        """
        Sets the weight of synapse `k` of a unit, as :meth:`pre_of` numbers them; `k` and `w` may be arrays. Weights are finite and at least 0. A weight of 0 removes the synapse after the rule, except from a W_EE with synapses that rest at 0 (`keep_zero`).
        """

    def set_weights(self, post: int, weights: float | numpy.typing.NDArray[numpy.floating[Any]]) -> None:
        """
        Sets the weights of all synapses of a unit, in the order of :meth:`weights_of`.
        """

    def make(self, pre: int, post: int, w: float) -> None:
        """
        Makes a synapse after the rule, or sets the weight of the one that exists. `w` is finite and above 0.
        """

class RuleView:
    """
    What a rule of your own sees in a step: a part of the network. It can be used during the call only. Arrays are read-only copies, which may be kept.
    """

    @property
    def step(self) -> int:
        """Number of the step."""

    @property
    def units(self) -> range:
        """The excitatory units of the part."""

    @property
    def x(self) -> numpy.typing.NDArray[numpy.int8]:
        """Excitatory activity before the step, (ne,)."""

    @property
    def next_x(self) -> numpy.typing.NDArray[numpy.int8]:
        """The new excitatory activity x', (ne,)."""

    @property
    def y(self) -> numpy.typing.NDArray[numpy.int8]:
        """Inhibitory activity before the step, (ni,)."""

    @property
    def next_y(self) -> numpy.typing.NDArray[numpy.int8]:
        """The new inhibitory activity y', (ni,)."""

    @property
    def active_x(self) -> numpy.typing.NDArray[numpy.uint32]:
        """The units that fire in x, ascending."""

    @property
    def active_next_x(self) -> numpy.typing.NDArray[numpy.uint32]:
        """The units that fire in x', ascending."""

    @property
    def active_y(self) -> numpy.typing.NDArray[numpy.uint32]:
        """The units that fire in y, ascending."""

    @property
    def target(self) -> numpy.typing.NDArray[numpy.float64]:
        """The target rate of each unit of the part."""

    @property
    def te(self) -> numpy.typing.NDArray[numpy.float64]:
        """The threshold of each unit of the part as it is now."""

    @property
    def wee(self) -> PartSynapses:
        """The synapses of W_EE onto these units."""

    @property
    def wei(self) -> PartSynapses:
        """The synapses of W_EI onto these units."""

    @property
    def parameters(self) -> sorn._parameters.Parameters:
        """The hyperparameters of the network."""

    @property
    def memory(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        The numbers that the rule keeps from step to step, with a row for each unit of the part, (units, k). They may be changed in place, or set; after the call the network has them.
        """

    @memory.setter
    def memory(self, values: numpy.typing.ArrayLike, /) -> None: ...

    def te_of(self, unit: int) -> float:
        """The threshold of one unit of the part as it is now."""

    def set_te(self, unit: int | range | list[int] | numpy.typing.NDArray[numpy.integer[Any]], value: float | numpy.typing.NDArray[numpy.floating[Any]]) -> None:
        """
        Sets the finite threshold of a unit of the part, or of each of several.
        """

    def signal(self, name: str) -> float | None:
        """
        The value of a signal of the run in this step; None if the run has none of this name.
        """

    def uniform(self, unit: int | range | list[int] | numpy.typing.NDArray[numpy.integer[Any]], draw: int = 0) -> Any:
        """
        A random number in (0, 1), or one for each of several units. It depends only on the seed of the network, the name of the rule, the step, `unit` and `draw`.
        """

class RuleDescription:
    """What the engine knows of a rule."""

    def __init__(self, name: str, *, wee: bool, wei: bool, te: bool, most_new: int, values: dict[str, float], needs: Sequence[str], memory_width: int, memory_of_pairs: bool, initial_memory: numpy.typing.NDArray[numpy.float64] | None) -> None: ...

class RuleCode:
    """What a rule does."""

    @staticmethod
    def of_function(description: RuleDescription, function: Callable[[RuleView], object]) -> RuleCode:
        """A function that is called with a view of each part in each step."""

    @staticmethod
    def of_library(library: str, values: dict[str, float]) -> RuleCode:
        """The rule of a shared library."""

    @staticmethod
    def at_address(description: RuleDescription, address: int, explain: Callable[[BaseException, str, int], BaseException] | None) -> RuleCode:
        """
        A function of <sorn/rule.h>, which must be kept as long as the rule lives. `explain` gives an exception of the function its words, from its name and the step.
        """

    @property
    def name(self) -> str: ...

    @property
    def changes(self) -> tuple[str, ...]: ...

    @property
    def most_new(self) -> int: ...

    @property
    def needs(self) -> tuple[str, ...]:
        """The signals that it needs."""

    @property
    def memory(self) -> int | str:
        """The numbers that it keeps for each unit."""

class OwnRule:
    """A rule of a user's own."""

    def __init__(self, code: RuleCode) -> None: ...

    @property
    def values(self) -> dict[str, float]:
        """The parameters that are numbers, which files keep."""

def rule_layout() -> dict[str, dict[str, int]]:
    """The places of the members of sorn_part and sorn_synapses."""

def rule_functions() -> dict[str, int]:
    """The addresses of functions that compiled rules call."""

def know_rules(order: Sequence[str]) -> None:
    """
    Makes the names in an order that no table has names of users' own rules.
    """

def looks_transposed(features: int, steps: int) -> bool:
    """Whether inputs with this number of features and steps look transposed."""

class Network:
    """A network in the engine."""

    @staticmethod
    def built(parameters: Parameters, seed: int) -> Network:
        """A new network."""

    def copy(self) -> Network:
        """An independent copy."""

    def step(self, settings: RunSettings) -> numpy.typing.NDArray[numpy.int8]:
        """
        Makes a step with these settings in place; returns the new excitatory activity.
        """

    def act(self, drive: numpy.typing.NDArray[numpy.float64]) -> int | numpy.typing.NDArray[numpy.int8]:
        """The first half of a step: the answer of the output units."""

    def learn(self, reward: float | None, phase: sorn._names.Phase) -> None:
        """The second half of a step."""

    @property
    def acts(self) -> bool: ...

    def reset_activity(self) -> None: ...

    def shuffle_activity(self) -> None: ...

    def set_parameters(self, parameters: Parameters) -> None: ...

    def set_rules(self, rules: Sequence[OwnRule]) -> None: ...

    @property
    def rules(self) -> tuple[OwnRule, ...]: ...

    @property
    def missing_rules(self) -> list[str]:
        """Rules in `order` that the network was not given."""

    def reseed(self, seed: int) -> None: ...

    @property
    def parameters(self) -> Parameters: ...

    @property
    def seed(self) -> int: ...

    @property
    def step_count(self) -> int: ...

    @property
    def ne(self) -> int: ...

    @property
    def nu(self) -> int: ...

    @property
    def no(self) -> int: ...

    @property
    def ni(self) -> int: ...

    @property
    def connection_counts(self) -> tuple[int, int, int]:
        """The numbers of synapses in Wee, Wei and Wie."""

    @staticmethod
    def assembled(parameters: Parameters, values: dict[str, Any], seed: int, step: int) -> Network:
        """
        A network from all seven entries of a state dictionary: C-contiguous float64 arrays, or for weights (start, pre, weight, n_pre).
        """

    def with_values(self, parameters: Parameters, values: dict[str, Any]) -> Network:
        """A copy in which the given entries are replaced."""

    def value(self, key: str) -> numpy.typing.NDArray[numpy.float64]:
        """One entry of the state dictionary as a new array."""

    @property
    def further_keys(self) -> list[str]:
        """
        The entries of this network's state dictionary besides the seven of every network.
        """

    def columns(self, key: str) -> tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.uint32], numpy.typing.NDArray[numpy.float64], int]:
        """
        The synapses of a weight matrix as (start, pre, weight, n_pre), column by column.
        """

    def holds(self, key: str, array: numpy.typing.NDArray[numpy.float64]) -> bool:
        """Whether an array of the entry's shape equals the entry."""

    def same_values(self, other: Network) -> bool:
        """Whether all seven entries are equal."""

class BatchSettings:
    """The settings of a step of many networks. Immutable."""

    def __init__(self, *, phase: Sequence[str], freeze: Sequence[Sequence[str]], noise: bool | float, threads: sorn._arguments.Threads) -> None:
        """Raises UnknownNameError for an unknown phase or plasticity rule."""

class NetworkBatch:
    """Networks that step together."""

    @staticmethod
    def built(parameters: Parameters, seeds: Sequence[int]) -> NetworkBatch:
        """New networks."""

    @staticmethod
    def of(networks: Sequence[Network]) -> NetworkBatch:
        """Copies of networks."""

    def copy(self) -> NetworkBatch:
        """Independent copies."""

    def __len__(self) -> int: ...

    def network(self, k: int) -> Network:
        """A copy of a network."""

    def replace(self, k: int, network: Network) -> None:
        """Puts a copy of a network in the place of another."""

    def set_rules(self, rules: Sequence[OwnRule]) -> None: ...

    def step(self, inputs: numpy.typing.NDArray[numpy.float64] | None, settings: BatchSettings, rewards: numpy.typing.NDArray[numpy.float64] | None, which: numpy.typing.NDArray[numpy.uint8] | None = None) -> numpy.typing.NDArray[numpy.int8]:
        """A step of each network; returns the new excitatory activity."""

    def act(self, inputs: numpy.typing.NDArray[numpy.float64] | None, threads: sorn._arguments.Threads) -> numpy.typing.NDArray[Any]:
        """
        The first half of a step; returns the actions (n,), or the activity of output units with a threshold.
        """

    def learn(self, rewards: numpy.typing.NDArray[numpy.float64], settings: BatchSettings) -> None:
        """The second half of a step. NaN: no reward."""

    def reset_activity(self, which: numpy.typing.NDArray[numpy.uint8] | None) -> None: ...

    def activity(self) -> numpy.typing.NDArray[numpy.int8]: ...

    @property
    def ne(self) -> int: ...

    @property
    def nu(self) -> int: ...

    @property
    def no(self) -> int: ...

    @property
    def parameters(self) -> Parameters: ...

    @property
    def seeds(self) -> list[int]: ...

    @property
    def step_counts(self) -> list[int]: ...

def agent_call(function: Any, state_type: type, entries: dict[str, Any], unread: object, phase: str) -> Any:
    """
    The function, which is not entered for one usual step from an unread state.
    """

def short_step(network: Network, u: object | None, phase: object, noise: object) -> numpy.typing.NDArray[numpy.int8] | None:
    """A usual step in place; None if the usual way must do it."""

class SynapseLives:
    """The synapses that a run made, as sorn.criticality.Lifetimes."""

    def __init__(self) -> None: ...

    @property
    def birth(self) -> numpy.typing.NDArray[numpy.int64]: ...

    @property
    def steps(self) -> numpy.typing.NDArray[numpy.int64]: ...

    @property
    def pre(self) -> numpy.typing.NDArray[numpy.int64]: ...

    @property
    def post(self) -> numpy.typing.NDArray[numpy.int64]: ...

    @property
    def ended(self) -> numpy.typing.NDArray[numpy.int8]: ...

class Lineage:
    """Births and deaths of synapses, and those that there were before."""

    def __init__(self, begin: int, end: int, indptr: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], indices: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], steps: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], pre: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], post: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], birth: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> None: ...

    @property
    def begin(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def units(self) -> int: ...

    @property
    def events(self) -> int: ...

    @property
    def step(self) -> numpy.typing.NDArray[numpy.int64]: ...

    @property
    def pre(self) -> numpy.typing.NDArray[numpy.int64]: ...

    @property
    def post(self) -> numpy.typing.NDArray[numpy.int64]: ...

    @property
    def birth(self) -> numpy.typing.NDArray[numpy.int8]: ...

    @property
    def start(self) -> tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.int64]]:
        """indptr and indices of the synapses before the first step."""

    def topology(self, step: int) -> tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.int64]]:
        """indptr and indices of the synapses after a step."""

    def lives(self) -> SynapseLives: ...

    def synapse_counts(self) -> numpy.typing.NDArray[numpy.int64]:
        """The number of synapses after each step."""

    def turnover(self, window: int) -> tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.float64]]:
        """First step, births, deaths and mean number of synapses of each window."""

def run(start: Network, parameters: Parameters, seed: int | None, settings: RunSettings, progress: object | None, lives: SynapseLives | None = None) -> tuple[Network, list[numpy.typing.NDArray[Any]]]:
    """
    Runs a copy of `start` and returns it with one array for each quantity of the settings' record. `lives` receives the synapses that the run makes.
    """

class FileRun:
    """A run that streams into a result file."""

    def __init__(self, start: Network, parameters: Parameters, seed: int | None, settings: RunSettings, file: OutputFile) -> None: ...

    @staticmethod
    def resumed(path: str, inputs: object | None, source: CustomSource | ClosedLoop | None, noise: object | None, steps: int | None, checkpoint_every: int | None, threads: int, overwrite: bool, signals: dict[str, Rewards | numpy.typing.NDArray[numpy.float64] | Callable[[int], float]] | None = None, rules: Sequence[OwnRule] = ()) -> FileRun:
        """
        Resumes an interrupted run; `noise` is None unless the run replays noise.
        """

    @property
    def steps_left(self) -> int: ...

    @property
    def file(self) -> str: ...

    def run(self, progress: object | None) -> Network:
        """Runs to the end and returns the network."""

most_replicas: int = 1000000

most_threads: int = 4096

def replica_seed(seed: int, replica: int) -> int:
    """The seed of a replica."""

def replica_file(out: str, replica: int, replicas: int) -> str:
    """The result file of a replica."""

def ensemble(start: Network | None, parameters: Parameters, seed: int, settings: RunSettings, file: OutputFile | None, *, rules: Sequence[OwnRule], replicas: int, threads: sorn._arguments.Threads, progress: object | None) -> tuple[dict[str, numpy.typing.NDArray[Any]], dict[str, tuple[float, float, float, float, int]], list[Network], list[list[numpy.typing.NDArray[Any]]]]:
    """
    Runs an ensemble. Returns its table, the pooled measures (mean, deviation, lowest, highest, replicas), and, without `file`, networks and recordings.
    """

class Change:
    """A change of a network. Immutable."""

    @staticmethod
    def spike(unit: int | None) -> Change: ...

    @staticmethod
    def synapse(pre: int | None, post: int | None, weight: float, new: bool) -> Change: ...

    @staticmethod
    def threshold(unit: int | None, delta: float) -> Change: ...

    @staticmethod
    def freeze(rules: Sequence[str]) -> Change: ...

    @staticmethod
    def set(values: dict[str, Any]) -> Change: ...

    @staticmethod
    def lesion(units: Sequence[int], drawn: int) -> Change: ...

def twin(network: Network, changes: Sequence[Change], seed: int, pair: int) -> Network:
    """A changed copy of a network."""

def divergence(networks: Sequence[Network], changes: Sequence[Change], settings: RunSettings, *, pairs: int, steps: int, skip: int, seed: int, stride: int, state_stride: int, threads: sorn._arguments.Threads, progress: object | None) -> tuple[numpy.typing.NDArray[numpy.int32], dict[str, numpy.typing.NDArray[numpy.float64]], numpy.typing.NDArray[numpy.float64], tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.int64], float | None], tuple[numpy.typing.NDArray[numpy.int64], ...]]:
    """
    Runs pairs of twins. Returns the distances of activity (pairs, rows) and of states (pairs, rows) by name, the mean distance in each step, the Derrida map, and columns of the pairs: network, start, place, parted, met, merged, largest.
    """

@overload
def twin_quantile(values: numpy.typing.NDArray[numpy.int32], share: float) -> numpy.typing.NDArray[numpy.float64]:
    """The value below which a share of the pairs lie, in each row."""

@overload
def twin_quantile(values: numpy.typing.NDArray[numpy.float64], share: float) -> numpy.typing.NDArray[numpy.float64]:
    """The same for distances of states."""

def twin_growth(mean: numpy.typing.NDArray[numpy.float64], window: int) -> tuple[float, float, int, int] | None:
    """
    The exponent, the intercept, and the first and last step of the growth of a mean distance.
    """

def state_distances() -> list[tuple[str, str, str]]:
    """Name, label and meaning of each distance of states."""

most_pairs: int = 10000000

def printable(text: str) -> str:
    """
    The text with escapes for characters that could control a terminal and for bytes that are not UTF-8. Ends of lines stay.
    """

def throw_system_error(action: str, path: str, code: int) -> NoReturn:
    """
    Raises IoError: cannot <action> '<path>', the system's message for the code, and what to do.
    """

def save(path: str, network: Network, recordings: list[tuple[str, int, numpy.typing.NDArray[Any], tuple[str, ...]]], run: dict[str, Any], overwrite: bool) -> None:
    """
    Writes a result file. `recordings` lists (text, first step, array, names of the columns); `run` describes the run.
    """

def load(path: str) -> tuple[Network, dict[str, Any]]:
    """The network in a result file, and the file's provenance."""

def inputs_sha256(inputs: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)]) -> str:
    """The hash that identifies inputs (nu, T) in result files."""

def write_file(path: str, content: bytes, overwrite: bool) -> None:
    """
    Writes a file, which appears whole or not at all, or writes the bytes into a device or a pipe.
    """

def require_writable(path: str, overwrite: bool) -> None:
    """Raises the error that write_file() would raise now."""

class Claim:
    """Claims a target for this writer during the object's lifetime."""

    def __init__(self, path: str) -> None: ...

    @property
    def path(self) -> str:
        """The path of the claim's own file."""

class ResultReader:
    """An open result file or checkpoint."""

    def __init__(self, path: str) -> None: ...

    @property
    def parameters(self) -> Parameters: ...

    @property
    def run(self) -> dict[str, Any]:
        """
        Phase, freeze, noise, inputs, first_step and steps; with inputs also inputs_shape and inputs_sha256; with signals also their names.
        """

    @property
    def seed(self) -> int:
        """The seed of the network."""

    @property
    def version(self) -> str:
        """The version of the program that wrote the file."""

    @property
    def provenance(self) -> dict[str, Any]:
        """The fields of sorn.Provenance."""

    @property
    def recordings(self) -> list[tuple[str, int, int, tuple[int, ...], str]]:
        """
        (short name, stride, step of the first row, shape, type of the values) of each recording.
        """

    @property
    def kept_steps(self) -> numpy.typing.NDArray[numpy.int64]:
        """The steps of the states that the run has kept."""

    @property
    def log(self) -> str:
        """What watchers did to the run, as JSON."""

    @property
    def measures(self) -> tuple[str, ...]:
        """The names of the columns of 'stats'; empty if it was not recorded."""

    def rows(self, name: str, first: int, count: int) -> numpy.typing.NDArray[Any]:
        """Some rows of a recording."""

    def columns(self, name: str, row: int) -> tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.float64]]:
        """indptr, indices and data of one row of weights."""

    def lineage(self) -> Lineage:
        """The recorded births and deaths of synapses."""

    def network(self) -> Network:
        """The network after the run."""

class SpikeSource:
    """Spikes in memory or in a file, which are read in blocks."""

    @property
    def steps(self) -> int: ...

    @property
    def neurons(self) -> int: ...

    def part(self, first: int, count: int) -> SpikeTrain:
        """Some steps, in memory."""

    def spike_counts(self) -> numpy.typing.NDArray[numpy.int64]:
        """The spikes of each neuron."""

    def spike_list(self) -> tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.int64]]:
        """Steps and neurons of all spikes, ordered by step."""

    def spikes_in_bins(self, size: int) -> numpy.typing.NDArray[numpy.int64]:
        """The spikes of each neuron in bins of steps: (bins, neurons)."""

    def in_bins(self, size: int) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]:
        """The lowest, the sum and the highest of the activity in bins of steps."""

    def activity_histogram(self) -> numpy.typing.NDArray[numpy.int64]:
        """The number of steps with 0, 1, 2 … spikes."""

    def interval_counts(self, neuron: int | None) -> tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.int64]]:
        """The lengths of intervals that occur, and how often each does."""

    def branching_ratio(self, method: str) -> float | None: ...

    def avalanches(self, threshold: float | None) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.int64], float]: ...

    def firing_rate(self, neuron: int, bin_size: int) -> float: ...

    def network_activity(self) -> numpy.typing.NDArray[numpy.int64]: ...

    def spike_times(self, neuron: int) -> numpy.typing.NDArray[numpy.int64]: ...

    def interspike_intervals(self, neuron: int) -> numpy.typing.NDArray[numpy.int64]: ...

    def interval_variation(self) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]: ...

    def fano_factor(self, neuron: int, window: int) -> tuple[float, float | None, float | None]: ...

    def isi_exponential(self, shortest: int, longest: int) -> tuple[float, float, int] | None: ...

    def fano_across_trials(self, onsets: numpy.typing.NDArray[numpy.int64], offsets: numpy.typing.NDArray[numpy.int64], window: int, units: numpy.typing.NDArray[numpy.int64]) -> numpy.typing.NDArray[numpy.float64]: ...

    def nearest_states(self, references: SpikeSource, seed: int) -> tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.int64]]: ...

    def pattern_histogram(self, units: numpy.typing.NDArray[numpy.int64]) -> numpy.typing.NDArray[numpy.int64]: ...

    def correlation(self) -> tuple[numpy.typing.NDArray[numpy.float64], float | None]: ...

    def synchrony(self) -> float | None: ...

    def spike_source_entropy(self, sources: int) -> float | None: ...

    def hamming_distance(self, perturbed: SpikeSource) -> numpy.typing.NDArray[numpy.int64]: ...

    def derrida_map(self, perturbed: SpikeSource) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.int64], float | None]: ...

class SpikeTrain(SpikeSource):
    """Bit-packed spikes, see sorn.SpikeTrain."""

    @overload
    def __init__(self, spikes: Annotated[NDArray[numpy.uint8], dict(shape=(None, None), device='cpu', writable=False)], name: str) -> None: ...

    @overload
    def __init__(self, spikes: Annotated[NDArray[numpy.int64], dict(shape=(None, None), device='cpu', writable=False)], name: str) -> None: ...

    @overload
    def __init__(self, spikes: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], name: str) -> None: ...

    def same_spikes(self, other: SpikeTrain) -> bool: ...

    def to_array(self) -> numpy.typing.NDArray[numpy.int8]: ...

class RecordedSpikes(SpikeSource):
    """Spikes in a result file, which are read in blocks."""

    def __init__(self, reader: ResultReader, quantity: str) -> None: ...

class RecordedSeries:
    """Counts in a result file, which are read in blocks."""

    def __init__(self, reader: ResultReader, quantity: str) -> None: ...

    def __len__(self) -> int: ...

    def in_bins(self, size: int) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]:
        """The lowest, the sum and the highest of the values in bins."""

    def ends(self) -> tuple[float, float, float, int]:
        """The first and the last value, the smallest value and its first place."""

    def scale_dependent_smoothness(self) -> float | None: ...

    def scale_independent_smoothness(self) -> float | None: ...

    def autocorrelation(self, lag: int) -> float | None: ...

    def branching_ratio(self, method: str) -> float | None: ...

    def avalanches(self, threshold: float | None) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.int64], float]: ...

smallest_fitted_weight: float = 0.01

def measures() -> list[dict[str, Any]]:
    """
    The table of measures: name, label, meaning, unit, kind, needs, group, headline and aliases of each.
    """

def measured(spikes: SpikeSource | None, network: Network | None, ee_counts: tuple[int, int] | None, window: int, lag: int, threshold: float | None) -> dict[str, Any]:
    """
    All measures of the data given, by name; None if a measure is undefined. `ee_counts`: the W_EE synapses on entry to the first step, and on entry to the step with the fewest.
    """

def least_data() -> dict[str, tuple[int, str, str]]:
    """
    The least data of each measure: (number, what is counted, further condition).
    """

def scale_dependent_smoothness(rates: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> float | None: ...

def scale_independent_smoothness(rates: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> float | None: ...

def autocorrelation(rates: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], lag: int) -> float | None: ...

def branching_ratio(activity: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], method: str) -> float | None: ...

def avalanches(activity: numpy.typing.NDArray[numpy.float64], threshold: float | None) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.int64], float]: ...

def fano_regression(counts: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], units: int) -> float | None: ...

def pattern_divergence(p: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], q: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], pseudo_count: float) -> float: ...

def exponential_curve(x: numpy.typing.NDArray[numpy.float64], y: numpy.typing.NDArray[numpy.float64], deviations: numpy.typing.NDArray[numpy.float64], shortest: float, longest: float) -> tuple[float, float]:
    """Height and time constant of the exponential decay through points."""

most_pattern_units: int = 24

def connection_fraction(synapses: int, n_pre: int, n_post: int) -> float: ...

def lognormal_fit(weights: numpy.typing.NDArray[numpy.float64], cutoff: float) -> tuple[float, float, int, float] | None: ...

class Sample:
    @overload
    def __init__(self, values: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], discrete: bool | None) -> None: ...

    @overload
    def __init__(self, values: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], counts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], discrete: bool) -> None: ...

    @property
    def discrete(self) -> bool: ...

    @property
    def size(self) -> int: ...

class Search:
    def __init__(self, xmax: float, largest_xmin: float, least_samples: int, least_ratio: float | None) -> None: ...

class Fit:
    def __init__(self, distribution: str, parameters: dict[str, float], errors: dict[str, float], xmin: float, xmax: float, samples: int, discrete: bool, log_likelihood: float, ks_distance: float) -> None: ...

    @property
    def distribution(self) -> str: ...

    @property
    def discrete(self) -> bool: ...

    @property
    def xmin(self) -> float: ...

    @property
    def xmax(self) -> float: ...

    @property
    def samples(self) -> int: ...

    @property
    def log_likelihood(self) -> float: ...

    @property
    def ks_distance(self) -> float: ...

    @property
    def parameters(self) -> dict[str, float]: ...

    @property
    def errors(self) -> dict[str, float]: ...

    def survival(self, x: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]: ...

    def density(self, x: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]: ...

def distributions() -> list[str]:
    """The names of all distributions."""

def fit(sample: Sample, distribution: str, xmin: float | None, xmax: float) -> Fit: ...

def fit_tail(sample: Sample, search: Search) -> Fit: ...

def compare_fits(sample: Sample, first: Fit, second: Fit) -> tuple[float, float, float, bool]: ...

def resampled(values: numpy.typing.NDArray[numpy.float64], fit: Fit, networks: numpy.typing.NDArray[numpy.uint32] | None, repetitions: int, seed: int, threads: int) -> tuple[int, dict[str, float], dict[str, tuple[float, float]]]: ...

def assess_fit(sample: Sample, law: Fit, alternatives: list[str], repetitions: int, seed: int, threads: int, search: Search | None) -> tuple[str, int | None, tuple[float, int, numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]] | None, list[Fit], list[tuple[float, float, float, bool]]]: ...

class Avalanches:
    @property
    def sizes(self) -> numpy.typing.NDArray[numpy.float64]: ...

    @property
    def durations(self) -> numpy.typing.NDArray[numpy.int64]: ...

    @property
    def begins(self) -> numpy.typing.NDArray[numpy.int64]: ...

    @property
    def networks(self) -> numpy.typing.NDArray[numpy.uint32]: ...

    @property
    def intervals(self) -> numpy.typing.NDArray[numpy.int64]: ...

    @property
    def profiles(self) -> numpy.typing.NDArray[numpy.float64]: ...

    @property
    def sources(self) -> list[tuple[float, int, int, int]]: ...

def find_avalanches(activity: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], threshold: str, bin: int, all: bool, keep_first: bool, profiles: bool) -> Avalanches: ...

def read_avalanches(reader: ResultReader, quantity: str, skip: int, threshold: str, bin: int, all: bool, keep_first: bool, profiles: bool) -> Avalanches: ...

def read_activity(reader: ResultReader, quantity: str, skip: int) -> numpy.typing.NDArray[numpy.float64]: ...

def pooled_avalanches(parts: list[Avalanches]) -> Avalanches: ...

def density_exponent(values: numpy.typing.NDArray[numpy.float64], shortest: float, longest: float, bins_per_decade: float, discrete: bool | None) -> tuple[float, float, int, numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], float]: ...

def size_scaling(sizes: numpy.typing.NDArray[numpy.float64], durations: numpy.typing.NDArray[numpy.int64], shortest: int, longest: int) -> tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.uint64], tuple[float, float, float] | None]: ...

def crackling_relation(sizes: float, sizes_error: float, durations: float, durations_error: float, gamma: float, gamma_error: float) -> tuple[float, float, float, float, float, float]: ...

def shape_collapse(avalanches: Avalanches, shortest: int, longest: int, least: int, lowest: float, highest: float) -> tuple[float, float, numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.uint64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]: ...

def finite_size_scaling(units: numpy.typing.NDArray[numpy.float64], sizes: list[numpy.typing.NDArray[numpy.float64]], orders: numpy.typing.NDArray[numpy.float64]) -> tuple[float, float, float, numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]: ...

def branching_parameter(trials: numpy.typing.NDArray[numpy.float64], first_lag: int, last_lag: int, separate: bool, blocks: int, repetitions: int, seed: int, decay: str) -> tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.float64], int, numpy.typing.NDArray[numpy.float64], tuple[str, dict[str, float], float] | None, tuple[float, float] | None, tuple[float, float] | None, float | None]: ...

def activity_autocorrelation(activity: numpy.typing.NDArray[numpy.float64], last: int) -> numpy.typing.NDArray[numpy.float64]: ...

def autocorrelation_time(activity: numpy.typing.NDArray[numpy.float64]) -> float | None: ...

def susceptibility(train: SpikeSource) -> tuple[float, float, float]: ...

def fit_lifetimes(lifetimes: numpy.typing.NDArray[numpy.float64], ended: numpy.typing.NDArray[numpy.uint8] | None, distribution: str, xmin: float) -> Fit: ...

def survival_curve(lifetimes: numpy.typing.NDArray[numpy.float64], ended: numpy.typing.NDArray[numpy.uint8] | None) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.uint64], numpy.typing.NDArray[numpy.uint64], int, float | None]: ...

class ReadoutTraining:
    """Sums over states and targets, see sorn.readout.Training."""

    def __init__(self, bias: bool) -> None: ...

    @overload
    def add(self, states: SpikeTrain, targets: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> None: ...

    @overload
    def add(self, states: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], targets: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> None: ...

    @overload
    def add(self, states: SpikeTrain, targets: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None: ...

    @overload
    def add(self, states: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], targets: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None: ...

    def add_file(self, reader: ResultReader, state: str, target: str, lag: int, begin: int, end: int) -> None:
        """Adds the steps of a result file in parts."""

    @property
    def units(self) -> int: ...

    @property
    def steps(self) -> int: ...

    @property
    def bias(self) -> bool: ...

    def least_squares(self) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64] | None, numpy.typing.NDArray[numpy.int64]]: ...

    def ridge(self, mu: float) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64] | None, numpy.typing.NDArray[numpy.int64]]: ...

class RecursiveLeastSquares:
    """See sorn.readout.RecursiveLeastSquares."""

    def __init__(self, units: int, outputs: int, forgetting: float, delta: float, bias: bool) -> None: ...

    @overload
    def add(self, states: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], targets: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> None: ...

    @overload
    def add(self, states: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], targets: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None: ...

    @property
    def readout(self) -> Readout:
        """A copy of the readout so far."""

    def values(self) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64] | None, numpy.typing.NDArray[numpy.int64]]: ...

    @property
    def steps(self) -> int: ...

    def copy(self) -> RecursiveLeastSquares: ...

class Readout:
    """A linear readout, see sorn.readout.Readout."""

    def __init__(self, weights: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], bias: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)] | None, classes: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> None: ...

    @overload
    def scores(self, states: SpikeTrain) -> numpy.typing.NDArray[numpy.float64]: ...

    @overload
    def scores(self, states: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]: ...

    @overload
    def labels(self, states: SpikeTrain) -> numpy.typing.NDArray[numpy.int64]: ...

    @overload
    def labels(self, states: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.int64]: ...

def readout_accuracy(labels: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], predicted: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], only: Annotated[NDArray[numpy.uint8], dict(shape=(None,), order='C', device='cpu', writable=False)] | None) -> float: ...

class Sweep:
    """
    A sweep from a description, checked, with the inputs and the state that it names.
    """

    def __init__(self, text: str, file: str) -> None:
        """Errors use `file` as the name of the text."""

    @staticmethod
    def read(path: str) -> Sweep:
        """The sweep that a file describes."""

    @property
    def rules(self) -> tuple[OwnRule, ...]:
        """The rules of your own of all runs."""

    @rules.setter
    def rules(self, value: Sequence[OwnRule], /) -> None: ...

    @property
    def count(self) -> int:
        """The number of runs."""

    @property
    def fingerprint(self) -> int:
        """A number that is equal for sweeps with the same runs."""

    @property
    def varied(self) -> list[str]:
        """What is varied, in the order of the file."""

    @property
    def statistics(self) -> list[str]:
        """The statistics that are computed for each run."""

    @property
    def text(self) -> str:
        """The text of the description."""

    @property
    def notes(self) -> list[str]:
        """The outdated names in the description, each with its new spelling."""

    def describe(self, index: int) -> tuple[int, int, Parameters, float]:
        """(point, seed, hyperparameters, sigma of the noise) of a run."""

    def run(self, index: int) -> tuple[list[float], str, float]:
        """(values of the statistics, error, seconds) of a run."""

    def execute(self, folder: str | None, *, threads: int, repeat_failed: bool, overwrite: bool, progress: object | None) -> dict[int, tuple[list[float], str, float]]:
        """
        Makes all runs; returns (values, error, seconds) by index. With a folder, like the command, it does not repeat the runs in the folder's journal.
        """

    def table(self, results: dict[int, tuple[list[float], str, float]]) -> list[tuple[str, Any]]:
        """The columns of the table: an array for each, a list for texts."""

def example_sweep() -> str:
    """A commented example of a sweep file."""

def rules() -> list[dict[str, str]]:
    """The plasticity rules: name, as `freeze` takes it, label and meaning."""

def quantities() -> list[dict[str, str]]:
    """
    The quantities that can be recorded: short name, name as a callback, kind ('spikes' …), meaning, and type of the values ('spike', 'count' or 'real').
    """

def bin_edges(name: str) -> tuple[float, ...]:
    """
    The lower edges of the bins of a histogram; empty for other quantities.
    """

def reserved_signal_names() -> tuple[str, ...]:
    """The names that no signal can have."""

class Drive:
    """What drives a run and its file does not hold. Immutable."""

    def __init__(self, inputs: object | None, source: CustomSource | ClosedLoop | None, noise: object | None, signals: dict[str, Rewards | numpy.typing.NDArray[numpy.float64] | Callable[[int], float]] | None, rules: Sequence[OwnRule], threads: int) -> None: ...

def past_steps(path: str) -> tuple[int, int]:
    """The first step of a run, and the step after its last one."""

def network_at(path: str, step: int, drive: Drive) -> tuple[Network, list[str]]:
    """The network of a step of a run, and warnings."""

def recompute(path: str, record: RecordPlan, begin: int, end: int, drive: Drive, progress: object | None) -> tuple[list[numpy.typing.NDArray[Any]], list[str]]:
    """
    Records steps of a run again: an array for each quantity, and warnings.
    """

def run_plain(start: Network, settings: RunSettings) -> tuple[Network, numpy.typing.NDArray[numpy.int8], numpy.typing.NDArray[numpy.int8], numpy.typing.NDArray[numpy.int8], numpy.typing.NDArray[numpy.int64]]:
    """
    A run of the plain implementation, which visits every synapse in every step: the network after it, E, I and R, and the number of W_EE synapses after each step. Only for comparisons.
    """
