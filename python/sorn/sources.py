"""Sources of input: what a network is shown in each step, made step by step without an array of all steps.

A source is given as ``inputs`` to :class:`sorn.Simulator`, :class:`sorn.Trainer`, :meth:`sorn.Network.run` and
:func:`sorn.ensemble`.
In each step it shows one symbol, a letter, which drives the units of its pool; or nothing. ``record=["symbol"]`` keeps
the number of the symbol in each step, -1 if there is none. :doc:`/sources` describes each source and names the papers
that use it.

>>> import sorn
>>> from sorn import sources
>>> counting = sources.Counting(n=4, pool_size=5)
>>> counting.show(18, seed=1)
'DEEEEFABBBBCABBBBC'
>>> network = sorn.Network(ne=100, nu=5, lambda_ee=10, seed=1)
>>> run = network.run(counting, time_steps=1000, record=["E", "symbol"])
>>> run["symbol"][:8]
array([3, 4, 4, 4, 4, 5, 0, 1])
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, TypedDict

import numpy as np
import numpy.typing as npt

from . import _core
from ._arguments import did_you_mean, quoted, seed_value, step_count, whole_number, whole_numbers
from ._errors import ParameterError, ShapeError, StateError, UnknownKeywordError

PoolKind: TypeAlias = Literal["disjoint", "random_disjoint", "overlapping"]
TurnOrder: TypeAlias = Literal["in_turn", "mixed"]

if TYPE_CHECKING:
    from typing import Self, Unpack

    from .readout import Readout

    class PoolOptions(TypedDict, total=False):
        """The units that symbols drive."""

        alphabet: str
        pools: PoolKind
        pool_size: int
        gain: float
        seed: int

    class SourceOptions(PoolOptions, total=False):
        """The keyword-only arguments of all sources."""

        mixtures: Mapping[str, Mapping[str, int]]
        wait_min: int
        wait_var: int
        onset: int
        end: int


__all__ = [
    "ClosedLoop",
    "Counting",
    "Custom",
    "Grammar",
    "RandomSequence",
    "RandomSymbols",
    "Several",
    "Silence",
    "Source",
    "Text",
    "Trials",
    "Words",
]

_POOL_KEYS = ("alphabet", "pools", "pool_size", "gain", "seed")
_OUTERMOST = (*_POOL_KEYS, "mixtures", "onset", "end")
_EVERY = ("wait_min", "wait_var", *_OUTERMOST)


def _plain(name: str, value: Any) -> Any:
    """A value in the types of JSON."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, Source):
        return value._part(name)
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, Integral):
        whole = int(value)
        return whole if whole < 2**63 else str(whole)  # JSON's whole numbers end there
    if isinstance(value, Real):
        number = float(value)
        if not math.isfinite(number):
            raise ParameterError(f"{name} = {number}", "must be a finite number")
        return number
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(f"{name}[{key!r}]", part) for key, part in value.items()}
    if isinstance(value, Sequence):
        return [_plain(f"{name}[{k}]", part) for k, part in enumerate(value)]
    raise ParameterError(f"{name} is of type {type(value).__name__}", "must be a number, a text or a list of them")


def _json(table: dict[str, Any]) -> str:
    try:
        return json.dumps(table, ensure_ascii=False)
    except (ValueError, RecursionError):
        raise ParameterError("the source", "must not hold a list that contains itself") from None


