"""Tasks with real numbers or bits as inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import sources
from .._arguments import IntArray, seed_value
from .._errors import ParameterError
from ._checks import Parts, count, parts_of
from .labels import table_score
from .task import Task

_DRAWS = 100
"""How often the input of a NARMA series that diverges is drawn anew."""


def memory_capacity(
    max_delay: int = 50,
    *,
    washout: int = 200,
    train_steps: int = 4000,
    test_steps: int = 2000,
    seed: int | None = None,
) -> Task:
    """Recall the inputs of the last steps: the memory capacity of Jaeger (2001).

    The inputs are uniform in [-0.5, 0.5]; the targets of step t are the inputs of the steps t - 1, t - 2, ... t -
    `max_delay`. The score is the sum of their squared correlations with the answers. A reservoir of N units and
    independent inputs has at most the capacity N.

    H. Jaeger, Short term memory in echo state networks, GMD Report 152 (2001).

    Parameters
    ----------
    max_delay : int, default 50
        The longest delay, from 1 on. It must exceed what the reservoir remembers.
    washout : int, default 200
        Steps before the training part, in which the reservoir forgets how it began. A plastic one may organise itself
        in them.
    train_steps, test_steps : int, default 4000, 2000
        Steps of the two parts.
    seed : int, optional
        Seed of the inputs. If it is not given, it is drawn from numpy's global generator.

    Returns
    -------
    Task
        Its floor is what answers that know nothing reach on average in a test of this length.

    Raises
    ------
    ParameterError
        For a value outside its range.
    """
    longest = count("max_delay", max_delay)
    parts = parts_of(washout, train_steps, test_steps)
    drawn = seed_value(seed)
    u = np.random.default_rng(drawn).uniform(-0.5, 0.5, parts.steps)
    targets = np.column_stack([_delayed(u, delay) for delay in range(1, longest + 1)])
    return Task(
        name=f"memory capacity, delays to {longest}",
        inputs=u[:, np.newaxis],
        targets=targets,
        train=parts.train,
        test=parts.test,
        measure="capacity",
        floor=longest / max(parts.test.stop - parts.test.start - 1, 1),
        floor_is="answers that are independent of the inputs",
        seed=drawn,
    )


def narma(
    order: int = 10,
    *,
    washout: int = 200,
    train_steps: int = 4000,
    test_steps: int = 2000,
    seed: int | None = None,
) -> Task:
    """Follow a nonlinear autoregressive moving average (NARMA) of some order (Atiya & Parlos 2000).

    The inputs u are uniform in [0, 0.5]. With n = `order`,

        y(t + 1) = 0.3 y(t) + 0.05 y(t) [y(t) + y(t - 1) + ... + y(t - n + 1)] + 1.5 u(t - n + 1) u(t) + 0.1.

    The target of step t is y(t + 1). What lies before the first step is 0. The score is the normalised root mean
    squared error; lower is better.

    A. F. Atiya and A. G. Parlos, New results on recurrent network training: unifying the algorithms and accelerating
    convergence, IEEE Transactions on Neural Networks 11:697 (2000).

    Parameters
    ----------
    order : int, default 10
        The order n, from 1 on. From 11 on the series often diverges, and from 13 on always.
    washout, train_steps, test_steps, seed
        As for :func:`memory_capacity`. Inputs with which the series diverges are drawn anew.

    Returns
    -------
    Task
        Its floor is the mean of the targets, 1.

    Raises
    ------
    ParameterError
        For a value outside its range, or if the series diverges with all of 100 inputs.
    """
    n = count("order", order)
    parts = parts_of(washout, train_steps, test_steps)
    drawn = seed_value(seed)
    generator = np.random.default_rng(drawn)
    for _ in range(_DRAWS):
        u = generator.uniform(0, 0.5, parts.steps)
        y = _narma(u.tolist(), n)
        if y is not None:
            break
    else:
        raise ParameterError(f"order = {n}", f"the series diverges with each of {_DRAWS} inputs", "10 is usual")
    return Task(
        name=f"NARMA-{n}",
        inputs=u[:, np.newaxis],
        targets=np.array(y)[:, np.newaxis],
        train=parts.train,
        test=parts.test,
        measure="nrmse",
        floor=1.0,
        floor_is="the mean of the targets",
        seed=drawn,
    )


def _narma(u: list[float], n: int) -> list[float] | None:
    """The outputs y(1), y(2), ...; None if they diverge."""
    y = [0.0]
    for t, now in enumerate(u):
        before = u[t - n + 1] if t >= n - 1 else 0.0
        following = 0.3 * y[t] + 0.05 * y[t] * sum(y[max(t - n + 1, 0) :]) + 1.5 * before * now + 0.1
        if following > 100:
            return None
        y.append(following)
    return y[1:]


def delayed_parity(
    n: int = 3,
    delay: int = 0,
    *,
    washout: int = 200,
    train_steps: int = 4000,
    test_steps: int = 2000,
    seed: int | None = None,
) -> Task:
    """Say whether the number of ones among some bits is odd.

    The inputs are random bits, as -1 and 1. The label of step t is 1 if an odd number of the bits of the steps t -
    `delay`, t - `delay` - 1, ... t - `delay` - n + 1 are 1. For n > 1 no linear readout of the bits themselves solves
    it.

    N. Bertschinger and T. Natschläger, Real-time computation at the edge of chaos in recurrent neural networks, Neural
    Computation 16:1413 (2004).

    Parameters
    ----------
    n : int, default 3
        The number of bits, from 1 on.
    delay : int, default 0
        Steps since the last of them, from 0 on.
    washout, train_steps, test_steps, seed
        As for :func:`memory_capacity`.

    Returns
    -------
    Task
        ``symbols`` and ``one_hot`` have the bits. The floor is the label that is more frequent in the training part.

    Raises
    ------
    ParameterError
        For a value outside its range.
    """
    bits, lag = count("n", n), count("delay", delay, low=0)
    return _parity(
        f"delayed parity of {bits} bits, delay {lag}", bits, lag, parts_of(washout, train_steps, test_steps), seed
    )


def delayed_xor(
    delay: int = 1,
    *,
    washout: int = 200,
    train_steps: int = 4000,
    test_steps: int = 2000,
    seed: int | None = None,
) -> Task:
    """Say whether two neighbouring bits differ: :func:`delayed_parity` of two bits.

    Parameters
    ----------
    delay : int, default 1
        Steps since the later of the two, from 0 on.
    washout, train_steps, test_steps, seed
        As for :func:`memory_capacity`.

    Returns
    -------
    Task

    Raises
    ------
    ParameterError
        For a value outside its range.
    """
    lag = count("delay", delay, low=0)
    return _parity(f"delayed XOR, delay {lag}", 2, lag, parts_of(washout, train_steps, test_steps), seed)


def _parity(name: str, n: int, delay: int, parts: Parts, seed: Any) -> Task:
    drawn = seed_value(seed)
    bits = sources.RandomSymbols(2).symbols(parts.steps, seed=drawn)
    total = sum((_delayed(bits, delay + k) for k in range(n)), start=np.zeros(parts.steps, np.int64))
    labels: IntArray = total % 2
    labels[: delay + n - 1] = -1
    return Task(
        name=name,
        inputs=np.where(bits[:, np.newaxis] == 1, 1.0, -1.0),
        targets=labels,
        train=parts.train,
        test=parts.test,
        measure="accuracy",
        floor=table_score(np.zeros_like(bits), labels, parts.train, parts.test, None),
        floor_is="the most frequent label",
        seed=drawn,
        symbols=bits,
        alphabet=("0", "1"),
    )


def _delayed(values: Any, delay: int) -> Any:
    """The values of `delay` steps before; 0 before the first one."""
    kept = max(len(values) - delay, 0)
    return np.concatenate([np.zeros(len(values) - kept, values.dtype), values[:kept]])
