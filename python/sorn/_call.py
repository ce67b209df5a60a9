"""The settings of a run as one value: checked once, then passed on whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import (
    frozen_rules,
    input_array,
    new_synapse_rows,
    noise_argument,
    phase_name,
    signal_values,
    steps_to_run,
    thread_count,
)
from .sources import source_of

if TYPE_CHECKING:
    from ._names import Phase, Rule
    from ._parameters import Hyperparameters, Parameters
    from ._progress import Report
    from ._recording import RecordArgument
    from ._rule import OwnRule
    from .sources import ClosedLoop, Custom, Source

    Inputs: TypeAlias = "npt.ArrayLike | Source | Custom | ClosedLoop | None"
    RewardArgument: TypeAlias = "npt.ArrayLike | Sequence[float | None] | Callable[[Any], float | None] | None"
    Signals: TypeAlias = "Mapping[str, npt.ArrayLike | Callable[[int], float]] | None"

    class RunOptions(TypedDict, total=False):
        """The keyword-only arguments of every run."""

        record: RecordArgument
        progress: bool | Report
        threads: int | None
        signals: Signals
        rewards: RewardArgument

    class PhaseOptions(RunOptions, total=False):
        phase: Phase
        noise: bool | float | npt.ArrayLike
        freeze: Iterable[Rule] | Rule | None

    class NetworkOptions(PhaseOptions, total=False):
        lifetimes: bool
        new_synapses: npt.ArrayLike | None

    class RecomputeOptions(TypedDict, total=False):
        """The further arguments of :meth:`ResultFile.recompute`."""

        inputs: Inputs
        noise: npt.ArrayLike | None
        signals: Signals
        rewards: RewardArgument
        rules: Iterable[OwnRule]
        threads: int | None
        progress: bool | Report

    class EnsembleOptions(PhaseOptions, Hyperparameters, total=False):
        seed: int | None
        state: Mapping[str, Any] | None
        parameters: Parameters | None
        rules: Iterable[OwnRule] | None


def settings_of(
    *,
    inputs: Inputs,
    time_steps: float | None,
    phase: Phase,
    freeze: Iterable[Rule] | Rule | None,
    noise: bool | float | npt.ArrayLike,
    threads: int | None,
    record: _core.RecordPlan,
    new_synapses: npt.ArrayLike | None = None,
    signals: Signals = None,
    rewards: RewardArgument = None,
) -> _core.RunSettings:
    """Check the settings of a run before a network is built, so that a mistake costs no time.

    Warnings point at the caller's line.
    """
    source = source_of(inputs)
    drive = None if source is not None else input_array(inputs)
    steps = steps_to_run(drive, time_steps)
    return _core.RunSettings(
        steps=steps,
        phase=phase_name(phase),
        freeze=frozen_rules(freeze),
        threads=thread_count(threads),
        noise=noise_argument(noise, steps),
        inputs=drive,
        source=None if source is None else source._core,
        record=record,
        new_synapses=new_synapse_rows(new_synapses),
        signals=signal_values(signals, steps, rewards),
    )


def run_description(
    settings: _core.RunSettings,
    parameters: _core.Parameters,
    first_step: int,
    rules: Iterable[OwnRule] = (),
) -> dict[str, Any]:
    """The description of a run that a result file holds."""
    inputs = settings.inputs
    description: dict[str, Any] = {
        "phase": settings.phase,
        "freeze": settings.freeze,
        "noise": _noise_in_words(settings.noise, parameters),
        "inputs": "none" if inputs is None else "array",
        "first_step": first_step,
        "steps": settings.steps,
    }
    if isinstance(settings.source, _core.SourceSpec):
        description |= {"inputs": json.loads(settings.source.text)["source"], "source": settings.source.text}
    elif settings.source is not None:
        description["inputs"] = "own source"
    if settings.signal_names:
        description["signals"] = settings.signal_names
    values = {rule.name: rule.values for rule in sorted(rules, key=lambda rule: rule.name)}
    if values:
        description["rules"] = values
    if inputs is not None:
        description |= {"inputs_shape": inputs.shape, "inputs_sha256": _core.inputs_sha256(inputs)}
    return description


def _noise_in_words(noise: object, parameters: _core.Parameters) -> str:
    if isinstance(noise, np.ndarray):
        return "replayed"
    if noise is True:
        return repr(parameters.noise_sigma)
    return repr(noise) if noise else "off"