class Source:
    """The base class of all sources. A source is a value: it can be compared, pickled and written into files.

    What it shows in a step follows from the source, the seed and the number of the step, counted from when the network
    was built. So a second run goes on where the first one ended.

    Parameters
    ----------
    wait_min, wait_var : int, default 0
        After each word (or letter, sentence, text, turn) nothing is shown for ``wait_min + U{0, ..., wait_var - 1}``
        steps.
    alphabet : str, optional
        The symbols in their order; it may have more than occur. Without it: all that can occur, sorted.
    pools : {'disjoint', 'random_disjoint', 'overlapping'}, default 'disjoint'
        'disjoint': the first units; the first symbol drives the units 0 to pool_size - 1, and so on. 'random_disjoint':
        random units, none in two pools. 'overlapping': random units, pools may share some.
    pool_size : int, optional
        Units of a pool. Without it: ``nu`` of the network. If it is given and ``nu`` is not, ``nu`` follows it.
    mixtures : mapping, optional
        Symbols without a pool of their own, such as ambiguous cues. ``{"C": {"A": 3, "B": 7}}``: each time C is shown,
        it drives 3 random units of A's pool and 7 of B's, drawn anew. All are symbols of the alphabet.
    gain : float, default 1.0
        Drive of each unit in the pool of the current symbol.
    onset : int, default 0
        The step with the first symbol. Nothing is shown before it.
    end : int, optional
        The step after the last one. A longer run is refused.
    seed : int, optional
        Seed of symbols and pools. Without it: the seed of the network, so that each replica of an ensemble sees symbols
        of its own.

    Raises
    ------
    ParameterError
        If a value is outside its range; the message names it and the rule.
    UnknownKeywordError
        For an argument that the source does not have.
    """

    __slots__ = ("_core",)
    _kind: ClassVar[str] = ""
    _core: _core.SourceSpec

    def _make(self, own: dict[str, Any], options: Mapping[str, Any]) -> None:
        for name in options:
            if name not in _EVERY:
                takes = [*own, *_EVERY]
                raise UnknownKeywordError(
                    f"{type(self).__name__}() has no argument {name!r}",
                    f"it takes {', '.join(takes)}",
                    did_you_mean(name, takes),
                )
        values = {name: _plain(name, value) for name, value in {**own, **options}.items() if value is not None}
        self._core = _core.SourceSpec(_json({"source": self._kind, **values}))

    def _part(self, name: str) -> dict[str, Any]:
        """This source as a part of another one."""
        table = self.to_dict()
        wrong = [key for key in _OUTERMOST if key in table]
        if wrong:
            raise ParameterError(
                f"{name} has {wrong[0]}", "only the whole source has it", "give it to the outer source"
            )
        return table

    @staticmethod
    def from_dict(table: Mapping[str, Any]) -> Source:
        """The source of a dictionary, such as ``{"source": "counting", "n": 4}``: the inverse of :meth:`to_dict`."""
        if not isinstance(table, Mapping):
            raise ParameterError(f"table is of type {type(table).__name__}", "must be a dictionary")
        return Source.from_text(_json(_plain("source", table)))

    @staticmethod
    def from_text(text: str) -> Source:
        """The source of a text: ``counting:n=4,pool_size=10``, as the command takes it, or JSON, as files hold it."""
        if not isinstance(text, str):
            raise ParameterError(f"text is of type {type(text).__name__}", "must be a str")
        core = _core.SourceSpec(text)
        kind = json.loads(core.text)["source"]
        self: Source = object.__new__(_BY_KIND[kind])
        self._core = core
        return self

    def to_dict(self) -> dict[str, Any]:
        """The kind of the source, as "source", and all values that differ from their defaults."""
        table: dict[str, Any] = json.loads(self._core.text)
        return table

    @property
    def text(self) -> str:
        """The source as a line of JSON, as result files hold it."""
        return self._core.text

    def replace(self, **changes: Any) -> Self:
        """A copy with other values: ``source.replace(pool_size=5, onset=1000)``. None takes a value away."""
        table = self.to_dict()
        for name, value in changes.items():
            if value is None:
                table.pop(name, None)
            else:
                table[name] = _plain(name, value)
        changed = Source.from_text(_json(table))
        assert isinstance(changed, type(self))
        return changed

    @property
    def alphabet(self) -> tuple[str, ...]:
        """The symbols. Symbol k, as recordings of 'symbol' number them, is ``alphabet[k]``."""
        return tuple(self._core.alphabet)

    def symbols(self, steps: float, *, first_step: int = 0, seed: int = 0) -> npt.NDArray[np.int64]:
        """The numbers of the symbols in some steps; -1 for none.

        Parameters
        ----------
        steps : int
            Number of steps.
        first_step : int, default 0
            The first of them.
        seed : int, default 0
            The seed of the network. It matters only if the source has no seed of its own.
        """
        first = whole_number("first_step", first_step, 0, 2**63 - 1, "a whole number of steps from 0 on")
        return self._core.symbols(first, step_count(steps), seed_value(seed))

    def show(self, steps: float, *, first_step: int = 0, seed: int = 0) -> str:
        """The symbols in some steps as a text, with "_" for none. Arguments as those of :meth:`symbols`."""
        return self.spelled(self.symbols(steps, first_step=first_step, seed=seed))

    def spelled(self, symbols: npt.ArrayLike) -> str:
        """The text of symbols that are given by their numbers, as recordings hold them, with "_" for none (-1).

        >>> Words(["ABC"]).spelled([2, 0, -1])
        'CA_'
        """
        numbers = whole_numbers("symbols", symbols)
        letters = (*self.alphabet, "_")
        wrong = numbers[(numbers < -1) | (numbers >= len(letters) - 1)]
        if wrong.size:
            raise StateError(f"symbols holds {wrong[0]}", f"must be in [0, {len(letters) - 2}], or -1 for none")
        return "".join([letters[k] for k in numbers])

    def pools_of(self, ne: int, *, nu: int = 10, seed: int = 0) -> npt.NDArray[np.int64]:
        """The units of each symbol in a network, shape (symbols, pool_size), in ascending order; -1 for mixtures.

        Parameters
        ----------
        ne : int
            Excitatory units of the network.
        nu : int, default 10
            ``nu`` of the network: the size of a pool, unless the source has a pool_size.
        seed : int, default 0
            The seed of the network. It matters only if the source has no seed of its own.
        """
        units = whole_number("ne", ne, 1, 2**31 - 1, "a number of units")
        return self._core.pools(units, whole_number("nu", nu, 1, 2**31 - 1, "a number of units"), seed_value(seed))

    def drive(
        self, steps: float, ne: int, *, nu: int = 10, first_step: int = 0, seed: int = 0
    ) -> npt.NDArray[np.float64]:
        """The drive of all units as an array (ne, steps), for other programs. A run needs no such array.

        Arguments as those of :meth:`symbols` and :meth:`pools_of`.
        """
        first = whole_number("first_step", first_step, 0, 2**63 - 1, "a whole number of steps from 0 on")
        units = whole_number("ne", ne, 1, 2**31 - 1, "a number of units")
        size = whole_number("nu", nu, 1, 2**31 - 1, "a number of units")
        return self._core.drive(first, step_count(steps), units, size, seed_value(seed))

    def __eq__(self, other: object) -> bool:
        return self.text == other.text if isinstance(other, Source) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        table = self.to_dict()
        values = ", ".join(f"{name}={value!r}" for name, value in table.items() if name != "source")
        text = f"{type(self).__name__}({values})"
        return text if len(text) < 1000 else f"{text[:1000]}…"

    def __reduce__(self) -> tuple[Callable[[str], Source], tuple[str]]:
        return Source.from_text, (self.text,)


