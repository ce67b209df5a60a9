"""Default seeds. They are drawn from numpy's global generator, so that ``numpy.random.seed`` repeats a script.

A process made by fork() inherits that generator in the same state as its siblings. All would draw the same seeds, and
so have equal networks. Therefore a seed that is drawn from an inherited generator is mixed with the number of the fork.
It still repeats with the script. A worker that seeds the generator itself, or sets its state, gets the same seeds as
anywhere else.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

# numpy keeps the second value of a pair of normal numbers in `gauss`, and ignores it while `has_gauss` is 0. So a mark
# there changes nothing. It survives every draw except draws of normal numbers, and seed() and set_state() remove it.
_MARK = float.fromhex("0x1.736f726ep-1000")
_WORDS = 624  # numbers in a block, which the Mersenne twister makes at once
_MOST_BLOCKS = 1 << 17  # 8·10⁷ numbers; searching them takes a fifth of a second
_BLOCKS_AT_ONCE = 1 << 10


@dataclass
class _Inherited:
    """A generator that this process inherited, as other processes did."""

    state: dict[str, Any] | None
    """None: another thread was drawing from it when this process was forked, so that it stays locked here."""
    place: tuple[object, ...]
    """The numbers of the forks that led to this process, which no other process has."""


_inherited: _Inherited | None = None
_place: tuple[object, ...] = ()
_forks = 0
_fork = threading.Lock()


def drawn_seed() -> int:
    """Draw a seed from 0 to 2^64 - 1. This advances numpy's global generator."""
    global _inherited
    if _inherited is not None:
        if _inherited.state is None:
            return int.from_bytes(os.urandom(8), "little")
        if not _still_inherited(_inherited.state):
            _inherited = None
    drawn = np.random.bytes(8)  # noqa: NPY002 - the global generator is intended
    if _inherited is not None:
        drawn = hashlib.blake2b(drawn + repr(_inherited.place).encode(), digest_size=8).digest()
        _inherited.state = _marked_state()
    return int.from_bytes(drawn, "little")


def _state() -> dict[str, Any]:
    state: Any = np.random.get_state(legacy=False)  # noqa: NPY002
    return state  # type: ignore[no-any-return]


def _marked_state() -> dict[str, Any]:
    """Mark the state of the global generator if that is possible, and return it."""
    state = _state()
    if state.get("has_gauss") == 0:
        state["gauss"] = _MARK
        np.random.set_state(state)  # noqa: NPY002
    return state


def _still_inherited(then: dict[str, Any]) -> bool:
    """Whether the global generator continues from the state `then`, however many numbers were drawn since."""
    now = _state()
    if now["bit_generator"] != then["bit_generator"]:
        return False
    if now["bit_generator"] != "MT19937":
        return True  # seed() refuses other generators, so that they are not seeded by accident
    if not now["has_gauss"] and now["gauss"] == _MARK:
        return True
    before, after = then["state"], now["state"]
    if np.array_equal(before["key"], after["key"]):
        # At the same position the mark would still be there, unless `gauss` held a number, which is never replaced.
        return bool(after["pos"] > before["pos"] or (after["pos"] == before["pos"] and then["has_gauss"]))
    if _freshly_seeded(now):
        return False
    return _comes_later(before["key"], after["key"])


def _freshly_seeded(state: dict[str, Any]) -> bool:
    """Whether ``seed(k)`` with a whole number made the state and nothing was drawn since."""
    if state["bit_generator"] != "MT19937" or state["state"]["pos"] != _WORDS:
        return False
    key = state["state"]["key"]
    fresh: Any = np.random.RandomState(int(key[0])).get_state(legacy=False)
    return np.array_equal(fresh["state"]["key"], key)


def _comes_later(before: Any, after: Any) -> bool:
    """Whether a block of the Mersenne twister comes later than another one in the same sequence."""
    twister = np.random.MT19937()
    twister.state = {"bit_generator": "MT19937", "state": {"key": before, "pos": _WORDS}}
    output = _tempered(after)
    for _ in range(_MOST_BLOCKS // _BLOCKS_AT_ONCE):
        blocks = twister.random_raw(_WORDS * _BLOCKS_AT_ONCE).reshape(_BLOCKS_AT_ONCE, _WORDS)
        for candidate in np.flatnonzero(blocks[:, 0] == output[0]):
            if np.array_equal(blocks[candidate], output):
                return True
    return False


def _tempered(key: Any) -> Any:
    """The output of the Mersenne twister for a block of its state (Matsumoto & Nishimura 1998)."""
    y = key.astype(np.uint32)
    y ^= y >> np.uint32(11)
    y ^= (y << np.uint32(7)) & np.uint32(0x9D2C5680)
    y ^= (y << np.uint32(15)) & np.uint32(0xEFC60000)
    y ^= y >> np.uint32(18)
    return y.astype(np.uint64)


# --- forks ---------------------------------------------------------------------------------------------------------


def _before_fork() -> None:
    global _forks
    _fork.acquire()  # so that two threads that fork at the same time have different numbers
    _forks += 1


def _after_fork_in_parent() -> None:
    _fork.release()


def _after_fork_in_child() -> None:
    global _inherited, _place, _forks, _fork
    _place = (*_place, _forks)
    _forks = 0
    _fork = threading.Lock()
    lock = np.random.mtrand._rand._bit_generator.lock
    free = lock.acquire(blocking=False)
    if free:
        lock.release()
    _inherited = _Inherited(_marked_state() if free else None, _place)


def _worker_of_multiprocessing() -> str:
    """The name of this process, if multiprocessing started it."""
    module = sys.modules.get("multiprocessing.process")
    return module.current_process().name if module is not None and module.parent_process() is not None else ""


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
# A worker that imports this package after it was forked may have inherited the generator, too.
if (_name := _worker_of_multiprocessing()) and not _freshly_seeded(_state()):
    _place = (_name,)
    _inherited = _Inherited(_marked_state(), _place)
