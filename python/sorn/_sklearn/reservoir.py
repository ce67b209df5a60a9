"""A self-organizing network as a transformer."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import sklearn
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from .._arguments import HYPERPARAMETERS, FloatArray, check_keywords, quoted, whole_number
from .._errors import ParameterError, ShapeError, UnknownNameError
from .._network import Network
from .._parameters import Parameters
from .encoders import SymbolEncoder, encoder_named, refuse_nested
from .series import Series

if TYPE_CHECKING:
    from .._names import Rule

_ELSEWHERE = {"ne": "units", "nu": "encoder and pool_size", "variant": "variant"}
"""Hyperparameters that other arguments give."""

_HYPERPARAMETERS = tuple(name for name in HYPERPARAMETERS if name not in _ELSEWHERE)

_TARGET_RATE = 0.1
"""h_ip where nothing else says it. The default of a network follows `nu`, and here nu is the number of driven units."""

EXPECTED_FAILED_CHECKS = {
    "check_methods_sample_order_invariance": "rows are steps in time: in another order they are another series",
    "check_methods_subset_invariance": "the state after a step depends on the steps before it",
}
"""Checks of ``sklearn.utils.estimator_checks.check_estimator`` that a reservoir cannot pass, with the reason.

Give them to it as ``check_estimator(estimator, expected_failed_checks=EXPECTED_FAILED_CHECKS)``.
"""


class SORNReservoir(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """A self-organizing recurrent network as a transformer of series.

    `fit` builds a network and lets it organise itself while it is shown the series. `transform` shows it series with
    all rules at rest, and returns its activity. Each series begins with silent units, so that a series always has the
    same states.

    Parameters
    ----------
    units : int, default 200
        Excitatory units.
    variant : str, default 'sorn_v2_tasks'
        A published network, see :doc:`/variants`. If neither it nor the call says `h_ip`, that is 0.1.
    encoder : str or object, default 'gains'
        What a feature is for the network: 'gains' (:class:`GainEncoder`), 'thermometer' (:class:`ThermometerEncoder`),
        'symbols' (:class:`SymbolEncoder`), 'spikes' (:class:`SpikeEncoder`), one of these objects with other arguments,
        or another transformer. It is fitted to all rows. Its columns are channels.
    pool_size : int, default 2
        Excitatory units that each channel drives. No unit is in two pools if there are units enough. Otherwise the
        units of each pool are drawn, and those in several pools receive the sum.
    plasticity : {'organise', 'on', 'off'}, default 'organise'
        Whether the rules act in `fit` alone, in `transform` too, or never. What a network learns in `transform` is lost
        at the end of the call, and each series begins with the network of `fit`; :meth:`partial_fit` goes on learning.
    organise_steps : int, optional
        Steps of self-organisation in `fit`: the series are shown again, or cut, until there were so many. None: each is
        shown once.
    freeze : str or iterable of str, optional
        Rules that rest in `fit`, see :meth:`sorn.Network.run`.
    noise : {'organise', 'always', 'never'}, default 'organise'
        Whether the noise of the variant acts in `fit` alone, in `transform` too, or never.
    state : {'E', 'R', 'both'}, default 'E'
        What `transform` returns: the activity, the activity that there would have been without the input of the step,
        or one after the other.
    random_state : int, RandomState or None, default None
        Seed of the network and of its pools.
    n_jobs : int, optional
        Series that `transform` runs at the same time, as everywhere in scikit-learn.
    **hyperparameters
        Hyperparameters of :class:`sorn.Parameters` by name, such as ``eta_stdp``. None: those of the variant.

    Notes
    -----
    After `fit`, ``network_`` is the :class:`sorn.Network` after its self-organisation, ``encoder_`` the encoder,
    fitted, and ``pools_`` has the excitatory units that each channel drives, shape (channels, pool_size).

    Examples
    --------
    >>> import numpy as np
    >>> wave = np.sin(np.arange(300) / 5)[:, np.newaxis]
    >>> SORNReservoir(50, random_state=1).fit_transform(wave).shape
    (300, 50)
    """

    def __init__(
        self,
        units: int = 200,
        *,
        variant: str = "sorn_v2_tasks",
        encoder: Any = "gains",
        pool_size: int = 2,
        plasticity: str = "organise",
        organise_steps: int | None = None,
        freeze: Rule | Iterable[Rule] | None = None,
        noise: str = "organise",
        state: str = "E",
        random_state: Any = None,
        n_jobs: int | None = None,
        **hyperparameters: Any,
    ) -> None:
        check_keywords(SORNReservoir, hyperparameters)
        for name, argument in _ELSEWHERE.items():
            if name in hyperparameters:
                raise ParameterError(f"{name} = {quoted(hyperparameters[name])}", f"follows from {argument}")
        self.units = units
        self.variant = variant
        self.encoder = encoder
        self.pool_size = pool_size
        self.plasticity = plasticity
        self.organise_steps = organise_steps
        self.freeze = freeze
        self.noise = noise
        self.state = state
        self.random_state = random_state
        self.n_jobs = n_jobs
        for name in _HYPERPARAMETERS:
            setattr(self, name, hyperparameters.get(name))

    def set_params(self, **params: Any) -> SORNReservoir:
        """Set parameters, as every estimator of scikit-learn does."""
        refuse_nested(self, params, {"encoder": "give the encoder as an object, such as ThermometerEncoder()"})
        super().set_params(**params)
        return self

    # --- fitting ---------------------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any = None) -> SORNReservoir:
        """Build a network, and let it organise itself while it is shown the series.

        Parameters
        ----------
        X : array_like, shape (time, features); or several series
            A series, or a list of them, an array with the axes (series, time, features), or a ``groupby`` of a pandas
            DataFrame. Finite numbers, or symbols if the encoder takes them.
        y : ignored

        Returns
        -------
        self

        Raises
        ------
        ParameterError, ShapeError, StateError
            All are ValueErrors. They name the value and the rule.
        """
        self._check()
        rows = self._checked(Series.of(X), reset=True)
        encoder = encoder_named(self.encoder)
        self.encoder_ = (clone(encoder) if hasattr(encoder, "get_params") else encoder).fit(np.concatenate(rows))
        channels = [self._channels(one) for one in rows]
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        pools = self._pools(channels[0].shape[1], seed)
        network = Network(self._parameters(nu=int(pools.max()) + 1), seed=seed)
        if self.plasticity != "off":
            self._organise(network, pools, channels)
        self.network_, self.pools_ = network, pools
        return self

    def partial_fit(self, X: Any, y: Any = None) -> SORNReservoir:
        """Let the network go on organising itself with further series; the first call is :meth:`fit`."""
        if not hasattr(self, "network_"):
            return self.fit(X)
        self._check()
        channels = [self._channels(one) for one in self._checked(Series.of(X), reset=False)]
        network = self.network_.copy()
        self._organise(network, self.pools_, channels)
        self.network_ = network
        return self

    def _check(self) -> None:
        """Refuse parameters out of their range."""
        whole_number("units", self.units, 1, 2**31 - 1, "a whole number from 1 on")
        whole_number("pool_size", self.pool_size, 1, self.units, f"a whole number in [1, {self.units}]")
        if self.organise_steps is not None:
            whole_number("organise_steps", self.organise_steps, 1, 2**62, "a whole number from 1 on, or None")
        for name, choices in (
            ("plasticity", ("organise", "on", "off")),
            ("noise", ("organise", "always", "never")),
            ("state", ("E", "R", "both")),
        ):
            if getattr(self, name) not in choices:
                raise UnknownNameError(f"{name} = {quoted(getattr(self, name))}", f"must be {', '.join(choices)}")

    def _parameters(self, nu: int) -> Parameters:
        given = {name: getattr(self, name) for name in _HYPERPARAMETERS if getattr(self, name) is not None}
        parameters = Parameters.from_dict({**given, "variant": self.variant, "ne": int(self.units), "nu": 1})
        if parameters.to_dict()["h_ip"] is None:
            parameters = parameters.replace(h_ip=_TARGET_RATE)
        return parameters.replace(nu=nu)

    def _checked(self, series: Series, *, reset: bool) -> list[npt.NDArray[Any]]:
        """The arrays of the series, after the usual checks of scikit-learn."""
        checked = []
        for k, part in enumerate(series.parts):
            first = reset and k == 0
            checked.append(validate_data(self, part, dtype=None, ensure_all_finite=False, reset=first))
        return checked

    def _channels(self, rows: npt.NDArray[Any]) -> FloatArray:
        channels = np.asarray(self.encoder_.transform(rows), dtype=np.float64)
        if channels.ndim != 2 or len(channels) != len(rows):
            raise ShapeError(
                f"the encoder made {channels.shape} of {rows.shape}", "must have the shape (time, channels)"
            )
        return channels

    def _pools(self, channels: int, seed: int) -> npt.NDArray[np.int64]:
        """The units that each channel drives, shape (channels, pool_size)."""
        units, size = int(self.units), int(self.pool_size)
        if channels * size <= units:  # the units are alike, so that the first ones are as good as any
            return np.arange(channels * size).reshape(channels, size)
        draw = np.random.default_rng(seed)
        return np.array([draw.choice(units, size, replace=False) for _ in range(channels)])

    def _organise(self, network: Network, pools: npt.NDArray[np.int64], channels: list[FloatArray]) -> None:
        inputs = [_drive(one, pools, network) for one in channels]
        left = sum(len(one) for one in channels) if self.organise_steps is None else int(self.organise_steps)
        while left > 0:
            for drive in inputs:
                steps = min(drive.shape[1], left)
                if steps > 0:
                    network.reset_activity()
                    network.run(drive[:, :steps], phase="plasticity", freeze=self.freeze, noise=self.noise != "never")
                left -= steps

    # --- transforming ----------------------------------------------------------------------------------------------

    def transform(self, X: Any) -> Any:
        """The activity of the network while it is shown the series.

        Parameters
        ----------
        X : array_like, shape (time, features); or several series
            As for :meth:`fit`.

        Returns
        -------
        ndarray of float64, shape (time, units), or (time, 2 * units) with ``state="both"``
            0 or 1. For a list of series a list, for three axes an array with three axes, for groups the rows in the
            order of the DataFrame. :meth:`set_output` asks for DataFrames.
        """
        check_is_fitted(self)
        series = Series.of(X)
        states = self._states(series)
        if series.form in ("one", "list"):
            states = [self._contained(one, part) for one, part in zip(states, series.parts, strict=True)]
        joined = series.together(states)
        return self._contained(joined, X.obj) if series.form == "groups" else joined

    def _states(self, series: Series) -> list[FloatArray]:
        channels = [self._channels(one) for one in self._checked(series, reset=False)]
        if len(channels) == 1:
            return [self._run(channels[0])]
        # One network is small: its run takes one thread, and the engine releases the lock of Python meanwhile.
        run = Parallel(n_jobs=self.n_jobs, prefer="threads")
        states: list[FloatArray] = run(delayed(self._run)(one) for one in channels)
        return states

    def _run(self, channels: FloatArray) -> FloatArray:
        network = self.network_.copy()
        network.reset_activity()
        record = ["E", "R"] if self.state == "both" else [self.state]
        run = network.run(
            _drive(channels, self.pools_, network),
            phase="plasticity" if self.plasticity == "on" else "training",
            freeze=self.freeze if self.plasticity == "on" else None,
            noise=self.noise == "always",
            record=record,
            threads=1,
        )
        return np.concatenate([run[name] for name in record], axis=1).astype(np.float64)

    # --- output ----------------------------------------------------------------------------------------------------

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the columns of `transform`: E0, E1, … for the units, or R0, R1, …"""
        check_is_fitted(self)
        kinds = ("E", "R") if self.state == "both" else (self.state,)
        return np.array([f"{kind}{unit}" for kind in kinds for unit in range(self.units)], dtype=object)

    def set_output(self, *, transform: str | None = None) -> SORNReservoir:
        """Choose what `transform` returns: 'default' (arrays), 'pandas' or 'polars'; None leaves it as it is."""
        if transform is not None:
            if transform not in ("default", "pandas", "polars"):
                raise UnknownNameError(f"transform = {quoted(transform)}", "must be default, pandas or polars")
            self._sklearn_output_config = {"transform": transform}
        return self

    def _contained(self, states: FloatArray, like: Any) -> Any:
        """The states as the DataFrame that `set_output` asks for, with the index of `like`."""
        config = getattr(self, "_sklearn_output_config", {})
        kind = config.get("transform", sklearn.get_config()["transform_output"])
        if kind == "pandas":
            import pandas

            return pandas.DataFrame(
                states, index=getattr(like, "index", None), columns=self.get_feature_names_out(), copy=False
            )
        if kind == "polars":
            import polars

            return polars.DataFrame(states, schema=list(self.get_feature_names_out()), orient="row")
        return states

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        symbols = isinstance(self.encoder, SymbolEncoder) or (
            isinstance(self.encoder, str) and self.encoder == "symbols"
        )
        tags.input_tags.string = tags.input_tags.categorical = symbols
        tags.input_tags.three_d_array = False  # it takes them, as several series; the checks mean one sample each
        return tags


def _drive(channels: FloatArray, pools: npt.NDArray[np.int64], network: Network) -> FloatArray:
    """The input of a run, shape (nu, time): each unit receives the sum of the channels whose pools it is in."""
    drive = np.zeros((network.parameters.nu, len(channels)))
    for column in range(pools.shape[1]):  # in a column a unit can come several times, of several channels
        np.add.at(drive, pools[:, column], channels.T)
    return drive


def _with_hyperparameters(signature: inspect.Signature) -> inspect.Signature:
    """A signature that names each hyperparameter, so that scikit-learn sees it as a parameter."""
    kept = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
    named = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None) for name in _HYPERPARAMETERS]
    return signature.replace(parameters=kept + named)


SORNReservoir.__init__.__signature__ = _with_hyperparameters(  # type: ignore[attr-defined]
    inspect.signature(SORNReservoir.__init__)
)