class Silence(Source):
    """Shows nothing. As a part of :class:`Several` it is a pause.

    Parameters
    ----------
    steps : int, optional
        Length of the pause; endless if it is not given.
    **options
        Keyword arguments of :class:`Source`.
    """

    __slots__ = ()
    _kind = "silence"

    def __init__(self, steps: int | None = None, **options: Unpack[SourceOptions]) -> None:
        self._make({"steps": steps}, options)


class Words(Source):
    """A Markov chain over words.

    Parameters
    ----------
    words : sequence of str, or str
        The words; of one str, the words between its blanks. "_" shows nothing for one step.
    probabilities : array_like, optional
        A row (words,) for all words, or rows (words, words): ``probabilities[w]`` holds after word w. With one row the
        first word is drawn, with a row for each word it is ``words[0]``. If it is not given, all words are equally
        likely.
    **options
        Keyword arguments of :class:`Source`.

    Examples
    --------
    >>> Words(["ABCD", "EFGH"], [2 / 3, 1 / 3]).show(16, seed=3)
    'ABCDEFGHABCDABCD'
    """

    __slots__ = ()
    _kind = "words"

    def __init__(
        self,
        words: Sequence[str] | str,
        probabilities: npt.ArrayLike | None = None,
        **options: Unpack[SourceOptions],
    ) -> None:
        self._make({"words": words, "probabilities": probabilities}, options)


class Counting(Source):
    """The counting task of Lazar, Pipa & Triesch 2009: the words A Bⁿ C and D Eⁿ F, equally likely.

    Parameters
    ----------
    n : int, default 4
        How often the middle letter comes.
    **options
        Keyword arguments of :class:`Source`.
    """

    __slots__ = ()
    _kind = "counting"

    def __init__(self, n: int = 4, **options: Unpack[SourceOptions]) -> None:
        self._make({"n": n}, options)


