"""The names that calls take, as types: type checkers refuse others, editors complete these.

Made from the engine's tables by scripts/make-stubs.sh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from ._variant import Variant

Number: TypeAlias = "float | np.integer[Any] | np.floating[Any]"

Phase: TypeAlias = Literal["plasticity", "training"]

NetworkType: TypeAlias = Literal["Sparse", "Dense", "Binomial", "Bernoulli"]

Rule: TypeAlias = Literal[
    "stdp",
    "ip",
    "sp",
    "istdp",
    "ss",
    "ssee",
    "ssei",
    "ostdp",
    "ip_o",
    "ssoe",
]
"""A plasticity rule that may be frozen."""

Quantity: TypeAlias = Literal[
    "E",
    "I",
    "R",
    "C",
    "C_ei",
    "C_ie",
    "TE",
    "TI",
    "WEE",
    "WEI",
    "WIE",
    "symbol",
    "signals",
    "O",
    "actions",
    "rewards",
    "modulation",
    "TO",
    "WOE",
    "A",
    "stats",
    "isi_histogram",
    "size_histogram",
    "duration_histogram",
    "weight_histogram",
    "synapses",
    "ExcitatoryActivation",
    "InhibitoryActivation",
    "RecurrentActivation",
    "EEConnectionCounts",
    "EIConnectionCounts",
    "IEConnectionCounts",
    "Symbol",
    "Signals",
    "OutputActivation",
    "Actions",
    "Rewards",
    "Modulation",
    "Activity",
    "Stats",
    "IsiHistogram",
    "SizeHistogram",
    "DurationHistogram",
    "WeightHistogram",
    "Synapses",
]
"""What a step leaves to record, by its short name or as a callback."""

Distribution: TypeAlias = Literal[
    "power_law",
    "truncated_power_law",
    "lognormal",
    "exponential",
    "stretched_exponential",
]
"""A distribution that :mod:`sorn.criticality` fits."""


class Hyperparameters(TypedDict, total=False):
    """The keyword arguments that describe a network; :class:`sorn.Parameters` says what each is."""

    ne: Number
    ni: Number | None
    nu: Number
    network_type_ee: NetworkType
    network_type_ei: NetworkType
    network_type_ie: NetworkType
    lambda_ee: Number
    lambda_ei: Number
    lambda_ie: Number
    eta_stdp: Number
    eta_inhib: Number
    eta_ip: Number
    te_max: Number
    ti_max: Number
    ti_min: Number
    te_min: Number
    mu_ip: Number
    h_ip: Number | None
    sigma_ip: Number
    sp_probability: Number
    sp_weight: Number
    variant: str | Variant
    order: Sequence[str] | str
    inhibition: str
    comparison: str
    threshold_place: str
    input_gain: Number
    noise_kind: str
    noise_sigma: Number
    spike_probability: Number
    clip_te: bool | str
    always_ip: bool | str
    width_ip: Number
    wee_min: Number
    wee_max: Number
    keep_zero: bool | str
    wei_plasticity: str
    wei_min: Number
    sp_batch: Number
    sp_scaling: str
    eta_ds: Number
    scaling_min: Number
    lambda_unit: str
    ei_diagonal: bool | str
    initial_weight: Number
    threshold_start: str
    activity_start: str
    active_excitatory: Number
    active_inhibitory: Number
    no: Number
    output: str
    readout_lag: Number
    reward_window: Number
    recurrent: str
    output_learning: str
    eta_oe: Number
    woe_min: Number
    woe_max: Number
    eta_ip_o: Number
    h_o: Number | None
    to_min: Number
    to_max: Number


class ParameterFields:
    """The attributes of :class:`sorn.Parameters`."""

    __slots__ = ()

    ne: int
    ni: int
    nu: int
    network_type_ee: NetworkType
    network_type_ei: NetworkType
    network_type_ie: NetworkType
    lambda_ee: float
    lambda_ei: float
    lambda_ie: float
    eta_stdp: float
    eta_inhib: float
    eta_ip: float
    te_max: float
    ti_max: float
    ti_min: float
    te_min: float
    mu_ip: float
    h_ip: float
    sigma_ip: float
    sp_probability: float
    sp_weight: float
    variant: str
    order: tuple[str, ...]
    inhibition: str
    comparison: str
    threshold_place: str
    input_gain: float
    noise_kind: str
    noise_sigma: float
    spike_probability: float
    clip_te: bool
    always_ip: bool
    width_ip: float
    wee_min: float
    wee_max: float
    keep_zero: bool
    wei_plasticity: str
    wei_min: float
    sp_batch: int
    sp_scaling: str
    eta_ds: float
    scaling_min: float
    lambda_unit: str
    ei_diagonal: bool
    initial_weight: float
    threshold_start: str
    activity_start: str
    active_excitatory: float
    active_inhibitory: float
    no: int
    output: str
    readout_lag: int
    reward_window: int
    recurrent: str
    output_learning: str
    eta_oe: float
    woe_min: float
    woe_max: float
    eta_ip_o: float
    h_o: float
    to_min: float
    to_max: float
