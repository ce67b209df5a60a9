"""From the arguments of a call to a network that ran: shared by Simulator, Trainer and Network."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import numpy.typing as npt

from . import _core
from ._arguments import (
    FloatArray,
    file_path,
    frozen_rules,
    input_array,
    noise_argument,
    phase_name,
    quoted,
    seed_value,
    steps_to_run,
    thread_count,
    truth,
    whole_number,
)
from ._caller import warn_caller
from ._errors import ParameterError, ShapeError
from ._logging import log_new_network
from ._parameters import core_parameters
from ._progress import Report, reporting
from ._result_file import ResultFile
from ._state import StateDict, expected_shapes, parsed_mapping

_DEFAULTS = _core.Parameters()

Arrays = list[npt.NDArray[Any]]
Run = tuple[str, tuple[str, ...]]  # phase, frozen rules

TRY_TRANSPOSED = "inputs are (features, time steps): yours look transposed, try inputs.T"


def simulate(
    plan: _core.RecordPlan,
    hyperparameters: dict[str, Any],
    inputs: Any,
    phase: Any,
    state: Any,
    time_steps: Any,
    noise: Any,
    freeze: Any,
    seed: Any,
    parameters: Any,
    progress: bool | Report,
    threads: Any = None,
    *,
    file: OutputFile | None = None,
) -> tuple[StateDict, Arrays | ResultFile]:
    """One call of Simulator or Trainer. `hyperparameters` is the call's own dictionary and may be changed.

    With `file`, the open file takes the place of the arrays.
    """
    # Every argument is looked at before a network is built, so that a mistake costs no time.
    inputs = input_array(inputs)
    steps = steps_to_run(inputs, time_steps, stacklevel=4)
    phase = phase_name(phase)
    freeze = frozen_rules(freeze)
    threads = thread_count(threads)
    if noise is not True and noise is not False:
        noise = noise_argument(noise, steps, stacklevel=4)
    if state is None:
        _core.check_names(phase, freeze)
    network, wanted, new_seed = starting_point(
        state, seed, parameters, hyperparameters, inputs, run=(phase, freeze), show=True
    )
    if file is not None:
        network, result = run_into_file(
            file, network, wanted, new_seed, steps, phase, freeze, noise, inputs, threads, plan, progress
        )
        return StateDict._of(network), result
    network, arrays = engine_run(
        network, wanted, new_seed, steps, phase, freeze, noise, inputs, threads, plan, progress
    )
    return StateDict._of(network), arrays


def engine_run(
    network: _core.Network,
    parameters: _core.Parameters,
    new_seed: int | None,
    steps: int,
    phase: str,
    freeze: tuple[str, ...],
    noise: bool | float | FloatArray,
    inputs: FloatArray | None,
    threads: int,
    plan: _core.RecordPlan,
    progress: bool | Report,
) -> tuple[_core.Network, Arrays]:
    """Run a copy of a network, with progress if that is wanted."""
    if progress is False or progress is None:
        return _core.run(network, parameters, new_seed, steps, phase, freeze, noise, inputs, threads, plan, None)
    with reporting(progress, steps) as report:
        return _core.run(network, parameters, new_seed, steps, phase, freeze, noise, inputs, threads, plan, report)


class OutputFile(NamedTuple):
    """Where a run streams its recordings, and how often it writes a checkpoint; 0: never."""

    path: str
    checkpoint_every: int
    overwrite: bool


def output_file(out: Any, checkpoint_every: Any, overwrite: Any) -> OutputFile | None:
    """Validate ``out``, ``checkpoint_every`` and ``overwrite``."""
    replaces = truth("overwrite", overwrite)
    if out is None:
        if checkpoint_every is not None:
            raise ParameterError(
                f"checkpoint_every = {quoted(checkpoint_every)}", "needs out, the file that checkpoints belong to"
            )
        return None
    path = file_path(out, "out")
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise ParameterError(f"out = {quoted(path)}", "must be a file: what a run records is read back from it")
    return OutputFile(path, 0 if checkpoint_every is None else checkpoint_interval(checkpoint_every), replaces)


def checkpoint_interval(value: Any) -> int:
    """Validate ``checkpoint_every``."""
    return whole_number("checkpoint_every", value, 1, 2**63 - 1, "a whole number of steps from 1 on")


def run_into_file(
    file: OutputFile,
    network: _core.Network,
    parameters: _core.Parameters,
    new_seed: int | None,
    steps: int,
    phase: str,
    freeze: tuple[str, ...],
    noise: bool | float | FloatArray,
    inputs: FloatArray | None,
    threads: int,
    plan: _core.RecordPlan,
    progress: bool | Report,
) -> tuple[_core.Network, ResultFile]:
    """Run a copy of a network, streaming into a file."""
    run = _core.FileRun(
        file.path,
        network,
        parameters,
        new_seed,
        steps,
        phase,
        freeze,
        noise,
        inputs,
        threads,
        plan,
        file.checkpoint_every,
        file.overwrite,
    )
    return finished(run, progress)


def finished(run: _core.FileRun, progress: bool | Report) -> tuple[_core.Network, ResultFile]:
    """Run a prepared run to its end, with progress if that is wanted."""
    if progress is False or progress is None:
        network = run.run(None)
    else:
        with reporting(progress, run.steps_left) as report:
            network = run.run(report)
    return network, ResultFile(run.file)


def starting_point(
    state: Any,
    seed: Any,
    parameters: Any,
    hyperparameters: dict[str, Any],
    inputs: FloatArray | None,
    *,
    run: Run | None = None,
    show: bool = False,
) -> tuple[_core.Network, _core.Parameters, int | None]:
    """The network that a run starts from, the run's hyperparameters, and the seed to give it, if it needs another.

    Hyperparameters that the call leaves out are those of a StateDict, else the defaults, except that `ne` and `ni`
    follow the matrices and `nu` follows the inputs.
    """
    network, arrays, wanted = given_start(state, parameters, hyperparameters, inputs, run)
    if network is not None:
        return network, wanted, None if seed is None else seed_value(seed)
    if state is None:
        network = _core.Network.built(wanted, seed_value(seed))
        log_new_network(network, expected_shapes(network.ne, network.ni), show=show)
        return network, wanted, None
    return _core.Network.assembled(wanted, arrays, seed_value(seed), 0), wanted, None


def given_start(
    state: Any, parameters: Any, hyperparameters: dict[str, Any], inputs: FloatArray | None, run: Run | None
) -> tuple[_core.Network | None, dict[str, Any], _core.Parameters]:
    """The network of a StateDict or else the arrays of a mapping, if `state` is one, and the run's hyperparameters.

    With `run`, they are checked for it, and inputs that look transposed are pointed out.
    """
    base = None if parameters is None else core_parameters(parameters)
    nu_follows = inputs is not None and base is None and "nu" not in hyperparameters
    if inputs is not None and nu_follows:
        hyperparameters["nu"] = inputs.shape[0]

    network: _core.Network | None = None
    arrays: dict[str, Any] = {}
    if isinstance(state, StateDict):
        network = state._current_network()
        base = base or network.parameters
    elif state is not None:
        arrays, sizes = parsed_mapping(state)
        base = base or _DEFAULTS.replaced(sizes)
    else:
        base = base or _DEFAULTS

    wanted = base.replaced(hyperparameters) if hyperparameters else base
    if inputs is not None:
        _check_rows(inputs, wanted, nu_follows)
    if run is not None:
        rows, columns = (0, 0) if inputs is None else inputs.shape
        _core.check_target_rate(wanted, *run, rows, columns)
        if nu_follows and rows != base.nu and _core.looks_transposed(rows, columns):
            warn_caller(
                f"inputs has shape {rows, columns}, {rows} features and {columns} steps: is it transposed? Inputs are "
                f"(features, time steps), inputs.T exchanges them; nu={rows} says that they are right"
            )
    return network, arrays, wanted


def _check_rows(inputs: FloatArray, parameters: _core.Parameters, nu_follows: bool) -> None:
    rows, columns = inputs.shape
    if rows != parameters.nu:
        raise ShapeError(
            f"inputs has shape {inputs.shape}",
            f"nu = {parameters.nu} needs {parameters.nu} rows, one for each input unit",
            TRY_TRANSPOSED if columns == parameters.nu else "leave nu out, and it follows from inputs",
        )
    if nu_follows and rows > parameters.ne:
        transposed = columns <= parameters.ne
        raise ShapeError(
            f"inputs has shape {inputs.shape}",
            f"must have at most ne = {parameters.ne} rows, one for each input unit",
            TRY_TRANSPOSED if transposed else "",
        )
