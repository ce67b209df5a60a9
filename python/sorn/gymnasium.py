"""Networks with an output layer as agents in environments of gymnasium.

>>> import gymnasium
>>> import sorn
>>> from sorn.gymnasium import train
>>> class Cue(gymnasium.Env):  # each cue asks for an action of its own
...     observation_space = action_space = gymnasium.spaces.Discrete(4)
...
...     def reset(self, seed=None, options=None):
...         super().reset(seed=seed)
...         self.cue, self.steps = int(self.np_random.integers(4)), 0
...         return self.cue, {}
...
...     def step(self, action):
...         reward = float(action == 3 - self.cue)
...         self.cue, self.steps = int(self.np_random.integers(4)), self.steps + 1
...         return self.cue, reward, False, self.steps == 50, {}
>>> environment = Cue()
>>> network = sorn.Network(variant="rmsorn", actions=4, observations=environment.observation_space, seed=0)
>>> returns = train(network, environment, episodes=40, seed=0)
>>> float(returns[-10:].mean()) > 45  # of 50
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ._arguments import import_extra, quoted, seed_value, whole_number
from ._encoding import Encoding as Encoding
from ._encoding import PopulationCode as PopulationCode
from ._encoding import encode as encode
from ._errors import ParameterError
from ._network import Network

if TYPE_CHECKING:
    from ._observation import ReservoirObservation, VectorReservoirObservation

__all__ = [
    "Encoding",
    "PopulationCode",
    "ReservoirObservation",
    "VectorReservoirObservation",
    "encode",
    "train",
]

_WRAPPERS = ("ReservoirObservation", "VectorReservoirObservation")


def __getattr__(name: str) -> Any:
    """The wrappers, which are classes of gymnasium: this module needs it only for them."""
    if name not in _WRAPPERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import_extra("gymnasium", "rl")
    from . import _observation

    return getattr(_observation, name)


def train(
    network: Network, environment: Any, episodes: int, *, seed: int | None = None, reset_activity: bool = False
) -> npt.NDArray[np.float64]:
    """Let a network act in an environment, and learn from each reward.

    Parameters
    ----------
    network : Network
        A network with an output unit for each action, and with `observations`.
    environment : gymnasium.Env
        An environment with ``Discrete`` actions.
    episodes : int
        Episodes to run, from 1 on.
    seed : int, optional
        Seed of the first reset of the environment; unseeded if none is given.
    reset_activity : bool, default False
        Make all units silent at the beginning of each episode.

    Returns
    -------
    ndarray, shape (episodes,)
        The sum of the rewards of each episode.

    Raises
    ------
    ParameterError
        If the network has not one output unit for each action.
    """
    count = whole_number("episodes", episodes, 1, 2**31 - 1, "a whole number from 1 on")
    first = None if seed is None else seed_value(seed)
    space = getattr(environment, "action_space", None)
    if space is None:
        raise ParameterError(
            f"environment is of type {type(environment).__name__}", "must be an environment", "gymnasium.make(name)"
        )
    if type(space).__name__ != "Discrete" or int(space.n) != network.parameters.no:
        raise ParameterError(
            f"the environment has the actions {quoted(space)}",
            f"the network has {network.parameters.no} output units, one for each action of a Discrete space",
            "Network(actions=environment.action_space.n, ...)",
        )
    returns = np.zeros(count)
    for episode in range(count):
        observation, _ = environment.reset(seed=first if episode == 0 else None)
        if reset_activity:
            network.reset_activity()
        over = False
        while not over:
            action = network.act(observation)
            observation, reward, terminated, truncated, _ = environment.step(int(space.start) + action)
            network.learn(float(reward))
            returns[episode] += float(reward)
            over = bool(terminated or truncated)
    return returns