class Grammar(Source):
    """Sentences of a grammar, drawn independently, letter by letter.

    Parameters
    ----------
    name : {'FDT', 'eFDT'}, optional
        'FDT': a man, woman, girl, boy, child, cat, dog or fox eats one of four foods or drinks one of four drinks, 64
        sentences. 'eFDT': these and the same with men, women, ... that eat or drink, 128 sentences.
    rules : mapping from str to sequence, optional
        Instead of a name: the expansions of each name of the grammar, equally likely, or pairs of an expansion and its
        probability. ``<name>`` in an expansion stands for an expansion of that name. The sentences are the expansions
        of the first name. End them with a blank to separate them.
    without : sequence of str, optional
        Sentences that are left out.
    **options
        Keyword arguments of :class:`Source`.

    Examples
    --------
    >>> grammar = Grammar(rules={"sentence": ["the <animal> runs. "], "animal": [("fox", 0.9), ("dog", 0.1)]})
    >>> grammar.show(28)
    'the fox runs. the fox runs. '
    """

    __slots__ = ()
    _kind = "grammar"

    def __init__(
        self,
        name: str | None = None,
        *,
        rules: Mapping[str, Sequence[str | tuple[str, float]]] | None = None,
        without: Sequence[str] | None = None,
        **options: Unpack[SourceOptions],
    ) -> None:
        left_out = [without] if isinstance(without, str) else without
        self._make({"name": name, "rules": rules, "without": left_out}, options)

    @property
    def sentences(self) -> tuple[str, ...]:
        """All sentences that are shown, with the blank at their end if they have one."""
        return tuple(self._core.sentences)


class RandomSymbols(Source):
    """Independent, equally likely letters.

    Parameters
    ----------
    symbols : int or str
        Their number (A, B, ..., Z, a, ..., z, then Chinese characters), or the letters themselves.
    **options
        Keyword arguments of :class:`Source`.
    """

    __slots__ = ()
    _kind = "random_symbols"

    def __init__(self, symbols: int | str, **options: Unpack[SourceOptions]) -> None:
        self._make(_letters(symbols), options)


class RandomSequence(Source):
    """A random sequence that is drawn once and repeated. Every letter occurs.

    Parameters
    ----------
    length : int
        Length of the sequence, at least the number of letters.
    symbols : int or str, default 10
        As for :class:`RandomSymbols`, at most 256.
    **options
        Keyword arguments of :class:`Source`.
    """

    __slots__ = ()
    _kind = "random_sequence"

    def __init__(self, length: int, symbols: int | str = 10, **options: Unpack[SourceOptions]) -> None:
        self._make({"length": length, **_letters(symbols)}, options)


class Text(Source):
    """A text, character by character.

    Parameters
    ----------
    text : str
        The text. "_" shows nothing for one step.
    repeat : bool, default True
        False: the source ends with the text, and a longer run is refused.
    **options
        Keyword arguments of :class:`Source`.
    """

    __slots__ = ()
    _kind = "text"

    def __init__(self, text: str, repeat: bool = True, **options: Unpack[SourceOptions]) -> None:
        self._make({"text": text, "repeat": repeat}, options)


class Several(Source):
    """Several sources that take turns.

    Parameters
    ----------
    *parts : Source
        The sources. Their symbols have one common alphabet. Pools, gain, onset, end and seed are given to Several.
    turns : sequence of int, optional
        How many words (letters, sentences, texts, turns) each part shows in a turn; one if it is not given.
    order : {'in_turn', 'mixed'}, default 'in_turn'
        'in_turn': one part after the other. 'mixed': the part of each turn is drawn.
    probabilities : sequence of float, optional
        Of the parts, if they are mixed; equal if not given.
    repeat : bool, default True
        False: the source ends after a turn of each part.
    **options
        Keyword arguments of :class:`Source`. The waits are those between turns.

    Examples
    --------
    >>> Several(Words("ABC"), Silence(2), Text("xy"), turns=[2, 1, 1]).show(20)
    'ABCABC__xyABCABC__xy'
    """

    __slots__ = ()
    _kind = "several"

    def __init__(
        self,
        *parts: Source,
        turns: Sequence[int] | None = None,
        order: TurnOrder = "in_turn",
        probabilities: npt.ArrayLike | None = None,
        repeat: bool = True,
        **options: Unpack[SourceOptions],
    ) -> None:
        for k, part in enumerate(parts):
            if not isinstance(part, Source):
                raise ParameterError(f"parts[{k}] is of type {type(part).__name__}", "must be a source")
        own = {"parts": parts, "turns": turns, "order": order, "probabilities": probabilities, "repeat": repeat}
        self._make(own, options)


