"""Build or take a network and run it: what Simulator, Trainer and Network share."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt

from . import _core
from ._arguments import FloatArray, file_path, quoted, seed_value, truth, whole_number
from ._caller import warn_caller
from ._errors import ParameterError, ShapeError
from ._logging import log_new_network
from ._parameters import Parameters, core_parameters
from ._progress import Report, reporting
from ._result_file import ResultFile
from ._state import StateDict, expected_shapes, parsed_mapping
from ._variant import core_values

_DEFAULTS = _core.Parameters()

Arrays = list[npt.NDArray[Any]]

TRY_TRANSPOSED = "inputs are (features, time steps): yours look transposed, try inputs.T"


def engine_run(
    network: _core.Network,
    parameters: _core.Parameters,
    new_seed: int | None,
    settings: _core.RunSettings,
    progress: bool | Report,
    lives: _core.SynapseLives | None = None,
) -> tuple[_core.Network, Arrays]:
    """Run a copy of a network and report its progress if that is wanted."""
    with reporting(progress, settings.steps) as report:
        return _core.run(network, parameters, new_seed, settings, report, lives)


def output_file(
    out: Any, checkpoint_every: Any, overwrite: Any, keep_checkpoints: Any = None, replay_log: Any = None
) -> _core.OutputFile | None:
    """Validate ``out`` and the arguments that belong to it."""
    replaces = truth("overwrite", overwrite)
    if out is None:
        for name, value, what in (
            ("checkpoint_every", checkpoint_every, "that checkpoints belong to"),
            ("keep_checkpoints", keep_checkpoints, "that holds what is kept"),
            ("replay_log", replay_log, "whose log says what was repeated"),
        ):
            if value is not None:
                raise ParameterError(f"{name} = {quoted(value)}", f"needs out, the file {what}")
        return None
    path = file_path(out, "out")
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise ParameterError(f"out = {quoted(path)}", "must be a file: what a run records is read back from it")
    every = 0 if checkpoint_every is None else checkpoint_interval(checkpoint_every)
    return _core.OutputFile(
        path=path,
        checkpoint_every=every,
        keep_checkpoints=_kept(keep_checkpoints),
        overwrite=replaces,
        replay_log=None if replay_log is None else file_path(replay_log, "replay_log"),
    )


def _kept(value: Any) -> int | None:
    """Validate ``keep_checkpoints``. 0: none; None: that of every checkpoint."""
    if value is None:
        return 0
    if isinstance(value, str) and value == "every":
        return None
    return whole_number("keep_checkpoints", value, 1, 10**15, "a whole number from 1 on, or 'every'")


def checkpoint_interval(value: Any) -> int:
    """Validate ``checkpoint_every``."""
    return whole_number("checkpoint_every", value, 1, 2**63 - 1, "a whole number of steps from 1 on")


def run_into_file(
    network: _core.Network,
    parameters: _core.Parameters,
    new_seed: int | None,
    settings: _core.RunSettings,
    file: _core.OutputFile,
    progress: bool | Report,
) -> tuple[_core.Network, ResultFile]:
    """Run a copy of a network and stream its recordings into a file."""
    return finished(_core.FileRun(network, parameters, new_seed, settings, file), progress)


def finished(run: _core.FileRun, progress: bool | Report) -> tuple[_core.Network, ResultFile]:
    """Carry a prepared run to its end and report its progress if that is wanted."""
    with reporting(progress, run.steps_left) as report:
        network = run.run(report)
    return network, ResultFile(run.file)


def starting_point(
    state: Mapping[str, Any] | None,
    seed: int | None,
    parameters: Parameters | None,
    hyperparameters: dict[str, Any],
    settings: _core.RunSettings | None = None,
    *,
    rules: Sequence[_core.OwnRule] | None = None,
    show: bool = False,
) -> tuple[_core.Network, _core.Parameters, int | None]:
    """The network that a run starts from, the run's hyperparameters, and a new seed for the network if it needs one.

    `rules` are those of the network; None: those of a StateDict.

    Hyperparameters that the call leaves out come from a StateDict, or else they are the defaults; but `ne` and `ni`
    follow the matrices and `nu` follows the inputs.
    """
    network, arrays, wanted = given_start(state, parameters, hyperparameters, settings)
    if network is not None:
        if rules is not None:
            network = network.copy()
            network.set_rules(rules)
        return network, wanted, None if seed is None else seed_value(seed)
    if state is None:
        network = _core.Network.built(wanted, seed_value(seed))
        log_new_network(network, expected_shapes(network.ne, network.ni), show=show)
    else:
        network = _core.Network.assembled(wanted, arrays, seed_value(seed), 0)
    if rules is not None:
        network.set_rules(rules)
    return network, wanted, None


def given_start(
    state: Mapping[str, Any] | None,
    parameters: Parameters | None,
    hyperparameters: dict[str, Any],
    settings: _core.RunSettings | None,
) -> tuple[_core.Network | None, dict[str, Any], _core.Parameters]:
    """The network of a StateDict, or the arrays of another mapping, and the run's hyperparameters.

    `hyperparameters` is the call's own dictionary and may be changed. With `settings`, everything is checked for that
    run, and inputs that look transposed cause a warning.
    """
    inputs = None if settings is None else settings.inputs
    base = None if parameters is None else core_parameters(parameters)
    nu_follows = inputs is not None and base is None and "nu" not in hyperparameters
    if inputs is not None and nu_follows:
        hyperparameters["nu"] = inputs.shape[0]
    source = None if settings is None else settings.source
    if source is not None and source.pool_size is not None and base is None:
        hyperparameters.setdefault("nu", source.pool_size)

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

    wanted = base.replaced(core_values(hyperparameters)) if hyperparameters else base
    if inputs is not None:
        _check_rows(inputs, wanted, nu_follows)
    if settings is not None:
        settings.check_target_rate(wanted)
    if inputs is not None:
        rows, columns = inputs.shape
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
