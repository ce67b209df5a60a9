"""The names that calls take, as types: type checkers refuse others, editors complete these.

The engine's own tables decide what is accepted; a test compares them with these.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

Phase: TypeAlias = Literal["plasticity", "training"]

Rule: TypeAlias = Literal["stdp", "ip", "sp", "istdp", "ss"]
"""A plasticity rule that may be frozen."""

NetworkType: TypeAlias = Literal["Sparse", "Dense"]

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
    "ExcitatoryActivation",
    "InhibitoryActivation",
    "RecurrentActivation",
    "EEConnectionCounts",
    "EIConnectionCounts",
    "IEConnectionCounts",
]
"""What a step leaves to record, by its short name or as a callback."""