_BY_KIND: dict[str, type[Source]] = {
    kind._kind: kind for kind in (Silence, Words, Counting, Grammar, RandomSymbols, RandomSequence, Text, Several)
}


def Trials(source: Source, wait_min: int, wait_var: int = 0) -> Source:
    """The same source with a blank of ``wait_min + U{0, ..., wait_var - 1}`` steps after each word.

    >>> Trials(Words("ABC"), 2).show(12)
    'ABC__ABC__AB'
    """
    return source.replace(wait_min=wait_min, wait_var=wait_var)


def _letters(symbols: object) -> dict[str, Any]:
    return {"letters": symbols} if isinstance(symbols, str) else {"symbols": symbols}


class Custom:
    """A source of your own: Python code that is called once in each step.

    The call takes one or two microseconds, where a step of 200 units takes three, and such a source cannot be written
    into files: a run that is resumed needs it again. Ensembles and sweeps do not take it.

    Parameters
    ----------
    steps : callable or iterator
        A function of the number of the step, counted from when the network was built; or an iterator, whose first item
        is for the first step of the run. Each gives the number of a symbol, -1 or None for nothing, or an array of at
        most ne values, the drive of the first units. Only a run with a function can be resumed.
    alphabet : str, optional
        The symbols, if there are any. Their numbers are those in this text.
    pools, pool_size, gain, seed
        As for :class:`Source`.

    Examples
    --------
    >>> import sorn
    >>> blink = Custom(lambda step: 0 if step % 10 == 0 else None, alphabet="A", pool_size=5)
    >>> run = sorn.Network(ne=100, lambda_ee=10, seed=1).run(blink, time_steps=20, record=["symbol"])
    >>> run["symbol"]
    array([ 0, -1, -1, -1, -1, -1, -1, -1, -1, -1,  0, -1, -1, -1, -1, -1, -1,
           -1, -1, -1])
    """

    __slots__ = ("_core", "alphabet", "iterates", "pool_size")

    def __init__(
        self,
        steps: Callable[[int], int | npt.ArrayLike | None] | Iterator[int | npt.ArrayLike | None],
        **options: Unpack[PoolOptions],
    ) -> None:
        for name in options:
            if name not in _POOL_KEYS:
                takes = ["steps", *_POOL_KEYS]
                raise UnknownKeywordError(
                    f"Custom() has no argument {name!r}", f"it takes {', '.join(takes)}", did_you_mean(name, takes)
                )
        self.iterates = isinstance(steps, Iterator)
        if not self.iterates and not callable(steps):
            raise ParameterError(
                f"steps is of type {type(steps).__name__}", "must be a function of the step, or an iterator"
            )
        letters = str(options.get("alphabet", ""))
        pools = Silence(**options)
        self.alphabet = tuple(letters)
        self.pool_size = pools._core.pool_size
        self._core = _core.CustomSource(steps, self.iterates, pools._core)

    def __repr__(self) -> str:
        return f"<Custom source of {len(self.alphabet)} symbols>"


class ClosedLoop:
    """The network's own predictions: it is shown in each step what a readout of its activity names.

    A readout that was trained to name the next symbol from the activity E of a step then generates a sequence, which
    ``record=["symbol"]`` keeps; :meth:`sorn.readout.Readout.generate` returns it. The engine computes the scores within
    its step, so that such a run is about as fast as any other.

    Parameters
    ----------
    readout : Readout
        It reads the activity x of all excitatory units after the step before.
    source : Source
        The source of the training. The symbols drive its pools; its sequence is not used.
    start : str or int, optional
        The symbol of the first step of a run, or "_" for none. Without it, the readout names the first one, too.
    symbols : mapping from int to str or int, or sequence, optional
        If the labels of the readout are not symbols: what is shown for each label, a symbol or "_" for nothing. A
        sequence has an entry for each of ``readout.classes``.

    Raises
    ------
    ParameterError
        For a symbol that the source does not have, or a label for which `symbols` says nothing.
    ShapeError
        If a sequence of symbols has not one for each class; in a run, if the readout has not ``ne`` units.

    Examples
    --------
    >>> import sorn
    >>> from sorn import readout
    >>> counting = Counting(n=2, pool_size=5)
    >>> network = sorn.Network(ne=100, nu=5, lambda_ee=10, seed=1)
    >>> run = network.run(counting, time_steps=2000, record=["E", "symbol"])
    >>> trained = readout.ridge(run["E"][:-1], run["symbol"][1:])
    >>> loop = ClosedLoop(trained, counting, start="A")
    >>> generated = network.run(loop, time_steps=100, phase="training", record=["symbol"])["symbol"]
    >>> counting.spelled(generated)[0]
    'A'
    """

    __slots__ = ("_core", "readout", "source", "start", "symbols")
    iterates = False

    def __init__(
        self,
        readout: Readout,
        source: Source,
        *,
        start: str | int | None = None,
        symbols: Mapping[int, str | int | None] | Sequence[str | int | None] | None = None,
    ) -> None:
        from .readout import Readout  # it imports this module

        if not isinstance(readout, Readout):
            raise ParameterError(f"readout is of type {type(readout).__name__}", "must be a Readout")
        if not isinstance(source, Source):
            raise ParameterError(f"source is of type {type(source).__name__}", "must be the source of the training")
        self.readout = readout
        self.source = source
        self.start = start
        self.symbols = symbols
        alphabet = source.alphabet
        first = None if start is None else _symbol_number("start", start, alphabet)
        self._core = _core.ClosedLoop(readout._engine(), source._core, first, _of_classes(readout, symbols, alphabet))

    @property
    def alphabet(self) -> tuple[str, ...]:
        """The symbols of the source."""
        return self.source.alphabet

    def without_start(self) -> ClosedLoop:
        """The same for a run that goes on: the readout also names the first symbol."""
        return ClosedLoop(self.readout, self.source, symbols=self.symbols)

    def __reduce__(self) -> tuple[Any, ...]:
        return _closed_loop, (self.readout, self.source, self.start, self.symbols)

    def __repr__(self) -> str:
        return f"<ClosedLoop of {self.readout!r} over {len(self.alphabet)} symbols>"


def _closed_loop(readout: Readout, source: Source, start: Any, symbols: Any) -> ClosedLoop:
    return ClosedLoop(readout, source, start=start, symbols=symbols)


def _of_classes(readout: Readout, symbols: Any, alphabet: tuple[str, ...]) -> list[int]:
    """The number of the symbol of each class; none if the labels are the numbers."""
    if symbols is None:
        return []
    classes = readout.classes.tolist()
    if isinstance(symbols, Mapping):
        for label in classes:
            if label not in symbols:
                raise ParameterError(f"symbols has nothing for label {label}", "must have a symbol for each class")
        symbols = [symbols[label] for label in classes]
    elif isinstance(symbols, np.ndarray):
        symbols = symbols.tolist()
    if not isinstance(symbols, Sequence):
        raise ParameterError(
            f"symbols is of type {type(symbols).__name__}", "must map labels to symbols, or list them for the classes"
        )
    if len(symbols) != len(classes):
        raise ShapeError(f"symbols has {len(symbols)} entries", f"must have {len(classes)}, one for each class")
    return [_symbol_number(f"symbols[{label}]", one, alphabet) for label, one in zip(classes, symbols, strict=True)]


def _symbol_number(name: str, symbol: Any, alphabet: tuple[str, ...]) -> int:
    if symbol is None or (isinstance(symbol, str) and symbol == "_"):
        return -1
    if isinstance(symbol, str):
        if symbol not in alphabet:
            raise ParameterError(f"{name} = {quoted(symbol)}", f"must be a symbol of the source, {quoted(alphabet)}")
        return alphabet.index(symbol)
    last = len(alphabet) - 1
    return whole_number(name, symbol, -1, last, f"a symbol of the source, or its number in [0, {last}], or -1 for none")


def source_of(inputs: object) -> Source | Custom | ClosedLoop | None:
    """The source that a caller gave as ``inputs``; None if it is an array, or nothing."""
    if isinstance(inputs, (Source, Custom, ClosedLoop)):
        return inputs
    if isinstance(inputs, type) and issubclass(inputs, (Source, Custom, ClosedLoop)):
        raise ParameterError(
            f"inputs = {quoted(inputs.__name__)}", "must be a source", f"make one: {inputs.__name__}(...)"
        )
    if hasattr(inputs, "__array__") or isinstance(inputs, Sequence):
        return None
    if isinstance(inputs, Iterator) or callable(inputs):
        return Custom(inputs)
    return None
